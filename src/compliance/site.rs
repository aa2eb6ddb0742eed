//! The facts about one site, as the registers hold them: plain structs, `None` where nothing is on record.
//!
//! The rules read these and nothing else. Whoever fills them must not turn an empty cell into a value.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::effluent::{DischargePoint, Sample};
use super::evidence::RowRef;
use super::law::SiteCollection;
use super::words::words;

words! {
    /// How far a cluster has come.
    SiteStatus {
        /// Enterprises produce in it.
        Operating = "operating",
        /// Decided, nothing built yet.
        Established = "established",
        /// Its infrastructure is being built.
        UnderConstruction = "under_construction",
        /// In the provincial scheme, not decided.
        Planned = "planned",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// How far a treatment station has come. Whether its effluent complies is a finding, not a state.
    StationStatus {
        /// On record that there is none.
        None = "none",
        /// Planned.
        Planned = "planned",
        /// Being built.
        UnderConstruction = "under_construction",
        /// Building stopped.
        Unfinished = "unfinished",
        /// Built, and does not run.
        BuiltNotOperating = "built_not_operating",
        /// In trial operation.
        Trial = "trial",
        /// Runs.
        Operating = "operating",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// Whether automatic continuous monitoring sends its data to the department.
    AutoMonitoringStatus {
        /// Installed and sending.
        Connected = "connected",
        /// Installed, not sending.
        NotConnected = "not_connected",
        /// On record that there is none.
        None = "none",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// What the register says of an environmental permit.
    PermitStatus {
        /// Granted.
        Granted = "granted",
        /// On record that there is none.
        None = "none",
        /// Taken back by the authority.
        Revoked = "revoked",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// How far a 1/500 detailed plan has come.
    PlanStatus {
        /// On record that there is none.
        None = "none",
        /// Being drawn.
        Draft = "draft",
        /// Submitted for approval.
        Submitted = "submitted",
        /// Approved.
        Approved = "approved",
        /// Refused.
        Rejected = "rejected",
    }
}

words! {
    /// How far the handling of a violation has come.
    ViolationStatus {
        /// Found.
        Detected = "detected",
        /// Handling proposed.
        Proposed = "proposed",
        /// Decided.
        Decided = "decided",
        /// Put right.
        Remedied = "remedied",
        /// Under appeal; open until it is closed.
        Appealed = "appealed",
    }
}

words! {
    /// State of one infrastructure item.
    ItemStatus {
        /// Complete.
        Complete = "complete",
        /// In part.
        Partial = "partial",
        /// Being built.
        UnderConstruction = "under_construction",
        /// Planned.
        Planned = "planned",
        /// On record as missing.
        Missing = "missing",
        /// Not required at this site.
        NotRequired = "not_required",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// A dated step of a site.
    MilestoneKind {
        /// Decision that founds it.
        Founded = "founded",
        /// Decision that expands it.
        Expanded = "expanded",
        /// 1/500 plan approved.
        PlanApproved = "plan_approved",
        /// Land handed over.
        LandHandedOver = "land_handed_over",
        /// Ground broken.
        GroundBroken = "ground_broken",
        /// In operation.
        InOperation = "in_operation",
    }
}

/// Everything on record about one site.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteFacts {
    /// The site's own row; its collection says the same as `collection`.
    pub row: RowRef,
    /// Cluster or craft village.
    pub collection: SiteCollection,
    /// Clusters: how far it has come. Craft villages: `None`, they are at work.
    pub status: Option<SiteStatus>,
    /// Year of the founding decision.
    pub founded_year: Option<i32>,
    /// Craft villages: whether a central treatment station is required of it (LEP 2020 Art. 56.1).
    pub central_treatment_required: Option<bool>,
    /// A permit recorded at the site itself.
    pub permit: Permit,
    /// Its treatment stations.
    pub stations: Vec<StationFacts>,
    /// Its 1/500 plans.
    pub plans: Vec<PlanFacts>,
    /// Violations recorded at it.
    pub violations: Vec<ViolationFacts>,
    /// Its infrastructure items.
    pub infrastructure: Vec<InfrastructureFacts>,
    /// Its dated steps.
    pub milestones: Vec<MilestoneFacts>,
}

impl SiteFacts {
    /// A site of which only its row is known.
    pub fn new(collection: SiteCollection, row: RowRef) -> Self {
        Self {
            row,
            collection,
            status: None,
            founded_year: None,
            central_treatment_required: None,
            permit: Permit::default(),
            stations: Vec::new(),
            plans: Vec::new(),
            violations: Vec::new(),
            infrastructure: Vec::new(),
            milestones: Vec::new(),
        }
    }
}

/// An environmental permit as recorded at a site or a station.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permit {
    /// `env_permit_status`.
    pub status: Option<PermitStatus>,
    /// `env_permit_no`.
    pub number: Option<String>,
    /// `env_permit_issued_on`.
    pub issued_on: Option<NaiveDate>,
    /// `env_permit_expires_on`: the last day it holds.
    pub expires_on: Option<NaiveDate>,
}

/// A wastewater treatment station, its discharge point, permit and samples.
#[derive(Debug, Clone, PartialEq)]
pub struct StationFacts {
    /// Its row.
    pub row: RowRef,
    /// How far it has come.
    pub status: Option<StationStatus>,
    /// The day the status is of. A station whose status is later than the day of assessment is not known on it,
    /// unless it runs and was commissioned by then.
    pub status_date: Option<NaiveDate>,
    /// Since when it runs.
    pub commissioned_on: Option<NaiveDate>,
    /// Whether automatic monitoring is connected.
    pub auto_monitoring_status: Option<AutoMonitoringStatus>,
    /// Since when.
    pub auto_monitoring_since: Option<NaiveDate>,
    /// Its permit.
    pub permit: Permit,
    /// Under which standard and into what it discharges.
    pub discharge: DischargePoint,
    /// All rows of all its samples, in any order.
    pub samples: Vec<Sample>,
}

impl StationFacts {
    /// A station of which only its row is known.
    pub fn new(row: RowRef) -> Self {
        Self {
            row,
            status: None,
            status_date: None,
            commissioned_on: None,
            auto_monitoring_status: None,
            auto_monitoring_since: None,
            permit: Permit::default(),
            discharge: DischargePoint::default(),
            samples: Vec::new(),
        }
    }

    /// Whether it runs, in trial or for good; `None` where that is not on record.
    pub fn runs(&self) -> Option<bool> {
        match self.status {
            None | Some(StationStatus::Unknown) => None,
            Some(StationStatus::Operating | StationStatus::Trial) => Some(true),
            Some(_) => Some(false),
        }
    }

    fn is_known_on(&self, as_of: NaiveDate) -> bool {
        let since = match self.runs() {
            Some(true) => self.commissioned_on.or(self.status_date),
            _ => self.status_date,
        };
        since.is_none_or(|since| since <= as_of)
    }
}

/// A 1/500 detailed plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFacts {
    /// Its row.
    pub row: RowRef,
    /// How far it has come.
    pub status: Option<PlanStatus>,
    /// When it was submitted.
    pub submitted_on: Option<NaiveDate>,
    /// When it was approved or refused.
    pub decided_on: Option<NaiveDate>,
}

/// A recorded violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViolationFacts {
    /// Its row.
    pub row: RowRef,
    /// Its kind, one of the register's words.
    pub kind: Option<String>,
    /// How far its handling has come.
    pub status: Option<ViolationStatus>,
    /// When it was found.
    pub opened_on: Option<NaiveDate>,
    /// When it was closed.
    pub closed_on: Option<NaiveDate>,
}

/// One infrastructure item's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfrastructureFacts {
    /// Its row.
    pub row: RowRef,
    /// One of the codes of `data/standards/infrastructure_items.csv`.
    pub item_code: String,
    /// Its state.
    pub status: Option<ItemStatus>,
    /// From which day.
    pub status_date: Option<NaiveDate>,
}

