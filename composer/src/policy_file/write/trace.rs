//! `[trace]`.

use super::table::{Table, strings};
use crate::policy::Trace;
use toml::Value;

pub fn trace(trace: &Trace) -> Vec<Table> {
    let mut table = Table::of("[trace]");
    match trace.of.as_slice() {
        [] => {}
        [all] if all == Trace::ALL => table.add("calls", true),
        of => table.add("calls", strings(of)),
    }
    table.add_some("file", trace.file.as_deref());
    table.add_some("size", (trace.size != Trace::SIZE).then(|| Value::Integer(trace.size.into())));
    table.add_some("prefix", Some(trace.prefix.as_str()).filter(|prefix| !prefix.is_empty()));
    if *trace == Trace::default() { Vec::new() } else { vec![table] }
}
