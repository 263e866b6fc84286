//! What both do, each with the bindings of its version.

use crate::wasi::config::store::{get, get_all};

pub fn all() {
    let pairs = get_all();
    match &pairs {
        Ok(pairs) => pairs.iter().for_each(|(key, value)| println!("all {key:?} {value:?}")),
        Err(error) => println!("all {error:?}"),
    }
    let keys = pairs.into_iter().flatten().map(|(key, _)| key);
    for key in keys.chain(std::env::args().skip(1)) {
        println!("get {key:?} {:?}", get(&key));
    }
}
