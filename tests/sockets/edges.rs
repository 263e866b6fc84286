//! Addresses that are written in other ways than rules are, and lead where rules do not. Nothing that is denied comes
//! as far as the host.

use crate::script::{GUEST, check};
use crate::trial;
use crate::ways::{program, ruled, ruled_inside};
use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use virt_compose_tests::net::{Peers, Reached};

/// Rules, what is done under them, and what is said.
struct Edge {
    what: &'static str,
    allow: &'static str,
    deny: &'static str,
    does: &'static str,
    says: &'static str,
    /// What of others the host must not have been brought to.
    kept: &'static [&'static str],
}

/// One listens, and two connect: the first from an address that is denied, the second from one that is not.
const TWO_PEERS: &str = "tcp4; bind 127.0.0.1:0; listen; tcp4; bind 127.0.0.2:0; connect-to 1; tcp4; bind 127.0.0.1:0; \
    connect-to 1; write hello; use 1; accept; accept; remote-address; read";

/// What is said where the second was accepted, and only it.
const ONE_ACCEPTED: &str = "create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-listen: ok; finish-listen: ok; \
    create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-connect: ok; finish-connect: ok; \
    create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-connect: ok; finish-connect: ok; \
    write: ok; accept: access-denied; accept: ok; remote-address: 127.0.0.1:port; read: hello";

