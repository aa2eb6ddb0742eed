//! Rules and assessments.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use chrono::NaiveDate;

use super::collections::find;
use super::negotiate::{Offer, representation};
use super::reply::{Reply, send};
use super::{App, Ask, Segments};
use crate::compliance::{SiteCollection, SiteKey, history};
use crate::ogc::AS_OF;
use crate::ogc::compliance as documents;
use crate::ogc::history::{self as histories, Correction};
use crate::ogc::link::{COLLECTION, link, representations};
use crate::ogc::media_type::{GEO_JSON, JSON};
use crate::ogc::problem::Problem;

const JSON_ONLY: [Offer; 1] = [("json", JSON)];

pub(super) fn not_assessed() -> Problem {
    Problem::NotFound(
        "kho này không có sổ nên không có gì để đánh giá / this store holds no registers, so nothing is assessed"
            .to_owned(),
    )
}

/// The kind of site that a collection holds.
pub(super) fn site_kind(id: &str) -> Result<SiteCollection, Problem> {
    let detail = || {
        format!(
            "'{id}' không được đánh giá; chỉ đánh giá clusters và craft_villages / features of '{id}' are not assessed; clusters and craft_villages are"
        )
    };
    SiteCollection::parse(id).ok_or_else(|| Problem::NotFound(detail()))
}

/// Every rule under review.
pub async fn rules(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &JSON_ONLY)?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    let document = documents::rules(&ask.snapshot.standards);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}

/// A site's past: its status quarter by quarter, what happened when, and what was corrected.
pub async fn history(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (key, day) = site(&ask, &id, &feature)?;
    let missing = || {
        Problem::NotFound(format!(
            "tập dữ liệu '{id}' không có đối tượng '{feature}' vào ngày {day} / collection '{id}' had no feature '{feature}' on {day}"
        ))
    };
    let facts = ask.snapshot.facts.site_on(&key, day).ok_or_else(missing)?;
    let snapshot = Arc::clone(&ask.snapshot);
    let links = representations(&ask.url(), JSON, &JSON_ONLY);
    let made = move || {
        let quarters = history::quarters(day, |day| snapshot.assessment_on(&key, day));
        let timeline = history::timeline(&snapshot.standards, &facts, day);
        let states = snapshot.facts.histories_of(&key).flat_map(|(collection, id, history)| {
            history.states.iter().map(move |state| Correction { collection, id: id.as_str(), state })
        });
        let corrections: Vec<_> = states.filter(|correction| correction.state.is_correction()).collect();
        let name = facts.name.as_deref().unwrap_or_default();
        histories::document(
            &snapshot.standards,
            &facts.row,
            name,
            &quarters,
            &timeline,
            &corrections,
            &snapshot.quarters,
            &links,
        )
    };
    let document = app.apart(made).await?;
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}

/// The site that a path names and the day that is asked for.
fn site(ask: &Ask, id: &str, feature: &str) -> Result<(SiteKey, NaiveDate), Problem> {
    let params = ask.params();
    params.only(&["f", AS_OF])?;
    let day = params.as_of()?.unwrap_or(ask.snapshot.as_of);
    representation(params.get("f"), &ask.headers, &JSON_ONLY)?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    find(&ask.snapshot, id)?;
    Ok(((site_kind(id)?, feature.to_owned()), day))
}

/// Why a site has the status it has.
pub async fn assessment(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (key, day) = site(&ask, &id, &feature)?;
    let missing = || {
        Problem::NotFound(format!(
            "tập dữ liệu '{id}' không có đối tượng '{feature}' vào ngày {day} / collection '{id}' had no feature '{feature}' on {day}"
        ))
    };
    let assessed = ask.snapshot.assessment_on(&key, day).ok_or_else(missing)?;
    let name = ask.snapshot.facts.site_on(&key, day).and_then(|facts| facts.name.clone());
    let mut links = representations(&ask.url(), JSON, &JSON_ONLY);
    let item = format!("{}/collections/{id}/items/{feature}", ask.base);
    links.push(link(item, "describes", GEO_JSON, "Đối tượng / Feature"));
    links.push(link(format!("{}/collections/{id}", ask.base), COLLECTION, JSON, "Tập dữ liệu / Collection"));
    let effluent = format!("{}/compliance/{id}/{feature}/effluent", ask.base);
    links.push(link(effluent, "related", JSON, "Mẫu nước thải theo thời gian / Effluent over time"));
    let document = documents::assessment(&ask.snapshot.standards, &assessed, &name.unwrap_or_default(), links);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}
