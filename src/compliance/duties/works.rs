//! Plans, site clearance, works on public budgets, environmental duties.

use chrono::{Duration, NaiveDate};
use rust_decimal::Decimal;

use super::{Case, DutyItem};
use crate::compliance::evidence::{money, number_vi};
use crate::compliance::law::Text;
use crate::compliance::outcome::Outcome;
use crate::compliance::site::{BudgetLevel, InfrastructureFacts, ItemStatus, PlanFacts, PlanStatus, SiteStatus};
use crate::compliance::targets::has_working_station;

/// D7: plans that are not through, and clusters of which no plan is on record.
pub(super) fn plans(case: &Case<'_>) -> Vec<DutyItem> {
    let known = &case.known;
    let mut items: Vec<_> = known.plans.iter().filter_map(|(plan, status)| plan_item(case, plan, *status)).collect();
    let is_founded =
        matches!(known.status, Some(SiteStatus::Established | SiteStatus::UnderConstruction | SiteStatus::Operating));
    if known.plans.is_empty() && case.is_cluster() && is_founded {
        let what = Text::new("Chưa có quy hoạch 1/500 trong dữ liệu", "No 1/500 plan is on record");
        items.push(case.item(&known.site.row, what, case.local_authority()));
    }
    items
}

/// How far a plan has come: the word and title of its step, and since when.
fn plan_step(plan: &PlanFacts, status: Option<PlanStatus>, as_of: NaiveDate) -> PlanStep {
    let by_then = |day: Option<NaiveDate>| day.filter(|day| *day <= as_of);
    let step = |word, vi, en, since| PlanStep { word, vi, en, since };
    match status {
        Some(PlanStatus::Approved) => step(
            "approved",
            "Đã phê duyệt, chưa ghi ngày công bố",
            "Approved, publication not on record",
            by_then(plan.decided_on),
        ),
        Some(PlanStatus::Rejected) => step("rejected", "Bị trả lại", "Sent back", by_then(plan.decided_on)),
        _ => {
            let steps = [
                ("appraisal", "Đã thẩm định, chờ phê duyệt", "Appraised, waiting for approval", plan.appraised_on),
                ("submitted", "Đã trình, chờ thẩm định", "Submitted, waiting for appraisal", plan.submitted_on),
                ("consultation", "Đã lấy ý kiến, chưa trình", "Consulted, not submitted", plan.consulted_on),
                ("task", "Đã duyệt nhiệm vụ, đang lập", "Task approved, being drawn", plan.task_approved_on),
            ];
            let reached = steps.into_iter().find(|(_, _, _, day)| by_then(*day).is_some());
            match (reached, status) {
                (Some((word, vi, en, since)), _) => step(word, vi, en, since),
                (None, Some(PlanStatus::Submitted)) => {
                    step("submitted", "Đã trình, chưa ghi ngày", "Submitted, day not on record", None)
                }
                (None, Some(PlanStatus::Draft)) => {
                    step("draft", "Đang lập, chưa ghi ngày", "Being drawn, day not on record", None)
                }
                (None, Some(PlanStatus::None)) => step("none", "Chưa lập", "Not begun", None),
                (None, _) => step("unknown", "Chưa rõ bước", "The step is not on record", None),
            }
        }
    }
}

struct PlanStep {
    word: &'static str,
    vi: &'static str,
    en: &'static str,
    since: Option<NaiveDate>,
}

/// A plan that is neither published nor replaced on the day.
fn plan_item(case: &Case<'_>, plan: &PlanFacts, status: Option<PlanStatus>) -> Option<DutyItem> {
    let as_of = case.known.as_of;
    let is_past = |day: Option<NaiveDate>| day.is_some_and(|day| day <= as_of);
    if is_past(plan.superseded_on) || (status == Some(PlanStatus::Approved) && is_past(plan.published_on)) {
        return None;
    }
    let step = plan_step(plan, status, as_of);
    let name = plan.name.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
    let due = step.since.filter(|_| step.word == "approved").and_then(|approved| {
        let limit = case.standards.rule_limit("PLN-PUBLISH", "maximum", approved)?;
        approved.checked_add_signed(Duration::days(i64::try_from(limit.value).ok()?))
    });
    Some(DutyItem {
        step: Some(step.word.to_owned()),
        since: step.since,
        days: step.since.map(|day| case.days_since(day)),
        due,
        ..case.item(
            &plan.row,
            Text::new(format!("{name}{}", step.vi), format!("{name}{}", step.en)),
            case.local_authority(),
        )
    })
}

