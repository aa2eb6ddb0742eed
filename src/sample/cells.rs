//! Areas drawn from nothing but a centre and a size: a power diagram (weighted Voronoi diagram) whose weights and
//! generators are moved until each cell has about the wanted size around about the wanted centre.
//!
//! Generators of a ghost land fill the surroundings, so that the outline follows the outermost centres. Neighbours share
//! every vertex of their border exactly. No cell is a legal boundary, and none is traced from one.

use std::collections::HashMap;

use geo::Coord;

use super::place::{distance, to_millimetre};
use super::rng::Rng;

/// What a cell should be: its centre in metres and its size in square metres.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub centre: Coord<f64>,
    pub area_m2: f64,
}

impl Wanted {
    fn radius(&self) -> f64 {
        (self.area_m2 / std::f64::consts::PI).sqrt()
    }
}

/// Rounds of moving weights, in the first half also generators.
const ROUNDS: usize = 160;
/// How far a generator may leave the wanted centre, as a share of the wanted radius.
const MOST_MOVED: f64 = 0.6;
/// Only so many nearest generators can border on a cell.
const NEIGHBOURS: usize = 70;
/// Distance between the generators of the ghost land, in metres.
const GHOST_SPACING_M: f64 = 3000.0;
/// How near to the wanted circle of a cell a ghost may stand, in metres.
const GHOST_DISTANCE_M: f64 = 1700.0;
/// Borders are bent in pieces of about this length, in metres.
const PIECE_M: f64 = 300.0;

/// A corner of a cell: where it is and behind which neighbour the edge that starts here lies.
#[derive(Clone, Copy)]
struct Corner {
    at: Coord<f64>,
    neighbour: usize,
}

struct Generator {
    at: Coord<f64>,
    weight: f64,
}

/// Draws one ring for each wanted cell: counter-clockwise, not closed, in whole millimetres.
pub fn draw(wanted: &[Wanted]) -> Vec<Vec<Coord<f64>>> {
    let mut generators: Vec<Generator> =
        wanted.iter().map(|cell| Generator { at: cell.centre, weight: cell.radius().powi(2) }).collect();
    generators.extend(ghosts(wanted));
    let near = neighbourhoods(&generators);
    for round in 0..ROUNDS {
        let cells: Vec<_> = (0..wanted.len()).map(|i| cell(&generators, i, &near[i])).collect();
        let steps: Vec<_> = cells.iter().enumerate().map(|(i, cell)| step(&generators, i, cell, &wanted[i])).collect();
        for ((generator, (heavier, pull)), wanted) in generators.iter_mut().zip(steps).zip(wanted) {
            generator.weight += heavier;
            let moved = generator.at + pull;
            if round < ROUNDS / 2 && distance(moved, wanted.centre) <= wanted.radius() * MOST_MOVED {
                generator.at = moved;
            }
        }
    }
    let cells: Vec<_> = (0..generators.len()).map(|i| cell(&generators, i, &near[i])).collect();
    bent(&cells, wanted.len())
}

fn ghosts(wanted: &[Wanted]) -> Vec<Generator> {
    let margin = 12_000.0;
    let fold = |pick: fn(&Coord<f64>) -> f64, better: fn(f64, f64) -> f64| {
        wanted.iter().map(|cell| pick(&cell.centre)).reduce(better).unwrap_or_default()
    };
    let (min_x, max_x) = (fold(|c| c.x, f64::min) - margin, fold(|c| c.x, f64::max) + margin);
    let (min_y, max_y) = (fold(|c| c.y, f64::min) - margin, fold(|c| c.y, f64::max) + margin);
    let row_height = GHOST_SPACING_M * 0.75f64.sqrt();
    let mut ghosts = Vec::new();
    for row in 0..((max_y - min_y) / row_height) as usize {
        for column in 0..((max_x - min_x) / GHOST_SPACING_M) as usize {
            let shift = if row % 2 == 0 { 0.0 } else { 0.5 };
            // The lattice is shaken: the outline would otherwise show it.
            let mut rng = Rng::named(&format!("ghost {row} {column}"));
            let at = Coord {
                x: min_x + (column as f64 + shift + rng.between(-0.2, 0.2)) * GHOST_SPACING_M,
                y: min_y + row as f64 * row_height + rng.between(-0.2, 0.2) * GHOST_SPACING_M,
            };
            if wanted.iter().all(|cell| distance(cell.centre, at) > cell.radius() + GHOST_DISTANCE_M) {
                ghosts.push(Generator { at, weight: (GHOST_SPACING_M / 2.0).powi(2) });
            }
        }
    }
    ghosts
}

