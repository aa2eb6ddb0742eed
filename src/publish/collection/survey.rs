//! Places as they were surveyed, to the last bit, beside the published ones: kept as steps from corner to corner, in a
//! fraction of the memory.
//!
//! A published place has the corners of the surveyed one in their order, so what is kept are numbers alone. Surveys write
//! them with few decimals; where that does not give back the very bits, the bits are kept.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use geo::{CoordsIter, Geometry, MapCoordsInPlace};

use crate::geom::Shape;

/// Decimals that are tried: millimetres, then what degrees carry.
const DECIMALS: [u8; 3] = [3, 6, 9];

/// Stands where decimals would: numbers as their bits.
const BITS: u8 = u8::MAX;

/// The surveyed places of some rows.
#[derive(Default)]
pub struct Survey {
    /// Of each place how its numbers are written, whether it has heights, then its numbers.
    bytes: Vec<u8>,
    /// Where each row ends; rows without a place are empty.
    ends: Vec<usize>,
    /// Places whose published form has other corners, by row.
    others: BTreeMap<usize, Shape>,
}

impl Survey {
    /// Appends the surveyed place of a row and the one that is published of it.
    pub fn push(&mut self, surveyed: Option<&Shape>, published: Option<&Geometry<f64>>) {
        let row = self.ends.len();
        let start = self.bytes.len();
        if let Some(shape) = surveyed {
            pack(&mut self.bytes, shape);
            self.ends.push(self.bytes.len());
            if !self.get(row, published).is_some_and(|back| is_same(&back, shape)) {
                self.bytes.truncate(start);
                self.ends.pop();
                self.others.insert(row, shape.clone());
            }
        }
        if self.ends.len() == row {
            self.ends.push(self.bytes.len());
        }
    }

    /// As [`Survey::push`], as it is: takes more memory and no time.
    pub fn push_whole(&mut self, surveyed: Option<Shape>) {
        if let Some(shape) = surveyed {
            self.others.insert(self.ends.len(), shape);
        }
        self.ends.push(self.bytes.len());
    }

    /// The place of a row as it was surveyed; `published` is what was given with it.
    pub fn get(&self, row: usize, published: Option<&Geometry<f64>>) -> Option<Shape> {
        if let Some(other) = self.others.get(&row) {
            return Some(other.clone());
        }
        let start = if row == 0 { 0 } else { *self.ends.get(row - 1)? };
        let bytes = self.bytes.get(start..*self.ends.get(row)?).filter(|bytes| !bytes.is_empty())?;
        unpack(bytes, published?)
    }

    /// Appends some rows of another.
    pub fn append(&mut self, other: &Survey, rows: Range<usize>) {
        let (moved, first) = (self.bytes.len(), self.ends.len());
        let start = if rows.start == 0 { 0 } else { other.ends[rows.start - 1] };
        let ends = &other.ends[rows.clone()];
        self.bytes.extend_from_slice(&other.bytes[start..ends.last().copied().unwrap_or(start)]);
        self.ends.extend(ends.iter().map(|end| end - start + moved));
        let others = other.others.range(rows.clone());
        self.others.extend(others.map(|(row, shape)| (row - rows.start + first, shape.clone())));
    }

