//! VIO-OPEN: no recorded violation is open.
//!
//! The register is the authority's own record of what it found, so an empty one means that nothing is recorded against
//! the site. That is met, and says so; it is not a statement that the site was inspected.

use chrono::NaiveDate;

use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing};
use crate::compliance::site::{Known, ViolationFacts, ViolationStatus};

pub(super) const RULE: Rule = Rule { id: "VIO-OPEN", check };

fn check(context: &Context<'_>) -> Finding {
    let known = context.known;
    let evidence = known.violations.iter().map(|violation| {
        Evidence::of(
            &violation.row,
            violation.kind.as_deref().unwrap_or("violation"),
            violation.status.map(ViolationStatus::as_str),
        )
        .on(violation.opened_on)
    });
    let unclear: Vec<Missing> = known
        .violations
        .iter()
        .filter(|violation| is_open(violation, known.as_of).is_none())
        .map(|violation| Missing::field(&violation.row, "closed_on"))
        .collect();
    let finding = match open_violations(known) {
        0 if known.violations.is_empty() => Finding::met(
            "Sổ vi phạm không ghi nhận vi phạm nào; điều đó không có nghĩa là đã kiểm tra.",
            "The register of violations has none for this site, which does not say that it was inspected.",
        ),
        0 if unclear.is_empty() => {
            Finding::met("Các vi phạm đã ghi nhận đều đã khắc phục.", "Every recorded violation is closed.")
        }
        0 => Finding::unknown(
            "Chưa rõ vi phạm được khắc phục ngày nào.",
            "When a violation was closed is not on record.",
        ),
        1 => Finding::breached("Còn 1 vi phạm chưa khắc phục.", "1 violation is open."),
        open => {
            Finding::breached(&format!("Còn {open} vi phạm chưa khắc phục."), &format!("{open} violations are open."))
        }
    };
    finding.with(evidence).lacking(unclear)
}

/// How many violations are certainly open on the day.
pub(in super::super) fn open_violations(known: &Known<'_>) -> usize {
    known.violations.iter().filter(|violation| is_open(violation, known.as_of) == Some(true)).count()
}

/// Whether a violation found by `as_of` is open on it; `None` where it was put right on an unrecorded day.
pub(in super::super) fn is_open(violation: &ViolationFacts, as_of: NaiveDate) -> Option<bool> {
    match (violation.closed_on, violation.status) {
        (Some(closed_on), _) => Some(closed_on > as_of),
        // The row's own date is a day by which it was put right.
        (None, Some(ViolationStatus::Remedied)) => match violation.row.source_date {
            Some(recorded) if recorded > as_of => None,
            _ => Some(false),
        },
        (None, _) => Some(true),
    }
}