/// For each generator the nearest others, nearest first.
fn neighbourhoods(generators: &[Generator]) -> Vec<Vec<usize>> {
    let nearest = |i: usize| {
        let mut others: Vec<usize> = (0..generators.len()).filter(|j| *j != i).collect();
        let from = generators[i].at;
        others.sort_by(|a, b| distance(generators[*a].at, from).total_cmp(&distance(generators[*b].at, from)));
        others.truncate(NEIGHBOURS);
        others
    };
    (0..generators.len()).map(nearest).collect()
}

/// The power cell of one generator: everything nearer to it than to any other, by squared distance less weight.
fn cell(generators: &[Generator], i: usize, near: &[usize]) -> Vec<Corner> {
    const FAR_M: f64 = 30_000.0;
    let Generator { at, weight } = &generators[i];
    let corner = |dx: f64, dy: f64| Corner { at: Coord { x: at.x + dx, y: at.y + dy }, neighbour: usize::MAX };
    let mut corners = vec![corner(-FAR_M, -FAR_M), corner(FAR_M, -FAR_M), corner(FAR_M, FAR_M), corner(-FAR_M, FAR_M)];
    for &j in near {
        let other = &generators[j];
        let (dx, dy) = (other.at.x - at.x, other.at.y - at.y);
        let limit = (dx * dx + dy * dy + weight - other.weight) / 2.0;
        let beyond = |c: Coord<f64>| (c.x - at.x) * dx + (c.y - at.y) * dy - limit;
        if corners.iter().all(|corner| beyond(corner.at) <= 0.0) {
            continue;
        }
        let mut kept = Vec::with_capacity(corners.len() + 1);
        for (k, start) in corners.iter().enumerate() {
            let end = corners[(k + 1) % corners.len()];
            let (from, to) = (beyond(start.at), beyond(end.at));
            if from <= 0.0 {
                kept.push(*start);
            }
            if (from <= 0.0) != (to <= 0.0) {
                let share = from / (from - to);
                let crossing = Coord {
                    x: start.at.x + share * (end.at.x - start.at.x),
                    y: start.at.y + share * (end.at.y - start.at.y),
                };
                // Leaving, the new border begins; coming back, the old edge goes on.
                let neighbour = if from <= 0.0 { j } else { start.neighbour };
                kept.push(Corner { at: crossing, neighbour });
            }
        }
        corners = kept;
    }
    corners
}

/// Size and centroid of a cell; `None` when it has vanished.
fn measure(cell: &[Corner]) -> Option<(f64, Coord<f64>)> {
    let origin = cell.first()?.at;
    let (mut doubled, mut x, mut y) = (0.0, 0.0, 0.0);
    for (k, corner) in cell.iter().enumerate() {
        let (a, b) = (corner.at - origin, cell[(k + 1) % cell.len()].at - origin);
        let cross = a.x * b.y - b.x * a.y;
        doubled += cross;
        x += (a.x + b.x) * cross;
        y += (a.y + b.y) * cross;
    }
    (doubled > 1.0)
        .then(|| (doubled / 2.0, Coord { x: origin.x + x / (3.0 * doubled), y: origin.y + y / (3.0 * doubled) }))
}

/// How much heavier a generator must be for the wanted size, and how it must move for the wanted centre.
fn step(generators: &[Generator], i: usize, cell: &[Corner], wanted: &Wanted) -> (f64, Coord<f64>) {
    let Some((area, centroid)) = measure(cell) else { return (wanted.radius().powi(2) / 8.0, Coord::default()) };
    // With its weight each border moves out by 1 / (2 * distance of the two generators).
    let growth: f64 = cell
        .iter()
        .enumerate()
        .filter_map(|(k, corner)| {
            let other = generators.get(corner.neighbour)?;
            let length = distance(corner.at, cell[(k + 1) % cell.len()].at);
            Some(length / (2.0 * distance(generators[i].at, other.at)))
        })
        .sum();
    // Half a step: the neighbours move as well.
    (0.5 * (wanted.area_m2 - area) / growth.max(0.1), (wanted.centre - centroid) * 0.2)
}

