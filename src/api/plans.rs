//! 1/500 plans: the list, reviews, and comparisons of two versions.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderName, HeaderValue, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use quick_cache::sync::Cache;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use super::compliance::not_assessed;
use super::dossier;
use super::files::{Built, Incoming};
use super::lists::plans as pages;
use super::moment::no_past;
use super::negotiate::{Offer, representation};
use super::reply::{Reply, send, value};
use super::{App, Ask, Segments, files, remote};
use crate::domain::FeatureId;
use crate::ogc::AS_OF;
use crate::ogc::link::{ITEM, link, representations};
use crate::ogc::media_type::{DXF, GEO_JSON, GEOPACKAGE, HTML, JSON, OCTETS, PDF};
use crate::ogc::plans::{self as documents, WITH};
use crate::ogc::problem::{Fault, Problem};
use crate::plan::compare;
use crate::publish::files::{Order, PlanOrder};
use crate::publish::plans::{PlanError, ReviewedPlan};
use crate::store::StoreError;

const FORMS: [Offer; 2] = [("json", JSON), ("html", HTML)];

/// A review can be printed too.
const REVIEW_FORMS: [Offer; 3] = [("json", JSON), ("html", HTML), ("pdf", PDF)];

/// Reviews that are kept, each with the version of the snapshot for which it was asked last.
pub struct Reviews(Cache<(FeatureId, NaiveDate), (u64, Arc<ReviewedPlan>)>);

impl Default for Reviews {
    fn default() -> Reviews {
        Reviews(Cache::new(16))
    }
}

/// What a request asks for: the media type and the day.
fn wanted(ask: &Ask, known: &[&str], forms: &[Offer]) -> Result<(&'static str, NaiveDate), Problem> {
    let params = ask.params();
    params.only(known)?;
    // A form leaves empty what nobody chose.
    let day = match params.get(AS_OF) {
        None | Some("") => ask.snapshot.as_of,
        Some(_) => params.as_of()?.unwrap_or(ask.snapshot.as_of),
    };
    let (_, media_type) = representation(params.get("f"), &ask.headers, forms)?;
    if ask.snapshot.has_registers() { Ok((media_type, day)) } else { Err(not_assessed()) }
}

fn broken(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a plan could not be put together");
    Problem::Internal
}

fn not_put_together(error: PlanError) -> Problem {
    match error {
        PlanError::NoPast(stays) => no_past(&stays),
        PlanError::TooMuch { .. } => Problem::BadRequest(error.to_string()),
        PlanError::Remote(error) => remote::failed(&error, None),
        PlanError::Store(error) => broken(error),
    }
}

impl App {
    /// A plan as it stood on a day, with its review. One that did not change is not reviewed again.
    ///
    /// # Errors
    /// 404 where there was no such plan, and what [`not_put_together`] makes of it.
    pub(super) async fn reviewed_plan(
        &self,
        ask: &Ask,
        id: &str,
        day: NaiveDate,
    ) -> Result<Arc<ReviewedPlan>, Problem> {
        let missing =
            || Problem::NotFound(format!("không có đồ án '{id}' vào ngày {day} / there was no plan '{id}' on {day}"));
        self.knows_plans_of(ask)?;
        let id = FeatureId::parse(id).map_err(|_| missing())?;
        let key = (id, day);
        let known = self.plans.0.get(&key);
        if let Some((version, reviewed)) = &known
            && *version == ask.snapshot.version
        {
            return Ok(Arc::clone(reviewed));
        }
        let (snapshot, of) = (Arc::clone(&ask.snapshot), key.0.clone());
        let version = snapshot.version;
        let made = self.apart(move || snapshot.reviewed_plan(&of, day, known.as_ref().map(|(_, reviewed)| reviewed)));
        let reviewed = made.await?.map_err(not_put_together)?.ok_or_else(missing)?;
        self.plans.0.insert(key, (version, Arc::clone(&reviewed)));
        Ok(reviewed)
    }
}