/// Whoever denies this machine's own, or a part of it, has it denied under all of its names.
const EDGES: &[Edge] = &[
    Edge {
        what: "an IPv4 address is denied as IPv6 has it",
        allow: "tcp:*:*,udp:*:*,listen:*:*,dns:*",
        deny: "tcp:127.0.0.0/8:*,udp:127.0.0.0/8:*",
        does: "tcp6; connect [::ffff:127.0.0.1]:80; udp6; bind [::1]:0; stream [::ffff:127.0.0.1]:80; stream -; \
               send [::ffff:127.0.0.1]:80 hello",
        says: "create-tcp-socket: ok; start-connect: access-denied; create-udp-socket: ok; \
               start-bind: ok; finish-bind: ok; stream: access-denied; stream: ok; send: access-denied",
        kept: &["ffff"],
    },
    Edge {
        what: "an IPv6 range that has all of IPv4 in it allows none",
        allow: "tcp:[::]/0:*,udp:[::]/0:*",
        deny: "",
        does: "tcp4; connect 127.0.0.1:80; udp4; bind 127.0.0.1:0; stream 127.0.0.1:80",
        says: "create-tcp-socket: ok; start-connect: access-denied; create-udp-socket: ok; start-bind: ok; \
               finish-bind: ok; stream: access-denied",
        kept: &["127.0.0.1:80"],
    },
    Edge {
        what: "a scope changes no address",
        allow: "tcp:*:*,udp:*:*,listen:*:*,dns:*",
        deny: "tcp:[fe80::]/10:*,udp:[fe80::]/10:*",
        does: "tcp6; connect [fe80::1%2]:80; connect [fe80::1]:80; udp6; bind [::1]:0; stream -; \
               send [fe80::1%2]:80 hello",
        says: "create-tcp-socket: ok; start-connect: access-denied; start-connect: access-denied; \
               create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: access-denied",
        kept: &["fe80"],
    },
    Edge {
        what: "port 0 is a port like others to who connects",
        allow: "tcp:127.0.0.1:*,udp:127.0.0.1:*",
        deny: "tcp:127.0.0.1:1-65535",
        does: "tcp4; connect 127.0.0.1:0; tcp4; connect {echo}",
        says: "create-tcp-socket: ok; start-connect: invalid-argument; create-tcp-socket: ok; \
               start-connect: access-denied",
        kept: &["TcpConnect"],
    },
    Edge {
        what: "who connects may be bound to a port that the host chooses, and no other",
        allow: "tcp:127.0.0.1:*",
        deny: "",
        does: "tcp4; bind 0.0.0.0:0; connect {echo}; tcp4; bind {free}; tcp4; bind 0.0.0.0:1; listen",
        says: "create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-connect: ok; finish-connect: ok; \
               create-tcp-socket: ok; start-bind: access-denied; create-tcp-socket: ok; \
               start-bind: access-denied; start-listen: access-denied|invalid-state",
        kept: &["TcpListen"],
    },
    Edge {
        what: "who may talk may not listen",
        allow: "tcp:127.0.0.1:*",
        deny: "",
        does: "tcp4; bind 127.0.0.1:0; listen; accept",
        says: "create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-listen: access-denied; \
               accept: invalid-state|access-denied",
        kept: &["TcpListen"],
    },
    Edge {
        what: "who may listen at one port may not at another",
        allow: "listen:127.0.0.1:0",
        deny: "",
        does: "tcp4; bind 127.0.0.1:0; listen; tcp4; bind {free}; tcp4; bind 127.0.0.2:0",
        says: "create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-listen: ok; finish-listen: ok; \
               create-tcp-socket: ok; start-bind: access-denied; create-tcp-socket: ok; \
               start-bind: access-denied",
        kept: &["127.0.0.2"],
    },
    Edge {
        what: "one protocol says nothing of the other, of which there need be no socket",
        allow: "tcp:127.0.0.1:*",
        deny: "",
        does: "udp4; bind 127.0.0.1:0; tcp4; bind 127.0.0.1:0",
        says: "create-udp-socket: access-denied; bind: no socket; create-tcp-socket: ok; start-bind: ok; \
               finish-bind: ok",
        kept: &["Udp"],
    },
    Edge {
        what: "one protocol says nothing of the other, whichever it is",
        allow: "udp:127.0.0.1:*",
        deny: "",
        does: "tcp4; bind 127.0.0.1:0; udp4; bind 127.0.0.1:0",
        says: "create-tcp-socket: access-denied; bind: no socket; create-udp-socket: ok; start-bind: ok; finish-bind: ok",
        kept: &["Tcp"],
    },
    Edge {
        what: "the address of no address leads to no one",
        allow: "tcp:127.0.0.1:*,udp:127.0.0.1:*",
        deny: "",
        does: "tcp4; connect 0.0.0.0:80; tcp6; connect [::]:80; udp4; bind 127.0.0.1:0; stream 0.0.0.0:80; \
               stream -; send 0.0.0.0:80 hello",
        says: "create-tcp-socket: ok; start-connect: access-denied; create-tcp-socket: ok; \
               start-connect: access-denied; create-udp-socket: ok; start-bind: ok; finish-bind: ok; \
               stream: access-denied; stream: ok; send: access-denied",
        kept: &["TcpConnect", "UdpSend"],
    },
    Edge {
        what: "the address of no address is this machine's, which is denied",
        allow: "tcp:*:*,udp:*:*,listen:*:*,dns:*",
        deny: "tcp:127.0.0.0/8:*,tcp:[::1]:*",
        does: "tcp4; connect 0.0.0.0:80; tcp6; connect [::]:80",
        says: "create-tcp-socket: ok; start-connect: access-denied; create-tcp-socket: ok; \
               start-connect: access-denied",
        kept: &["TcpConnect"],
    },
    Edge {
        what: "groups and all are addresses like others",
        allow: "tcp:127.0.0.0/8:*,udp:127.0.0.0/8:*",
        deny: "",
        does: "tcp4; connect 224.0.0.1:80; tcp4; connect 255.255.255.255:80; tcp6; connect [ff02::1]:80; udp4; \
               bind 127.0.0.1:0; stream -; send 224.0.0.1:9 hello; send 255.255.255.255:9 hello; \
               stream 224.0.0.1:9",
        says: "create-tcp-socket: ok; start-connect: access-denied; create-tcp-socket: ok; \
               start-connect: access-denied; create-tcp-socket: ok; start-connect: access-denied; \
               create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: access-denied; \
               send: access-denied; stream: access-denied",
        kept: &["224.", "255.", "ff02"],
    },
    Edge {
        what: "groups of IPv6 are addresses like others",
        allow: "tcp:[::1]:*,udp:[::1]:*",
        deny: "",
        does: "udp6; bind [::1]:0; stream -; send [ff02::1]:9 hello; send [ff02::1%1]:9 hello; stream [ff02::1]:9",
        says: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: access-denied; \
               send: access-denied; stream: access-denied",
        kept: &["ff02"],
    },
    Edge {
        what: "a name may be looked up, and where it leads may not be connected to",
        allow: "tcp:192.0.2.1:1,dns:localhost",
        deny: "",
        does: "resolve localhost; tcp4; connect {echo}",
        says: "resolve-addresses: ok; {localhost}; resolve-next-address: none; create-tcp-socket: ok; \
               start-connect: access-denied",
        kept: &["127.0.0.1"],
    },
    Edge {
        what: "a name is denied however it is written",
        allow: "dns:*",
        deny: "dns:localhost",
        does: "resolve localhost; resolve LOCALHOST; resolve LocalHost; resolve localhost.",
        says: "resolve-addresses: permanent-resolver-failure; resolve-addresses: permanent-resolver-failure; \
               resolve-addresses: permanent-resolver-failure; resolve-addresses: permanent-resolver-failure",
        kept: &[],
    },
    Edge {
        what: "a name is allowed however it is written",
        allow: "dns:localhost",
        deny: "",
        does: "resolve localhost; resolve LOCALHOST; resolve mylocalhost; resolve localhost.example.com",
        says: "resolve-addresses: ok; {localhost}; resolve-next-address: none; resolve-addresses: ok; \
               {localhost}; resolve-next-address: none; resolve-addresses: permanent-resolver-failure; \
               resolve-addresses: permanent-resolver-failure",
        kept: &[],
    },
    Edge {
        what: "addresses may be looked up, and are not more allowed for that",
        allow: "tcp:192.0.2.1:1",
        deny: "",
        does: "resolve 127.0.0.1; resolve ::1; tcp4; connect {echo}",
        says: "resolve-addresses: ok; resolve-next-address: 127.0.0.1; resolve-next-address: none; \
               resolve-addresses: ok; resolve-next-address: ::1; resolve-next-address: none; \
               create-tcp-socket: ok; start-connect: access-denied",
        kept: &["127.0.0.1"],
    },
    Edge {
        what: "a peer that is denied is not accepted, and the next one is",
        allow: "tcp:127.0.0.1:*,listen:127.0.0.1:0",
        deny: "accept:127.0.0.2",
        does: TWO_PEERS,
        says: ONE_ACCEPTED,
        kept: &[],
    },
    Edge {
        what: "a peer that may not be connected to is not accepted",
        allow: "tcp:127.0.0.1:*,listen:127.0.0.1:0",
        deny: "tcp:127.0.0.2:*",
        does: TWO_PEERS,
        says: ONE_ACCEPTED,
        kept: &[],
    },
    Edge {
        what: "where some are accepted the others are not",
        allow: "tcp:127.0.0.1:*,listen:127.0.0.1:0,accept:127.0.0.1",
        deny: "",
        does: TWO_PEERS,
        says: ONE_ACCEPTED,
        kept: &[],
    },
    Edge {
        what: "datagrams of others are dropped",
        allow: "udp:127.0.0.1:*",
        deny: "",
        does: "udp4; bind 127.0.0.1:0; stream -; udp4; bind 127.0.0.2:0; stream -; send-to 1 others; use 1; \
               receive; udp4; bind 127.0.0.1:0; stream -; send-to 1 ours; use 2; send-to 1 others; use 1; \
               receive; receive",
        says: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; create-udp-socket: ok; \
               start-bind: ok; finish-bind: ok; stream: ok; send: 1; receive: nothing; create-udp-socket: ok; \
               start-bind: ok; finish-bind: ok; stream: ok; send: 1; send: 1; receive: ours of 127.0.0.1:port; \
               receive: nothing",
        kept: &[],
    },
    Edge {
        what: "those ahead of the first that is denied are sent",
        allow: "udp:127.0.0.1:*",
        deny: "",
        does: "udp4; bind 127.0.0.1:0; stream -; \
               send {datagrams} one {datagrams} two 127.0.0.2:9 three {datagrams} four; receive 2; receive; \
               send 127.0.0.2:9 one {datagrams} two; receive",
        says: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: 2; \
               receive: one of 127.0.0.1:port; receive: two of 127.0.0.1:port; receive: nothing; \
               send: access-denied; receive: nothing",
        kept: &["127.0.0.2"],
    },
    Edge {
        what: "a port is in a range or not",
        allow: "tcp:127.0.0.1:1-9,udp:127.0.0.1:1-9",
        deny: "",
        does: "tcp4; connect {echo}; tcp4; connect 127.0.0.1:9; udp4; bind 127.0.0.1:0; stream {datagrams}",
        says: "create-tcp-socket: ok; start-connect: access-denied; create-tcp-socket: ok; start-connect: ok; \
               finish-connect: connection-refused; create-udp-socket: ok; start-bind: ok; finish-bind: ok; \
               stream: access-denied",
        kept: &["UdpSend"],
    },
    Edge {
        what: "IPv6 is talked to by itself",
        allow: "tcp:[::1]:*,udp:[::1]:*,listen:[::1]:0",
        deny: "",
        does: "tcp6; connect {echo}; write hello; read; tcp4; connect 127.0.0.1:80; udp6; bind [::1]:0; \
               stream {datagrams}; send - hello; receive; tcp6; bind [::1]:0; listen",
        says: "create-tcp-socket: ok; start-connect: ok; finish-connect: ok; write: ok; read: hello; \
               create-tcp-socket: ok; start-connect: access-denied; create-udp-socket: ok; start-bind: ok; \
               finish-bind: ok; stream: ok; send: 1; receive: hello of [::1]:port; create-tcp-socket: ok; \
               start-bind: ok; finish-bind: ok; start-listen: ok; finish-listen: ok",
        kept: &["TcpConnect 127"],
    },
    Edge {
        what: "IPv6 is no loopback of IPv4's",
        allow: "tcp:127.0.0.1:*,udp:127.0.0.1:*",
        deny: "",
        does: "tcp6; connect {echo}; udp6; bind [::1]:0; stream {datagrams}",
        says: "create-tcp-socket: ok; start-connect: access-denied; create-udp-socket: ok; start-bind: ok; \
               finish-bind: ok; stream: access-denied",
        kept: &["TcpConnect", "UdpSend"],
    },
];

