//! Talks by TCP, at the address that is its argument, to the server that it is composed with.

use std::io::{Read, Write};
use std::net::TcpStream;

wit_bindgen::generate!({ path: "wit", world: "client" });

use example::echo::service::{listen, turn};

fn main() {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:7000".to_owned());
    println!("listens: {:?}", listen(&address));
    let mut clients = Vec::new();
    for number in 0..3 {
        match TcpStream::connect(&address) {
            Ok(client) => clients.push(client),
            Err(error) => return println!("client {number}: {:?}", error.kind()),
        }
    }
    for (number, client) in clients.iter_mut().enumerate() {
        client.write_all(format!("hello {number}").as_bytes()).expect("it is written");
    }
    println!("sent back: {:?}", turn());
    for (number, client) in clients.iter_mut().enumerate() {
        let mut back = [0; 7];
        client.read_exact(&mut back).expect("it comes back");
        println!("client {number} reads {:?}", String::from_utf8_lossy(&back));
    }
    drop(clients);
    println!("sent back: {:?}", turn());
}
