//! Axis-parallel rectangles of finite numbers.

use geo::{Coord, Rect};

/// A coordinate of a request lies no farther out than this: products of several of them must stay numbers. No reference
/// system reaches to a millionth part of its square root.
pub const MAX_COORDINATE: f64 = 1e50;

/// A rectangle with `min_x <= max_x` and `min_y <= max_y`, in the CRS of its context. All four numbers are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Envelope {
    pub min_x: f64,
    pub min_y: f64,
    pub max_x: f64,
    pub max_y: f64,
}

impl Envelope {
    /// The rectangle of these corners; `None` when a number is not finite or the corners are the wrong way round.
    pub fn new(min_x: f64, min_y: f64, max_x: f64, max_y: f64) -> Option<Envelope> {
        let finite = [min_x, min_y, max_x, max_y].iter().all(|n| n.is_finite());
        (finite && min_x <= max_x && min_y <= max_y).then_some(Envelope { min_x, min_y, max_x, max_y })
    }

    /// The smallest rectangle around a geometry; `None` for an empty one.
    pub fn of(geometry: &geo::Geometry<f64>) -> Option<Envelope> {
        use geo::BoundingRect;
        let rect = geometry.bounding_rect()?;
        Envelope::new(rect.min().x, rect.min().y, rect.max().x, rect.max().y)
    }

    /// The smallest rectangle around both.
    pub fn union(self, other: Envelope) -> Envelope {
        Envelope {
            min_x: self.min_x.min(other.min_x),
            min_y: self.min_y.min(other.min_y),
            max_x: self.max_x.max(other.max_x),
            max_y: self.max_y.max(other.max_y),
        }
    }

    /// Whether both share a point; borders belong to them.
    pub fn intersects(&self, other: &Envelope) -> bool {
        self.min_x <= other.max_x && other.min_x <= self.max_x && self.min_y <= other.max_y && other.min_y <= self.max_y
    }

    /// Whether `other` lies wholly inside or on the border.
    pub fn contains(&self, other: &Envelope) -> bool {
        self.min_x <= other.min_x && self.min_y <= other.min_y && self.max_x >= other.max_x && self.max_y >= other.max_y
    }

    /// The same rectangle as `geo` has it.
    pub fn rect(&self) -> Rect<f64> {
        Rect::new(Coord { x: self.min_x, y: self.min_y }, Coord { x: self.max_x, y: self.max_y })
    }

    /// `[min_x, min_y, max_x, max_y]`, the order of GeoJSON and of OGC API.
    pub fn to_array(&self) -> [f64; 4] {
        [self.min_x, self.min_y, self.max_x, self.max_y]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_that_are_not_finite_or_swapped_make_no_envelope() {
        assert_eq!(Envelope::new(f64::NAN, 0.0, 1.0, 1.0), None);
        assert_eq!(Envelope::new(0.0, 0.0, f64::INFINITY, 1.0), None);
        assert_eq!(Envelope::new(2.0, 0.0, 1.0, 1.0), None);
    }

    #[test]
    fn rectangles_that_touch_at_a_corner_intersect_and_those_side_by_side_do_not() {
        let a = Envelope { min_x: 0.0, min_y: 0.0, max_x: 2.0, max_y: 2.0 };
        assert!(a.intersects(&Envelope { min_x: 2.0, min_y: 2.0, max_x: 3.0, max_y: 3.0 }));
        assert!(!a.intersects(&Envelope { min_x: 2.1, min_y: 0.0, max_x: 3.0, max_y: 2.0 }));
        assert!(!a.intersects(&Envelope { min_x: 0.0, min_y: -2.0, max_x: 2.0, max_y: -0.1 }));
    }

    #[test]
    fn a_rectangle_contains_itself_but_not_a_larger_one() {
        let a = Envelope { min_x: 0.0, min_y: 0.0, max_x: 2.0, max_y: 2.0 };
        assert!(a.contains(&a));
        assert!(!a.contains(&Envelope { max_x: 2.1, ..a }));
    }
}
