//! The past of one site: its status quarter by quarter, and what happened when.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::assessment::Assessment;
use super::effluent::assess_sample_set;
use super::evidence::{RowRef, date_vi, money, number_vi};
use super::law::Text;
use super::outcome::{Outcome, Status, Verdict};
use super::rules::delay;
use super::site::{MilestoneKind, PlanStatus, SiteFacts, ViolationStatus};
use super::standards::Standards;
use super::words::words;

/// Quarters that a history shows.
pub const QUARTERS: usize = 12;

/// A quarter of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    /// Year.
    pub year: i32,
    /// 1 to 4.
    pub number: u32,
}

impl Quarter {
    /// The quarter of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), number: day.month0() / 3 + 1 }
    }

    /// A quarter as it is written, such as `2026-Q3`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, number) = text.split_once("-Q")?;
        let is_plain = |digits: &str, count: usize| digits.len() == count && digits.bytes().all(|b| b.is_ascii_digit());
        let quarter = Self { year: year.parse().ok()?, number: number.parse().ok()? };
        (is_plain(year, 4) && is_plain(number, 1) && (1..=4).contains(&quarter.number)).then_some(quarter)
    }

    /// Its first day.
    pub fn first_day(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year, self.number * 3 - 2, 1)
    }

    /// Its last day.
    pub fn last_day(self) -> Option<NaiveDate> {
        self.first_day()?.checked_add_months(Months::new(3))?.checked_sub_days(Days::new(1))
    }

    /// The one before.
    fn before(self) -> Self {
        if self.number == 1 {
            Self { year: self.year - 1, number: 4 }
        } else {
            Self { number: self.number - 1, ..self }
        }
    }
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-Q{}", self.year, self.number)
    }
}

/// How a site stood at the end of a quarter.
#[derive(Debug, Clone)]
pub struct QuarterStatus {
    /// The quarter.
    pub quarter: Quarter,
    /// The day it is told for: its last, or the day of the question while it runs.
    pub as_of: NaiveDate,
    /// The assessment of that day; `None` where the site was not on record.
    pub assessment: Option<Arc<Assessment>>,
}

/// The days for which so many quarters up to the one of `as_of` are told, oldest first: the last day of each, and `as_of`
/// itself while a quarter runs.
pub fn quarter_ends(as_of: NaiveDate, count: usize) -> Vec<NaiveDate> {
    up_to(as_of, count).into_iter().map(|quarter| told_for(quarter, as_of)).collect()
}

fn up_to(as_of: NaiveDate, count: usize) -> Vec<Quarter> {
    let newest = Quarter::of(as_of);
    let mut all: Vec<Quarter> =
        std::iter::successors(Some(newest), |quarter| Some(quarter.before())).take(count).collect();
    all.reverse();
    all
}

fn told_for(quarter: Quarter, as_of: NaiveDate) -> NaiveDate {
    quarter.last_day().map_or(as_of, |last| last.min(as_of))
}

/// The twelve quarters up to the one in which `as_of` lies, oldest first. `assess` gives the assessment of a day.
pub fn quarters(as_of: NaiveDate, assess: impl Fn(NaiveDate) -> Option<Arc<Assessment>>) -> Vec<QuarterStatus> {
    let status = |quarter: Quarter| {
        let day = told_for(quarter, as_of);
        QuarterStatus { quarter, as_of: day, assessment: assess(day) }
    };
    up_to(as_of, QUARTERS).into_iter().map(status).collect()
}

impl QuarterStatus {
    /// Status over the core rules; unknown while the site was not on record.
    pub fn status(&self) -> Status {
        self.assessment.as_ref().map_or(Status::Unknown, |assessment| assessment.status)
    }

    /// What a rule said; `None` where it was not asked.
    pub fn outcome(&self, rule: &str) -> Option<Outcome> {
        let mut rules = self.assessment.as_ref()?.rules.iter();
        rules.find(|asked| asked.rule == rule).map(|asked| asked.outcome)
    }
}

words! {
    /// What kind of thing happened.
    EventKind {
        /// A step of the site.
        Milestone = "milestone",
        /// Something about a 1/500 plan.
        Plan = "plan",
        /// Something about a violation.
        Violation = "violation",
        /// Something about an environmental permit.
        Permit = "permit",
        /// Something about a treatment station.
        Station = "station",
        /// A sample outside its limits.
        SampleBreach = "sample_breach",
    }
}

/// Something that happened at a site, or is planned to.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub date: NaiveDate,
    /// What kind of thing.
    pub kind: EventKind,
    /// What, in a few words.
    pub title: Text,
    /// More of it.
    pub detail: Option<Text>,
    /// Where it stands.
    pub row: RowRef,
    /// Whether it has not happened yet on the day of the question.
    pub is_planned: bool,
}

