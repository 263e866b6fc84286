//! Programs that have sockets as their language has them do the same in every way.

use crate::trial;
use crate::ways::{WAYS, Way};
use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use virt_compose_tests::guests;
use virt_compose_tests::host::{End, Host, Ran};
use virt_compose_tests::net::{Peers, addresses};

/// What one is told, and what it prints.
struct Case {
    guest: &'static str,
    /// Words with peers in it.
    args: &'static str,
    prints: &'static str,
    /// Whether it has a timer that must not end before the host is done.
    needs_time: bool,
}

const CASES: &[Case] = &[
    Case {
        guest: "rust-net",
        args: "echo {echo} 0",
        prints: "0 bytes came back, sum cbf29ce484222325\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "echo {echo} 1",
        prints: "1 bytes came back, sum af63bd4c8601b7df\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "echo {echo} 100000",
        prints: "100000 bytes came back, sum 63cac02e680ddadc\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "echo {echo} 104857600",
        prints: "104857600 bytes came back, sum 56b697809eec1225\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "half-close {echo}",
        prints: "50000 bytes came back, then the end, sum 785668c27f4c58a5\n\
                 writing more: error BrokenPipe\n\
                 reading more: 0\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "refused {refusing}",
        prints: "connect: error ConnectionRefused\n",
        needs_time: false,
    },
    Case { guest: "rust-net", args: "ended {closing}", prints: "read 0\n", needs_time: false },
    Case { guest: "rust-net", args: "reset {resetting}", prints: "read: error Uncategorized\n", needs_time: false },
    Case {
        guest: "rust-net",
        args: "connections {echo} 500",
        prints: "500 connections, one after the other\n\
                 100 connections at once\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "timeout {silent}",
        prints: "connect with a timeout: ok\n\
                 timeout at first: None\n\
                 timeout then: Some(50ms)\n\
                 read: error WouldBlock\n\
                 write: ok\n\
                 none: error InvalidInput\n",
        needs_time: true,
    },
    Case {
        guest: "rust-net",
        args: "nonblocking {echo}",
        prints: "read: error WouldBlock\nread: \"here\"\nread: error WouldBlock\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "options {echo}",
        prints: "local address: 127.0.0.1\n\
                 it has a port: true\n\
                 peer address: 127.0.0.1\n\
                 its port is the one asked for: true\n\
                 no delay: ok\n\
                 it has none: true\n\
                 ttl: ok\n\
                 it is: 42\n\
                 a ttl of nothing: error InvalidInput\n\
                 error: None\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "unsupported {echo}",
        prints: "another handle: error Unsupported\n\
                 peek: error Unsupported\n\
                 shutdown of reading: ok\n\
                 shutdown of both: ok\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "udp-echo {datagrams} 10 1000",
        prints: "10 datagrams of 1000 bytes came back, sum 409794f2bdb30e01\n\
                 connected to where it was asked to: true\n\
                 10 connected\n\
                 a timeout: error Uncategorized\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "udp-echo {datagrams} 1 0",
        prints: "1 datagrams of 0 bytes came back, sum cbf29ce484222325\n\
                 connected to where it was asked to: true\n\
                 1 connected\n\
                 a timeout: error Uncategorized\n",
        needs_time: false,
    },
    Case {
        guest: "rust-net",
        args: "udp-echo {datagrams} 3 60000",
        prints: "3 datagrams of 60000 bytes came back, sum a2ccfe05a203d7a8\n\
                 connected to where it was asked to: true\n\
                 3 connected\n\
                 a timeout: error Uncategorized\n",
        needs_time: false,
    },
    Case { guest: "rust-net", args: "lookup 127.0.0.1", prints: "127.0.0.1 is [127.0.0.1]\n", needs_time: false },
    Case { guest: "rust-net", args: "lookup localhost", prints: "localhost is {localhost}\n", needs_time: false },
    Case {
        guest: "rust-net",
        args: "alone",
        prints: "it listens at a port: true\n\
                 it is the client: true\n\
                 client to server: 1048576 bytes, sum 160403ef9d40f9e5\n\
                 server to client: 1048576 bytes, sum 160403ef9d40f9e5\n\
                 the server reads: 0\n\
                 the client reads: \"bye\"\n\
                 listening there again: error AddrInUse\n\
                 connecting there afterwards: error ConnectionRefused\n\
                 a datagram of the first: \"over there\", true\n\
                 a datagram of the second: \"and back\", true\n\
                 there are no more: error WouldBlock\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net has",
        prints: "has AF_INET6 SO_REUSEADDR SO_KEEPALIVE TCP_NODELAY MSG_PEEK SHUT_WR\n\
                 socketpair: True\n\
                 getaddrinfo: True\n\
                 gethostbyname: True\n\
                 gethostname: True\n\
                 getnameinfo: True\n\
                 create_server: True\n\
                 fromfd: True\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net echo {echo} 200000",
        prints: "200000 bytes came back\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net half-close {echo}",
        prints: "50000 bytes came back, then the end, as they were sent: True\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net refused {refusing}",
        prints: "connect: ConnectionRefusedError 14\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net timeout {silent}",
        prints: "read: TimeoutError None\n\
                 write: 11\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net nonblocking {echo}",
        prints: "read: BlockingIOError 6\n\
                 read: b'here'\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net options {echo}",
        prints: "local address: '127.0.0.1'\n\
                 peer address: True\n\
                 no delay: 'ok'\n\
                 keep alive: 'ok'\n\
                 kept alive: 1\n\
                 peek: OSError 58\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net lookup 127.0.0.1",
        prints: "127.0.0.1 is [127.0.0.1]\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net lookup localhost",
        prints: "localhost is {localhost}\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net udp-echo {datagrams} 10 1000",
        prints: "10 datagrams of 1000 bytes came back\n",
        needs_time: false,
    },
    Case {
        guest: "python-tour",
        args: "net alone",
        prints: "it is the client: True\n\
                 the server reads b'hello'\n\
                 the client reads b'bye'\n",
        needs_time: false,
    },
];

