//! The standing run of hotspots: cells, named zones and reaches, each with the sites that explain it.

mod ground;
mod said;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{Derivation, Derived, Inputs, Memo};
use crate::compliance::history::quarter_ends;
use crate::compliance::{Assessment, ReviewedSite, SiteKey, Text};
use crate::domain::{Collection, FeatureId, Value, catalog};
use crate::hotspot::fdr::{Class, Side};
use crate::hotspot::never;
use crate::hotspot::pressure::{Assessed, Formula, Pressure, Span};
use crate::hotspot::standing::{Parameters, Standing, StandingSite, standing};
use crate::hotspot::trend::Pattern;
use crate::hotspot::waterway::Network;
use crate::publish::Snapshot;
use crate::store::StoreError;
pub use ground::{GroundSite, HotspotGround, lonlat};
pub use said::cut;

/// The registers whose rows are read here besides the facts of the sites.
const REGISTERS: [&str; 5] = ["clusters", "craft_villages", "treatment_stations", "admin_units", "waterways"];

/// The pressure of a site on the day and at the end of each earlier quarter.
struct Series {
    now: Arc<Pressure>,
    before: Vec<Option<Span>>,
    hash: u64,
}

/// An assessment that is the same while it is the same object: a site whose facts change is assessed anew.
struct Same(Arc<Assessment>);

impl PartialEq for Same {
    fn eq(&self, other: &Same) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Makes `hotspots`, `hotspot_zones` and `waterway_reaches`.
#[derive(Default)]
pub struct Hotspots {
    memo: Memo<SiteKey, (Same, NaiveDate), Series>,
}

impl Hotspots {
    /// The series of every site on record, by key; one whose facts stayed is taken over.
    fn series(&mut self, inputs: &Inputs<'_>) -> Vec<(SiteKey, Arc<Series>)> {
        let (standards, day) = (inputs.standards, inputs.day());
        let formula = Formula::of(standards);
        let mut ends = quarter_ends(day, Parameters::of(standards).quarters);
        // The last one is the day itself.
        ends.pop();
        let sites = inputs.review.sites.iter();
        let wanted = sites.map(|(key, site)| (key.clone(), (Same(Arc::clone(&site.assessment)), day)));
        self.memo.pieces(wanted.collect(), |key, _| Series::of(inputs, &formula, key, &ends))
    }
}

impl Series {
    fn of(inputs: &Inputs<'_>, formula: &Formula, key: &SiteKey, ends: &[NaiveDate]) -> Series {
        let mut known = None;
        let mut assessed = Assessed::default();
        let mut on = |day: NaiveDate| {
            let facts = inputs.facts.site_on(key, day)?;
            // What was assessed serves as long as the facts are the same.
            if !known.as_ref().is_some_and(|known| Arc::ptr_eq(known, &facts)) {
                assessed = Assessed::default();
                known = Some(Arc::clone(&facts));
            }
            Some(formula.pressure(inputs.standards, &facts, day, &mut assessed))
        };
        let now = on(inputs.day()).unwrap_or_else(|| Pressure::nothing(formula));
        let before: Vec<_> = ends.iter().map(|day| on(*day).map(|pressure| pressure.index)).collect();
        let hash = xxh3_64(format!("{now:?} {before:?}").as_bytes());
        Series { now: Arc::new(now), before, hash }
    }
}

impl Derivation for Hotspots {
    fn fills(&self) -> &'static [&'static str] {
        &["hotspots", "hotspot_zones", "waterway_reaches"]
    }

    fn fingerprint(&mut self, inputs: &Inputs<'_>) -> Result<u64, StoreError> {
        let series = self.series(inputs);
        let hashes: Vec<u8> = series.iter().flat_map(|(_, series)| series.hash.to_le_bytes()).collect();
        Ok(xxh3_64_with_seed(&hashes, inputs.fingerprint(&REGISTERS)?))
    }

