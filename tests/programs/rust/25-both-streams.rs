// Writes both streams in turn and ends with 5.
fn main() {
    for count in 1..=3 {
        println!("out {count}");
        eprintln!("err {count}");
    }
    std::process::exit(5);
}
