//! Changes and versions as documents.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::SITE;
use super::link::Link;
use super::media_type::{ATOM, GEO_JSON, HTML, JSON, NDJSON};
use super::openapi::{operation, reference, response};
use super::report::DISTRICT;
use crate::publish::versions::ToldEntry;
use crate::store::chain::{Field, Piece};
use crate::store::record::{ChainHead, ChangeRecord};
use crate::store::{Operation, Origin};

/// An instant as documents have it.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What was done to a row, as documents say it.
pub fn word(operation: Operation) -> &'static str {
    match operation {
        Operation::Insert => "insert",
        Operation::Update => "update",
        Operation::Delete => "delete",
    }
}

/// What a map calls it.
fn told_on_map(operation: Operation) -> &'static str {
    match operation {
        Operation::Insert => "added",
        Operation::Update => "changed",
        Operation::Delete => "removed",
    }
}

fn made(id: i64, at: DateTime<Utc>, origin: &Origin) -> Value {
    json!({"id": id, "at": instant(at), "who": origin.who, "what": origin.what, "why": origin.why})
}

/// A change without its rows.
pub fn change(base: &str, change: &ChangeRecord) -> Value {
    let mut document = made(change.id, change.at, &change.origin);
    let part = |part: &crate::store::record::ChangePart| {
        json!({
            "collection": part.collection,
            "inserted": part.inserted,
            "updated": part.updated,
            "deleted": part.deleted,
        })
    };
    document["collections"] = change.parts.iter().map(part).collect();
    document["href"] = format!("{base}/changes/{}", change.id).into();
    document
}

/// A page of changes.
pub fn changes(base: &str, changes: &[ChangeRecord], links: &[Link]) -> Value {
    json!({"changes": changes.iter().map(|one| change(base, one)).collect::<Vec<_>>(), "links": links})
}

/// A change with some of its rows.
pub fn change_with_rows(base: &str, of: &ChangeRecord, rows: &[ToldEntry], links: &[Link]) -> Value {
    let row = |told: &ToldEntry| {
        json!({
            "collection": told.entry.collection,
            "id": told.entry.id.as_str(),
            "operation": word(told.entry.operation),
            "changed": told.changed,
            "before": told.before,
            "after": told.after,
        })
    };
    let mut document = change(base, of);
    document["rows"] = rows.iter().map(row).collect();
    document["links"] = json!(links);
    document
}

/// The same as features for a map: each row as it was after the change, one that was deleted as it was before. What was
/// moved or reshaped has its place of before in the member `before`.
pub fn on_a_map(rows: &[ToldEntry], links: &[Link]) -> Value {
    let feature = |told: &ToldEntry| {
        let mut feature = told.after.clone().or_else(|| told.before.clone())?;
        let properties = feature.get_mut("properties")?.as_object_mut()?;
        properties.insert("change".to_owned(), told_on_map(told.entry.operation).into());
        properties.insert("changed_properties".to_owned(), json!(told.changed));
        properties.insert("collection".to_owned(), told.entry.collection.clone().into());
        if let (Some(before), Some(_)) = (&told.before, &told.after) {
            let was = told.changed.iter().filter(|name| *name != "geometry");
            let was: serde_json::Map<String, Value> =
                was.map(|name| (name.clone(), before["properties"][name.as_str()].clone())).collect();
            feature["before"] = json!({"properties": was});
            if told.changed.iter().any(|name| name == "geometry") {
                feature["before"]["geometry"] = before["geometry"].clone();
            }
        }
        // Two collections may have features of one id.
        feature["id"] = format!("{}.{}", told.entry.collection, told.entry.id).into();
        Some(feature)
    };
    let features: Vec<Value> = rows.iter().filter_map(feature).collect();
    json!({"type": "FeatureCollection", "numberReturned": features.len(), "features": features, "links": links})
}

/// One version of a feature.
pub fn version(base: &str, told: &ToldEntry) -> Value {
    let entry = &told.entry;
    let mut document = made(entry.change, entry.at, &entry.origin);
    if let Value::Object(members) = &mut document {
        members.remove("id");
        members.insert("operation".to_owned(), word(entry.operation).into());
        members.insert("changed".to_owned(), json!(told.changed));
        members.insert("feature".to_owned(), json!(told.after));
        let href = format!("{base}/collections/{}/items/{}/versions/{}", entry.collection, entry.id, entry.change);
        members.insert("href".to_owned(), href.into());
    }
    let mut whole = json!({"change": entry.change});
    if let (Value::Object(whole), Value::Object(members)) = (&mut whole, document) {
        whole.extend(members);
    }
    whole
}

/// A page of the versions of a feature, newest first.
pub fn versions(base: &str, collection: &str, id: &str, told: &[ToldEntry], links: &[Link]) -> Value {
    json!({
        "collection": collection,
        "id": id,
        "versions": told.iter().map(|one| version(base, one)).collect::<Vec<_>>(),
        "links": links,
    })
}

