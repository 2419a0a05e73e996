fn main() {
    std::env::args().skip(1).for_each(|argument| println!("{argument}"));
}
