//! How hard one site presses on its surroundings: a dimensionless index from what is on record of it.
//!
//! ```text
//! index = Σ outfalls Σ groups  w[group] · ratio · flow / flow_reference
//!         + w[missing_station] · missing
//!         + w[village_class]   · class
//! ```
//!
//! - `ratio` is the largest value / Cmax of the group's parameters in the newest samples, at most `ratio_cap`. A sample
//!   fades from `sample_fresh` to `sample_stale` days of age: its interval widens until it says nothing.
//! - `flow` is the inflow of the station; from 0 to `overload` times permit or capacity where only these are known, else up
//!   to the largest flow of such a site. Without a station that runs it is the wastewater of the site, untreated.
//! - `missing` is 1 where stations are on record and none runs, 0 where one runs; `class` is that of a village's worst medium.
//!
//! Each part is an interval ([`Span`]). A fact that is not on record widens it: the upper end is then the largest that can
//! be, so no site gains by not telling. What neither a permit lists nor anybody measured counts as nothing; that is the one
//! thing taken on trust. Statistics work with the middle of the interval, and are run again with its ends.
//!
//! All numbers come from `data/standards/pressure_weights.csv` with their reasons; none of them is law.

mod sensitivity;
mod span;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use crate::compliance::effluent::{ParameterAssessment, assess_sample_set};
use crate::compliance::pressure_weights::WeightKind;
use crate::compliance::site::{Known, KnownStation, PollutionClass, SampleSet, SiteStatus, StationFacts};
use crate::compliance::{SiteCollection, SiteFacts, Standards, Verdict};
pub use sensitivity::{RankRange, Sensitivity, Variant, sensitivity};
pub use span::Span;

/// A group of parameters with its weight.
#[derive(Debug, Clone)]
struct Group {
    weight: f64,
    parameters: Vec<String>,
}

/// The formula with its numbers.
#[derive(Debug, Clone)]
pub struct Formula {
    groups: Vec<Group>,
    /// Names of the weights: the groups, then the terms.
    names: Vec<String>,
    weights: Vec<f64>,
    missing_station: usize,
    village_class: usize,
    flow_reference: f64,
    ratio_cap: f64,
    untreated_ratio: f64,
    flow_max_cluster: f64,
    flow_max_village: f64,
    overload: f64,
    sample_fresh: f64,
    sample_stale: f64,
    polluted_share: f64,
}

/// What makes the interval of a site wider than it would have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Open {
    /// Whether it works, or still does.
    Operation,
    /// Whether it has a station that runs.
    Station,
    /// How much it discharges.
    Flow,
    /// What is in its effluent: no sample, one that cannot be held against a limit, or parameters that were not measured.
    Effluent,
    /// Its newest sample is old.
    OldSample,
    /// The class of a village, or of one of its media.
    Class,
}

/// Where a site's wastewater leaves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Discharge {
    /// Id of the station; `None` where it leaves the site untreated.
    pub station: Option<String>,
    /// Weighted ratio times flow, in m³ a day at the limit: 100 m³ at twice the limit in every group are 200.
    pub load: Span,
}

/// How hard a site presses, and from what that follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Pressure {
    /// What each weight multiplies, in the order of [`Formula::names`].
    pub parts: Vec<Span>,
    /// The index.
    pub index: Span,
    /// Its outfalls.
    pub discharges: Vec<Discharge>,
    /// The parameters over their limits with value / Cmax, the largest first.
    pub exceeded: Vec<(String, f64)>,
    /// Day of the newest sample that counted.
    pub sampled_on: Option<NaiveDate>,
    /// What is not known of it.
    pub open: Vec<Open>,
    /// Whether any of it rests on made-up rows.
    pub is_demo: bool,
}

impl Pressure {
    /// That of a site which is not on record.
    pub fn nothing(formula: &Formula) -> Pressure {
        Pressure {
            parts: vec![Span::ZERO; formula.weights.len()],
            index: Span::ZERO,
            discharges: Vec::new(),
            exceeded: Vec::new(),
            sampled_on: None,
            open: Vec::new(),
            is_demo: false,
        }
    }
}

/// Sample sets that were assessed already, of one state of one site: a set has the same limits whatever day is asked for.
#[derive(Debug, Default)]
pub struct Assessed(HashMap<(String, NaiveDate, Option<String>), Vec<Measured>>);

/// One parameter of a sample set.
#[derive(Debug, Clone)]
struct Measured {
    code: String,
    group: Option<usize>,
    ratio: Span,
    /// Value / Cmax where it is above 1.
    exceeded: Option<f64>,
    is_open: bool,
}

