//! Which changes of a row speak of a time that was signed off. A signed quarter freezes everything up to its last day.
//!
//! What happened on a day of its own (a sample was taken, a step was reached) may not be added, changed or taken away once
//! that day is signed off. What describes a state may go on changing, unless the change names a source of the signed time:
//! that would say something else of days that were signed. What has no day of its own is free.

use chrono::NaiveDate;

use super::{Collection, Value};

/// Fields that say as of when a row holds, the closest first.
pub const STATE_DATES: [&str; 3] = ["status_date", "state_date", "source_date"];

/// The days of a register's rows that a signed quarter freezes.
struct Governed {
    collection: &'static str,
    /// When what the row tells came to be: a row is neither added nor deleted behind it.
    made: &'static str,
    /// When nothing more was to be said of it: a row is not changed behind it.
    settled: Option<&'static str>,
}

const GOVERNED: [Governed; 7] = [
    Governed { collection: "clusters", made: "established_on", settled: None },
    Governed { collection: "treatment_stations", made: "commissioned_on", settled: None },
    Governed { collection: "effluent_samples", made: "sample_date", settled: Some("sample_date") },
    Governed { collection: "infrastructure_items", made: "state_date", settled: None },
    Governed { collection: "milestones", made: "actual_on", settled: Some("actual_on") },
    Governed { collection: "violations", made: "opened_on", settled: Some("closed_on") },
    Governed { collection: "plans", made: "approved_on", settled: None },
];

/// The first of [`STATE_DATES`] that a change gives anew: name and day.
pub fn renewed_state_date(
    collection: &Collection,
    before: Option<&[Value]>,
    after: Option<&[Value]>,
) -> Option<(&'static str, NaiveDate)> {
    renewed_state_dates(collection, before, after).next()
}