    /// Gives back what growing took too much.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Whether two shapes are one, bit by bit: a zero's sign counts too.
fn is_same(a: &Shape, b: &Shape) -> bool {
    a == b && numbers(a).zip(numbers(b)).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// All numbers of a shape: of each corner x and y, then all heights.
fn numbers(shape: &Shape) -> impl Iterator<Item = f64> {
    let corners = shape.geometry.coords_iter().flat_map(|corner| [corner.x, corner.y]);
    corners.chain(shape.z.iter().flatten().copied())
}

fn pack(out: &mut Vec<u8>, shape: &Shape) {
    let start = out.len();
    for decimals in DECIMALS {
        out.extend_from_slice(&[decimals, u8::from(shape.z.is_some())]);
        let scale = 10f64.powi(decimals.into());
        // Each number as its difference to the last of its kind.
        let (mut last, corners) = ([0i64; 3], 2 * shape.geometry.coords_count());
        let fits = numbers(shape).enumerate().all(|(at, number)| {
            let scaled = (number * scale).round();
            let is_exact = scaled.abs() < (1i64 << 53) as f64 && (scaled / scale).to_bits() == number.to_bits();
            if is_exact {
                let last = &mut last[if at < corners { at % 2 } else { 2 }];
                write_step(out, scaled as i64 - *last);
                *last = scaled as i64;
            }
            is_exact
        });
        if fits {
            return;
        }
        out.truncate(start);
    }
    out.extend_from_slice(&[BITS, u8::from(shape.z.is_some())]);
    numbers(shape).for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

/// `None` for bytes that were not written here.
fn unpack(bytes: &[u8], published: &Geometry<f64>) -> Option<Shape> {
    let (&[decimals, has_heights], rest) = bytes.split_first_chunk()?;
    let mut numbers = Numbers { rest, scale: (decimals != BITS).then(|| 10f64.powi(decimals.into())), last: [0; 3] };
    let count = published.coords_count();
    let corners: Option<Vec<(f64, f64)>> = (0..count).map(|_| numbers.next(0).zip(numbers.next(1))).collect();
    let (corners, at) = (corners?, Cell::new(0));
    let mut geometry = published.clone();
    geometry.map_coords_in_place(|corner| {
        let (x, y) = corners.get(at.replace(at.get() + 1)).copied().unwrap_or(corner.x_y());
        geo::coord! { x: x, y: y }
    });
    let z =
        if has_heights == 0 { None } else { Some((0..count).map(|_| numbers.next(2)).collect::<Option<Vec<f64>>>()?) };
    Some(Shape { geometry, z })
}

struct Numbers<'a> {
    rest: &'a [u8],
    /// `None` where numbers stand as their bits.
    scale: Option<f64>,
    last: [i64; 3],
}

impl Numbers<'_> {
    /// The next number, which is an x, a y or a height.
    fn next(&mut self, kind: usize) -> Option<f64> {
        match self.scale {
            Some(scale) => {
                self.last[kind] += read_step(&mut self.rest)?;
                Some(self.last[kind] as f64 / scale)
            }
            None => {
                let (bits, rest) = self.rest.split_first_chunk()?;
                self.rest = rest;
                Some(f64::from_le_bytes(*bits))
            }
        }
    }
}

/// Small steps of either sign take few bytes: the sign stands in the lowest bit, seven bits in each byte, the highest bit
/// says that another follows.
fn write_step(out: &mut Vec<u8>, step: i64) {
    let mut left = ((step << 1) ^ (step >> 63)).cast_unsigned();
    while left > 0x7f {
        out.push(left as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

fn read_step(bytes: &mut &[u8]) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geo::{GeometryCollection, LineString, MultiPolygon, Point, Polygon, Rect};
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => (-3_000_000_000i64..3_000_000_000).prop_map(|mm| mm as f64 / 1000.0),
            2 => (-180_000_000_000i64..180_000_000_000).prop_map(|nano| nano as f64 / 1e9),
            1 => prop::sample::select(vec![0.0, -0.0, 1e300, -1e-300, 9_007_199_254_740_993.0, 588_591.944_012_345_6]),
        ]
    }

    fn ring() -> impl Strategy<Value = LineString<f64>> {
        prop::collection::vec((number(), number()), 3..9).prop_map(|mut ring| {
            ring.push(ring[0]);
            LineString::from(ring)
        })
    }

    fn polygon() -> impl Strategy<Value = Polygon<f64>> {
        (ring(), prop::collection::vec(ring(), 0..3)).prop_map(|(outer, inner)| Polygon::new(outer, inner))
    }

    fn geometry() -> impl Strategy<Value = Geometry<f64>> {
        let simple = prop_oneof![
            (number(), number()).prop_map(|at| Point::from(at).into()),
            ring().prop_map(Geometry::from),
            polygon().prop_map(Geometry::from),
            prop::collection::vec(polygon(), 0..3).prop_map(|parts| MultiPolygon(parts).into()),
        ];
        simple.prop_recursive(2, 6, 3, |inner| {
            prop::collection::vec(inner, 0..3).prop_map(|parts| Geometry::GeometryCollection(GeometryCollection(parts)))
        })
    }

    #[test]
    fn a_place_whose_published_form_has_other_corners_is_kept_all_the_same() {
        let surveyed = Shape::flat(Rect::new((0.0, 1.0), (2.0, 3.0)));
        let mut survey = Survey::default();
        survey.push(Some(&surveyed), Some(&Point::new(5.0, 5.0).into()));
        survey.push(Some(&surveyed), None);
        survey.push(None, None);
        assert_eq!(survey.get(0, Some(&Point::new(5.0, 5.0).into())), Some(surveyed.clone()));
        assert_eq!(survey.get(1, None), Some(surveyed));
        assert_eq!((survey.get(2, None), survey.get(3, None)), (None, None));
    }

    #[test]
    fn a_plot_surveyed_to_the_millimetre_takes_some_three_bytes_for_each_number() {
        let ring = [
            (588_591.944, 2_326_345.311),
            (588_611.2, 2_326_340.0),
            (588_605.0, 2_326_320.5),
            (588_591.944, 2_326_345.311),
        ];
        let surveyed = Shape::flat(Polygon::new(LineString::from(ring.to_vec()), vec![]));
        let mut survey = Survey::default();
        survey.push(Some(&surveyed), Some(&surveyed.geometry));
        // Two bytes of head, five for each of the first numbers (588,591,944 twice is below 2^35), three for each step up
        // to 1,048 m and two up to 8 m.
        assert_eq!(survey.bytes.len(), 2 + 2 * 5 + 6 * 3 - 2);
    }

    proptest! {
        #[test]
        fn every_place_comes_back_bit_by_bit(
            places in prop::collection::vec(prop::option::of((geometry(), any::<bool>(), number())), 1..6), from in 0usize..6,
        ) {
            let shapes: Vec<Option<Shape>> = places.into_iter().map(|place| {
                let (geometry, has_heights, height) = place?;
                let z = has_heights.then(|| vec![height; geometry.coords_count()]);
                Some(Shape { geometry, z })
            }).collect();
            // Some other place with the same corners, as a transformation makes it.
            let published: Vec<Option<Geometry<f64>>> = shapes.iter().map(|shape| {
                let mut geometry = shape.as_ref()?.geometry.clone();
                geometry.map_coords_in_place(|corner| geo::coord! { x: corner.y * 0.5, y: 7.0 });
                Some(geometry)
            }).collect();
            let mut survey = Survey::default();
            for (shape, published) in shapes.iter().zip(&published) {
                survey.push(shape.as_ref(), published.as_ref());
            }
            let from = from.min(shapes.len());
            let mut copy = Survey::default();
            copy.push(shapes[0].as_ref(), published[0].as_ref());
            copy.append(&survey, from..shapes.len());
            for (row, (shape, published)) in shapes.iter().zip(&published).enumerate() {
                let mut rows = vec![survey.get(row, published.as_ref())];
                rows.extend((row >= from).then(|| copy.get(1 + row - from, published.as_ref())));
                for back in rows {
                    prop_assert_eq!(back.is_some(), shape.is_some());
                    prop_assert!(back.iter().zip(shape).all(|(back, shape)| is_same(back, shape)), "{:?} {:?}", back, shape);
                }
            }
        }
    }
}
