//! Progress of long work: a bar on a terminal, now and then a plain line elsewhere.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line is written.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// A running display of done and total on standard error.
pub struct Progress {
    bar: ProgressBar,
    unit: &'static str,
    is_terminal: bool,
    last_line: Cell<Instant>,
}

/// Starts a display of so many `unit`s.
pub fn progress(unit: &'static str) -> Progress {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(unit);
    Progress { bar, unit, is_terminal: std::io::stderr().is_terminal(), last_line: Cell::new(Instant::now()) }
}

impl Progress {
    /// Shows how far the work is. Work in several passes may start again.
    pub fn set(&self, done: u64, total: Option<u64>) {
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
        if !self.is_terminal && self.last_line.get().elapsed() >= PLAIN_EVERY {
            self.last_line.set(Instant::now());
            match total {
                Some(total) => eprintln!("{done} of {total} {}", self.unit),
                None => eprintln!("{done} {}", self.unit),
            }
        }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
