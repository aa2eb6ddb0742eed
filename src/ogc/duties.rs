//! Duties as documents.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::compliance::{basis, site_name, text};
use super::csv::Csv;
use crate::compliance::duties::{Duty, DutyItem};

fn item(item: &DutyItem) -> Value {
    json!({
        "collection": item.row.collection,
        "id": item.row.id,
        "site": site_name(&item.site),
        "what": text(&item.what),
        "step": item.step,
        "since": item.since,
        "days": item.days,
        "due": item.due,
        "responsible": text(&item.responsible),
        "certain": item.is_certain,
        "is_demo": item.is_demo,
    })
}

fn duty(duty: &Duty) -> Value {
    let not_on_record = || json!({"vi": "Chưa có trong dữ liệu", "en": "Not on record"});
    json!({
        "code": duty.code,
        "title": text(&duty.title),
        "actor": duty.actor.as_ref().map_or_else(not_on_record, text),
        "legal_basis": duty.basis.as_ref().map(basis),
        "note": duty.note.as_ref().map(text),
        "items": duty.items.iter().map(item).collect::<Vec<_>>(),
    })
}

/// All duties with what lies undone.
pub fn document(duties: &[Duty]) -> Value {
    duties.iter().map(duty).collect()
}

const HEADER: [&str; 21] = [
    "code",
    "title_vi",
    "title_en",
    "actor_vi",
    "actor_en",
    "collection",
    "id",
    "site_collection",
    "site_id",
    "site_name",
    "what_vi",
    "what_en",
    "step",
    "since",
    "days",
    "due",
    "responsible_vi",
    "responsible_en",
    "certain",
    "is_demo",
    "as_of",
];

/// The same as a table: a row for each thing to do.
pub fn table(duties: &[Duty], as_of: NaiveDate) -> Vec<u8> {
    let mut csv = Csv::new(&HEADER);
    for duty in duties {
        let actor = duty.actor.as_ref();
        for item in &duty.items {
            csv.row(&[
                &duty.code,
                &duty.title.vi,
                &duty.title.en,
                &actor.map(|actor| actor.vi.as_str()),
                &actor.map(|actor| actor.en.as_str()),
                &item.row.collection,
                &item.row.id,
                &item.site.collection.as_str(),
                &item.site.id,
                &item.site.name,
                &item.what.vi,
                &item.what.en,
                &item.step,
                &item.since,
                &item.days,
                &item.due,
                &item.responsible.vi,
                &item.responsible.en,
                &item.is_certain,
                &item.is_demo,
                &as_of,
            ]);
        }
    }
    csv.finish()
}
