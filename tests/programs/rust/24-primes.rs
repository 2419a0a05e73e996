// The sieve of Eratosthenes up to its argument.
fn main() {
    let limit: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("a number");
    let mut prime = vec![true; limit + 1];
    prime[..2].fill(false);
    for number in (2..).take_while(|number| number * number <= limit) {
        if prime[number] {
            (number * number..=limit).step_by(number).for_each(|multiple| prime[multiple] = false);
        }
    }
    let primes: Vec<usize> = (0..=limit).filter(|number| prime[*number]).collect();
    println!("{} primes, the last is {:?}", primes.len(), primes.last());
}
