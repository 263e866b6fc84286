//! How far embedding has come, for who watches it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// What is done sooner is done before anybody looks.
const MOMENT: Duration = Duration::from_millis(400);

/// How many bytes of how many are written.
pub struct Progress {
    total: u64,
    done: u64,
    since: Instant,
    is_watched: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of so many bytes.
    pub fn of(total: u64, is_watched: bool) -> Self {
        Self { total, done: 0, since: Instant::now(), is_watched, bar: None }
    }

    /// These are written, too.
    pub fn add(&mut self, bytes: u64) {
        self.done += bytes;
        if self.bar.is_none() && self.is_watched && self.since.elapsed() > MOMENT {
            self.bar = Some(bar(self.total));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("embedding {wide_bar} {binary_bytes} of {binary_total_bytes}");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_before_a_moment_or_to_nobody() {
        let mut progress = Progress::of(10, true);
        progress.add(5);
        assert!(progress.bar.is_none());
        let mut progress =
            Progress { since: Instant::now() - 2 * MOMENT, is_watched: false, total: 10, done: 0, bar: None };
        progress.add(5);
        assert!(progress.bar.is_none());
    }
}