    fn rows(&mut self, inputs: &Inputs<'_>) -> Result<Vec<Vec<Derived>>, StoreError> {
        let series: BTreeMap<SiteKey, Arc<Series>> = self.series(inputs).into_iter().collect();
        let pressures = series.iter().map(|(key, series)| (key.clone(), Arc::clone(&series.now))).collect();
        let ground = HotspotGround::of(inputs, Formula::of(inputs.standards), pressures)?;
        let sites = ground.sites.iter().map(|site| StandingSite {
            place: site.place,
            now: &site.pressure,
            before: series.get(&site.key).map_or(&[], |series| series.before.as_slice()),
        });
        let sites: Vec<_> = sites.collect();
        let network = ground.network();
        let (cells, zones) = match standing(&ground.formula, &sites, &ground.city, &ground.parameters, &never) {
            Ok(standing) => {
                let rows = Rows { inputs, ground: &ground, standing: &standing, network: &network };
                (rows.cells(), rows.zones())
            }
            Err(reason) => {
                tracing::info!(%reason, "there are no hotspots to be found");
                (Vec::new(), Vec::new())
            }
        };
        Ok(vec![cells, zones, reaches(inputs, &ground, &network)])
    }
}

/// The word of a class in the registers.
pub fn class_word(class: Class) -> &'static str {
    use crate::hotspot::fdr::Confidence::{Ninety, NinetyFive, NinetyNine};
    match class {
        None => "none",
        Some((Side::Hot, NinetyNine)) => "hot_99",
        Some((Side::Hot, NinetyFive)) => "hot_95",
        Some((Side::Hot, Ninety)) => "hot_90",
        Some((Side::Cold, NinetyNine)) => "cold_99",
        Some((Side::Cold, NinetyFive)) => "cold_95",
        Some((Side::Cold, Ninety)) => "cold_90",
    }
}

fn trend_word(pattern: Option<Pattern>) -> &'static str {
    match pattern {
        None => "none",
        Some(Pattern::New) => "new",
        Some(Pattern::Consecutive) => "consecutive",
        Some(Pattern::Intensifying) => "intensifying",
        Some(Pattern::Persistent) => "persistent",
        Some(Pattern::Diminishing) => "diminishing",
        Some(Pattern::Sporadic) => "sporadic",
        Some(Pattern::Oscillating) => "oscillating",
        Some(Pattern::Historical) => "historical",
    }
}

/// A number with so many digits behind the point: rows need not show the noise of the last bits.
fn rounded(number: f64, digits: i32) -> Value {
    let scale = 10f64.powi(digits);
    // Zero has no sign here.
    Value::Number((number * scale).round() / scale + 0.0)
}

fn declared(id: &str) -> Option<&'static Collection> {
    catalog::collection(id)
}

/// The parts of the standing run as rows.
struct Rows<'a> {
    inputs: &'a Inputs<'a>,
    ground: &'a HotspotGround,
    standing: &'a Standing,
    network: &'a Network,
}

