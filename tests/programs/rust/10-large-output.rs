// Writes two million bytes in lines of a hundred.
use std::io::{self, BufWriter, Write};

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in 0..20_000u32 {
        let start = format!("line {line} ");
        let rest = (start.len()..99).map(|column| char::from(b'a' + ((line as usize + column) % 26) as u8));
        writeln!(out, "{start}{}", rest.collect::<String>())?;
    }
    out.flush()
}
