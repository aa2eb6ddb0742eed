//! The registrar: the one thread that writes to the store and publishes it.
//!
//! Whoever writes hands work over and is answered when what was written is durable and served. Work that waits is done in one
//! go and published once (group publish), so that many writers cost little more than one. Between pieces of work it looks
//! for what other programs have changed, and for the new day. Derived collections are brought up to the registers when
//! nobody writes for a moment, and at the latest after some seconds: writers never wait for one another's statistics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};

use super::{Publisher, Snapshot, today};
use crate::filter;
use crate::store::{Store, StoreError};

/// How often the store is asked whether another program has changed it.
const WATCH: Duration = Duration::from_millis(500);

/// Derived collections are made anew when nobody has written for so long.
const QUIET: Duration = Duration::from_millis(200);

/// They are made anew after so long although somebody writes.
const LATEST: Duration = Duration::from_secs(5);

/// So many pieces of work are done before what they wrote is published.
const MAX_GROUP: usize = 64;

/// So many readings run at a time, beside the runtime.
const MAX_READERS: usize = 8;

/// Publishing that nobody waits for any more may take so long at the end.
const UNFINISHED: Duration = Duration::from_secs(2);

/// Work was not done, or cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    #[error("the service is stopping, or the work broke off: nothing of it was written")]
    Ended,
    /// The write is durable all the same.
    #[error("it was written and is kept, but the store cannot be read, so that it is not served yet: {0}")]
    Unpublished(String),
}

/// Tells whoever gave a piece of work what became of it; with a reason where what was written could not be published.
type Answer = Box<dyn FnOnce(Option<&str>) + Send>;

/// A piece of work; `None` where nobody waits for it any more.
type Work = Box<dyn FnOnce(&dyn Store) -> Option<Answer> + Send>;

/// Hands work to the thread that writes. When it is dropped, the thread ends after what waits.
pub struct Registrar {
    store: Arc<dyn Store>,
    /// `None` once no more work is taken.
    work: Option<Sender<Work>>,
    thread: Option<JoinHandle<()>>,
    readers: Arc<Semaphore>,
}

impl Registrar {
    /// Starts the thread. `publisher` has published the store once; each further snapshot is given to `publish`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        store: Arc<dyn Store>,
        publisher: Publisher,
        publish: impl Fn(Snapshot) + Send + 'static,
    ) -> std::io::Result<Registrar> {
        let (work, waiting) = channel();
        let mut keeper = Keeper {
            store: Arc::clone(&store),
            publisher,
            publish: Box::new(publish),
            waiting,
            failed_at: None,
            behind_since: None,
        };
        // Evaluating a filter is not its work, but geometries of strangers nest as deeply.
        let builder = std::thread::Builder::new().name("registrar".to_owned()).stack_size(filter::STACK);
        let thread = builder.spawn(move || keeper.run())?;
        let readers = Arc::new(Semaphore::new(MAX_READERS));
        Ok(Registrar { store, work: Some(work), thread: Some(thread), readers })
    }

    /// Runs work on the thread that writes. When this resolves, what was written is durable and in the snapshot that the
    /// next request sees. Work that nobody waits for any more when its turn comes is not done.
    ///
    /// # Errors
    /// When the work was not done, or what it wrote cannot be served although it is durable.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Store) -> T + Send + 'static,
    ) -> Result<T, Closed> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |store| {
            if answer.is_closed() {
                return None;
            }
            let done = work(store);
            let tell: Answer = Box::new(move |reason| {
                let told = match reason {
                    Some(reason) => Err(Closed::Unpublished(reason.to_owned())),
                    None => Ok(done),
                };
                // Whoever has left needs no answer.
                let _ = answer.send(told);
            });
            Some(tell)
        });
        let sender = self.work.as_ref().ok_or(Closed::Ended)?;
        sender.send(work).map_err(|_| Closed::Ended)?;
        answered.await.map_err(|_| Closed::Ended)?
    }

    /// Reads the store beside the runtime, without waiting for writers.
    ///
    /// # Errors
    /// When the work broke off.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Store) -> T + Send + 'static,
    ) -> Result<T, Closed> {
        let place = Arc::clone(&self.readers).acquire_owned().await.map_err(|_| Closed::Ended)?;
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&*store);
            drop(place);
            done
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "reading the store broke off");
            Closed::Ended
        })
    }
}

