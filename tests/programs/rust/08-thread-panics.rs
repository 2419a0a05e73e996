// A thread panics, and the one that joins it goes on.
use std::thread;

fn main() {
    let worker = thread::Builder::new().name("worker".into()).spawn(|| {
        let nothing: Option<u32> = std::env::args().nth(99).map(|_| 1);
        nothing.expect("there is no argument 99")
    });
    match worker.expect("a thread can be made").join() {
        Ok(number) => println!("got {number}"),
        Err(cause) => println!("it panicked: {}", cause.downcast_ref::<String>().map_or("?", |text| text)),
    }
}