fn float(number: Decimal) -> Option<f64> {
    number.to_string().parse().ok()
}

/// A flow or volume that can be.
fn quantity(number: Option<Decimal>) -> Option<f64> {
    number.filter(|number| !number.is_sign_negative()).and_then(float)
}

impl Formula {
    /// The formula with the numbers of the standards.
    pub fn of(standards: &Standards) -> Formula {
        let rows = &standards.pressure_weights;
        // A name that is missing was refused when the standards were read.
        let number =
            |name: &str| rows.iter().find(|row| row.name == name).and_then(|row| float(row.value)).unwrap_or(0.0);
        let weighed = |kind| rows.iter().filter(move |row| row.kind == kind);
        let groups: Vec<Group> = weighed(WeightKind::Group)
            .map(|row| Group { weight: float(row.value).unwrap_or(0.0), parameters: row.parameters.clone() })
            .collect();
        let terms = ["missing_station", "village_class"];
        let names = weighed(WeightKind::Group).map(|row| row.name.clone()).chain(terms.map(str::to_owned));
        Formula {
            names: names.collect(),
            weights: groups.iter().map(|group| group.weight).chain(terms.map(number)).collect(),
            missing_station: groups.len(),
            village_class: groups.len() + 1,
            groups,
            flow_reference: number("flow_reference"),
            ratio_cap: number("ratio_cap"),
            untreated_ratio: number("untreated_ratio"),
            flow_max_cluster: number("flow_max_cluster"),
            flow_max_village: number("flow_max_village"),
            overload: number("overload"),
            sample_fresh: number("sample_fresh"),
            sample_stale: number("sample_stale"),
            polluted_share: number("polluted_share"),
        }
    }

    /// Names of the weights in the order of [`Pressure::parts`].
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The weights in the same order.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The index that follows from parts and weights.
    pub fn index(parts: &[Span], weights: &[f64]) -> Span {
        parts.iter().zip(weights).map(|(part, weight)| part.scaled(*weight)).sum()
    }

    /// How hard a site presses on a day. `assessed` holds what was assessed of the same facts for other days.
    pub fn pressure(
        &self,
        standards: &Standards,
        facts: &SiteFacts,
        day: NaiveDate,
        assessed: &mut Assessed,
    ) -> Pressure {
        let known = Known::on(facts, day);
        let works = works(&known);
        let mut site = Site {
            formula: self,
            parts: vec![Span::ZERO; self.weights.len()],
            discharges: Vec::new(),
            exceeded: Vec::new(),
            sampled_on: None,
            open: Vec::new(),
        };
        if works != Some(false) {
            let before = site.parts.clone();
            site.effluent(standards, &known, assessed);
            site.missing(&known);
            if works.is_none() {
                site.open.push(Open::Operation);
                let may_be_nothing = |(part, before): (&mut Span, &Span)| *part = before.larger(part.or_nothing());
                site.parts.iter_mut().zip(&before).for_each(may_be_nothing);
                site.discharges.iter_mut().for_each(|discharge| discharge.load = discharge.load.or_nothing());
            }
            site.class(&known);
        }
        site.close(known.is_demo())
    }
}

/// Whether the site makes wastewater: a cluster that is not built yet makes none; a village whose trade has faded may.
fn works(known: &Known<'_>) -> Option<bool> {
    match known.site.collection {
        SiteCollection::Clusters => match known.status? {
            SiteStatus::Operating => Some(true),
            SiteStatus::Unknown => None,
            SiteStatus::Established | SiteStatus::UnderConstruction | SiteStatus::Planned => Some(false),
        },
        SiteCollection::CraftVillages => {
            let is_faded = known.site.village.recognition.as_deref() == Some("faded");
            (!is_faded).then_some(true)
        }
    }
}

/// A site while its pressure is put together.
struct Site<'a> {
    formula: &'a Formula,
    parts: Vec<Span>,
    discharges: Vec<Discharge>,
    exceeded: Vec<(String, f64)>,
    sampled_on: Option<NaiveDate>,
    open: Vec<Open>,
}

