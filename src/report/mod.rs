//! The report of a month, of the city or of a district: how sites stand, what changed, how far the targets are, what the
//! duties leave undone, and how much of all that is not known.
//!
//! ```text
//! reviews of three days ─► Report ─► sections ─┬─► HTML (api)
//!                             │                ├─► PDF, typeset
//!                             └─► JSON (ogc)   └─► workbook
//! ```
//!
//! It counts nothing by rules of its own: targets, duties and faults are those of [`crate::compliance`], asked of the sites
//! that the report is about. What is unknown stands in columns of its own, and what is made up is said.

mod month;
mod pdf;
mod sections;
mod sheet;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

pub use month::Month;
pub use pdf::pdf;
pub use sections::{Cell, Section, Table, sections, title};
pub use sheet::workbook;

use crate::access::{Area, district_key, is_commune_code};
use crate::compliance::duties::{SiteName, duties};
use crate::compliance::quality::{Weight, faults};
use crate::compliance::site::SiteFacts;
use crate::compliance::targets::{Target, targets};
use crate::compliance::{Outcome, Review, ReviewedSite, SiteCollection, SiteKey, Standards, Status, Text};
use crate::text::collation_key;

/// Statuses in the order in which a reader wants them.
pub const STATUSES: [Status; 4] = [Status::NonCompliant, Status::Unknown, Status::Compliant, Status::NotApplicable];

/// A part of the city that a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct District {
    /// As people call it, or the code of a commune.
    pub name: String,
}

impl District {
    /// The district of a name, as registers write it, or the commune of a code; `None` where no site of a review lies in it.
    pub fn named(name: &str, review: &Review) -> Option<District> {
        if is_commune_code(name) {
            let district = District { name: name.to_owned() };
            let is_known = review.sites.values().any(|site| district.holds(&site.facts) == Some(true));
            return is_known.then_some(district);
        }
        let found = district_names(review).into_iter().find(|known| district_key(known) == district_key(name));
        found.map(|name| District { name })
    }

    /// Whether a site lies in it; `None` where its register does not say.
    fn holds(&self, site: &SiteFacts) -> Option<bool> {
        Area::named(site.units.district_legacy.as_deref(), site.units.commune_code.as_deref()).lies_in(&self.name)
    }
}

/// How many sites have each status, in the order of [`STATUSES`].
pub type Counts = [usize; 4];

/// The sites of one kind at the end of the month and at the end of the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindCounts {
    pub kind: SiteCollection,
    pub now: Counts,
    pub before: Counts,
}

/// A site whose status is another than it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub site: SiteName,
    pub district: Option<String>,
    /// `None` where it was not in the register.
    pub from: Option<Status>,
    /// `None` where it is not any more.
    pub to: Option<Status>,
}

/// What one duty leaves undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyCount {
    pub code: String,
    pub title: Text,
    pub actor: Option<Text>,
    /// Things that are certainly undone.
    pub certain: usize,
    /// Things of which that is not on record.
    pub unknown: usize,
    /// Of the certain ones those whose day has passed.
    pub overdue: usize,
}

/// How the sites stand with one core rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    pub rule: String,
    pub title: Text,
    pub breached: usize,
    pub unknown: usize,
    pub met: usize,
    pub not_applicable: usize,
}

/// The sites of a district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistrictCounts {
    /// `None` where registers name none.
    pub name: Option<String>,
    pub clusters: Counts,
    pub villages: Counts,
}

/// A site that does not comply, with the core rules that it breaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaching {
    pub site: SiteName,
    pub district: Option<String>,
    pub rules: Vec<(String, Text)>,
}

/// How many faults the data have, by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultCounts {
    pub errors: usize,
    pub warnings: usize,
    pub notices: usize,
}

