// Scoped threads share a counter, and send results through a channel.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{mpsc, Mutex};
use std::thread;

fn main() {
    let sum = AtomicU64::new(0);
    let guarded = Mutex::new(0u64);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..8u64 {
            let sender = sender.clone();
            let (sum, guarded) = (&sum, &guarded);
            scope.spawn(move || {
                for _ in 0..10_000 {
                    sum.fetch_add(number, Ordering::Relaxed);
                    *guarded.lock().expect("nobody panics") += number;
                }
                sender.send(number * number).expect("the receiver is there");
            });
        }
    });
    drop(sender);
    let mut squares: Vec<u64> = receiver.iter().collect();
    squares.sort_unstable();
    println!("{} {} {squares:?}", sum.into_inner(), guarded.into_inner().expect("nobody panics"));
}
