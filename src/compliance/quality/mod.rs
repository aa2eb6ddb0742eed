//! Data that cannot be right: found and named, never judged.
//!
//! A finding says what in a row contradicts itself, another row, or the calendar. It is no breach of anybody's duty, and what
//! rests on such a value stays unknown to the rules. An empty cell is no fault here: it is unknown, and rules say so.

mod dates;
mod places;
mod samples;

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::evidence::RowRef;
use super::law::Text;
use super::review::Review;
use super::site::SiteFacts;
use super::standards::Standards;
use super::words::words;
use crate::compliance::duties::SiteName;

words! {
    /// What is wrong.
    FaultKind {
        /// A sample is dated before its station began to run.
        SampleBeforeStation = "sample_before_station",
        /// A measured value is below zero.
        NegativeValue = "negative_value",
        /// A reported value cannot be read.
        UnreadableValue = "unreadable_value",
        /// The value and the text of the report say different things.
        ValueContradicted = "value_contradicted",
        /// Where a sample was taken is not clear from its row.
        UnclearSamplePoint = "unclear_sample_point",
        /// A unit is missing or does not fit the parameter.
        UnknownUnit = "unknown_unit",
        /// No standard has the parameter.
        UnknownParameter = "unknown_parameter",
        /// The same parameter of the same day and point has another value in another row.
        DuplicateSample = "duplicate_sample",
        /// A discharge point has samples and names no standard, or one that is not listed.
        NoStandard = "no_standard",
        /// A discharge point names a standard and no column of it, or one that it does not have.
        NoColumn = "no_column",
        /// Samples stand under a standard whose limits are not held.
        LimitsNotHeld = "limits_not_held",
        /// Two approved plans cover the same ground.
        PlansOverlap = "plans_overlap",
        /// The area on record disagrees with that of the surveyed boundary.
        AreaDisagrees = "area_disagrees",
        /// Steps are dated in an order in which they cannot have happened.
        DatesOutOfOrder = "dates_out_of_order",
        /// Records say otherwise of the same thing on the same day.
        Contradiction = "contradiction",
        /// A violation was closed before it was found.
        ClosedBeforeOpened = "closed_before_opened",
        /// A part is larger than its whole.
        PartAboveWhole = "part_above_whole",
        /// A quantity or share outside what is possible.
        ImpossibleValue = "impossible_value",
        /// A row names a site or station that is not on record.
        Orphan = "orphan",
        /// A cell holds a word that the register does not know.
        UnknownWord = "unknown_word",
        /// A fact is dated later than today.
        FutureDate = "future_date",
    }
}

words! {
    /// How much a fault matters.
    Weight {
        /// One of the values is wrong.
        Error = "error",
        /// Hardly right; to be looked into.
        Warning = "warning",
        /// Nothing is wrong with the row; the data cannot judge it.
        Notice = "notice",
    }
}

/// One thing that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// How much it matters.
    pub severity: Weight,
    /// Collection of the row.
    pub collection: String,
    /// Its id.
    pub id: String,
    /// The field; empty where the whole row is meant.
    pub field: String,
    /// In words.
    pub message: Text,
    /// The site, where one is known.
    pub site: Option<SiteName>,
}

impl Fault {
    /// A fault of a row that belongs to no site.
    pub fn of_row(kind: FaultKind, collection: &str, id: &str, field: &str, message: Text) -> Self {
        Self {
            kind,
            severity: Weight::Error,
            collection: collection.to_owned(),
            id: id.to_owned(),
            field: field.to_owned(),
            message,
            site: None,
        }
    }
}

/// Every fault of the sites of a review; `today` is the day after which nothing can have happened yet.
pub fn faults(standards: &Standards, review: &Review, today: NaiveDate) -> Vec<Fault> {
    let mut all = Vec::new();
    let approved = review.sites.values().flat_map(|site| places::approved_plans(&site.facts, review.as_of));
    let approved: HashSet<&str> = approved.map(|plan| plan.row.id.as_str()).collect();
    for site in review.sites.values() {
        let (site, as_of) = (&*site.facts, review.as_of);
        let mut check = Check { standards, site, as_of, today, approved: &approved, faults: &mut all };
        samples::check(&mut check);
        dates::check(&mut check);
        places::check(&mut check);
    }
    all
}

/// How many faults there are of each kind that occurs.
pub fn counts(faults: &[Fault]) -> BTreeMap<FaultKind, usize> {
    let mut counts = BTreeMap::new();
    for fault in faults {
        *counts.entry(fault.kind).or_default() += 1;
    }
    counts
}

/// One site under check.
struct Check<'a> {
    standards: &'a Standards,
    site: &'a SiteFacts,
    as_of: NaiveDate,
    today: NaiveDate,
    /// Plans of all sites that are approved on the day and not replaced.
    approved: &'a HashSet<&'a str>,
    faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    fn find(&mut self, kind: FaultKind, severity: Weight, row: &RowRef, field: &str, vi: String, en: String) {
        let site =
            SiteName { collection: self.site.collection, id: self.site.row.id.clone(), name: self.site.name.clone() };
        self.faults.push(Fault {
            severity,
            site: Some(site),
            ..Fault::of_row(kind, &row.collection, &row.id, field, Text::new(vi, en))
        });
    }

    /// A quantity that must not be below zero.
    fn not_negative(&mut self, row: &RowRef, field: &str, value: Option<Decimal>) {
        if let Some(value) = value.filter(|value| *value < Decimal::ZERO) {
            self.find(
                FaultKind::ImpossibleValue,
                Weight::Error,
                row,
                field,
                format!("{field} = {value}: không thể âm."),
                format!("{field} = {value} cannot be negative."),
            );
        }
    }

    /// A share in percent, or points of a hundred.
    fn up_to_hundred(&mut self, row: &RowRef, field: &str, value: Option<Decimal>) {
        if let Some(value) = value.filter(|value| !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(value)) {
            self.find(
                FaultKind::ImpossibleValue,
                Weight::Error,
                row,
                field,
                format!("{field} = {value}: phải từ 0 đến 100."),
                format!("{field} = {value} is not between 0 and 100."),
            );
        }
    }
}