/// What happened at a site up to a day, and what was planned then: newest first.
pub fn timeline(standards: &Standards, site: &SiteFacts, as_of: NaiveDate) -> Vec<Event> {
    let mut events = Vec::new();
    milestones(site, as_of, &mut events);
    plans(site, as_of, &mut events);
    violations(site, as_of, &mut events);
    stations(site, as_of, &mut events);
    sample_breaches(standards, site, as_of, &mut events);
    events.sort_by(|a, b| (b.date, a.kind, &a.row.id).cmp(&(a.date, b.kind, &b.row.id)));
    events
}

fn event(date: NaiveDate, kind: EventKind, row: &RowRef, vi: impl Into<String>, en: impl Into<String>) -> Event {
    Event { date, kind, title: Text::new(vi, en), detail: None, row: row.clone(), is_planned: false }
}

fn step_name(kind: Option<MilestoneKind>) -> (&'static str, &'static str) {
    match kind {
        Some(MilestoneKind::Founded) => ("Thành lập", "Founded"),
        Some(MilestoneKind::Expanded) => ("Mở rộng", "Expanded"),
        Some(MilestoneKind::PlanApproved) => ("Phê duyệt quy hoạch 1/500", "1/500 plan approved"),
        Some(MilestoneKind::LandHandedOver) => ("Bàn giao mặt bằng", "Land handed over"),
        Some(MilestoneKind::GroundBroken) => ("Khởi công", "Ground broken"),
        Some(MilestoneKind::ConstructionCompleted) => ("Hoàn thành hạ tầng", "Infrastructure completed"),
        Some(MilestoneKind::InOperation) => ("Đi vào hoạt động", "In operation"),
        None => ("Mốc tiến độ", "Milestone"),
    }
}

fn milestones(site: &SiteFacts, as_of: NaiveDate, events: &mut Vec<Event>) {
    for step in &site.milestones {
        let (vi, en) = step_name(step.kind);
        let late = delay(step, as_of).filter(|(days, _)| *days > 0);
        let late = late.map(|(days, _)| Text::new(format!("chậm {days} ngày"), format!("{days} days late")));
        match (step.reached_on.filter(|day| *day <= as_of), step.planned_on) {
            (Some(reached), _) => {
                let decision = step.decision.as_ref().map(|no| Text::new(no.clone(), no.clone()));
                let detail = join([decision, late]);
                events.push(Event { detail, ..event(reached, EventKind::Milestone, &step.row, vi, en) });
            }
            (None, Some(planned)) => {
                let blocked = step.blocking_step.as_ref().map(|step| Text::new(step.clone(), step.clone()));
                let detail = join([late, blocked]);
                let planned = event(planned, EventKind::Milestone, &step.row, vi, en);
                events.push(Event { detail, is_planned: true, ..planned });
            }
            (None, None) => {}
        }
    }
}

/// Texts behind each other; `None` for none.
fn join(parts: impl IntoIterator<Item = Option<Text>>) -> Option<Text> {
    let join = |a: Text, b: Text| Text::new(format!("{}; {}", a.vi, b.vi), format!("{}; {}", a.en, b.en));
    parts.into_iter().flatten().reduce(join)
}

fn plans(site: &SiteFacts, as_of: NaiveDate, events: &mut Vec<Event>) {
    for plan in &site.plans {
        let decided = match plan.status {
            Some(PlanStatus::Rejected) => ("Trả lại quy hoạch 1/500", "1/500 plan rejected"),
            _ => ("Phê duyệt quy hoạch 1/500", "1/500 plan approved"),
        };
        let steps = [
            (plan.task_approved_on, ("Duyệt nhiệm vụ quy hoạch 1/500", "Task of the 1/500 plan approved")),
            (plan.consulted_on, ("Lấy ý kiến quy hoạch 1/500", "Opinions on the 1/500 plan taken")),
            (plan.submitted_on, ("Trình quy hoạch 1/500", "1/500 plan submitted")),
            (plan.appraised_on, ("Thẩm định quy hoạch 1/500", "1/500 plan appraised")),
            (plan.decided_on, decided),
            (plan.published_on, ("Công bố quy hoạch 1/500", "1/500 plan published")),
            (plan.superseded_on, ("Quy hoạch 1/500 bị thay thế", "1/500 plan superseded")),
        ];
        for (date, (vi, en)) in steps {
            if let Some(date) = date.filter(|date| *date <= as_of) {
                let name = plan.name.as_ref().map(|name| Text::new(name.clone(), name.clone()));
                events.push(Event { detail: name, ..event(date, EventKind::Plan, &plan.row, vi, en) });
            }
        }
    }
}

