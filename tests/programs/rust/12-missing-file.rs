// A file that is not there is an error, not a panic.
fn main() -> std::io::Result<()> {
    let text = std::fs::read_to_string("there-is-no-such-file")?;
    println!("{text}");
    Ok(())
}
