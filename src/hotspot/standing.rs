//! The standing run: cells of the city by Gi*, with their trend, what would change their class, and the zones they make.
//!
//! Values are sums of pressure in a cell. The class rests on the middle of each site's interval; it is found again with the
//! ends of the intervals and with each weight changed, and whether it stays is told.

use geo::{Coord, MultiPolygon, unary_union};
use rayon::prelude::*;

use super::cells::{Cells, Tested, hot_and_cold};
use super::fdr::{Class, Side};
use super::grid::HexGrid;
use super::permutation::Permutations;
use super::pressure::{Formula, Pressure, Span};
use super::trend::{Pattern, TREND_ALPHA, mann_kendall, pattern};
use super::weights::{Own, Scheme, Transform, Weights};
use super::{NoStatistic, Stop};
use crate::compliance::Standards;

/// The numbers of the standing run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// From flat side to flat side of a cell, metres.
    pub cell: f64,
    /// Cells whose centres are so near belong together, metres.
    pub neighbours: f64,
    pub permutations: Permutations,
    /// Steps of the trend, the last one is the day itself.
    pub quarters: usize,
    /// By what share weights are changed.
    pub weight_change: f64,
    /// A zone whose own sites have less of the city's pressure is none: its cells are hot through their neighbours alone.
    pub zone_share: f64,
    /// As [`super::waterway::Reaching`].
    pub outfall_reach: f64,
    pub join_reach: f64,
}

impl Parameters {
    /// Those of `data/standards/hotspot_run.csv`.
    pub fn of(standards: &Standards) -> Parameters {
        let number = |name: &str| {
            let row = standards.hotspot_run.iter().find(|row| row.name == name);
            // A name that is missing was refused when the standards were read.
            row.and_then(|row| row.value.to_string().parse::<f64>().ok()).unwrap_or(0.0)
        };
        Parameters {
            cell: number("cell"),
            neighbours: number("neighbours"),
            permutations: Permutations { count: number("permutations") as u32, seed: number("seed") as u64 },
            quarters: number("quarters") as usize,
            weight_change: number("weight_change"),
            zone_share: number("zone_share"),
            outfall_reach: number("outfall_reach"),
            join_reach: number("join_reach"),
        }
    }
}

/// A site as the run sees it.
#[derive(Debug, Clone, Copy)]
pub struct StandingSite<'a> {
    /// Metres.
    pub place: Coord<f64>,
    /// How hard it presses on the day.
    pub now: &'a Pressure,
    /// How hard it pressed at the end of each earlier quarter, oldest first; `None` while it was not on record.
    pub before: &'a [Option<Span>],
}

/// A cell of the standing run.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingCell {
    /// `None` where nothing can be said of it.
    pub tested: Option<Tested>,
    pub trend: Option<Pattern>,
    pub pressure: Span,
    /// Whether the class stays with every weight up and down.
    pub is_stable: bool,
    /// Its class by what is proven alone, and by what cannot be ruled out.
    pub class_low: Class,
    pub class_high: Class,
}

impl StandingCell {
    /// Its class; none where nothing can be said.
    pub fn class(&self) -> Class {
        self.tested.and_then(|tested| tested.class)
    }

    /// Whether it is hot with any confidence.
    pub fn is_hot(&self) -> bool {
        self.class().is_some_and(|(side, _)| side == Side::Hot)
    }
}

/// Hot cells that touch each other.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingZone {
    /// Positions of its cells, ascending.
    pub cells: Vec<usize>,
    /// Positions of its sites, from the hardest pressing on.
    pub sites: Vec<usize>,
    pub pressure: Span,
}

/// What the standing run finds.
#[derive(Debug, Clone)]
pub struct Standing {
    pub cells: Cells,
    pub found: Vec<StandingCell>,
    /// From the hardest pressing on.
    pub zones: Vec<StandingZone>,
}

