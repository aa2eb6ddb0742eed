//! Reports of months: pages, documents, workbooks and PDF from the same numbers.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, LOCATION};
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::compliance::not_assessed;
use super::dossier::problem as not_typeset;
use super::html::{Page, linked};
use super::lists::report as pages;
use super::negotiate::{Offer, representation};
use super::params::Params;
use super::plans::plain_name;
use super::reply::{Reply, send, value};
use super::{App, Ask, Segments, files};
use crate::dossier::Language;
use crate::ogc::link::{link, representations};
use crate::ogc::media_type::{HTML, JSON, PDF, XLSX};
use crate::ogc::problem::{Fault, Problem};
use crate::ogc::report::{self as documents, DISTRICT, MONTH, SINCE};
use crate::ogc::{AS_OF, BY, LANG};
use crate::publish::Snapshot;
use crate::report::{District, Month, Reviews, day_of, district_names, pdf, report, workbook};

const FORMS: [Offer; 4] = [("json", JSON), ("html", HTML), ("pdf", PDF), ("xlsx", XLSX)];
const PAGES: [Offer; 2] = [("json", JSON), ("html", HTML)];

/// Months that the list of reports names.
const LISTED: usize = 24;

fn fault(parameter: &str, detail: String) -> Fault {
    Fault { parameter: parameter.to_owned(), detail }
}

/// What a report is asked for besides its month.
#[derive(Debug, Default)]
struct Wanted {
    district: Option<District>,
    by_district: bool,
    language: Language,
}

/// Reads the parameters, with every fault at once. An empty one is one that a form left out.
fn wanted(params: &Params, snapshot: &Snapshot) -> Result<Wanted, Problem> {
    let given = |name: &str| params.get(name).map(str::trim).filter(|text| !text.is_empty());
    let (mut wanted, mut faults) = (Wanted::default(), Vec::new());
    if let Some(name) = given(DISTRICT) {
        wanted.district = District::named(name, &snapshot.review);
        if wanted.district.is_none() {
            let known = district_names(&snapshot.review).join(", ");
            faults.push(fault(DISTRICT, format!("không có cơ sở nào ở '{name}'; các huyện là {known} / no site lies in '{name}'; districts are {known}")));
        }
    }
    match given(BY) {
        None => {}
        Some("district") => wanted.by_district = true,
        Some(other) => faults.push(fault(BY, format!("'{other}' không phải district / '{other}' is not district"))),
    }
    match given(LANG).map(str::parse) {
        None => {}
        Some(Ok(language)) => wanted.language = language,
        Some(Err(detail)) => faults.push(fault(LANG, detail)),
    }
    if faults.is_empty() { Ok(wanted) } else { Err(Problem::Parameters(faults)) }
}

fn month(text: &str) -> Result<Month, Problem> {
    text.parse().map_err(Problem::NotFound)
}

/// The months of which there are reports; a form is led to the one that it names.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f", MONTH, DISTRICT, BY, LANG])?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    if let Some(text) = params.get(MONTH) {
        let named: Month = text.parse().map_err(|detail| Problem::Parameters(vec![fault(MONTH, detail)]))?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in ["f", DISTRICT, BY, LANG] {
            if let Some(text) = params.get(name).filter(|text| !text.is_empty()) {
                query.append_pair(name, text);
            }
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SEE_OTHER;
        let there = format!("{}/reports/{named}?{}", ask.base, query.finish());
        response.headers_mut().insert(LOCATION, value(&there));
        return Ok(response);
    }
    let (_, media_type) = representation(params.get("f"), &ask.headers, &PAGES)?;
    let newest = Month::of(ask.snapshot.as_of);
    let months: Vec<Month> = std::iter::successors(Some(newest), |month| Some(month.previous())).take(LISTED).collect();
    let href = |month: &Month, f: &str| format!("{}/reports/{month}?f={f}", ask.base);
    let reply = match media_type {
        HTML => {
            let row = |month: &Month| {
                let page = linked(format!("Tháng {} / {month}", month.vi()), href(month, "html"));
                vec![page, linked("PDF", href(month, "pdf")), linked("Excel", href(month, "xlsx"))]
            };
            let page = Page::new(&ask.base, "Báo cáo tháng / Monthly reports".to_owned());
            page.table("", &["Tháng / Month", "PDF", "Excel"], months.iter().map(row).collect()).reply()
        }
        _ => {
            let month = |month: &Month| json!({"month": month.to_string(), "href": href(month, "json")});
            let links = representations(&ask.url(), JSON, &PAGES);
            Reply::json(JSON, &json!({"reports": months.iter().map(month).collect::<Vec<_>>(), "links": links}))
        }
    };
    Ok(send(&app, &ask.headers, reply).await)
}

