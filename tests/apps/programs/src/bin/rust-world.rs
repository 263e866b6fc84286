//! Touches files, sockets and the clock as std does, and says how each went.

use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

fn main() {
    println!("read_dir {:?}", std::fs::read_dir("/").map(|_| ()).map_err(|error| error.kind()));
    println!("open {:?}", std::fs::File::open("/etc/passwd").map(|_| ()).map_err(|error| error.kind()));
    println!("create {:?}", std::fs::write("/made", "x").map_err(|error| error.kind()));
    println!("connect {:?}", TcpStream::connect("127.0.0.1:9").map(|_| ()).is_ok());
    println!("listen {:?}", TcpListener::bind("127.0.0.1:0").map(|_| ()).is_ok());
    println!("bind {:?}", UdpSocket::bind("127.0.0.1:0").map(|_| ()).is_ok());
    println!("resolve {:?}", ("localhost", 80).to_socket_addrs().map(|_| ()).is_ok());
}