/// What wasmtime says of addresses that are odd, so that it is known when it changes: rules need not deny these.
const ODD: &[(&str, &str)] = &[
    ("tcp6; connect [::ffff:127.0.0.1]:80", "create-tcp-socket: ok; start-connect: invalid-argument"),
    ("tcp4; connect [::1]:80", "create-tcp-socket: ok; start-connect: invalid-argument"),
    ("tcp6; bind [::ffff:127.0.0.1]:0", "create-tcp-socket: ok; start-bind: invalid-argument"),
    ("tcp4; connect 127.0.0.1:0", "create-tcp-socket: ok; start-connect: invalid-argument"),
    ("tcp4; connect 0.0.0.0:80", "create-tcp-socket: ok; start-connect: invalid-argument"),
    ("tcp4; connect 224.0.0.1:80", "create-tcp-socket: ok; start-connect: invalid-argument"),
    ("tcp4; connect 255.255.255.255:80", "create-tcp-socket: ok; start-connect: invalid-argument"),
    ("tcp6; connect [ff02::1]:80", "create-tcp-socket: ok; start-connect: invalid-argument"),
    ("tcp4; bind 224.0.0.1:0", "create-tcp-socket: ok; start-bind: invalid-argument"),
    ("tcp4; listen", "create-tcp-socket: ok; start-listen: invalid-state"),
    (
        "udp4; bind 127.0.0.1:0; stream 0.0.0.0:80; stream 127.0.0.1:0",
        "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: invalid-argument; stream: invalid-argument",
    ),
    ("udp4; stream -", "create-udp-socket: ok; stream: invalid-state"),
    (
        "udp4; bind 127.0.0.1:0; stream -; send - hello; send 0.0.0.0:80 hello; send 127.0.0.1:0 hello",
        "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: invalid-argument; \
         send: invalid-argument; send: invalid-argument",
    ),
    (
        "udp4; bind 127.0.0.1:0; stream {datagrams}; send 127.0.0.1:9 hello",
        "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: invalid-argument",
    ),
    (
        "udp4; bind 127.0.0.1:0; stream -; send 224.0.0.1:9 hello; send 255.255.255.255:9 hello",
        "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: access-denied; \
         send: access-denied",
    ),
    (
        "udp6; bind [::1]:0; stream [::ffff:127.0.0.1]:80",
        "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: invalid-argument",
    ),
    ("udp4; bind 224.0.0.1:0", "create-udp-socket: ok; start-bind: access-denied"),
    (
        "resolve 127.1; resolve [::1]; resolve 0x7f.1",
        "resolve-addresses: ok; resolve-next-address: 127.0.0.1; resolve-next-address: none; \
         resolve-addresses: ok; resolve-next-address: ::1; resolve-next-address: none; resolve-addresses: ok; \
         resolve-next-address: 127.0.0.1; resolve-next-address: none",
    ),
    ("resolve a_b:c", "resolve-addresses: invalid-argument"),
];

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![trial("unvirtualized: odd addresses".to_owned(), odd)];
    for edge in EDGES {
        trials.push(trial(format!("under rules: {}", edge.what), || {
            let peers = if edge.does.contains("6; ") { Peers::ipv6() } else { Some(Peers::ipv4()) };
            let Some(peers) = peers else {
                println!("skipped: this machine has no `::1`");
                return Ok(());
            };
            for program in [ruled(GUEST, edge.allow, edge.deny)?, ruled_inside(GUEST, edge.allow, edge.deny)?] {
                kept(edge, &check(&program, peers, edge.does, edge.says)?)?;
            }
            Ok(())
        }));
    }
    trials.push(trial("under rules: names of its own".to_owned(), names));
    trials
}

