//! Several things that must all hold: which fail, and which are not on record.

use super::Finding;
use crate::compliance::evidence::{Evidence, Missing, RowRef};
use crate::compliance::law::Text;
use crate::compliance::outcome::Outcome;

/// One of several requirements of a rule.
pub(super) struct Part {
    name: Text,
    /// `None` where the records do not say.
    holds: Option<bool>,
    evidence: Vec<Evidence>,
    missing: Vec<Missing>,
}

impl Part {
    /// A requirement with what its row says in `field`; an empty field leaves it open.
    pub(super) fn of(
        name: (&str, &str),
        holds: Option<bool>,
        row: &RowRef,
        field: &str,
        measured: Option<String>,
    ) -> Self {
        Self {
            name: Text::new(name.0, name.1),
            holds,
            evidence: measured.map(|measured| Evidence::of(row, field, Some(&measured))).into_iter().collect(),
            missing: if holds.is_none() { vec![Missing::field(row, field)] } else { Vec::new() },
        }
    }

    /// A requirement of which no row says anything.
    pub(super) fn open(name: (&str, &str), missing: Missing) -> Self {
        Self { name: Text::new(name.0, name.1), holds: None, evidence: Vec::new(), missing: vec![missing] }
    }

    /// A requirement that is a yes-or-no field of a row.
    pub(super) fn flag(name: (&str, &str), row: &RowRef, field: &str, holds: Option<bool>) -> Self {
        Self::of(name, holds, row, field, holds.map(|flag| flag.to_string()))
    }

    /// A requirement that is a rule of its own; `None` where that does not bind.
    pub(super) fn rule(name: (&str, &str), finding: Finding) -> Option<Self> {
        let holds = match finding.outcome {
            Outcome::Met => Some(true),
            Outcome::Breached => Some(false),
            Outcome::Unknown => None,
            Outcome::NotApplicable => return None,
        };
        let missing = if holds.is_none() { finding.missing } else { Vec::new() };
        Some(Self { name: Text::new(name.0, name.1), holds, evidence: finding.evidence, missing })
    }

    /// The same with more evidence.
    pub(super) fn with(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// The same with another requirement that must hold for it to hold.
    pub(super) fn and(mut self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        self.holds = match (self.holds, other.holds) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
        self.evidence.extend(other.evidence);
        self.missing.extend(other.missing);
        self
    }
}

/// Met only if every part holds, breached if one does not.
pub(super) fn all(parts: impl IntoIterator<Item = Part>) -> Finding {
    let parts: Vec<Part> = parts.into_iter().collect();
    if parts.is_empty() {
        return Finding::not_applicable("Không có nội dung nào phải thực hiện.", "Nothing is required here.");
    }
    let any = |wanted| parts.iter().any(|part| part.holds == wanted);
    let (outcome, groups) = if any(Some(false)) {
        (Outcome::Breached, [(Some(false), ("Chưa đạt", "Not fulfilled")), (None, ("Chưa rõ", "Not on record"))])
    } else if any(None) {
        (Outcome::Unknown, [(None, ("Chưa rõ", "Not on record")), (Some(true), ("Đạt", "Fulfilled"))])
    } else {
        (Outcome::Met, [(Some(true), ("Đạt", "Fulfilled")), (None, ("", ""))])
    };
    let mut why = Text::new("", "");
    for (wanted, (vi, en)) in groups.into_iter().filter(|(wanted, _)| any(*wanted)) {
        let names = |pick: fn(&Text) -> &str| {
            let named = parts.iter().filter(|part| part.holds == wanted).map(|part| pick(&part.name));
            named.collect::<Vec<_>>().join(", ")
        };
        let space = if why.vi.is_empty() { "" } else { " " };
        why.vi += &format!("{space}{vi}: {}.", names(|name| &name.vi));
        why.en += &format!("{space}{en}: {}.", names(|name| &name.en));
    }
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for part in parts {
        evidence.extend(part.evidence);
        for fact in part.missing {
            if !missing.contains(&fact) {
                missing.push(fact);
            }
        }
    }
    Finding::new(outcome, why).with(evidence).lacking(missing)
}
