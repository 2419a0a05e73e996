// Writes a file in the project, appends to it, and reads it back.
use std::fs::{self, OpenOptions};
use std::io::{self, Write};

fn main() -> io::Result<()> {
    fs::write("11-notes.txt", "first\nsecond\n")?;
    writeln!(OpenOptions::new().append(true).open("11-notes.txt")?, "third")?;
    for (at, line) in fs::read_to_string("11-notes.txt")?.lines().enumerate() {
        println!("{}: {line}", at + 1);
    }
    Ok(())
}
