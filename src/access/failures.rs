//! Failed attempts, counted by where they come from: who fails too often is told to wait, longer each time.
//!
//! A token has 256 random bits, so nobody finds one by trying. Counting keeps logs and processors free of those who try, and
//! a client with an old token from asking on for ever. A right token is let in from wherever it comes: one machine with a
//! wrong one must not lock out the whole office behind the same address.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// So many failures within [`WINDOW`] are let pass.
pub const MAX_FAILURES: u32 = 10;

const WINDOW: Duration = Duration::from_secs(60);

/// The first lock lasts so long, each further one twice as long.
const FIRST_LOCK: Duration = Duration::from_secs(60);

const LONGEST_LOCK: Duration = Duration::from_secs(15 * 60);

/// Who was quiet for so long starts anew.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// Keys that are remembered; beyond them the one that was heard of longest ago goes.
const MAX_KEYS: usize = 4096;

#[derive(Debug, Clone, Copy)]
struct Record {
    /// When the window of the count began.
    since: Instant,
    count: u32,
    last: Instant,
    locked_until: Option<Instant>,
    /// Locks so far.
    locks: u32,
}

/// The failures of all that failed lately.
#[derive(Debug, Default)]
pub struct Failures(HashMap<String, Record>);

impl Failures {
    /// Counts a failure of a key; gives how long it has to wait from now on, where it has to.
    pub fn failed(&mut self, key: &str, now: Instant) -> Option<Duration> {
        if !self.0.contains_key(key) {
            self.make_room(now);
        }
        let fresh = Record { since: now, count: 0, last: now, locked_until: None, locks: 0 };
        let record = self.0.entry(key.to_owned()).or_insert(fresh);
        if now.saturating_duration_since(record.last) >= FORGOTTEN {
            *record = fresh;
        }
        record.last = now;
        if let Some(left) = left(record, now) {
            return Some(left);
        }
        if now.saturating_duration_since(record.since) >= WINDOW {
            (record.since, record.count) = (now, 0);
        }
        record.count += 1;
        if record.count <= MAX_FAILURES {
            return None;
        }
        let lock = FIRST_LOCK.saturating_mul(1 << record.locks.min(10)).min(LONGEST_LOCK);
        record.locks += 1;
        (record.locked_until, record.count) = (Some(now + lock), 0);
        Some(lock)
    }

    /// How many keys are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn make_room(&mut self, now: Instant) {
        if self.0.len() < MAX_KEYS {
            return;
        }
        self.0.retain(|_, record| now.saturating_duration_since(record.last) < FORGOTTEN);
        if self.0.len() >= MAX_KEYS
            && let Some(oldest) = self.0.iter().min_by_key(|(_, record)| record.last).map(|(key, _)| key.clone())
        {
            self.0.remove(&oldest);
        }
    }
}

fn left(record: &Record, now: Instant) -> Option<Duration> {
    record.locked_until.map(|end| end.saturating_duration_since(now)).filter(|left| !left.is_zero())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn ten_failures_a_minute_pass_and_the_next_one_locks() {
        let (mut failures, start) = (Failures::default(), Instant::now());
        for at in 0..10 {
            assert_eq!(failures.failed("a", start + seconds(at)), None, "{at}");
        }
        assert_eq!(failures.failed("b", start), None, "another is another");
        assert_eq!(failures.failed("a", start + seconds(10)), Some(seconds(60)));
        assert_eq!(failures.failed("a", start + seconds(30)), Some(seconds(40)), "trying on does not prolong it");
    }

    #[test]
    fn slow_failures_never_lock() {
        let (mut failures, start) = (Failures::default(), Instant::now());
        for at in 0..100 {
            assert_eq!(failures.failed("a", start + seconds(7 * at)), None, "{at}");
        }
    }

    #[test]
    fn locks_double_up_to_a_quarter_of_an_hour_and_are_forgotten_after_an_hour() {
        let (mut failures, mut now) = (Failures::default(), Instant::now());
        let mut locks = Vec::new();
        for _ in 0..6 {
            let lock = loop {
                if let Some(lock) = failures.failed("a", now) {
                    break lock;
                }
            };
            locks.push(lock.as_secs());
            now += lock;
        }
        assert_eq!(locks, [60, 120, 240, 480, 900, 900]);
        now += seconds(3600);
        assert_eq!((0..10).find_map(|_| failures.failed("a", now)), None);
        assert_eq!(failures.failed("a", now), Some(seconds(60)));
    }

    #[test]
    fn who_sends_ever_new_names_fills_no_memory() {
        let (mut failures, start) = (Failures::default(), Instant::now());
        for at in 0..(MAX_KEYS as u64 + 100) {
            failures.failed(&at.to_string(), start + Duration::from_millis(at));
        }
        assert_eq!(failures.len(), MAX_KEYS);
    }
}
