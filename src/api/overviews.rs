//! Overviews of what stays in the database: built beside everything else by one walk through a table, and kept until the next
//! one is there.
//!
//! A change makes another one due. It is built when building takes a small share of the time, and until then the older one
//! is drawn.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::domain::Collection;
use crate::ogc::tiles::{by_place_from, has_tiles};
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;
use crate::store::StoreError;
use crate::tile::{Folded, Folding, ordering};

/// Parts that all overviews hold together: a hundred megabytes. One that is built takes half as much again, beside that which
/// it is to replace.
const MAX_PARTS: usize = 1_500_000;

/// Between two overviews of a collection so many times passes what the last one took.
const REST: u32 = 19;

/// What fails at once is not tried again at once.
const LEAST: Duration = Duration::from_secs(1);

/// Whoever waits for the next one to be due looks so often whether anybody is there still.
const LOOK: Duration = Duration::from_secs(1);

/// An overview that is ready.
pub struct Ready {
    pub folded: Folded,
    /// Hash of all that it shows.
    pub hash: u64,
}

/// What is known of one collection.
struct Known {
    declaration: Collection,
    ready: Option<Arc<Ready>>,
    /// Hash of the collection of which the last one was built.
    of: Option<u64>,
    /// When it was, and how long that took.
    at: Instant,
    took: Duration,
}

#[derive(Default)]
struct State {
    /// By id of the collection.
    known: BTreeMap<String, Known>,
    /// The collections that shall have one, as they are served.
    wanted: Vec<PublishedCollection>,
    is_at_work: bool,
}

/// The overviews of the snapshots that are served.
#[derive(Default)]
pub struct Overviews(Mutex<State>);

enum Next {
    Build(Box<PublishedCollection>, usize),
    Wait(Duration),
    Nothing,
}

/// Whether tiles of a collection need an overview: of one of which rows are kept back none is built.
fn needs_one(collection: &PublishedCollection) -> bool {
    let is_whole = collection.remote.as_ref().is_some_and(|remote| remote.is_whole());
    is_whole && has_tiles(&collection.declaration) && by_place_from(collection) > 0
}

/// How long it is until another one is to be built for a collection of this hash; `None` where the last one is of it.
fn due(known: Option<&Known>, hash: u64, now: Instant) -> Option<Duration> {
    match known {
        Some(known) if known.of == Some(hash) => None,
        Some(known) => Some((known.took * REST).saturating_sub(now.saturating_duration_since(known.at))),
        None => Some(Duration::ZERO),
    }
}

impl Overviews {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That of a collection, where it needs one and one is ready. It may be of an earlier state.
    pub fn ready(&self, of: &PublishedCollection) -> Option<Arc<Ready>> {
        if !needs_one(of) {
            return None;
        }
        let state = self.state();
        let known = state.known.get(&of.declaration.id).filter(|known| known.declaration == of.declaration)?;
        known.ready.clone()
    }

    /// Has those built that the snapshots need, on a thread of its own that ends when they are there.
    pub fn want(self: &Arc<Self>, snapshots: &[Arc<Snapshot>]) {
        let all = snapshots.iter().flat_map(|snapshot| &snapshot.collections);
        let mut wanted: Vec<PublishedCollection> = Vec::new();
        for one in all.filter(|one| needs_one(one)) {
            // What is shown to everybody stands in both.
            if !wanted.iter().any(|known| known.declaration.id == one.declaration.id) {
                wanted.push(one.clone());
            }
        }
        let mut state = self.state();
        state.known.retain(|_, known| wanted.iter().any(|of| of.declaration == known.declaration));
        state.wanted = wanted;
        if state.is_at_work || state.wanted.is_empty() {
            return;
        }
        let weak = Arc::downgrade(self);
        match std::thread::Builder::new().name("overviews".to_owned()).spawn(move || work(&weak)) {
            Ok(_) => state.is_at_work = true,
            Err(error) => tracing::warn!(%error, "no overviews are built: low zooms of large tables are not shown"),
        }
    }

    fn next(&self) -> Next {
        let mut state = self.state();
        let mut wait = None;
        for of in &state.wanted {
            let Some(due) = due(state.known.get(&of.declaration.id), of.hash, Instant::now()) else { continue };
            if due.is_zero() {
                return Next::Build(Box::new(of.clone()), MAX_PARTS / state.wanted.len());
            }
            wait = Some(wait.map_or(due, |known: Duration| known.min(due)));
        }
        match wait {
            Some(wait) => Next::Wait(wait),
            None => {
                state.is_at_work = false;
                Next::Nothing
            }
        }
    }

    fn build(&self, of: &PublishedCollection, most: usize) {
        let begun = Instant::now();
        let built = folded(of, most);
        let took = begun.elapsed();
        let id = &of.declaration.id;
        let ready = match built {
            Ok(folded) => {
                tracing::info!(collection = id, ms = took.as_millis() as u64, "an overview of a table was built");
                let hash = xxh3_64_with_seed(&folded.side().to_le_bytes(), of.hash);
                Some(Arc::new(Ready { folded, hash }))
            }
            Err(error) => {
                tracing::warn!(collection = id, %error, "an overview of a table cannot be built now: later again");
                None
            }
        };
        let mut state = self.state();
        // It may be gone by now, or be another table.
        if !state.wanted.iter().any(|wanted| wanted.declaration == of.declaration) {
            return;
        }
        let before = state.known.remove(id);
        let (ready, of_hash) = match ready {
            Some(ready) => (Some(ready), Some(of.hash)),
            None => before.map_or((None, None), |before| (before.ready, before.of)),
        };
        let (declaration, took) = (of.declaration.clone(), took.max(LEAST));
        state.known.insert(id.clone(), Known { declaration, ready, of: of_hash, at: Instant::now(), took });
    }
}

fn work(overviews: &Weak<Overviews>) {
    while let Some(overviews) = overviews.upgrade() {
        match overviews.next() {
            Next::Build(of, most) => overviews.build(&of, most),
            Next::Wait(wait) => {
                drop(overviews);
                std::thread::sleep(wait.min(LOOK));
            }
            Next::Nothing => return,
        }
    }
}

/// Walks through a table.
fn folded(of: &PublishedCollection, most: usize) -> Result<Folded, StoreError> {
    let mut folding = Folding::new(by_place_from(of).saturating_sub(1), most);
    if let Some(remote) = &of.remote {
        remote.scan(ordering(of).into_iter().collect(), |rows| {
            folding.push(&of.to_draw(rows)?);
            Ok(())
        })?;
    }
    Ok(folding.finish())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::catalog;

    #[test]
    fn another_one_is_due_when_something_changed_and_building_takes_a_twentieth_of_the_time() {
        let now = Instant::now();
        let known = |of, took: u64| Known {
            declaration: catalog::collection("buildings").unwrap().clone(),
            ready: None,
            of,
            at: now,
            took: Duration::from_secs(took),
        };
        assert_eq!(due(None, 7, now), Some(Duration::ZERO));
        assert_eq!(due(Some(&known(Some(7), 3)), 7, now + Duration::from_secs(9999)), None);
        // 3 s of 60 are a twentieth: 57 pass in between, 20 of them by now.
        let twenty = now + Duration::from_secs(20);
        assert_eq!(due(Some(&known(Some(6), 3)), 7, twenty), Some(Duration::from_secs(37)));
        // One that could not be built is tried again after the same time.
        assert_eq!(due(Some(&known(None, 1)), 7, twenty), Some(Duration::ZERO));
    }
}