impl Rows<'_> {
    /// The sites of a cell and of its neighbourhood, which its statistic is made from, from the hardest pressing on.
    fn contributing(&self, at: usize) -> Vec<usize> {
        let cells = &self.standing.cells;
        let near = cells.within(at, self.ground.parameters.neighbours);
        let mut sites: Vec<usize> = near.into_iter().flat_map(|at| cells.members[at].iter().copied()).collect();
        let index = |site: usize| self.ground.sites[site].pressure.index.mid();
        sites.sort_by(|a, b| index(*b).total_cmp(&index(*a)).then(a.cmp(b)));
        sites
    }

    fn paths(&self, sites: &[usize]) -> Value {
        let paths: Vec<String> = sites.iter().map(|site| self.ground.sites[*site].path()).collect();
        paths.join(",").into()
    }

    fn is_demo(&self, sites: &[usize]) -> Value {
        sites.iter().any(|site| self.ground.sites[*site].pressure.is_demo).into()
    }

    fn cells(&self) -> Vec<Derived> {
        let Some(declared) = declared("hotspots") else { return Vec::new() };
        let cells = &self.standing.cells;
        let row = |(at, found): (usize, &crate::hotspot::standing::StandingCell)| {
            let sites = self.contributing(at);
            let tested = found.tested;
            let number = |pick: fn(&crate::hotspot::cells::Tested) -> f64| tested.map(|t| rounded(pick(&t), 6));
            let values = [
                ("hotspot_class", class_word(found.class()).into()),
                ("statistic", number(|tested| tested.z).unwrap_or_default()),
                ("p_value", number(|tested| tested.p).unwrap_or_default()),
                ("q_value", number(|tested| tested.q).unwrap_or_default()),
                ("trend", trend_word(found.trend).into()),
                ("pressure", rounded(found.pressure.mid(), 3)),
                ("pressure_low", rounded(found.pressure.low, 3)),
                ("pressure_high", rounded(found.pressure.high, 3)),
                ("class_is_stable", found.is_stable.into()),
                ("class_low", class_word(found.class_low).into()),
                ("class_high", class_word(found.class_high).into()),
                ("site_count", (sites.len() as i64).into()),
                ("site_ids", self.paths(&sites)),
                ("computed_for", self.ground.day.into()),
                ("demo_data", self.is_demo(&sites)),
            ];
            let id = FeatureId::parse(&cells.id(at)).ok()?;
            let shape = lonlat(cells.grid.polygon(cells.cells[at]).into());
            Some(Derived::new(declared, id, values, shape))
        };
        self.standing.found.iter().enumerate().filter_map(row).collect()
    }

    fn zones(&self) -> Vec<Derived> {
        let Some(declared) = declared("hotspot_zones") else { return Vec::new() };
        let Standing { cells, found, zones } = self.standing;
        let city: Span = self.ground.sites.iter().map(|site| site.pressure.index).sum();
        let row = |(rank, zone): (i64, &crate::hotspot::standing::StandingZone)| {
            let z = |at: usize| found[at].tested.map_or(f64::NEG_INFINITY, |tested| tested.z);
            let hottest = zone.cells.iter().copied().reduce(|a, b| if z(b) > z(a) { b } else { a })?;
            let name = said::zone_name(self.ground, self.standing, zone, self.network);
            let why = said::zone_why(self.inputs.standards, self.ground, self.standing, zone, city);
            let reaches = self.reaches_of(&zone.sites);
            let share = 100.0 * zone.pressure.mid() / city.mid().max(f64::MIN_POSITIVE);
            let values = [
                ("rank", rank.into()),
                ("name_vi", name.vi.into()),
                ("name_en", name.en.into()),
                ("hotspot_class", class_word(found[hottest].class()).into()),
                ("trend", trend_word(found[hottest].trend).into()),
                ("pressure", rounded(zone.pressure.mid(), 3)),
                ("pressure_low", rounded(zone.pressure.low, 3)),
                ("pressure_high", rounded(zone.pressure.high, 3)),
                ("share_pct", rounded(share, 1)),
                ("site_count", (zone.sites.len() as i64).into()),
                ("site_ids", self.paths(&zone.sites)),
                ("reach_ids", reaches.join(",").into()),
                ("why_vi", why.vi.into()),
                ("why_en", why.en.into()),
                ("computed_for", self.ground.day.into()),
                ("demo_data", self.is_demo(&zone.sites)),
            ];
            let id = FeatureId::parse(&format!("zone-{}", cells.id(hottest))).ok()?;
            let shape = lonlat(zone.ground(cells).into());
            Some(Derived::new(declared, id, values, shape))
        };
        (1..).zip(zones).filter_map(row).collect()
    }

    /// Ids of the reaches that some sites discharge into, in the order of the network.
    fn reaches_of(&self, sites: &[usize]) -> Vec<String> {
        let entered = self.ground.outfall_sites.iter().zip(&self.network.entered);
        let mut reaches: Vec<usize> =
            entered.filter(|(site, _)| sites.contains(site)).filter_map(|(_, reach)| *reach).collect();
        reaches.sort_unstable();
        reaches.dedup();
        reaches.into_iter().map(|at| self.network.reaches[at].id.clone()).collect()
    }
}

