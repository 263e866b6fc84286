//! The functions of `wasi:sockets`: for each a script that calls it, what that says where what it needs is allowed, and
//! what where nothing is.

/// What one function does.
struct Row {
    /// `interface.function`, or `interface.resource.method`.
    function: &'static str,
    /// A script in which it is called.
    does: &'static str,
    /// What it says where all of loopback is allowed.
    allowed: &'static str,
    /// What it says under rules that deny all of that.
    denied: &'static str,
    /// These rules, if it takes others to get so far: what is allowed, and what is denied.
    under: Option<(&'static str, &'static str)>,
}

/// Rules that allow nothing that anything here asks for. That there are some of each kind allows sockets to be bound,
/// as who connects needs it, at a port of the host's choice.
pub const ELSEWHERE: &str = "tcp:192.0.2.1:1,udp:192.0.2.1:1,dns:example.com";

/// In the order of the interfaces. What is not asked of a peer is not denied: there it says, under `denied`, that a
/// call that was denied has changed nothing.
const ROWS: &[Row] = &[
    // wasmtime 48 has words for the error of a connection, and no code.
    Row {
        function: "network.network-error-code",
        does: "tcp4; connect {resetting}; write .; read",
        allowed: "create-tcp-socket: ok; start-connect: ok; finish-connect: ok; write: ok; \
                  read: failed, network-error-code: none|connection-reset",
        denied: "create-tcp-socket: ok; start-connect: access-denied; write: no connection; read: no connection",
        under: None,
    },
    Row {
        function: "instance-network.instance-network",
        does: "instance-network",
        allowed: "instance-network: ok",
        denied: "instance-network: ok",
        under: None,
    },
    Row {
        function: "ip-name-lookup.resolve-addresses",
        does: "resolve localhost",
        allowed: "resolve-addresses: ok; {localhost}; resolve-next-address: none",
        denied: "resolve-addresses: permanent-resolver-failure",
        under: None,
    },
    Row {
        function: "ip-name-lookup.resolve-address-stream.resolve-next-address",
        does: "resolve 127.0.0.1; resolve localhost",
        allowed: "resolve-addresses: ok; resolve-next-address: 127.0.0.1; resolve-next-address: none; \
                  resolve-addresses: ok; {localhost}; resolve-next-address: none",
        denied: "resolve-addresses: ok; resolve-next-address: 127.0.0.1; resolve-next-address: none; \
                 resolve-addresses: permanent-resolver-failure",
        under: None,
    },
    Row {
        function: "ip-name-lookup.resolve-address-stream.subscribe",
        does: "subscribe-lookup ::1; subscribe-lookup localhost",
        allowed: "resolve-addresses: ok; resolve-address-stream.subscribe: ready; \
                  resolve-addresses: ok; resolve-address-stream.subscribe: ready",
        denied: "resolve-addresses: ok; resolve-address-stream.subscribe: ready; \
                 resolve-addresses: permanent-resolver-failure",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.start-bind",
        does: "tcp4; bind {free}; bind {free}",
        allowed: "create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-bind: invalid-state",
        denied: "create-tcp-socket: ok; start-bind: access-denied; start-bind: access-denied",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.finish-bind",
        does: "tcp4; finish-bind; bind {free}; finish-bind",
        allowed: "create-tcp-socket: ok; finish-bind: not-in-progress; start-bind: ok; finish-bind: ok; \
                  finish-bind: not-in-progress",
        denied: "create-tcp-socket: ok; finish-bind: not-in-progress; start-bind: access-denied; \
                 finish-bind: not-in-progress",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.start-connect",
        does: "tcp4; connect {echo}; write hello; read; tcp4; connect {refusing}",
        allowed: "create-tcp-socket: ok; start-connect: ok; finish-connect: ok; write: ok; read: hello; \
                  create-tcp-socket: ok; start-connect: ok; finish-connect: connection-refused",
        denied: "create-tcp-socket: ok; start-connect: access-denied; write: no connection; read: no connection; \
                 create-tcp-socket: ok; start-connect: access-denied",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.finish-connect",
        does: "tcp4; finish-connect; connect {echo}; finish-connect",
        allowed: "create-tcp-socket: ok; finish-connect: not-in-progress; start-connect: ok; finish-connect: ok; \
                  finish-connect: not-in-progress",
        denied: "create-tcp-socket: ok; finish-connect: not-in-progress; start-connect: access-denied; \
                 finish-connect: not-in-progress",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.start-listen",
        does: "tcp4; bind 127.0.0.1:0; listen; listen",
        allowed: "create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-listen: ok; finish-listen: ok; \
                  start-listen: invalid-state",
        denied: "create-tcp-socket: ok; start-bind: ok; finish-bind: ok; start-listen: access-denied; \
                 start-listen: access-denied",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.finish-listen",
        does: "tcp4; finish-listen; bind 127.0.0.1:0; listen; finish-listen",
        allowed: "create-tcp-socket: ok; finish-listen: not-in-progress; start-bind: ok; finish-bind: ok; \
                  start-listen: ok; finish-listen: ok; finish-listen: not-in-progress",
        denied: "create-tcp-socket: ok; finish-listen: not-in-progress; start-bind: ok; finish-bind: ok; \
                 start-listen: access-denied; finish-listen: not-in-progress",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.accept",
        does: "tcp4; accept; bind 127.0.0.1:0; listen; tcp4; connect-to 1; write hello; use 1; accept; read",
        allowed: "create-tcp-socket: ok; accept: invalid-state; start-bind: ok; finish-bind: ok; start-listen: ok; \
                  finish-listen: ok; create-tcp-socket: ok; start-connect: ok; finish-connect: ok; write: ok; \
                  accept: ok; read: hello",
        denied: "create-tcp-socket: ok; accept: invalid-state; start-bind: ok; finish-bind: ok; start-listen: ok; \
                 finish-listen: ok; create-tcp-socket: ok; start-connect: ok; finish-connect: ok; write: ok; \
                 accept: access-denied; read: no connection",
        under: Some(("listen:127.0.0.1:0,tcp:127.0.0.1:*,accept:192.0.2.1", "")),
    },
    Row {
        function: "tcp.tcp-socket.local-address",
        does: "tcp4; local-address; bind {free}; local-address",
        allowed: "create-tcp-socket: ok; local-address: invalid-state; start-bind: ok; finish-bind: ok; \
                  local-address: 127.0.0.1:port",
        denied: "create-tcp-socket: ok; local-address: invalid-state; start-bind: access-denied; \
                 local-address: invalid-state",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.remote-address",
        does: "tcp4; remote-address; connect {echo}; remote-address",
        allowed: "create-tcp-socket: ok; remote-address: invalid-state; start-connect: ok; finish-connect: ok; \
                  remote-address: 127.0.0.1:port",
        denied: "create-tcp-socket: ok; remote-address: invalid-state; start-connect: access-denied; \
                 remote-address: invalid-state",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.is-listening",
        does: "tcp4; is-listening; bind 127.0.0.1:0; listen; is-listening",
        allowed: "create-tcp-socket: ok; is-listening: false; start-bind: ok; finish-bind: ok; start-listen: ok; \
                  finish-listen: ok; is-listening: true",
        denied: "create-tcp-socket: ok; is-listening: false; start-bind: ok; finish-bind: ok; \
                 start-listen: access-denied; is-listening: false",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.address-family",
        does: "tcp4; connect {echo}; address-family; tcp6; address-family",
        allowed: "create-tcp-socket: ok; start-connect: ok; finish-connect: ok; address-family: ipv4; \
                  create-tcp-socket: ok; address-family: ipv6",
        denied: "create-tcp-socket: ok; start-connect: access-denied; address-family: ipv4; create-tcp-socket: ok; \
                 address-family: ipv6",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.set-listen-backlog-size",
        does: "tcp4; bind {free}; set listen-backlog-size 8; set listen-backlog-size 0",
        allowed: "create-tcp-socket: ok; start-bind: ok; finish-bind: ok; set-listen-backlog-size: ok; \
                  set-listen-backlog-size: invalid-argument",
        denied: "create-tcp-socket: ok; start-bind: access-denied; set-listen-backlog-size: ok; \
                 set-listen-backlog-size: invalid-argument",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.subscribe",
        does: "tcp4; connect {echo}; subscribe",
        allowed: "create-tcp-socket: ok; start-connect: ok; finish-connect: ok; subscribe: ready",
        denied: "create-tcp-socket: ok; start-connect: access-denied; subscribe: ready",
        under: None,
    },
    Row {
        function: "tcp.tcp-socket.shutdown",
        does: "tcp4; connect {echo}; write hello; shutdown send; read; read",
        allowed: "create-tcp-socket: ok; start-connect: ok; finish-connect: ok; write: ok; shutdown: ok; \
                  read: hello; read: closed",
        denied: "create-tcp-socket: ok; start-connect: access-denied; write: no connection; \
                 shutdown: invalid-state; read: no connection; read: no connection",
        under: None,
    },
    Row {
        function: "tcp-create-socket.create-tcp-socket",
        does: "tcp4; tcp6",
        allowed: "create-tcp-socket: ok; create-tcp-socket: ok",
        denied: "create-tcp-socket: ok; create-tcp-socket: ok",
        under: None,
    },
    Row {
        function: "udp.udp-socket.start-bind",
        does: "udp4; bind {free}; bind {free}",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; start-bind: invalid-state",
        denied: "create-udp-socket: ok; start-bind: access-denied; start-bind: access-denied",
        under: None,
    },
    Row {
        function: "udp.udp-socket.finish-bind",
        does: "udp4; finish-bind; bind {free}; finish-bind",
        allowed: "create-udp-socket: ok; finish-bind: not-in-progress; start-bind: ok; finish-bind: ok; \
                  finish-bind: not-in-progress",
        denied: "create-udp-socket: ok; finish-bind: not-in-progress; start-bind: access-denied; \
                 finish-bind: not-in-progress",
        under: None,
    },
    Row {
        function: "udp.udp-socket.stream",
        does: "udp4; bind 127.0.0.1:0; stream {datagrams}; send - hello; receive; stream -",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: 1; \
                  receive: hello of 127.0.0.1:port; stream: ok",
        denied: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: access-denied; \
                 send: no streams; receive: no streams; stream: ok",
        under: None,
    },
    Row {
        function: "udp.udp-socket.local-address",
        does: "udp4; local-address; bind {free}; local-address",
        allowed: "create-udp-socket: ok; local-address: invalid-state; start-bind: ok; finish-bind: ok; \
                  local-address: 127.0.0.1:port",
        denied: "create-udp-socket: ok; local-address: invalid-state; start-bind: access-denied; \
                 local-address: invalid-state",
        under: None,
    },
    Row {
        function: "udp.udp-socket.remote-address",
        does: "udp4; bind 127.0.0.1:0; remote-address; stream {datagrams}; remote-address",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; remote-address: invalid-state; \
                  stream: ok; remote-address: 127.0.0.1:port",
        denied: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; remote-address: invalid-state; \
                 stream: access-denied; remote-address: invalid-state",
        under: None,
    },
    Row {
        function: "udp.incoming-datagram-stream.receive",
        does: "udp4; bind 127.0.0.1:0; stream -; send {datagrams} hello; receive; receive",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: 1; \
                  receive: hello of 127.0.0.1:port; receive: nothing",
        denied: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: access-denied; \
                 receive: nothing; receive: nothing",
        under: None,
    },
    Row {
        function: "udp.incoming-datagram-stream.receive",
        does: "udp4; bind 127.0.0.1:0; stream -; udp4; bind 127.0.0.1:0; stream -; send-to 1 hello; use 1; receive",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; create-udp-socket: ok; \
                  start-bind: ok; finish-bind: ok; stream: ok; send: 1; receive: hello of 127.0.0.1:port",
        denied: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; create-udp-socket: ok; \
                 start-bind: ok; finish-bind: ok; stream: ok; send: access-denied; receive: nothing",
        under: None,
    },
    Row {
        function: "udp.incoming-datagram-stream.subscribe",
        does: "udp4; bind 127.0.0.1:0; stream -; subscribe-incoming; send {datagrams} hello; receive; \
               subscribe-incoming",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; \
                  incoming-datagram-stream.subscribe: not ready; send: 1; receive: hello of 127.0.0.1:port; \
                  incoming-datagram-stream.subscribe: not ready",
        denied: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; \
                 incoming-datagram-stream.subscribe: not ready; send: access-denied; receive: nothing; \
                 incoming-datagram-stream.subscribe: not ready",
        under: None,
    },
    Row {
        function: "udp.outgoing-datagram-stream.check-send",
        does: "udp4; bind 127.0.0.1:0; stream -; check-send; send {datagrams} hello; check-send",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; check-send: ok; send: 1; \
                  check-send: ok",
        denied: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; check-send: ok; \
                 send: access-denied; check-send: ok",
        under: None,
    },
    Row {
        function: "udp.outgoing-datagram-stream.send",
        does: "udp4; bind 127.0.0.1:0; stream -; send {datagrams} one {datagrams} two; receive 2",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: 2; \
                  receive: one of 127.0.0.1:port; receive: two of 127.0.0.1:port",
        denied: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; send: access-denied; \
                 receive: nothing",
        under: None,
    },
    Row {
        function: "udp.outgoing-datagram-stream.subscribe",
        does: "udp4; bind 127.0.0.1:0; stream -; subscribe-outgoing; send {datagrams} hello; subscribe-outgoing",
        allowed: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; \
                  outgoing-datagram-stream.subscribe: ready; send: 1; outgoing-datagram-stream.subscribe: ready",
        denied: "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; \
                 outgoing-datagram-stream.subscribe: ready; send: access-denied; \
                 outgoing-datagram-stream.subscribe: ready",
        under: None,
    },
    Row {
        function: "udp-create-socket.create-udp-socket",
        does: "udp4; udp6",
        allowed: "create-udp-socket: ok; create-udp-socket: ok",
        denied: "create-udp-socket: ok; create-udp-socket: ok",
        under: None,
    },
];

