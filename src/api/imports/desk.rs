//! The imports of this process: who has sent what, and how far it has come.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::options::Options;
use super::plan;
use super::receive::full;
use crate::api::App;
use crate::api::visitor::Visitor;
use crate::ogc::problem::Problem;
use crate::upload::{Counts, Leash, Place, Reading, Spool, Workers};

/// So many bodies of uploads are taken in at a time.
const RECEIVED_AT_A_TIME: usize = 8;

/// An import that nobody asked for in so long is forgotten.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// How often it is looked for such.
const LOOK: Duration = Duration::from_secs(60);

/// Imports that are kept, of all users.
pub(super) const MAX_IMPORTS: usize = 64;

/// How uploads are taken.
pub struct Uploads {
    pub spool: Arc<Spool>,
    pub workers: Workers,
    /// So many workers at a time.
    pub at_a_time: usize,
    /// Bytes of one file.
    pub most: u64,
}

/// The uploads of this process.
pub struct Desk {
    pub(super) spool: Arc<Spool>,
    pub(super) workers: Workers,
    pub(super) most: u64,
    pub(super) reading: Arc<Semaphore>,
    pub(super) receiving: Arc<Semaphore>,
    /// Who sends files at this moment, with how many.
    pub(super) senders: Arc<Mutex<HashMap<String, usize>>>,
    pub(super) imports: ArcSwap<Vec<Arc<Import>>>,
}

/// How far an import has come.
pub(super) enum Progress {
    /// It waits for a worker, or one reads.
    Reading,
    Ready(Arc<Ready>),
    /// A drawing was read.
    Plan(Arc<plan::Drawn>),
    Refused {
        message: String,
        layers: Vec<String>,
    },
    Failed(String),
    Committed(Value),
}

/// A file that was read and met with the store.
pub(super) struct Ready {
    pub(super) reading: Reading,
    pub(super) counts: Counts,
    /// When it was met.
    pub(super) at: DateTime<Utc>,
    pub(super) preview: Value,
}

pub(super) struct Import {
    pub(super) id: String,
    pub(super) who: String,
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) created: DateTime<Utc>,
    pub(super) place: Arc<Place>,
    pub(super) options: ArcSwap<Options>,
    pub(super) progress: ArcSwap<Progress>,
    /// Rows read and all rows.
    pub(super) rows: (AtomicU64, AtomicU64),
    pub(super) leash: ArcSwap<Leash>,
    /// Taken by what changes it.
    pub(super) turn: Arc<Semaphore>,
    /// When it was last asked for, in seconds since 1970.
    pub(super) asked: AtomicI64,
}

impl Drop for Import {
    fn drop(&mut self) {
        self.leash.load().stop();
    }
}

impl Desk {
    pub fn new(uploads: Uploads) -> Desk {
        Desk {
            spool: uploads.spool,
            workers: uploads.workers,
            most: uploads.most,
            reading: Arc::new(Semaphore::new(uploads.at_a_time.max(1))),
            receiving: Arc::new(Semaphore::new(RECEIVED_AT_A_TIME)),
            senders: Arc::default(),
            imports: ArcSwap::default(),
        }
    }

    /// The import of a visitor. That of another is not told of.
    pub(super) fn find(&self, visitor: &Visitor, id: &str) -> Result<Arc<Import>, Problem> {
        let imports = self.imports.load();
        let import = imports.iter().find(|import| import.id == id && import.who == visitor.name);
        let missing = || {
            Problem::NotFound(format!(
                "bạn không có tệp nhập '{id}': đã xóa, đã quên sau một giờ, hoặc dịch vụ đã khởi động lại / \
                 there is no import '{id}' of yours: it was deleted, forgotten after an hour, or the service was started anew"
            ))
        };
        let import = import.ok_or_else(missing)?;
        import.asked.store(Utc::now().timestamp(), Ordering::Relaxed);
        Ok(Arc::clone(import))
    }

