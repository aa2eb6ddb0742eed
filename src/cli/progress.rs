//! Progress of long work: a bar on a terminal, nothing elsewhere (the closing line tells what was done).

use indicatif::{ProgressBar, ProgressStyle};

/// A running display of done and total.
pub struct Progress(ProgressBar);

/// Starts a display on standard error; hidden when that is no terminal.
pub fn progress(unit: &'static str) -> Progress {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(unit);
    Progress(bar)
}

impl Progress {
    /// Shows how far the work is. Work in several passes may start again.
    pub fn set(&self, done: u64, total: Option<u64>) {
        if let Some(total) = total {
            self.0.set_length(total);
        }
        self.0.set_position(done);
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
