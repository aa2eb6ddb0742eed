//! The registrar: the one thread that writes to the store and publishes it.
//!
//! Whoever writes hands work over and is answered when what was written is durable and served. Work that waits is done in one
//! go and published once (group publish), so that many writers cost little more than one. Between pieces of work it looks
//! for what other programs have changed, and for the new day. Derived collections are brought up to the registers when
//! nobody writes for a moment, and at the latest after some seconds: writers never wait for one another's statistics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};
use tracing::Span;

use super::{Publisher, Snapshot, today};
use crate::filter;
use crate::store::{Store, StoreError};
use crate::text::{en, vi};

/// How often the store is asked whether another program has changed it, where it does not tell.
const WATCH: Duration = Duration::from_millis(500);

/// How often it is looked at although it tells by itself: for the new day, and for what was missed.
const LOOK: Duration = Duration::from_secs(5);

/// How often it is looked at the most for somebody who waits.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

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
    #[error(
        "dịch vụ đang dừng hoặc công việc bị ngắt: chưa ghi gì / the service is stopping, or the work broke off: nothing of it was written"
    )]
    Ended,
    /// The write is durable all the same.
    #[error(
        "đã ghi và được giữ, nhưng không đọc được kho nên chưa hiển thị: {} / it was written and is kept, but the store cannot be read, so that it is not served yet: {}", vi(.0), en(.0)
    )]
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
    work: Option<Arc<Sender<Work>>>,
    thread: Option<JoinHandle<()>>,
    readers: Arc<Semaphore>,
    /// When the thread was last told to look at the store.
    told_to_look: Mutex<Option<Instant>>,
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
        let work = Arc::new(work);
        let tells = store.wait_for_change(&mut 0, Duration::ZERO).is_some();
        if tells {
            watch(Arc::clone(&store), Arc::downgrade(&work))?;
        }
        let mut keeper = Keeper {
            store: Arc::clone(&store),
            publisher,
            publish: Box::new(publish),
            waiting,
            watch: if tells { LOOK } else { WATCH },
            failed_at: None,
            behind_since: None,
        };
        // Evaluating a filter is not its work, but geometries of strangers nest as deeply.
        let builder = std::thread::Builder::new().name("registrar".to_owned()).stack_size(filter::STACK);
        let thread = builder.spawn(move || keeper.run())?;
        let readers = Arc::new(Semaphore::new(MAX_READERS));
        Ok(Registrar { store, work: Some(work), thread: Some(thread), readers, told_to_look: Mutex::default() })
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
        // What the store says of it in the log is said of the request.
        let request = Span::current();
        let work: Work = Box::new(move |store| {
            if answer.is_closed() {
                return None;
            }
            let done = request.in_scope(|| work(store));
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

    /// Has the store looked at now, because somebody waits for what another instance has written. Those who ask for it again
    /// and again find that it was done a moment ago.
    pub fn look(&self) {
        let Some(work) = &self.work else { return };
        let mut told = self.told_to_look.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() > LOOK_AGAIN) {
            *told = Some(Instant::now());
            // Who does not take work any more needs none.
            let _ = work.send(Box::new(|_| None));
        }
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
        let (store, request) = (Arc::clone(&self.store), Span::current());
        let done = tokio::task::spawn_blocking(move || {
            let done = request.in_scope(|| work(&*store));
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

/// Has the store looked at whenever it tells of a change, by work that does nothing itself. Ends after the registrar.
fn watch(store: Arc<dyn Store>, work: Weak<Sender<Work>>) -> std::io::Result<()> {
    let watching = move || {
        let mut seen = 0;
        while work.strong_count() > 0 {
            let Some(is_changed) = store.wait_for_change(&mut seen, WATCH) else { return };
            if let (true, Some(work)) = (is_changed, work.upgrade()) {
                // Who does not take work any more needs none.
                let _ = work.send(Box::new(|_| None));
            }
        }
    };
    std::thread::Builder::new().name("watch".to_owned()).spawn(watching).map(drop)
}

/// The thread's own.
struct Keeper {
    store: Arc<dyn Store>,
    publisher: Publisher,
    publish: Box<dyn Fn(Snapshot) + Send>,
    waiting: Receiver<Work>,
    /// How often the store is looked at while nobody hands work over.
    watch: Duration,
    /// Version of the store that could not be published: it is not read again and again.
    failed_at: Option<(i64, String)>,
    /// Since when derived collections are behind.
    behind_since: Option<Instant>,
}

impl Keeper {
    fn run(&mut self) {
        loop {
            let patience = if self.behind_since.is_some() { QUIET } else { self.watch };
            match self.waiting.recv_timeout(patience) {
                Ok(first) => self.serve(first),
                Err(RecvTimeoutError::Timeout) => {
                    // A change by another program comes before the statistics of the one before.
                    self.published();
                    self.seal();
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
        // Where the store says nothing any more, the work's own answer is all that is known of what was written.
        let after = self.store.version().ok();
        Some((answer?, after.is_some() && after != before))
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
        let (passes, reason) = (reason.passes(), reason.to_string());
        // What another program holds now it lets go of: that says nothing of this version.
        self.failed_at = Some((version, reason.clone())).filter(|_| !passes);
        Some(reason)
    }

    /// Seals what other programs have changed, which one instance does for all.
    fn seal(&self) {
        if !self.store.is_on_duty() {
            return;
        }
        match self.store.seal() {
            Ok(true) => tracing::info!("changes of other programs were sealed"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "changes of other programs wait to be sealed"),
        }
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::compliance::Standards;
    use crate::domain::{Collection, Value, catalog};
    use crate::store::gpkg::GpkgStore;
    use crate::store::{Change, Draft, Mode, Origin};

    /// A store of its own, what was published of it last, and how often.
    struct Service {
        registrar: Registrar,
        last: Arc<Mutex<Option<Snapshot>>>,
        count: Arc<AtomicUsize>,
        path: std::path::PathBuf,
        _folder: tempfile::TempDir,
    }

    fn service() -> Service {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.gpkg");
        let store: Arc<dyn Store> = Arc::new(GpkgStore::create(&path).unwrap());
        let mut publisher = Publisher::new(Arc::new(Standards::bundled().unwrap()));
        let first = publisher.publish(&*store, today()).unwrap();
        let (last, count) = (Arc::new(Mutex::new(Some(first))), Arc::new(AtomicUsize::new(0)));
        let (keep, counted) = (Arc::clone(&last), Arc::clone(&count));
        let publish = move |snapshot| {
            *keep.lock().unwrap() = Some(snapshot);
            counted.fetch_add(1, Ordering::Relaxed);
        };
        let registrar = Registrar::start(store, publisher, publish).unwrap();
        Service { registrar, last, count, path, _folder: folder }
    }

    impl Service {
        /// How many milestones are served.
        fn served(&self) -> usize {
            self.last.lock().unwrap().as_ref().unwrap().collection("milestones").unwrap().len()
        }
    }

    fn milestones() -> &'static Collection {
        catalog::collection("milestones").unwrap()
    }

    /// Adds one milestone.
    fn add(store: &dyn Store) {
        let mut values = vec![Value::Null; milestones().stored_fields().count()];
        for (name, value) in [("site_id", "s"), ("milestone", "founded")] {
            values[milestones().field(name).unwrap().0] = value.into();
        }
        let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
        let drafts = &mut std::iter::once(Ok(Draft { id: None, values, shape: None }));
        store.apply(Change { collection: milestones(), mode: Mode::Append, drafts, origin }).unwrap();
    }

    #[tokio::test]
    async fn what_is_written_is_served_when_it_is_answered() {
        let service = service();
        for count in 1..4 {
            service.registrar.write(add).await.unwrap();
            assert_eq!(service.served(), count);
        }
        assert!(service.registrar.read(|store| store.collections().unwrap().len()).await.unwrap() > 12);
    }

    #[tokio::test]
    async fn those_who_wait_are_published_together() {
        let service = service();
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let first = service.registrar.write(move |store| {
            gate.recv().unwrap();
            add(store);
        });
        let others = (0..20).map(|_| service.registrar.write(add));
        let all = async {
            let mut others: Vec<_> = others.map(Box::pin).collect();
            // Each is asked once, which hands its work over; then the first is let go.
            for other in &mut others {
                let waits = std::future::poll_fn(|cx| std::task::Poll::Ready(other.as_mut().poll(cx).is_pending()));
                assert!(waits.await);
            }
            open.send(()).unwrap();
            for other in others {
                other.await.unwrap();
            }
        };
        let (first, ()) = tokio::join!(first, all);
        first.unwrap();
        assert_eq!((service.served(), service.count.load(Ordering::Relaxed)), (21, 1));
    }

    #[tokio::test]
    async fn work_that_panics_ends_itself_alone_and_work_that_nobody_waits_for_is_not_done() {
        let service = service();
        let panicked = service.registrar.write(|_| panic!("as a test wants it")).await;
        assert_eq!(panicked, Err::<(), _>(Closed::Ended));
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let first = service.registrar.write(move |_| gate.recv().unwrap());
        let mut left = Box::pin(service.registrar.write(add));
        let all = async {
            let waits = std::future::poll_fn(|cx| std::task::Poll::Ready(left.as_mut().poll(cx).is_pending()));
            assert!(waits.await);
            drop(left);
            open.send(()).unwrap();
        };
        let (first, ()) = tokio::join!(first, all);
        first.unwrap();
        service.registrar.write(|_| ()).await.unwrap();
        assert_eq!((service.served(), service.count.load(Ordering::Relaxed)), (0, 0));
    }

    #[tokio::test]
    async fn what_cannot_be_published_is_told_to_who_wrote_and_to_nobody_else() {
        let service = service();
        let path = service.path.clone();
        let told = service.registrar.write(move |store| {
            add(store);
            let other = rusqlite::Connection::open(path).unwrap();
            other.execute_batch("UPDATE milestones SET planned_on = 'soon'").unwrap();
        });
        let Err(Closed::Unpublished(reason)) = told.await else { panic!("it was published") };
        assert!(reason.contains("planned_on"), "{reason}");
        assert_eq!(service.registrar.write(|_| 5).await, Ok(5), "it wrote nothing");
        // The next who mends it is served with all that was written.
        let path = service.path.clone();
        let mended = service.registrar.write(move |_| {
            let other = rusqlite::Connection::open(path).unwrap();
            other.execute_batch("UPDATE milestones SET planned_on = NULL").unwrap();
        });
        mended.await.unwrap();
        assert_eq!(service.served(), 1);
    }

    #[test]
    fn what_another_program_writes_is_served_within_a_moment() {
        let service = service();
        let other = rusqlite::Connection::open(&service.path).unwrap();
        other.execute_batch("INSERT INTO milestones (site_id, milestone) VALUES ('s', 'founded')").unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while service.served() == 0 {
            assert!(Instant::now() < deadline, "it was not seen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
