//! Dates against each other and against today.

use chrono::NaiveDate;

use super::{Check, FaultKind, Weight};
use crate::compliance::evidence::{RowRef, date_vi};
use crate::compliance::rules::newest_item;
use crate::compliance::site::{Known, MilestoneKind, PlanFacts, SiteFacts, SiteStatus, StationFacts};

/// A date with what it is in both languages.
type Named = (&'static str, &'static str, Option<NaiveDate>);

pub(super) fn check(check: &mut Check<'_>) {
    let site = check.site;
    project(check, site);
    contradictions(check, site);
    for step in &site.milestones {
        future(check, &step.row, "actual_on", step.reached_on);
    }
    for plan in &site.plans {
        self::plan(check, plan);
    }
    for violation in &site.violations {
        let row = &violation.row;
        future(check, row, "opened_on", violation.opened_on);
        future(check, row, "closed_on", violation.closed_on);
        let opened = ("phát hiện", "found", violation.opened_on);
        if let Some((earlier, later)) = reversed(opened, ("xử lý xong", "closed", violation.closed_on)) {
            tell(check, FaultKind::ClosedBeforeOpened, Weight::Error, row, "closed_on", earlier, later);
        }
        order(check, row, "deadline_on", Weight::Error, opened, ("hạn khắc phục", "deadline", violation.deadline_on));
    }
    for item in &site.infrastructure {
        future(check, &item.row, "state_date", item.status_date);
    }
    for station in &site.stations {
        self::station(check, station);
    }
}

/// A state that says less than the steps do, and works of which two rows say otherwise on one day.
fn contradictions(check: &mut Check<'_>, site: &SiteFacts) {
    let known = Known::on(site, check.as_of);
    if matches!(known.status, Some(SiteStatus::Planned | SiteStatus::Established)) && known.is_begun() {
        check.find(
            FaultKind::Contradiction,
            Weight::Warning,
            &site.row,
            "status",
            "Mốc tiến độ ghi đã khởi công hoặc hoạt động, tình trạng cụm ghi chưa xây dựng.".to_owned(),
            "Steps say that ground is broken or the cluster works; its state says that nothing is built.".to_owned(),
        );
    }
    for rows in [&known.infrastructure, &known.outside] {
        for row in rows {
            let newest = newest_item(rows, &row.item_code);
            if newest.is_some_and(|newest| newest.row.row.id == row.row.id && newest.status != row.status) {
                check.find(
                    FaultKind::Contradiction,
                    Weight::Error,
                    &row.row,
                    "status",
                    format!("Hai bản ghi cùng ngày về hạng mục {} ghi tình trạng khác nhau.", row.item_code),
                    format!("Two rows of one day say otherwise of the item {}.", row.item_code),
                );
            }
        }
    }
}

/// The steps of the site's project. A cluster may have worked long before it was founded by decision, so an order
/// that is only odd is a warning.
fn project(check: &mut Check<'_>, site: &SiteFacts) {
    let reached = |kind| {
        let steps = site.milestones.iter().filter(|step| step.kind == Some(kind));
        steps.filter_map(|step| step.reached_on).min()
    };
    let row = &site.row;
    let founded = ("thành lập", "founded", site.founded_on.or(reached(MilestoneKind::Founded)));
    let broken = [reached(MilestoneKind::GroundBroken), site.construction_started_on].into_iter().flatten().min();
    let broken = ("khởi công", "ground broken", broken);
    let completed = ("hoàn thành hạ tầng", "infrastructure completed", reached(MilestoneKind::ConstructionCompleted));
    let operating = ("đi vào hoạt động", "in operation", reached(MilestoneKind::InOperation));
    let expanded = ("mở rộng", "expanded", reached(MilestoneKind::Expanded));
    order(check, row, "milestones", Weight::Error, broken, completed);
    order(check, row, "milestones", Weight::Error, founded, expanded);
    order(check, row, "milestones", Weight::Warning, founded, broken);
    order(check, row, "milestones", Weight::Warning, founded, operating);
    order(check, row, "milestones", Weight::Warning, broken, operating);
    future(check, row, "established_on", site.founded_on);
    future(check, row, "construction_started_on", site.construction_started_on);
    future(check, row, "env_regulation_on", site.environment.regulation_on);
    future(check, row, "unleased_land_published_on", site.land.unleased_land_published_on);
    future(check, row, "env_plan_approved_on", site.village.env_plan_approved_on);
    use chrono::Datelike;
    let years = [
        ("established_year", site.founded_year.map(i64::from)),
        ("pollution_class_year", site.village.class_year),
        ("env_report_year", site.environment.report_year),
        ("trade_since_year", site.village.trade_since_year),
    ];
    for (field, year) in years {
        // The day says the same as the year it was taken from, and has been reported.
        let is_said = field == "established_year" && site.founded_on.is_some();
        if let Some(year) = year.filter(|year| *year > i64::from(check.today.year()) && !is_said) {
            check.find(
                FaultKind::FutureDate,
                Weight::Error,
                row,
                field,
                format!("{field} = {year} còn ở tương lai."),
                format!("{field} = {year} lies in the future."),
            );
        }
    }
}

