// Calls itself without end: the runtime tells, and aborts.
fn deeper(number: u64, trail: &mut [u64; 64]) -> u64 {
    trail[(number % 64) as usize] = number;
    let mut next = *trail;
    1 + deeper(number + 1, &mut next) + next[0]
}

fn main() {
    println!("before");
    println!("{}", deeper(0, &mut [0; 64]));
}
