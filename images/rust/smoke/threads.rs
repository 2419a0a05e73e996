// Threads, channels and a loopback socket work inside the box. Prints `ok` and exits 0.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

fn main() -> std::io::Result<()> {
    let (sender, receiver) = mpsc::channel();
    for number in 0..8u32 {
        let sender = sender.clone();
        thread::spawn(move || sender.send(number * number).expect("the receiver waits"));
    }
    drop(sender);
    assert_eq!(receiver.iter().sum::<u32>(), 140);

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || -> std::io::Result<()> {
        let (mut connection, _) = listener.accept()?;
        let mut got = [0; 3];
        connection.read_exact(&mut got)?;
        got.reverse();
        connection.write_all(&got)
    });
    let mut client = TcpStream::connect(address)?;
    client.write_all(b"abc")?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    server.join().expect("the server ends")?;
    assert_eq!(answer, "cba");
    println!("ok");
    Ok(())
}
