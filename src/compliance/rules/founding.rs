//! CCN-EST-68, CCN-EST-32, CCN-EXP, CCN-DECISION, CCN-INVESTOR-SCORE, CCN-INVESTOR-DUTY: founding and expanding a cluster.
//!
//! A decision is judged by the text in force on its own day; that is what the founding days of a legal basis say.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::area::area;
use super::limits::Must;
use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing};
use crate::compliance::law::Text;
use crate::compliance::outcome::Outcome;
use crate::compliance::site::{MilestoneFacts, MilestoneKind};

pub(super) const BY_DECREE_68: Rule = Rule { id: "CCN-EST-68", check: |context| founding(context, "CCN-EST-68") };
pub(super) const BY_DECREE_32: Rule = Rule { id: "CCN-EST-32", check: |context| founding(context, "CCN-EST-32") };
pub(super) const EXPANSION: Rule = Rule { id: "CCN-EXP", check: expansion };
pub(super) const DECISION: Rule = Rule { id: "CCN-DECISION", check: decision };
pub(super) const SCORE: Rule = Rule { id: "CCN-INVESTOR-SCORE", check: score };
pub(super) const DUTY: Rule = Rule { id: "CCN-INVESTOR-DUTY", check: duty };

/// A share that can be one, in percent.
fn possible_pct(pct: Option<Decimal>) -> Option<Decimal> {
    pct.filter(|pct| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(pct))
}

/// The newest decision to found it from days that the texts in force bind.
fn founding_step<'a>(context: &Context<'a>) -> Option<&'a MilestoneFacts> {
    let is_bound = |day: NaiveDate| {
        let within = |from: Option<NaiveDate>, to: Option<NaiveDate>| {
            from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
        };
        context.bases.iter().any(|basis| within(basis.founded_from, basis.founded_to))
    };
    let steps = context.known.milestones.iter().copied().filter(|step| step.kind == Some(MilestoneKind::Founded));
    steps.filter(|step| step.reached_on.is_some_and(is_bound)).max_by_key(|step| step.reached_on)
}

fn newest<'a>(context: &Context<'a>, kind: MilestoneKind) -> Option<&'a MilestoneFacts> {
    let steps = context.known.milestones.iter().copied().filter(|step| step.kind == Some(kind));
    steps.max_by_key(|step| step.reached_on)
}

/// Either of two conditions is enough. One that is not on record leaves the rule open unless the other holds.
fn either(conditions: [Option<bool>; 2], met: (&str, &str), breached: (&str, &str)) -> Finding {
    match conditions {
        [Some(true), _] | [_, Some(true)] => Finding::new(Outcome::Met, Text::new(met.0, met.1)),
        [Some(false), Some(false)] => Finding::new(Outcome::Breached, Text::new(breached.0, breached.1)),
        _ => Finding::unknown("Chưa có số liệu để kết luận.", "What is needed to decide is not on record."),
    }
}

/// Fill ratio of the district's clusters above a share, or too little unleased land.
fn founding(context: &Context<'_>, rule: &str) -> Finding {
    let as_of = context.known.as_of;
    let limits =
        context.limit(rule, "fill", as_of).and_then(|fill| Ok((fill, context.limit(rule, "unleased", as_of)?)));
    let (fill, unleased) = match limits {
        Ok(limits) => limits,
        Err(finding) => return finding,
    };
    let Some(step) = founding_step(context) else {
        return Finding::unknown(
            "Chưa có bản ghi quyết định thành lập trong thời gian quy định này áp dụng.",
            "No founding decision of the time of this rule is on record.",
        )
        .lacking(Missing::rows("milestones"));
    };
    // Less than the area under Decree 68, at most the area under Decree 32.
    let land_left = if rule == BY_DECREE_68.id { Must::StayBelow } else { Must::NotExceed };
    let fill_pct = possible_pct(step.fill_pct);
    let unleased_ha = step.unleased_ha.filter(|ha| *ha >= Decimal::ZERO);
    let conditions = [
        fill_pct.map(|pct| Must::Exceed.holds(pct, fill.value)),
        unleased_ha.map(|ha| land_left.holds(ha, unleased.value)),
    ];
    let evidence = [
        fill_pct.map(|pct| Evidence::against(&step.row, "fill_pct", pct, Must::Exceed, fill)),
        unleased_ha.map(|ha| Evidence::against(&step.row, "unleased_ha", ha, land_left, unleased)),
    ];
    let missing = [("fill_pct", fill_pct.is_none()), ("unleased_ha", unleased_ha.is_none())];
    let finding = either(
        conditions,
        ("Đủ điều kiện về tỷ lệ lấp đầy khi thành lập.", "The fill ratio allowed the founding."),
        ("Không đủ điều kiện về tỷ lệ lấp đầy khi thành lập.", "The fill ratio did not allow the founding."),
    )
    .with(evidence.into_iter().flatten().map(|evidence| evidence.on(step.reached_on)));
    let is_open = finding.outcome == Outcome::Unknown;
    finding.lacking(
        missing.into_iter().filter(|(_, empty)| is_open && *empty).map(|(field, _)| Missing::field(&step.row, field)),
    )
}

