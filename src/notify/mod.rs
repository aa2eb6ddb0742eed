//! Webhooks: what was changed is told to addresses that the operator has written into the configuration.
//!
//! ```text
//! registrar ─► snapshot is served ─► watcher (one thread) ─► queue of each hook ─► sender (a thread each) ─► HTTPS
//! ```
//!
//! Nobody who uses the service can name an address, so none can be made to ask another machine for him. What is told is
//! public: which rows, and where they can be read, never what stands in them, nor who wrote it. A receiver that is slow or
//! gone costs nobody else anything: its queue is bounded, and what does not fit is counted and said in the next message.
//!
//! What is not here: a memory beyond the process. What is changed while the service is down is told to nobody.

mod deliver;
mod event;
mod sign;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

pub use deliver::{Address, AddressFault};
pub use event::Event;
pub use sign::{Secret, SecretFault};

use crate::ogc::feed::Interest;
use crate::publish::Snapshot;
use crate::store::record::{ChangeFilter, ChangeRecord};
use crate::store::{Store, StoreError};

/// How often it is looked whether another state is served.
const WATCH: Duration = Duration::from_millis(500);

/// Messages that wait for one receiver.
const QUEUE: usize = 256;

/// Changes that are told after one look; those before them are counted as missed.
const MOST_CHANGES: usize = 200;

/// Rows of a change that are looked at.
const MOST_ROWS: usize = 2_000;

/// Somebody who is told.
#[derive(Debug, Clone)]
pub struct Hook {
    /// What logs call it.
    pub name: String,
    pub address: Address,
    pub secret: Secret,
    /// What it wants to hear of: of anything among these. Everything where there is none.
    pub interests: Vec<Interest>,
    /// Only rows of these collections; all where there is none.
    pub collections: Vec<String>,
}

/// A hook with its queue.
struct Line {
    hook: Hook,
    queue: SyncSender<Event>,
    /// Messages that did not fit since the last one that did.
    missed: u64,
}

/// Tells of changes from now on, until nobody serves any more.
pub struct Watcher<S> {
    store: Arc<dyn Store>,
    /// What is served to who has not signed in; `None` once the service ends.
    served: S,
    lines: Vec<Line>,
    /// Where links start.
    base: String,
    /// The newest change that was looked at.
    newest: i64,
    /// Version of the store that was served then.
    version: i64,
}

impl<S: Fn() -> Option<Arc<Snapshot>>> Watcher<S> {
    /// Starts the senders.
    ///
    /// # Errors
    /// What the store says; a sentence where the system gives no thread.
    pub fn new(store: Arc<dyn Store>, served: S, base: String, hooks: Vec<Hook>) -> Result<Watcher<S>, StoreError> {
        let newest = newest(&*store)?;
        let version = served().map_or(0, |snapshot| snapshot.store_version);
        let start = |hook: Hook| {
            let (queue, waiting) = sync_channel(QUEUE);
            let sender = hook.clone();
            std::thread::Builder::new()
                .name("webhook".to_owned())
                .spawn(move || deliver::send_all(&sender, &waiting))
                .map_err(|error| StoreError::Stopped(format!("no thread for a webhook: {error}")))?;
            Ok(Line { hook, queue, missed: 0 })
        };
        let lines = hooks.into_iter().map(start).collect::<Result<_, StoreError>>()?;
        Ok(Watcher { store, served, lines, base, newest, version })
    }

    /// Watches until the service ends. Blocks.
    pub fn run(mut self) {
        while let Some(snapshot) = (self.served)() {
            if snapshot.store_version != self.version {
                self.version = snapshot.store_version;
                if let Err(error) = self.look(&snapshot) {
                    tracing::warn!(%error, "changes cannot be read, so webhooks are not told of them yet");
                    self.version = 0;
                }
            }
            drop(snapshot);
            std::thread::sleep(WATCH);
        }
    }

    /// Tells of the changes since the last look.
    fn look(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let filter = ChangeFilter { limit: MOST_CHANGES, ..ChangeFilter::default() };
        let mut changes = self.store.changes(&filter)?;
        if self.store.version()? != snapshot.store_version {
            // Some of them would be judged by what is served of their rows from before them: they wait for their snapshot.
            self.version = 0;
            return Ok(());
        }
        changes.retain(|change| change.id > self.newest);
        if let Some(oldest) = changes.last().filter(|_| changes.len() == MOST_CHANGES) {
            // Whose they were nobody looked at: every receiver is told that it may have missed them.
            let missed = u64::try_from(oldest.id - self.newest - 1).unwrap_or_default();
            self.newest = oldest.id - 1;
            self.lines.iter_mut().for_each(|line| line.missed += missed);
        }
        // The oldest first, as they happened.
        changes.reverse();
        for change in changes {
            self.tell(snapshot, &change)?;
            self.newest = change.id;
        }
        Ok(())
    }

    fn tell(&mut self, snapshot: &Snapshot, change: &ChangeRecord) -> Result<(), StoreError> {
        let mut rows = self.store.entries(change.id, None, MOST_ROWS + 1)?;
        let has_more = rows.len() > MOST_ROWS;
        rows.truncate(MOST_ROWS);
        rows.retain(|entry| event::is_public(snapshot, entry));
        for line in &mut self.lines {
            let wanted = rows.iter().filter(|entry| event::is_wanted(&line.hook, snapshot, entry));
            let wanted: Vec<_> = wanted.collect();
            if wanted.is_empty() {
                // What is of interest may stand behind the rows that were looked at.
                line.missed += u64::from(has_more && !line.hook.interests.is_empty());
                continue;
            }
            let event = Event::new(&self.base, change, &wanted, has_more, line.missed);
            match line.queue.try_send(event) {
                Ok(()) => line.missed = 0,
                Err(TrySendError::Full(_)) => {
                    line.missed += 1;
                    let (hook, missed) = (&line.hook.name, line.missed);
                    tracing::warn!(hook, missed, "the queue of a webhook is full: a message was left out");
                }
                // Its thread has broken off, and says so itself.
                Err(TrySendError::Disconnected(_)) => {}
            }
        }
        Ok(())
    }
}

/// The newest change of a store.
fn newest(store: &dyn Store) -> Result<i64, StoreError> {
    let filter = ChangeFilter { limit: 1, ..ChangeFilter::default() };
    Ok(store.changes(&filter)?.first().map_or(0, |change| change.id))
}

#[cfg(test)]
mod tests;