/// Runs it.
///
/// Fails where there is nothing to compare: no site, no pressure anywhere, cells too few or too many.
pub fn standing(
    formula: &Formula,
    sites: &[StandingSite<'_>],
    area: &MultiPolygon<f64>,
    parameters: &Parameters,
    stop: Stop,
) -> Result<Standing, NoStatistic> {
    let places: Vec<_> = sites.iter().map(|site| site.place).collect();
    let cells = Cells::new(area, &places, parameters.cell, stop)?;
    let scheme = Scheme::DistanceBand(parameters.neighbours);
    let weights = Weights::build(&cells.sites, scheme, Transform::Binary, Own::With, stop)?;
    let permutations = Some(parameters.permutations);
    let classes = |values: &[f64]| -> Vec<Class> {
        // Where there is nothing to compare there is no class.
        let tested = hot_and_cold(&weights, values, permutations, true, stop).unwrap_or_default();
        let mut classes: Vec<Class> = tested.iter().map(|tested| tested.and_then(|tested| tested.class)).collect();
        classes.resize(values.len(), None);
        classes
    };
    let index = |pick: fn(Span) -> f64| cells.sums(|site| pick(sites[site].now.index));
    let (low, high) = (index(|index| index.low), index(|index| index.high));
    let tested = hot_and_cold(&weights, &index(Span::mid), permutations, true, stop)?;

    let mut others = vec![low.clone(), high.clone()];
    others.extend(
        formula
            .changed_weights(parameters.weight_change)
            .into_iter()
            .map(|(_, _, weights)| cells.sums(|site| Formula::index(&sites[site].now.parts, &weights).mid())),
    );
    let others: Vec<Vec<Class>> = others.par_iter().map(|values| classes(values)).collect();
    let patterns = patterns(&cells, &weights, sites, permutations, &tested, stop);
    let found = tested.iter().zip(patterns).enumerate().map(|(at, (tested, trend))| {
        let class = tested.and_then(|tested| tested.class);
        StandingCell {
            tested: *tested,
            trend,
            pressure: Span::new(low[at], high[at]),
            is_stable: others.iter().skip(2).all(|classes| classes[at] == class),
            class_low: others[0][at],
            class_high: others[1][at],
        }
    });
    let found: Vec<StandingCell> = found.collect();
    let zones = zones(&cells, &found, sites, parameters.zone_share);
    Ok(Standing { cells, found, zones })
}

/// The pattern of each hot cell over the quarters, each tested as the day itself. A quarter in which nothing can be compared
/// is none.
fn patterns(
    cells: &Cells,
    weights: &Weights,
    sites: &[StandingSite<'_>],
    permutations: Option<Permutations>,
    now: &[Option<Tested>],
    stop: Stop,
) -> Vec<Option<Pattern>> {
    let steps = sites.iter().map(|site| site.before.len()).max().unwrap_or(0);
    let step = |step: usize| {
        let values = cells.sums(|site| sites[site].before.get(step).copied().flatten().map_or(0.0, Span::mid));
        hot_and_cold(weights, &values, permutations, true, stop).ok()
    };
    let before: Vec<_> = (0..steps).into_par_iter().map(step).collect();
    let of_cell = |at: usize| {
        let tested =
            |step: &Option<Vec<Option<Tested>>>| step.as_ref().and_then(|cells| cells.get(at).copied().flatten());
        let series: Vec<Option<Tested>> = before.iter().map(tested).chain([now[at]]).collect();
        let scores: Vec<Option<f64>> = series.iter().map(|tested| tested.map(|tested| tested.z)).collect();
        let direction = mann_kendall(&scores).ok().and_then(|trend| trend.direction(TREND_ALPHA));
        let classes: Vec<Option<Class>> = series.iter().map(|tested| tested.map(|tested| tested.class)).collect();
        pattern(&classes, direction).filter(|(side, _)| *side == Side::Hot).map(|(_, pattern)| pattern)
    };
    (0..now.len()).map(of_cell).collect()
}

/// Hot cells that touch each other and whose sites have at least a share of all pressure, from the hardest pressing on.
fn zones(cells: &Cells, found: &[StandingCell], sites: &[StandingSite<'_>], least_share: f64) -> Vec<StandingZone> {
    let least = least_share * sites.iter().map(|site| site.now.index.mid()).sum::<f64>();
    let hot: std::collections::HashMap<_, usize> =
        (0..found.len()).filter(|at| found[*at].is_hot()).map(|at| (cells.cells[at], at)).collect();
    let mut taken = vec![false; found.len()];
    let mut zones = Vec::new();
    for start in 0..found.len() {
        if taken[start] || !found[start].is_hot() {
            continue;
        }
        taken[start] = true;
        let (mut open, mut members) = (vec![start], Vec::new());
        while let Some(at) = open.pop() {
            members.push(at);
            for other in HexGrid::around(cells.cells[at]).iter().filter_map(|cell| hot.get(cell)) {
                if !std::mem::replace(&mut taken[*other], true) {
                    open.push(*other);
                }
            }
        }
        members.sort_unstable();
        let mut of_zone: Vec<usize> = members.iter().flat_map(|at| cells.members[*at].iter().copied()).collect();
        let index = |site: usize| sites[site].now.index;
        of_zone.sort_by(|a, b| index(*b).mid().total_cmp(&index(*a).mid()).then(a.cmp(b)));
        let pressure: Span = of_zone.iter().map(|site| index(*site)).sum();
        if pressure.mid() >= least {
            zones.push(StandingZone { cells: members, sites: of_zone, pressure });
        }
    }
    zones.sort_by(|a, b| b.pressure.mid().total_cmp(&a.pressure.mid()).then(a.cells.cmp(&b.cells)));
    zones
}

impl StandingZone {
    /// Its ground, metres.
    pub fn ground(&self, cells: &Cells) -> MultiPolygon<f64> {
        let polygons: Vec<_> = self.cells.iter().map(|at| cells.grid.polygon(cells.cells[*at])).collect();
        unary_union(&polygons)
    }
}
