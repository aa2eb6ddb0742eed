//! Two versions of a plan: lots added, removed, put to another use, moved.
//!
//! A lot of one version is that of the other which has its symbol, if only one has; else the one with which it shares most
//! of its ground.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use geo::{Area, BooleanOps, BoundingRect, Coord, Distance, Euclidean, Polygon};
use rust_decimal::prelude::ToPrimitive;

use super::finding::{Comparison, LotChange};
use super::ground::Index;
use super::model::{Parcel, Plan};
use crate::compliance::Standards;

/// Lots are one where they share more than this of the larger.
const SAME_SHARE: f64 = 0.5;

/// Compares an earlier version of a plan with a later one, by the tolerance that holds on a day.
pub fn compare(standards: &Standards, before: &Plan, after: &Plan, as_of: NaiveDate) -> Comparison {
    let moved = standards.plan_limit("PLN-COORD", "moved", as_of).and_then(|limit| limit.value.to_f64());
    let tolerance_m = moved.unwrap_or_default();
    let pairs = pairs(&before.parcels, &after.parcels);
    let matched: BTreeSet<usize> = pairs.values().copied().collect();
    let mut changed = Vec::new();
    let mut unchanged = 0;
    for (old, new) in &pairs {
        let (Some(old), Some(new)) = (before.parcels.get(*old), after.parcels.get(*new)) else { continue };
        match change(old, new, tolerance_m) {
            Some(change) => changed.push(change),
            None => unchanged += 1,
        }
    }
    let ids = |parcels: &[Parcel], is_matched: &dyn Fn(usize) -> bool| {
        let alone = parcels.iter().enumerate().filter(|(at, _)| !is_matched(*at));
        alone.map(|(_, parcel)| parcel.id.clone()).collect()
    };
    Comparison {
        before: before.row.id.clone(),
        after: after.row.id.clone(),
        added: ids(&after.parcels, &|at| matched.contains(&at)),
        removed: ids(&before.parcels, &|at| pairs.contains_key(&at)),
        changed,
        unchanged,
        tolerance_m,
    }
}

/// Positions of lots of the later version by those of the earlier.
fn pairs(before: &[Parcel], after: &[Parcel]) -> BTreeMap<usize, usize> {
    fn once(parcels: &[Parcel]) -> BTreeMap<&str, Option<usize>> {
        let mut by_symbol = BTreeMap::new();
        for (at, parcel) in parcels.iter().enumerate() {
            if let Some(symbol) = parcel.symbol.as_deref() {
                by_symbol.entry(symbol).and_modify(|known| *known = None).or_insert(Some(at));
            }
        }
        by_symbol
    }
    let (old, new) = (once(before), once(after));
    let named = old.iter().filter_map(|(symbol, at)| Some(((*at)?, (*new.get(symbol)?)?)));
    let mut pairs: BTreeMap<usize, usize> = named.collect();
    let mut taken: BTreeSet<usize> = pairs.values().copied().collect();
    let rect = |parcel: &Parcel| parcel.polygon.as_ref().and_then(BoundingRect::bounding_rect);
    let index = Index::of(after.iter().map(rect));
    let mut shares: Vec<(f64, usize, usize)> = Vec::new();
    for (at, parcel) in before.iter().enumerate().filter(|(at, _)| !pairs.contains_key(at)) {
        let (Some(polygon), Some(rect)) = (&parcel.polygon, rect(parcel)) else { continue };
        for other in index.near(rect, 0.0).into_iter().filter(|other| !taken.contains(other)) {
            let Some(theirs) = after.get(other).and_then(|parcel| parcel.polygon.as_ref()) else { continue };
            let larger = polygon.unsigned_area().max(theirs.unsigned_area());
            let share = polygon.intersection(theirs).unsigned_area() / larger;
            if share > SAME_SHARE {
                shares.push((share, at, other));
            }
        }
    }
    shares.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, at, other) in shares {
        if !pairs.contains_key(&at) && taken.insert(other) {
            pairs.insert(at, other);
        }
    }
    pairs
}

/// How far the rings of two areas lie from each other at most, metres.
fn moved(a: &Polygon<f64>, b: &Polygon<f64>) -> f64 {
    let reach = |from: &Polygon<f64>, to: &Polygon<f64>| {
        let corners = from.exterior().0.iter().chain(from.interiors().iter().flat_map(|ring| &ring.0));
        let rings: Vec<_> = std::iter::once(to.exterior()).chain(to.interiors()).collect();
        let distance = |c: &Coord<f64>| {
            let to_ring = rings.iter().map(|ring| Euclidean.distance(&geo::Point(*c), *ring));
            to_ring.fold(f64::INFINITY, f64::min)
        };
        corners.map(distance).fold(0.0, f64::max)
    };
    reach(a, b).max(reach(b, a))
}

fn change(old: &Parcel, new: &Parcel, tolerance_m: f64) -> Option<LotChange> {
    let land_use = (old.land_use != new.land_use).then(|| [old.land_use.clone(), new.land_use.clone()]);
    let moved_m = match (&old.polygon, &new.polygon) {
        (Some(a), Some(b)) => Some(moved(a, b)).filter(|moved| *moved > tolerance_m),
        _ => None,
    };
    let drawn = [&old.polygon, &new.polygon].map(Option::is_some);
    let count = |storeys: Option<i64>| storeys.map(|storeys| storeys as f64);
    let columns = [
        ("area_m2", old.stated_m2, new.stated_m2),
        ("density_max_pct", old.density_max_pct, new.density_max_pct),
        ("storeys_max", count(old.storeys_max), count(new.storeys_max)),
        ("far_max", old.far_max, new.far_max),
        ("height_max_m", old.height_max_m, new.height_max_m),
        ("setback_m", old.setback_m, new.setback_m),
    ];
    let values: Vec<_> = columns.into_iter().filter(|(_, before, after)| before != after).collect();
    let renamed = old.symbol != new.symbol;
    if land_use.is_none() && moved_m.is_none() && values.is_empty() && !renamed && drawn[0] == drawn[1] {
        return None;
    }
    let area = |parcel: &Parcel| parcel.polygon.as_ref().map(Area::unsigned_area);
    Some(LotChange {
        before: old.id.clone(),
        after: new.id.clone(),
        symbols: [old.symbol.clone(), new.symbol.clone()],
        land_use,
        area_m2: [area(old), area(new)],
        moved_m,
        values,
    })
}
