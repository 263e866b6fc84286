//! `[http]`, `[[http.rewrite]]` and `[[http.mock]]`.

use super::paths::Paths;
use super::table::{Table, one_or_more, strings};
use crate::policy::{Http, Mock, Requests, Rewrite};
use crate::policy_file::pairs::Map;
use crate::tree::{Content, Node};
use anyhow::{Context, Result, bail};
use toml::Value;

pub fn http(http: &Http, start: &Http, paths: &Paths) -> Result<Vec<Table>> {
    let mut table = Table::of("[http]");
    let patterns = |requests: &[Requests]| Value::Array(requests.iter().map(pattern).collect());
    if http.allow != start.allow {
        table.add(
            "allow",
            match http.allow.as_deref() {
                None => Value::Boolean(true),
                Some([]) => Value::Boolean(false),
                Some(requests) => patterns(requests),
            },
        );
    }
    if !http.deny.is_empty() {
        table.add("deny", patterns(&http.deny));
    }
    if http.audit {
        table.add("audit", true);
    }
    if http.mocks.as_ref().is_some_and(Vec::is_empty) {
        table.add("mock", Value::Array(Vec::new()));
    }
    let mut tables = vec![table];
    tables.retain(|table| !table.is_empty());
    tables.extend(http.rewrites.iter().map(rewrite));
    for mock in http.mocks.iter().flatten() {
        tables.push(self::mock(mock, paths).with_context(|| format!("in the mock of `{mock}`"))?);
    }
    Ok(tables)
}

/// Where requests go, without their methods.
fn url(requests: &Requests) -> String {
    Requests { methods: Vec::new(), ..requests.clone() }.to_string()
}

fn pattern(requests: &Requests) -> Value {
    if requests.methods.is_empty() {
        return url(requests).into();
    }
    let mut table = Table::of("");
    add_requests(&mut table, requests);
    table.inline()
}

fn add_requests(table: &mut Table, requests: &Requests) {
    table.add("url", url(requests));
    if !requests.methods.is_empty() {
        table.add("methods", strings(&requests.methods));
    }
}

fn rewrite(rewrite: &Rewrite) -> Table {
    let mut table = Table::of("[[http.rewrite]]");
    add_requests(&mut table, &rewrite.requests);
    table.add_some("to", rewrite.to.as_ref().map(|(scheme, at)| format!("{}://{at}", scheme.as_str())));
    if !rewrite.remove.is_empty() {
        table.add("remove", strings(&rewrite.remove));
    }
    table.add_some("set", headers(&rewrite.set));
    table.add_some("add", headers(&rewrite.add));
    table
}

fn mock(mock: &Mock, paths: &Paths) -> Result<Table> {
    let mut table = Table::of("[[http.mock]]");
    let target = if mock.target == "*" { "" } else { &mock.target };
    table.add("url", format!("{}{target}", url(&mock.requests)));
    match mock.requests.methods.as_slice() {
        [] => {}
        [method] => table.add("method", method.as_str()),
        _ => bail!("a mock in a policy file is for one method, or for any; write one for each"),
    }
    if mock.status != 200 {
        table.add("status", i64::from(mock.status));
    }
    table.add_some("headers", headers(&mock.headers));
    let text = match &mock.body {
        Node::File(Content::Inline(bytes)) => std::str::from_utf8(bytes).ok(),
        _ => None,
    };
    match text {
        Some("") => {}
        Some(text) => table.add("body", text),
        None => table.add("body", paths.content(&mock.body, "file")?.inline()),
    }
    Ok(table)
}

/// Headers by their names. Those of one name keep their order.
fn headers(headers: &[(String, String)]) -> Option<Value> {
    let mut by_name: Map<Vec<String>> = Map::new();
    for (name, value) in headers {
        by_name.entry(name.clone()).or_default().push(value.clone());
    }
    let mut table = Table::of("");
    by_name.iter().for_each(|(name, values)| table.add(name, one_or_more(values)));
    (!table.is_empty()).then(|| table.inline())
}
