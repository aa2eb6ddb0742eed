//! Filters in CQL2 (OGC 21-065r2), as text and as JSON: parsed and type-checked once, evaluated over typed columns.
//!
//! ```text
//!  CQL2 text ──► text ──┐
//!                       ├──► expr ──► compile ──► program ──► eval over Rows ──► rows that match
//!  CQL2 JSON ──► json ──┘   (tree)   (types, CRS)
//! ```
//!
//! Logic is three-valued: what is compared with null is unknown, and only what is true matches. Whatever a client sends
//! ends in a bounded number of steps and either matches rows or is refused with the place of the fault.
//!
//! | question | answer here |
//! |---|---|
//! | a date beside a timestamp | the date is its whole day in UTC; two intervals of dates are compared by their days |
//! | `T_DURING` and the like of an instant | refused, as the standard says; `INTERVAL(x, x)` is the way round it |
//! | `'5' > 4`, a date beside a text | refused: types are never cast, but for integers beside other numbers |
//! | a number divided by zero, an interval that ends before it starts | null |
//! | `-2 ^ 2` | 4: the sign belongs to its operand, as in the standard's grammar; `2 ^ 3 ^ 2` is refused |
//! | `CASEI` | full Unicode case folding |
//! | `ACCENTI` | marks are dropped, letters with a stroke lose it: `Đường` is `Duong` |
//! | order of texts | by code point |

mod compile;
mod eval;
pub mod expr;
mod folded;
pub mod functions;
mod json;
mod lexer;
mod like;
mod literal;
mod mask;
mod numbers;
mod program;
mod questions;
pub mod rows;
mod spatial;
pub mod sql;
mod temporal;
mod text;

pub use eval::TooMuchWork;
pub use expr::Position;
pub use folded::Folded;
pub use rows::{Cells, Codes, Column, Rows, Texts, Work};
pub use spatial::Literals;

use std::time::Duration;

use crate::domain::Collection;
use crate::text::{en, vi};

/// Bytes of a filter: many more than a URL can carry, since it may come in the body of a request.
pub const MAX_LENGTH: usize = 1 << 20;

/// Levels of a filter. QGIS nests one pair of parentheses for each part that it joins; every level costs stack.
pub const MAX_DEPTH: usize = 256;

/// Bytes of stack that a filter of [`MAX_DEPTH`] levels may need, with room to spare in a build without optimisation.
pub const STACK: usize = 8 << 20;

/// Parts of a filter: values, names and operators.
pub const MAX_NODES: usize = 40_000;

/// Coordinates of all geometries in a filter together: each candidate row is tested against them.
pub const MAX_VERTICES: usize = 10_000;

/// Steps of evaluating one filter over one collection; one is about a nanosecond.
pub const MAX_WORK: u64 = 2_000_000_000;

/// Time that one filter may take over one collection where others wait for their turn.
pub const MAX_TIME: Duration = Duration::from_secs(3);

/// How a filter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    Text,
    Json,
}

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {} / {}: {}", vi(&position.to_string()), vi(reason), en(&position.to_string()), en(reason))]
pub struct FilterError {
    pub position: Position,
    pub reason: String,
}

impl FilterError {
    fn new(position: Position, reason: impl Into<String>) -> FilterError {
        FilterError { position, reason: reason.into() }
    }
}

/// A filter that fits one collection.
#[derive(Debug, PartialEq)]
pub struct Filter {
    test: program::Test,
    /// How many fields its collection has.
    fields: usize,
}

impl Filter {
    /// Reads a filter for a collection.
    ///
    /// # Errors
    /// The first fault of syntax, name, type or size, with its position.
    pub fn parse(
        text: &str,
        language: Language,
        literals: &Literals,
        collection: &Collection,
    ) -> Result<Filter, FilterError> {
        let expr = parse(text, language)?;
        Ok(Filter { test: compile::compile(&expr, literals, collection)?, fields: collection.fields.len() })
    }

    /// Keeps of some rows those for which the filter is true; they come out ascending.
    ///
    /// # Errors
    /// When it takes more than `work` has left.
    pub fn retain(&self, kept: &mut Vec<u32>, rows: &impl Rows, work: &Work) -> Result<(), TooMuchWork> {
        *kept = eval::matching(&self.test, self.fields, kept, rows, work)?;
        Ok(())
    }
}

/// Reads a filter without asking whether it fits any collection. For tests, which hold trees against each other.
///
/// # Errors
/// The first fault of syntax or size, with its position.
#[doc(hidden)]
pub fn parse(text: &str, language: Language) -> Result<expr::Expr, FilterError> {
    if text.len() > MAX_LENGTH {
        let position = match language {
            Language::Text => Position::Character(1),
            Language::Json => Position::Pointer(String::new()),
        };
        return Err(FilterError::new(
            position,
            format!("dài quá {MAX_LENGTH} byte / is longer than {MAX_LENGTH} bytes"),
        ));
    }
    match language {
        Language::Text => text::parse(text),
        Language::Json => json::parse(text),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
