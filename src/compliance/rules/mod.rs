//! The rules, one file per subject. What each rests on in law, and whether it is a core rule, is data
//! (`data/standards/rules.csv`, `rule_bases.csv`); here is only how it is checked.

mod area;
mod auto_monitoring;
mod checklist;
mod distance;
mod effluent;
mod environment;
mod founding;
mod infrastructure;
mod land;
mod limits;
mod permit;
mod plan;
mod schedule;
mod station;
mod treatment;
mod villages;
mod violations;

use chrono::NaiveDate;

use super::binding::Binding;
use super::evidence::{Evidence, Missing, date_vi};
use super::law::{SiteCollection, Text};
use super::outcome::Outcome;
use super::site::{Known, MilestoneKind};
use super::standards::{RuleBasis, RuleLaw, Standards};

pub(super) use effluent::{newest_assessments, status as effluent_status};
pub(super) use infrastructure::newest as newest_item;
pub use schedule::{delay, is_done_elsewhere};
pub(super) use violations::{is_open, open_violations};

/// A rule and how it is checked.
pub struct Rule {
    /// Its id, stable and never reused.
    pub id: &'static str,
    /// Checks one site; called only for sites that the rule binds by a text in force.
    pub check: fn(&Context<'_>) -> Finding,
}

/// Every rule, core rules first.
pub fn catalogue() -> &'static [Rule] {
    &[
        station::RULE,
        effluent::RULE,
        permit::RULE,
        auto_monitoring::RULE,
        plan::RULE,
        violations::RULE,
        area::MAXIMUM,
        area::MINIMUM,
        area::EXCEPTION,
        area::LEGACY,
        area::BOUNDARY,
        land::RESIDENTS,
        land::CRAFT_SHARE,
        land::SCHEME,
        founding::DECISION,
        founding::BY_DECREE_68,
        founding::BY_DECREE_32,
        founding::EXPANSION,
        founding::SCORE,
        founding::DUTY,
        infrastructure::INSIDE,
        infrastructure::FIRE,
        infrastructure::OUTSIDE,
        schedule::SCHEDULE,
        schedule::PUBLISHING,
        environment::INFRASTRUCTURE,
        environment::TRANSITION,
        environment::NEW_PROJECTS,
        environment::CONNECTION,
        environment::STORM_DRAIN,
        environment::STAFF,
        environment::REGULATION,
        treatment::TECHNIQUE,
        treatment::CAPACITY,
        distance::RULE,
        land::GREEN,
        villages::DEFINITION,
        villages::ENVIRONMENT,
        villages::PLAN,
        villages::DISCOURAGED,
        villages::HOUSEHOLDS,
        villages::CLASSES,
    ]
}

/// What a rule finds at a site, with the texts in force for its kind; whether it binds is asked first.
pub(super) fn find<'a>(
    rule: &Rule,
    law: &'a RuleLaw,
    standards: &Standards,
    known: &Known<'_>,
) -> (Finding, Vec<&'a RuleBasis>) {
    match law.binding(known) {
        Binding::Bases(bases) => {
            let due = bases.iter().filter_map(|basis| basis.due).max();
            ((rule.check)(&Context { standards, known, bases: &bases, due }), bases)
        }
        Binding::Not(finding, bases) => (*finding, bases),
    }
}

/// The rule on the presence of a working station.
pub const STATION: &str = station::RULE.id;
/// The rule on the quality of the effluent.
pub const EFFLUENT: &str = effluent::RULE.id;

/// What a rule may look at.
pub struct Context<'a> {
    /// The law.
    pub standards: &'a Standards,
    /// The site on the day of assessment.
    pub known: &'a Known<'a>,
    /// The texts in force that bind this site.
    pub bases: &'a [&'a RuleBasis],
    /// The last day they give to fulfil the requirement, if they give one.
    pub due: Option<NaiveDate>,
}

