//! Which HTTP requests go out, and how; or what answers them.

use crate::Error;
use crate::policy::{self, Port, RequestHost, Requests, Scheme};
use crate::tree::{Content, Node, local};
use anyhow::{Context, Result as Anyhow, anyhow};
use std::net::IpAddr;
use std::path::Path;

/// Which HTTP requests go out, and how; or what answers them. Unless something is said, requests are built, and denied when they are
/// sent. Servers stay servers.
///
/// ```
/// use virt_compose::Virt;
/// use virt_compose::policy::{Requests, Scheme};
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-fetch.wasm"))?;
/// let api = Requests::to("api.example.com").over(Scheme::Https).under("/v1");
/// let virt = Virt::open().http(|h| {
///     h.allow(api.clone())
///         .allow(Requests::below("example.net").at_any_port())
///         .deny(Requests::below("example.net").by(["DELETE"]))
///         .rewrite(api, |r| r.send_to(Scheme::Http, "localhost", 8080).set("authorization", "Bearer 1"))
/// });
/// virt.compose(&app)?;
/// // No request goes out: these are the answers.
/// let test = Virt::sealed().http(|h| {
///     h.mock(Requests::to("api.example.com"), |m| m.path("/users/*").header("content-type", "text/plain").text("Ada"))
///         .mock(Requests::all(), |m| m.status(404))
/// });
/// test.compose(&app)?;
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Http(pub(super) policy::Http, pub(super) Option<Error>);

impl Http {
    /// Lets all requests out, but for what is denied.
    pub fn host(mut self) -> Self {
        self.0.allow = None;
        self
    }

    /// Lets these requests out. After [`host`](Self::host), only these.
    pub fn allow(mut self, requests: Requests) -> Self {
        self.0.allow.get_or_insert_default().push(requests);
        self
    }

    /// Keeps these back, whatever lets them out: they get the error `HTTP-request-denied`. Without a port, at any.
    pub fn deny(mut self, requests: Requests) -> Self {
        self.0.deny.push(requests);
        self
    }

    /// Sends what would be denied, and writes it down on standard error.
    pub fn audit(mut self) -> Self {
        self.0.audit = true;
        self
    }

    /// Changes these requests on their way out: [`Rewrite`]. The first that a request is in counts.
    pub fn rewrite(mut self, requests: Requests, say: impl FnOnce(Rewrite) -> Rewrite) -> Self {
        let rewrite = checked(&requests).and_then(|requests| {
            let rewrite = say(Rewrite(Ok(policy::Rewrite::of(requests)))).0?;
            rewrite.check().map_err(Error::policy)?;
            Ok(rewrite)
        });
        match rewrite {
            Ok(rewrite) => self.0.rewrites.push(rewrite),
            Err(error) => drop(self.1.get_or_insert(error)),
        }
        self
    }

    /// Answers these requests, and lets none out: [`Mock`]. The first that a request is in counts; others are denied.
    pub fn mock(mut self, requests: Requests, say: impl FnOnce(Mock) -> Mock) -> Self {
        let mock = checked(&requests).and_then(|requests| {
            let body = Node::File(Content::Inline(Vec::new()));
            say(Mock(Ok(policy::Mock { requests, target: "*".to_owned(), status: 200, headers: Vec::new(), body }))).0
        });
        match mock {
            Ok(mock) => self.0.mocks.get_or_insert_default().push(mock),
            Err(error) => drop(self.1.get_or_insert(error)),
        }
        self
    }

    pub(super) fn done(mut self) -> Result<policy::Http, Error> {
        if let Some(error) = self.1 {
            return Err(error);
        }
        for requests in self.0.allow.iter_mut().flatten().chain(&mut self.0.deny) {
            *requests = checked(requests)?;
        }
        if self.0.allow.as_ref().is_some_and(Vec::is_empty) && !self.0.deny.is_empty() && self.0.mocks.is_none() {
            return Err(Error::policy(anyhow!("requests are kept back, and none are let out: let some out, too")));
        }
        Ok(self.0)
    }
}

/// How requests change on their way out. What the app sees of them stays as it was.
#[derive(Clone, Debug)]
#[must_use]
pub struct Rewrite(Result<policy::Rewrite, Error>);

impl Rewrite {
    /// Sends them to another scheme, host (a name, or an address, of IPv6 in brackets) and port. Path and query stay.
    pub fn send_to(self, scheme: Scheme, host: impl AsRef<str>, port: u16) -> Self {
        self.step(|rewrite| rewrite.send_to(&format!("{}://{}:{port}", scheme.as_str(), host.as_ref())))
    }

    /// Gives a header this value, whatever it had.
    pub fn set(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.step(|rewrite| rewrite.set(name.as_ref(), value.as_ref()))
    }

