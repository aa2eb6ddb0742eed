//! What the service can do at the moment and what it misses, for balancers and operators.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::{App, Ask};
use crate::store::commit::Commit;
use crate::store::health::{Health, ServerHealth};

/// States of the database that are remembered until they are served.
const MOST_STATES: usize = 1_000;

/// What was last found of the database.
#[derive(Default)]
pub struct Watched(Mutex<Option<Found>>);

struct Found {
    health: Health,
    at: Instant,
    /// States of the database that were found and are not served yet, with when, the oldest first.
    unserved: VecDeque<(Commit, Instant)>,
}

/// How far what is served is behind the database.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Behind {
    pub changes: i64,
    /// Since the oldest of them was found.
    pub seconds: f64,
}

/// How many changes a state of the database has that what is served lacks; `None` where it lacks none, and of a state of
/// another store, whose numbers say nothing of this one.
fn missing(served: Option<Commit>, state: &Commit) -> Option<i64> {
    let served = served.filter(|served| served.has_all_of(state) == Some(false))?;
    Some(state.number - served.number)
}

impl Found {
    /// Notes what was found now, while this is served.
    fn after(before: Option<Found>, health: Health, served: Option<Commit>, now: Instant) -> Found {
        let mut unserved = before.map(|found| found.unserved).unwrap_or_default();
        if let Some(newest) = health.commit.filter(|newest| unserved.back().is_none_or(|(last, _)| last != newest)) {
            // Of very many the oldest tell how long it has been.
            unserved.truncate(MOST_STATES - 1);
            unserved.push_back((newest, now));
        }
        unserved.retain(|(state, _)| missing(served, state).is_some());
        Found { health, at: now, unserved }
    }

    fn behind(&self, served: Option<Commit>, now: Instant) -> Behind {
        let oldest = self.unserved.iter().find(|(state, _)| missing(served, state).is_some());
        let newest = self.health.commit.and_then(|newest| missing(served, &newest));
        Behind {
            changes: newest.unwrap_or(0),
            seconds: oldest.map_or(0.0, |(_, since)| now.duration_since(*since).as_secs_f64()),
        }
    }
}

impl Watched {
    /// Notes what was found; gives how far what is served is behind it.
    pub fn note(&self, health: Health, served: Option<Commit>) -> Behind {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let next = Found::after(found.take(), health, served, now);
        let behind = next.behind(served, now);
        *found = Some(next);
        behind
    }

    /// What is missing, a line each.
    fn lines(&self, served: Option<Commit>) -> Vec<String> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(found) = &*found else { return Vec::new() };
        let (now, mut lines) = (Instant::now(), Vec::new());
        if let Some(reason) = &found.health.unwritable {
            lines.push(format!("missing: writes: {reason}; reading goes on"));
        }
        if found.health.commit.is_none() {
            let since = now.duration_since(found.at).as_secs();
            lines.push(format!("missing: database: asked {since} s ago; what is held in memory is served"));
        }
        let server = |ServerHealth { number, state }: &ServerHealth| match state {
            Err(reason) => Some(format!("missing: server {number}: {reason}")),
            Ok(state) if state.behind_changes > 0 => Some(format!(
                "behind: server {number}: {} changes, {:.1} s",
                state.behind_changes, state.behind_seconds
            )),
            Ok(_) => None,
        };
        lines.extend(found.health.servers.iter().filter_map(server));
        let Behind { changes, seconds } = found.behind(served, now);
        if changes > 0 {
            lines.push(format!("behind: what is served: {changes} changes, {seconds:.1} s"));
        }
        lines
    }
}

impl App {
    /// Notes how the database is.
    pub fn note_health(&self, health: Health) {
        let served = self.commit();
        let behind = self.health.note(health.clone(), served);
        self.metrics.found(&health, served, behind);
    }

    /// Notes whether this instance does what one does for all.
    pub fn note_duty(&self, is_on_duty: bool) {
        self.metrics.on_duty.set(i64::from(is_on_duty));
    }
}

/// A snapshot is served: its version and when it was published. What is missing follows, one a line: of the database, then
/// tables that are left out. Who can read what was published is served whatever else is missing.
pub fn ready(app: &App, ask: &Ask) -> String {
    let snapshot = &ask.snapshot;
    let first = format!("ok {:016x} {}", snapshot.version, snapshot.published_at.to_rfc3339());
    let commit = snapshot.commit.map(|commit| format!("version: {commit}"));
    let missing = app.health.lines(snapshot.commit);
    let tables = snapshot.unserved.iter().map(|table| format!("not served: {}: {}", table.table, table.reason));
    let lines = std::iter::once(first).chain(commit).chain(missing).chain(tables);
    lines.map(|line| line.replace(['\n', '\r'], " ") + "\n").collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(number: i64) -> Option<Commit> {
        Some(Commit { store: 1, number })
    }

    fn health(number: i64) -> Health {
        Health { commit: at(number), ..Health::default() }
    }

    #[test]
    fn what_is_served_is_as_old_as_the_oldest_change_that_it_lacks() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let found = Found::after(None, health(5), at(5), start);
        assert_eq!(found.behind(at(5), later(1)), Behind::default());
        let found = Found::after(Some(found), health(7), at(5), later(2));
        let found = Found::after(Some(found), health(9), at(5), later(4));
        assert_eq!(found.behind(at(5), later(6)), Behind { changes: 4, seconds: 4.0 });
        // It comes on, though not all the way: what it lacks now was found later.
        let found = Found::after(Some(found), health(9), at(8), later(8));
        assert_eq!(found.behind(at(8), later(8)), Behind { changes: 1, seconds: 4.0 });
        let found = Found::after(Some(found), health(9), at(9), later(9));
        assert_eq!(found.behind(at(9), later(9)), Behind::default());
    }

    #[test]
    fn states_of_a_store_that_another_took_the_place_of_are_not_waited_for() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let found = Found::after(None, health(500), at(490), start);
        assert_eq!(found.behind(at(490), later(1)), Behind { changes: 10, seconds: 1.0 });
        let restored = |number| Some(Commit { store: 2, number });
        let found = Found::after(Some(found), Health { commit: restored(3), ..health(0) }, at(490), later(2));
        assert_eq!(found.behind(at(490), later(3)), Behind { changes: 0, seconds: 3.0 });
        let found = Found::after(Some(found), Health { commit: restored(3), ..health(0) }, restored(3), later(4));
        assert_eq!((found.behind(restored(3), later(9)), found.unserved.len()), (Behind::default(), 0));
    }

    #[test]
    fn however_many_states_are_not_served_the_oldest_is_remembered() {
        let start = Instant::now();
        let states = (1..3_000).fold(None, |found, n| Some(Found::after(found, health(n), at(0), start)));
        let found = states.unwrap();
        assert_eq!((found.unserved.len(), found.unserved[0].0.number), (MOST_STATES, 1));
    }
}
