//! ENV-INFRA, ENV-24M, ENV-NO-NEW, ENV-CONNECT, ENV-NO-STORM, ENV-STAFF, ENV-REG: what a cluster must have and do to
//! keep its environment (LEP 2020 Art. 51 and 52).

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;

use super::checklist::{self, Part};
use super::infrastructure::{is_done, item_missing, newest};
use super::land::share_pct;
use super::limits::Must;
use super::{Context, Finding, Rule, auto_monitoring, effluent, land, no_station_on_record, station};
use crate::compliance::evidence::{Evidence, Missing, date_vi, days_en};
use crate::compliance::law::Text;
use crate::compliance::outcome::{Outcome, Verdict};
use crate::compliance::site::{ItemStatus, StationFacts, StationStatus};

pub(super) const INFRASTRUCTURE: Rule = Rule { id: "ENV-INFRA", check: infrastructure };
pub(super) const TRANSITION: Rule = Rule { id: "ENV-24M", check: transition };
pub(super) const NEW_PROJECTS: Rule = Rule { id: "ENV-NO-NEW", check: new_projects };
pub(super) const CONNECTION: Rule = Rule { id: "ENV-CONNECT", check: connection };
pub(super) const STORM_DRAIN: Rule = Rule { id: "ENV-NO-STORM", check: storm_drain };
pub(super) const STAFF: Rule = Rule { id: "ENV-STAFF", check: staff };
pub(super) const REGULATION: Rule = Rule { id: "ENV-REG", check: regulation };

/// The five parts of a cluster's environmental infrastructure, put together from what is on record. `treated` says whether
/// the treatment does what it should, where that is asked.
fn five_parts(context: &Context<'_>, treated: Option<Part>) -> Finding {
    let site = context.known.site;
    let treatment = item(context, "WWTP", ("thu gom và xử lý nước thải tập trung", "collection and central treatment"));
    let treatment = treatment.and(Part::rule(("", ""), context.other(&station::RULE))).and(treated);
    checklist::all(
        [
            Some(item(context, "DRAIN", ("hệ thống thu gom, thoát nước mưa", "rainwater system"))),
            Some(treatment),
            Some(Part::flag(
                ("công trình phòng ngừa, ứng phó sự cố", "incident-prevention works"),
                &site.row,
                "has_incident_works",
                site.environment.has_incident_works,
            )),
            Part::rule(
                ("quan trắc nước thải tự động, liên tục", "automatic monitoring"),
                context.other(&auto_monitoring::RULE),
            ),
            Part::rule(("tỷ lệ cây xanh", "share of greenery"), context.other(&land::GREEN)),
        ]
        .into_iter()
        .flatten(),
    )
}

/// Readings that pass are evidence of their own rule; here they would only hide the rest.
fn failing(mut finding: Finding) -> Finding {
    finding.evidence.retain(|evidence| evidence.verdict != Some(Verdict::Pass));
    finding
}

/// A work of the checklist. That the checklist does not ask for it at this site does not free it from the law.
fn item(context: &Context<'_>, code: &str, name: (&str, &str)) -> Part {
    match newest(&context.known.infrastructure, code) {
        None => Part::open(name, item_missing(&context.known.site.row, code)),
        Some(newest) => {
            let holds = is_done(newest.status).filter(|_| newest.status != Some(ItemStatus::NotRequired));
            let status = newest.status.map(|status| status.as_str().to_owned());
            Part::of(name, holds, &newest.row.row, "status", status)
        }
    }
}

fn infrastructure(context: &Context<'_>) -> Finding {
    let treated = Part::rule(("", ""), failing(context.other(&effluent::RULE)));
    context.unless_within_time(five_parts(context, treated))
}

/// The last day that the law gave to clusters already in operation.
fn transition(context: &Context<'_>) -> Finding {
    if context.operated_at_start() == Some(false) {
        return Finding::not_applicable(
            "Cụm hoạt động sau ngày luật có hiệu lực nên không có thời gian chuyển tiếp.",
            "The cluster began after the law came into force, so no time was given to it.",
        );
    }
    // What the station lets out today says nothing of whether the works were completed.
    let found = five_parts(context, None);
    let Some(due) = context.due.filter(|_| found.outcome != Outcome::Met) else { return found };
    let day = date_vi(due);
    if context.is_before_due() {
        return Finding::not_applicable(
            &format!("Chưa hoàn thành; hạn là {day}."),
            &format!("Not complete yet; due by {due}."),
        )
        .with(found.evidence);
    }
    let days = (context.known.as_of - due).num_days();
    let why = match found.outcome {
        Outcome::Breached => Text::new(
            format!("Quá hạn {day} {days} ngày. {}", found.why.vi),
            format!("{} past {due}. {}", days_en(days), found.why.en),
        ),
        _ => found.why,
    };
    Finding { why, ..found }
}

