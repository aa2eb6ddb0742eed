//! What the pressure index and the standing run of hotspots are weighed with: opinions of ours, each with its reason, as
//! data that a city can replace.

use rust_decimal::Decimal;

use super::law::{Confidence, Text};
use super::table::{Row, StandardsError};

/// The file of the weights.
pub(super) const WEIGHTS: &str = "pressure_weights.csv";
/// The file of the standing run.
pub(super) const RUN: &str = "hotspot_run.csv";

/// What a weight multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightKind {
    /// The load of a group of parameters.
    Group,
    /// Something that is there or not.
    Term,
    /// A number of the formula that is no weight.
    Constant,
}

/// One number of the pressure index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PressureWeight {
    /// Its name in the formula.
    pub name: String,
    /// What it multiplies.
    pub kind: WeightKind,
    /// The number; never below zero.
    pub value: Decimal,
    /// Its unit.
    pub unit: String,
    /// Codes of the parameters of a group.
    pub parameters: Vec<String>,
    /// What people call it.
    pub title: Text,
    /// Why it is as large as it is.
    pub reason: Text,
    /// Who says so.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// One number of the standing run of hotspots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunParameter {
    /// Its name.
    pub name: String,
    /// The number; never below zero.
    pub value: Decimal,
    /// Its unit.
    pub unit: String,
    /// What people call it.
    pub title: Text,
    /// Why it is as it is.
    pub reason: Text,
    /// Who says so.
    pub source: String,
}

fn text(row: &Row<'_>, vi: &'static str, en: &'static str) -> Result<Text, StandardsError> {
    Ok(Text::new(row.required(vi)?, row.required(en)?))
}

fn number(row: &Row<'_>) -> Result<Decimal, StandardsError> {
    let expected = "is not a number from 0 on";
    let from_zero = |cell: &str| Decimal::from_str_exact(cell).ok().filter(|number| !number.is_sign_negative());
    row.read("value", expected, from_zero)?.ok_or_else(|| row.fault("value", "", expected))
}

/// A line of [`WEIGHTS`].
pub(super) fn weight(row: &Row<'_>) -> Result<PressureWeight, StandardsError> {
    let expected = "is not one of group, term, constant";
    let kind = row.read("kind", expected, |cell| match cell {
        "group" => Some(WeightKind::Group),
        "term" => Some(WeightKind::Term),
        "constant" => Some(WeightKind::Constant),
        _ => None,
    })?;
    Ok(PressureWeight {
        name: row.required("name")?,
        kind: kind.ok_or_else(|| row.fault("kind", "", expected))?,
        value: number(row)?,
        unit: row.required("unit")?,
        parameters: row.cell("parameters")?.split_whitespace().map(str::to_owned).collect(),
        title: text(row, "title_vi", "title_en")?,
        reason: text(row, "reason_vi", "reason_en")?,
        source: row.required("source")?,
        confidence: row.confidence("confidence")?.ok_or_else(|| row.fault("confidence", "", "is empty"))?,
    })
}

/// A line of [`RUN`].
pub(super) fn run_parameter(row: &Row<'_>) -> Result<RunParameter, StandardsError> {
    Ok(RunParameter {
        name: row.required("name")?,
        value: number(row)?,
        unit: row.required("unit")?,
        title: text(row, "title_vi", "title_en")?,
        reason: text(row, "reason_vi", "reason_en")?,
        source: row.required("source")?,
    })
}

/// Names that the formula asks for.
const TERMS_AND_CONSTANTS: [&str; 11] = [
    "missing_station",
    "village_class",
    "flow_reference",
    "ratio_cap",
    "untreated_ratio",
    "flow_max_cluster",
    "flow_max_village",
    "overload",
    "sample_fresh",
    "sample_stale",
    "polluted_share",
];

/// Names that the standing run asks for.
const RUN_NAMES: [&str; 9] = [
    "cell",
    "neighbours",
    "permutations",
    "seed",
    "quarters",
    "weight_change",
    "zone_share",
    "outfall_reach",
    "join_reach",
];

/// What would make a formula that is none: a name that is missing or stands twice, a parameter in two groups, weights of
/// groups that do not make 1.
pub(super) fn check(weights: &[PressureWeight], run: &[RunParameter]) -> Result<(), StandardsError> {
    let fault = |file, detail: String| Err(StandardsError::Contradiction { file, detail });
    for name in TERMS_AND_CONSTANTS {
        if weights.iter().filter(|weight| weight.name == name).count() != 1 {
            return fault(WEIGHTS, format!("{name} must stand there once"));
        }
    }
    for name in RUN_NAMES {
        if run.iter().filter(|parameter| parameter.name == name).count() != 1 {
            return fault(RUN, format!("{name} must stand there once"));
        }
    }
    let groups = || weights.iter().filter(|weight| weight.kind == WeightKind::Group);
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = groups().flat_map(|group| &group.parameters).find(|code| !seen.insert(code.as_str())) {
        return fault(WEIGHTS, format!("{twice} is in two groups"));
    }
    let sum: Decimal = groups().map(|group| group.value).sum();
    if sum != Decimal::ONE {
        return fault(WEIGHTS, format!("the weights of the groups make {sum} and not 1"));
    }
    let of = |name: &str| weights.iter().find(|weight| weight.name == name).map(|weight| weight.value);
    if of("flow_reference").is_none_or(|flow| flow.is_zero()) || of("sample_fresh") >= of("sample_stale") {
        return fault(WEIGHTS, "flow_reference must be above 0, and sample_stale above sample_fresh".to_owned());
    }
    Ok(())
}
