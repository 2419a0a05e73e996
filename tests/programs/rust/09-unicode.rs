// Characters, bytes, reversal and case of each line.
use std::io::{self, BufRead};

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        let reversed: String = line.chars().rev().collect();
        println!("{} bytes, {} characters: {reversed} {}", line.len(), line.chars().count(), line.to_uppercase());
    }
    Ok(())
}
