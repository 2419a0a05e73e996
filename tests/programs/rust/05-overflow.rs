// Adds past the largest number of its type, which is checked.
fn main() {
    let largest: u8 = std::env::args().map(|_| 255u8).next().unwrap_or(255);
    println!("adding to {largest}");
    let sum: u8 = largest + 1;
    println!("not reached: {sum}");
}
