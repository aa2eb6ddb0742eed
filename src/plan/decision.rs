//! What a decision on a proposed violation rests on.

use std::fmt::Write;

use geo::CoordsIter;
use xxhash_rust::xxh3::xxh3_64;

use super::finding::{PlanReview, ProposedViolation};

/// A mark of the facts behind a proposal: what is wrong, by how much, where, of which building. While it stays, a decision on the
/// proposal holds; neither the day of the review nor the number of the finding is one of them.
pub fn facts_mark(review: &PlanReview, proposed: &ProposedViolation) -> String {
    // Finer than what is told, coarser than what rounding does.
    let hundredths = |value: f64| (value * 100.0).round() as i64;
    let mut of = format!("{} {:?}", proposed.violation_kind, proposed.building);
    let found = review.findings.iter().find(|finding| finding.number == proposed.finding);
    if let Some(found) = found {
        let numbers = [found.measured, found.required].map(|value| value.map(hundredths));
        // Writing into a `String` cannot fail.
        let _ = write!(of, " {} {} {} {numbers:?}", found.rule, found.kind.as_str(), found.verdict.as_str());
        let mut ids = found.buildings.clone();
        ids.sort();
        let _ = write!(of, " {}", ids.join(","));
    }
    let mut corners: Vec<(i64, i64)> = proposed
        .place
        .iter()
        .flat_map(CoordsIter::coords_iter)
        .map(|at| (hundredths(at.x), hundredths(at.y)))
        .collect();
    corners.sort_unstable();
    corners.dedup();
    let _ = write!(of, " {corners:?}");
    format!("{:016x}", xxh3_64(of.as_bytes()))
}