impl Site<'_> {
    fn effluent(&mut self, standards: &Standards, known: &Known<'_>, assessed: &mut Assessed) {
        let cap = self.formula.ratio_cap;
        let mut any = false;
        for station in known.discharging() {
            any = true;
            let mut ratios = self.ratios(standards, known, station, assessed);
            let mut flow = self.station_flow(known, station.facts);
            if station.facts.runs().is_none() {
                self.open.push(Open::Station);
                // All wastewater of the site may leave it untreated.
                ratios.iter_mut().for_each(|ratio| *ratio = Span::new(0.0, cap));
                flow = flow.larger(self.site_flow(known));
            }
            self.add(Some(station.facts.row.id.clone()), &ratios, flow);
        }
        if any {
            return;
        }
        let is_untreated = !known.stations.is_empty();
        let least = if is_untreated { self.formula.untreated_ratio.min(cap) } else { 0.0 };
        if !is_untreated {
            self.open.push(Open::Station);
        }
        self.open.push(Open::Effluent);
        let ratios = vec![Span::new(least, cap); self.formula.groups.len()];
        let flow = self.site_flow(known);
        self.add(None, &ratios, flow);
    }

    /// Adds an outfall.
    fn add(&mut self, station: Option<String>, ratios: &[Span], flow: Span) {
        let mut load = Span::ZERO;
        for ((ratio, part), group) in ratios.iter().zip(&mut self.parts).zip(&self.formula.groups) {
            let of_group = ratio.times(flow);
            *part = part.plus(of_group.scaled(1.0 / self.formula.flow_reference));
            load = load.plus(of_group.scaled(group.weight));
        }
        self.discharges.push(Discharge { station, load });
    }

    /// The ratio of each group at a station.
    fn ratios(
        &mut self,
        standards: &Standards,
        known: &Known<'_>,
        station: &KnownStation<'_>,
        assessed: &mut Assessed,
    ) -> Vec<Span> {
        let formula = self.formula;
        let anything = Span::new(0.0, formula.ratio_cap);
        let mut ratios: Vec<Option<Span>> = vec![None; formula.groups.len()];
        let mut measured: Vec<&str> = Vec::new();
        for set in &station.newest_sets {
            let key = (station.facts.row.id.clone(), set.sampled_on, set.sample_point.map(str::to_owned));
            assessed.0.entry(key).or_insert_with(|| formula.measured(standards, station.facts, set));
        }
        for set in &station.newest_sets {
            let key = (station.facts.row.id.clone(), set.sampled_on, set.sample_point.map(str::to_owned));
            let Some(rows) = assessed.0.get(&key) else { continue };
            let faded = formula.faded(known.as_of, set.sampled_on);
            if faded > 0.0 {
                self.open.push(Open::OldSample);
            }
            self.sampled_on = self.sampled_on.max(Some(set.sampled_on));
            for row in rows {
                measured.push(&row.code);
                if row.is_open {
                    self.open.push(Open::Effluent);
                }
                if let Some(ratio) = row.exceeded {
                    self.exceeded.push((row.code.clone(), ratio));
                }
                if let Some(ratio) = row.group.and_then(|group| ratios.get_mut(group)) {
                    let now = row.ratio.faded(faded, formula.ratio_cap);
                    *ratio = Some(ratio.map_or(now, |known| known.larger(now)));
                }
            }
        }
        let listed = station.facts.discharge.permit_parameters.as_ref().filter(|codes| !codes.is_empty());
        let is_measured = |code: &String| measured.iter().any(|known| known.eq_ignore_ascii_case(code));
        let mut is_open = listed.is_none();
        let of_group = formula.groups.iter().zip(ratios).map(|(group, ratio)| {
            // What the permit wants or may want and nobody measured can be anything.
            let is_lacking = listed.is_none_or(|codes| codes.iter().any(|code| group.has(code) && !is_measured(code)));
            is_open |= is_lacking;
            let lacking = if is_lacking { anything } else { Span::ZERO };
            ratio.unwrap_or(Span::ZERO).larger(lacking)
        });
        let of_group = of_group.collect();
        if is_open {
            self.open.push(Open::Effluent);
        }
        of_group
    }

    /// What a station takes in, m³ a day.
    fn station_flow(&mut self, known: &Known<'_>, station: &StationFacts) -> Span {
        let most = self.formula.flow_max(known.site.collection);
        let designed = quantity(station.capacity_m3_day).into_iter().chain(quantity(station.discharge.f_m3_day_permit));
        let bound = designed.reduce(f64::max).map_or(most, |bound| (bound * self.formula.overload).min(most));
        match quantity(station.inflow_m3_day) {
            Some(inflow) => Span::exactly(inflow.min(bound)),
            None => {
                self.open.push(Open::Flow);
                Span::new(0.0, bound)
            }
        }
    }

    /// What the site discharges, m³ a day.
    fn site_flow(&mut self, known: &Known<'_>) -> Span {
        let most = self.formula.flow_max(known.site.collection);
        match quantity(known.site.environment.wastewater_m3_day) {
            Some(flow) => Span::exactly(flow.min(most)),
            None => {
                self.open.push(Open::Flow);
                Span::new(0.0, most)
            }
        }
    }

    /// Whether a station that runs is missing.
    fn missing(&mut self, known: &Known<'_>) {
        let runs = |wanted| known.stations.iter().any(|station| station.facts.runs() == wanted);
        let missing = if runs(Some(true)) {
            Span::ZERO
        } else if known.stations.is_empty() || runs(None) {
            Span::new(0.0, 1.0)
        } else {
            Span::exactly(1.0)
        };
        let is_wanted = match known.site.collection {
            SiteCollection::Clusters => Some(true),
            SiteCollection::CraftVillages => known.site.central_treatment_required,
        };
        self.parts[self.formula.missing_station] = match is_wanted {
            Some(true) => missing,
            Some(false) => Span::ZERO,
            None => missing.or_nothing(),
        };
    }

    /// The class of a village.
    fn class(&mut self, known: &Known<'_>) {
        if known.site.collection != SiteCollection::CraftVillages {
            return;
        }
        let village = &known.site.village;
        let is_later = village.class_year.is_some_and(|year| year > i64::from(known.as_of.year()));
        let share = |class: Option<PollutionClass>| match class.filter(|_| !is_later) {
            Some(PollutionClass::Serious) => Span::exactly(1.0),
            Some(PollutionClass::Polluted) => Span::exactly(self.formula.polluted_share),
            Some(PollutionClass::NotPolluted) => Span::ZERO,
            Some(PollutionClass::Unknown) | None => Span::new(0.0, 1.0),
        };
        let media = [village.class_water, village.class_air, village.class_soil].map(share);
        let class = media.into_iter().fold(Span::ZERO, Span::larger);
        if class.half_width() > 0.0 {
            self.open.push(Open::Class);
        }
        self.parts[self.formula.village_class] = class;
    }

    fn close(mut self, is_demo: bool) -> Pressure {
        self.open.sort_unstable();
        self.open.dedup();
        self.exceeded.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut seen = std::collections::HashSet::new();
        self.exceeded.retain(|(code, _)| seen.insert(code.clone()));
        Pressure {
            index: Formula::index(&self.parts, &self.formula.weights),
            parts: self.parts,
            discharges: self.discharges,
            exceeded: self.exceeded,
            sampled_on: self.sampled_on,
            open: self.open,
            is_demo,
        }
    }
}

