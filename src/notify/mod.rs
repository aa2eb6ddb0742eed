//! Webhooks: what was changed is told to addresses that the operator has written into the configuration.
//!
//! ```text
//! registrar ─► snapshot is served ─► teller (a thread for each hook) ─► HTTPS
//!                                      ▲ │ changes behind the last one that was told
//!                            history ──┘ └──► how far it was told, in the store
//! ```
//!
//! Nobody who uses the service can name an address, so none can be made to ask another machine for him. What is told is
//! public: which rows, and where they can be read, never what stands in them, nor who wrote it. A receiver that is slow or
//! gone costs nobody else anything: what waits for it waits in the history, and what is too much is counted and said in the
//! next message.
//!
//! How far each receiver was told stands in the store, so that a restart forgets nothing, and of several instances the one
//! that is on duty tells for all. Whoever dies between telling and noting it is followed by one who tells it again: each
//! message arrives at least once, and the number of its change tells a second one from a first.

mod deliver;
mod event;
mod sign;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use deliver::{Address, AddressFault};
pub use event::Event;
pub use sign::{Secret, SecretFault};

use crate::ogc::feed::Interest;
use crate::publish::Snapshot;
use crate::store::record::{ChangeFilter, ChangeRecord};
use crate::store::{Store, StoreError};
use deliver::{Outcome, Sender};

/// How often it is looked whether another state is served.
const WATCH: Duration = Duration::from_millis(500);

/// So long is waited until changes that were found are served.
const SERVED: Duration = Duration::from_secs(5);
const SERVED_AGAIN: Duration = Duration::from_millis(20);

/// A receiver that is further behind than so many changes misses the oldest of them.
const MOST_BEHIND: i64 = 10_000;

/// Changes that are looked at together.
const TOGETHER: usize = 200;

/// Rows of a change that are looked at.
const MOST_ROWS: usize = 2_000;

/// Somebody who is told.
#[derive(Debug, Clone)]
pub struct Hook {
    /// What logs call it, and under what the store knows how far it was told.
    pub name: String,
    pub address: Address,
    pub secret: Secret,
    /// What it wants to hear of: of anything among these. Everything where there is none.
    pub interests: Vec<Interest>,
    /// Only rows of these collections; all where there is none.
    pub collections: Vec<String>,
}

/// Tells hooks of changes from now on, and of those that they were not told of before, until nobody serves any more. `served`
/// gives what is served to who has not signed in, `None` once the service ends; links start at `base`.
///
/// # Errors
/// What the store says; a sentence where the system gives no thread.
pub fn watch<S>(store: &Arc<dyn Store>, served: S, base: &str, hooks: Vec<Hook>) -> Result<(), StoreError>
where
    S: Fn() -> Option<Arc<Snapshot>> + Clone + Send + 'static,
{
    for hook in hooks {
        let teller = Teller::new(Arc::clone(store), served.clone(), base.to_owned(), hook)?;
        std::thread::Builder::new()
            .name("webhook".to_owned())
            .spawn(|| teller.run())
            .map_err(|error| StoreError::Stopped(format!("no thread for a webhook: {error}")))?;
    }
    Ok(())
}

/// Tells one hook.
struct Teller<S> {
    store: Arc<dyn Store>,
    served: S,
    base: String,
    sender: Sender,
    hook: Hook,
    /// The newest change when the service started: what came before it is no news to who was never told of anything.
    start: i64,
    /// The newest change that was told here, in case that could not be noted.
    told: i64,
    /// Messages that were left out since the last one that was taken.
    missed: u64,
    /// Version of the store that was served at the last look; `None` where there is something to look for in any case.
    version: Option<i64>,
}

impl<S: Fn() -> Option<Arc<Snapshot>>> Teller<S> {
    fn new(store: Arc<dyn Store>, served: S, base: String, hook: Hook) -> Result<Teller<S>, StoreError> {
        let start = newest(&*store)?;
        let sender = Sender::default();
        Ok(Teller { store, served, base, sender, hook, start, told: i64::MIN, missed: 0, version: None })
    }