fn kept(edge: &Edge, reached: &Reached) -> Result<()> {
    let all = reached.all();
    for kept in edge.kept {
        ensure!(!all.iter().any(|line| line.contains(kept)), "the host was brought to {all:?}");
    }
    Ok(())
}

fn odd() -> Result<()> {
    let program = program(GUEST, &["--allow-all".to_owned()])?;
    for (does, says) in ODD {
        check(&program, Peers::ipv4(), does, says).context(*does)?;
    }
    Ok(())
}

/// A name that has an address of its own is answered with it, and no other for that.
fn names() -> Result<()> {
    let args = ["--with=sockets", "--allow-sockets=tcp:127.0.0.9:*,dns:localhost", "--host=db.internal=127.0.0.9"]
        .map(str::to_owned);
    let does = "resolve db.internal; resolve DB.internal; resolve localhost; resolve other.internal; \
                subscribe-lookup db.internal";
    let says = "resolve-addresses: ok; resolve-next-address: 127.0.0.9; resolve-next-address: none; resolve-addresses: ok; \
                resolve-next-address: 127.0.0.9; resolve-next-address: none; resolve-addresses: ok; {localhost}; \
                resolve-next-address: none; resolve-addresses: permanent-resolver-failure; resolve-addresses: ok; \
                resolve-address-stream.subscribe: ready";
    check(&program(GUEST, &args)?, Peers::ipv4(), does, says).map(drop)
}
