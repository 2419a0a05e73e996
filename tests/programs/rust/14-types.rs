// Does not compile: a text is not a number.
fn main() {
    let number: u32 = "forty-two";
    println!("{number}");
}