fn plan(check: &mut Check<'_>, plan: &PlanFacts) {
    let chain = [
        ("duyệt nhiệm vụ", "task approved", plan.task_approved_on),
        ("lấy ý kiến", "consulted", plan.consulted_on),
        ("trình", "submitted", plan.submitted_on),
        ("thẩm định", "appraised", plan.appraised_on),
        ("phê duyệt", "approved", plan.decided_on),
        ("công bố", "published", plan.published_on),
        ("bị thay thế", "superseded", plan.superseded_on),
    ];
    let fields = [
        "task_approved_on",
        "consulted_on",
        "submitted_on",
        "appraised_on",
        "approved_on",
        "published_on",
        "superseded_on",
    ];
    let mut earlier: Option<Named> = None;
    for (named, field) in chain.into_iter().zip(fields) {
        future(check, &plan.row, field, named.2);
        if let Some(earlier) = earlier {
            order(check, &plan.row, field, Weight::Error, earlier, named);
        }
        if named.2.is_some() {
            earlier = Some(named);
        }
    }
}

fn station(check: &mut Check<'_>, station: &StationFacts) {
    let row = &station.row;
    let permit = &station.permit;
    let issued = ("cấp phép", "permit issued", permit.issued_on);
    order(check, row, "env_permit_expires_on", Weight::Error, issued, ("hết hạn", "expires", permit.expires_on));
    future(check, row, "env_permit_issued_on", permit.issued_on);
    future(check, row, "status_date", station.status_date);
    future(check, row, "auto_monitoring_since", station.auto_monitoring_since);
    future(check, row, "operation_log_since", station.operation_log_since);
    // A station that does not run yet may be due on a day to come.
    if station.runs() == Some(true) {
        future(check, row, "commissioned_on", station.commissioned_on);
    }
}

fn reversed(earlier: Named, later: Named) -> Option<(Named, Named)> {
    earlier.2.zip(later.2).filter(|(first, second)| first > second).map(|_| (earlier, later))
}

fn order(check: &mut Check<'_>, row: &RowRef, field: &str, severity: Weight, earlier: Named, later: Named) {
    if let Some((earlier, later)) = reversed(earlier, later) {
        tell(check, FaultKind::DatesOutOfOrder, severity, row, field, earlier, later);
    }
}

fn tell(
    check: &mut Check<'_>,
    kind: FaultKind,
    severity: Weight,
    row: &RowRef,
    field: &str,
    earlier: Named,
    later: Named,
) {
    let (Some(first), Some(second)) = (earlier.2, later.2) else { return };
    check.find(
        kind,
        severity,
        row,
        field,
        format!("{} {} sau {} {}.", capital(earlier.0), date_vi(first), later.0, date_vi(second)),
        format!("{} {first}, after {} {second}.", capital(earlier.1), later.1),
    );
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A day of something that has happened must have come.
fn future(check: &mut Check<'_>, row: &RowRef, field: &str, day: Option<NaiveDate>) {
    if let Some(day) = day.filter(|day| *day > check.today) {
        check.find(
            FaultKind::FutureDate,
            Weight::Error,
            row,
            field,
            format!("{field} = {} còn ở tương lai.", date_vi(day)),
            format!("{field} = {day} lies in the future."),
        );
    }
}
