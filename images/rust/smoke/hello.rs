// Reads stdin, writes both streams, and chooses its own exit code, which is 7.
use std::io::Read;

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("stdin is text");
    println!("out: {} characters", text.chars().count());
    eprintln!("err: a line on stderr");
    std::process::exit(7);
}
