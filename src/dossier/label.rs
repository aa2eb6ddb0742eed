//! What is written into a parcel, as large as there is room for it.

use geo::{CoordsIter, InteriorPoint, LinesIter, Polygon};

use super::canvas::{Canvas, Lettering, Place, colour};

/// Sizes of letters that are tried, in mm. Smaller ones cannot be read on paper.
const SIZES_MM: [f64; 4] = [3.0, 2.4, 1.9, 1.5];

/// Distance of lines, in sizes of letters.
const LEADING: f64 = 1.15;

/// The free stretch of a horizontal line around a place inside an area on paper: how far it reaches to the left and right.
fn span(area: &Polygon<f64>, (x, y): Place) -> Option<(f64, f64)> {
    let (mut left, mut right) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut crossings_left = 0;
    for line in area.lines_iter() {
        let (a, b) = (line.start, line.end);
        if (a.y > y) == (b.y > y) {
            continue;
        }
        let at = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
        if at <= x {
            crossings_left += 1;
            left = left.max(at);
        } else {
            right = right.min(at);
        }
    }
    (crossings_left % 2 == 1 && right.is_finite()).then_some((left, right))
}

/// Width of a box of this height, centred at a place, that stays inside an area.
fn room(area: &Polygon<f64>, (x, y): Place, height: f64) -> f64 {
    let half = |dy: f64| span(area, (x, y + dy)).map_or(0.0, |(left, right)| (x - left).min(right - x));
    let heights = [-0.5, -0.25, 0.0, 0.25, 0.5];
    2.0 * heights.map(|share| half(share * height)).into_iter().fold(f64::INFINITY, f64::min)
}

/// The same area with its axes exchanged, so that what fits into it fits upright.
fn turned(area: &Polygon<f64>) -> Polygon<f64> {
    use geo::MapCoords;
    area.map_coords(|place| geo::Coord { x: place.y, y: place.x })
}

/// Writes lines, the most important first, into an area on paper: all of them if there is room, fewer or none if not.
pub fn write(canvas: &mut Canvas, area: &Polygon<f64>, lines: &[String]) {
    if area.coords_count() < 4 {
        return;
    }
    let Some(place) = area.interior_point() else { return };
    let at = (place.x(), place.y());
    let upright = turned(area);
    for count in (1..=lines.len()).rev() {
        for size in SIZES_MM {
            let set = |line: (usize, &String)| Lettering::new(line.1, size, line.0 == 0, colour("#1c1c1c"));
            let letterings: Vec<_> = lines.iter().take(count).enumerate().filter_map(set).collect();
            let width = letterings.iter().map(Lettering::width_mm).fold(0.0, f64::max) + size * 0.5;
            let height = size * LEADING * count as f64;
            let quarters = if room(area, at, height) >= width {
                0
            } else if room(&upright, (at.1, at.0), height) >= width {
                1
            } else {
                continue;
            };
            for (line, lettering) in letterings.iter().enumerate() {
                let offset = size * LEADING * (line as f64 - (count as f64 - 1.0) / 2.0);
                let place = if quarters == 0 { (at.0, at.1 + offset) } else { (at.0 + offset, at.1) };
                canvas.text(place, lettering, quarters);
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;

    #[test]
    fn room_ends_at_the_nearer_side_and_at_holes() {
        let area = polygon![(x: 0.0, y: 0.0), (x: 10.0, y: 0.0), (x: 10.0, y: 4.0), (x: 0.0, y: 4.0)];
        // From x = 6 it is 4 to the right side: a box of 8 centred there.
        assert_eq!(room(&area, (6.0, 2.0), 2.0), 8.0);
        // A box of height 5 does not fit into a height of 4.
        assert_eq!(room(&area, (5.0, 2.0), 5.0), 0.0);
        let holed = polygon! {
            exterior: [(x: 0.0, y: 0.0), (x: 10.0, y: 0.0), (x: 10.0, y: 4.0), (x: 0.0, y: 4.0)],
            interiors: [[(x: 7.0, y: 1.0), (x: 8.0, y: 1.0), (x: 8.0, y: 3.0), (x: 7.0, y: 3.0)]],
        };
        assert_eq!(room(&holed, (5.0, 2.0), 1.0), 4.0);
        // Inside the hole is outside the area.
        assert_eq!(room(&holed, (7.5, 2.0), 0.5), 0.0);
    }
}