/// A number for a sentence: Vietnamese and English.
fn shown(value: Decimal) -> (String, String) {
    let en = value.round_dp(2).normalize().to_string();
    (number_vi(&en), en)
}

/// D8: land still to be cleared, and clusters under way of which that is not on record.
pub(super) fn clearance(case: &Case<'_>) -> Vec<DutyItem> {
    if !case.is_cluster() {
        return Vec::new();
    }
    let (known, land) = (&case.known, &case.known.site.land);
    let possible = |area: &Decimal| *area >= Decimal::ZERO;
    let required = land.required_ha.filter(|area| *area > Decimal::ZERO);
    let cleared = land.cleared_ha.filter(possible);
    let mut is_certain = true;
    let what = match (required, cleared) {
        (Some(required), Some(cleared)) if cleared == required => return Vec::new(),
        (Some(required), Some(cleared)) if cleared < required => {
            let ((required_vi, required_en), (cleared_vi, cleared_en)) = (shown(required), shown(cleared));
            let (pct_vi, pct_en) = shown((cleared * Decimal::ONE_HUNDRED).checked_div(required).unwrap_or_default());
            Text::new(
                format!("Đã giải phóng {cleared_vi}/{required_vi} ha ({pct_vi} %)"),
                format!("{cleared_en} of {required_en} ha cleared ({pct_en} %)"),
            )
        }
        (Some(_), Some(_)) => {
            is_certain = false;
            Text::new(
                "Số liệu giải phóng mặt bằng trái ngược: đã giải phóng nhiều hơn phải giải phóng",
                "The figures contradict each other: more is cleared than required",
            )
        }
        _ => match case.reviewed.assessment.attached.land_handed_over_pct {
            Some(pct) if pct >= Decimal::ONE_HUNDRED => return Vec::new(),
            Some(pct) => {
                let (vi, en) = shown(pct);
                Text::new(format!("Mặt bằng đã bàn giao {vi} %"), format!("{en} % of the land handed over"))
            }
            None if matches!(known.status, Some(SiteStatus::Established | SiteStatus::UnderConstruction)) => {
                is_certain = false;
                Text::new("Chưa có số liệu giải phóng mặt bằng", "Site clearance is not on record")
            }
            None => return Vec::new(),
        },
    };
    vec![DutyItem { is_certain, ..case.item(&known.site.row, what, case.local_authority()) }]
}

/// D9: works on the budget of district or commune.
pub(super) fn local_budget(case: &Case<'_>) -> Vec<DutyItem> {
    budget(case, &[BudgetLevel::District, BudgetLevel::Commune])
}

/// D10: works on the city's budget.
pub(super) fn city_budget(case: &Case<'_>) -> Vec<DutyItem> {
    budget(case, &[BudgetLevel::City])
}

/// The newest row of each work on one of the budgets that is not complete.
fn budget(case: &Case<'_>, levels: &[BudgetLevel]) -> Vec<DutyItem> {
    let mut items = Vec::new();
    for rows in [&case.known.infrastructure, &case.known.outside] {
        let is_newest = |row: &InfrastructureFacts| {
            let newest = crate::compliance::rules::newest_item(rows, &row.item_code);
            newest.is_some_and(|newest| newest.row.row.id == row.row.id)
        };
        let is_done =
            |row: &InfrastructureFacts| matches!(row.status, Some(ItemStatus::Complete | ItemStatus::NotRequired));
        let is_on_budget = |row: &InfrastructureFacts| row.budget_level.is_some_and(|level| levels.contains(&level));
        let works = rows.iter().filter(|row| is_on_budget(row) && !is_done(row) && is_newest(row));
        items.extend(works.map(|row| work_item(case, row)));
    }
    items
}

