//! Datagrams.

use crate::address::{family, parsed, written};
use crate::wasi::clocks::monotonic_clock::subscribe_duration;
use crate::wasi::io::poll::poll;
use crate::wasi::sockets::network::{IpAddressFamily, Network};
use crate::wasi::sockets::udp::{IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket};
use crate::wasi::sockets::udp_create_socket::create_udp_socket;
use crate::{MILLISECOND, say, shown, told, wait};

pub struct Udp {
    // Ahead of the socket, so that they are dropped first.
    streams: Option<(IncomingDatagramStream, OutgoingDatagramStream)>,
    pub socket: UdpSocket,
}

/// For datagrams that are not to come.
const WHILE: u64 = 200 * MILLISECOND;

pub fn create(is_ipv6: bool) -> Option<Udp> {
    let family = if is_ipv6 { IpAddressFamily::Ipv6 } else { IpAddressFamily::Ipv4 };
    told("create-udp-socket", create_udp_socket(family)).map(|socket| Udp { streams: None, socket })
}

impl Udp {
    pub fn run(&mut self, network: &Network, words: &[&str]) {
        let socket = &self.socket;
        match *words {
            ["bind", to] => {
                if told("start-bind", socket.start_bind(network, parsed(to))).is_some() {
                    wait(&socket.subscribe());
                    told("finish-bind", socket.finish_bind());
                }
            }
            ["finish-bind"] => drop(told("finish-bind", socket.finish_bind())),
            ["stream", to] => {
                // The host allows no two at a time.
                self.streams = None;
                self.streams = told("stream", socket.stream((to != "-").then(|| parsed(to))));
            }
            ["local-address"] => shown("local-address", socket.local_address().map(written)),
            ["remote-address"] => shown("remote-address", socket.remote_address().map(written)),
            ["address-family"] => say("address-family", family(socket.address_family())),
            ["set", option, value] => {
                let number = || value.parse::<u64>().expect("a number");
                let done = match option {
                    "unicast-hop-limit" => socket.set_unicast_hop_limit(number() as u8),
                    "receive-buffer-size" => socket.set_receive_buffer_size(number()),
                    "send-buffer-size" => socket.set_send_buffer_size(number()),
                    _ => panic!("no such option: {option}"),
                };
                told(&format!("set-{option}"), done);
            }
            ["get", option] => match option {
                "unicast-hop-limit" => shown(option, socket.unicast_hop_limit()),
                "receive-buffer-size" => shown(option, socket.receive_buffer_size()),
                "send-buffer-size" => shown(option, socket.send_buffer_size()),
                _ => panic!("no such option: {option}"),
            },
            ["subscribe"] => {
                let pollable = socket.subscribe();
                say("subscribe", if pollable.ready() { "ready" } else { "not ready" });
            }
            ["subscribe-incoming" | "subscribe-outgoing" | "check-send" | "send" | "receive", ..] => self.stream(words),
            _ => panic!("no such command: {words:?}"),
        }
    }

    fn stream(&self, words: &[&str]) {
        let Some((incoming, outgoing)) = &self.streams else { return say(words[0], "no streams") };
        match *words {
            ["subscribe-incoming"] => {
                let pollable = incoming.subscribe();
                say("incoming-datagram-stream.subscribe", if pollable.ready() { "ready" } else { "not ready" });
            }
            ["subscribe-outgoing"] => {
                let is_ready = wait(&outgoing.subscribe());
                say("outgoing-datagram-stream.subscribe", if is_ready { "ready" } else { "not ready" });
            }
            // How many depends on the host.
            ["check-send"] => drop(told("check-send", outgoing.check_send())),
            ["send", ref what @ ..] => self.send(&what.chunks(2).map(datagram).collect::<Vec<_>>()),
            ["receive"] => receive(incoming, 1),
            ["receive", count] => receive(incoming, count.parse().expect("a number")),
            _ => panic!("no such command: {words:?}"),
        }
    }

    pub fn send(&self, datagrams: &[OutgoingDatagram]) {
        let Some((_, outgoing)) = &self.streams else { return say("send", "no streams") };
        wait(&outgoing.subscribe());
        match outgoing.check_send() {
            Ok(permit) if permit >= datagrams.len() as u64 => shown("send", outgoing.send(datagrams)),
            other => say("check-send", format!("{other:?}")),
        }
    }
}

fn datagram(words: &[&str]) -> OutgoingDatagram {
    let [to, text] = *words else { panic!("an address or `-`, and a text") };
    OutgoingDatagram { data: text.as_bytes().to_vec(), remote_address: (to != "-").then(|| parsed(to)) }
}

fn receive(from: &IncomingDatagramStream, count: usize) {
    let (mut received, end) = (0, subscribe_duration(WHILE));
    while received < count {
        match from.receive((count - received) as u64) {
            Ok(datagrams) if datagrams.is_empty() => {
                if poll(&[&from.subscribe(), &end])[0] == 1 {
                    return say("receive", "nothing");
                }
            }
            Ok(datagrams) => {
                received += datagrams.len();
                for datagram in datagrams {
                    let text = String::from_utf8_lossy(&datagram.data);
                    say("receive", format!("{text} of {}", written(datagram.remote_address)));
                }
            }
            Err(code) => return say("receive", code.name()),
        }
    }
}