pub const PYTHON: &str = "python-tour";

/// Those that are run in a way: one takes long to compile, so that it is run in some.
pub fn guests_in(way: &Way) -> &'static [&'static str] {
    match way.name {
        "unvirtualized" | "with virtual streams" | "under rules, sealed but for clocks" => &["rust-net", PYTHON],
        _ => &["rust-net"],
    }
}

/// With the peers of IPv4, and some with those of IPv6.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for way in WAYS {
        let is_for = |case: &&Case| guests_in(way).contains(&case.guest) && (way.has_time || !case.needs_time);
        for case in CASES.iter().filter(is_for) {
            let check = |name: String, ipv6: bool| {
                let peers = move || if ipv6 { Peers::ipv6() } else { Some(Peers::ipv4()) };
                let run = move || match peers() {
                    Some(peers) => run(way.program(case.guest)?.run(&host(case, peers)?)?, case).context(case.args),
                    None => {
                        println!("skipped: this machine has no `::1`");
                        Ok(())
                    }
                };
                trial(name, run).with_ignored_flag(!guests::is_at_hand(case.guest))
            };
            trials.push(check(format!("{}: {} {}", way.name, case.guest, case.args), false));
            if ["echo {echo} 100000", "udp-echo {datagrams} 10 1000", "refused {refusing}"].contains(&case.args) {
                trials.push(check(format!("{}: {} {}, IPv6", way.name, case.guest, case.args), true));
            }
        }
    }
    trials
}

fn host(case: &Case, peers: &Peers) -> Result<Host> {
    let args = peers.place(case.args)?.split(' ').map(str::to_owned).collect();
    Ok(Host { args, sockets: true, ..Host::default() })
}

fn run(ran: Ran, case: &Case) -> Result<()> {
    let prints = case.prints.replace("{localhost}", &format!("{:?}", addresses("localhost")?));
    ensure!(ran.end == End::Exit(0) && ran.stdout == prints, "{ran:?}");
    Ok(())
}