    /// Watches until the service ends. Blocks.
    fn run(mut self) {
        while let Some(snapshot) = (self.served)() {
            if !self.store.is_on_duty() {
                // Who takes over knows nothing of what was told meanwhile.
                self.version = None;
            } else if self.version != Some(snapshot.store_version) {
                self.version = Some(snapshot.store_version);
                drop(snapshot);
                match self.look() {
                    Ok(true) => {}
                    // There is more, or what there is is not served yet.
                    Ok(false) => {
                        self.version = None;
                        continue;
                    }
                    Err(error) => {
                        let hook = &self.hook.name;
                        tracing::warn!(hook, %error, "changes cannot be read, so a webhook is not told of them yet");
                        self.version = None;
                    }
                }
            }
            std::thread::sleep(WATCH);
        }
    }

    /// Tells of changes behind the last one that was told; whether that is all there is.
    fn look(&mut self) -> Result<bool, StoreError> {
        let noted = self.store.told()?.get(&self.hook.name).copied();
        if noted.is_none() {
            self.store.set_told(&self.hook.name, self.start)?;
        }
        let newest = newest(&*self.store)?;
        // What was told of a store that stood in the place of this one says nothing of its changes.
        let mut told = noted.unwrap_or(self.start).max(self.told.min(newest));
        let first = newest - MOST_BEHIND;
        if told < first {
            self.missed += first.abs_diff(told);
            (told, self.told) = (first, first);
        }
        let filter = ChangeFilter { behind: Some(told), limit: TOGETHER, ..ChangeFilter::default() };
        let changes = self.store.changes(&filter)?;
        let Some(last) = changes.last().map(|change| change.id) else { return Ok(true) };
        if !self.serves_all()? {
            return Ok(false);
        }
        for change in &changes {
            // Held only while the change is judged: a receiver that is slow would keep what nobody is served any more.
            let Some(snapshot) = (self.served)() else { return Ok(false) };
            let event = self.event(&snapshot, change)?;
            drop(snapshot);
            if let Some(event) = &event {
                self.tell(event);
            }
            if !self.store.is_on_duty() {
                return Ok(false);
            }
            self.told = change.id;
            if event.is_some() || change.id == last {
                self.store.set_told(&self.hook.name, change.id)?;
            }
        }
        Ok(changes.len() < TOGETHER)
    }

    /// Waits until all that is in the store now is served; whether it is in time. By what was served before, new rows would be
    /// judged as if they were not there.
    fn serves_all(&self) -> Result<bool, StoreError> {
        let now = self.store.commit()?;
        let end = Instant::now() + SERVED;
        while let Some(snapshot) = (self.served)() {
            let has_all = match (&now, &snapshot.commit) {
                (Some(now), Some(served)) => served.has_all_of(now) == Some(true),
                _ => self.store.version()? == snapshot.store_version,
            };
            if has_all {
                return Ok(true);
            }
            if Instant::now() > end {
                break;
            }
            std::thread::sleep(SERVED_AGAIN);
        }
        Ok(false)
    }

    /// The message of a change; `None` where it is of no interest.
    fn event(&mut self, snapshot: &Snapshot, change: &ChangeRecord) -> Result<Option<Event>, StoreError> {
        let mut rows = self.store.entries(change.id, None, MOST_ROWS + 1)?;
        let has_more = rows.len() > MOST_ROWS;
        rows.truncate(MOST_ROWS);
        rows.retain(|entry| event::is_public(snapshot, entry));
        let wanted = rows.iter().filter(|entry| event::is_wanted(&self.hook, snapshot, entry));
        let wanted: Vec<_> = wanted.collect();
        if wanted.is_empty() {
            // What is of interest may stand behind the rows that were looked at.
            self.missed += u64::from(has_more && !self.hook.interests.is_empty());
            return Ok(None);
        }
        Ok(Some(Event::new(&self.base, change, &wanted, has_more, self.missed)))
    }

    /// Sends a message until it is taken or given up.
    fn tell(&mut self, event: &Event) {
        match self.sender.send(&self.hook, event, &|| self.store.is_on_duty()) {
            Outcome::Taken => self.missed = 0,
            _ if !self.store.is_on_duty() => {}
            Outcome::Later | Outcome::Never => {
                self.missed += 1;
                let (hook, change) = (&self.hook.name, event.change);
                tracing::warn!(hook, change, "a webhook did not take a message: it was given up");
            }
        }
    }
}

/// The newest change of a store.
fn newest(store: &dyn Store) -> Result<i64, StoreError> {
    let filter = ChangeFilter { limit: 1, ..ChangeFilter::default() };
    Ok(store.changes(&filter)?.first().map_or(0, |change| change.id))
}

#[cfg(test)]
mod tests;
