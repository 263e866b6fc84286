//! `[sockets]`.

use super::table::{Table, one_or_more, strings};
use crate::policy::Sockets;
use toml::Value;

pub fn sockets(sockets: &Sockets, start: &Sockets) -> Vec<Table> {
    let mut table = Table::of("[sockets]");
    if sockets.allow != start.allow {
        table.add(
            "allow",
            match sockets.allow.as_deref() {
                None => Value::Boolean(true),
                Some([]) => Value::Boolean(false),
                Some(rules) => strings(rules),
            },
        );
    }
    if !sockets.deny.is_empty() {
        table.add("deny", strings(&sockets.deny));
    }
    if sockets.audit {
        table.add("audit", true);
    }
    if !sockets.hosts.is_empty() {
        let mut hosts = Table::of("");
        for (name, addresses) in &sockets.hosts {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            hosts.add(name, one_or_more(&addresses));
        }
        table.add("hosts", hosts.inline());
    }
    if sockets.loopback {
        table.add("loopback", true);
    }
    vec![table]
}
