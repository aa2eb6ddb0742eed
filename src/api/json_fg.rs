//! JSON-FG (OGC 21-045r1): GeoJSON with a place in any reference system, a time and a feature type.

use crate::domain::{Temporal, Value};
use crate::geom::geojson::write_string;
use crate::geom::reproject::ReprojectError;
use crate::publish::collection::{PublishedCollection, Renderer};
use crate::publish::encode::write_value;
use crate::query::Rendering;

/// The classes that every document declares.
const CONFORMS_TO: &[u8] = b"\"conformsTo\":[\"http://www.opengis.net/spec/json-fg-1/1.0/conf/core\",\
\"http://www.opengis.net/spec/json-fg-1/1.0/conf/types-schemas\"]";

/// What every document says of itself: the classes, the type of its features and the system of their places.
fn about(out: &mut Vec<u8>, collection: &PublishedCollection, rendering: &Rendering) {
    out.extend_from_slice(CONFORMS_TO);
    out.extend_from_slice(b",\"featureType\":");
    write_string(out, &collection.declaration.id);
    if let Some(uri) = rendering.crs.uri() {
        out.extend_from_slice(b",\"coordRefSys\":");
        write_string(out, &uri);
    }
}

/// The beginning of a page, up to its first feature.
pub fn head(collection: &PublishedCollection, rendering: &Rendering) -> Vec<u8> {
    let mut out = b"{\"type\":\"FeatureCollection\",".to_vec();
    about(&mut out, collection, rendering);
    out.extend_from_slice(b",\"features\":[");
    out
}

/// Features of a page, separated by commas.
///
/// # Errors
/// When places cannot be had in the system that is asked for.
pub fn features(
    collection: &PublishedCollection,
    rendering: &Rendering,
    rows: &[u32],
) -> Result<Vec<u8>, ReprojectError> {
    let writer = Writer::new(collection, rendering)?;
    let mut out = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        writer.feature(&mut out, *row);
    }
    Ok(out)
}

/// One feature as a document of its own.
///
/// # Errors
/// As [`features`].
pub fn feature(collection: &PublishedCollection, rendering: &Rendering, row: u32) -> Result<Vec<u8>, ReprojectError> {
    let mut out = b"{".to_vec();
    about(&mut out, collection, rendering);
    out.push(b',');
    Writer::new(collection, rendering)?.members(&mut out, row);
    Ok(out)
}

/// Writes features one after the other.
pub struct Writer<'a> {
    collection: &'a PublishedCollection,
    renderer: Renderer<'a>,
    is_wgs84: bool,
}

impl<'a> Writer<'a> {
    /// # Errors
    /// When places cannot be had in the system that is asked for.
    pub fn new(collection: &'a PublishedCollection, rendering: &'a Rendering) -> Result<Writer<'a>, ReprojectError> {
        // `geometry` is always longitude and latitude; any other order of axes needs `place`.
        let is_wgs84 = rendering.crs.is_wgs84() && !rendering.crs.is_latitude_first();
        Ok(Writer { collection, renderer: collection.renderer(rendering)?, is_wgs84 })
    }

    /// Appends a feature of a collection.
    pub fn feature(&self, out: &mut Vec<u8>, row: u32) {
        out.push(b'{');
        self.members(out, row);
    }

    /// Appends the members of a feature and its closing brace.
    fn members(&self, out: &mut Vec<u8>, row: u32) {
        out.extend_from_slice(b"\"type\":\"Feature\",\"id\":");
        write_string(out, self.collection.id(row));
        out.extend_from_slice(b",\"time\":");
        self.time(out, row);
        // Readers of GeoJSON must not meet other coordinates where they expect longitude and latitude.
        let (geometry, place): (&[u8], &[u8]) = (b",\"geometry\":", b",\"place\":");
        let (named, empty) = if self.is_wgs84 { (geometry, place) } else { (place, geometry) };
        out.extend_from_slice(empty);
        out.extend_from_slice(b"null");
        out.extend_from_slice(named);
        self.renderer.geometry(out, row);
        out.push(b',');
        self.renderer.properties(out, row);
        out.push(b'}');
    }

    /// When a feature holds: a day, a moment, an interval, or null where nothing says so.
    fn time(&self, out: &mut Vec<u8>, row: u32) {
        let declared = &self.collection.declaration;
        let value = |field: &str| {
            let found = declared.field(field).map(|(at, _)| self.collection.value(row, at));
            found.unwrap_or(Value::Null)
        };
        match &declared.temporal {
            None => out.extend_from_slice(b"null"),
            Some(Temporal::Instant(field)) => match value(field) {
                Value::Null => out.extend_from_slice(b"null"),
                instant => {
                    let kind: &[u8] =
                        if matches!(instant, Value::Date(_)) { b"{\"date\":" } else { b"{\"timestamp\":" };
                    out.extend_from_slice(kind);
                    write_value(out, &instant);
                    out.push(b'}');
                }
            },
            Some(Temporal::Interval(from, to)) => {
                let (from, to) = (value(from), value(to));
                if from.is_null() && to.is_null() {
                    out.extend_from_slice(b"null");
                    return;
                }
                let end = |out: &mut Vec<u8>, value: &Value| match value {
                    Value::Null => out.extend_from_slice(b"\"..\""),
                    value => write_value(out, value),
                };
                out.extend_from_slice(b"{\"interval\":[");
                end(out, &from);
                out.push(b',');
                end(out, &to);
                out.extend_from_slice(b"]}");
            }
        }
    }
}
