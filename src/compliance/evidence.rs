//! What an outcome rests on: the rows it looked at, what they say, what the law allows, and what is missing.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::law::{Confidence, LegalBasis, Text};
use super::outcome::Verdict;

/// A number of ours as a Vietnamese reader writes it, with a decimal comma: `≤ 74,25`.
pub(crate) fn number_vi(number: &str) -> String {
    number.replace('.', ",")
}

/// A number of days in English: `1 day`, `2 days`.
pub(crate) fn days_en(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// The day as a Vietnamese reader writes it, `31/12/2031`.
pub(crate) fn date_vi(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// An amount of money in đồng, its thousands apart: `50.000.000 đồng`, `50,000,000 VND`.
pub(super) fn money(amount: Decimal) -> Text {
    let amount = amount.normalize().to_string();
    let (whole, part) = amount.split_once('.').unwrap_or((&amount, ""));
    let grouped = |apart: char, point: char| {
        let digits = whole.trim_start_matches('-').len();
        let mut out = String::new();
        for (at, digit) in whole.trim_start_matches('-').chars().enumerate() {
            if at > 0 && (digits - at).is_multiple_of(3) {
                out.push(apart);
            }
            out.push(digit);
        }
        let sign = if whole.starts_with('-') { "-" } else { "" };
        if part.is_empty() { format!("{sign}{out}") } else { format!("{sign}{out}{point}{part}") }
    };
    Text::new(format!("{} đồng", grouped('.', ',')), format!("{} VND", grouped(',', '.')))
}

/// Where a fact stands: one row of a register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowRef {
    /// Collection id, as in the service's URLs.
    pub collection: String,
    /// Feature id within the collection.
    pub id: String,
    /// Who says so.
    pub source: Option<String>,
    /// As of when the source says so.
    pub source_date: Option<NaiveDate>,
    /// True where the row is made up for the sample.
    pub is_demo: bool,
}

impl RowRef {
    /// Whether what the row says without a day of its own was said by a day: its source is not of a later one.
    pub fn was_said_by(&self, day: NaiveDate) -> bool {
        self.source_date.is_none_or(|said| said <= day)
    }
}

/// One thing a rule looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The row it stands in.
    pub row: RowRef,
    /// The field, or the parameter of a sample.
    pub subject: String,
    /// The day of the fact: sampling, decision, expiry.
    pub on: Option<NaiveDate>,
    /// What the row says, as a reader would write it; `None` where it says nothing.
    pub measured: Option<String>,
    /// What is allowed: `≤ 74.25`, `6–9`, or a word of an enumeration.
    pub allowed: Option<String>,
    /// Unit of `measured` as reported; `allowed` is in `allowed_unit`.
    pub unit: Option<String>,
    /// Unit of `allowed`.
    pub allowed_unit: Option<String>,
    /// For an effluent parameter: how it stands against its limit.
    pub verdict: Option<Verdict>,
    /// Measured value / allowed value, where both are single numbers.
    pub exceed_ratio: Option<Decimal>,
    /// Over how many hours a sample was averaged, as reported.
    pub averaging_period_h: Option<Decimal>,
    /// The texts the allowed value comes from.
    pub legal_basis: Vec<LegalBasis>,
    /// How sure the allowed value is: its weakest part.
    pub confidence: Option<Confidence>,
    /// What a reader should know besides: why it could not be assessed, which default was used.
    pub note: Option<Text>,
}

impl Evidence {
    /// What `row` says in `subject`, with nothing else known yet.
    pub fn of(row: &RowRef, subject: &str, measured: Option<&str>) -> Self {
        Self {
            row: row.clone(),
            subject: subject.to_owned(),
            on: None,
            measured: measured.map(str::to_owned),
            allowed: None,
            unit: None,
            allowed_unit: None,
            verdict: None,
            exceed_ratio: None,
            averaging_period_h: None,
            legal_basis: Vec::new(),
            confidence: None,
            note: None,
        }
    }

    /// The same with the day of the fact.
    pub fn on(mut self, date: Option<NaiveDate>) -> Self {
        self.on = date;
        self
    }

    /// The same with what is allowed.
    pub fn allowed(mut self, allowed: &str) -> Self {
        self.allowed = Some(allowed.to_owned());
        self
    }
}

/// A fact that would have to be on record for a rule to be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Collection id.
    pub collection: String,
    /// The row that lacks it; `None` where the site has no row in the collection.
    pub id: Option<String>,
    /// The field; `effluent_samples` or `effluent_samples.cod` where a station lacks samples, or a parameter in its
    /// newest set; empty where a whole row is missing.
    pub field: String,
}

impl Missing {
    /// No row of `collection` for the site.
    pub fn rows(collection: &str) -> Self {
        Self { collection: collection.to_owned(), id: None, field: String::new() }
    }

    /// `field` is empty in `row`.
    pub fn field(row: &RowRef, field: &str) -> Self {
        Self { collection: row.collection.clone(), id: Some(row.id.clone()), field: field.to_owned() }
    }
}

impl IntoIterator for Missing {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    /// One missing fact stands where several may.
    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn money_has_its_thousands_apart_as_each_language_writes_them() {
        let told = |amount: &str| {
            let text = money(Decimal::from_str_exact(amount).unwrap());
            (text.vi, text.en)
        };
        let pair = |vi: &str, en: &str| (vi.to_owned(), en.to_owned());
        assert_eq!(told("66000000"), pair("66.000.000 đồng", "66,000,000 VND"));
        assert_eq!(told("999"), pair("999 đồng", "999 VND"));
        assert_eq!(told("1000.50"), pair("1.000,5 đồng", "1,000.5 VND"));
        assert_eq!(told("0"), pair("0 đồng", "0 VND"));
    }
}