impl Snapshot {
    /// What runs of hotspots start from on a day. Takes some tens of milliseconds where the day is asked for the first
    /// time: not for the async runtime.
    ///
    /// # Errors
    /// What a register says.
    pub fn hotspot_ground(&self, day: NaiveDate) -> Result<Arc<HotspotGround>, StoreError> {
        if let Some(full) = self.full() {
            return full.hotspot_ground(day);
        }
        self.past.grounds.get_or_insert_with(&day, || {
            self.with_inputs_on(day, |inputs| {
                let formula = Formula::of(inputs.standards);
                let sites: Vec<_> = inputs.review.sites.iter().collect();
                let pressure = |(key, site): (&SiteKey, &ReviewedSite)| {
                    let pressure = formula.pressure(inputs.standards, &site.facts, day, &mut Assessed::default());
                    (key.clone(), Arc::new(pressure))
                };
                let pressures = sites.into_par_iter().map(pressure).collect();
                Ok(Arc::new(HotspotGround::of(inputs, formula.clone(), pressures)?))
            })
        })
    }
}

/// The shares of sites in the load of a reach by the middle of it, the largest first: positions and shares of 1.
pub fn shares(ground: &HotspotGround, network: &Network, reach: usize) -> Vec<(usize, f64)> {
    let mut loads: BTreeMap<usize, f64> = BTreeMap::new();
    for outfall in network.outfalls_above(reach) {
        *loads.entry(ground.outfall_sites[outfall]).or_default() += ground.outfalls[outfall].load.mid();
    }
    let all: f64 = loads.values().sum();
    let mut shares: Vec<_> = loads.into_iter().map(|(site, load)| (site, load / all)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    shares
}

/// The reaches from the heaviest load on.
fn reaches(inputs: &Inputs<'_>, ground: &HotspotGround, network: &Network) -> Vec<Derived> {
    let Some(declared) = declared("waterway_reaches") else { return Vec::new() };
    let row = |(rank, at): (i64, usize)| {
        let reach = &network.reaches[at];
        let shares = shares(ground, network, at);
        let sites: Vec<String> = shares.iter().map(|(site, _)| ground.sites[*site].path()).collect();
        let percent: Vec<String> = shares.iter().map(|(_, share)| format!("{:.1}", 100.0 * share)).collect();
        let note = reach.cut.as_ref().map_or_else(|| Text::new("", ""), said::cut);
        let named = &ground.named[reach.course];
        let note_or_null = |text: String| if text.is_empty() { Value::Null } else { text.into() };
        let is_demo = named.is_demo || shares.iter().any(|(site, _)| ground.sites[*site].pressure.is_demo);
        let values = [
            ("rank", rank.into()),
            ("name_vi", named.name.as_str().into()),
            ("waterway_id", ground.courses[reach.course].id.as_str().into()),
            ("downstream_id", reach.downstream.map(|at| network.reaches[at].id.clone()).into()),
            ("load", rounded(reach.load.mid(), 1)),
            ("load_low", rounded(reach.load.low, 1)),
            ("load_high", rounded(reach.load.high, 1)),
            ("load_own", rounded(reach.own.mid(), 1)),
            ("load_per_flow", reach.per_flow.map(|ratio| rounded(ratio.mid(), 6)).unwrap_or_default()),
            ("q_m3s", ground.courses[reach.course].q_m3s.into()),
            ("site_count", (sites.len() as i64).into()),
            ("site_ids", sites.join(",").into()),
            ("site_shares", percent.join(",").into()),
            ("note_vi", note_or_null(note.vi)),
            ("note_en", note_or_null(note.en)),
            ("computed_for", inputs.day().into()),
            ("demo_data", is_demo.into()),
        ];
        let id = FeatureId::parse(&reach.id).ok()?;
        Some(Derived::new(declared, id, values, ground::reach_shape(&reach.line)))
    };
    (1..).zip(network.ranked()).filter_map(row).collect()
}
