//! What is counted and listed over all sites: targets, duties, data that cannot be right, every outcome; and the effluent
//! of one site over time.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, Response};
use chrono::NaiveDate;

use super::collections::find;
use super::compliance::{not_assessed, site_kind};
use super::lists::Places;
use super::negotiate::{Offer, representation};
use super::params::{ReviewQuery, review as parameters};
use super::reply::{Reply, send};
use super::{App, Ask, Segments, lists};
use crate::compliance::Review;
use crate::compliance::duties::{SiteName, duties as all_duties};
use crate::compliance::quality::{Fault, faults};
use crate::compliance::series::effluent_series;
use crate::compliance::targets::{plan_years, targets as all_targets};
use crate::ogc::link::{link, representations};
use crate::ogc::media_type::{CSV, HTML, JSON};
use crate::ogc::problem::Problem;
use crate::ogc::quarters::{beside_signed, signed_targets};
use crate::ogc::{AS_OF, BY, PLAN_YEAR, SITE};
use crate::ogc::{
    duties as duty_documents, effluent as effluent_documents, outcomes as outcome_documents,
    quality as quality_documents, targets as target_documents,
};
use crate::publish::quality::{register_faults, unchecked};

const PAGES: [Offer; 3] = [("json", JSON), ("csv", CSV), ("html", HTML)];
const TABLES: [Offer; 2] = [("json", JSON), ("csv", CSV)];

/// A table that a browser saves under a name of its own.
pub(super) fn csv(bytes: Vec<u8>, name: &str, day: NaiveDate) -> Reply {
    let mut reply = Reply::document(CSV, bytes);
    let file = format!("attachment; filename=\"{name}-{day}.csv\"");
    reply.headers = HeaderValue::from_str(&file).map(|file| (CONTENT_DISPOSITION, file)).into_iter().collect();
    reply
}

/// The representation and the parameters that are asked for, or every fault of them at once.
fn wanted(ask: &Ask, offers: &[Offer], known: &[&str]) -> Result<(&'static str, ReviewQuery), Problem> {
    let params = ask.params();
    let (query, mut faults) = parameters(&params, known, &plan_years(&ask.snapshot.standards));
    let offered = representation(params.get("f"), &ask.headers, offers);
    if let Err(Problem::Parameters(more)) = &offered {
        faults.extend(more.iter().cloned());
    }
    if !faults.is_empty() {
        return Err(Problem::Parameters(faults));
    }
    let (_, media_type) = offered?;
    if ask.snapshot.has_registers() { Ok((media_type, query)) } else { Err(not_assessed()) }
}

/// The targets of the city's plans.
pub async fn targets(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (media_type, query) = wanted(&ask, &PAGES, &["f", AS_OF, PLAN_YEAR, BY])?;
    let review = app.review(&ask.snapshot, query.as_of).await?;
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let made = app.apart(move || {
        let targets = all_targets(&snapshot.standards, &review, query.plan_year, query.by);
        match media_type {
            HTML => {
                lists::targets(&Places::new(&base, &snapshot, &review), &snapshot, &review, &query, &targets).reply()
            }
            CSV => csv(target_documents::table(&targets, review.as_of), "targets", review.as_of),
            _ => {
                let computed = target_documents::document(&targets);
                let is_as_signed = query.plan_year.is_none() && query.by.is_none();
                let document = match snapshot.quarters.ending_on(review.as_of) {
                    Some(signed) if is_as_signed => signed_targets(signed, &computed),
                    Some(signed) => beside_signed(signed, computed),
                    None => computed,
                };
                Reply::json(JSON, &document)
            }
        }
    });
    Ok(send(&app, &ask.headers, made.await?).await)
}

/// What each duty leaves undone.
pub async fn duties(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (media_type, query) = wanted(&ask, &PAGES, &["f", AS_OF])?;
    let review = app.review(&ask.snapshot, query.as_of).await?;
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let made = app.apart(move || {
        let duties = all_duties(&snapshot.standards, &review);
        match media_type {
            HTML => lists::duties(&Places::new(&base, &snapshot, &review), &review, &duties).reply(),
            CSV => csv(duty_documents::table(&duties, review.as_of), "duties", review.as_of),
            _ => Reply::json(JSON, &duty_documents::document(&duties)),
        }
    });
    Ok(send(&app, &ask.headers, made.await?).await)
}

/// Data that cannot be right.
pub async fn quality(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (media_type, query) = wanted(&ask, &PAGES, &["f", AS_OF, SITE])?;
    let review = app.review(&ask.snapshot, query.as_of).await?;
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let made = app.apart(move || {
        let mut found = faults(&snapshot.standards, &review, snapshot.as_of);
        // What single rows hold is checked as it stands today.
        if review.as_of == snapshot.as_of {
            found.extend(register_faults(&snapshot));
        }
        if let Some((collection, id)) = &query.site {
            let is_of = |site: &SiteName| site.collection == *collection && site.id == *id;
            // A row of the site itself names no site besides.
            let is_own = |fault: &Fault| fault.collection == collection.as_str() && fault.id == *id;
            found.retain(|fault| fault.site.as_ref().is_some_and(is_of) || is_own(fault));
        }
        let unchecked = unchecked(&snapshot);
        match media_type {
            HTML => lists::quality(&Places::new(&base, &snapshot, &review), &review, &found, &unchecked).reply(),
            CSV => csv(quality_documents::table(&found, review.as_of), "quality", review.as_of),
            _ => Reply::json(JSON, &quality_documents::document(&found, &unchecked, review.as_of)),
        }
    });
    Ok(send(&app, &ask.headers, made.await?).await)
}

/// What every rule says of every site.
pub async fn outcomes(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (media_type, query) = wanted(&ask, &TABLES, &["f", AS_OF])?;
    let review: Arc<Review> = app.review(&ask.snapshot, query.as_of).await?;
    let made = app.apart(move || match media_type {
        CSV => csv(outcome_documents::table(&review), "outcomes", review.as_of),
        _ => Reply::json(JSON, &outcome_documents::document(&review)),
    });
    Ok(send(&app, &ask.headers, made.await?).await)
}

/// Every sample of a site against its limit.
pub async fn effluent(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let (media_type, query) = wanted(&ask, &TABLES, &["f", AS_OF])?;
    find(&ask.snapshot, &id)?;
    let day = query.as_of.unwrap_or(ask.snapshot.as_of);
    let key = (site_kind(&id)?, feature.clone());
    let missing = || {
        Problem::NotFound(format!(
            "tập dữ liệu '{id}' không có đối tượng '{feature}' vào ngày {day} / collection '{id}' had no feature '{feature}' on {day}"
        ))
    };
    let facts = ask.snapshot.facts.site_on(&key, day).ok_or_else(missing)?;
    let site = SiteName { collection: key.0, id: key.1, name: facts.name.clone() };
    let mut links = representations(&ask.url(), media_type, &TABLES);
    let assessment = format!("{}/compliance/{id}/{feature}", ask.base);
    links.push(link(assessment, "related", JSON, "Đánh giá / Assessment"));
    let snapshot = Arc::clone(&ask.snapshot);
    let made = app.apart(move || {
        let series = effluent_series(&snapshot.standards, &facts, day);
        match media_type {
            CSV => csv(effluent_documents::table(&series), "effluent", day),
            _ => Reply::json(JSON, &effluent_documents::document(&site, day, &series, links)),
        }
    });
    Ok(send(&app, &ask.headers, made.await?).await)
}
