//! Requests that change on their way out.
//!
//! The host's requests have their headers from the start, and give their bodies away before they are sent. So the app gets
//! requests of ours. One of the host's is behind each, which the app asks and changes; if headers are to change, another takes its
//! place once the app takes the body, or sends it. What the app sees stays as it was.

use crate::Http;
use crate::asked::Asked;
use crate::bindings::exports::virt::http::requests::{self, Guest, GuestOutgoingRequest};
use crate::bindings::virt::http::settings::{self, Rewrite};
use crate::bindings::wasi::http0_2_0::outgoing_handler as host;
use crate::bindings::wasi::http0_2_0::types::{
    ErrorCode, FutureIncomingResponse, Headers, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme,
};
use crate::matching::Requests;
use crate::rules;
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::cell::{Cell, OnceCell};

/// A request of the app's.
pub struct Request {
    /// As the app has it.
    asked: OutgoingRequest,
    /// The one that is sent in its place, and by which of the rewrites.
    sent: OnceCell<(usize, OutgoingRequest)>,
    /// Whether the body that the app has is the former's.
    gave_body: Cell<bool>,
}

impl Request {
    /// The rewrite that a request is in, and its position. An error if a server may take it for one of these, and another may not:
    /// it would get around what is taken out, or where it is to go.
    fn rewrite(asked: &Asked) -> Result<Option<(usize, Rewrite)>, ()> {
        for (at, rewrite) in settings::rewrites().into_iter().enumerate() {
            let Rewrite { method, scheme, host, port, path, set, add, .. } = &rewrite;
            let requests = Requests { method, scheme, host, port: *port };
            let is_in = |wide| requests.have(asked, wide) && rules::is_at(&asked.path, path, wide);
            if is_in(false) {
                // A server answers TRACE with the headers that it got, and some are not for the app.
                let is_told = asked.method.eq_ignore_ascii_case("TRACE") && !(set.is_empty() && add.is_empty());
                return if is_told { Err(()) } else { Ok(Some((at, rewrite))) };
            }
            if is_in(true) {
                return Err(());
            }
        }
        Ok(None)
    }

    /// One with the headers that are to be sent.
    fn with_headers(&self, rewrite: &Rewrite) -> Option<OutgoingRequest> {
        let headers = self.asked.headers().clone();
        for name in &rewrite.remove {
            headers.delete(name).ok()?;
        }
        for (name, value) in &rewrite.set {
            headers.set(name, &[value.as_bytes().into()]).ok()?;
        }
        for (name, value) in &rewrite.add {
            headers.append(name, value.as_bytes()).ok()?;
        }
        Some(OutgoingRequest::new(headers))
    }

    /// The request that the host sends.
    fn into_sent(self) -> Result<OutgoingRequest, ErrorCode> {
        let asked = rules::read(&self.asked);
        let rewrite = asked.as_ref().map_or(Ok(None), Self::rewrite);
        if !rules::permit(asked.as_ref().filter(|_| rewrite.is_ok()), &self.asked) {
            return Err(ErrorCode::HttpRequestDenied);
        }
        let rewrite = rewrite.unwrap_or_default();
        let changes = rewrite.as_ref().filter(|(_, rewrite)| has_headers(rewrite));
        let failed = |words: &str| ErrorCode::InternalError(Some(words.to_owned()));
        let sent = match (changes, self.sent.get().map(|(at, _)| *at)) {
            (None, None) => None,
            (Some((at, _)), Some(made)) if *at == made => self.sent.into_inner().map(|(_, sent)| sent),
            (Some((_, rewrite)), None) if !self.gave_body.get() => {
                Some(self.with_headers(rewrite).ok_or_else(|| failed("a header of a rewrite is refused"))?)
            }
            _ => return Err(failed("the request changed after its body was taken, so its headers cannot")),
        };
        if let Some(sent) = &sent {
            let copied = sent.set_method(&self.asked.method()).is_ok()
                && sent.set_scheme(self.asked.scheme().as_ref()).is_ok()
                && sent.set_authority(self.asked.authority().as_deref()).is_ok()
                && sent.set_path_with_query(self.asked.path_with_query().as_deref()).is_ok();
            if !copied {
                return Err(failed("the host refuses what it took before"));
            }
        }
        let sent = sent.unwrap_or(self.asked);
        if let Some((_, Rewrite { to_scheme, to_authority, .. })) = rewrite
            && !to_authority.is_empty()
        {
            let scheme = if to_scheme == "http" { Scheme::Http } else { Scheme::Https };
            if sent.set_scheme(Some(&scheme)).is_err() || sent.set_authority(Some(&to_authority)).is_err() {
                return Err(failed("the place of a rewrite is refused"));
            }
        }
        Ok(sent)
    }
}

fn has_headers(rewrite: &Rewrite) -> bool {
    !(rewrite.remove.is_empty() && rewrite.set.is_empty() && rewrite.add.is_empty())
}

impl Guest for Http {
    type OutgoingRequest = Request;

    fn handle(
        request: requests::OutgoingRequest,
        options: Option<RequestOptions>,
    ) -> Result<FutureIncomingResponse, ErrorCode> {
        host::handle(request.into_inner::<Request>().into_sent()?, options)
    }
}

impl GuestOutgoingRequest for Request {
    fn new(headers: Headers) -> Self {
        Self { asked: OutgoingRequest::new(headers), sent: OnceCell::new(), gave_body: Cell::new(false) }
    }

    /// Most programs have said where the request goes when they take its body.
    fn body(&self) -> Result<OutgoingBody, ()> {
        if self.sent.get().is_none() && !self.gave_body.get() {
            let rewrite = rules::read(&self.asked).and_then(|asked| Self::rewrite(&asked).ok()?);
            if let Some((at, rewrite)) = rewrite.filter(|(_, rewrite)| has_headers(rewrite)) {
                let _ = self.sent.set((at, self.with_headers(&rewrite).ok_or(())?));
            }
        }
        match self.sent.get() {
            Some((_, sent)) => sent.body(),
            None => {
                self.gave_body.set(true);
                self.asked.body()
            }
        }
    }

    fn method(&self) -> Method {
        self.asked.method()
    }

    fn set_method(&self, method: Method) -> Result<(), ()> {
        self.asked.set_method(&method)
    }

    fn path_with_query(&self) -> Option<String> {
        self.asked.path_with_query()
    }

    fn set_path_with_query(&self, path: Option<String>) -> Result<(), ()> {
        self.asked.set_path_with_query(path.as_deref())
    }

    fn scheme(&self) -> Option<Scheme> {
        self.asked.scheme()
    }

    fn set_scheme(&self, scheme: Option<Scheme>) -> Result<(), ()> {
        self.asked.set_scheme(scheme.as_ref())
    }

    fn authority(&self) -> Option<String> {
        self.asked.authority()
    }

    fn set_authority(&self, authority: Option<String>) -> Result<(), ()> {
        self.asked.set_authority(authority.as_deref())
    }

    fn headers(&self) -> Headers {
        self.asked.headers()
    }
}