/// One dated step of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneFacts {
    /// Its row.
    pub row: RowRef,
    /// Which step; `None` for one that has no word here.
    pub kind: Option<MilestoneKind>,
    /// When it was reached; `None` while it is only planned.
    pub reached_on: Option<NaiveDate>,
    /// Share of the land handed over by then, percent.
    pub land_handed_over_pct: Option<Decimal>,
}

/// What was known of a site on a date: its facts without those dated later.
pub struct Known<'a> {
    /// The facts, undated ones included.
    pub site: &'a SiteFacts,
    /// The date.
    pub as_of: NaiveDate,
    /// How far the site had come on that date.
    pub status: Option<SiteStatus>,
    /// Stations whose status held on that date, with the samples taken by then.
    pub stations: Vec<KnownStation<'a>>,
    /// Plans and how far they had come on that date.
    pub plans: Vec<(&'a PlanFacts, Option<PlanStatus>)>,
    /// Violations found by then.
    pub violations: Vec<&'a ViolationFacts>,
    /// Item states recorded by then.
    pub infrastructure: Vec<&'a InfrastructureFacts>,
    /// Steps reached by then.
    pub milestones: Vec<&'a MilestoneFacts>,
}

/// A station on a date, with its newest samples.
pub struct KnownStation<'a> {
    /// The station.
    pub facts: &'a StationFacts,
    /// The newest sample set of each outlet: all rows of its newest day, outlets by name.
    pub newest_sets: Vec<SampleSet<'a>>,
}

