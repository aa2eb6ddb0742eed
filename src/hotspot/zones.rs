//! Zones: places that lie close together, as clusters with an outline. DBSCAN (Ester et al. 1996) over weighted places.
//!
//! A place is a core where the weights within `reach` of it, its own included, come to `least_weight`
//! (`scikit-learn`'s `sample_weight`). Cores within reach of each other belong to one zone; what is no core but within reach
//! of one belongs to the zone of its nearest core. (`scikit-learn` gives it to whichever zone comes first in the input;
//! here the order of the input decides nothing.) The rest belongs to none.
//!
//! Not HDBSCAN: it knows no weights, and where as many places coincide as make a cluster (villages placed at their commune),
//! densities are infinite and the one crate that fits our compiler, `hdbscan` 0.12, compares NaN.

use geo::{Buffer, ConcaveHull, Coord, MultiPoint, MultiPolygon};
use geo_index::kdtree::KDTreeIndex;
use rayon::prelude::*;

use super::sites::Sites;
use super::weights::{MAX_DISTANCE, MAX_LINKS, distance, kd_tree};
use super::{NoStatistic, Stop, positive, stopped};

/// Places that lie close together.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Positions in the caller's order, ascending.
    pub members: Vec<usize>,
    /// Those of them that are cores.
    pub cores: Vec<usize>,
    /// Sum of the members' weights.
    pub weight: f64,
}

/// How zones are found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZoneOptions {
    /// Metres within which places belong together, the bound included.
    pub reach: f64,
    /// The weight within reach of a place, itself included, that makes it a core. With weights of 1 the number of places.
    pub least_weight: f64,
}

/// Zones by falling weight; of equally heavy ones that with the smallest key of a core comes first.
///
/// Weights stand in the caller's order. Fails on options that are not above zero, weights that are negative or not finite,
/// and more than [`MAX_LINKS`] pairs within reach.
pub fn zones(sites: &Sites, weights: &[f64], options: ZoneOptions, stop: Stop) -> Result<Vec<Zone>, NoStatistic> {
    positive("tầm nối tính bằng mét / the reach in metres", options.reach, MAX_DISTANCE)?;
    positive("trọng số nhỏ nhất / the least weight", options.least_weight, super::sites::MAX_VALUE)?;
    if let Some(at) = weights.iter().position(|weight| *weight < 0.0) {
        return Err(NoStatistic::Negative { at });
    }
    let weights = sites.sorted(weights)?;
    let places = sites.places();
    let tree = kd_tree(places);
    let links = std::sync::atomic::AtomicUsize::new(0);
    let near: Vec<Vec<u32>> = (0..places.len())
        .into_par_iter()
        .map(|at| {
            stopped(stop)?;
            let mut near = tree.within(places[at].x, places[at].y, options.reach);
            near.sort_unstable();
            if links.fetch_add(near.len(), std::sync::atomic::Ordering::Relaxed) + near.len() > MAX_LINKS {
                return Err(NoStatistic::TooManyLinks { limit: MAX_LINKS });
            }
            Ok(near)
        })
        .collect::<Result<_, _>>()?;
    let heavy = |at: usize| near[at].iter().map(|other| weights[*other as usize]).sum::<f64>() >= options.least_weight;
    let is_core: Vec<bool> = (0..places.len()).map(heavy).collect();

    let mut zone_of: Vec<Option<u32>> = vec![None; places.len()];
    let mut count = 0;
    for start in 0..places.len() {
        if !is_core[start] || zone_of[start].is_some() {
            continue;
        }
        stopped(stop)?;
        zone_of[start] = Some(count);
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            for other in near[at].iter().map(|other| *other as usize).filter(|other| is_core[*other]) {
                if zone_of[other].is_none() {
                    zone_of[other] = Some(count);
                    open.push(other);
                }
            }
        }
        count += 1;
    }
    let border = |at: usize| {
        let cores = near[at].iter().map(|other| *other as usize).filter(|other| is_core[*other]);
        let nearest = cores.min_by(|a, b| {
            distance(places[at], places[*a]).total_cmp(&distance(places[at], places[*b])).then(a.cmp(b))
        })?;
        zone_of[nearest]
    };
    let full: Vec<Option<u32>> =
        (0..places.len()).map(|at| if is_core[at] { zone_of[at] } else { border(at) }).collect();

    // Zones are numbered by the smallest key of their cores, so a stable sort by weight leaves ties in that order.
    let mut zones = vec![Zone { members: Vec::new(), cores: Vec::new(), weight: 0.0 }; count as usize];
    for (at, zone) in full.iter().enumerate() {
        let Some(zone) = zone.and_then(|zone| zones.get_mut(zone as usize)) else { continue };
        zone.members.push(sites.given_at(at));
        zone.weight += weights[at];
        if is_core[at] {
            zone.cores.push(sites.given_at(at));
        }
    }
    for zone in &mut zones {
        zone.members.sort_unstable();
        zone.cores.sort_unstable();
    }
    zones.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    Ok(zones)
}

/// The outline of places: their concave hull, widened by `margin` metres, so that also one place, or some in a row, have
/// ground under them. Fails without a place and where the margin is not above zero.
pub fn outline(places: &[Coord<f64>], margin: f64) -> Result<MultiPolygon<f64>, NoStatistic> {
    positive("lề tính bằng mét / the margin in metres", margin, MAX_DISTANCE)?;
    if let Some(at) = places.iter().position(|place| !(place.x.is_finite() && place.y.is_finite())) {
        return Err(NoStatistic::NotFinite { at });
    }
    let mut distinct = places.to_vec();
    distinct.sort_unstable_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    distinct.dedup();
    let points = MultiPoint::from_iter(distinct.iter().copied());
    Ok(match distinct.len() {
        0 => return Err(NoStatistic::TooFew { have: 0, need: 1 }),
        1 => points.buffer(margin),
        2 => geo::LineString::new(distinct).buffer(margin),
        _ => {
            let hull = points.concave_hull();
            // Places in one line have a hull without ground, which a polygon's buffer would lose.
            if geo::Area::unsigned_area(&hull) > margin * margin * 1e-6 {
                hull.buffer(margin)
            } else {
                hull.exterior().buffer(margin)
            }
        }
    })
}