    /// Adds a header beside those that are there.
    pub fn add(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.step(|rewrite| rewrite.add(name.as_ref(), value.as_ref()))
    }

    /// Takes a header out.
    pub fn remove(self, name: impl AsRef<str>) -> Self {
        self.step(|rewrite| rewrite.remove(name.as_ref()))
    }

    fn step(mut self, change: impl FnOnce(&mut policy::Rewrite) -> Anyhow<()>) -> Self {
        if let Ok(rewrite) = &mut self.0
            && let Err(error) = change(rewrite)
        {
            self.0 = Err(Error::policy(error));
        }
        self
    }
}

/// An answer to requests: status 200, without headers or a body, unless something else is said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Mock(Result<policy::Mock, Error>);

impl Mock {
    /// Only for this path, in which `*` is any characters; with a `?` in it, only for that query, too.
    pub fn path(self, path: impl Into<String>) -> Self {
        let path = path.into();
        let slash = if path == "*" || path.starts_with(['/', '?']) { "" } else { "/" };
        self.step(|mock| {
            if path == "*" {
                mock.target = path;
                return Ok(());
            }
            // What a URL may have is what a path of one may have.
            mock.target = policy::Mock::of(&format!("a{slash}{path}")).context("in the path of a mock")?.target;
            Ok(())
        })
    }

    /// The status code, from 200 to 599.
    pub fn status(self, status: u16) -> Self {
        self.step(|mock| mock.set_status(status.into()))
    }

    /// Adds a header.
    pub fn header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.step(|mock| mock.add_header(name.as_ref(), value.as_ref()))
    }

    /// The body: these bytes.
    pub fn text(self, body: impl AsRef<[u8]>) -> Self {
        self.step(|mock| {
            mock.body = Node::File(Content::Inline(body.as_ref().to_vec()));
            Ok(())
        })
    }

    /// The body: what is in a file of this machine. It is embedded when the result is made.
    pub fn file(self, path: impl AsRef<Path>) -> Self {
        self.step(|mock| {
            mock.body = local::file(path.as_ref())?;
            Ok(())
        })
    }

    fn step(mut self, change: impl FnOnce(&mut policy::Mock) -> Anyhow<()>) -> Self {
        if let Ok(mock) = &mut self.0
            && let Err(error) = change(mock)
        {
            self.0 = Err(Error::policy(error));
        }
        self
    }
}

/// As values, in place of text. What no request can have is refused when the set is used.
impl Requests {
    /// Requests to one host, by its name or address, at the port of the scheme.
    pub fn to(host: impl Into<String>) -> Self {
        let host = host.into();
        let host = match host.parse() {
            Ok(IpAddr::V4(address)) => RequestHost::V4(address),
            Ok(IpAddr::V6(address)) => RequestHost::V6(address),
            Err(_) => RequestHost::Name(host),
        };
        Self { host, port: Port::OfScheme, ..Self::all() }
    }

    /// Requests to all hosts whose names end in a dot and this, at the port of the scheme.
    pub fn below(name: impl Into<String>) -> Self {
        Self { host: RequestHost::Below(name.into()), port: Port::OfScheme, ..Self::all() }
    }

    /// Of these, those with this scheme.
    pub fn over(self, scheme: Scheme) -> Self {
        Self { scheme: Some(scheme), ..self }
    }

    /// The same at this port.
    pub fn at(self, port: u16) -> Self {
        Self { port: Port::Number(port), ..self }
    }

    /// Of these, those whose path is this one, or begins with it and a slash.
    pub fn under(self, path: impl AsRef<str>) -> Self {
        Self { path: format!("/{}", path.as_ref().trim_start_matches('/')), ..self }
    }

    /// Of these, those with one of these methods.
    pub fn by(self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { methods: methods.into_iter().map(Into::into).collect(), ..self }
    }
}

/// The same set in the one form that it has. Its text says all of it but the methods, and what reads that checks it.
fn checked(requests: &Requests) -> Result<Requests, Error> {
    if let RequestHost::Name(name) | RequestHost::Below(name) = &requests.host {
        refuse_pattern(name)?;
    }
    let text = Requests { methods: Vec::new(), ..requests.clone() }.to_string();
    let read = text.parse::<Requests>();
    read.and_then(|read| read.with_methods(requests.methods.iter().map(String::as_str))).map_err(Error::policy)
}

/// Refuses what would mean more than one name where text is read.
pub(super) fn refuse_pattern(name: &str) -> Result<(), Error> {
    match name.contains(['*', ':', '/', '@', '[', '?', '#']) {
        true => {
            Err(Error::policy(anyhow!("`{}` is no name of a host; write one like `example.com`", name.escape_debug())))
        }
        false => Ok(()),
    }
}
