//! Numbers that are not whole, as WAVE text.

use alloc::string::String;
use core::fmt::{Debug, Write};

extern crate alloc;

pub fn single(said: &mut String, value: f32) {
    number(said, value, value.is_nan());
}

pub fn double(said: &mut String, value: f64) {
    number(said, value, value.is_nan());
}

fn number(said: &mut String, value: impl Debug, is_nan: bool) {
    // Writing to a string cannot fail.
    let _ = if is_nan { said.write_str("nan") } else { write!(said, "{value:?}") };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_wave_has_them() {
        let mut said = String::new();
        double(&mut said, f64::NAN);
        for value in [f32::NEG_INFINITY, 2.0] {
            said.push(' ');
            single(&mut said, value);
        }
        for value in [0.1, 1e300, f64::INFINITY] {
            said.push(' ');
            double(&mut said, value);
        }
        assert_eq!(said, "nan -inf 2.0 0.1 1e300 inf");
    }
}
