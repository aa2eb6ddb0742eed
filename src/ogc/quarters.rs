//! Quarters that are signed off, as documents, and what was signed in the place of what is computed.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::changes::instant;
use super::history::figures_of_site;
use super::targets;
use crate::compliance::targets::targets as all_targets;
use crate::compliance::{Review, Standards};
use crate::publish::quarters::{SignedQuarter, Touched};
use crate::store::record::{QuarterAct, QuarterStep, sign_offs};

/// What is signed: the targets and every site's status, as of the last day of the quarter.
pub fn figures(standards: &Standards, review: &Review) -> Value {
    let sites = review.sites.iter().map(|((collection, id), site)| {
        (format!("{}/{id}", collection.as_str()), Value::Object(figures_of_site(Some(&site.assessment))))
    });
    let mut sites: Vec<(String, Value)> = sites.collect();
    // Equal figures are equal texts, with equal hashes.
    sites.sort_by(|a, b| a.0.cmp(&b.0));
    json!({
        "as_of": review.as_of,
        "targets": targets::document(&all_targets(standards, review, None, None)),
        "sites": sites.into_iter().collect::<Map<_, _>>(),
    })
}

fn act(act: &QuarterAct) -> Value {
    json!({
        "step": act.step.as_str(),
        "at": instant(act.at),
        "who": act.who,
        "why": act.why,
        "sha256": act.sha256,
    })
}

fn quarter(base: &str, name: &str, last_day: NaiveDate, acts: &[QuarterAct]) -> Value {
    let of_quarter = || acts.iter().filter(|act| act.quarter == name);
    let is_signed_off = sign_offs(acts).iter().any(|act| act.quarter == name);
    json!({
        "quarter": name,
        "last_day": last_day,
        "signed_off": is_signed_off,
        "acts": of_quarter().map(act).collect::<Vec<_>>(),
        "href": format!("{base}/quarters/{name}"),
    })
}

/// Every quarter that was ever signed off, newest first.
pub fn list(base: &str, acts: &[QuarterAct]) -> Value {
    let mut names: Vec<(NaiveDate, &str)> = acts.iter().map(|act| (act.last_day, act.quarter.as_str())).collect();
    names.sort();
    names.dedup();
    let quarters: Vec<Value> = names.iter().rev().map(|(day, name)| quarter(base, name, *day, acts)).collect();
    json!({"quarters": quarters})
}

/// One quarter with what was signed last, as the text that was hashed.
pub fn one(base: &str, name: &str, last_day: NaiveDate, acts: &[QuarterAct], touched: &[Touched]) -> Value {
    let mut document = quarter(base, name, last_day, acts);
    let signed = acts.iter().rev().find(|act| act.quarter == name && act.step == QuarterStep::SignedOff);
    document["figures"] = signed.and_then(|act| act.figures.clone()).into();
    let touched = touched.iter().filter(|touched| touched.quarter == name).map(|touched| {
        let entry = &touched.entry;
        json!({
            "change": entry.change,
            "at": instant(entry.at),
            "collection": entry.collection,
            "id": entry.id.as_str(),
            "field": touched.field,
            "day": touched.day,
        })
    });
    // They write into the file itself, where nothing can be refused.
    document["changed_by_other_programs"] = touched.collect();
    document
}

/// How documents mark what was signed.
fn mark(signed: &SignedQuarter) -> Value {
    json!({"quarter": signed.quarter, "at": instant(signed.at), "who": signed.who, "sha256": signed.sha256})
}

/// The targets of a signed quarter as they were signed; where today's computation gives another number, it stands beside.
pub fn signed_targets(signed: &SignedQuarter, computed: &Value) -> Value {
    let told = |target: &Value| {
        let mut told = target.clone();
        let now = computed.as_array().and_then(|all| all.iter().find(|now| now["code"] == target["code"]));
        told["signed_off"] = mark(signed);
        told["signed_off"]["differs"] = (now != Some(target)).into();
        if now != Some(target) {
            told["signed_off"]["computed"] = now.cloned().into();
        }
        told
    };
    signed.figures["targets"].as_array().into_iter().flatten().map(told).collect()
}

/// Targets of a signed quarter that were grouped or held against another plan, and so were not signed in this form.
pub fn beside_signed(signed: &SignedQuarter, mut computed: Value) -> Value {
    for target in computed.as_array_mut().into_iter().flatten() {
        target["signed_off"] = mark(signed);
        target["signed_off"]["differs"] = Value::Null;
    }
    computed
}

/// A site's figures of a signed quarter in the place of what is computed for it.
pub fn signed_site(signed: &SignedQuarter, site: &str, computed: Map<String, Value>) -> Map<String, Value> {
    let of_site = signed.figures["sites"][site].as_object();
    // A site that was not on record when the quarter was signed was signed as such.
    let mut told = of_site.cloned().unwrap_or_else(|| figures_of_site(None));
    let differs = told != computed;
    let mut mark = mark(signed);
    mark["differs"] = differs.into();
    if differs {
        mark["computed"] = Value::Object(computed);
    }
    told.insert("signed_off".to_owned(), mark);
    told
}
