//! Data that cannot be right, as documents.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::compliance::{site_name, text};
use super::csv::Csv;
use crate::compliance::quality::{Fault, counts};

fn finding(fault: &Fault) -> Value {
    json!({
        "kind": fault.kind.as_str(),
        "severity": fault.severity.as_str(),
        "collection": fault.collection,
        "id": fault.id,
        "field": fault.field,
        "message": text(&fault.message),
        "site": fault.site.as_ref().map(site_name),
    })
}

/// All faults, and how many there are of each kind; `unchecked` are registers whose rows were not looked at.
pub fn document(faults: &[Fault], unchecked: &[&str], as_of: NaiveDate) -> Value {
    let counts: Map<String, Value> =
        counts(faults).into_iter().map(|(kind, count)| (kind.as_str().to_owned(), count.into())).collect();
    let mut document = json!({
        "as_of": as_of,
        "findings": faults.iter().map(finding).collect::<Vec<_>>(),
        "counts": counts,
    });
    if !unchecked.is_empty() {
        document["unchecked"] = json!(unchecked);
    }
    document
}

/// The same as a table.
pub fn table(faults: &[Fault], as_of: NaiveDate) -> Vec<u8> {
    let mut csv = Csv::new(&[
        "kind",
        "severity",
        "collection",
        "id",
        "field",
        "message_vi",
        "message_en",
        "site_collection",
        "site_id",
        "site_name",
        "as_of",
    ]);
    for fault in faults {
        let site = fault.site.as_ref();
        csv.row(&[
            &fault.kind.as_str(),
            &fault.severity.as_str(),
            &fault.collection,
            &fault.id,
            &fault.field,
            &fault.message.vi,
            &fault.message.en,
            &site.map(|site| site.collection.as_str()),
            &site.map(|site| site.id.as_str()),
            &site.and_then(|site| site.name.as_deref()),
            &as_of,
        ]);
    }
    csv.finish()
}
