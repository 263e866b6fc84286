//! A dependency of a server: `ping` answers `pong` and what the variable `PONG` is.

wit_bindgen::generate!({ path: "wit" });

use exports::example::pong::pingpong::Guest;

struct Pong;
export!(Pong);

impl Guest for Pong {
    fn ping() -> String {
        // Secure random bytes, for one import that it cannot do without: a dependency is given some of WASI, and no more. They
        // are not in the answer, so that it is always the same. A call of an import is never optimized out.
        getrandom::fill(&mut [0; 8]).expect("random bytes");
        format!("pong {}", std::env::var("PONG").unwrap_or_default())
    }
}
