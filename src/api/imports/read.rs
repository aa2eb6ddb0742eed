//! A file on its way through a worker.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::Utc;
use tokio::sync::OwnedSemaphorePermit;

use super::desk::{Desk, Import, Progress, Ready};
use super::{problem, show};
use crate::api::App;
use crate::upload::{self, Leash, Reading, UploadError};

/// Has a file read, in a task of its own.
pub(super) fn read(app: &Arc<App>, import: &Arc<Import>) {
    let leash = Arc::new(Leash::default());
    // What read before reads what nobody wants.
    import.leash.swap(Arc::clone(&leash)).stop();
    import.rows.0.store(0, Ordering::Relaxed);
    import.rows.1.store(0, Ordering::Relaxed);
    import.progress.store(Arc::new(Progress::Reading));
    let (app, import) = (Arc::clone(app), Arc::downgrade(import));
    tokio::spawn(async move {
        let Ok(desk) = app.desk() else { return };
        let Ok(place) = Arc::clone(&desk.reading).acquire_owned().await else { return };
        // Deleted while it waited.
        let Some(import) = import.upgrade() else { return };
        let outcome = app.read_now(desk, &import, &leash, place).await;
        // Another reading has begun meanwhile: this one is not wanted.
        if Arc::ptr_eq(&import.leash.load(), &leash) {
            import.progress.store(Arc::new(outcome));
        }
    });
}

impl App {
    async fn read_now(
        &self,
        desk: &Desk,
        import: &Arc<Import>,
        leash: &Arc<Leash>,
        place: OwnedSemaphorePermit,
    ) -> Progress {
        let options = import.options.load_full();
        if let Some(asked) = &options.plan {
            return self.read_plan(desk, import, leash, place, &options, asked).await;
        }
        let Ok(registrar) = self.registrar() else { return Progress::Failed(String::new()) };
        let id = options.collection.clone();
        let target = match registrar.read(move |store| upload::target(store, &id)).await {
            Ok(Ok(target)) => target,
            Ok(Err(message)) => return Progress::Refused { message, layers: Vec::new() },
            Err(closed) => return Progress::Failed(closed.to_string()),
        };
        let (workers, import_of_task, leash) = (desk.workers.clone(), Arc::clone(import), Arc::clone(leash));
        let job = options.job(&import.name);
        let read = import.apart(move |folder, aside| {
            let import = import_of_task;
            let progress = |done: u64, all: u64| {
                import.rows.0.store(done, Ordering::Relaxed);
                import.rows.1.store(all, Ordering::Relaxed);
            };
            let reading = Reading::take(&workers, (folder, aside), job, &target, &leash, &progress);
            drop(place);
            reading
        });
        let reading = match read.await {
            Ok(reading) => reading,
            Err(progress) => return progress,
        };
        let met = registrar.read(move |store| {
            let counts = upload::count(store, &reading, options.mode);
            let preview = show::preview(&reading);
            (reading, counts, preview)
        });
        match met.await {
            Ok((reading, Ok(counts), Ok(preview))) => {
                Progress::Ready(Arc::new(Ready { reading, counts, at: Utc::now(), preview }))
            }
            Ok((_, Err(error), _)) => Progress::Failed(error.to_string()),
            Ok((_, _, Err(message))) => Progress::Refused { message, layers: Vec::new() },
            Err(closed) => Progress::Failed(closed.to_string()),
        }
    }
}

impl Import {
    /// Has the file read beside the runtime, in a folder of the worker's with a copy of it.
    pub(super) async fn apart<T: Send + 'static>(
        self: &Arc<Import>,
        work: impl FnOnce(&Path, &Path) -> Result<T, UploadError> + Send + 'static,
    ) -> Result<T, Progress> {
        let import = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let folder = import.place.work(&import.name).map_err(|e| UploadError::Machine(e.to_string()))?;
            work(folder.path(), import.place.aside())
        });
        match read.await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(UploadError::Refused { message, layers })) => Err(Progress::Refused { message, layers }),
            Ok(Err(error)) => {
                // It is in the log, and said to whoever sent the file.
                drop(problem(&error));
                Err(Progress::Failed(error.to_string()))
            }
            Err(error) => {
                tracing::error!(%error, "reading an uploaded file broke off");
                Err(Progress::Failed(UploadError::Machine(String::new()).to_string()))
            }
        }
    }
}
