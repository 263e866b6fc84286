//! What a request asks for, as the host will read it. What two hosts may read in two ways cannot be read here.

use crate::path::Path;
use crate::place::Place;
use alloc::string::String;

/// A method as HTTP spells it: each side of `wasi:http` has a type for it. One without a name here is returned.
macro_rules! spelled {
    ($Method:ident, $method:expr) => {
        match $method {
            $Method::Get => "GET",
            $Method::Head => "HEAD",
            $Method::Post => "POST",
            $Method::Put => "PUT",
            $Method::Delete => "DELETE",
            $Method::Connect => "CONNECT",
            $Method::Options => "OPTIONS",
            $Method::Trace => "TRACE",
            $Method::Patch => "PATCH",
            $Method::Other(method) => return method,
        }
    };
}
pub(crate) use spelled;

/// What a request asks for.
#[derive(Debug, PartialEq)]
pub struct Asked {
    /// As it was set: `GET`.
    pub method: String,
    /// In lower case: `https`.
    pub scheme: String,
    pub place: Place,
    pub path: Path,
}

impl Asked {
    /// Reads a request. `None` if it can be read in more than one way, or in none.
    pub fn read(method: String, mut scheme: String, authority: &str, target: &str) -> Option<Self> {
        scheme.make_ascii_lowercase();
        let place = Place::read(authority.as_bytes(), &scheme)?;
        Some(Self { method, scheme, place, path: Path::read(target.as_bytes())? })
    }
}
