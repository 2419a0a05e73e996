// An error that main returns: it is printed, and the exit code is 1.
use std::error::Error;
use std::io::{self, BufRead};

fn main() -> Result<(), Box<dyn Error>> {
    let mut sum = 0i64;
    for line in io::stdin().lock().lines() {
        sum += line?.trim().parse::<i64>()?;
        println!("{sum}");
    }
    Ok(())
}
