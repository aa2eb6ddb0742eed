//! How one cluster stands in each count.

use chrono::NaiveDate;

use crate::compliance::city_plan::{Measure, PlanTarget, year_span};
use crate::compliance::outcome::Status;
use crate::compliance::rules;
use crate::compliance::site::{
    ItemStatus, Known, MilestoneKind, PermitStatus, SiteStatus, StationFacts, StationStatus,
};
use crate::compliance::standards::Standards;

/// How a cluster that is counted stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Met,
    NotMet,
    Unknown,
}

impl From<Option<bool>> for Standing {
    fn from(fulfilled: Option<bool>) -> Self {
        match fulfilled {
            Some(true) => Self::Met,
            Some(false) => Self::NotMet,
            None => Self::Unknown,
        }
    }
}

/// The days that count, both included; empty where a plan's year has not begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Period {
    fn has(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }
}

/// How a cluster stands, `None` where it is not among those counted.
pub(super) fn standing(
    standards: &Standards,
    measure: Measure,
    known: &Known<'_>,
    period: Period,
    stated: Option<&PlanTarget>,
) -> Option<Standing> {
    match measure {
        Measure::InfrastructureComplete => among(is_operating(known), || is_complete(standards, known)),
        Measure::GroundBroken => ground_broken(known, period, stated),
        Measure::ConstructionCompleted => construction_completed(known, period, stated),
        Measure::Decided => decided(known, period),
        Measure::StationOfNew => among(is_new(known, period), || has_complying_station(standards, known)),
        Measure::StationOfOperating => among(is_operating(known), || has_complying_station(standards, known)),
    }
}

/// The standing among those concerned. One of which even that is not on record is unknown.
fn among(is_concerned: Option<bool>, fulfilled: impl FnOnce() -> Option<bool>) -> Option<Standing> {
    match is_concerned {
        Some(true) => Some(fulfilled().into()),
        Some(false) => None,
        None => Some(Standing::Unknown),
    }
}

fn is_operating(known: &Known<'_>) -> Option<bool> {
    match known.status? {
        SiteStatus::Unknown => None,
        status => Some(status == SiteStatus::Operating),
    }
}

/// Whether all counted items are complete or not required. One that is unfinished decides; otherwise one that is not on
/// record leaves it open.
fn is_complete(standards: &Standards, known: &Known<'_>) -> Option<bool> {
    let counted = standards.infrastructure.iter().filter(|item| item.counted);
    let done = counted.map(|item| match rules::newest_item(&known.infrastructure, &item.code)?.status? {
        ItemStatus::Complete | ItemStatus::NotRequired => Some(true),
        ItemStatus::Unknown => None,
        _ => Some(false),
    });
    all(done)
}

/// Whether all hold: one that does not decides, then one that is not known leaves it open.
fn all(conditions: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let worst = |a: Option<bool>, b: Option<bool>| match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (None, _) | (_, None) => None,
        _ => Some(true),
    };
    conditions.into_iter().fold(Some(true), worst)
}

/// When something happened, as far as that is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// On this day.
    On(NaiveDate),
    /// On this day or earlier.
    By(NaiveDate),
    /// It had not happened on the day of the review.
    NotYet,
    /// It may have happened on any day.
    Unknown,
}

/// The earliest day on which a step is on record as reached, later days than the review's included.
fn reached(known: &Known<'_>, kind: MilestoneKind) -> Option<NaiveDate> {
    let steps = known.site.milestones.iter().filter(|step| step.kind == Some(kind));
    steps.filter_map(|step| step.reached_on).min()
}

/// Whether a step is on record without any day, neither planned nor reached.
fn is_undated(known: &Known<'_>, kind: MilestoneKind) -> bool {
    let mut steps = known.site.milestones.iter().filter(|step| step.kind == Some(kind));
    steps.any(|step| step.reached_on.is_none() && step.planned_on.is_none())
}

/// The day itself if the review has reached it.
fn dated(known: &Known<'_>, day: NaiveDate) -> When {
    if day <= known.as_of { When::On(day) } else { When::NotYet }
}

