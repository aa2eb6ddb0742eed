//! What rows were before they were changed, and from which day on each state holds.
//!
//! A change of a register says something of a day: the state it describes holds from the date that its source gives,
//! or, where it gives none, from the day it was written. So an answer for a past day stays the same for ever, unless a
//! change names a source of that time or before: that is a correction, and is told as one.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::hanoi_day;
use crate::domain::frozen::renewed_state_date;
use crate::domain::{Collection, FeatureId};
use crate::store::{Operation, Origin, Row, Version};

/// One state of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowState {
    /// First day it holds for; `None` for the first state on record: what was before it is not known, and its own dates
    /// say how far back it reaches.
    pub holds_from: Option<NaiveDate>,
    /// Who wrote it and when; `None` for the first state.
    pub written: Option<(DateTime<Utc>, Origin)>,
    /// The row in the storage CRS; `None` where there was none.
    pub row: Option<Row>,
}

impl RowState {
    /// Whether it changed what had been said of an earlier day than the one it was written on.
    pub fn is_correction(&self) -> bool {
        self.holds_from.zip(self.written.as_ref()).is_some_and(|(from, (at, _))| from < hanoi_day(*at))
    }
}

/// The states of one row, in the order in which they were written; the last is the row as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RowHistory {
    pub states: Vec<RowState>,
}

impl RowHistory {
    /// Puts the recorded changes of a row, oldest first, together with the row as it stands.
    pub fn new(collection: &Collection, id: &FeatureId, changes: &[Version], current: Option<&Row>) -> RowHistory {
        let fid = current.map_or(0, |row| row.fid);
        let before = |change: &Version| {
            let (values, shape) = change.before.clone()?;
            Some(Row { fid, id: id.clone(), values, shape })
        };
        let after = |index: usize| changes.get(index + 1).map_or_else(|| current.cloned(), before);
        let mut states = Vec::with_capacity(changes.len() + 1);
        let first_is_insert = changes.first().is_some_and(|change| change.operation == Operation::Insert);
        states.push(RowState {
            holds_from: None,
            written: None,
            row: if first_is_insert { after(0) } else { changes.first().and_then(before) },
        });
        for (index, change) in changes.iter().enumerate().skip(usize::from(first_is_insert)) {
            let row = after(index);
            let previous = states.last().and_then(|state| state.row.as_ref());
            let holds_from = holds_from(collection, previous, row.as_ref(), hanoi_day(change.at));
            states.push(RowState {
                holds_from: Some(holds_from),
                written: Some((change.at, change.origin.clone())),
                row,
            });
        }
        RowHistory { states }
    }

    /// The row as it stood on a day: the newest state that holds for it.
    pub fn on(&self, day: NaiveDate) -> Option<&Row> {
        self.state_on(day)?.row.as_ref()
    }

    /// Whether the row stood on a day as it stands now.
    pub fn is_current_on(&self, day: NaiveDate) -> bool {
        match (self.state_on(day), self.states.last()) {
            (Some(then), Some(now)) => std::ptr::eq(then, now) || then.row == now.row,
            _ => true,
        }
    }

    fn state_on(&self, day: NaiveDate) -> Option<&RowState> {
        self.states.iter().rev().find(|state| state.holds_from.is_none_or(|from| from <= day))
    }
}

/// From which day on a state holds that was written on `written`.
fn holds_from(collection: &Collection, before: Option<&Row>, after: Option<&Row>, written: NaiveDate) -> NaiveDate {
    let [before, after] = [before, after].map(|row| row.map(|row| row.values.as_slice()));
    let renewed = renewed_state_date(collection, before, after);
    // What is dated ahead holds when it is written at the latest, or a slip of the pen would hide it.
    renewed.map_or(written, |(_, day)| day.min(written))
}

/// The histories of the rows of all collections that were changed after they were made. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    by_collection: HashMap<String, Arc<HashMap<FeatureId, Arc<RowHistory>>>>,
}

impl Histories {
    /// Sets the histories of a collection.
    pub fn insert(&mut self, collection: &str, histories: HashMap<FeatureId, Arc<RowHistory>>) {
        if !histories.is_empty() {
            self.by_collection.insert(collection.to_owned(), Arc::new(histories));
        }
    }

    /// Sets the history of one row.
    pub fn set(&mut self, collection: &str, id: FeatureId, history: RowHistory) {
        let histories = self.by_collection.entry(collection.to_owned()).or_default();
        Arc::make_mut(histories).insert(id, Arc::new(history));
    }