fn violations(site: &SiteFacts, as_of: NaiveDate, events: &mut Vec<Event>) {
    for violation in &site.violations {
        let kind = violation.kind.clone().unwrap_or_default();
        // Decision and fine have no days of their own.
        let was_said = violation.row.was_said_by(as_of);
        let decision = violation.decision_no.as_ref().filter(|_| was_said);
        let decision = decision.map(|no| Text::new(format!("quyết định {no}"), format!("decision {no}")));
        let fine = violation.fine_vnd.filter(|_| was_said).map(|fine| {
            let fine = money(fine);
            Text::new(format!("phạt {}", fine.vi), format!("fined {}", fine.en))
        });
        if let Some(date) = violation.opened_on.filter(|date| *date <= as_of) {
            let detail = join([Some(Text::new(kind.clone(), kind.clone())), decision, fine]);
            let opened = event(date, EventKind::Violation, &violation.row, "Phát hiện vi phạm", "Violation found");
            events.push(Event { detail, ..opened });
        }
        if let Some(date) = violation.closed_on.filter(|date| *date <= as_of) {
            let detail = Some(Text::new(kind.clone(), kind));
            let closed =
                event(date, EventKind::Violation, &violation.row, "Khắc phục xong vi phạm", "Violation closed");
            events.push(Event { detail, ..closed });
        } else if let Some(date) = violation.deadline_on.filter(|_| violation.status != Some(ViolationStatus::Remedied))
        {
            let due =
                event(date, EventKind::Violation, &violation.row, "Hạn khắc phục vi phạm", "Violation to be closed by");
            events.push(Event { is_planned: true, ..due });
        }
    }
}

fn stations(site: &SiteFacts, as_of: NaiveDate, events: &mut Vec<Event>) {
    for station in &site.stations {
        let name = station.name.as_ref().map(|name| Text::new(name.clone(), name.clone()));
        let mut push = |date: Option<NaiveDate>, kind, detail: Option<Text>, vi: &str, en: &str| {
            if let Some(date) = date.filter(|date| *date <= as_of) {
                events.push(Event { detail, ..event(date, kind, &station.row, vi, en) });
            }
        };
        push(
            station.commissioned_on,
            EventKind::Station,
            name,
            "Trạm xử lý vận hành",
            "Treatment station in operation",
        );
        push(
            station.auto_monitoring_since,
            EventKind::Station,
            None,
            "Quan trắc tự động truyền số liệu",
            "Automatic monitoring connected",
        );
        let number = station.permit.number.as_ref().map(|no| Text::new(no.clone(), no.clone()));
        push(
            station.permit.issued_on,
            EventKind::Permit,
            number.clone(),
            "Cấp giấy phép môi trường",
            "Environmental permit granted",
        );
        if let Some(date) =
            station.permit.expires_on.filter(|_| station.permit.issued_on.is_none_or(|day| day <= as_of))
        {
            let expiry = event(
                date,
                EventKind::Permit,
                &station.row,
                "Giấy phép môi trường hết hạn",
                "Environmental permit expires",
            );
            events.push(Event { detail: number, is_planned: date > as_of, ..expiry });
        }
    }
}

