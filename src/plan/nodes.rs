//! Places that lie within a tolerance of each other as one: the first that was met stands for all.

use std::collections::HashMap;

use geo::Coord;

/// Numbered places further apart than the tolerance. Nothing is averaged: each is one that was given.
pub(super) struct Nodes {
    tolerance: f64,
    places: Vec<Coord<f64>>,
    /// Places by the square of the tolerance's size that they lie in.
    squares: HashMap<(i64, i64), Vec<u32>>,
}

impl Nodes {
    /// None yet. The tolerance is in the unit of the coordinates, more than zero.
    pub fn new(tolerance: f64) -> Nodes {
        Nodes { tolerance, places: Vec::new(), squares: HashMap::new() }
    }

    /// How many there are: their numbers are those below.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn places(&self) -> &[Coord<f64>] {
        &self.places
    }

    /// The place of a number that [`Nodes::node`] gave.
    pub fn at(&self, node: u32) -> Coord<f64> {
        self.places[node as usize]
    }

    /// The number of a place: of the nearest within the tolerance, else a new one.
    pub fn node(&mut self, at: Coord<f64>) -> u32 {
        let square = ((at.x / self.tolerance).floor() as i64, (at.y / self.tolerance).floor() as i64);
        let around = (-1..=1).flat_map(|i| (-1..=1).map(move |j| (square.0 + i, square.1 + j)));
        let known = around.filter_map(|square| self.squares.get(&square)).flatten().copied();
        let far = |node: u32| (self.at(node).x - at.x).hypot(self.at(node).y - at.y);
        let nearest = known.map(|node| (far(node), node)).min_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((distance, node)) if distance <= self.tolerance => node,
            _ => {
                let node = self.places.len() as u32;
                self.places.push(at);
                self.squares.entry(square).or_default().push(node);
                node
            }
        }
    }
}