/// Whether a station ran on a day; `None` where that is not on record.
fn ran_on(station: &StationFacts, day: NaiveDate) -> Option<bool> {
    let told_by_then = station.status_date.is_some_and(|told| told <= day);
    match station.status? {
        StationStatus::Operating => match station.commissioned_on {
            Some(since) => Some(since <= day),
            None => told_by_then.then_some(true),
        },
        StationStatus::None | StationStatus::Planned | StationStatus::UnderConstruction | StationStatus::Unfinished => {
            Some(false)
        }
        // It may have run before it stopped.
        StationStatus::BuiltNotOperating => told_by_then.then_some(false),
        StationStatus::Trial | StationStatus::Unknown => None,
    }
}

fn new_projects(context: &Context<'_>) -> Finding {
    let (known, row) = (context.known, &context.known.site.row);
    // What was the newest project before one that began later is not on record.
    let newest = known.site.environment.newest_project_on.filter(|day| *day <= known.as_of);
    let Some(began) = newest else { return Finding::not_on_record(row, "newest_project_on") };
    let project = Evidence::of(row, "newest_project_on", Some(&began.to_string())).on(Some(began));
    let in_force = context.bases.iter().filter_map(|basis| basis.basis.from).min();
    if in_force.is_some_and(|from| began < from) {
        return Finding::met(
            "Không có dự án có nước thải nào bắt đầu từ khi quy định có hiệu lực.",
            "No project that makes wastewater began since the rule is in force.",
        )
        .with([project]);
    }
    if known.stations.is_empty() {
        return no_station_on_record().with([project]);
    }
    let states: Vec<_> = known.stations.iter().map(|station| (station.facts, ran_on(station.facts, began))).collect();
    let finding = if states.iter().any(|(_, ran)| *ran == Some(true)) {
        Finding::met("Dự án mới bắt đầu khi trạm đã vận hành.", "The newest project began while a station ran.")
    } else if states.iter().all(|(_, ran)| *ran == Some(false)) {
        Finding::breached(
            "Dự án mới có nước thải bắt đầu khi chưa có trạm xử lý tập trung vận hành.",
            "A new project that makes wastewater began while no central station ran.",
        )
    } else {
        Finding::unknown(
            "Chưa rõ trạm có vận hành khi dự án mới bắt đầu không.",
            "Whether a station ran when the newest project began is not on record.",
        )
        .lacking(states.iter().filter(|(_, ran)| ran.is_none()).map(|(station, _)| {
            let field = if station.status == Some(StationStatus::Operating) { "commissioned_on" } else { "status" };
            Missing::field(&station.row, field)
        }))
    };
    finding.with([project]).with(states.iter().map(|(station, _)| {
        Evidence::of(&station.row, "status", station.status.map(StationStatus::as_str)).on(station.commissioned_on)
    }))
}

fn connection(context: &Context<'_>) -> Finding {
    try_connection(context).map_or_else(|finding| finding, |finding| context.unless_within_time(finding))
}

fn try_connection(context: &Context<'_>) -> Result<Finding, Finding> {
    let (row, facts) = (&context.known.site.row, &context.known.site.environment);
    let count = |field: &str, value: Option<i64>| {
        value.filter(|count| *count >= 0).ok_or_else(|| Finding::not_on_record(row, field))
    };
    let limit = context.limit(CONNECTION.id, "minimum", context.known.as_of)?;
    let total = count("establishments_total", facts.establishments)?;
    let connected = count("establishments_connected", facts.establishments_connected)?;
    if total == 0 {
        return Ok(Finding::not_applicable("Chưa có cơ sở sản xuất.", "No establishment produces there."));
    }
    let disagree = |field: &str| {
        Finding::unknown("Các số liệu đấu nối không khớp nhau.", "The counts of establishments contradict each other.")
            .with([Evidence::of(row, "establishments_connected", Some(&connected.to_string()))])
            .lacking(Missing::field(row, field))
    };
    if connected > total {
        return Err(disagree("establishments_connected"));
    }
    // Where all are connected it does not matter who was exempt.
    let obliged =
        if connected == total { total } else { total - count("establishments_exempt", facts.establishments_exempt)? };
    match obliged {
        ..0 => return Err(disagree("establishments_exempt")),
        0 => return Ok(Finding::not_applicable("Mọi cơ sở đều được miễn đấu nối.", "Every establishment is exempt.")),
        // Exempt ones are among the connected, so it is open how many of the others are.
        _ if connected > obliged => return Err(disagree("establishments_exempt")),
        _ => {}
    }
    let says = [
        ("Mọi cơ sở phải đấu nối đã đấu nối.", "Every establishment that must be connected is."),
        ("Còn cơ sở chưa đấu nối nước thải.", "Establishments are not connected."),
    ];
    let share = share_pct(Decimal::from(connected), Decimal::from(obliged));
    let mut finding = context.compare("establishments_connected", share, Must::Reach, limit, says);
    for evidence in &mut finding.evidence {
        evidence.note = Some(Text::new(format!("{connected}/{obliged} cơ sở"), format!("{connected} of {obliged}")));
    }
    Ok(finding)
}

