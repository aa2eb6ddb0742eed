//! The assessment of one site: every rule asked, and the attributes that follow.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::effluent::worst;
use super::evidence::{Evidence, Missing, RowRef, date_vi};
use super::law::{Confidence, LegalBasis, Severity, Text};
use super::outcome::{Outcome, Status};
use super::rules::{self, Finding, Rule};
use super::site::{ItemStatus, Known, PlanStatus, SiteFacts};
use super::standards::{RuleLaw, Standards};

/// What every rule says of a site on a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The site's row.
    pub site: RowRef,
    /// The day it holds for.
    pub as_of: NaiveDate,
    /// Status over the core rules.
    pub status: Status,
    /// Status over the other rules.
    pub detail_status: Status,
    /// Every rule that counts, core rules first.
    pub rules: Vec<RuleAssessment>,
    /// Rules whose legal number is not certain; they count for nothing.
    pub advice: Vec<RuleAssessment>,
    /// What the site carries on the map.
    pub attached: Attached,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleAssessment {
    /// The rule's id.
    pub rule: String,
    /// Its title.
    pub title: Text,
    /// Whether it is a core rule.
    pub core: bool,
    /// How heavy a breach of it weighs.
    pub severity: Severity,
    /// The outcome.
    pub outcome: Outcome,
    /// A closer word for the result, as in [`rules::Finding::result`].
    pub result: Option<&'static str>,
    /// Why.
    pub why: Text,
    /// What it looked at.
    pub evidence: Vec<Evidence>,
    /// What would have to be on record to decide it.
    pub missing: Vec<Missing>,
    /// The texts in force on the day that bind this kind of site.
    pub legal_basis: Vec<LegalBasis>,
}

/// The compliance attributes of a cluster or craft village. `None` where the records say nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Attached {
    /// Status over the core rules.
    pub compliance_status: Status,
    /// Status over the other rules.
    pub detail_status: Status,
    /// The day all this holds for.
    pub compliance_as_of: NaiveDate,
    /// Ids of the breached rules, comma-separated, core rules first; empty if none.
    pub breached_rules: String,
    /// Ids of the unknown rules, comma-separated, core rules first; empty if none.
    pub unknown_rules: String,
    /// Station present, operating, and meeting its standard.
    pub wastewater_status: Status,
    /// The parameter that stands worst in the newest sample sets.
    pub effluent_worst_parameter: Option<String>,
    /// Its value / Cmax; `None` beside a pH outside its range.
    pub effluent_worst_ratio: Option<Decimal>,
    /// Day of the newest sample.
    pub effluent_sampled_on: Option<NaiveDate>,
    /// Infrastructure items complete.
    pub infrastructure_done: Option<u32>,
    /// Infrastructure items counted: all of the checklist less those not required here.
    pub infrastructure_total: Option<u32>,
    /// How far the furthest 1/500 plan has come.
    pub plan_500_status: Option<PlanStatus>,
    /// Share of the land handed over, percent.
    pub land_handed_over_pct: Option<Decimal>,
    /// Violations open on the day.
    pub open_violations: u32,
    /// Whether anything behind these attributes is made up.
    pub demo_data: bool,
}

/// Asks every rule about a site as it stood on `as_of`.
pub fn assess_site(standards: &Standards, site: &SiteFacts, as_of: NaiveDate) -> Assessment {
    let known = Known::on(site, as_of);
    let asked = rules::catalogue().iter().filter_map(|rule| Some((rule, standards.rule(rule.id)?)));
    let (mut rules, mut advice) = (Vec::new(), Vec::new());
    for (rule, law) in asked {
        let assessment = ask(rule, law, standards, &known);
        if law.is_enforced && is_certain(standards, &assessment, as_of) {
            rules.push(assessment);
        } else {
            advice.push(assessment);
        }
    }
    rules.sort_by_key(|rule| !rule.core);
    let attached = attach(standards, &known, &rules);
    Assessment {
        site: site.row.clone(),
        as_of,
        status: attached.compliance_status,
        detail_status: attached.detail_status,
        rules,
        advice,
        attached,
    }
}

fn ask(rule: &Rule, law: &RuleLaw, standards: &Standards, known: &Known<'_>) -> RuleAssessment {
    let (finding, bases) = rules::find(rule, law, standards, known);
    let mut finding = only_what_was_said(finding, known.as_of);
    // A rule that is not enforced informs; it never breaches.
    if !law.is_enforced && finding.outcome == Outcome::Breached {
        finding.outcome = Outcome::NotApplicable;
        finding.result = finding.result.or(Some("notice"));
    }
    RuleAssessment {
        rule: law.id.clone(),
        title: law.title.clone(),
        core: law.core,
        severity: law.severity,
        outcome: finding.outcome,
        result: finding.result,
        why: finding.why,
        evidence: finding.evidence,
        missing: finding.missing,
        legal_basis: bases.iter().map(|basis| basis.basis.clone()).collect(),
    }
}