/// When ground was broken.
fn started(known: &Known<'_>) -> When {
    let own = known.site.construction_started_on;
    if let Some(day) = reached(known, MilestoneKind::GroundBroken).into_iter().chain(own).min() {
        return dated(known, day);
    }
    let later = [MilestoneKind::ConstructionCompleted, MilestoneKind::InOperation];
    if let Some(day) = later.iter().filter_map(|kind| reached(known, *kind)).filter(|day| *day <= known.as_of).min() {
        return When::By(day);
    }
    match known.status {
        Some(SiteStatus::Planned) => When::NotYet,
        Some(SiteStatus::Established) if !is_undated(known, MilestoneKind::GroundBroken) => When::NotYet,
        _ => When::Unknown,
    }
}

/// When the infrastructure was completed. That a cluster operates does not say that it is.
fn completed(known: &Known<'_>) -> When {
    if let Some(day) = reached(known, MilestoneKind::ConstructionCompleted) {
        return dated(known, day);
    }
    match known.status {
        Some(SiteStatus::Planned | SiteStatus::Established | SiteStatus::UnderConstruction)
            if !is_undated(known, MilestoneKind::ConstructionCompleted) =>
        {
            When::NotYet
        }
        _ => When::Unknown,
    }
}

/// How a step stands that should happen in the period; `None` where it was over before.
fn within(when: When, period: Period) -> Option<Standing> {
    match when {
        When::On(day) | When::By(day) if day < period.from => None,
        When::On(day) if day <= period.to => Some(Standing::Met),
        When::On(_) | When::NotYet => Some(Standing::NotMet),
        When::By(_) | When::Unknown => Some(Standing::Unknown),
    }
}

/// The standing in a count of a cluster that may not be among those concerned: it cannot be met for certain, and one that
/// is not met cannot change the count.
fn if_concerned(is_concerned: Option<bool>, standing: Standing) -> Option<Standing> {
    match (is_concerned, standing) {
        (Some(true), standing) => Some(standing),
        (Some(false), _) | (None, Standing::NotMet) => None,
        (None, _) => Some(Standing::Unknown),
    }
}

/// First day of the first and last day of the last of some years.
fn span((first, last): (Option<i32>, Option<i32>)) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let days = |year: Option<i32>| year.and_then(year_span);
    (days(first).map(|(day, _)| day), days(last).map(|(_, day)| day))
}

fn ground_broken(known: &Known<'_>, period: Period, stated: Option<&PlanTarget>) -> Option<Standing> {
    let when = started(known);
    if known.status == Some(SiteStatus::Planned) && when == When::NotYet {
        return None;
    }
    let (from, to) = stated.map(|stated| span(stated.founded)).unwrap_or_default();
    let to = to.unwrap_or(period.to);
    if_concerned(known.is_founded_within(from, Some(to)), within(when, period)?)
}

fn construction_completed(known: &Known<'_>, period: Period, stated: Option<&PlanTarget>) -> Option<Standing> {
    let (from, to) = stated.map(|stated| span(stated.started)).unwrap_or_default();
    let to = to.unwrap_or(period.to);
    let is_concerned = match started(known) {
        When::On(day) => Some(from.is_none_or(|from| from <= day) && day <= to),
        When::By(day) if from.is_some_and(|from| day < from) => Some(false),
        When::By(day) if from.is_none() && day <= to => Some(true),
        When::NotYet => Some(false),
        When::By(_) | When::Unknown => None,
    };
    if_concerned(is_concerned, within(completed(known), period)?)
}

/// A decision to found or to expand in the period. Concerned are the clusters that still wait for one, too.
fn decided(known: &Known<'_>, period: Period) -> Option<Standing> {
    let steps = known.site.milestones.iter();
    let of = |kind: Option<MilestoneKind>| matches!(kind, Some(MilestoneKind::Founded | MilestoneKind::Expanded));
    let mut days = steps.filter(|step| of(step.kind)).filter_map(|step| step.reached_on).chain(known.site.founded_on);
    if days.any(|day| period.has(day)) {
        return Some(Standing::Met);
    }
    if is_undated(known, MilestoneKind::Expanded) {
        return Some(Standing::Unknown);
    }
    match known.founded_between() {
        Some((first, last)) if period.from <= first && last <= period.to => Some(Standing::Met),
        Some((first, _)) if first > period.to => is_proposed(known),
        Some((_, last)) if last < period.from => None,
        Some(_) => Some(Standing::Unknown),
        None if known.status == Some(SiteStatus::Planned) => is_proposed(known),
        None if is_older(known, period.from) => None,
        None => Some(Standing::Unknown),
    }
}

