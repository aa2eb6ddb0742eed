//! The first reading of a file: how many rows, what text, which geometry types. Nothing is converted and nothing judged
//! but the file as a whole.

use std::collections::HashSet;

use super::encoding::Sample;
use super::geometry::RawGeometry;
use super::limits;
use super::table::{Cell, RawRow, ReadError, Table};
use super::values::Style;
use crate::geom::GeometryKind;

/// What a file holds, seen from afar.
#[derive(Default)]
pub struct Survey {
    pub rows: u64,
    /// One for each column.
    pub samples: Vec<Sample>,
    /// One for each column.
    pub styles: Vec<Style>,
    /// Some row has a geometry, be it of a kind that registers do not hold.
    pub has_shapes: bool,
    pub kinds: HashSet<GeometryKind>,
    pub has_z: bool,
}

/// Why a file cannot be surveyed.
pub enum SurveyError {
    Broken(ReadError),
    TooManyRows,
}

impl From<ReadError> for SurveyError {
    fn from(error: ReadError) -> SurveyError {
        SurveyError::Broken(error)
    }
}

/// Reads the whole file once. A table that promised more rows than it gave is broken.
pub fn survey(table: &mut Table) -> Result<Survey, SurveyError> {
    let promised = table.row_count();
    let mut survey = Survey::default();
    survey.samples.resize_with(table.columns().len(), Sample::default);
    survey.styles.resize_with(table.columns().len(), Style::default);
    let mut row = RawRow::default();
    table.rewind()?;
    while table.next(&mut row)? {
        survey.rows += 1;
        if survey.rows > limits::ROWS {
            return Err(SurveyError::TooManyRows);
        }
        for ((sample, style), cell) in survey.samples.iter_mut().zip(&mut survey.styles).zip(&row.cells) {
            if let Cell::Text(text) = cell {
                sample.add(text);
                style.see(text);
            }
        }
        survey.see(row.geometry.as_ref());
    }
    if promised.is_some_and(|promised| promised != survey.rows) {
        let promised = promised.unwrap_or_default();
        return Err(SurveyError::Broken(format!(
            "tệp khai {promised} dòng nhưng chỉ có {0} / it names {promised} rows and gives {0}",
            survey.rows
        )));
    }
    Ok(survey)
}

impl Survey {
    /// Takes note of a geometry.
    pub fn see(&mut self, geometry: Option<&RawGeometry>) {
        let Some(geometry) = geometry.filter(|geometry| !geometry.is_empty()) else { return };
        self.has_shapes = true;
        self.kinds.extend(geometry.kind());
        self.has_z |= geometry.has_z();
    }
}
