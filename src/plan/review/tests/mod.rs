//! Hand-drawn plans: a clean one without any finding, and one fault at a time, found and nothing else.
#![allow(clippy::unwrap_used, clippy::panic)]

mod compare;
mod dossier;
mod faults;
mod law;
mod measuring;
mod reality;
mod sketch;

use super::*;
use crate::plan::finding::{FindingKind, Verdict};
use sketch::{DAY, clean, rect};

fn standards() -> &'static Standards {
    static STANDARDS: std::sync::LazyLock<Standards> = std::sync::LazyLock::new(|| Standards::bundled().unwrap());
    &STANDARDS
}

fn reviewed(plan: &Plan) -> PlanReview {
    review(standards(), plan, DAY)
}

/// Rule, kind, verdict and weight of every finding, sorted.
fn told(plan: &Plan) -> Vec<(&'static str, FindingKind, Verdict, Severity)> {
    let found = reviewed(plan).findings;
    let mut told: Vec<_> = found.iter().map(|f| (f.rule, f.kind, f.verdict, f.severity)).collect();
    told.sort();
    told
}

/// What one change of the clean plan brings about.
fn after(change: impl FnOnce(&mut Plan)) -> Vec<(&'static str, FindingKind, Verdict, Severity)> {
    let mut plan = clean();
    change(&mut plan);
    told(&plan)
}

fn verdict(plan: &Plan, rule: &str) -> Verdict {
    reviewed(plan).check(rule).unwrap_or_else(|| panic!("{rule} was not checked")).verdict
}
