//! What every rule says of every site, for download: one line per site and rule.

use serde_json::{Value, json};

use super::compliance::text;
use super::csv::Csv;
use crate::compliance::{Review, ReviewedSite, RuleAssessment};

/// Every rule of a site; true for those under advice.
fn rules(site: &ReviewedSite) -> impl Iterator<Item = (&RuleAssessment, bool)> {
    let counting = site.assessment.rules.iter().map(|rule| (rule, false));
    counting.chain(site.assessment.advice.iter().map(|rule| (rule, true)))
}

fn line(review: &Review, site: &ReviewedSite, rule: &RuleAssessment, is_advice: bool) -> Value {
    json!({
        "collection": site.facts.collection.as_str(),
        "id": site.facts.row.id,
        "name": site.facts.name,
        "as_of": review.as_of,
        "rule": rule.rule,
        "title": text(&rule.title),
        "core": rule.core,
        "severity": rule.severity.as_str(),
        "advice": is_advice,
        "outcome": rule.outcome.as_str(),
        "result": rule.result,
        "reason": text(&rule.why),
        "demo_data": site.assessment.attached.demo_data,
    })
}

/// All lines.
pub fn document(review: &Review) -> Value {
    let sites = review.sites.values();
    let lines = sites.flat_map(|site| rules(site).map(move |(rule, is_advice)| line(review, site, rule, is_advice)));
    lines.collect()
}

/// The same as a table.
pub fn table(review: &Review) -> Vec<u8> {
    let mut csv = Csv::new(&[
        "collection",
        "id",
        "name",
        "as_of",
        "rule",
        "title_vi",
        "title_en",
        "core",
        "severity",
        "advice",
        "outcome",
        "result",
        "reason_vi",
        "reason_en",
        "demo_data",
    ]);
    for site in review.sites.values() {
        for (rule, is_advice) in rules(site) {
            csv.row(&[
                &site.facts.collection.as_str(),
                &site.facts.row.id,
                &site.facts.name,
                &review.as_of,
                &rule.rule,
                &rule.title.vi,
                &rule.title.en,
                &rule.core,
                &rule.severity.as_str(),
                &is_advice,
                &rule.outcome.as_str(),
                &rule.result,
                &rule.why.vi,
                &rule.why.en,
                &site.assessment.attached.demo_data,
            ]);
        }
    }
    csv.finish()
}
