//! What comes of a mock: `future-incoming-response`, `incoming-response`, `incoming-body` and `future-trailers`.

use super::fields::Fields;
use super::map::Map;
use super::once::Once;
use crate::bindings::exports::wasi::http0_2_12::types::{
    self, ErrorCode, FutureTrailers, GuestFutureIncomingResponse, GuestFutureTrailers, GuestIncomingBody,
    GuestIncomingResponse, IncomingBody, IncomingResponse,
};
use crate::bindings::virt::http::settings::Mock;
use crate::bindings::virt::io::buffers::{Buffer, Space};
use crate::bindings::virt::io::stand_ins;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::InputStream;
use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use core::cell::Cell;

/// An answer that is there at once.
pub struct Future(Cell<Option<Response>>);

impl Future {
    pub fn new(mock: &'static Mock, is_head: bool) -> Self {
        Self(Cell::new(Some(Response { mock, is_head, body: Once::default() })))
    }
}

impl GuestFutureIncomingResponse for Future {
    fn subscribe(&self) -> Pollable {
        stand_ins::ready_pollable()
    }

    fn get(&self) -> Option<Result<Result<IncomingResponse, ErrorCode>, ()>> {
        Some(self.0.take().map(|response| Ok(IncomingResponse::new(response))).ok_or(()))
    }
}

pub struct Response {
    mock: &'static Mock,
    /// Only the length of its body is told.
    is_head: bool,
    body: Once,
}

impl GuestIncomingResponse for Response {
    fn status(&self) -> u16 {
        self.mock.status
    }

    fn headers(&self) -> types::Fields {
        Fields::show(&headers(self.mock))
    }

    fn consume(&self) -> Result<IncomingBody, ()> {
        let (start, len) = self.mock.body;
        let len = if self.is_head { 0 } else { len };
        self.body.take().map(|()| IncomingBody::new(Body { start, len, stream: Once::default() }))
    }
}

/// The headers of a mock, with the length of its body. Those that a host keeps from programs are left out.
fn headers(mock: &Mock) -> Map {
    let mut map = Map::default();
    for (name, value) in &mock.headers {
        let _ = map.append(name.clone(), value.as_bytes().to_vec());
    }
    // It is refused where there is one.
    let _ = map.append("content-length".to_owned(), digits(mock.body.1));
    map.with_fixed(true)
}

fn digits(mut number: u32) -> Vec<u8> {
    let mut digits = Vec::new();
    loop {
        digits.insert(0, b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            return digits;
        }
    }
}

/// A part of the content.
pub struct Body {
    start: u32,
    len: u32,
    stream: Once,
}

impl GuestIncomingBody for Body {
    fn stream(&self) -> Result<InputStream, ()> {
        self.stream.take()?;
        Ok(match self.len {
            0 => stand_ins::closed_input_stream(),
            // Nobody writes to it, so it needs no space, and its stream outlives it.
            len => Buffer::new(&Space::new(0), self.start, len).read_via_stream(0),
        })
    }

    fn finish(_: IncomingBody) -> FutureTrailers {
        FutureTrailers::new(Trailers::default())
    }
}

/// There are none.
#[derive(Default)]
pub struct Trailers(Once);

impl GuestFutureTrailers for Trailers {
    fn subscribe(&self) -> Pollable {
        stand_ins::ready_pollable()
    }

    fn get(&self) -> Option<Result<Result<Option<types::Fields>, ErrorCode>, ()>> {
        Some(self.0.take().map(|()| Ok(None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(headers: &[(&str, &str)], len: u32) -> Vec<String> {
        let [method, scheme, host, target] = [(); 4].map(|()| String::new());
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let mock = Mock { method, scheme, host, port: None, target, status: 200, headers, body: (0, len) };
        let line = |(name, value)| format!("{name}: {}", String::from_utf8(value).unwrap());
        super::headers(&mock).entries().into_iter().map(line).collect()
    }

    #[test]
    fn a_mock_tells_the_length_of_its_body_unless_it_has_one() {
        assert_eq!(headers(&[], 0), ["content-length: 0"]);
        assert_eq!(
            headers(&[("X-A", "b"), ("x-a", "c")], u32::MAX),
            ["x-a: b", "x-a: c", "content-length: 4294967295"]
        );
        assert_eq!(headers(&[("Content-Length", "5")], 7), ["content-length: 5"]);
        assert_eq!(headers(&[("Connection", "close"), ("transfer-encoding", "chunked")], 10), ["content-length: 10"]);
    }
}
