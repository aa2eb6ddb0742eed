//! Rules and assessments as documents.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::link::Link;

use crate::compliance::duties::SiteName;
use crate::compliance::remedy::Step;
use crate::compliance::standards::RuleLaw;
use crate::compliance::{Assessment, Evidence, LegalBasis, Missing, RuleAssessment, Standards, Text};

/// A sentence in both languages.
pub(super) fn text(text: &Text) -> Value {
    json!({"vi": text.vi, "en": text.en})
}

pub(super) fn basis(basis: &LegalBasis) -> Value {
    json!({
        "document": basis.document,
        "article": basis.article,
        "from": basis.from,
        "to": basis.to,
        "confidence": basis.confidence.as_str(),
        "source": basis.source,
    })
}

fn rule(rule: &RuleLaw, concerns: &str) -> Value {
    let bases = rule.bases.iter().map(|of| {
        let mut document = basis(&of.basis);
        document["binds"] = of.binds.map(|binds| binds.as_str()).into();
        document["due"] = json!(of.due);
        document["stages"] = of.stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().into();
        document["founded_from"] = json!(of.founded_from);
        document["founded_to"] = json!(of.founded_to);
        document["successor"] = json!(of.successor);
        document
    });
    json!({
        "id": rule.id,
        "title": text(&rule.title),
        "legal_basis": bases.collect::<Vec<_>>(),
        "concerns": concerns,
        "core": rule.core,
        "severity": rule.severity.as_str(),
        "enforced": rule.is_enforced,
        "needs": rule.needs,
    })
}

/// A decimal as a JSON number.
pub(super) fn number(value: Decimal) -> Value {
    value.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

/// A site as lists name it.
pub(super) fn site_name(site: &SiteName) -> Value {
    json!({"collection": site.collection.as_str(), "id": site.id, "name": site.name})
}

/// Every rule that is reviewed, of sites and of 1/500 plans.
pub fn rules(standards: &Standards) -> Value {
    let of_sites = standards.rules.iter().map(|of| rule(of, "sites"));
    of_sites.chain(standards.plan_rules.iter().map(|of| rule(of, "plans"))).collect()
}

/// The name of a parameter, where the subject is one.
pub fn parameter<'a>(standards: &'a Standards, subject: &str) -> Option<&'a Text> {
    standards.parameter(subject)
}

fn evidence(standards: &Standards, evidence: &Evidence) -> Value {
    json!({
        "collection": evidence.row.collection,
        "id": evidence.row.id,
        "subject": evidence.subject,
        "title": parameter(standards, &evidence.subject).map(text),
        "measured": evidence.measured,
        "unit": evidence.unit,
        "allowed": evidence.allowed,
        "allowed_unit": evidence.allowed_unit,
        "ratio": evidence.exceed_ratio.map(|ratio| ratio.normalize().to_string()),
        "verdict": evidence.verdict.map(|verdict| verdict.as_str()),
        "date": evidence.on,
        "averaging_period_h": evidence.averaging_period_h.map(|hours| hours.to_string()),
        "note": evidence.note.as_ref().map(text),
        "confidence": evidence.confidence.map(|confidence| confidence.as_str()),
        "legal_basis": evidence.legal_basis.iter().map(basis).collect::<Vec<_>>(),
        "source": evidence.row.source,
        "source_date": evidence.row.source_date,
        "is_demo": evidence.row.is_demo,
    })
}

fn missing(standards: &Standards, missing: &Missing) -> Value {
    // A parameter that is lacking is written behind the collection of samples.
    let named = missing.field.split_once('.').and_then(|(_, subject)| parameter(standards, subject));
    json!({
        "collection": missing.collection, "id": missing.id, "field": missing.field, "title": named.map(text),
    })
}

/// What would settle a rule that is unknown or breached; null where nothing is open.
fn step(standards: &Standards, rule: &RuleAssessment) -> Value {
    match standards.remedy(&rule.rule).and_then(|remedy| remedy.step(rule.outcome)) {
        None => Value::Null,
        Some(Step::HandIn { proof }) => json!({"action": null, "proof": text(proof)}),
        Some(Step::PutRight { action, proof }) => json!({"action": text(action), "proof": text(proof)}),
    }
}

fn outcome(standards: &Standards, rule: &RuleAssessment) -> Value {
    json!({
        "rule": rule.rule,
        "title": text(&rule.title),
        "core": rule.core,
        "severity": rule.severity.as_str(),
        "outcome": rule.outcome.as_str(),
        "result": rule.result,
        "reason": text(&rule.why),
        "evidence": rule.evidence.iter().map(|row| evidence(standards, row)).collect::<Vec<_>>(),
        "missing": rule.missing.iter().map(|fact| missing(standards, fact)).collect::<Vec<_>>(),
        "settled_by": step(standards, rule),
        "legal_basis": rule.legal_basis.iter().map(basis).collect::<Vec<_>>(),
    })
}

/// The assessment of one site. `name` is what people call it.
pub fn assessment(standards: &Standards, assessment: &Assessment, name: &str, links: Vec<Link>) -> Value {
    let outcomes = |rules: &[RuleAssessment]| rules.iter().map(|rule| outcome(standards, rule)).collect::<Vec<_>>();
    let site = &assessment.site;
    json!({
        "site": {
            "collection": site.collection,
            "id": site.id,
            "name": name,
            "source": site.source,
            "source_date": site.source_date,
            "is_demo": site.is_demo,
        },
        "as_of": assessment.as_of,
        "status": assessment.status.as_str(),
        "detail_status": assessment.detail_status.as_str(),
        "demo_data": assessment.attached.demo_data,
        "rules": outcomes(&assessment.rules),
        "advice": outcomes(&assessment.advice),
        "links": links,
    })
}
