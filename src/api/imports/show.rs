//! What is shown of an import.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use chrono::SecondsFormat;
use geo::CoordsIter;
use serde_json::{Map, Value, json};

use super::desk::{Import, Progress, Ready};
use super::options::Options;
use crate::domain::{Collection, FeatureId};
use crate::ogc::json;
use crate::ogc::media_type::JSON;
use crate::publish::encode::Encoder;
use crate::store::{Applied, Draft, Row};
use crate::upload::{ColumnUse, Reading, RowFault, mode_name};

/// Rows that are shown before they are written.
const SHOWN: usize = 500;

/// Coordinates of all that is shown: a page draws them, and they lie in memory.
pub const COORDINATES: usize = 200_000;

/// Faults that are shown.
const FAULTS: usize = 1_000;

/// A document that is not to be kept by anybody.
pub fn answer(status: StatusCode, document: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(json::to_bytes(document)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// How many coordinates the place of a row has.
pub fn coordinates(draft: &Draft) -> usize {
    draft.shape.as_ref().map_or(0, |shape| shape.geometry.coords_count())
}

/// A row as a feature in longitude and latitude; one that has no id yet is called by its number.
///
/// # Errors
/// Where its place has no longitude and latitude.
pub fn feature(collection: &Collection, draft: Draft, number: u64) -> Result<Value, String> {
    let id = draft.id.map_or_else(|| FeatureId::parse(&format!("row-{number}")), Ok).map_err(|e| e.to_string())?;
    let mut row = Row { fid: number.cast_signed(), id, values: draft.values, shape: draft.shape };
    let mut bytes = Vec::new();
    Encoder::new(collection).encode(&mut bytes, &mut row).map_err(|e| e.to_string())?;
    serde_json::from_slice(&bytes).map_err(|e| e.to_string())
}

/// The first rows as features.
///
/// # Errors
/// As [`feature`], or where the disk fails.
pub fn preview(reading: &Reading) -> Result<Value, String> {
    let mut features = Vec::new();
    let mut room = COORDINATES;
    for (number, draft) in reading.first(SHOWN).map_err(|e| e.to_string())? {
        let Some(left) = room.checked_sub(coordinates(&draft)) else { break };
        room = left;
        let mut feature = feature(&reading.heading.collection, draft, number)?;
        feature["row"] = number.into();
        features.push(feature);
    }
    Ok(json!({"type": "FeatureCollection", "features": features}))
}

fn fault(fault: &RowFault) -> Value {
    json!({"row": fault.row, "field": fault.field, "detail": fault.reason})
}

/// What a commit does, in numbers.
pub fn counts(applied: Applied) -> Value {
    json!({
        "inserted": applied.inserted, "updated": applied.updated, "unchanged": applied.unchanged, "deleted": applied.deleted,
    })
}

impl Options {
    fn document(&self) -> Value {
        json!({
            "collection": self.collection, "mode": mode_name(self.mode), "crs": self.crs, "encoding": self.encoding,
            "layer": self.layer, "id-field": self.id_field, "mapping": self.mapping,
            "plan": self.plan.as_ref().map(super::plan::Asked::document),
        })
    }
}

impl Ready {
    fn show(&self, document: &mut Map<String, Value>) {
        let (heading, report) = (&self.reading.heading, &self.reading.report);
        let columns = heading.columns.iter();
        let column = |column: &ColumnUse| json!({"source": column.source, "field": column.field, "why": column.why});
        let mut faults: Vec<&RowFault> = report.faults.iter().chain(&self.counts.faults).collect();
        faults.sort_by_key(|fault| fault.row);
        let known = faults.len() as u64 + report.more_faults;
        document.extend([
            ("rows".to_owned(), report.read.into()),
            ("columns".to_owned(), columns.map(column).collect()),
            ("fields".to_owned(), heading.collection.stored_fields().map(|field| field.name.clone()).collect()),
            ("crs".to_owned(), heading.collection.geometry.as_ref().map(|geometry| geometry.crs.to_string()).into()),
            ("counts".to_owned(), counts(self.counts.applied)),
            ("counted".to_owned(), self.at.to_rfc3339_opts(SecondsFormat::Millis, true).into()),
            ("faulty_rows".to_owned(), (self.reading.faulty + self.counts.faulty).into()),
            ("faults".to_owned(), faults.iter().take(FAULTS).map(|one| fault(one)).collect()),
            ("more_faults".to_owned(), known.saturating_sub(FAULTS as u64).into()),
            ("notes".to_owned(), report.notices.clone().into()),
            ("preview".to_owned(), self.preview.clone()),
        ]);
    }
}

impl Import {
    /// All that is known of it.
    pub(super) fn document(&self, base: &str) -> Value {
        let (done, all) = (self.rows.0.load(Ordering::Relaxed), self.rows.1.load(Ordering::Relaxed));
        let progress = self.progress.load();
        let state = match &**progress {
            Progress::Reading => "reading",
            Progress::Ready(_) | Progress::Plan(_) => "ready",
            Progress::Refused { .. } => "refused",
            Progress::Failed(_) => "failed",
            Progress::Committed(_) => "committed",
        };
        let share = if all == 0 { 0.0 } else { done as f64 / all as f64 };
        let mut document = Map::from_iter([
            ("id".to_owned(), self.id.clone().into()),
            ("state".to_owned(), state.into()),
            ("filename".to_owned(), self.name.clone().into()),
            ("bytes".to_owned(), self.bytes.into()),
            ("sha256".to_owned(), self.sha256.clone().into()),
            ("created".to_owned(), self.created.to_rfc3339_opts(SecondsFormat::Millis, true).into()),
            ("options".to_owned(), self.options.load().document()),
            ("progress".to_owned(), (if state == "reading" { share } else { 1.0 }).into()),
            ("links".to_owned(), json!([{"rel": "self", "href": format!("{base}/imports/{}", self.id), "type": JSON}])),
        ]);
        match &**progress {
            Progress::Reading => {}
            Progress::Ready(ready) => ready.show(&mut document),
            Progress::Plan(drawn) => drawn.show(&mut document),
            Progress::Refused { message, layers } => {
                document.insert("detail".to_owned(), message.clone().into());
                document.insert("layers".to_owned(), layers.clone().into());
            }
            Progress::Failed(message) => {
                document.insert("detail".to_owned(), message.clone().into());
            }
            Progress::Committed(applied) => {
                document.insert("counts".to_owned(), applied.clone());
            }
        }
        Value::Object(document)
    }
}
