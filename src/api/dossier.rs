//! Dossiers of plans as PDF: typeset beside the runtime, a few at a time, kept by what they hold, sent in whatever ranges a
//! client asks for.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::body::Body;
use axum::http::Response;
use axum::http::header::CONTENT_DISPOSITION;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::apart::Wanted;
use super::files::{self, Built, Weight};
use super::params::Params;
use super::plans::plain_name;
use super::reply::value;
use super::{App, Ask};
use crate::dossier::{Dossier, DossierError, Options};
use crate::ogc::media_type::PDF;
use crate::ogc::problem::{Fault, Problem};
use crate::publish::plans::ReviewedPlan;
use crate::text::both;

/// So many are typeset at a time. Who asks for another one meanwhile is told to come back, since each takes a core for as
/// long as it lasts.
const AT_A_TIME: usize = 2;

/// Bytes of disk that dossiers may hold together.
const DISK: u64 = 256 << 20;

/// Typesets dossiers and keeps them.
pub struct Dossiers {
    made: Cache<u128, Arc<Built>, Weight>,
    places: Arc<Semaphore>,
}

impl Default for Dossiers {
    fn default() -> Dossiers {
        // One part, as for other files: a share of the bytes could be too small for the largest.
        Dossiers { made: Cache::with_weighter(32, DISK, Weight), places: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

/// The parameters of a dossier besides those of a review.
pub const PARAMETERS: [&str; 3] = ["sheet", "scale", "lang"];

/// How a dossier is wanted, where the media type is that of one.
///
/// # Errors
/// 400 with every fault at once.
pub fn options(params: &Params, media_type: &str) -> Result<Options, Problem> {
    if media_type != PDF {
        // Its parameters say nothing about other forms.
        let given = PARAMETERS.into_iter().filter(|name| params.get(name).is_some());
        let fault = |name: &str| Fault {
            parameter: name.to_owned(),
            detail: "chỉ dùng với f=pdf / belongs to f=pdf".to_owned(),
        };
        let faults: Vec<_> = given.map(fault).collect();
        return if faults.is_empty() { Ok(Options::default()) } else { Err(Problem::Parameters(faults)) };
    }
    let mut faults = Vec::new();
    let mut options = Options::default();
    let mut read = |name: &str, set: &mut dyn FnMut(&str) -> Result<(), String>| {
        if let Some(Err(detail)) = params.get(name).map(set) {
            faults.push(Fault { parameter: name.to_owned(), detail });
        }
    };
    read("sheet", &mut |text| text.parse().map(|paper| options.paper = Some(paper)));
    read("scale", &mut |text| text.parse().map(|scale| options.scale = scale));
    read("lang", &mut |text| text.parse().map(|language| options.language = language));
    if faults.is_empty() { Ok(options) } else { Err(Problem::Parameters(faults)) }
}

fn busy() -> Problem {
    Problem::Busy("đang dàn trang hồ sơ khác: hãy thử lại sau vài giây / other dossiers are being typeset: try again in a few seconds".to_owned())
}

/// What is answered where a PDF was not made.
pub(super) fn problem(error: DossierError) -> Problem {
    match error {
        DossierError::TooManySheets { .. } => Problem::Parameters(vec![Fault {
            parameter: "scale".to_owned(),
            detail: both!("quá lớn: {error}", "is too large: {error}"; error),
        }]),
        DossierError::NotAGrid(_) => Problem::BadRequest(error.to_string()),
        DossierError::Unwanted => busy(),
        DossierError::Typesetting(reason) => {
            tracing::error!(reason, "a dossier was not typeset");
            Problem::Internal
        }
    }
}

impl App {
    /// A file that takes a core for a while to make, under a key that names all that it is made from: made now, where there
    /// is a place, or before. What makes it is told when nobody waits any more.
    ///
    /// # Errors
    /// 503 where others are being made.
    pub(super) async fn typeset(
        &self,
        key: &str,
        work: impl FnOnce(&AtomicBool) -> Result<Vec<u8>, Problem> + Send + 'static,
    ) -> Result<Arc<Built>, Problem> {
        let make = async {
            let place = Arc::clone(&self.dossiers.places).try_acquire_owned().map_err(|_| busy())?;
            let wanted = Wanted::default();
            let unwanted = wanted.told();
            // The place belongs to the work, which goes on for a while after its client has left.
            let made = tokio::task::spawn_blocking(move || {
                let bytes = work(&unwanted);
                drop(place);
                bytes.and_then(|bytes| Built::of(&bytes))
            });
            made.await.unwrap_or_else(|error| {
                tracing::error!(%error, "typesetting a dossier broke off");
                Err(Problem::Internal)
            })
        };
        let key = xxh3_128_with_seed(key.as_bytes(), self.seed);
        self.dossiers.made.get_or_insert_async(&key, async { make.await.map(Arc::new) }).await
    }

    /// Answers with the dossier of a plan, made now or before.
    pub(super) async fn dossier(
        &self,
        ask: &Ask,
        reviewed: Arc<ReviewedPlan>,
        options: Options,
    ) -> Result<Response<Body>, Problem> {
        let store = format!("{:016x}", ask.snapshot.version);
        let (id, day) = (reviewed.plan.row.id.clone(), reviewed.review.as_of);
        let key = format!("{store} {id} {day} {options:?}");
        let make = move |unwanted: &AtomicBool| {
            let dossier = Dossier { plan: &reviewed.plan, review: &reviewed.review, store: &store };
            dossier.pdf(&options, unwanted).map_err(problem)
        };
        let built = self.typeset(&key, make).await?;
        let name = plain_name(&id);
        let headers = [(CONTENT_DISPOSITION, value(&format!("inline; filename=\"{name}_{day}.pdf\"")))];
        Ok(files::send(&ask.headers, &built, PDF, &headers))
    }
}