fn is_proposed(known: &Known<'_>) -> Option<Standing> {
    (known.site.land.in_provincial_scheme != Some(false)).then_some(Standing::NotMet)
}

/// Whether anything dated shows that the cluster was there before a day.
fn is_older(known: &Known<'_>, day: NaiveDate) -> bool {
    let steps = known.site.milestones.iter().filter_map(|step| step.reached_on);
    let stations = known.site.stations.iter().filter_map(|station| station.commissioned_on);
    steps.chain(stations).chain(known.site.construction_started_on).any(|traced| traced < day)
}

/// Whether construction starts or is finished in the period. An operating cluster without dates is not taken for a new one.
fn is_new(known: &Known<'_>, period: Period) -> Option<bool> {
    let (started, completed) = (started(known), completed(known));
    let surely = |when| matches!(when, When::On(day) if period.has(day));
    if surely(started) || surely(completed) {
        return Some(true);
    }
    let may_be = started == When::Unknown && known.status != Some(SiteStatus::Operating);
    if may_be { None } else { Some(false) }
}

fn is_built(station: &StationFacts) -> Option<bool> {
    use StationStatus::{BuiltNotOperating, Operating, Trial, Unknown};
    match station.status? {
        Operating | Trial | BuiltNotOperating => Some(true),
        Unknown => None,
        _ => Some(false),
    }
}

/// Whether any holds: one that does decides, then one that is not known leaves it open; nothing on record is not known.
fn any(conditions: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut conditions = conditions.into_iter().peekable();
    conditions.peek()?;
    all(conditions.map(|condition| condition.map(|holds| !holds))).map(|none| !none)
}

/// Whether a station is built, whatever comes out of it.
pub(super) fn has_station(known: &Known<'_>) -> Standing {
    any(known.stations.iter().map(|station| is_built(station.facts))).into()
}

/// Whether a station runs, in trial or for good; `None` where that is not on record.
pub(in super::super) fn has_working_station(known: &Known<'_>) -> Option<bool> {
    any(known.stations.iter().map(|station| station.facts.runs()))
}

/// Whether a station runs and the newest samples of all that run keep to their limits.
///
/// This is the plan's question and not the law's: it is answered also where no text binds the cluster yet.
fn has_complying_station(standards: &Standards, known: &Known<'_>) -> Option<bool> {
    if has_working_station(known) == Some(false) {
        return Some(false);
    }
    match rules::effluent_status(standards, known, &rules::newest_assessments(standards, known)) {
        Status::NonCompliant => Some(false),
        Status::Compliant => {
            // A station in trial operation proves nothing yet.
            let for_good = |station: &StationFacts| station.status == Some(StationStatus::Operating);
            known.stations.iter().any(|station| for_good(station.facts)).then_some(true)
        }
        Status::Unknown | Status::NotApplicable => None,
    }
}

/// Of new clusters still under construction: whether their station is at least designed and permitted.
pub(super) fn is_designed(known: &Known<'_>, period: Period) -> Option<Standing> {
    let is_finished = matches!(completed(known), When::On(_)) || known.status == Some(SiteStatus::Operating);
    if is_finished {
        return None;
    }
    let permitted = |station: &StationFacts| {
        if station.status == Some(StationStatus::None) {
            return Some(false);
        }
        match station.permit.status? {
            PermitStatus::Granted => Some(station.permit.issued_on.is_none_or(|day| day <= known.as_of)),
            PermitStatus::Unknown => None,
            PermitStatus::None | PermitStatus::Revoked => Some(false),
        }
    };
    among(is_new(known, period), || any(known.stations.iter().map(|station| permitted(station.facts))))
}