/// Whether what a rule said rests on texts and numbers that are certain enough to count.
fn is_certain(standards: &Standards, assessment: &RuleAssessment, as_of: NaiveDate) -> bool {
    // A rule without a text in force has been answered with that, and counts.
    let texts = &assessment.legal_basis;
    let text = texts.is_empty() || texts.iter().any(|basis| basis.confidence.is_certain());
    let limits = standards.rule_limits.iter().filter(|limit| limit.rule == assessment.rule);
    let numbers = limits.filter(|limit| limit.basis.in_force(as_of)).all(|limit| limit.basis.confidence.is_certain());
    // Limits of samples say for themselves how sure they are.
    let compared = assessment.evidence.iter().filter(|evidence| evidence.verdict.is_none());
    text && numbers && compared.filter_map(|evidence| evidence.confidence).all(Confidence::is_certain)
}

/// A finding that rests on an undated word of a later source is none for the day: nobody had said so then.
fn only_what_was_said(finding: Finding, as_of: NaiveDate) -> Finding {
    let is_later = |fact: &&Evidence| fact.on.is_none() && fact.measured.is_some() && !fact.row.was_said_by(as_of);
    let later: Vec<Missing> =
        finding.evidence.iter().filter(is_later).map(|fact| Missing::field(&fact.row, &fact.subject)).collect();
    if later.is_empty() || !matches!(finding.outcome, Outcome::Met | Outcome::Breached) {
        return finding;
    }
    let why = Text::new(
        format!("Nguồn của số liệu có sau ngày {}; tình trạng vào ngày đó chưa rõ.", date_vi(as_of)),
        format!("The source is of a later day than {as_of}; how it stood then is not on record."),
    );
    Finding { outcome: Outcome::Unknown, why, result: None, ..finding }.lacking(later)
}

fn attach(standards: &Standards, known: &Known<'_>, rules: &[RuleAssessment]) -> Attached {
    let status_of = |wanted: &dyn Fn(&RuleAssessment) -> bool| {
        Status::of(rules.iter().filter(|rule| wanted(rule)).map(|rule| rule.outcome))
    };
    let ids = |outcome| {
        let with_outcome = rules.iter().filter(|rule| rule.outcome == outcome);
        with_outcome.map(|rule| rule.rule.as_str()).collect::<Vec<_>>().join(",")
    };
    let samples = rules::newest_assessments(standards, known);
    let worst = worst(samples.iter().flat_map(|assessment| &assessment.result.parameters));
    let (infrastructure_done, infrastructure_total) = infrastructure(standards, known).unzip();
    Attached {
        compliance_status: status_of(&|rule| rule.core),
        detail_status: status_of(&|rule| !rule.core),
        compliance_as_of: known.as_of,
        breached_rules: ids(Outcome::Breached),
        unknown_rules: ids(Outcome::Unknown),
        wastewater_status: status_of(&|rule| [rules::STATION, rules::EFFLUENT].contains(&rule.rule.as_str())),
        effluent_worst_parameter: worst.map(|worst| worst.sample.parameter.clone()),
        effluent_worst_ratio: worst.and_then(|worst| worst.exceed_ratio),
        effluent_sampled_on: samples.iter().map(|assessment| assessment.set.sampled_on).max(),
        infrastructure_done,
        infrastructure_total,
        plan_500_status: known
            .plans
            .iter()
            // Of two on one ground it is not on record which holds.
            .filter(|(plan, _)| !plan.is_superseded(known.as_of) && plan.overlaps.is_empty())
            .filter_map(|(_, status)| *status)
            .max_by_key(|status| furthest(*status)),
        land_handed_over_pct: land_handed_over_pct(known),
        open_violations: u32::try_from(rules::open_violations(known)).unwrap_or(u32::MAX),
        demo_data: known.is_demo(),
    }
}

/// A refused plan is behind one still under way, because a new one takes its place.
fn furthest(status: PlanStatus) -> u8 {
    match status {
        PlanStatus::None => 0,
        PlanStatus::Rejected => 1,
        PlanStatus::Draft => 2,
        PlanStatus::Submitted => 3,
        PlanStatus::Approved => 4,
    }
}

/// Items complete and items counted; `None` where no counted item is on record.
fn infrastructure(standards: &Standards, known: &Known<'_>) -> Option<(u32, u32)> {
    let counted = standards.infrastructure.iter().filter(|item| item.counted);
    let states: Vec<Option<ItemStatus>> = counted
        .map(|item| {
            let newest = rules::newest_item(&known.infrastructure, &item.code);
            newest.map(|newest| newest.status.unwrap_or(ItemStatus::Unknown))
        })
        .collect();
    let count = |wanted: &dyn Fn(Option<ItemStatus>) -> bool| {
        u32::try_from(states.iter().filter(|status| wanted(**status)).count()).ok()
    };
    if states.iter().all(Option::is_none) {
        return None;
    }
    let done = count(&|status| status == Some(ItemStatus::Complete))?;
    let total = count(&|status| status != Some(ItemStatus::NotRequired))?;
    Some((done, total))
}

/// The share that the newest milestone with one gives.
fn land_handed_over_pct(known: &Known<'_>) -> Option<Decimal> {
    let with_share = known.milestones.iter().filter(|milestone| milestone.land_handed_over_pct.is_some());
    let newest = with_share.max_by_key(|milestone| milestone.reached_on)?.land_handed_over_pct;
    newest.filter(|share| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(share))
}
