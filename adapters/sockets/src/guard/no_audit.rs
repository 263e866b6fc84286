//! What is denied is denied, and nobody reads of it.

pub fn note<T>(_: &'static str, _: T) -> bool {
    false
}