/// The report of a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub month: Month,
    pub district: Option<District>,
    /// The day that it is of: the month's last, or today in the running one.
    pub as_of: NaiveDate,
    pub is_running: bool,
    /// The days that it is compared with: the ends of the month and of the quarter before.
    pub month_before: NaiveDate,
    pub quarter_before: NaiveDate,
    pub kinds: Vec<KindCounts>,
    pub targets: Vec<Target>,
    pub moves: Vec<Move>,
    pub quarter_moves: Vec<Move>,
    pub duties: Vec<DutyCount>,
    pub rules: Vec<RuleCount>,
    /// Where it was asked for.
    pub districts: Option<Vec<DistrictCounts>>,
    pub breaching: Vec<Breaching>,
    pub faults: FaultCounts,
    /// Sites of which something is made up.
    pub demo_sites: usize,
    pub sites: usize,
    /// Sites that the report leaves out because no register says where they lie.
    pub unplaced: usize,
}

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Reviews<'a> {
    /// On the day that the report is of.
    pub now: &'a Review,
    /// At the end of the month before.
    pub month_before: &'a Review,
    /// At the end of the quarter before.
    pub quarter_before: &'a Review,
}

/// The names of the districts that sites of a review lie in, in Vietnamese order.
pub fn district_names(review: &Review) -> Vec<String> {
    let names = review.sites.values().filter_map(|site| site.facts.units.district_legacy.as_ref());
    let mut names: Vec<String> = names.collect::<BTreeSet<_>>().into_iter().cloned().collect();
    names.sort_by_cached_key(|name| collation_key(name));
    names
}

/// The day that the report of a month is of: its last one, or today while it runs; `None` where it has not begun.
pub fn day_of(month: Month, today: NaiveDate) -> Option<NaiveDate> {
    (month.first() <= today).then(|| month.last().min(today))
}

/// The sites of a review that lie in a district; all without one.
fn within(review: &Review, district: Option<&District>) -> Review {
    let is_in =
        |site: &&(&SiteKey, &ReviewedSite)| district.is_none_or(|district| district.holds(&site.1.facts) == Some(true));
    let sites = review.sites.iter().filter(|site| is_in(&site)).map(|(key, site)| (key.clone(), site.clone()));
    Review { as_of: review.as_of, sites: sites.collect() }
}

fn name(key: &SiteKey, site: &ReviewedSite) -> SiteName {
    SiteName { collection: key.0, id: key.1.clone(), name: site.facts.name.clone() }
}

fn counts<'a>(sites: impl Iterator<Item = &'a ReviewedSite>) -> Counts {
    let mut counts = Counts::default();
    sites.for_each(|site| count(&mut counts, site));
    counts
}

fn count(counts: &mut Counts, site: &ReviewedSite) {
    if let Some(at) = STATUSES.iter().position(|status| *status == site.assessment.status) {
        counts[at] += 1;
    }
}

fn of_kind(review: &Review, kind: SiteCollection) -> impl Iterator<Item = &ReviewedSite> {
    review.sites.iter().filter(move |(key, _)| key.0 == kind).map(|(_, site)| site)
}

/// The sites whose status differs between two days.
fn moves(before: &Review, now: &Review) -> Vec<Move> {
    let moved = |key: &SiteKey| {
        let (was, is) = (before.sites.get(key), now.sites.get(key));
        let (from, to) = (was.map(|site| site.assessment.status), is.map(|site| site.assessment.status));
        let site = is.or(was)?;
        (from != to).then(|| Move {
            site: name(key, site),
            district: site.facts.units.district_legacy.clone(),
            from,
            to,
        })
    };
    let gone = before.sites.keys().filter(|key| !now.sites.contains_key(*key));
    now.sites.keys().chain(gone).filter_map(moved).collect()
}

fn duty_counts(standards: &Standards, review: &Review) -> Vec<DutyCount> {
    let count = |duty: crate::compliance::duties::Duty| {
        let certain = duty.items.iter().filter(|item| item.is_certain);
        DutyCount {
            overdue: certain.clone().filter(|item| item.due.is_some_and(|due| due < review.as_of)).count(),
            certain: certain.count(),
            unknown: duty.items.iter().filter(|item| !item.is_certain).count(),
            code: duty.code,
            title: duty.title,
            actor: duty.actor,
        }
    };
    duties(standards, review).into_iter().map(count).collect()
}

