// Does not compile: a moved value is used.
fn main() {
    let text = String::from("moved");
    drop(text);
    println!("{text}");
}