fn storm_drain(context: &Context<'_>) -> Finding {
    if let Some(finding) = context.nothing_discharges() {
        return finding;
    }
    let stations = || context.known.discharging().map(|station| station.facts);
    let evidence: Vec<Evidence> = stations()
        .filter_map(|station| {
            let flag = station.discharges_to_storm_drain?;
            Some(Evidence::of(&station.row, "discharges_to_storm_drain", Some(&flag.to_string())).allowed("false"))
        })
        .collect();
    // Only a station that is known to run is known to discharge.
    let is_breach =
        stations().any(|station| station.discharges_to_storm_drain == Some(true) && station.runs() == Some(true));
    let unclear: Vec<Missing> = stations()
        .filter_map(|station| match station.discharges_to_storm_drain {
            None => Some(Missing::field(&station.row, "discharges_to_storm_drain")),
            Some(true) if station.runs().is_none() => Some(Missing::field(&station.row, "status")),
            Some(_) => None,
        })
        .collect();
    if is_breach && context.is_before_due() {
        Finding::not_applicable(
            "Chưa đến hạn tách nước thải khỏi hệ thống thoát nước mưa.",
            "The time given for leaving the storm drain is not over.",
        )
    } else if is_breach {
        Finding::breached(
            "Nước thải sau xử lý còn xả vào hệ thống thoát nước mưa.",
            "Treated wastewater goes into the storm drain.",
        )
    } else if unclear.is_empty() {
        Finding::met("Nước thải không xả vào hệ thống thoát nước mưa.", "No wastewater goes into the storm drain.")
    } else {
        Finding::unknown(
            "Chưa rõ nước thải có xả vào hệ thống thoát nước mưa không.",
            "Whether wastewater goes into the storm drain is not on record.",
        )
        .lacking(unclear)
    }
    .with(evidence)
}

fn staff(context: &Context<'_>) -> Finding {
    let limit = match context.limit(STAFF.id, "minimum", context.known.as_of) {
        Ok(limit) => limit,
        Err(finding) => return finding,
    };
    let staff = context.known.site.environment.staff.filter(|staff| *staff >= 0);
    let says = [
        ("Có cán bộ phụ trách môi trường.", "There is an environmental officer."),
        ("Không có cán bộ phụ trách môi trường.", "There is no environmental officer."),
    ];
    context.compare("env_staff", staff.map(Decimal::from), Must::Reach, limit, says)
}

/// The newest year whose report is due on the day: the last whole one, once the days given for it are over.
fn report_due_for(context: &Context<'_>) -> Result<i32, Finding> {
    let as_of = context.known.as_of;
    let limit = context.limit(REGULATION.id, "report_days", as_of)?;
    let given = u64::try_from(limit.value).unwrap_or(u64::MAX);
    let last_day =
        NaiveDate::from_ymd_opt(as_of.year() - 1, 12, 31).and_then(|end| end.checked_add_days(Days::new(given)));
    Ok(if last_day.is_some_and(|last| as_of > last) { as_of.year() - 1 } else { as_of.year() - 2 })
}

fn regulation(context: &Context<'_>) -> Finding {
    let (row, facts, as_of) = (&context.known.site.row, &context.known.site.environment, context.known.as_of);
    let due_for = match report_due_for(context) {
        Ok(year) => year,
        Err(finding) => return finding,
    };
    // An empty cell does not say that there is none, nor does a later day.
    let issued = facts.regulation_on.filter(|day| *day <= as_of);
    // A report on a year that is not over cannot be.
    let reported = facts.report_year.filter(|year| (1900..=i64::from(as_of.year())).contains(year));
    let began = context.operating_since().or(context.known.founded_between().map(|(earliest, _)| earliest));
    let report = began.is_none_or(|day| day.year() <= due_for).then(|| {
        Part::of(
            ("báo cáo môi trường hằng năm", "annual environmental report"),
            reported.map(|year| year >= i64::from(due_for)),
            row,
            "env_report_year",
            reported.map(|year| year.to_string()),
        )
    });
    let mut finding = checklist::all(
        [Part::of(
            ("quy chế bảo vệ môi trường", "environmental regulation"),
            issued.map(|_| true),
            row,
            "env_regulation_on",
            issued.map(|day| day.to_string()),
        )]
        .into_iter()
        .chain(report),
    );
    for evidence in finding.evidence.iter_mut().filter(|evidence| evidence.subject == "env_report_year") {
        evidence.allowed = Some(format!("≥ {due_for}"));
    }
    finding
}