fn expansion(context: &Context<'_>) -> Finding {
    let Some(step) = newest(context, MilestoneKind::Expanded) else {
        return Finding::not_applicable("Chưa có quyết định mở rộng.", "No decision to expand is on record.");
    };
    let Some(decided) = step.reached_on.filter(|day| context.bases.iter().any(|basis| basis.basis.in_force(*day)))
    else {
        return Finding::unknown(
            "Mở rộng trước khi văn bản trong dữ liệu có hiệu lực; điều kiện lúc đó chưa có trong dữ liệu.",
            "Expanded before the text in the data was in force; the conditions of that time are not in the data.",
        )
        .lacking(Missing { collection: "rule_limits".to_owned(), id: None, field: EXPANSION.id.to_owned() });
    };
    let limits = context
        .limit(EXPANSION.id, "maximum", decided)
        .and_then(|maximum| Ok((maximum, context.limit(EXPANSION.id, "fill", decided)?)));
    let (maximum, fill) = match limits {
        Ok(limits) => limits,
        Err(finding) => return finding,
    };
    let area = match area(context) {
        Ok(area) => area,
        Err(finding) => return finding,
    };
    let fill_pct = possible_pct(step.fill_pct);
    let filled = fill_pct.map(|pct| Must::Reach.holds(pct, fill.value));
    let needed = match (filled, step.demand_exceeds_remaining) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    let conditions = [Some(Must::NotExceed.holds(area, maximum.value)), needed, step.infrastructure_ready];
    let lacks = [
        ("fill_pct", needed.is_none() && filled.is_none()),
        ("demand_exceeds_remaining", needed.is_none() && step.demand_exceeds_remaining.is_none()),
        ("infrastructure_ready", step.infrastructure_ready.is_none()),
    ];
    let missing = lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(field, _)| Missing::field(&step.row, field));
    let flag =
        |field: &str, flag: Option<bool>| flag.map(|flag| Evidence::of(&step.row, field, Some(&flag.to_string())));
    let evidence = [
        Some(Evidence::against(&context.known.site.row, "area_ha", area, Must::NotExceed, maximum)),
        fill_pct.map(|pct| Evidence::against(&step.row, "fill_pct", pct, Must::Reach, fill)),
        flag("demand_exceeds_remaining", step.demand_exceeds_remaining),
        flag("infrastructure_ready", step.infrastructure_ready),
    ];
    let finding = if conditions.contains(&Some(false)) {
        Finding::breached("Không đủ điều kiện mở rộng.", "The conditions for expanding are not fulfilled.")
    } else if conditions.contains(&None) {
        Finding::unknown("Chưa có số liệu để kết luận.", "What is needed to decide is not on record.").lacking(missing)
    } else {
        Finding::met("Đủ điều kiện mở rộng.", "The conditions for expanding are fulfilled.")
    };
    finding.with(evidence.into_iter().flatten().map(|evidence| evidence.on(Some(decided))))
}

fn decision(context: &Context<'_>) -> Finding {
    let (row, land) = (&context.known.site.row, &context.known.site.land);
    let step =
        newest(context, MilestoneKind::Founded).filter(|step| step.decision.is_some() && step.reached_on.is_some());
    let own = land.decision.as_deref();
    match (own, step) {
        (Some(own), _) => Finding::met("Có quyết định thành lập.", "A founding decision is on record.")
            .with([Evidence::of(row, "decision", Some(own)).on(context.known.site.founded_on)]),
        (None, Some(step)) => Finding::met("Có quyết định thành lập.", "A founding decision is on record.")
            .with([Evidence::of(&step.row, "decision", step.decision.as_deref()).on(step.reached_on)]),
        (None, None) => {
            Finding::unknown("Chưa có quyết định thành lập trong dữ liệu.", "No founding decision is on record.")
                .lacking(Missing::field(row, "decision"))
        }
    }
}

fn score(context: &Context<'_>) -> Finding {
    let land = &context.known.site.land;
    let limit = match context.limit(SCORE.id, "minimum", context.known.as_of) {
        Ok(limit) => limit,
        Err(finding) => return finding,
    };
    let possible = land.investor_score.filter(|score| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(score));
    let says = [
        ("Chủ đầu tư đạt điểm tối thiểu.", "The investor reaches the least score."),
        ("Chủ đầu tư không đạt điểm tối thiểu.", "The investor is below the least score."),
    ];
    context.compare("investor_score", possible, Must::Reach, limit, says)
}

fn duty(context: &Context<'_>) -> Finding {
    let (row, land, as_of) = (&context.known.site.row, &context.known.site.land, context.known.as_of);
    let unleased = match (land.industrial_ha, land.leased_industrial_ha) {
        (Some(whole), Some(leased)) if leased >= Decimal::ZERO && leased <= whole => whole - leased,
        (None, _) => return Finding::not_on_record(row, "industrial_ha"),
        _ => return Finding::not_on_record(row, "leased_industrial_ha"),
    };
    if unleased.is_zero() {
        return Finding::not_applicable("Không còn đất chưa cho thuê.", "No land is left to lease.");
    }
    match land.unleased_land_published_on.filter(|day| *day <= as_of) {
        Some(day) => Finding::met("Đã công khai quỹ đất chưa cho thuê.", "The unleased land is published.")
            .with([Evidence::of(row, "unleased_land_published_on", Some(&day.to_string())).on(Some(day))]),
        None => Finding::not_on_record(row, "unleased_land_published_on"),
    }
}