/// The rings of the first `count` cells, their straight borders bent like drawn ones.
fn bent(cells: &[Vec<Corner>], count: usize) -> Vec<Vec<Coord<f64>>> {
    // A ghost that was crowded out borders on nothing, so that nobody asks for its centre.
    let centres: Vec<_> = cells.iter().map(|cell| measure(cell).unwrap_or_default().1).collect();
    let mut corners = HashMap::new();
    let mut borders = HashMap::new();
    let ring = |i: usize| {
        let cell = &cells[i];
        let mut ring = Vec::new();
        for (k, corner) in cell.iter().enumerate() {
            let before = cell[(k + cell.len() - 1) % cell.len()].neighbour;
            let end = cell[(k + 1) % cell.len()];
            let j = corner.neighbour;
            // Three cells meet in a corner and each computes it with other rounding: the first one decides.
            let mut shared = |at: Coord<f64>, mut meeting: [usize; 3]| {
                meeting.sort_unstable();
                *corners.entry(meeting).or_insert_with(|| to_millimetre(at))
            };
            let from = shared(corner.at, [i, before, j]);
            let to = shared(end.at, [i, j, end.neighbour]);
            ring.push(from);
            let border: &mut Vec<Coord<f64>> = borders
                .entry((i.min(j), i.max(j)))
                .or_insert_with(|| bend(from, to, centres[i], centres[j], &mut Rng::named(&format!("border {i} {j}"))));
            // The neighbour comes along the same border the other way round.
            if border.first().is_some_and(|first| distance(*first, from) > distance(*first, to)) {
                border.reverse();
            }
            ring.extend_from_slice(border);
        }
        ring
    };
    (0..count).map(ring).collect()
}

/// Points between two corners, off the straight line, but within the triangles that it makes with the two cells' centres:
/// these do not overlap, so no bent border can cross another.
fn bend(from: Coord<f64>, to: Coord<f64>, left: Coord<f64>, right: Coord<f64>, rng: &mut Rng) -> Vec<Coord<f64>> {
    let length = distance(from, to);
    let levels = (length / PIECE_M).max(1.0).log2().ceil() as u32;
    let mut offsets = vec![0.0, 0.0];
    for level in 0..levels {
        let spread = 0.09 * length / f64::from(1 << level);
        let middle = |pair: &[f64], rng: &mut Rng| (pair[0] + pair[1]) / 2.0 + rng.between(-spread, spread);
        let halves: Vec<_> = offsets.windows(2).map(|pair| [pair[0], middle(pair, rng)]).collect();
        offsets = halves.into_iter().flatten().chain([0.0]).collect();
    }
    let along = (to - from) / length.max(1e-9);
    let across = Coord { x: -along.y, y: along.x };
    let room = |centre: Coord<f64>, share: f64| {
        let offset = centre - from;
        let foot = ((offset.x * along.x + offset.y * along.y) / length).clamp(0.05, 0.95);
        let height = (offset.x * across.x + offset.y * across.y).abs();
        height * (share / foot).min((1.0 - share) / (1.0 - foot)) * 0.4
    };
    let pieces = offsets.len() - 1;
    (1..pieces)
        .map(|k| {
            let share = k as f64 / pieces as f64;
            let limit = room(left, share).min(room(right, share));
            let offset = offsets[k].clamp(-limit, limit);
            to_millimetre(from + along * (length * share) + across * offset)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, LineString, Polygon, Validation};

    use crate::sample::topology::dissolve;

    #[test]
    fn a_border_in_no_room_stays_straight() {
        let c = |x: f64, y: f64| Coord { x, y };
        let points = bend(c(0.0, 0.0), c(1000.0, 0.0), c(500.0, 0.0), c(500.0, -300.0), &mut Rng::named("x"));
        assert!(!points.is_empty() && points.iter().all(|point| point.y == 0.0), "{points:?}");
    }

    #[test]
    fn cells_have_about_the_wanted_size_and_touch_without_overlap() {
        let at =
            |k: u32| Coord { x: 590_000.0 + 7000.0 * f64::from(k % 3), y: 2_320_000.0 + 7000.0 * f64::from(k / 3) };
        let wanted: Vec<_> = (0..9).map(|k| Wanted { centre: at(k), area_m2: 45e6 }).collect();
        let rings = draw(&wanted);
        let cells: Vec<_> = rings.iter().map(|ring| Polygon::new(LineString(ring.clone()), Vec::new())).collect();
        for cell in &cells {
            assert!(cell.is_valid());
            assert!((0.8..1.2).contains(&(cell.unsigned_area() / 45e6)), "{}", cell.unsigned_area());
        }
        let union = dissolve(rings.iter().map(Vec::as_slice));
        let sum: f64 = cells.iter().map(Area::unsigned_area).sum();
        assert_eq!((union.0.len(), union.0[0].interiors().len()), (1, 0));
        assert!((union.unsigned_area() - sum).abs() < 1.0);
    }
}
