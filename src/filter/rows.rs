//! What a filter reads: a stretch of rows whose columns lie one value behind the other.

use std::sync::atomic::{AtomicU64, Ordering};

use geo::Geometry;

use super::eval::TooMuchWork;
use crate::geom::Envelope;

/// A stretch of rows, counted from 0.
pub trait Rows {
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a field of the collection, by its position in the declaration.
    fn column(&self, field: usize) -> Column<'_>;

    /// The place of a row in CRS84.
    fn geometry(&self, row: usize) -> Option<&Geometry<f64>>;

    /// Rows without a place.
    fn placeless(&self) -> Vec<u32>;

    /// Rows whose rectangle shares a point with this one, in any order.
    fn near(&self, envelope: &Envelope) -> Vec<u32>;
}

/// The values of one field.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    /// Which rows have a value: row 0 is the lowest bit of the first word.
    pub present: &'a [u64],
    pub cells: Cells<'a>,
}

/// The values by type. What stands where there is no value has no meaning.
#[derive(Clone, Copy)]
pub enum Cells<'a> {
    /// Texts behind each other, and where each of them ends.
    Text(&'a str, &'a [usize]),
    Integer(&'a [i64]),
    Number(&'a [f64]),
    /// One bit for each row, as in [`Column::present`].
    Boolean(&'a [u64]),
    /// Days since 1970-01-01.
    Date(&'a [i32]),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    DateTime(&'a [i64]),
}

fn bit(words: &[u64], row: usize) -> bool {
    words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

impl<'a> Column<'a> {
    pub fn is_present(&self, row: usize) -> bool {
        bit(self.present, row)
    }

    /// The text of a row that has one.
    pub fn text(&self, row: usize) -> &'a str {
        match self.cells {
            Cells::Text(all, ends) => {
                let start = if row == 0 { 0 } else { ends[row - 1] };
                &all[start..ends[row]]
            }
            _ => "",
        }
    }

    /// Whether the boolean of a row is true.
    pub fn is_true(&self, row: usize) -> bool {
        matches!(self.cells, Cells::Boolean(words) if bit(words, row))
    }
}

/// Steps that an evaluation may still take; shared by all stretches of a collection.
#[derive(Debug)]
pub struct Work(AtomicU64);

impl Work {
    pub fn new(steps: u64) -> Work {
        Work(AtomicU64::new(steps))
    }

    /// Takes steps off.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn spend(&self, steps: u64) -> Result<(), TooMuchWork> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(steps));
        taken.map(drop).map_err(|_| TooMuchWork)
    }
}
