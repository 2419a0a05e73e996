// Does not compile: a moved value is used. The build fails with E0382 on line 5.
fn main() {
    let text = String::from("moved");
    drop(text);
    println!("{text}");
}
