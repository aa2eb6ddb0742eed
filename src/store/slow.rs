//! Statements that a database takes long over are told to its operator: the text without any value, how long, how many rows,
//! and, by the span in which it was asked, the request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Milliseconds from which on a statement is told of. Of the whole process, as the log is.
static THRESHOLD: AtomicU64 = AtomicU64::new(1_000);

/// More of a statement is not told.
const MOST: usize = 2_000;

/// From how long on statements are told of.
pub fn set_threshold(threshold: Duration) {
    THRESHOLD.store(u64::try_from(threshold.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Tells of a statement that began then and is done, where it took long.
pub(super) fn told(sql: &str, begun: Instant, rows: u64) {
    took(sql, begun.elapsed(), rows);
}

/// As [`told`], where the time was measured.
pub(super) fn took(sql: &str, time: Duration, rows: u64) {
    let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    if ms >= THRESHOLD.load(Ordering::Relaxed) {
        let sql: String = sql.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST).collect();
        tracing::warn!(ms, rows, sql, "the database took long over a statement");
    }
}