impl Drop for Registrar {
    /// Waits for the thread, so that the store can be closed.
    fn drop(&mut self) {
        self.work = None;
        let Some(thread) = self.thread.take() else { return };
        let end = Instant::now() + UNFINISHED;
        // The thread itself may hold the last of what holds this.
        let is_itself = thread.thread().id() == std::thread::current().id();
        while !is_itself && !thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// The thread's own.
struct Keeper {
    store: Arc<dyn Store>,
    publisher: Publisher,
    publish: Box<dyn Fn(Snapshot) + Send>,
    waiting: Receiver<Work>,
    /// Version of the store that could not be published: it is not read again and again.
    failed_at: Option<(i64, String)>,
    /// Since when derived collections are behind.
    behind_since: Option<Instant>,
}

impl Keeper {
    fn run(&mut self) {
        loop {
            let patience = if self.behind_since.is_some() { QUIET } else { WATCH };
            match self.waiting.recv_timeout(patience) {
                Ok(first) => self.serve(first),
                Err(RecvTimeoutError::Timeout) => {
                    // A change by another program comes before the statistics of the one before.
                    self.published();
                    self.settle();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.behind_since.is_some_and(|since| since.elapsed() > LATEST) {
                self.settle();
            }
        }
    }

    /// Does what waits, publishes it once and tells everybody.
    fn serve(&mut self, first: Work) {
        let mut answers = Vec::new();
        let mut next = Some(first);
        while let Some(work) = next {
            answers.extend(self.done(work));
            next = if answers.len() < MAX_GROUP { self.waiting.try_recv().ok() } else { None };
        }
        let failure = self.published();
        for (answer, has_written) in answers {
            answer(failure.as_deref().filter(|_| has_written));
        }
    }

    /// Does a piece of work; tells whether it has written.
    fn done(&mut self, work: Work) -> Option<(Answer, bool)> {
        let before = self.store.version().ok();
        let store = &*self.store;
        let answer = catch_unwind(AssertUnwindSafe(|| work(store)));
        // A panic has rolled the transaction back; whoever waits is told by the channel that is gone.
        let answer = answer.unwrap_or_else(|_| {
            tracing::error!("a piece of work of the registrar panicked");
            None
        });
        Some((answer?, self.store.version().ok() != before))
    }

    /// Publishes the store where it or the day has changed; gives the reason where that cannot be done. What cannot be read
    /// leaves the old snapshot.
    fn published(&mut self) -> Option<String> {
        let version = match self.store.version() {
            Ok(version) => version,
            Err(error) => {
                tracing::error!(%error, "the store does not answer");
                return Some(error.to_string());
            }
        };
        if self.publisher.is_of(version, today()) {
            self.failed_at = None;
            return None;
        }
        if let Some((_, reason)) = self.failed_at.as_ref().filter(|(failed, _)| *failed == version) {
            return Some(reason.clone());
        }
        let start = Instant::now();
        // A panic leaves the publisher at the last snapshot.
        let (store, publisher) = (&*self.store, &mut self.publisher);
        let snapshot = catch_unwind(AssertUnwindSafe(|| publisher.publish(store, today())));
        let reason = match snapshot {
            Ok(Ok(snapshot)) => {
                (self.publish)(snapshot);
                self.failed_at = None;
                self.behind_since.get_or_insert_with(Instant::now);
                let duration_ms = start.elapsed().as_secs_f64() * 1000.0;
                tracing::info!(duration_ms, "the store has changed: published again");
                return None;
            }
            Ok(Err(error)) => error,
            Err(_) => StoreError::Stopped("publishing panicked".to_owned()),
        };
        tracing::error!(error = %reason, "the store has changed and cannot be read: the earlier state is served on");
        let (is_busy, reason) = (matches!(reason, StoreError::Busy(_)), reason.to_string());
        // What another program holds now it lets go of: that says nothing of this version.
        self.failed_at = Some((version, reason.clone())).filter(|_| !is_busy);
        Some(reason)
    }

    /// Publishes what is derived from the registers that were published before.
    fn settle(&mut self) {
        if self.behind_since.take().is_none() {
            return;
        }
        let start = Instant::now();
        let publisher = &mut self.publisher;
        match catch_unwind(AssertUnwindSafe(|| publisher.settle())) {
            Ok(Ok(Some(snapshot))) => {
                (self.publish)(snapshot);
                let duration_ms = start.elapsed().as_secs_f64() * 1000.0;
                tracing::info!(duration_ms, "derived collections have changed: published again");
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                tracing::error!(%error, "derived collections cannot be made: the earlier ones are served on");
            }
            Err(_) => tracing::error!("making derived collections panicked: the earlier ones are served on"),
        }
    }
}
