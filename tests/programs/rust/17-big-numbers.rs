// The factorial of its argument, in digits of nine decimals.
fn main() {
    let last: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("a number");
    let mut digits = vec![1u64];
    for factor in 2..=last {
        let mut carry = 0;
        for digit in &mut digits {
            carry += *digit * factor;
            *digit = carry % 1_000_000_000;
            carry /= 1_000_000_000;
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    let (first, rest) = digits.split_last().expect("there is a digit");
    print!("{first}");
    rest.iter().rev().for_each(|digit| print!("{digit:09}"));
    println!("\n{}", u128::MAX);
}