fn rule_counts(standards: &Standards, review: &Review) -> Vec<RuleCount> {
    let count = |law: &crate::compliance::standards::RuleLaw| {
        let outcomes = review.sites.values().flat_map(|site| &site.assessment.rules).filter(|rule| rule.rule == law.id);
        let mut count = RuleCount {
            rule: law.id.clone(),
            title: law.title.clone(),
            breached: 0,
            unknown: 0,
            met: 0,
            not_applicable: 0,
        };
        for rule in outcomes {
            match rule.outcome {
                Outcome::Breached => count.breached += 1,
                Outcome::Unknown => count.unknown += 1,
                Outcome::Met => count.met += 1,
                Outcome::NotApplicable => count.not_applicable += 1,
            }
        }
        count
    };
    standards.rules.iter().filter(|law| law.core).map(count).collect()
}

fn district_counts(review: &Review) -> Vec<DistrictCounts> {
    let mut districts: BTreeMap<Option<&String>, DistrictCounts> = BTreeMap::new();
    for (key, site) in &review.sites {
        let name = site.facts.units.district_legacy.as_ref();
        let first = || DistrictCounts { name: name.cloned(), clusters: Counts::default(), villages: Counts::default() };
        let of = districts.entry(name).or_insert_with(first);
        let counts = if key.0 == SiteCollection::Clusters { &mut of.clusters } else { &mut of.villages };
        count(counts, site);
    }
    let mut rows: Vec<_> = districts.into_values().collect();
    // What lies nowhere on record comes last.
    rows.sort_by_cached_key(|row| (row.name.is_none(), row.name.as_deref().map(collation_key)));
    rows
}

fn breaching(review: &Review) -> Vec<Breaching> {
    let sites = review.sites.iter().filter(|(_, site)| site.assessment.status == Status::NonCompliant);
    let row = |(key, site): (&SiteKey, &ReviewedSite)| {
        let broken = site.assessment.rules.iter().filter(|rule| rule.core && rule.outcome == Outcome::Breached);
        Breaching {
            site: name(key, site),
            district: site.facts.units.district_legacy.clone(),
            rules: broken.map(|rule| (rule.rule.clone(), rule.title.clone())).collect(),
        }
    };
    let mut rows: Vec<_> = sites.map(row).collect();
    // The sort is stable: those with equally many breaches stay in the order of the registers.
    rows.sort_by_key(|row| std::cmp::Reverse(row.rules.len()));
    rows
}

/// Makes the report of a month from what the sites were on three days. `by_district` adds a line for each district.
pub fn report(
    standards: &Standards,
    month: Month,
    reviews: Reviews<'_>,
    district: Option<District>,
    by_district: bool,
    today: NaiveDate,
) -> Report {
    let whole = reviews.now;
    let [now, month_before, quarter_before] =
        [reviews.now, reviews.month_before, reviews.quarter_before].map(|review| within(review, district.as_ref()));
    let is_unplaced =
        |site: &&ReviewedSite| district.as_ref().is_some_and(|district| district.holds(&site.facts).is_none());
    let kinds = [SiteCollection::Clusters, SiteCollection::CraftVillages].map(|kind| KindCounts {
        kind,
        now: counts(of_kind(&now, kind)),
        before: counts(of_kind(&month_before, kind)),
    });
    let mut fault_counts = FaultCounts::default();
    for fault in faults(standards, &now, today) {
        match fault.severity {
            Weight::Error => fault_counts.errors += 1,
            Weight::Warning => fault_counts.warnings += 1,
            Weight::Notice => fault_counts.notices += 1,
        }
    }
    Report {
        month,
        as_of: now.as_of,
        is_running: today < month.last(),
        month_before: month_before.as_of,
        quarter_before: quarter_before.as_of,
        kinds: kinds.to_vec(),
        targets: targets(standards, &now, None, None),
        moves: moves(&month_before, &now),
        quarter_moves: moves(&quarter_before, &now),
        duties: duty_counts(standards, &now),
        rules: rule_counts(standards, &now),
        districts: by_district.then(|| district_counts(&now)),
        breaching: breaching(&now),
        faults: fault_counts,
        demo_sites: now.sites.values().filter(|site| site.assessment.attached.demo_data).count(),
        sites: now.sites.len(),
        unplaced: whole.sites.values().filter(is_unplaced).count(),
        district,
    }
}
