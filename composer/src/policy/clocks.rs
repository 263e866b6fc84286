//! The time, and waiting.

use super::{Access, Policy, Rules};
use crate::catalog::{MONOTONIC_CLOCK, TIMEZONE, WALL_CLOCK};
use crate::names::Track;
use crate::value::Value;
use anyhow::{Context, Result, bail, ensure};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use std::str::FromStr;

/// Which clocks there are. The default traps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clocks {
    /// The host's.
    Host,
    /// Reading and waiting trap.
    #[default]
    Deny,
    /// The host's, but for the wall clock, which is later by so much. It stops at 1970.
    Shifted(SignedDuration),
    /// Clocks that do not follow the host's. Waiting moves them to the deadline, and is over at once.
    Virtual {
        /// What the wall clock shows first, from 1970 on. The monotonic clock starts at 0.
        start: Timestamp,
        /// How many nanoseconds each reading of either clock moves both.
        step: u64,
    },
}

/// A right form, for errors.
const FORMS: &str = "write `2026-01-01T00:00:00Z`, `2026-01-01T00:00:00Z+1ms` to move at each reading, or `now+1h`";

/// The last day that is told.
const LAST: &str = "9999-12-30";

/// `now` with what is added to the host's time; or an instant, with the step if there is one.
impl FromStr for Clocks {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(shift) = text.strip_prefix("now") {
            if shift.is_empty() {
                bail!("`now` is the host's time as it is; write `now+1h` to shift it, or leave the clocks to the host");
            }
            ensure!(shift.starts_with(['+', '-']), "`{text}` is no time: {FORMS}");
            let by = duration(&shift[1..]).with_context(|| format!("in `{text}`"))?;
            let by = if shift.starts_with('-') { -by } else { by };
            ensure!(
                by >= Self::EARLIEST_SHIFT,
                "`{text}` is before 1970, where WASI's wall clock starts; shift it by less"
            );
            return Ok(Self::Shifted(by));
        }
        // An offset from UTC starts with a sign, too, but has a colon.
        let at = text.rfind('+').filter(|at| text.contains(['T', 't', ' ']) && !text[*at..].contains(':'));
        let (instant, step) = at.map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])));
        if let Some(digits) = step.filter(|step| step.bytes().all(|byte| byte.is_ascii_digit()) && !step.is_empty()) {
            bail!("`+{digits}` is neither a step, as in `+1ms`, nor an offset from UTC, as in `+02:00`: {FORMS}");
        }
        let start: Timestamp = instant.parse().ok().with_context(|| {
            format!("`{instant}` is no RFC 3339 instant with its offset from UTC, up to {LAST}: {FORMS}")
        })?;
        ensure!(start >= Timestamp::UNIX_EPOCH, "`{instant}` is before 1970, where WASI's wall clock starts: {FORMS}");
        let step = step.map(|step| Self::step(duration(step)?));
        Ok(Self::Virtual { start, step: step.transpose().with_context(|| format!("in `{text}`"))?.unwrap_or(0) })
    }
}

impl Clocks {
    /// As options and policy files have it, if it is neither the host's nor denied.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Host | Self::Deny => None,
            Self::Shifted(by) if by.is_negative() => Some(format!("now-{:#}", by.abs())),
            Self::Shifted(by) => Some(format!("now+{by:#}")),
            Self::Virtual { start, step: 0 } => Some(start.to_string()),
            Self::Virtual { start, step } => {
                Some(format!("{start}+{:#}", SignedDuration::from_nanos_i128((*step).into())))
            }
        }
    }
}

/// A clock's nanoseconds are counted in 64 bits, which some hundred longer steps would fill.
const LONGEST_STEP: SignedDuration = SignedDuration::from_hours(366 * 24);

impl Clocks {
    /// What takes a host's clock back to 1970 at most: it shows 2026 at least.
    pub(crate) const EARLIEST_SHIFT: SignedDuration = SignedDuration::from_secs(-1_767_225_600);

    /// How many nanoseconds a step is.
    pub(crate) fn step(step: SignedDuration) -> Result<u64> {
        u64::try_from(step.as_nanos())
            .ok()
            .filter(|nanoseconds| *nanoseconds > 0 && step <= LONGEST_STEP)
            .with_context(|| format!("a step of `{step:#}` is none: it is at least `1ns`, and at most `366d`"))
    }
}

/// A length of time with its unit. A day has 24 hours.
fn duration(text: &str) -> Result<SignedDuration> {
    let no_duration = || {
        format!(
            "`{text}` is no length of time, or too long; write it like `1ms`, `90s`, `1h30m` or `30d`, not in months or years"
        )
    };
    let is_plain = |span: &Span| !span.is_negative() && !text.starts_with(['+', '-']);
    let span: Span = text.parse().ok().filter(is_plain).with_context(no_duration)?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok().with_context(no_duration)
}