fn work_item(case: &Case<'_>, row: &InfrastructureFacts) -> DutyItem {
    let named = case.standards.infrastructure.iter().find(|item| item.code == row.item_code);
    let name = named.map_or_else(|| Text::new(&*row.item_code, &*row.item_code), |item| item.name.clone());
    let (state_vi, state_en) = match row.status {
        Some(ItemStatus::Partial) => ("một phần", "partial"),
        Some(ItemStatus::UnderConstruction) => ("đang xây dựng", "under construction"),
        Some(ItemStatus::Planned) => ("dự kiến", "planned"),
        Some(ItemStatus::Missing) => ("chưa có", "missing"),
        _ => ("chưa rõ tình trạng", "state not on record"),
    };
    let (side_vi, side_en) = if row.is_outside() {
        ("ngoài hàng rào", "outside the fence")
    } else {
        ("trong hàng rào", "inside the fence")
    };
    let mut what =
        Text::new(format!("{} ({side_vi}): {state_vi}", name.vi), format!("{} ({side_en}): {state_en}", name.en));
    let cost = row.cost_vnd.filter(|cost| *cost >= Decimal::ZERO).map(money);
    match cost {
        Some(cost) => {
            what.vi += &format!("; kinh phí {}", cost.vi);
            what.en += &format!("; cost {}", cost.en);
        }
        None => {
            what.vi += "; chưa ghi kinh phí";
            what.en += "; cost not on record";
        }
    }
    match row.budget_year {
        Some(year) => {
            what.vi += &format!(", vốn năm {year}");
            what.en += &format!(", money planned for {year}");
        }
        None => {
            what.vi += ", chưa ghi năm bố trí vốn";
            what.en += ", year of the money not on record";
        }
    }
    DutyItem {
        step: row.status.map(|status| status.as_str().to_owned()),
        is_certain: !matches!(row.status, None | Some(ItemStatus::Unknown)),
        since: row.status_date,
        days: row.status_date.map(|day| case.days_since(day)),
        ..case.item(&row.row, what, case.local_authority())
    }
}

/// D12: environmental rules of clusters that are breached or unknown.
pub(super) fn environment(case: &Case<'_>) -> Vec<DutyItem> {
    if !case.is_cluster() {
        return Vec::new();
    }
    let rules = &case.reviewed.assessment.rules;
    let open = rules
        .iter()
        .filter(|rule| rule.rule.starts_with("ENV-"))
        .filter(|rule| matches!(rule.outcome, Outcome::Breached | Outcome::Unknown));
    let item = |rule: &crate::compliance::RuleAssessment| {
        let (vi, en) = match rule.outcome {
            Outcome::Breached => ("vi phạm", "breached"),
            _ => ("chưa rõ", "unknown"),
        };
        let what = Text::new(
            format!("{} ({vi}): {}", rule.title.vi, rule.why.vi),
            format!("{} ({en}): {}", rule.title.en, rule.why.en),
        );
        DutyItem {
            step: Some(rule.rule.clone()),
            is_certain: rule.outcome == Outcome::Breached,
            ..case.item(&case.known.site.row, what, case.operator())
        }
    };
    open.map(item).collect()
}

/// D13: operating clusters without an investor on record whose central treatment is missing or unknown.
pub(super) fn without_treatment(case: &Case<'_>) -> Vec<DutyItem> {
    let (known, site) = (&case.known, case.known.site);
    let may_operate = matches!(known.status, Some(SiteStatus::Operating | SiteStatus::Unknown) | None);
    if !case.is_cluster() || !may_operate || site.investor.is_some() {
        return Vec::new();
    }
    let (word, mut what) = match has_working_station(known) {
        Some(true) => return Vec::new(),
        Some(false) if known.status == Some(SiteStatus::Operating) => (
            "missing",
            Text::new("Không có hệ thống xử lý nước thải tập trung vận hành", "No central treatment system works"),
        ),
        Some(false) => (
            "unknown",
            Text::new(
                "Không có hệ thống xử lý nước thải tập trung vận hành; chưa rõ cụm đã hoạt động chưa",
                "No central treatment system works; whether the cluster operates is not on record",
            ),
        ),
        None => (
            "unknown",
            Text::new(
                "Chưa rõ hệ thống xử lý nước thải tập trung có vận hành không",
                "Whether a central treatment system works is not on record",
            ),
        ),
    };
    what.vi += "; chưa có chủ đầu tư trong dữ liệu";
    what.en += "; no investor is on record";
    let is_certain = word == "missing";
    vec![DutyItem { step: Some(word.to_owned()), is_certain, ..case.item(&site.row, what, case.local_authority()) }]
}
