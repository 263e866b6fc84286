//! Seconds and nanoseconds since 1970, as plain Rust.

/// Of a second.
pub const NANOSECONDS: u64 = 1_000_000_000;

/// As `datetime` has it.
pub fn of_nanoseconds(nanoseconds: u64) -> (u64, u32) {
    (nanoseconds / NANOSECONDS, (nanoseconds % NANOSECONDS) as u32)
}

/// A time moved by seconds, and nanoseconds on top, of which there are less than a second. It stops at 1970 and at the end.
pub fn later((seconds, nanoseconds): (u64, u32), (by, on_top): (i64, u32)) -> (u64, u32) {
    let nanoseconds = u64::from(nanoseconds) + u64::from(on_top);
    let carry = nanoseconds / NANOSECONDS;
    match seconds.checked_add(carry).and_then(|seconds| seconds.checked_add_signed(by)) {
        Some(seconds) => (seconds, (nanoseconds % NANOSECONDS) as u32),
        None if by < 0 => (0, 0),
        None => (u64::MAX, NANOSECONDS as u32 - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_become_seconds() {
        assert_eq!(of_nanoseconds(0), (0, 0));
        assert_eq!(of_nanoseconds(999_999_999), (0, 999_999_999));
        assert_eq!(of_nanoseconds(u64::MAX), (18_446_744_073, 709_551_615));
    }

    #[test]
    fn a_shift_carries_and_stops_at_both_ends() {
        assert_eq!(later((10, 600_000_000), (1, 500_000_000)), (12, 100_000_000));
        assert_eq!(later((10, 600_000_000), (-3, 500_000_000)), (8, 100_000_000));
        assert_eq!(later((10, 0), (-10, 0)), (0, 0));
        assert_eq!(later((9, 999_999_999), (-10, 1)), (0, 0));
        assert_eq!(later((9, 999_999_998), (-10, 1)), (0, 0));
        assert_eq!(later((u64::MAX, 0), (1, 0)), (u64::MAX, 999_999_999));
    }
}
