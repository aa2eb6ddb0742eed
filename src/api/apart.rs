//! Work that takes longer than a request may hold the runtime, on threads of its own and in bounded places.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::App;
use crate::filter::{MAX_TIME, MAX_WORK, Work};
use crate::ogc::problem::Problem;

/// Other days are computed for so many requests at a time; the rest wait their turn.
const MAX_APART: usize = 2;

/// Places for kinds of work: filters are what strangers write, runs of statistics take all cores, and neither must keep
/// other days and renderings waiting.
pub struct Places {
    others: Arc<Semaphore>,
    filters: Arc<Semaphore>,
    runs: Arc<Semaphore>,
    jobs: Arc<Semaphore>,
}

/// Who waits for a run of statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A client, that is told to come back where no place gets free soon.
    Client,
    /// A job, that nobody waits for.
    Job,
}

/// How long a client waits for its place.
const MAX_WAIT: Duration = Duration::from_secs(10);

impl Default for Places {
    fn default() -> Places {
        let cores = available_parallelism().map_or(MAX_APART, usize::from);
        let places = |count| Arc::new(Semaphore::new(count));
        Places { others: places(MAX_APART), filters: places(cores), runs: places(1), jobs: places(1) }
    }
}

/// Says to work under way that nobody waits for it any more, when it is dropped.
#[derive(Default)]
pub struct Wanted(Arc<AtomicBool>);

impl Wanted {
    /// What is set once nobody waits.
    pub fn told(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn run<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let place = Arc::clone(places).acquire_owned().await.map_err(|_| Problem::NotReady)?;
    run_at(place, work).await
}

async fn run_at<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    // The place belongs to the work and not to the request: a client that leaves does not end what runs, so that many of
    // them would have more running than there are places.
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    done.await.map_err(|error| {
        tracing::error!(%error, "work beside the runtime broke off");
        Problem::Internal
    })
}

impl App {
    /// Runs what takes longer than a request may hold the runtime, on a thread of its own.
    pub(super) async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        run(&self.apart.others, work).await
    }

    /// Runs what can be stopped, one at a time for clients and one for jobs: it is told to stop so long after it began, and
    /// soon after the request was dropped. `begun` is called when it has its place.
    ///
    /// # Errors
    /// 503 for a client that found no place in time.
    pub(super) async fn stoppable<T: Send + 'static>(
        &self,
        waiting: Waiting,
        patience: Duration,
        begun: impl FnOnce(),
        work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let wanted = Wanted::default();
        let unwanted = Arc::clone(&wanted.0);
        let place = match waiting {
            Waiting::Job => Arc::clone(&self.apart.jobs).acquire_owned().await,
            Waiting::Client => {
                let place = Arc::clone(&self.apart.runs).acquire_owned();
                let late = |_| {
                    Problem::Busy("đang có lượt tính khác: hãy thử lại sau, hoặc chạy nền / other runs are under way: try again later, or run it as a job".to_owned())
                };
                tokio::time::timeout(MAX_WAIT, place).await.map_err(late)?
            }
        };
        let place = place.map_err(|_| Problem::NotReady)?;
        begun();
        let done = run_at(place, move || {
            let end = Instant::now() + patience;
            work(&|| unwanted.load(Ordering::Relaxed) || Instant::now() >= end)
        });
        done.await
    }

    /// Runs what evaluates a filter, on a thread of its own: it ends in a fixed time from when it began, and soon after
    /// the request was dropped, which happens when the client leaves.
    pub(super) async fn filtering<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Work) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let wanted = Wanted::default();
        let unwanted = wanted.told();
        let done =
            run(&self.apart.filters, move || work(&Work::new(MAX_WORK).until(Instant::now() + MAX_TIME, unwanted)));
        done.await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_nobody_waits_for_keeps_its_place_and_is_told() {
        let places = Arc::new(Semaphore::new(1));
        let wanted = Wanted::default();
        let unwanted = Arc::clone(&wanted.0);
        let (begun, begins) = tokio::sync::oneshot::channel();
        let until_unwanted = move || {
            begun.send(()).unwrap();
            while !unwanted.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
        };
        let running = run(&places, until_unwanted);
        tokio::select! {
            _ = running => unreachable!("it runs as long as somebody waits"),
            begun = begins => begun.unwrap(),
        }
        // The request is dropped now; its work still runs.
        assert_eq!(places.available_permits(), 0);
        drop(wanted);
        let _free = places.acquire().await.unwrap();
    }
}
