//! What a filter reads: a stretch of rows whose columns lie one value behind the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use geo::Geometry;

use super::eval::TooMuchWork;
use super::folded::Folded;
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
    Text(Texts<'a>),
    Integer(&'a [i64]),
    Number(&'a [f64]),
    /// One bit for each row, as in [`Column::present`].
    Boolean(&'a [u64]),
    /// Days since 1970-01-01.
    Date(&'a [i32]),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    DateTime(&'a [i64]),
}

/// Texts behind each other.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    pub all: &'a str,
    /// Where each ends.
    pub ends: &'a [usize],
    pub codes: Codes<'a>,
    /// Where they are kept once they are folded, if they are asked more than once.
    pub folded: Option<&'a Folded>,
}

/// Which of the texts a row has.
#[derive(Clone, Copy)]
pub enum Codes<'a> {
    /// Each its own, in the order of the rows.
    Own,
    Narrow(&'a [u8]),
    Wide(&'a [u16]),
}

impl<'a> Texts<'a> {
    /// The text of a row.
    fn of_row(&self, row: usize) -> &'a str {
        let at = match self.codes {
            Codes::Own => row,
            Codes::Narrow(codes) => codes[row].into(),
            Codes::Wide(codes) => codes[row].into(),
        };
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.all[start..self.ends[at]]
    }
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
            Cells::Text(texts) => texts.of_row(row),
            _ => "",
        }
    }

    /// Whether the boolean of a row is true.
    pub fn is_true(&self, row: usize) -> bool {
        matches!(self.cells, Cells::Boolean(words) if bit(words, row))
    }
}

/// Steps between two looks at the clock: some tenth of a millisecond, so that looking costs nothing.
const STEPS_UNSEEN: u64 = 100_000;

/// What an evaluation may still take; shared by all stretches of a collection.
///
/// Steps alone bound nothing in time: what one costs depends on the machine and on what else it does, and no price of a
/// geometry is right for all of them. So a caller may say besides until when an answer is worth anything, and whether
/// anybody still waits for it. The clock is only read and never decides what matches, so a filter stays a pure question.
#[derive(Debug)]
pub struct Work {
    steps: AtomicU64,
    until: Option<Instant>,
    unwanted: Arc<AtomicBool>,
}

impl Work {
    /// Work of so many steps, in whatever time.
    pub fn new(steps: u64) -> Work {
        Work { steps: AtomicU64::new(steps), until: None, unwanted: Arc::default() }
    }

    /// The same work, ended at a moment or as soon as `unwanted` is set.
    pub fn until(self, until: Instant, unwanted: Arc<AtomicBool>) -> Work {
        Work { until: Some(until), unwanted, ..self }
    }

    /// Takes steps off.
    ///
    /// # Errors
    /// When fewer are left, the time is over or nobody waits any more.
    pub fn spend(&self, steps: u64) -> Result<(), TooMuchWork> {
        let taken = self.steps.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(steps));
        let left = taken.map_err(|_| TooMuchWork)?;
        if left / STEPS_UNSEEN == (left - steps) / STEPS_UNSEEN {
            return Ok(());
        }
        let is_over = self.until.is_some_and(|until| Instant::now() >= until);
        if is_over || self.unwanted.load(Ordering::Relaxed) { Err(TooMuchWork) } else { Ok(()) }
    }
}

/// Steps on their way to be taken off in one piece.
pub struct Meter<'a> {
    work: &'a Work,
    steps: u64,
}

impl<'a> Meter<'a> {
    pub fn new(work: &'a Work) -> Meter<'a> {
        Meter { work, steps: 0 }
    }

    /// # Errors
    /// As [`Work::spend`].
    pub fn add(&mut self, steps: u64) -> Result<(), TooMuchWork> {
        self.steps += steps;
        if self.steps < STEPS_UNSEEN { Ok(()) } else { self.work.spend(std::mem::take(&mut self.steps)) }
    }

    /// Takes off what is left.
    ///
    /// # Errors
    /// As [`Work::spend`].
    pub fn end(self) -> Result<(), TooMuchWork> {
        self.work.spend(self.steps)
    }
}
