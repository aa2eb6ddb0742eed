//! What subjects write on: findings with their law, and one check per rule.

use geo::{Centroid, Geometry, InteriorPoint};

use super::{Case, Law};
use crate::compliance::Text;
use crate::compliance::evidence::{date_vi, number_vi};
use crate::plan::finding::{Check, Finding, FindingKind, Severity, Verdict, digits_apart};

/// What a review has written so far.
#[derive(Default)]
pub(super) struct Sheet {
    pub findings: Vec<Finding>,
    pub checks: Vec<Check>,
}

/// A number with a decimal point, at most so many digits behind it, as people write it.
pub(super) fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The same number for a Vietnamese and an English reader.
pub(super) fn both(value: f64, digits: usize) -> (String, String) {
    let en = number(value, digits);
    (number_vi(&en), en)
}

/// What was measured beside what is required, with as many digits more as it takes to see which is larger.
pub(super) fn apart(measured: f64, required: f64, digits: usize) -> [(String, String); 2] {
    let digits = digits_apart(Some(measured), Some(required), digits);
    [measured, required].map(|value| both(value, digits))
}

/// Labels in one line; of many, the first ones and how many more.
pub(super) fn listed<'a>(labels: impl Iterator<Item = &'a str>) -> (String, String) {
    const SHOWN: usize = 6;
    let labels: Vec<&str> = labels.collect();
    let shown = labels.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match labels.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => (format!("{shown} và {more} đối tượng khác"), format!("{shown} and {more} more")),
        None => (shown.clone(), shown),
    }
}

/// A finding without law, place and numbers yet.
pub(super) fn finding(kind: FindingKind, verdict: Verdict, vi: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding {
        number: 0,
        rule: "",
        kind,
        verdict,
        severity: Severity::Error,
        message: Text::new(vi, en),
        measured: None,
        required: None,
        unit: None,
        place: None,
        anchor: None,
        parcels: Vec::new(),
        buildings: Vec::new(),
        lines: Vec::new(),
        law: Vec::new(),
    }
}

impl Finding {
    /// The same with what was measured beside what is required.
    pub(super) fn measured(mut self, measured: f64, required: f64, unit: &'static str) -> Finding {
        (self.measured, self.required, self.unit) = (Some(measured), Some(required), Some(unit));
        self
    }

    /// The same at a place.
    pub(super) fn at(mut self, place: impl Into<Geometry<f64>>) -> Finding {
        let place = place.into();
        self.anchor = place.interior_point().or_else(|| place.centroid());
        self.place = Some(place);
        self
    }

    /// The same about lots.
    pub(super) fn of_lots<'a>(mut self, ids: impl IntoIterator<Item = &'a str>) -> Finding {
        self.parcels.extend(ids.into_iter().map(str::to_owned));
        self
    }

    /// The same about a building.
    pub(super) fn of_building(mut self, id: &str) -> Finding {
        self.buildings.push(id.to_owned());
        self
    }

    /// The same about a line.
    pub(super) fn of_line(mut self, id: &str) -> Finding {
        self.lines.push(id.to_owned());
        self
    }

    /// The same, weighing no more than that.
    pub(super) fn at_most(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }
}

impl Sheet {
    /// Puts a finding under its rule. What is not certain weighs less, and what a rule that does not count finds informs.
    pub fn add(&mut self, law: &Law, finding: Finding) {
        let by_law = if law.counts { law.severity } else { Severity::Info };
        let by_verdict = match finding.verdict {
            Verdict::Fail => Severity::Error,
            Verdict::Undetermined => Severity::Warning,
            _ => Severity::Info,
        };
        // The lightest of them: they compare from heavy to light.
        let severity = finding.severity.max(by_law).max(by_verdict);
        self.findings.push(Finding { rule: law.rule, severity, law: law.bases.clone(), ..finding });
    }

    /// What a rule says as a whole.
    pub fn check(&mut self, case: &Case<'_>, law: &Law, verdict: Verdict, why: Text) -> &mut Check {
        let title = case.standards.plan_rule(law.rule).map(|rule| rule.title.clone());
        self.checks.push(Check {
            rule: law.rule,
            title: title.unwrap_or_else(|| Text::new(law.rule, law.rule)),
            verdict,
            counts: law.counts,
            why,
            measured: None,
            required: None,
            unit: None,
            missing: Vec::new(),
            law: law.bases.clone(),
        });
        let last = self.checks.len() - 1;
        &mut self.checks[last]
    }

    /// The law of a rule; where the data hold none of the day, the check says so.
    pub fn law(&mut self, case: &Case<'_>, rule: &'static str) -> Option<Law> {
        if let Some(law) = case.law(rule) {
            return Some(law);
        }
        let none = Law { rule, severity: Severity::Info, bases: Vec::new(), counts: true };
        let why = Text::new(
            format!("Dữ liệu chưa có văn bản có hiệu lực vào ngày {}.", date_vi(case.law_on)),
            format!("The data hold no text in force on {}.", case.law_on),
        );
        self.check(case, &none, Verdict::Unknown, why).missing.push(format!("plan_rule_bases.{rule}"));
        None
    }

    /// Unknown because of what is not on record.
    pub fn unknown(&mut self, case: &Case<'_>, law: &Law, why: Text, missing: &[&str]) {
        let check = self.check(case, law, Verdict::Unknown, why);
        check.missing.extend(missing.iter().map(|field| (*field).to_owned()));
    }

    /// What follows from the findings of a rule; without any it is a pass, or unknown while something is missing.
    pub fn conclude(&mut self, case: &Case<'_>, law: &Law, pass: Text, missing: &[&str]) -> &mut Check {
        let of_rule = || self.findings.iter().filter(|finding| finding.rule == law.rule);
        let failed = of_rule().filter(|finding| finding.verdict == Verdict::Fail).count();
        let open = of_rule().filter(|finding| finding.verdict == Verdict::Undetermined).count();
        let (verdict, why) = if failed > 0 {
            (
                Verdict::Fail,
                Text::new(format!("Phát hiện {failed} chỗ không đạt."), format!("Not fulfilled: {failed} findings.")),
            )
        } else if open > 0 {
            let why =
                Text::new(format!("Có {open} chỗ chưa kết luận được."), format!("Undetermined: {open} findings."));
            (Verdict::Undetermined, why)
        } else if !missing.is_empty() {
            (Verdict::Unknown, Text::new("Chưa đủ dữ liệu để kết luận.", "What is needed to decide is not on record."))
        } else {
            (Verdict::Pass, pass)
        };
        let check = self.check(case, law, verdict, why);
        check.missing.extend(missing.iter().map(|field| (*field).to_owned()));
        check
    }

    /// The findings, heaviest first, numbered from 1.
    pub fn numbered(&mut self) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.findings);
        // Stable: within one weight they stay in the order of the subjects.
        findings.sort_by_key(|finding| finding.severity);
        for (at, finding) in findings.iter_mut().enumerate() {
            finding.number = at + 1;
        }
        findings
    }
}

impl Check {
    /// With what was measured beside what is required.
    pub(super) fn measured(&mut self, measured: f64, required: f64, unit: &'static str) -> &mut Check {
        (self.measured, self.required, self.unit) = (Some(measured), Some(required), Some(unit));
        self
    }
}