/// Every plan with what its review found.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    app.knows_plans_of(&ask)?;
    let (media_type, day) = wanted(&ask, &["f", AS_OF], &FORMS)?;
    let snapshot = Arc::clone(&ask.snapshot);
    let plans = app.apart(move || snapshot.plan_summaries(day)).await?.map_err(not_put_together)?;
    let reply = match media_type {
        HTML => pages::list(&ask.base, day, &plans).reply(),
        _ => {
            let links = representations(&ask.url(), JSON, &FORMS);
            Reply::json(JSON, &documents::list(&ask.base, day, &plans, &links))
        }
    };
    Ok(send(&app, &ask.headers, reply).await)
}

/// The review of a plan.
pub async fn review(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let known = [&["f", AS_OF][..], &dossier::PARAMETERS].concat();
    let (media_type, day) = wanted(&ask, &known, &REVIEW_FORMS)?;
    let options = dossier::options(&ask.params(), media_type)?;
    let reviewed = app.reviewed_plan(&ask, &id, day).await?;
    if media_type == PDF {
        return app.dossier(&ask, reviewed, options).await;
    }
    let (base, url, snapshot) = (ask.base.clone(), ask.url(), Arc::clone(&ask.snapshot));
    let made = app.apart(move || match media_type {
        HTML => pages::review(&base, &reviewed, &snapshot.standings(&reviewed)).reply(),
        _ => {
            let id = &reviewed.plan.row.id;
            let mut links = representations(&url, JSON, &REVIEW_FORMS);
            links.push(link(format!("{base}/collections/plans/items/{id}"), ITEM, GEO_JSON, "Đồ án / Plan"));
            let findings = format!("{base}/collections/plan_findings/items?plan_id={id}");
            links.push(link(findings, "related", GEO_JSON, "Phát hiện trên bản đồ / Findings as features"));
            let proposed = format!("{base}/plans/{id}/proposed");
            links.push(link(proposed, "related", JSON, "Vi phạm được đề xuất / Proposed violations"));
            for (word, form) in DRAWING_FORMS {
                let drawing = format!("{base}/plans/{id}/drawing?f={word}&as-of={day}");
                links.push(link(drawing, "enclosure", form, "Bản vẽ kèm phát hiện / Drawing with findings"));
            }
            if reviewed.plan.source_sha256.is_some() {
                let source = format!("{base}/plans/{id}/source?as-of={day}");
                links.push(link(source, "via", OCTETS, "Tệp gốc / Original file"));
            }
            Reply::json(JSON, &documents::review(&reviewed, &snapshot.standings(&reviewed), &links))
        }
    });
    Ok(send(&app, &ask.headers, made.await?).await)
}

/// Forms of a plan as a drawing; the words are endings of files as well.
const DRAWING_FORMS: [Offer; 2] = [("dxf", DXF), ("gpkg", GEOPACKAGE)];

/// A plan with its lots, lines, buildings and findings as one file.
pub async fn drawing(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let (media_type, day) = wanted(&ask, &["f", AS_OF], &DRAWING_FORMS)?;
    let (ending, _) = DRAWING_FORMS.into_iter().find(|(_, form)| *form == media_type).unwrap_or(DRAWING_FORMS[0]);
    let reviewed = app.reviewed_plan(&ask, &id, day).await?;
    let key = format!("drawing {:016x} {id} {day} {ending}", ask.snapshot.version);
    let snapshot = Arc::clone(&ask.snapshot);
    let layers = app.apart(move || snapshot.plan_layers(&reviewed)).await?.map_err(not_put_together)?;
    let order = Order::Plan(PlanOrder { plan: id.clone(), layers, ending });
    let built = app.files.get(xxh3_128_with_seed(key.as_bytes(), app.seed), order).await?;
    let headers = [(CONTENT_DISPOSITION, attached(&format!("{id}_{day}.{ending}")))];
    Ok(files::send(&ask.headers, &built, media_type, &headers))
}