impl Group {
    fn has(&self, code: &str) -> bool {
        self.parameters.iter().any(|known| known.eq_ignore_ascii_case(code.trim()))
    }
}

impl Formula {
    fn flow_max(&self, kind: SiteCollection) -> f64 {
        match kind {
            SiteCollection::Clusters => self.flow_max_cluster,
            SiteCollection::CraftVillages => self.flow_max_village,
        }
    }

    /// How much of what a sample says is lost by its age, 0 to 1.
    fn faded(&self, day: NaiveDate, sampled_on: NaiveDate) -> f64 {
        let age = (day - sampled_on).num_days() as f64;
        ((age - self.sample_fresh) / (self.sample_stale - self.sample_fresh)).clamp(0.0, 1.0)
    }

    /// The parameters of a sample set as ratios.
    fn measured(&self, standards: &Standards, station: &StationFacts, set: &SampleSet<'_>) -> Vec<Measured> {
        let result = assess_sample_set(standards, &station.discharge, set.sampled_on, set.rows.iter().copied());
        result.parameters.iter().map(|parameter| self.ratio(parameter)).collect()
    }

    fn ratio(&self, parameter: &ParameterAssessment) -> Measured {
        let cap = self.ratio_cap;
        let ratio = parameter.exceed_ratio.and_then(float).filter(|ratio| *ratio >= 0.0);
        let span = match (parameter.verdict, ratio) {
            (Verdict::NotAssessable, _) => Span::new(0.0, cap),
            (_, Some(ratio)) => Span::exactly(ratio.min(cap)),
            // A pH outside its range, or a value below what can be detected, has no ratio.
            (Verdict::Fail, None) => Span::new(1.0_f64.min(cap), cap),
            (Verdict::Pass, None) => Span::new(0.0, 1.0_f64.min(cap)),
        };
        let code = parameter.sample.parameter.trim().to_owned();
        Measured {
            group: self.groups.iter().position(|group| group.has(&code)),
            code,
            ratio: span,
            exceeded: ratio.filter(|_| parameter.verdict == Verdict::Fail),
            is_open: parameter.verdict == Verdict::NotAssessable,
        }
    }
}