/// What is said of a socket by itself, whether or not it may be connected: the function, what it takes to call it, and
/// what it says.
const OPTIONS: &[(&str, &str, &str)] = &[
    ("tcp.tcp-socket.keep-alive-enabled", "get keep-alive-enabled", "keep-alive-enabled: false"),
    (
        "tcp.tcp-socket.set-keep-alive-enabled",
        "set keep-alive-enabled true; get keep-alive-enabled",
        "set-keep-alive-enabled: ok; keep-alive-enabled: true",
    ),
    (
        "tcp.tcp-socket.keep-alive-idle-time",
        "set keep-alive-idle-time 5000000000; get keep-alive-idle-time",
        "set-keep-alive-idle-time: ok; keep-alive-idle-time: 5000000000",
    ),
    (
        "tcp.tcp-socket.set-keep-alive-idle-time",
        "set keep-alive-idle-time 0",
        "set-keep-alive-idle-time: invalid-argument",
    ),
    (
        "tcp.tcp-socket.keep-alive-interval",
        "set keep-alive-interval 6000000000; get keep-alive-interval",
        "set-keep-alive-interval: ok; keep-alive-interval: 6000000000",
    ),
    (
        "tcp.tcp-socket.set-keep-alive-interval",
        "set keep-alive-interval 0",
        "set-keep-alive-interval: invalid-argument",
    ),
    (
        "tcp.tcp-socket.keep-alive-count",
        "set keep-alive-count 7; get keep-alive-count",
        "set-keep-alive-count: ok; keep-alive-count: 7",
    ),
    ("tcp.tcp-socket.set-keep-alive-count", "set keep-alive-count 0", "set-keep-alive-count: invalid-argument"),
    ("tcp.tcp-socket.hop-limit", "set hop-limit 42; get hop-limit", "set-hop-limit: ok; hop-limit: 42"),
    ("tcp.tcp-socket.set-hop-limit", "set hop-limit 0", "set-hop-limit: invalid-argument"),
    (
        "tcp.tcp-socket.receive-buffer-size",
        "set receive-buffer-size 65536; get receive-buffer-size",
        "set-receive-buffer-size: ok; receive-buffer-size: 65536",
    ),
    (
        "tcp.tcp-socket.set-receive-buffer-size",
        "set receive-buffer-size 0",
        "set-receive-buffer-size: invalid-argument",
    ),
    (
        "tcp.tcp-socket.send-buffer-size",
        "set send-buffer-size 65536; get send-buffer-size",
        "set-send-buffer-size: ok; send-buffer-size: 65536",
    ),
    ("tcp.tcp-socket.set-send-buffer-size", "set send-buffer-size 0", "set-send-buffer-size: invalid-argument"),
    ("udp.udp-socket.address-family", "address-family", "address-family: ipv4"),
    (
        "udp.udp-socket.unicast-hop-limit",
        "set unicast-hop-limit 42; get unicast-hop-limit",
        "set-unicast-hop-limit: ok; unicast-hop-limit: 42",
    ),
    ("udp.udp-socket.set-unicast-hop-limit", "set unicast-hop-limit 0", "set-unicast-hop-limit: invalid-argument"),
    (
        "udp.udp-socket.receive-buffer-size",
        "set receive-buffer-size 65536; get receive-buffer-size",
        "set-receive-buffer-size: ok; receive-buffer-size: 65536",
    ),
    (
        "udp.udp-socket.set-receive-buffer-size",
        "set receive-buffer-size 0",
        "set-receive-buffer-size: invalid-argument",
    ),
    (
        "udp.udp-socket.send-buffer-size",
        "set send-buffer-size 65536; get send-buffer-size",
        "set-send-buffer-size: ok; send-buffer-size: 65536",
    ),
    ("udp.udp-socket.set-send-buffer-size", "set send-buffer-size 0", "set-send-buffer-size: invalid-argument"),
    ("udp.udp-socket.subscribe", "subscribe", "subscribe: ready"),
];

