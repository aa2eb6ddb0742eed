//! VIL-DEF, VIL-ENV, VIL-PLAN, VIL-DISCOURAGED, VIL-HH, VIL-CLASS-31: what a craft village is and must have.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;

use super::checklist::{self, Part};
use super::land::share_pct;
use super::limits::Must;
use super::{Context, Finding, Rule, effluent, station};
use crate::compliance::evidence::{Evidence, Missing};
use crate::compliance::site::PollutionClass;

pub(super) const DEFINITION: Rule = Rule { id: "VIL-DEF", check: definition };
pub(super) const ENVIRONMENT: Rule = Rule { id: "VIL-ENV", check: environment };
pub(super) const PLAN: Rule = Rule { id: "VIL-PLAN", check: plan };
pub(super) const DISCOURAGED: Rule = Rule { id: "VIL-DISCOURAGED", check: discouraged };
pub(super) const HOUSEHOLDS: Rule = Rule { id: "VIL-HH", check: households };
pub(super) const CLASSES: Rule = Rule { id: "VIL-CLASS-31", check: classes };

/// Words of the register's `recognition`.
const RECOGNISED: &str = "recognised";
const TRADITIONAL: &str = "traditional_trade";

/// A recognised village is held against the share of households and the years; a traditional trade against its age.
fn definition(context: &Context<'_>) -> Finding {
    try_definition(context).unwrap_or_else(|finding| finding)
}

fn try_definition(context: &Context<'_>) -> Result<Finding, Finding> {
    let (row, facts, as_of) = (&context.known.site.row, &context.known.site.village, context.known.as_of);
    let years = |name| context.limit(DEFINITION.id, name, as_of);
    match facts.recognition.as_deref() {
        None => Err(Finding::not_on_record(row, "recognition")),
        Some(TRADITIONAL) => Ok(checklist::all([years_in_trade(context, years("traditional")?.value, Must::Exceed)])),
        Some(RECOGNISED) => {
            let share = household_share(context)?;
            Ok(checklist::all([share, years_in_trade(context, years("years")?.value, Must::Reach)]))
        }
        Some(_) => Err(Finding::not_applicable("Nghề đã mai một.", "The trade has faded.")),
    }
}

fn household_share(context: &Context<'_>) -> Result<Part, Finding> {
    let (row, facts) = (&context.known.site.row, &context.known.site.village);
    let limit = context.limit(DEFINITION.id, "share", context.known.as_of)?;
    let (all, in_trade) = (facts.households, facts.households_in_trade);
    let share = all.zip(in_trade).and_then(|(all, part)| share_pct(Decimal::from(part), Decimal::from(all)));
    let field = if all.is_none_or(|all| all <= 0) { "households_total" } else { "households_in_trade" };
    let name = ("tỷ lệ hộ làm nghề", "share of households in the trade");
    let part = Part::of(name, share.map(|share| Must::Reach.holds(share, limit.value)), row, field, None);
    Ok(part.with(share.map(|share| Evidence::against(row, field, share, Must::Reach, limit))))
}

/// Only the year is on record, so the trade may have begun on any of its days.
fn years_in_trade(context: &Context<'_>, years: Decimal, must: Must) -> Part {
    let (row, as_of) = (&context.known.site.row, context.known.as_of);
    let year = context.known.site.village.trade_since_year;
    let year = year.and_then(|year| i32::try_from(year).ok()).filter(|year| (1..=as_of.year()).contains(year));
    let months = Months::new(u32::try_from(years).unwrap_or(u32::MAX).saturating_mul(12));
    let holds = |month, day| {
        let reached = NaiveDate::from_ymd_opt(year?, month, day)?.checked_add_months(months)?;
        Some(if must == Must::Exceed { as_of > reached } else { as_of >= reached })
    };
    let holds = match (holds(1, 1), holds(12, 31)) {
        (Some(first), Some(last)) if first == last => Some(first),
        _ => None,
    };
    let name = ("số năm làm nghề", "years in the trade");
    Part::of(name, holds, row, "trade_since_year", year.map(|year| year.to_string()))
}

fn environment(context: &Context<'_>) -> Finding {
    let (site, facts) = (context.known.site, &context.known.site.village);
    let row = &site.row;
    let approved = facts.env_plan_approved_on.filter(|day| *day <= context.known.as_of);
    let flags = [
        (("tổ chức tự quản", "self-management body"), "has_self_management", facts.has_self_management),
        (("thu gom nước thải", "wastewater collection"), "has_wastewater_collection", facts.has_wastewater_collection),
        (("thu gom nước mưa", "rainwater collection"), "has_rainwater_collection", facts.has_rainwater_collection),
        (("điểm tập kết chất thải rắn", "solid-waste point"), "has_solid_waste_point", facts.has_solid_waste_point),
    ];
    let plan = Part::of(
        ("phương án bảo vệ môi trường", "environmental plan"),
        approved.map(|_| true),
        row,
        "env_plan_approved_on",
        approved.map(|day| day.to_string()),
    );
    let works = flags.into_iter().map(|(name, field, flag)| Part::flag(name, row, field, flag));
    // Both rules know whether central treatment is required, and that what discharges must be clean even if it is not.
    let central = [
        Part::rule(("trạm xử lý tập trung", "central treatment"), context.other(&station::RULE)),
        Part::rule(("nước thải đạt quy chuẩn", "clean effluent"), context.other(&effluent::RULE)),
    ];
    checklist::all(std::iter::once(plan).chain(works).chain(central.into_iter().flatten()))
}

