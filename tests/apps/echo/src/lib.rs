//! A server on std: what comes goes back. It does not wait: there is one thread, and the client has it, too.

use std::cell::RefCell;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

wit_bindgen::generate!({ path: "wit", world: "server" });

use exports::example::echo::service::Guest;

struct Server;
export!(Server);

thread_local! {
    static LISTENER: RefCell<Option<TcpListener>> = const { RefCell::new(None) };
    static CLIENTS: RefCell<Vec<TcpStream>> = const { RefCell::new(Vec::new()) };
}

impl Guest for Server {
    fn listen(address: String) -> Result<(), String> {
        let listener = TcpListener::bind(address).map_err(|error| error.to_string())?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        LISTENER.set(Some(listener));
        Ok(())
    }

    fn turn() -> Result<u64, String> {
        turn().map_err(|error| error.to_string())
    }
}

fn turn() -> std::io::Result<u64> {
    LISTENER.with_borrow(|listener| {
        let Some(listener) = listener else { return Err(ErrorKind::NotConnected.into()) };
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(true)?;
                    CLIENTS.with_borrow_mut(|clients| clients.push(stream));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    })?;
    let mut moved = 0;
    CLIENTS.with_borrow_mut(|clients| {
        let mut at = 0;
        while at < clients.len() {
            let mut buffer = [0; 4096];
            match clients[at].read(&mut buffer) {
                Ok(0) => drop(clients.remove(at)),
                Ok(len) => {
                    clients[at].write_all(&buffer[..len])?;
                    moved += len as u64;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => at += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    })
}