/// A script, and what it says where all is allowed and where nothing is.
pub struct Both {
    pub function: &'static str,
    pub does: String,
    pub allowed: String,
    pub denied: String,
    pub under: (&'static str, &'static str),
}

/// The whole table.
pub fn rows() -> Vec<Both> {
    let rows = ROWS.iter().map(|row| Both {
        function: row.function,
        does: row.does.to_owned(),
        allowed: row.allowed.to_owned(),
        denied: row.denied.to_owned(),
        under: row.under.unwrap_or((ELSEWHERE, "")),
    });
    let options = OPTIONS.iter().map(|&(function, does, says)| {
        let (before, allowed, denied) = if function.starts_with("tcp.") {
            (
                "tcp4; connect {echo}",
                "create-tcp-socket: ok; start-connect: ok; finish-connect: ok",
                "create-tcp-socket: ok; start-connect: access-denied",
            )
        } else {
            (
                "udp4; bind 127.0.0.1:0; stream {datagrams}",
                "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok",
                "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: access-denied",
            )
        };
        Both {
            function,
            does: format!("{before}; {does}"),
            allowed: format!("{allowed}; {says}"),
            denied: format!("{denied}; {says}"),
            under: (ELSEWHERE, ""),
        }
    });
    rows.chain(options).collect()
}