/// A length of time, for people: in days, where it is some.
fn words(length: SignedDuration) -> String {
    match length.as_hours() / 24 {
        1 if length == SignedDuration::from_hours(24) => "1 day".to_owned(),
        days if days > 0 && length == SignedDuration::from_hours(24 * days) => format!("{days} days"),
        _ => format!("{length:#}"),
    }
}

impl Rules for Clocks {
    fn access(&self, track: &Track) -> Access {
        match self {
            Self::Host => Access::Host,
            Self::Deny => Access::Deny,
            // Only the wall clock is another. The monotonic one has no meaning but differences, and these are the same.
            Self::Shifted(_) if track.path() == WALL_CLOCK => Access::Adapter("clocks"),
            Self::Shifted(_) => Access::Host,
            Self::Virtual { .. } => match track.path() {
                WALL_CLOCK | MONOTONIC_CLOCK => Access::Adapter("clocks"),
                _ => Access::Deny,
            },
        }
    }

    /// Virtual clocks are in UTC. Those that nobody waits for and no reading moves are constants.
    fn answer(&self, track: &Track, function: &str) -> Option<Value> {
        let Self::Virtual { start, step } = self else { return None };
        match (track.path(), function) {
            (TIMEZONE, "utc-offset") => Some(Value::Int(0)),
            (TIMEZONE, "display") => Some(Value::Record(vec![
                ("utc-offset".to_owned(), Value::Int(0)),
                ("name".to_owned(), Value::string("UTC")),
                ("in-daylight-saving-time".to_owned(), Value::Bool(false)),
            ])),
            _ if *step > 0 => None,
            (WALL_CLOCK, "now") => Some(datetime(start.as_second(), start.subsec_nanosecond())),
            (WALL_CLOCK, "resolution") => Some(datetime(0, 1)),
            (MONOTONIC_CLOCK, "now") => Some(Value::Int(0)),
            (MONOTONIC_CLOCK, "resolution") => Some(Value::Int(1)),
            _ => None,
        }
    }

    fn fixes(&self) -> bool {
        self.is_set()
    }

    fn asks(&self) -> Vec<&'static str> {
        match self {
            Self::Shifted(_) => vec![WALL_CLOCK],
            _ => Vec::new(),
        }
    }

    fn needs(&self) -> Vec<&'static str> {
        self.asks()
    }

    fn makes_io(&self) -> bool {
        matches!(self, Self::Virtual { .. })
    }

    fn setting(&self, name: &str, _: &Policy) -> Option<Value> {
        let (offset, step) = match self {
            Self::Host | Self::Deny => return None,
            Self::Shifted(by) => (*by, 0),
            Self::Virtual { start, step } => (start.as_duration(), *step),
        };
        match name {
            "of-host" => Some(Value::Bool(matches!(self, Self::Shifted(_)))),
            "step" => Some(Value::Int(step.into())),
            "offset" => {
                let (seconds, nanoseconds) = (offset.as_secs(), offset.subsec_nanos());
                // The nanoseconds are on top, so of what is less than nothing, the seconds are one less.
                let borrow = i64::from(nanoseconds < 0);
                let nanoseconds = i128::from(nanoseconds) + i128::from(borrow) * 1_000_000_000;
                Some(Value::Tuple(vec![Value::Int((seconds - borrow).into()), Value::Int(nanoseconds)]))
            }
            _ => None,
        }
    }

    fn is_open(&self) -> bool {
        *self == Self::Host
    }

    fn is_set(&self) -> bool {
        matches!(self, Self::Shifted(_) | Self::Virtual { .. })
    }

    fn describe(&self) -> String {
        match self {
            Self::Host => "the host's".to_owned(),
            Self::Deny => "denied".to_owned(),
            Self::Shifted(by) if by.is_negative() => format!("the host's less {}", words(by.abs())),
            Self::Shifted(by) => format!("the host's and {}", words(*by)),
            Self::Virtual { start, step: 0 } => format!("{start}, moved by waiting"),
            Self::Virtual { start, step } => {
                let step = SignedDuration::from_nanos_i128((*step).into());
                format!("{start}, moved by waiting and {} at each reading", words(step))
            }
        }
    }
}