/// One event for each day and point on which a parameter was outside its limit.
fn sample_breaches(standards: &Standards, site: &SiteFacts, as_of: NaiveDate, events: &mut Vec<Event>) {
    for station in &site.stations {
        let mut sets: BTreeMap<(NaiveDate, Option<&str>), Vec<_>> = BTreeMap::new();
        for sample in station.samples.iter().filter(|sample| sample.sampled_on <= as_of && sample.is_of_outlet()) {
            sets.entry((sample.sampled_on, sample.sample_point.as_deref())).or_default().push(sample);
        }
        for ((day, _), rows) in sets {
            let set = assess_sample_set(standards, &station.discharge, day, rows.iter().copied());
            let failing = set.parameters.iter().filter(|parameter| parameter.verdict == Verdict::Fail);
            let parts: Vec<Text> = failing
                .map(|parameter| {
                    let code = &parameter.sample.parameter;
                    let name = standards.limits.iter().find(|limit| limit.parameter == *code).map(|limit| &limit.name);
                    let name = name.cloned().unwrap_or_else(|| Text::new(code.clone(), code.clone()));
                    match parameter.exceed_ratio.map(|ratio| ratio.round_dp(2).normalize().to_string()) {
                        Some(ratio) => {
                            Text::new(format!("{} {}×", name.vi, number_vi(&ratio)), format!("{} {ratio}×", name.en))
                        }
                        None => name,
                    }
                })
                .collect();
            let Some(first) = rows.first().filter(|_| !parts.is_empty()) else { continue };
            let detail = join(parts.into_iter().map(Some));
            let breach = event(
                day,
                EventKind::SampleBreach,
                &first.row,
                format!("Mẫu nước thải ngày {} vượt quy chuẩn", date_vi(day)),
                format!("Effluent sample of {day} outside its limits"),
            );
            events.push(Event { detail, ..breach });
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compliance::site::{MilestoneFacts, PlanFacts, ViolationFacts};
    use crate::compliance::{SiteCollection, assess_site};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn row(id: &str) -> RowRef {
        RowRef { collection: "t".to_owned(), id: id.to_owned(), ..RowRef::default() }
    }

    #[test]
    fn twelve_quarters_end_with_the_running_one_told_for_today() {
        let told = quarters(day("2026-02-15"), |_| None);
        assert_eq!(told.len(), 12);
        let ends: Vec<_> = told.iter().map(|told| (told.quarter.to_string(), told.as_of.to_string())).collect();
        assert_eq!(ends[0], ("2023-Q2".to_owned(), "2023-06-30".to_owned()));
        assert_eq!(ends[10], ("2025-Q4".to_owned(), "2025-12-31".to_owned()));
        assert_eq!(ends[11], ("2026-Q1".to_owned(), "2026-02-15".to_owned()));
        assert!(told.iter().all(|told| told.status() == Status::Unknown));
    }

    #[test]
    fn a_quarter_that_ends_today_is_told_for_its_last_day() {
        let told = quarters(day("2024-12-31"), |_| None);
        assert_eq!(told[11].as_of, day("2024-12-31"));
        assert_eq!(told[11].quarter, Quarter { year: 2024, number: 4 });
    }

    #[test]
    fn a_quarter_says_what_held_on_its_day() {
        // Approved in the second quarter of 2024: not in the first, and in the second.
        let standards = Standards::bundled().unwrap();
        let site = SiteFacts {
            status: Some(crate::compliance::site::SiteStatus::Operating),
            plans: vec![PlanFacts {
                row: row("p"),
                status: Some(PlanStatus::Approved),
                submitted_on: Some(day("2024-01-10")),
                decided_on: Some(day("2024-05-01")),
                ..PlanFacts::default()
            }],
            ..SiteFacts::new(SiteCollection::Clusters, row("c"))
        };
        let told = quarters(day("2024-06-30"), |day| Some(Arc::new(assess_site(&standards, &site, day))));
        assert_eq!(told[10].outcome("PLN-APPROVED"), Some(Outcome::Breached));
        assert_eq!(told[11].outcome("PLN-APPROVED"), Some(Outcome::Met));
    }

    #[test]
    fn a_timeline_tells_what_had_happened_and_what_was_overdue_then() {
        let site = SiteFacts {
            milestones: vec![
                MilestoneFacts {
                    row: row("m1"),
                    kind: Some(MilestoneKind::Founded),
                    reached_on: Some(day("2020-01-01")),
                    planned_on: Some(day("2019-12-22")),
                    ..MilestoneFacts::default()
                },
                MilestoneFacts {
                    row: row("m2"),
                    kind: Some(MilestoneKind::GroundBroken),
                    planned_on: Some(day("2021-03-01")),
                    reached_on: Some(day("2024-01-01")),
                    blocking_step: Some("GPMB".to_owned()),
                    ..MilestoneFacts::default()
                },
            ],
            violations: vec![ViolationFacts {
                row: row("v1"),
                kind: Some("land_use".to_owned()),
                status: Some(ViolationStatus::Remedied),
                opened_on: Some(day("2021-02-01")),
                closed_on: Some(day("2022-01-01")),
                ..ViolationFacts::default()
            }],
            ..SiteFacts::new(SiteCollection::Clusters, row("c"))
        };
        let told = timeline(&Standards::bundled().unwrap(), &site, day("2021-03-11"));
        let lines: Vec<_> = told
            .iter()
            .map(|event| {
                (event.date.to_string(), event.title.en.clone(), event.detail.clone().map(|d| d.en), event.is_planned)
            })
            .collect();
        let expected = [
            ("2021-03-01", "Ground broken", Some("10 days late; GPMB"), true),
            ("2021-02-01", "Violation found", Some("land_use"), false),
            ("2020-01-01", "Founded", Some("10 days late"), false),
        ];
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(date, title, detail, planned)| {
                (date.to_owned(), title.to_owned(), detail.map(str::to_owned), planned)
            })
            .collect();
        assert_eq!(lines, expected);
    }
}
