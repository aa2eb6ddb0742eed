//! The city at a glance: its targets, and how many sites stand how.

use serde_json::{Map, Value, json};

use super::csv::Csv;
use super::targets;
use crate::compliance::targets::Target;
use crate::compliance::{Review, SiteCollection, Status, Text};

/// Kinds of sites in the order in which they are told.
pub const KINDS: [SiteCollection; 2] = [SiteCollection::Clusters, SiteCollection::CraftVillages];

/// Statuses in the order in which they are told, with their titles.
pub fn statuses() -> [(Status, Text); 4] {
    [
        (Status::Compliant, Text::new("Đạt", "Compliant")),
        (Status::NonCompliant, Text::new("Không đạt", "Non-compliant")),
        (Status::Unknown, Text::new("Chưa rõ", "Unknown")),
        (Status::NotApplicable, Text::new("Không áp dụng", "Not applicable")),
    ]
}

/// How many sites of a kind there are, and how many of them have a status.
pub fn count(review: &Review, kind: SiteCollection, status: Status) -> (usize, usize) {
    let sites = || review.sites.iter().filter(|((known, _), _)| *known == kind);
    (sites().count(), sites().filter(|(_, site)| site.assessment.status == status).count())
}

/// The document.
pub fn document(review: &Review, all: &[Target]) -> Value {
    let of_kind = |kind: SiteCollection| {
        let counts: Map<String, Value> = statuses()
            .into_iter()
            .map(|(status, _)| (status.as_str().to_owned(), count(review, kind, status).1.into()))
            .collect();
        (kind.as_str().to_owned(), Value::Object(counts))
    };
    let counts: Map<String, Value> = KINDS.into_iter().map(of_kind).collect();
    json!({"as_of": review.as_of, "targets": targets::document(all), "status": counts})
}

/// The same as a table: a row for each target, then one for each kind of site and status.
pub fn table(review: &Review, all: &[Target]) -> Vec<u8> {
    let mut csv = Csv::new(&[
        "part",
        "code",
        "title_vi",
        "title_en",
        "unit",
        "goal_min",
        "goal_max",
        "numerator",
        "denominator",
        "unknown",
        "value",
        "interval_low",
        "interval_high",
        "met",
        "as_of",
    ]);
    for target in all {
        let (low, high) = target.tally.interval(target.unit).unzip();
        csv.row(&[
            &"target",
            &target.code.as_str(),
            &target.title.vi,
            &target.title.en,
            &target.unit.as_str(),
            &target.goal.min,
            &target.goal.max,
            &target.tally.numerator(),
            &target.tally.denominator(),
            &target.tally.unknown.len(),
            &target.tally.value(target.unit),
            &low,
            &high,
            &target.met,
            &review.as_of,
        ]);
    }
    for kind in KINDS {
        for (status, title) in statuses() {
            let (whole, part) = count(review, kind, status);
            let (code, none) = (status.as_str(), None::<&str>);
            csv.row(&[
                &kind.as_str(),
                &code,
                &title.vi,
                &title.en,
                &"count",
                &none,
                &none,
                &part,
                &whole,
                &none,
                &part,
                &none,
                &none,
                &none,
                &review.as_of,
            ]);
        }
    }
    csv.finish()
}