fn plan(context: &Context<'_>) -> Finding {
    let (row, facts) = (&context.known.site.row, &context.known.site.village);
    match facts.env_plan_approved_on.filter(|day| *day <= context.known.as_of) {
        Some(day) => Finding::met("Phương án bảo vệ môi trường đã được duyệt.", "The environmental plan is approved.")
            .with([Evidence::of(row, "env_plan_approved_on", Some(&day.to_string())).on(Some(day))]),
        None => Finding::not_on_record(row, "env_plan_approved_on"),
    }
}

/// The list of discouraged trades is not held: what the register says is passed on, and never judged.
fn discouraged(context: &Context<'_>) -> Finding {
    let row = &context.known.site.row;
    match context.known.site.village.is_discouraged_trade {
        None => Finding::not_on_record(row, "is_discouraged_trade"),
        Some(false) => Finding::met("Không thuộc ngành nghề không khuyến khích.", "Not a discouraged trade."),
        Some(true) => Finding {
            result: Some("discouraged_trade"),
            ..Finding::not_applicable(
                "Thuộc ngành nghề không khuyến khích: không lập mới, di dời hoặc chuyển đổi theo lộ trình.",
                "A discouraged trade: no new ones; to move or change by a roadmap.",
            )
            .with([Evidence::of(row, "is_discouraged_trade", Some("true"))])
        },
    }
}

fn households(context: &Context<'_>) -> Finding {
    let (row, facts) = (&context.known.site.row, &context.known.site.village);
    let limit = match context.limit(HOUSEHOLDS.id, "minimum", context.known.as_of) {
        Ok(limit) => limit,
        Err(finding) => return finding,
    };
    let Some(all) = facts.households_with_wastewater.filter(|count| *count >= 0) else {
        return Finding::not_on_record(row, "households_with_wastewater");
    };
    if all == 0 {
        return Finding::not_applicable("Không có hộ phát sinh nước thải.", "No household makes wastewater.");
    }
    let share = facts.households_treating.and_then(|part| share_pct(Decimal::from(part), Decimal::from(all)));
    let says = [
        ("Các hộ có nước thải đều xử lý tại chỗ.", "Every household with wastewater treats it on site."),
        ("Còn hộ có nước thải chưa xử lý tại chỗ.", "Households with wastewater do not treat it on site."),
    ];
    context.compare("households_treating", share, Must::Reach, limit, says)
}

/// The class itself is the province's word and is never worked out here.
fn classes(context: &Context<'_>) -> Finding {
    let (row, facts, as_of) = (&context.known.site.row, &context.known.site.village, context.known.as_of);
    let limit = match context.limit(CLASSES.id, "maximum", as_of) {
        Ok(limit) => limit,
        Err(finding) => return finding,
    };
    let media = [
        ("pollution_class_water", facts.class_water),
        ("pollution_class_air", facts.class_air),
        ("pollution_class_soil", facts.class_soil),
    ];
    let assessed = |class: Option<PollutionClass>| class.filter(|class| *class != PollutionClass::Unknown);
    let evidence =
        media.iter().filter_map(|(field, class)| Some(Evidence::of(row, field, Some(assessed(*class)?.as_str()))));
    let mut missing: Vec<Missing> = media
        .iter()
        .filter(|(_, class)| assessed(*class).is_none())
        .map(|(field, _)| Missing::field(row, field))
        .collect();
    if missing.len() == media.len() {
        return Finding::unknown("Chưa có phân loại ô nhiễm.", "No pollution class is on record.").lacking(missing);
    }
    // A class of a later year says nothing of this day.
    let year = facts.class_year.filter(|year| (1900..=i64::from(as_of.year())).contains(year));
    let Some(year) = year else {
        missing.push(Missing::field(row, "pollution_class_year"));
        return Finding::unknown("Chưa rõ năm phân loại ô nhiễm.", "The year of the class is not on record.")
            .with(evidence)
            .lacking(missing);
    };
    // A class of one year is due again by the end of the year in which the period is over.
    let age = Decimal::from(i64::from(as_of.year()) - year);
    let age_evidence = Evidence::against(row, "pollution_class_year", age, Must::NotExceed, limit);
    if !Must::NotExceed.holds(age, limit.value) {
        Finding::breached("Phân loại ô nhiễm đã quá kỳ rà soát.", "The pollution class is older than the period.")
    } else if missing.is_empty() {
        Finding::met("Đã phân loại nước, không khí và đất trong kỳ.", "Water, air and soil are classed in the period.")
    } else {
        Finding::unknown("Chưa phân loại đủ nước, không khí và đất.", "Not all of water, air and soil are classed.")
    }
    .with(evidence)
    .with([age_evidence])
    .lacking(missing)
}
