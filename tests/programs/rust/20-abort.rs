// Ends by abort, which runs no destructor.
struct Loud;

impl Drop for Loud {
    fn drop(&mut self) {
        println!("not reached");
    }
}

fn main() {
    let _loud = Loud;
    println!("before");
    std::process::abort();
}
