// Ends with an exit code of its own.
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("first words");
    ExitCode::from(42)
}