/// As `wasi:clocks/wall-clock` has it.
fn datetime(seconds: i64, nanoseconds: i32) -> Value {
    Value::Record(vec![
        ("seconds".to_owned(), Value::Int(seconds.into())),
        ("nanoseconds".to_owned(), Value::Int(nanoseconds.into())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Clocks {
        text.parse().unwrap()
    }

    fn instant(start: &str, step: u64) -> Clocks {
        Clocks::Virtual { start: start.parse().unwrap(), step }
    }

    #[test]
    fn an_instant_stands_still_or_steps() {
        let new_year = "2026-01-01T00:00:00Z";
        assert_eq!(parse(new_year), instant(new_year, 0));
        assert_eq!(parse("2026-01-01T01:00:00+01:00"), instant(new_year, 0));
        assert_eq!(parse("2025-12-31T23:00:00-01:00+2s"), instant(new_year, 2_000_000_000));
        assert_eq!(parse("2026-01-01T00:00:00Z+1ms"), instant(new_year, 1_000_000));
        assert_eq!(parse("2026-01-01T00:00:00.5Z+1ns"), instant("2026-01-01T00:00:00.5Z", 1));
        assert_eq!(parse("2026-01-01t00:00:00z+1ns"), instant(new_year, 1));
        assert_eq!(parse("1970-01-01T00:00:00Z"), instant("1970-01-01T00:00:00Z", 0));
    }

    #[test]
    fn the_last_day_is_the_last() {
        assert!(Timestamp::MAX.to_string().starts_with(LAST));
        assert!(format!("{LAST}T12:00:00Z").parse::<Clocks>().is_ok());
    }

    #[test]
    fn now_is_shifted_either_way() {
        for (text, seconds) in [("now+1h", 3600), ("now-30d", -30 * 86_400), ("now+1h30m", 5400), ("now-0s", 0)] {
            assert_eq!(parse(text), Clocks::Shifted(SignedDuration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_told_can_be_read() {
        for text in [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.000000001Z+1ns",
            "1970-01-01T00:00:00Z+36h",
            "2026-01-01T01:00:00+01:00+1s500ms",
            "now+1h30m",
            "now-30d",
            "now-0s",
            "now+1ns",
            "now+100000d1ms",
        ] {
            assert_eq!(parse(&parse(text).text().unwrap()), parse(text), "{text}");
        }
        assert_eq!((parse("now-30d").text().unwrap(), Clocks::Deny.text()), ("now-720h".to_owned(), None));
    }

    #[test]
    fn an_offset_is_seconds_and_nanoseconds_on_top() {
        let offset = |text: &str| parse(text).setting("offset", &Policy::default()).unwrap();
        let pair = |seconds, nanoseconds| Value::Tuple(vec![Value::Int(seconds), Value::Int(nanoseconds)]);
        assert_eq!(offset("now-1ms"), pair(-1, 999_000_000));
        assert_eq!(offset("now-1s"), pair(-1, 0));
        assert_eq!(offset("now+1500ms"), pair(1, 500_000_000));
        assert_eq!(offset("1970-01-01T00:00:01.5Z"), pair(1, 500_000_000));
    }

    #[test]
    fn errors_show_a_right_form() {
        for (text, words) in [
            ("", &["no RFC 3339", "2026-01-01T00:00:00Z"][..]),
            ("tomorrow", &["`tomorrow`", "no RFC 3339", "now+1h"]),
            ("2026-01-01", &["`2026-01-01`", "2026-01-01T00:00:00Z"]),
            ("2026-13-01T00:00:00Z", &["no RFC 3339"]),
            ("99999-01-01T00:00:00Z", &["no RFC 3339"]),
            ("1969-12-31T23:59:59Z", &["before 1970"]),
            ("2026-01-01T00:00:00Z+0s", &["at least `1ns`"]),
            ("2026-01-01T00:00:00Z+-1s", &["no length of time", "`1ms`"]),
            ("2026-01-01T00:00:00Z+", &["no length of time"]),
            ("2026-01-01T00:00:00Z+1", &["`+1`", "neither a step", "`+1ms`"]),
            ("2026-01-01T00:00:00+0200", &["`+0200`", "`+02:00`"]),
            ("9999-12-31T23:59:59Z", &["up to 9999-12-30"]),
            ("1767225600", &["no RFC 3339", "2026-01-01T00:00:00Z"]),
            ("now-60000d", &["before 1970"]),
            ("now+99999999d", &["too long"]),
            ("2026-01-01T00:00:00Z-1ms", &["no RFC 3339"]),
            ("2026-01-01T00:00:00Z+1mo", &["no length of time"]),
            ("2026-01-01T00:00:00Z+300000d", &["at most"]),
            ("now", &["as it is", "now+1h", "to the host"]),
            ("nowhere", &["no time"]),
            ("now+", &["no length of time", "`now+`"]),
            ("now+1", &["no length of time"]),
            ("now--1h", &["no length of time"]),
            ("now+1h ago", &["no length of time"]),
        ] {
            let error = format!("{:#}", text.parse::<Clocks>().unwrap_err());
            for word in words {
                assert!(error.contains(word), "{text}: `{word}` is not in: {error}");
            }
        }
    }
}