    /// The histories of a collection, by id; `None` where no row was ever changed.
    pub fn of(&self, collection: &str) -> Option<&HashMap<FeatureId, Arc<RowHistory>>> {
        self.by_collection.get(collection).map(|histories| &**histories)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{DataType, Value, catalog};

    const STATUS: &str = "status";

    fn station(status: &str, status_date: Option<&str>) -> Row {
        let collection = catalog::collection("treatment_stations").unwrap();
        let mut values = vec![Value::Null; collection.stored_fields().count()];
        values[collection.field(STATUS).unwrap().0] = status.into();
        if let Some(day) = status_date {
            values[collection.field("status_date").unwrap().0] = DataType::Date.parse(day).unwrap();
        }
        Row { fid: 7, id: FeatureId::parse("s").unwrap(), values, shape: None }
    }

    fn change(operation: Operation, at: &str, before: Option<Row>) -> Version {
        Version {
            change_id: 1,
            at: at.parse().unwrap(),
            operation,
            origin: Origin { who: "test".to_owned(), what: "test".to_owned(), why: None },
            before: before.map(|row| (row.values, row.shape)),
        }
    }

    fn status_on(history: &RowHistory, day: &str) -> Option<String> {
        let collection = catalog::collection("treatment_stations").unwrap();
        let at = collection.field(STATUS).unwrap().0;
        history.on(day.parse().unwrap()).map(|row| row.values[at].to_string())
    }

    fn history(changes: &[Version], current: Option<&Row>) -> RowHistory {
        let collection = catalog::collection("treatment_stations").unwrap();
        RowHistory::new(collection, &FeatureId::parse("s").unwrap(), changes, current)
    }

    #[test]
    fn a_change_without_a_date_of_its_own_holds_from_the_day_it_was_written_in_hanoi() {
        let (old, new) = (station("planned", None), station("operating", None));
        // 18:00 UTC on the 1st is 01:00 on the 2nd in Hanoi.
        let changes = [
            change(Operation::Insert, "2025-01-01T00:00:00Z", None),
            change(Operation::Update, "2025-03-01T18:00:00Z", Some(old)),
        ];
        let history = history(&changes, Some(&new));
        assert_eq!(status_on(&history, "2025-03-01").as_deref(), Some("planned"));
        assert_eq!(status_on(&history, "2025-03-02").as_deref(), Some("operating"));
        assert_eq!(status_on(&history, "1990-01-01").as_deref(), Some("planned"), "nothing older is on record");
        assert!(history.states.iter().all(|state| !state.is_correction()));
    }

    #[test]
    fn a_change_with_a_new_date_holds_from_that_date_and_is_told_as_a_correction() {
        let (old, new) = (station("planned", Some("2024-01-01")), station("operating", Some("2024-06-01")));
        let changes = [
            change(Operation::Insert, "2025-01-01T00:00:00Z", None),
            change(Operation::Update, "2025-03-01T00:00:00Z", Some(old)),
        ];
        let history = history(&changes, Some(&new));
        assert_eq!(status_on(&history, "2024-05-31").as_deref(), Some("planned"));
        assert_eq!(status_on(&history, "2024-06-01").as_deref(), Some("operating"));
        assert!(history.states[1].is_correction());
    }

    #[test]
    fn a_date_ahead_of_the_writing_does_not_hide_the_change() {
        let (old, new) = (station("planned", None), station("operating", Some("2062-01-01")));
        let changes = [change(Operation::Update, "2025-03-01T00:00:00Z", Some(old))];
        assert_eq!(status_on(&history(&changes, Some(&new)), "2025-03-01").as_deref(), Some("operating"));
    }

    #[test]
    fn a_deleted_row_stands_on_the_days_before() {
        let row = station("operating", None);
        let changes = [
            change(Operation::Insert, "2025-01-01T00:00:00Z", None),
            change(Operation::Delete, "2025-03-01T00:00:00Z", Some(row)),
        ];
        let history = history(&changes, None);
        assert_eq!(status_on(&history, "2025-02-28").as_deref(), Some("operating"));
        assert_eq!(status_on(&history, "2025-03-01"), None);
        assert!(!history.is_current_on("2025-02-28".parse().unwrap()));
        assert!(history.is_current_on("2025-03-01".parse().unwrap()));
    }

    #[test]
    fn the_newest_word_on_a_day_counts_whatever_was_written_before() {
        // A state of June, then one of March that replaces what was said of all days from March on.
        let states = [
            station("planned", Some("2024-01-01")),
            station("operating", Some("2024-06-01")),
            station("unfinished", Some("2024-03-01")),
        ];
        let changes = [
            change(Operation::Insert, "2025-01-01T00:00:00Z", None),
            change(Operation::Update, "2025-02-01T00:00:00Z", Some(states[0].clone())),
            change(Operation::Update, "2025-03-01T00:00:00Z", Some(states[1].clone())),
        ];
        let history = history(&changes, Some(&states[2]));
        let told = ["2024-02-01", "2024-04-01", "2024-07-01"].map(|day| status_on(&history, day).unwrap());
        assert_eq!(told, ["planned", "unfinished", "unfinished"]);
    }
}
