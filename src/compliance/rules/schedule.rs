//! MIL-SCHEDULE, PLN-PUBLISH: steps against the days they were planned for or are due on.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::limits::Must;
use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing, date_vi, days_en};
use crate::compliance::law::Text;
use crate::compliance::outcome::Outcome;
use crate::compliance::site::{Known, MilestoneFacts, MilestoneKind, PlanStatus, SiteStatus};

pub(super) const SCHEDULE: Rule = Rule { id: "MIL-SCHEDULE", check: schedule };
pub(super) const PUBLISHING: Rule = Rule { id: "PLN-PUBLISH", check: publishing };

/// Days behind plan of one step on a day: positive when late; and whether it is still open. `None` without a plan.
pub fn delay(step: &MilestoneFacts, as_of: NaiveDate) -> Option<(i64, bool)> {
    let planned = step.planned_on?;
    let reached = step.reached_on.filter(|day| *day <= as_of);
    Some(((reached.unwrap_or(as_of) - planned).num_days(), reached.is_none()))
}

/// Whether other records show that a step without a day of its own is done: then it is not overdue.
pub fn is_done_elsewhere(known: &Known<'_>, step: &MilestoneFacts) -> bool {
    match step.kind {
        Some(MilestoneKind::PlanApproved) => {
            known.plans.iter().any(|(_, status)| *status == Some(PlanStatus::Approved))
        }
        Some(MilestoneKind::InOperation | MilestoneKind::GroundBroken) => known.status == Some(SiteStatus::Operating),
        Some(MilestoneKind::Founded) => matches!(
            known.status,
            Some(SiteStatus::Established | SiteStatus::UnderConstruction | SiteStatus::Operating)
        ),
        _ => false,
    }
}

fn schedule(context: &Context<'_>) -> Finding {
    let as_of = context.known.as_of;
    let is_open = |step: &MilestoneFacts, open| open && !is_done_elsewhere(context.known, step);
    let steps = || context.known.site.milestones.iter().filter_map(|step| Some((step, delay(step, as_of)?)));
    let overdue: Vec<_> = steps().filter(|(step, (days, open))| is_open(step, *open) && *days > 0).collect();
    let evidence = steps().filter(|(step, (days, open))| !*open || (*days > 0 && is_open(step, *open))).map(
        |(step, (days, open))| {
            let planned = step.planned_on.map(|day| day.to_string());
            let planned_vi = step.planned_on.map(date_vi).unwrap_or_default();
            Evidence {
                unit: Some("d".to_owned()),
                allowed: Some("≤ 0".to_owned()),
                allowed_unit: Some("d".to_owned()),
                note: Some(Text::new(
                    format!("kế hoạch {planned_vi}{}", if open { ", chưa thực hiện" } else { "" }),
                    format!("planned {}{}", planned.unwrap_or_default(), if open { ", still open" } else { "" }),
                )),
                ..Evidence::of(&step.row, step.kind.map_or("milestone", |kind| kind.as_str()), Some(&days.to_string()))
                    .on(step.reached_on.filter(|day| *day <= as_of))
            }
        },
    );
    let evidence: Vec<Evidence> = evidence.collect();
    let worst = overdue.iter().map(|(_, (days, _))| *days).max();
    match (worst, steps().next()) {
        (_, None) => Finding::unknown("Chưa có kế hoạch tiến độ.", "No schedule is on record.")
            .lacking(Missing::rows("milestones")),
        (Some(days), _) => Finding::new(
            Outcome::Breached,
            Text::new(
                format!("{} mốc quá hạn, chậm nhất {days} ngày.", overdue.len()),
                match overdue.len() {
                    1 => format!("1 step is overdue by {}.", days_en(days)),
                    steps => format!("{steps} steps are overdue, the worst by {}.", days_en(days)),
                },
            ),
        ),
        (None, Some(_)) => Finding::met("Không có mốc nào quá hạn.", "No step is overdue."),
    }
    .with(evidence)
}

fn publishing(context: &Context<'_>) -> Finding {
    let as_of = context.known.as_of;
    let limit = match context.limit(PUBLISHING.id, "maximum", as_of) {
        Ok(limit) => limit,
        Err(finding) => return finding,
    };
    let is_approved = |status: &Option<PlanStatus>| *status == Some(PlanStatus::Approved);
    // Approved under the text that asks for publishing in time.
    let decided = context.known.plans.iter().filter(|(_, status)| is_approved(status)).filter_map(|(plan, _)| {
        let day = plan.decided_on.filter(|day| limit.basis.in_force(*day))?;
        Some((plan, day))
    });
    let Some((plan, approved)) = decided.max_by_key(|(_, day)| *day) else {
        return Finding::not_applicable(
            "Không có quy hoạch được duyệt từ khi có quy định này.",
            "No plan was approved since the rule is in force.",
        );
    };
    // A plan cannot be published before it is approved.
    if plan.published_on.is_some_and(|day| day < approved) {
        return Finding::not_on_record(&plan.row, "published_on");
    }
    let published = plan.published_on.filter(|day| *day <= as_of);
    let days = Decimal::from((published.unwrap_or(as_of) - approved).num_days());
    let evidence = Evidence::against(&plan.row, "published_on", days, Must::NotExceed, limit).on(published);
    match (published, Must::NotExceed.holds(days, limit.value)) {
        (Some(_), true) => Finding::met("Quy hoạch được công bố đúng hạn.", "The plan was published in time."),
        (Some(_), false) => Finding::breached("Quy hoạch được công bố muộn.", "The plan was published late."),
        (None, true) => {
            Finding::not_applicable("Chưa đến hạn công bố quy hoạch.", "The plan is not due for publishing yet.")
        }
        (None, false) if plan.published_on.is_some() => {
            Finding::breached("Quá hạn công bố quy hoạch.", "The plan is past the day for publishing.")
        }
        // An empty cell does not say that nothing was published.
        (None, false) => Finding::not_on_record(&plan.row, "published_on"),
    }
    .with([evidence])
}