impl Context<'_> {
    /// Whether the time the law gives is not over on the day of assessment.
    fn is_before_due(&self) -> bool {
        self.due.is_some_and(|due| self.known.as_of <= due)
    }

    fn is_cluster(&self) -> bool {
        self.known.site.collection == SiteCollection::Clusters
    }

    /// What another rule finds at the same site.
    fn other(&self, rule: &Rule) -> Finding {
        match self.standards.rule(rule.id) {
            Some(law) => find(rule, law, self.standards, self.known).0,
            None => Finding::unknown("Dữ liệu chưa có quy định này.", "The data do not hold this rule.")
                .lacking(Missing { collection: "rules".to_owned(), id: None, field: rule.id.to_owned() }),
        }
    }

    /// Since when the site operates, where a milestone says so.
    fn operating_since(&self) -> Option<NaiveDate> {
        let steps = self.known.milestones.iter().filter(|step| step.kind == Some(MilestoneKind::InOperation));
        steps.filter_map(|step| step.reached_on).min()
    }

    /// Whether the site operated already when the text that gives time came into force; `None` where that is not on
    /// record.
    fn operated_at_start(&self) -> Option<bool> {
        let start = self.bases.iter().filter(|basis| basis.due.is_some()).filter_map(|basis| basis.basis.from).min()?;
        if let Some(since) = self.operating_since() {
            return Some(since <= start);
        }
        let (earliest, _) = self.known.founded_between()?;
        (earliest > start).then_some(false)
    }

    /// A breach is none while the time runs that the law gave to sites already in operation, and open where it is not
    /// on record whether the site was one of them.
    fn unless_within_time(&self, finding: Finding) -> Finding {
        let Some(due) = self.due.filter(|_| finding.outcome == Outcome::Breached && self.is_before_due()) else {
            return finding;
        };
        let day = date_vi(due);
        match self.operated_at_start() {
            Some(false) => finding,
            Some(true) => Finding::not_applicable(
                &format!("Chưa đạt; cụm đã hoạt động từ trước được hoàn thành đến {day}."),
                &format!("Not fulfilled; a cluster already in operation has until {due} to complete it."),
            )
            .with(finding.evidence),
            None => Finding::unknown(
                &format!("Chưa đạt; cụm hoạt động từ trước được hoàn thành đến {day}, mà chưa rõ cụm hoạt động từ khi nào."),
                &format!(
                    "Not fulfilled; clusters already in operation had until {due}, and when this one began is not on record."
                ),
            )
            .with(finding.evidence)
            .lacking(Missing::rows("milestones")),
        }
    }

    /// The finding where no station can discharge; `None` where one does or may.
    fn nothing_discharges(&self) -> Option<Finding> {
        if self.known.stations.is_empty() {
            return Some(no_station_on_record());
        }
        let station_states = || {
            self.known.stations.iter().map(|station| {
                let status = station.facts.status.map(|status| status.as_str());
                Evidence::of(&station.facts.row, "status", status).on(station.facts.status_date)
            })
        };
        self.known.discharging().next().is_none().then(|| {
            Finding::not_applicable("Không có trạm xử lý đang vận hành.", "No treatment station is in operation.")
                .with(station_states())
        })
    }
}

fn no_station_on_record() -> Finding {
    Finding::unknown(
        "Chưa có bản ghi nào về trạm xử lý nước thải; điều đó không có nghĩa là không có trạm.",
        "No treatment station is on record, which does not say that there is none.",
    )
    .lacking(Missing::rows("treatment_stations"))
}

/// What a rule finds at a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The outcome.
    pub outcome: Outcome,
    /// Why, in one or two sentences.
    pub why: Text,
    /// What it looked at.
    pub evidence: Vec<Evidence>,
    /// What would have to be on record to decide it.
    pub missing: Vec<Missing>,
    /// A closer word for the result where the outcome alone says too little: `legacy_below_minimum`,
    /// `boundary_differs`, `boundary_contradicts`, `discouraged_trade`; `notice` for what a rule that is not enforced
    /// would call a breach.
    pub result: Option<&'static str>,
}

impl Finding {
    fn new(outcome: Outcome, why: Text) -> Self {
        Self { outcome, why, evidence: Vec::new(), missing: Vec::new(), result: None }
    }

    fn met(vi: &str, en: &str) -> Self {
        Self::new(Outcome::Met, Text::new(vi, en))
    }

    fn breached(vi: &str, en: &str) -> Self {
        Self::new(Outcome::Breached, Text::new(vi, en))
    }

    pub(super) fn unknown(vi: &str, en: &str) -> Self {
        Self::new(Outcome::Unknown, Text::new(vi, en))
    }

    pub(super) fn not_applicable(vi: &str, en: &str) -> Self {
        Self::new(Outcome::NotApplicable, Text::new(vi, en))
    }

    fn with(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    pub(super) fn lacking(mut self, missing: impl IntoIterator<Item = Missing>) -> Self {
        self.missing.extend(missing);
        self
    }
}
