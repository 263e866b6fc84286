//! Connections and listeners.

use crate::address::{family, parsed, written};
use crate::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::wasi::sockets::network::{IpAddressFamily, IpSocketAddress, Network, network_error_code};
use crate::wasi::sockets::tcp::{ShutdownType, TcpSocket};
use crate::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::{say, shown, told, wait};

pub struct Tcp {
    // Ahead of the socket, so that they are dropped first.
    streams: Option<(InputStream, OutputStream)>,
    pub socket: TcpSocket,
}

pub fn create(is_ipv6: bool) -> Option<Tcp> {
    let family = if is_ipv6 { IpAddressFamily::Ipv6 } else { IpAddressFamily::Ipv4 };
    told("create-tcp-socket", create_tcp_socket(family)).map(|socket| Tcp { streams: None, socket })
}

impl Tcp {
    /// Does it. What it accepts is returned.
    pub fn run(&mut self, network: &Network, words: &[&str]) -> Option<Self> {
        let socket = &self.socket;
        match *words {
            ["bind", to] => {
                if told("start-bind", socket.start_bind(network, parsed(to))).is_some() {
                    wait(&socket.subscribe());
                    told("finish-bind", socket.finish_bind());
                }
            }
            ["finish-bind"] => drop(told("finish-bind", socket.finish_bind())),
            ["connect", to] => self.connect(network, parsed(to)),
            ["finish-connect"] => self.finish_connect(),
            ["listen"] => {
                if told("start-listen", socket.start_listen()).is_some() {
                    wait(&socket.subscribe());
                    told("finish-listen", socket.finish_listen());
                }
            }
            ["finish-listen"] => drop(told("finish-listen", socket.finish_listen())),
            ["accept"] => {
                wait(&socket.subscribe());
                let (socket, input, output) = told("accept", socket.accept())?;
                return Some(Self { streams: Some((input, output)), socket });
            }
            ["local-address"] => shown("local-address", socket.local_address().map(written)),
            ["remote-address"] => shown("remote-address", socket.remote_address().map(written)),
            ["is-listening"] => say("is-listening", socket.is_listening()),
            ["address-family"] => say("address-family", family(socket.address_family())),
            ["set", option, value] => {
                let number = || value.parse::<u64>().expect("a number");
                let done = match option {
                    "listen-backlog-size" => socket.set_listen_backlog_size(number()),
                    "keep-alive-enabled" => socket.set_keep_alive_enabled(value == "true"),
                    "keep-alive-idle-time" => socket.set_keep_alive_idle_time(number()),
                    "keep-alive-interval" => socket.set_keep_alive_interval(number()),
                    "keep-alive-count" => socket.set_keep_alive_count(number() as u32),
                    "hop-limit" => socket.set_hop_limit(number() as u8),
                    "receive-buffer-size" => socket.set_receive_buffer_size(number()),
                    "send-buffer-size" => socket.set_send_buffer_size(number()),
                    _ => panic!("no such option: {option}"),
                };
                told(&format!("set-{option}"), done);
            }
            ["get", option] => match option {
                "keep-alive-enabled" => shown(option, socket.keep_alive_enabled()),
                "keep-alive-idle-time" => shown(option, socket.keep_alive_idle_time()),
                "keep-alive-interval" => shown(option, socket.keep_alive_interval()),
                "keep-alive-count" => shown(option, socket.keep_alive_count()),
                "hop-limit" => shown(option, socket.hop_limit()),
                "receive-buffer-size" => shown(option, socket.receive_buffer_size()),
                "send-buffer-size" => shown(option, socket.send_buffer_size()),
                _ => panic!("no such option: {option}"),
            },
            ["subscribe"] => {
                let pollable = socket.subscribe();
                say("subscribe", if pollable.ready() { "ready" } else { "not ready" });
            }
            ["write", text] => self.write(text),
            ["read"] => self.read(),
            ["shutdown", what] => {
                let what = match what {
                    "receive" => ShutdownType::Receive,
                    "send" => ShutdownType::Send,
                    "both" => ShutdownType::Both,
                    _ => panic!("no such end: {what}"),
                };
                told("shutdown", socket.shutdown(what));
            }
            _ => panic!("no such command: {words:?}"),
        }
        None
    }

    pub fn connect(&mut self, network: &Network, to: IpSocketAddress) {
        if told("start-connect", self.socket.start_connect(network, to)).is_some() {
            wait(&self.socket.subscribe());
            self.finish_connect();
        }
    }

    fn finish_connect(&mut self) {
        if let Some(streams) = told("finish-connect", self.socket.finish_connect()) {
            self.streams = Some(streams);
        }
    }

    fn write(&self, text: &str) {
        let Some((_, output)) = &self.streams else { return say("write", "no connection") };
        match output.blocking_write_and_flush(text.as_bytes()) {
            Ok(()) => say("write", "ok"),
            Err(error) => say("write", ended(error)),
        }
    }

    fn read(&self) {
        let Some((input, _)) = &self.streams else { return say("read", "no connection") };
        if !wait(&input.subscribe()) {
            return say("read", "nothing");
        }
        match input.blocking_read(1000) {
            Ok(bytes) => say("read", String::from_utf8_lossy(&bytes)),
            Err(error) => say("read", ended(error)),
        }
    }
}

/// How a stream ended: the code of its error is the host's to tell.
fn ended(error: StreamError) -> String {
    match error {
        StreamError::Closed => "closed".to_owned(),
        StreamError::LastOperationFailed(error) => {
            let code = network_error_code(&error).map_or("none", |code| code.name());
            format!("failed, network-error-code: {code}")
        }
    }
}