/// A line of the exported chain.
pub fn line(piece: &Piece) -> Value {
    match piece {
        Piece::Line(line) => {
            let mut members = serde_json::Map::new();
            members.insert("kind".to_owned(), line.kind.into());
            for (name, field) in &line.fields {
                let value = match field {
                    Field::Text(text) => text.clone().into(),
                    Field::Number(number) => (*number).into(),
                    Field::Null => Value::Null,
                };
                members.insert((*name).to_owned(), value);
            }
            Value::Object(members)
        }
        Piece::Seal { seq, hash } => json!({"kind": "seal", "seq": seq, "hash": hash}),
    }
}

/// The last line: without it an export was broken off.
pub fn head(head: Option<&ChainHead>) -> Value {
    json!({
        "kind": "head",
        "seq": head.map_or(0, |head| head.seq),
        "hash": head.map(|head| head.hash.clone()),
        "pending": head.map_or(0, |head| head.pending),
    })
}

/// The paths of the history in the API definition.
pub fn paths() -> Vec<(&'static str, Value)> {
    const TAG: &str = "History";
    let text = |name: &str, place: &str, description: &str| {
        json!({
            "name": name, "in": place, "required": place == "path", "description": description,
            "schema": {"type": "string"},
        })
    };
    let shared = |names: &[&str]| names.iter().map(|name| reference("parameters", name)).collect::<Vec<_>>();
    let change = || text("changeId", "path", "Số của thay đổi. / Number of a change.");
    let quarter = || text("quarter", "path", "Quý, ví dụ 2026-Q3. / A quarter such as 2026-Q3.");
    let pages = [(JSON, Some("Object")), (HTML, None)];
    let rows = [(JSON, Some("Object")), (GEO_JSON, Some("FeatureCollection")), (HTML, None)];
    let json_only: [(&str, Option<&str>); 1] = [(JSON, Some("Object"))];
    let get = |id: &str, title: &str, parameters: Vec<Value>, forms: &[(&str, Option<&str>)]| {
        operation(id, title, TAG, parameters, response(title, forms))
    };
    // What changes something is described as what it answers, beside what refuses it.
    let writes = |id: &str, title: &str, parameter: Value| {
        let mut described = operation(id, title, TAG, vec![parameter], response(title, &json_only));
        let mut described = described["get"].take();
        for refused in ["401", "403", "409"] {
            described["responses"][refused] = reference("responses", "Problem");
        }
        described["requestBody"] = json!({"content": {JSON: {"schema": reference("schemas", "Object")}}});
        described
    };
    let of_feature = shared(&["collectionId", "featureId"]);
    let paged = vec![reference("parameters", "limit"), reference("parameters", "token"), reference("parameters", "f")];
    let filters = vec![
        text("collection", "query", "Chỉ của tập dữ liệu này. / Of this collection alone."),
        text("who", "query", "Chỉ của người này. / Of this user alone."),
        text("since", "query", "Từ thời điểm này. / Not before this moment."),
        text("until", "query", "Trước thời điểm này. / Before this moment."),
    ];
    let of_feed = vec![
        text(SITE, "query", "f=atom: chỉ của địa điểm này, ví dụ clusters/phung. / Of this site alone."),
        text(DISTRICT, "query", "f=atom: chỉ của huyện này hoặc xã có mã này. / Of this district or commune alone."),
    ];
    let mut one = get("getChange", "Một thay đổi, trước và sau / A change, before and after", Vec::new(), &rows);
    one["get"]["parameters"] = [vec![change()], paged.clone()].concat().into();
    let undo = writes("undoChange", "Hoàn tác một thay đổi / Take a change back", change());
    let mut sign_off = json!({});
    sign_off["post"] = writes("signOff", "Chốt một quý / Sign a quarter off", quarter());
    sign_off["delete"] = writes("reopen", "Mở lại một quý đã chốt / Reopen a signed quarter", quarter());
    vec![
        (
            "/collections/{collectionId}/items/{featureId}/versions",
            get(
                "getVersions",
                "Các phiên bản của một đối tượng / Versions of a feature",
                [of_feature.clone(), paged.clone()].concat(),
                &pages,
            ),
        ),
        (
            "/collections/{collectionId}/items/{featureId}/versions/{changeId}",
            get("getVersion", "Một phiên bản / A version", [of_feature, vec![change()]].concat(), &json_only),
        ),
        (
            "/changes",
            get(
                "getChanges",
                "Các thay đổi / Changes",
                [filters, of_feed.clone(), paged].concat(),
                &[pages[0], pages[1], (ATOM, None)],
            ),
        ),
        ("/changes.atom", get("getChangesFeed", "Theo dõi thay đổi / A feed of changes", of_feed, &[(ATOM, None)])),
        ("/changes/{changeId}", one),
        ("/changes/{changeId}/undo", json!({"post": undo})),
        (
            "/changes/audit",
            get("getAudit", "Chuỗi băm mọi thay đổi / The chain over all changes", Vec::new(), &[(NDJSON, None)]),
        ),
        ("/quarters", get("getQuarters", "Các quý đã chốt / Signed quarters", shared(&["f"]), &json_only)),
        (
            "/quarters/{quarter}",
            get(
                "getQuarter",
                "Một quý và số liệu đã chốt / A quarter with what was signed",
                vec![quarter()],
                &json_only,
            ),
        ),
        ("/quarters/{quarter}/sign-off", sign_off),
    ]
}