/// The report of a month.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments(named): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f", DISTRICT, BY, LANG])?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    let month = month(&named)?;
    let today = ask.snapshot.as_of;
    let to_come = || Problem::NotFound(format!("tháng {month} chưa bắt đầu / the month {month} has not begun"));
    let day = day_of(month, today).ok_or_else(to_come)?;
    let wanted = wanted(&params, &ask.snapshot)?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &FORMS)?;
    let now = app.review(&ask.snapshot, Some(day)).await?;
    let month_before = app.review(&ask.snapshot, Some(month.day_before())).await?;
    let quarter_before = app.review(&ask.snapshot, Some(month.day_before_quarter())).await?;
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let mut links = representations(&ask.url(), media_type, &FORMS);
    links.push(link(format!("{base}/reports"), "up", JSON, "Các báo cáo tháng / Monthly reports"));
    let (language, by_district) = (wanted.language, wanted.by_district);
    let of = wanted.district.as_ref().map(|district| district.name.clone()).unwrap_or_default();
    let store = format!("{:016x}", snapshot.version);
    let key = format!("report {store} {month} {day} {of} {by_district} {language:?} {media_type}");
    let counted = move || {
        let reviews = Reviews { now: &now, month_before: &month_before, quarter_before: &quarter_before };
        report(&snapshot.standards, month, reviews, wanted.district, by_district, today)
    };
    if [PDF, XLSX].contains(&media_type) {
        let make = move |_: &AtomicBool| match media_type {
            PDF => pdf(&counted(), language, &store).map_err(not_typeset),
            _ => workbook(&counted(), language).map_err(|reason| {
                tracing::error!(reason, "the workbook of a report was not written");
                Problem::Internal
            }),
        };
        let built = app.typeset(&key, make).await?;
        let ending = if media_type == PDF { "pdf" } else { "xlsx" };
        let place = if of.is_empty() { String::new() } else { format!("-{}", plain_name(&of)) };
        let name = value(&format!("inline; filename=\"bao-cao-{month}{place}.{ending}\""));
        return Ok(files::send(&ask.headers, &built, media_type, &[(CONTENT_DISPOSITION, name)]));
    }
    let snapshot = Arc::clone(&ask.snapshot);
    let made = move || {
        let (report, signed) = (counted(), snapshot.quarters.ending_on(day));
        match media_type {
            HTML => {
                let districts = district_names(&snapshot.review);
                let around = pages::Around { base: &base, districts: &districts, last: Month::of(today), signed };
                pages::page(&report, &around).reply()
            }
            _ => Reply::json(JSON, &documents::document(&report, signed, &links)),
        }
    };
    Ok(send(&app, &ask.headers, app.apart(made).await?).await)
}

/// How the city or a district stands on a day: the same numbers as in a report, of any day, and what changed since another
/// day, or since the month before.
pub async fn summary(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let ask = ask.into_recorded(&app).await?;
    let params = ask.params();
    params.only(&["f", AS_OF, SINCE, DISTRICT, BY])?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    let day = params.as_of()?.unwrap_or(ask.snapshot.as_of);
    let month = Month::of(day);
    let since = params.day(SINCE)?.unwrap_or(month.day_before());
    let wanted = wanted(&params, &ask.snapshot)?;
    representation(params.get("f"), &ask.headers, &PAGES[..1])?;
    let now = app.review(&ask.snapshot, Some(day)).await?;
    let month_before = app.review(&ask.snapshot, Some(since)).await?;
    let quarter_before = app.review(&ask.snapshot, Some(month.day_before_quarter())).await?;
    let links = representations(&ask.url(), JSON, &PAGES[..1]);
    let snapshot = Arc::clone(&ask.snapshot);
    let made = move || {
        let reviews = Reviews { now: &now, month_before: &month_before, quarter_before: &quarter_before };
        let (district, by_district) = (wanted.district, wanted.by_district);
        let report = report(&snapshot.standards, month, reviews, district, by_district, snapshot.as_of);
        documents::document(&report, snapshot.quarters.ending_on(day), &links)
    };
    let document = app.apart(made).await?;
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}
