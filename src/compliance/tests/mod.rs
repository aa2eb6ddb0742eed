//! Tests of the module as a whole; small ones stand beside their code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod duties;
mod effluent_limits;
mod properties;
mod quality;
mod rules;
mod sample_sets;
mod series;
mod standards_data;
mod targets;
mod words;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::effluent::{DischargePoint, ReceivingKind, Sample, SamplePlace};
use super::measurement::{Measurement, Notation};
use super::site::{AutoMonitoringStatus, PermitStatus, PlanFacts, PlanStatus, SiteStatus, StationFacts, StationStatus};
use super::{Outcome, RowRef, SiteCollection, SiteFacts, Standards, assess_site};

fn standards() -> Standards {
    Standards::bundled().unwrap()
}

fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The day most cases are assessed for: every transition of the rules is over, every text is in force.
fn today() -> NaiveDate {
    day("2025-06-30")
}

fn row(collection: &str, id: &str) -> RowRef {
    RowRef { collection: collection.to_owned(), id: id.to_owned(), ..RowRef::default() }
}

/// One parameter as a Vietnamese laboratory reports it.
fn sample(parameter: &str, value: &str, unit: &str, sampled_on: &str) -> Sample {
    Sample {
        row: row("effluent_samples", &format!("{parameter}-{sampled_on}")),
        parameter: parameter.to_owned(),
        measurement: Measurement::parse(value, Notation::Vietnamese),
        reported: Some(value.to_owned()),
        unit: Some(unit.to_owned()),
        sampled_on: day(sampled_on),
        sample_point: None,
        place: SamplePlace::Outlet,
        averaging_period_h: None,
    }
}

/// The same sample taken at a point of these words.
fn taken_at(point: &str, sample: Sample) -> Sample {
    Sample { sample_point: Some(point.to_owned()), place: SamplePlace::of(Some(point)), ..sample }
}

/// Column B of QCVN 40:2011 into a river of 100 m³/s (Kq 1.0), 1 000 m³/24 h (Kf 1.0): Cmax = C.
fn discharge_point() -> DischargePoint {
    DischargePoint {
        standard: Some("QCVN40_2011".to_owned()),
        column: Some("B".to_owned()),
        receiving_kind: Some(ReceivingKind::River),
        q_m3s: Some(dec("100")),
        f_m3_day_permit: Some(dec("1000")),
        permit_parameters: Some(vec!["ph".to_owned(), "cod".to_owned()]),
        ..DischargePoint::default()
    }
}

fn station(status: StationStatus) -> StationFacts {
    StationFacts {
        status: Some(status),
        discharge: discharge_point(),
        ..StationFacts::new(row("treatment_stations", "s1"))
    }
}

/// An operating cluster of which everything is in order.
fn cluster_in_order() -> SiteFacts {
    let mut station = station(StationStatus::Operating);
    station.auto_monitoring_status = Some(AutoMonitoringStatus::Connected);
    station.permit.number = Some("12/GPMT".to_owned());
    station.permit.status = Some(PermitStatus::Granted);
    station.permit.expires_on = Some(day("2030-01-01"));
    station.samples = vec![sample("ph", "7,2", "-", "2025-05-01"), sample("cod", "90", "mg/l", "2025-05-01")];
    SiteFacts {
        status: Some(SiteStatus::Operating),
        stations: vec![station],
        plans: vec![PlanFacts {
            row: row("plans", "p1"),
            status: Some(PlanStatus::Approved),
            submitted_on: None,
            decided_on: Some(day("2020-01-01")),
            ..PlanFacts::default()
        }],
        ..SiteFacts::new(SiteCollection::Clusters, row("clusters", "c1"))
    }
}

fn village() -> SiteFacts {
    SiteFacts::new(SiteCollection::CraftVillages, row("craft_villages", "v1"))
}

fn outcome_on(site: &SiteFacts, rule: &str, as_of: NaiveDate) -> Outcome {
    let assessment = assess_site(&standards(), site, as_of);
    assessment.rules.iter().find(|found| found.rule == rule).unwrap().outcome
}

fn outcome(site: &SiteFacts, rule: &str) -> Outcome {
    outcome_on(site, rule, today())
}

/// A file of the shared reference collection, or a loud `None` where it is not there.
fn shared(path: &str) -> Option<String> {
    let root = std::env::var_os("LANGXANH_SHARED")
        .map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), std::path::PathBuf::from);
    let file = root.join(path);
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        use std::io::Write;
        // Straight to the stream: the harness keeps what a passing test prints to itself.
        let told = "is not there; set LANGXANH_SHARED to the shared reference collection";
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} {told}", file.display());
    }
    text
}
