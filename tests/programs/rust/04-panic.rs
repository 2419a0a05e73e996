// Panics with a message: the exit code is 101.
fn main() {
    println!("before");
    // The next line is the one that panics.
    panic!("nobody expects this");
}
