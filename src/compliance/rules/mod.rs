//! The rules, one file per subject. What each rests on in law, and whether it is a core rule, is data
//! (`data/standards/rules.csv`, `rule_bases.csv`); here is only how it is checked.

mod area;
mod auto_monitoring;
mod effluent;
mod founding;
mod infrastructure;
mod land;
mod limits;
mod permit;
mod plan;
mod schedule;
mod station;
mod violations;

use chrono::NaiveDate;

use super::evidence::{Evidence, Missing};
use super::law::{SiteCollection, Text};
use super::outcome::Outcome;
use super::site::Known;
use super::standards::{RuleBasis, Standards};

pub(super) use effluent::{newest_assessments, status as effluent_status};
pub(super) use infrastructure::newest as newest_item;
pub use schedule::delay;
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
    ]
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
    /// A closer word for the result where the outcome alone says too little: `legacy_below_minimum`.
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
