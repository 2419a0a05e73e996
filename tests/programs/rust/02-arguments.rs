// Prints its arguments, each quoted, with how many bytes and characters it has.
fn main() {
    for argument in std::env::args().skip(1) {
        println!("{argument:?} {} {}", argument.len(), argument.chars().count());
    }
}