fn renewed_state_dates<'a>(
    collection: &'a Collection,
    before: Option<&'a [Value]>,
    after: Option<&'a [Value]>,
) -> impl Iterator<Item = (&'static str, NaiveDate)> + use<'a> {
    let given = move |name: &'static str| Some((name, date(collection, after, name)?));
    STATE_DATES.into_iter().filter_map(given).filter(move |(name, day)| date(collection, before, name) != Some(*day))
}

fn date(collection: &Collection, values: Option<&[Value]>, name: &str) -> Option<NaiveDate> {
    let (at, _) = collection.field(name)?;
    values?.get(at).and_then(Value::as_date)
}

/// The field of a change by which it speaks of a time up to `last_day`, and the day it gives; `None` where the change
/// leaves that time alone. The values are those of the row before and after, in the order of its stored fields.
pub fn speaks_of(
    collection: &Collection,
    before: Option<&[Value]>,
    after: Option<&[Value]>,
    last_day: NaiveDate,
) -> Option<(&'static str, NaiveDate)> {
    let day_of = |values, name: &'static str| {
        let day = date(collection, values, name).filter(|day| *day <= last_day)?;
        Some((name, day))
    };
    let either = |name: &'static str| day_of(before, name).or_else(|| day_of(after, name));
    let governed = GOVERNED.iter().find(|governed| governed.collection == collection.id);
    if before.is_none() || after.is_none() {
        return either(governed?.made);
    }
    let is_moved = |name: &str| date(collection, before, name) != date(collection, after, name);
    let dated = governed.and_then(|governed| {
        // A date of a state moves on with the state; the rule below looks at where it moves to.
        let made = Some(governed.made).filter(|made| !STATE_DATES.contains(made) && is_moved(made));
        made.and_then(either).or_else(|| governed.settled.and_then(either))
    });
    dated.or_else(|| renewed_state_dates(collection, before, after).find(|(_, day)| *day <= last_day))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{DataType, catalog};

    const LAST: &str = "2026-06-30";

    fn row(collection: &str, values: &[(&str, &str)]) -> Vec<Value> {
        let collection = catalog::collection(collection).unwrap();
        let mut row = vec![Value::Null; collection.stored_fields().count()];
        for (name, text) in values {
            let (at, field) = collection.field(name).unwrap();
            row[at] = field.data_type.parse(text).unwrap();
        }
        row
    }

    #[test]
    fn a_date_of_signed_time_does_not_hide_behind_a_later_one() {
        let before = [("status_date", "2026-05-01"), ("source_date", "2026-05-01")];
        let after = [("status_date", "2026-08-01"), ("source_date", "2026-02-01")];
        assert_eq!(fault("treatment_stations", Some(&before), Some(&after)), Some("source_date"));
        let after = [("status_date", "2026-08-01"), ("source_date", "2026-08-01")];
        assert_eq!(fault("treatment_stations", Some(&before), Some(&after)), None);
    }

    /// The field at fault of a change against the quarter that ends on 2026-06-30.
    fn fault(id: &str, before: Option<&[(&str, &str)]>, after: Option<&[(&str, &str)]>) -> Option<&'static str> {
        let (before, after) = (before.map(|values| row(id, values)), after.map(|values| row(id, values)));
        let collection = catalog::collection(id).unwrap();
        let last = DataType::Date.parse(LAST).unwrap().as_date().unwrap();
        speaks_of(collection, before.as_deref(), after.as_deref(), last).map(|(field, _)| field)
    }

    #[test]
    fn a_sample_of_a_signed_day_is_neither_added_nor_changed_nor_deleted_nor_moved_in_or_out() {
        let (signed, open) = ([("sample_date", LAST)], [("sample_date", "2026-07-01")]);
        let noted = [("sample_date", LAST), ("lab", "VILAS 1")];
        let fault = |before, after| fault("effluent_samples", before, after);
        assert_eq!(fault(None, Some(&signed)), Some("sample_date"));
        assert_eq!(fault(Some(&signed), None), Some("sample_date"));
        assert_eq!(fault(Some(&signed), Some(&noted)), Some("sample_date"));
        assert_eq!(fault(Some(&open), Some(&signed)), Some("sample_date"));
        assert_eq!(fault(Some(&signed), Some(&open)), Some("sample_date"));
        assert_eq!(fault(None, Some(&open)), None);
        assert_eq!(fault(Some(&open), None), None);
    }

    #[test]
    fn a_state_goes_on_changing_and_is_not_corrected_for_signed_days() {
        let partial = [("status", "partial"), ("state_date", "2026-03-01")];
        let items = |after: &[(&str, &str)]| fault("infrastructure_items", Some(&partial), Some(after));
        assert_eq!(items(&[("status", "complete"), ("state_date", "2026-09-01")]), None);
        // Without a new date the change holds from the day it is written.
        assert_eq!(items(&[("status", "complete"), ("state_date", "2026-03-01")]), None);
        assert_eq!(items(&[("status", "complete"), ("state_date", "2026-06-01")]), Some("state_date"));
        let named = [("name_vi", "CCN"), ("established_on", "2010-01-01")];
        let renamed = [("name_vi", "CCN 2"), ("established_on", "2010-01-01")];
        assert_eq!(fault("clusters", Some(&named), Some(&renamed)), None);
        let sourced = [("name_vi", "CCN 2"), ("established_on", "2010-01-01"), ("source_date", "2026-05-01")];
        assert_eq!(fault("clusters", Some(&named), Some(&sourced)), Some("source_date"));
        let older = [("name_vi", "CCN"), ("established_on", "2009-01-01")];
        assert_eq!(fault("clusters", Some(&named), Some(&older)), Some("established_on"));
    }

    #[test]
    fn a_violation_of_signed_days_may_be_closed_later_and_stays_closed_where_it_was() {
        let open = [("opened_on", "2026-05-01")];
        let closed = [("opened_on", "2026-05-01"), ("closed_on", "2026-08-01")];
        let early = [("opened_on", "2026-05-01"), ("closed_on", "2026-06-01")];
        let fault = |before, after| fault("violations", before, after);
        assert_eq!(fault(Some(&open), Some(&closed)), None);
        assert_eq!(fault(Some(&open), Some(&early)), Some("closed_on"));
        assert_eq!(fault(Some(&early), Some(&open)), Some("closed_on"));
        assert_eq!(fault(Some(&open), None), Some("opened_on"));
    }

    #[test]
    fn what_has_no_day_of_its_own_is_free() {
        let village = [("name_vi", "Làng"), ("source_date", "2020-01-01")];
        assert_eq!(fault("craft_villages", None, Some(&village)), None);
        assert_eq!(fault("craft_villages", Some(&village), None), None);
        assert_eq!(fault("milestones", None, Some(&[("planned_on", "2026-01-01")])), None);
        assert_eq!(fault("clusters", None, Some(&[("name_vi", "CCN")])), None);
    }
}