/// The file that a plan was taken from, as it came.
pub async fn source(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&[AS_OF])?;
    let day = params.as_of()?.unwrap_or(ask.snapshot.as_of);
    let reviewed = app.reviewed_plan(&ask, &id, day).await?;
    let missing = || {
        Problem::NotFound(format!("không lưu tệp gốc của đồ án '{id}' / no original file of the plan '{id}' is kept"))
    };
    let sha256 = reviewed.plan.source_sha256.clone().ok_or_else(missing)?;
    let key = xxh3_128_with_seed(format!("source {sha256}").as_bytes(), app.seed);
    let registrar = app.registrar()?;
    let (wanted, tag) = (sha256.clone(), xxh3_64(sha256.as_bytes()));
    let built = app.files.made(key, async {
        let read = registrar.read(move |store| {
            let on_disk = |error: std::io::Error| StoreError::Stopped(error.to_string());
            let mut incoming = Incoming::new().map_err(on_disk)?;
            let kept = store.source(&wanted, &mut |piece| incoming.add(piece).map_err(on_disk))?;
            Ok(kept.map(|_| incoming.whole(tag)))
        });
        let read: Result<Option<Built>, StoreError> = read.await.map_err(broken)?;
        read.map_err(broken)?.ok_or_else(missing)
    });
    let name = reviewed.plan.source_file.clone().unwrap_or_else(|| format!("{id}.dxf"));
    let mut headers = vec![(CONTENT_DISPOSITION, attached(&name))];
    headers.extend(digest(&sha256).map(|digest| (REPR_DIGEST, value(&digest))));
    Ok(files::send(&ask.headers, &built.await?, OCTETS, &headers))
}

/// The hash of what is sent (RFC 9530).
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// A hexadecimal SHA-256 as that header writes it.
fn digest(sha256: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(sha256.get(at..at + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..sha256.len()).step_by(2).map(byte).collect::<Option<_>>()?;
    Some(format!("sha-256=:{}:", STANDARD.encode(bytes)))
}

/// What says that a browser is to keep a file under a name; names come from files of others.
pub(super) fn attached(name: &str) -> HeaderValue {
    value(&format!("attachment; filename=\"{}\"", plain_name(name)))
}

/// A name with nothing in it that a header or a file system could take otherwise.
pub(super) fn plain_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

/// How a plan differs from an earlier version.
pub async fn comparison(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (media_type, day) = wanted(&ask, &["f", AS_OF, WITH], &FORMS)?;
    let params = ask.params();
    let with = params.get(WITH).filter(|with| !with.is_empty()).ok_or_else(|| {
        let detail =
            "còn thiếu: cần mã phiên bản trước của đồ án / is missing: it names the earlier version of the plan"
                .to_owned();
        Problem::Parameters(vec![Fault { parameter: WITH.to_owned(), detail }])
    })?;
    let after = app.reviewed_plan(&ask, &id, day).await?;
    let before = app.reviewed_plan(&ask, with, day).await?;
    let (snapshot, base, url) = (Arc::clone(&ask.snapshot), ask.base.clone(), ask.url());
    let made = app.apart(move || {
        if before.plan.crs != after.plan.crs {
            let detail = format!(
                "hai đồ án theo hai hệ tọa độ {0} và {1} / the plans lie in {0} and {1}",
                before.plan.crs, after.plan.crs
            );
            return Err(Problem::BadRequest(detail));
        }
        let comparison = compare(&snapshot.standards, &before.plan, &after.plan, day);
        Ok(match media_type {
            HTML => pages::comparison(&base, &before.plan, &after.plan, &comparison, day).reply(),
            _ => Reply::json(JSON, &documents::comparison(&comparison, &representations(&url, JSON, &FORMS))),
        })
    });
    Ok(send(&app, &ask.headers, made.await??).await)
}
