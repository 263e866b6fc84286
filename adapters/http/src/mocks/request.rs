//! `outgoing-request`, and the options that it is sent with.

use super::fields::Fields;
use super::map::Map;
use super::once::Once;
use super::outgoing::Body;
use super::syntax;
use crate::asked::{Asked, spelled};
use crate::bindings::exports::wasi::http0_2_12::types::{
    self, Duration, GuestOutgoingRequest, GuestRequestOptions, Method, OutgoingBody, Scheme,
};
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::cell::{Cell, RefCell};

type Result<T = ()> = core::result::Result<T, ()>;

pub struct Request {
    method: RefCell<Method>,
    scheme: RefCell<Option<Scheme>>,
    authority: RefCell<Option<String>>,
    target: RefCell<Option<String>>,
    headers: Map,
    body: Once,
}

impl Request {
    /// What it asks for, if that can be read in one way only. Without a scheme it is `https`, as hosts have it.
    pub fn asked(&self) -> Option<Asked> {
        let scheme = match self.scheme() {
            Some(Scheme::Http) => "http".to_owned(),
            Some(Scheme::Other(scheme)) => scheme,
            Some(Scheme::Https) | None => "https".to_owned(),
        };
        Asked::read(name(self.method()), scheme, &self.authority()?, &self.target())
    }

    /// The path and query as they were set.
    pub fn target(&self) -> String {
        self.path_with_query().unwrap_or_default()
    }

    pub fn is_head(&self) -> bool {
        name(self.method()) == "HEAD"
    }
}

fn name(method: Method) -> String {
    spelled!(Method, method).to_owned()
}

/// Puts something in the place of what was set before, if it is written as it should be.
fn put<T>(place: &RefCell<T>, value: T, is_valid: bool) -> Result {
    if !is_valid {
        return Err(());
    }
    place.replace(value);
    Ok(())
}

impl GuestOutgoingRequest for Request {
    fn new(headers: types::Fields) -> Self {
        Self {
            method: RefCell::new(Method::Get),
            scheme: RefCell::default(),
            authority: RefCell::default(),
            target: RefCell::default(),
            headers: Fields::fix(headers),
            body: Once::default(),
        }
    }

    fn body(&self) -> Result<OutgoingBody> {
        self.body.take().map(|()| OutgoingBody::new(Body::default()))
    }

    fn method(&self) -> Method {
        self.method.borrow().clone()
    }

    fn set_method(&self, method: Method) -> Result {
        let is_valid = if let Method::Other(name) = &method { syntax::is_method(name) } else { true };
        put(&self.method, method, is_valid)
    }

    fn path_with_query(&self) -> Option<String> {
        self.target.borrow().clone()
    }

    fn set_path_with_query(&self, target: Option<String>) -> Result {
        let is_valid = target.as_deref().is_none_or(syntax::is_target);
        put(&self.target, target, is_valid)
    }

    fn scheme(&self) -> Option<Scheme> {
        self.scheme.borrow().clone()
    }

    fn set_scheme(&self, scheme: Option<Scheme>) -> Result {
        let is_valid = if let Some(Scheme::Other(name)) = &scheme { syntax::is_scheme(name) } else { true };
        put(&self.scheme, scheme, is_valid)
    }

    fn authority(&self) -> Option<String> {
        self.authority.borrow().clone()
    }

    fn set_authority(&self, authority: Option<String>) -> Result {
        let is_valid = authority.as_deref().is_none_or(syntax::is_authority);
        put(&self.authority, authority, is_valid)
    }

    fn headers(&self) -> types::Fields {
        Fields::show(&self.headers)
    }
}

/// Answers are there at once, so nothing comes of these.
#[derive(Default)]
pub struct Options {
    connect: Cell<Option<Duration>>,
    first_byte: Cell<Option<Duration>>,
    between_bytes: Cell<Option<Duration>>,
}

impl GuestRequestOptions for Options {
    fn new() -> Self {
        Self::default()
    }

    fn connect_timeout(&self) -> Option<Duration> {
        self.connect.get()
    }

    fn set_connect_timeout(&self, duration: Option<Duration>) -> Result {
        self.connect.set(duration);
        Ok(())
    }

    fn first_byte_timeout(&self) -> Option<Duration> {
        self.first_byte.get()
    }

    fn set_first_byte_timeout(&self, duration: Option<Duration>) -> Result {
        self.first_byte.set(duration);
        Ok(())
    }

    fn between_bytes_timeout(&self) -> Option<Duration> {
        self.between_bytes.get()
    }

    fn set_between_bytes_timeout(&self, duration: Option<Duration>) -> Result {
        self.between_bytes.set(duration);
        Ok(())
    }
}
