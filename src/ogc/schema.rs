//! `/queryables` and `/schema`: what can be asked of a feature, and what it holds, as JSON Schema.

use serde_json::{Map, Value, json};

use crate::domain::{Collection, DataType, Field, Temporal};
use crate::geom::GeometryKind;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Type, format, title and codes of one attribute. `type` is one string: an array leaves the field untyped in QGIS.
pub fn property(field: &Field) -> Map<String, Value> {
    let mut property = Map::new();
    let (kind, format) = match field.data_type {
        DataType::Text => ("string", None),
        DataType::Integer => ("integer", None),
        DataType::Number => ("number", None),
        DataType::Boolean => ("boolean", None),
        DataType::Date => ("string", Some("date")),
        DataType::DateTime => ("string", Some("date-time")),
    };
    property.insert("type".to_owned(), kind.into());
    if let Some(format) = format {
        property.insert("format".to_owned(), format.into());
    }
    property.insert("title".to_owned(), field.title.to_string().into());
    if !field.codes.is_empty() {
        let codes: Vec<_> = field.codes.iter().map(|code| code.code).collect();
        property.insert("enum".to_owned(), codes.into());
    }
    if let Some(unit) = field.unit {
        property.insert("x-ogc-unit".to_owned(), unit.into());
    }
    property
}

fn document(url: &str, collection: &Collection, properties: Map<String, Value>) -> Value {
    json!({
        "$schema": DIALECT,
        "$id": url,
        "type": "object",
        "title": collection.title.to_string(),
        "description": collection.description.to_string(),
        "properties": properties,
        "additionalProperties": false,
    })
}

/// What can be asked. The geometry is a `$ref` without `type`: the only form in which QGIS recognises it.
pub fn queryables(url: &str, collection: &Collection) -> Value {
    let mut properties = Map::new();
    if let Some(geometry) = &collection.geometry {
        let reference = format!("https://geojson.org/schema/{}.json", geometry.kind.name());
        properties.insert(geometry.name.clone(), json!({"$ref": reference}));
    }
    for field in &collection.fields {
        properties.insert(field.name.clone(), property(field).into());
    }
    document(url, collection, properties)
}

/// What features can be put in order by: every attribute.
pub fn sortables(url: &str, collection: &Collection) -> Value {
    let properties = collection.fields.iter().map(|field| (field.name.clone(), property(field).into())).collect();
    document(url, collection, properties)
}

/// The name under which the schema describes the identifier; attributes have their names first.
fn id_name(collection: &Collection) -> Option<&'static str> {
    ["id", "feature_id", "_id"].into_iter().find(|name| collection.field(name).is_none())
}

/// The role of an attribute in time (OGC 23-058r2, requirements class "Advanced property roles").
fn temporal_role(collection: &Collection, field: &Field) -> Option<&'static str> {
    match collection.temporal.as_ref()? {
        Temporal::Instant(name) => (*name == field.name).then_some("primary-instant"),
        Temporal::Interval(from, _) if *from == field.name => Some("primary-interval-start"),
        Temporal::Interval(_, to) => (*to == field.name).then_some("primary-interval-end"),
    }
}

fn geometry_format(kind: GeometryKind) -> String {
    match kind {
        GeometryKind::Geometry => "geometry-any".to_owned(),
        kind => format!("geometry-{}", kind.name().to_lowercase()),
    }
}

/// What a feature holds (OGC 23-058r2).
pub fn schema(url: &str, collection: &Collection) -> Value {
    let mut properties = Map::new();
    if let Some(name) = id_name(collection) {
        let title = "Mã đối tượng / Feature id";
        let member =
            json!({"type": "string", "title": title, "readOnly": true, "x-ogc-role": "id", "x-ogc-propertySeq": 1});
        properties.insert(name.to_owned(), member);
    }
    if let Some(geometry) = &collection.geometry {
        let format = geometry_format(geometry.kind);
        let member = json!({"x-ogc-role": "primary-geometry", "format": format, "x-ogc-propertySeq": 2});
        properties.insert(geometry.name.clone(), member);
    }
    for (index, field) in collection.fields.iter().enumerate() {
        let mut property = property(field);
        property.insert("x-ogc-propertySeq".to_owned(), (index + 3).into());
        if let Some(role) = temporal_role(collection, field) {
            property.insert("x-ogc-role".to_owned(), role.into());
        }
        if field.derived {
            property.insert("readOnly".to_owned(), true.into());
        }
        properties.insert(field.name.clone(), property.into());
    }
    let required: Vec<_> =
        collection.fields.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    let mut document = document(url, collection, properties);
    if !required.is_empty() {
        document["required"] = required.into();
    }
    document
}
