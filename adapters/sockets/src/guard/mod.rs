//! What interposers ask: `rules` for addresses and ports, `names` for names. `lookup` answers some names itself.

mod address;
#[cfg_attr(not(feature = "audit"), path = "no_audit.rs")]
mod audit;
#[cfg(feature = "names")]
mod lookup;
mod names;
mod rules;

use crate::Sockets;
use crate::bindings::exports::virt::sockets::guard::{Guest, IpSocketAddress};
use crate::bindings::virt::sockets::settings::{self, Act, Rule};
use crate::bindings::wasi::sockets0_2_0::tcp::TcpSocket;
use crate::single::Single;
use address::{Address, Family};
use alloc::string::String;
use alloc::vec::Vec;
use audit::note;
use core::cell::OnceCell;
use rules::End;

/// They do not change, and a program that sends datagrams asks for each.
fn rules() -> &'static [Rule] {
    static RULES: Single<OnceCell<Vec<Rule>>> = Single(OnceCell::new());
    RULES.0.get_or_init(settings::rules)
}

/// What nobody knows.
const ANYWHERE: End = End { address: Address { family: Family::V6, bits: 0 }, port: 0 };

fn end(address: IpSocketAddress) -> End {
    match address {
        IpSocketAddress::Ipv4(end) => {
            let (a, b, c, d) = end.address;
            End { address: Address::v4([a, b, c, d]), port: end.port }
        }
        IpSocketAddress::Ipv6(end) => {
            let (a, b, c, d, e, f, g, h) = end.address;
            End { address: Address::v6([a, b, c, d, e, f, g, h]), port: end.port }
        }
    }
}

/// Whether a name may be looked up.
pub fn may_resolve(name: &str) -> bool {
    let rules = settings::names();
    names::may(rules.iter().map(|rule| (rule.allow, rule.name.as_str())), name) || note("lookup of ", name)
}

impl Guest for Sockets {
    fn tcp_bind(local: IpSocketAddress) -> bool {
        let end = end(local);
        rules::may_bind(rules(), Act::Tcp, end) || note("tcp bind ", end)
    }

    fn tcp_connect(remote: IpSocketAddress) -> bool {
        let end = end(remote);
        rules::may(rules(), Act::Tcp, end) || note("tcp connect ", end)
    }

    /// One that is not bound may be bound anywhere by a host that lets it listen even so.
    fn tcp_listen(socket: &TcpSocket) -> bool {
        match socket.local_address() {
            Ok(local) => {
                let end = end(local);
                rules::may_listen(rules(), end) || note("tcp listen ", end)
            }
            Err(_) => rules::may_listen(rules(), ANYWHERE) || note("tcp listen ", ANYWHERE),
        }
    }

    /// Who is gone already can no longer be asked who he was, and may have left something to read.
    fn tcp_accept(socket: &TcpSocket) -> bool {
        match socket.remote_address() {
            Ok(remote) => {
                let end = end(remote);
                rules::may_accept(rules(), end) || note("tcp accept ", end)
            }
            Err(_) => rules::may_accept_any(rules()) || note("tcp accept ", ANYWHERE),
        }
    }

    fn udp_bind(local: IpSocketAddress) -> bool {
        let end = end(local);
        rules::may_bind(rules(), Act::Udp, end) || note("udp bind ", end)
    }

    fn udp_stream(remote: Option<IpSocketAddress>) -> bool {
        remote.is_none_or(|remote| may_udp("udp stream ", remote))
    }

    fn udp_send(remote: Option<IpSocketAddress>) -> bool {
        remote.is_none_or(|remote| may_udp("udp send ", remote))
    }

    fn udp_receive(remote: IpSocketAddress) -> bool {
        may_udp("udp receive ", remote)
    }

    fn resolve_addresses(name: String) -> bool {
        may_resolve(&name)
    }
}

fn may_udp(what: &'static str, remote: IpSocketAddress) -> bool {
    let end = end(remote);
    rules::may(rules(), Act::Udp, end) || note(what, end)
}
