// Panics: an index past the end. The message names line 5, and the exit code is 101.
fn main() {
    let numbers: Vec<usize> = std::env::args().map(|each| each.len()).collect();
    // The next line is the one that panics.
    println!("{}", numbers[numbers.len()]);
}
