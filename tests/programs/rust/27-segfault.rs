// Writes where nothing is, in unsafe code: SIGSEGV ends the process.
fn main() {
    println!("before");
    let nowhere = std::env::args().count().wrapping_sub(1) as *mut u8;
    unsafe { nowhere.write_volatile(1) };
    println!("not reached");
}