    pub(super) fn add(&self, import: &Arc<Import>) -> bool {
        let mut is_in = false;
        self.imports.rcu(|imports| {
            let mut imports = Vec::clone(imports);
            is_in = imports.len() < MAX_IMPORTS;
            if is_in {
                imports.push(Arc::clone(import));
            }
            imports
        });
        is_in
    }

    pub(super) fn remove(&self, id: &str) {
        self.imports.rcu(|imports| imports.iter().filter(|import| import.id != id).cloned().collect::<Vec<_>>());
    }

    pub(super) fn forget_old(&self) {
        let oldest = Utc::now().timestamp() - KEPT.as_secs().cast_signed();
        let is_kept = |import: &Arc<Import>| import.asked.load(Ordering::Relaxed) >= oldest;
        if !self.imports.load().iter().all(is_kept) {
            self.imports.rcu(|imports| imports.iter().filter(|import| is_kept(import)).cloned().collect::<Vec<_>>());
        }
    }
}

impl App {
    /// Takes uploads from now on. A second time nothing changes.
    pub fn receive(self: &Arc<App>, uploads: Uploads) {
        if self.desk.set(Desk::new(uploads)).is_err() {
            return;
        }
        let app = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let Some(app) = app.upgrade() else { return };
                if let Some(desk) = app.desk.get() {
                    desk.forget_old();
                }
            }
        });
    }

    /// Where uploads are taken.
    ///
    /// # Errors
    /// 403 where nothing can be written.
    pub(in crate::api) fn desk(&self) -> Result<&Desk, Problem> {
        self.registrar()?;
        self.desk
            .get()
            .ok_or_else(|| Problem::Forbidden("dịch vụ này không nhận tệp / this service takes no files".to_owned()))
    }
}

/// Files that one user may be sending at a time: the others of the few places are for others.
const SENT_BY_ONE: usize = 2;

/// What is held while a file is taken in.
pub(in crate::api) struct Receiving {
    _sender: Sender,
    _place: OwnedSemaphorePermit,
}

/// One of the files that somebody is sending.
struct Sender {
    all: Arc<Mutex<HashMap<String, usize>>>,
    name: String,
}

impl Sender {
    fn of(all: &Arc<Mutex<HashMap<String, usize>>>, name: &str) -> Option<Sender> {
        let mut sending = all.lock().unwrap_or_else(PoisonError::into_inner);
        let count = sending.entry(name.to_owned()).or_default();
        if *count >= SENT_BY_ONE {
            return None;
        }
        *count += 1;
        drop(sending);
        Some(Sender { all: Arc::clone(all), name: name.to_owned() })
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut sending = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = sending.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                sending.remove(&self.name);
            }
        }
    }
}

impl Desk {
    /// A place for the file of a visitor, while it is taken in.
    pub(in crate::api) fn place(&self, visitor: &Visitor) -> Result<(Arc<Place>, Receiving), Problem> {
        let sender = Sender::of(&self.senders, &visitor.name).ok_or_else(|| {
            let detail = format!(
                "đang nhận {SENT_BY_ONE} tệp của bạn: gửi tệp khác khi xong / \
                 {SENT_BY_ONE} of your files are being taken in: send others when they have come"
            );
            Problem::Busy(detail)
        })?;
        let permit = Arc::clone(&self.receiving).try_acquire_owned();
        let busy = |_| {
            Problem::Busy(
                "đang nhận tệp khác: thử lại sau vài giây / other files are being taken in: try again in a few seconds"
                    .to_owned(),
            )
        };
        let permit = permit.map_err(busy)?;
        let place = self.spool.place(&visitor.name).map_err(|error| {
            tracing::error!(%error, "there is no place for an uploaded file");
            Problem::Internal
        })?;
        let receiving = Receiving { _sender: sender, _place: permit };
        Ok((Arc::new(place.map_err(|reason| full(reason, self.most))?), receiving))
    }

    pub(in crate::api) fn workers(&self) -> (&Workers, &Arc<Semaphore>) {
        (&self.workers, &self.reading)
    }
}
