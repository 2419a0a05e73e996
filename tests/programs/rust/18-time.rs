// A clock that never goes back, and a duration's arithmetic.
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn main() {
    let begun = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    println!("{}", if begun.elapsed() >= Duration::from_millis(20) { "slept" } else { "woke too early" });
    println!("{:?}", Duration::from_secs(90) / 8 + Duration::from_micros(5));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    println!("{}", if now > 1_700_000_000 { "this century" } else { "long ago" });
}
