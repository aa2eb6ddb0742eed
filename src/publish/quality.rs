//! Faults of rows that never reach a site: words that a register does not know, rows that name nothing on record.

use crate::compliance::duties::SiteName;
use crate::compliance::quality::{Fault, FaultKind};
use crate::compliance::{SiteCollection, Text};
use crate::domain::{Kind, Value};

use super::Snapshot;
use super::collection::PublishedCollection;

/// The faults of the registers as they stand today, row by row.
pub fn register_faults(snapshot: &Snapshot) -> Vec<Fault> {
    let registers = snapshot.collections.iter().filter(|published| published.declaration.kind == Kind::Register);
    let mut faults: Vec<Fault> = registers.flat_map(|published| unknown_words(snapshot, published)).collect();
    faults.extend(snapshot.facts.orphans.iter().map(|(collection, id)| orphan(snapshot, collection, id)));
    faults
}

/// Registers whose rows are not looked at one by one, because they stay in the database.
pub fn unchecked(snapshot: &Snapshot) -> Vec<&str> {
    let registers = snapshot.collections.iter().filter(|published| published.declaration.kind == Kind::Register);
    let stay = registers.filter(|published| published.remote.is_some());
    stay.map(|published| published.declaration.id.as_str()).collect()
}

/// Cells of an enumeration that hold none of its words: other programs write into a store unchecked.
fn unknown_words(snapshot: &Snapshot, published: &PublishedCollection) -> Vec<Fault> {
    let declared = &published.declaration;
    let coded = declared.fields.iter().enumerate().filter(|(_, field)| !field.codes.is_empty() && !field.derived);
    let mut faults = Vec::new();
    for (at, field) in coded {
        for row in 0..published.len() as u32 {
            let Value::Text(word) = published.value(row, at) else { continue };
            if word.is_empty() || field.codes.iter().any(|code| code.code == word) {
                continue;
            }
            let message = Text::new(
                format!("\"{word}\" không phải giá trị của {}.", field.title.vi),
                format!("'{word}' is no value of {}.", field.name),
            );
            let id = published.id(row);
            let fault = Fault::of_row(FaultKind::UnknownWord, &declared.id, id, &field.name, message);
            faults.push(Fault { site: site_of(snapshot, published, row), ..fault });
        }
    }
    faults
}

/// The site that a row is or names.
fn site_of(snapshot: &Snapshot, published: &PublishedCollection, row: u32) -> Option<SiteName> {
    let text = |name: &str| {
        let (at, _) = published.declaration.field(name)?;
        published.value(row, at).as_str().map(str::to_owned)
    };
    let key = match SiteCollection::parse(&published.declaration.id) {
        Some(kind) => (kind, published.id(row).to_owned()),
        None => (SiteCollection::parse(&text("site_collection")?)?, text("site_id")?),
    };
    let name = snapshot.review.sites.get(&key)?.facts.name.clone();
    Some(SiteName { collection: key.0, id: key.1, name })
}

fn orphan(snapshot: &Snapshot, collection: &str, id: &str) -> Fault {
    let field = if collection == "effluent_samples" { "station_id" } else { "site_id" };
    let named = snapshot.collection(collection).and_then(|published| {
        let row = published.find(&crate::domain::FeatureId::parse(id).ok()?)?;
        published.value(row, published.declaration.field(field)?.0).as_str().map(str::to_owned)
    });
    let message = match named {
        Some(named) => Text::new(
            format!("\"{named}\" không có trong dữ liệu, hoặc dòng này thiếu thông tin bắt buộc."),
            format!("'{named}' is not on record, or the row lacks what it needs to say anything."),
        ),
        None => Text::new("Dòng này không ghi cơ sở hoặc trạm nào.", "The row names no site or station."),
    };
    Fault::of_row(FaultKind::Orphan, collection, id, field, message)
}