/// All rows sampled on one day at one point.
pub struct SampleSet<'a> {
    /// The point's name, where the station has several.
    pub sample_point: Option<&'a str>,
    /// The day.
    pub sampled_on: NaiveDate,
    /// One row per parameter, as reported.
    pub rows: Vec<&'a Sample>,
}

impl<'a> Known<'a> {
    /// What `site`'s facts say for `as_of`.
    pub fn on(site: &'a SiteFacts, as_of: NaiveDate) -> Self {
        let by_then = |date: Option<NaiveDate>| date.is_none_or(|date| date <= as_of);
        Self {
            site,
            as_of,
            status: status_on(site, as_of),
            stations: site
                .stations
                .iter()
                .filter(|station| station.is_known_on(as_of))
                .map(|station| KnownStation { facts: station, newest_sets: newest_sets(&station.samples, as_of) })
                .collect(),
            plans: site.plans.iter().filter_map(|plan| Some((plan, plan_status_on(plan, as_of)?))).collect(),
            violations: site.violations.iter().filter(|violation| by_then(violation.opened_on)).collect(),
            infrastructure: site.infrastructure.iter().filter(|item| by_then(item.status_date)).collect(),
            milestones: site
                .milestones
                .iter()
                .filter(|milestone| milestone.reached_on.is_some_and(|date| date <= as_of))
                .collect(),
        }
    }

    /// Stations that discharge, or may: all but those on record as not running.
    pub fn discharging(&self) -> impl Iterator<Item = &KnownStation<'a>> + Clone {
        self.stations.iter().filter(|station| station.facts.runs() != Some(false))
    }

    /// Whether anything the assessment of this date rests on is made up.
    pub fn is_demo(&self) -> bool {
        let samples = self.stations.iter().flat_map(|station| &station.newest_sets).flat_map(|set| &set.rows);
        std::iter::once(&self.site.row)
            .chain(self.stations.iter().map(|station| &station.facts.row))
            .chain(samples.map(|sample| &sample.row))
            .chain(self.plans.iter().map(|(plan, _)| &plan.row))
            .chain(self.violations.iter().map(|violation| &violation.row))
            .chain(self.infrastructure.iter().map(|item| &item.row))
            .chain(self.milestones.iter().map(|milestone| &milestone.row))
            .any(|row| row.is_demo)
    }
}

/// The register holds the status of its own day; a site that came into operation or was founded after `as_of` had
/// not come so far then.
fn status_on(site: &SiteFacts, as_of: NaiveDate) -> Option<SiteStatus> {
    let later = |kind| {
        let steps = site.milestones.iter().filter(|step| step.kind == Some(kind));
        steps.filter_map(|step| step.reached_on).min().is_some_and(|first| first > as_of)
    };
    if later(MilestoneKind::Founded) || site.founded_year.is_some_and(|year| year > as_of.year()) {
        return Some(SiteStatus::Planned);
    }
    match site.status {
        Some(SiteStatus::Operating) if later(MilestoneKind::InOperation) => Some(SiteStatus::UnderConstruction),
        status => status,
    }
}

/// How far a plan had come on a date; the outer `None` hides a plan that was not there yet.
fn plan_status_on(plan: &PlanFacts, as_of: NaiveDate) -> Option<Option<PlanStatus>> {
    let submitted_later = plan.submitted_on.is_some_and(|date| date > as_of);
    let decided_later = plan.decided_on.is_some_and(|date| date > as_of);
    match plan.status {
        Some(PlanStatus::Approved | PlanStatus::Rejected) if decided_later => {
            (plan.submitted_on.is_some() && !submitted_later).then_some(Some(PlanStatus::Submitted))
        }
        Some(PlanStatus::Submitted) if submitted_later => None,
        status => Some(status),
    }
}

/// The newest set of each outlet among samples taken by `as_of`.
fn newest_sets(samples: &[Sample], as_of: NaiveDate) -> Vec<SampleSet<'_>> {
    let mut sets: Vec<SampleSet<'_>> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.sampled_on <= as_of && sample.is_of_outlet()) {
        let point = sample.sample_point.as_deref();
        match sets.iter_mut().find(|set| set.sample_point == point) {
            None => sets.push(SampleSet { sample_point: point, sampled_on: sample.sampled_on, rows: vec![sample] }),
            Some(set) if set.sampled_on == sample.sampled_on => set.rows.push(sample),
            Some(set) if set.sampled_on < sample.sampled_on => {
                set.sampled_on = sample.sampled_on;
                set.rows = vec![sample];
            }
            Some(_) => {}
        }
    }
    sets.sort_by_key(|set| set.sample_point);
    sets
}
