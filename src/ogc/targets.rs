//! The targets of the city's plans as documents.

use serde_json::{Value, json};

use super::compliance::{basis, number, text};
use super::csv::Csv;
use crate::compliance::targets::{Also, Goal, Group, Plan, Tally, Target, Unit};

fn ids(tally: &Tally) -> Value {
    json!({"met": tally.met, "not_met": tally.not_met, "unknown": tally.unknown})
}

/// The numbers of a count, as every part of the document has them.
fn counted(tally: &Tally, unit: Unit) -> Value {
    json!({
        "numerator": tally.numerator(),
        "denominator": tally.denominator(),
        "unknown": tally.unknown.len(),
        "value": tally.value(unit).map(number),
        "interval": tally.interval(unit).map(|(low, high)| [number(low), number(high)]),
        "ids": ids(tally),
    })
}

fn goal(goal: Goal) -> Value {
    json!({"min": goal.min.map(number), "max": goal.max.map(number)})
}

fn plan(plan: &Plan) -> Value {
    json!({
        "year": plan.year,
        "no": plan.number,
        "document": plan.basis.as_ref().map(|basis| &basis.document),
        "is_current": plan.is_current,
        "legal_basis": plan.basis.as_ref().map(basis),
    })
}

fn also(also: &Also, unit: Unit) -> Value {
    let mut document = counted(&also.tally, unit);
    document["title"] = text(&also.title);
    document["goal"] = goal(also.goal);
    document
}

fn group(group: &Group, unit: Unit) -> Value {
    let mut document = counted(&group.tally, unit);
    document["key"] = group.key.clone().into();
    document["title"] = text(&group.title);
    document
}

fn target(target: &Target) -> Value {
    let mut document = json!({
        "code": target.code.as_str(),
        "title": text(&target.title),
        "plan": plan(&target.plan),
        "unit": target.unit.as_str(),
        "goal": goal(target.goal),
        "met": target.met,
        "note": target.note.as_ref().map(text),
    });
    if let (Value::Object(document), Value::Object(counted)) = (&mut document, counted(&target.tally, target.unit)) {
        document.extend(counted);
    }
    let further = target.also.iter().map(|part| (part.name.to_owned(), also(part, target.unit)));
    document["also"] = if target.also.is_empty() { Value::Null } else { Value::Object(further.collect()) };
    document["groups"] = target.groups.iter().map(|part| group(part, target.unit)).collect();
    document
}

/// All targets.
pub fn document(targets: &[Target]) -> Value {
    targets.iter().map(target).collect()
}

const HEADER: [&str; 23] = [
    "code",
    "part",
    "group_key",
    "title_vi",
    "title_en",
    "plan_year",
    "plan_no",
    "plan_document",
    "plan_is_current",
    "unit",
    "goal_min",
    "goal_max",
    "numerator",
    "denominator",
    "unknown",
    "value",
    "interval_low",
    "interval_high",
    "met",
    "as_of",
    "ids_met",
    "ids_not_met",
    "ids_unknown",
];

/// The same as a table: a row for each target, one for each further count of it, one for each group.
pub fn table(targets: &[Target], as_of: chrono::NaiveDate) -> Vec<u8> {
    let mut csv = Csv::new(&HEADER);
    for target in targets {
        let plan = &target.plan;
        let mut row = |part: &str,
                       key: Option<&str>,
                       title: &crate::compliance::Text,
                       goal: Goal,
                       met: Option<bool>,
                       tally: &Tally| {
            let (low, high) = tally.interval(target.unit).unzip();
            let document = plan.basis.as_ref().map(|basis| basis.document.as_str());
            csv.row(&[
                &target.code.as_str(),
                &part,
                &key,
                &title.vi,
                &title.en,
                &plan.year,
                &plan.number,
                &document,
                &plan.is_current,
                &target.unit.as_str(),
                &goal.min,
                &goal.max,
                &tally.numerator(),
                &tally.denominator(),
                &tally.unknown.len(),
                &tally.value(target.unit),
                &low,
                &high,
                &met,
                &as_of,
                &tally.met.join(" "),
                &tally.not_met.join(" "),
                &tally.unknown.join(" "),
            ]);
        };
        row("target", None, &target.title, target.goal, target.met, &target.tally);
        for also in &target.also {
            row(also.name, None, &also.title, also.goal, None, &also.tally);
        }
        for group in &target.groups {
            row("group", Some(&group.key), &group.title, Goal::default(), None, &group.tally);
        }
    }
    csv.finish()
}
