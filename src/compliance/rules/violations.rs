//! VIO-OPEN: no recorded violation is open.
//!
//! The register is the authority's own record of what it found, so an empty one means that nothing is recorded against
//! the site. That is met, and says so; it is not a statement that the site was inspected.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing, days_en, money};
use crate::compliance::law::Text;
use crate::compliance::site::{Known, SiteStatus, ViolationFacts, ViolationStatus};

pub(super) const RULE: Rule = Rule { id: "VIO-OPEN", check };

fn check(context: &Context<'_>) -> Finding {
    let known = context.known;
    let evidence = known.violations.iter().map(|violation| Evidence {
        note: note(violation, known.as_of),
        ..Evidence::of(
            &violation.row,
            violation.kind.as_deref().unwrap_or("violation"),
            violation.status_by(known.as_of).map(ViolationStatus::as_str),
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
        0 if known.violations.is_empty() && is_untouched(known) => Finding::not_applicable(
            "Chưa xây dựng và sổ vi phạm không ghi nhận vi phạm nào.",
            "Nothing is built, and the register of violations has none for this site.",
        ),
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
        open => {
            let (days_vi, days_en) = match oldest_days(known) {
                Some(days) => (format!(", lâu nhất {days} ngày"), format!(", the oldest for {}", days_en(days))),
                None => Default::default(),
            };
            let are = if open == 1 { "violation is" } else { "violations are" };
            Finding::breached(
                &format!("Còn {open} vi phạm chưa khắc phục{days_vi}."),
                &format!("{open} {are} open{days_en}."),
            )
        }
    };
    finding.with(evidence).lacking(unclear)
}

/// Whether the site is a cluster on whose ground nothing has begun: there is nothing to be in order.
fn is_untouched(known: &Known<'_>) -> bool {
    matches!(known.status, Some(SiteStatus::Planned | SiteStatus::Established)) && !known.is_begun()
}

/// For how many days the oldest violation that is certainly open has been so, as far as days are on record.
fn oldest_days(known: &Known<'_>) -> Option<i64> {
    let open = known.violations.iter().filter(|violation| is_open(violation, known.as_of) == Some(true));
    open.filter_map(|violation| Some((known.as_of - violation.opened_on?).num_days())).max()
}

/// How long an open violation has been open, whether its deadline is over, and the fine on record.
fn note(violation: &ViolationFacts, as_of: NaiveDate) -> Option<Text> {
    let mut parts: Vec<Text> = Vec::new();
    if is_open(violation, as_of) == Some(true) {
        if let Some(opened) = violation.opened_on {
            let days = (as_of - opened).num_days();
            parts.push(Text::new(format!("đã {days} ngày"), format!("open for {}", days_en(days))));
        }
        if let Some(deadline) = violation.deadline_on.filter(|deadline| *deadline < as_of) {
            let days = (as_of - deadline).num_days();
            parts.push(Text::new(
                format!("quá hạn khắc phục {days} ngày"),
                format!("{} past its deadline", days_en(days)),
            ));
        }
    }
    // Fine and decision have no days of their own.
    if !violation.row.was_said_by(as_of) {
        return join(&parts);
    }
    if let Some(fine) = violation.fine_vnd.filter(|fine| *fine >= Decimal::ZERO) {
        let fine = money(fine);
        parts.push(Text::new(format!("phạt {}", fine.vi), format!("fine {}", fine.en)));
    }
    if let Some(decision) = &violation.decision_no {
        parts.push(Text::new(format!("quyết định {decision}"), format!("decision {decision}")));
    }
    join(&parts)
}

/// Sentences behind each other; `None` for none.
fn join(parts: &[Text]) -> Option<Text> {
    let joined = |pick: fn(&Text) -> &str| parts.iter().map(pick).collect::<Vec<_>>().join("; ");
    (!parts.is_empty()).then(|| Text::new(joined(|text| &text.vi), joined(|text| &text.en)))
}

/// How many violations are certainly open on the day.
pub(in super::super) fn open_violations(known: &Known<'_>) -> usize {
    known.violations.iter().filter(|violation| is_open(violation, known.as_of) == Some(true)).count()
}

/// Whether a violation found by `as_of` is open on it; `None` where it was put right on an unrecorded or impossible day.
pub(in super::super) fn is_open(violation: &ViolationFacts, as_of: NaiveDate) -> Option<bool> {
    match (violation.closed_on, violation.status) {
        // Closed before it was found: one of the days is wrong.
        (Some(closed_on), _) if violation.opened_on.is_some_and(|opened_on| closed_on < opened_on) => None,
        (Some(closed_on), _) => Some(closed_on > as_of),
        // The row's own date is a day by which it was put right.
        (None, Some(ViolationStatus::Remedied)) => match violation.row.source_date {
            Some(recorded) if recorded > as_of => None,
            _ => Some(false),
        },
        (None, _) => Some(true),
    }
}
