// Sees the image's environment, and gives a child process one of its own.
use std::process::Command;

fn main() -> std::io::Result<()> {
    println!("LANG is {:?}", std::env::var("LANG"));
    println!("NOTHING is {:?}", std::env::var("NOTHING_OF_THIS_NAME"));
    let child = Command::new("sh").args(["-c", "printf %s \"$GREETING\"; exit 3"]).env("GREETING", "hello").output()?;
    println!("{} {:?}", String::from_utf8_lossy(&child.stdout), child.status.code());
    println!("{}", std::env::current_dir()?.display());
    Ok(())
}
