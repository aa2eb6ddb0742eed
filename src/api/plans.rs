//! 1/500 plans: the list, reviews, and comparisons of two versions.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use chrono::NaiveDate;
use quick_cache::sync::Cache;

use super::compliance::not_assessed;
use super::dossier;
use super::lists::plans as pages;
use super::negotiate::{Offer, representation};
use super::reply::{Reply, send};
use super::{App, Ask, Segments};
use crate::domain::FeatureId;
use crate::ogc::AS_OF;
use crate::ogc::link::{ITEM, link, representations};
use crate::ogc::media_type::{GEO_JSON, HTML, JSON, PDF};
use crate::ogc::plans::{self as documents, WITH};
use crate::ogc::problem::{Fault, Problem};
use crate::plan::compare;
use crate::publish::plans::ReviewedPlan;

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

impl App {
    /// A plan as it stood on a day, with its review. One that did not change is not reviewed again.
    ///
    /// # Errors
    /// 404 where there was no such plan.
    pub(super) async fn reviewed_plan(
        &self,
        ask: &Ask,
        id: &str,
        day: NaiveDate,
    ) -> Result<Arc<ReviewedPlan>, Problem> {
        let missing = || Problem::NotFound(format!("there was no plan '{id}' on {day}"));
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
        let reviewed = made.await?.map_err(broken)?.ok_or_else(missing)?;
        self.plans.0.insert(key, (version, Arc::clone(&reviewed)));
        Ok(reviewed)
    }
}

/// Every plan with what its review found.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (media_type, day) = wanted(&ask, &["f", AS_OF], &FORMS)?;
    let snapshot = Arc::clone(&ask.snapshot);
    let plans = app.apart(move || snapshot.plan_summaries(day)).await?.map_err(broken)?;
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
    let (base, url) = (ask.base.clone(), ask.url());
    let made = app.apart(move || match media_type {
        HTML => pages::review(&base, &reviewed).reply(),
        _ => {
            let id = &reviewed.plan.row.id;
            let mut links = representations(&url, JSON, &REVIEW_FORMS);
            links.push(link(format!("{base}/collections/plans/items/{id}"), ITEM, GEO_JSON, "Đồ án / Plan"));
            let findings = format!("{base}/collections/plan_findings/items?plan_id={id}");
            links.push(link(findings, "related", GEO_JSON, "Phát hiện trên bản đồ / Findings as features"));
            Reply::json(JSON, &documents::review(&reviewed, &links))
        }
    });
    Ok(send(&app, &ask.headers, made.await?).await)
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
        let detail = "is missing: it names the earlier version of the plan".to_owned();
        Problem::Parameters(vec![Fault { parameter: WITH.to_owned(), detail }])
    })?;
    let after = app.reviewed_plan(&ask, &id, day).await?;
    let before = app.reviewed_plan(&ask, with, day).await?;
    let (snapshot, base, url) = (Arc::clone(&ask.snapshot), ask.base.clone(), ask.url());
    let made = app.apart(move || {
        if before.plan.crs != after.plan.crs {
            let detail = format!("the plans lie in {} and {}", before.plan.crs, after.plan.crs);
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
