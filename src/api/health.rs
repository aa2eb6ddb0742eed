//! What the service can do at the moment and what it misses, for balancers and operators.
//!
//! An instance is not ready whose snapshot has lacked a change for too long although the database could be asked: something
//! keeps it from reading what the others show. Where the database is gone all instances are equally far, and all go on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use super::{App, Ask};
use crate::store::commit::Commit;
use crate::store::health::{Health, ServerHealth};

/// States of the database that are remembered until they are served.
const MOST_STATES: usize = 1_000;

/// What was last found of the database.
#[derive(Default)]
pub struct Watched {
    found: Mutex<Option<Found>>,
    /// For how long what is served may be behind.
    patience: OnceLock<Duration>,
}

struct Found {
    health: Health,
    at: Instant,
    /// When the database was last found to be gone.
    gone_at: Option<Instant>,
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
        let gone_before = before.as_ref().and_then(|found| found.gone_at);
        let gone_at = if health.commit.is_none() { Some(now) } else { gone_before };
        let mut unserved = before.map(|found| found.unserved).unwrap_or_default();
        if let Some(newest) = health.commit.filter(|newest| unserved.back().is_none_or(|(last, _)| last != newest)) {
            // Of very many the oldest tell how long it has been.
            unserved.truncate(MOST_STATES - 1);
            unserved.push_back((newest, now));
        }
        unserved.retain(|(state, _)| missing(served, state).is_some());
        Found { health, at: now, gone_at, unserved }
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

impl Found {
    /// How far what is served is behind a database that could be asked, where that has lasted longer than it may.
    fn too_far_behind(&self, served: Option<Commit>, now: Instant, patience: Duration) -> Option<Behind> {
        let behind = self.behind(served, now);
        let since_gone = self.gone_at.map_or(f64::INFINITY, |gone_at| now.duration_since(gone_at).as_secs_f64());
        let is_too_far = behind.changes > 0 && behind.seconds.min(since_gone) > patience.as_secs_f64();
        is_too_far.then_some(behind)
    }
}

impl Watched {
    /// Says for how long what is served may be behind; without limit where nothing is said.
    pub fn bound(&self, patience: Duration) {
        let _ = self.patience.set(patience);
    }

    fn found(&self) -> MutexGuard<'_, Option<Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why this instance should not be asked; `None` where it may.
    fn unready(&self, served: Option<Commit>) -> Option<String> {
        let patience = *self.patience.get()?;
        let Behind { changes, seconds } = self.found().as_ref()?.too_far_behind(served, Instant::now(), patience)?;
        let most = patience.as_secs();
        Some(format!(
            "not ready: what is served lacks {changes} changes of the database for {seconds:.1} s, and {most} s are allowed"
        ))
    }

    /// Notes what was found; gives how far what is served is behind it.
    pub fn note(&self, health: Health, served: Option<Commit>) -> Behind {
        let mut found = self.found();
        let now = Instant::now();
        let next = Found::after(found.take(), health, served, now);
        let behind = next.behind(served, now);
        *found = Some(next);
        behind
    }

    /// What is missing, a line each.
    fn lines(&self, served: Option<Commit>) -> Vec<String> {
        let found = self.found();
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

    /// Says for how long what is served may be behind the database before this instance is not ready any more.
    pub fn bound_behind(&self, patience: Duration) {
        self.health.bound(patience);
    }

    /// Notes whether this instance does what one does for all.
    pub fn note_duty(&self, is_on_duty: bool) {
        self.metrics.on_duty.set(i64::from(is_on_duty));
    }
}

/// A snapshot is served: its version and when it was published. What is missing follows, one a line: of the database, then
/// tables that are left out. Who can read what was published is served whatever else is missing; only an instance that stays
/// too far behind is not ready, and the first line says so.
pub fn ready(app: &App, ask: &Ask) -> (StatusCode, String) {
    let snapshot = &ask.snapshot;
    let is_served = format!("ok {:016x} {}", snapshot.version, snapshot.published_at.to_rfc3339());
    let unready = app.health.unready(snapshot.commit);
    let status = if unready.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let first = unready.unwrap_or(is_served);
    let commit = snapshot.commit.map(|commit| format!("version: {commit}"));
    let missing = app.health.lines(snapshot.commit);
    let tables = snapshot.unserved.iter().map(|table| format!("not served: {}: {}", table.table, table.reason));
    let lines = std::iter::once(first).chain(commit).chain(missing).chain(tables);
    (status, lines.map(|line| line.replace(['\n', '\r'], " ") + "\n").collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
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
    fn the_time_in_which_the_database_was_gone_makes_no_instance_unready() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let is_unready =
            |found: &Found, seconds| found.too_far_behind(at(5), later(seconds), Duration::from_secs(60)).is_some();
        let found = Found::after(None, health(7), at(5), start);
        assert!(!is_unready(&found, 60) && is_unready(&found, 61));
        let gone = Found::after(Some(found), Health::default(), at(5), later(30));
        assert!(!is_unready(&gone, 500), "nobody knows more than this instance");
        // Found again after 100 s: from then on it has as long as always.
        let gone = Found::after(Some(gone), Health::default(), at(5), later(100));
        let back = Found::after(Some(gone), health(7), at(5), later(101));
        assert!(!is_unready(&back, 160) && is_unready(&back, 162));
        let served = Found::after(Some(back), health(7), at(7), later(163));
        assert!(served.too_far_behind(at(7), later(900), Duration::from_secs(60)).is_none());
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
