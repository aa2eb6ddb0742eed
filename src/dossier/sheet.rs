//! Which sheets a plan needs at its scale: how large they are and what part of the plan each of them shows.

use geo::{Geometry, Intersects};

use super::DossierError;
use crate::geom::Envelope;

/// Sheets of a dossier, at the most.
pub const MAX_SHEETS: usize = 60;

/// So many sheets A3 are handled before A1 is chosen.
const A3_AT_MOST: usize = 6;

/// Paper that is left free around the plan, in mm.
const MARGIN_MM: f64 = 4.0;

/// A sheet of paper, lying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paper {
    A3,
    A1,
}

impl Paper {
    pub fn name(self) -> &'static str {
        match self {
            Paper::A3 => "A3",
            Paper::A1 => "A1",
        }
    }

    /// Width and height of the drawing inside its frame, in mm.
    pub fn field_mm(self) -> (f64, f64) {
        match self {
            Paper::A3 => (300.0, 270.0),
            Paper::A1 => (700.0, 570.0),
        }
    }
}

/// One sheet of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// From 1, row by row from the north-west.
    pub number: usize,
    pub column: usize,
    /// From the north.
    pub row: usize,
    /// The part of the plan it shows, in metres.
    pub extent: Envelope,
}

/// The sheets of one plan; no two of them show the same ground.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub paper: Paper,
    /// The scale's denominator.
    pub scale: u32,
    pub sheets: Vec<Sheet>,
}

impl Layout {
    /// Metres on the ground under a length on paper.
    pub fn metres(&self, mm: f64) -> f64 {
        mm * f64::from(self.scale) / 1000.0
    }

    /// Millimetres on paper of a length on the ground.
    pub fn mm(&self, metres: f64) -> f64 {
        metres * 1000.0 / f64::from(self.scale)
    }

    /// The smallest rectangle around all sheets.
    pub fn extent(&self) -> Option<Envelope> {
        self.sheets.iter().map(|sheet| sheet.extent).reduce(Envelope::union)
    }
}

/// Columns and rows that cover a plan.
fn grid(extent: Envelope, paper: Paper, scale: u32) -> (f64, f64) {
    let metres = |mm: f64| mm * f64::from(scale) / 1000.0;
    let (width, height) = paper.field_mm();
    // A metre more, since the corner of the sheets is moved to whole metres.
    let count = |length: f64, field: f64| ((length + 2.0 * metres(MARGIN_MM) + 1.0) / metres(field)).ceil().max(1.0);
    (count(extent.max_x - extent.min_x, width), count(extent.max_y - extent.min_y, height))
}

/// Lays sheets over what is drawn. Without a wish for the paper it is A3 for small plans and A1 for others. No sheet is
/// empty.
///
/// # Errors
/// [`DossierError::TooManySheets`].
pub fn lay(drawn: &[Geometry<f64>], paper: Option<Paper>, scale: u32) -> Result<Layout, DossierError> {
    let envelopes: Vec<_> = drawn.iter().map(Envelope::of).collect();
    let Some(extent) = envelopes.iter().flatten().copied().reduce(Envelope::union) else {
        return Ok(Layout { paper: paper.unwrap_or(Paper::A3), scale, sheets: Vec::new() });
    };
    let needed = |paper| {
        let (columns, rows) = grid(extent, paper, scale);
        columns * rows
    };
    let paper = paper.unwrap_or(if needed(Paper::A3) <= A3_AT_MOST as f64 { Paper::A3 } else { Paper::A1 });
    let (columns, rows) = grid(extent, paper, scale);
    // Sheets may be empty and left out, but to look for that in a grid without bounds would take for ever.
    if columns * rows > 20.0 * MAX_SHEETS as f64 {
        return Err(DossierError::TooManySheets { paper, scale, needed: columns * rows });
    }
    let field = paper.field_mm();
    let (width, height) = (field.0 * f64::from(scale) / 1000.0, field.1 * f64::from(scale) / 1000.0);
    let west = ((extent.min_x + extent.max_x - columns * width) / 2.0).floor();
    let south = ((extent.min_y + extent.max_y - rows * height) / 2.0).floor();
    let mut sheets = Vec::new();
    for row in 0..rows as usize {
        for column in 0..columns as usize {
            // Neighbours compute their common border alike.
            let x = |column: usize| west + column as f64 * width;
            let y = |row: usize| south + (rows - row as f64) * height;
            let extent = Envelope { min_x: x(column), min_y: y(row + 1), max_x: x(column + 1), max_y: y(row) };
            let shows = |(geometry, envelope): (&Geometry<f64>, &Option<Envelope>)| {
                envelope.is_some_and(|envelope| envelope.intersects(&extent)) && geometry.intersects(&extent.rect())
            };
            if drawn.iter().zip(&envelopes).any(shows) {
                sheets.push(Sheet { number: sheets.len() + 1, column, row, extent });
            }
        }
    }
    if sheets.len() > MAX_SHEETS {
        return Err(DossierError::TooManySheets { paper, scale, needed: sheets.len() as f64 });
    }
    Ok(Layout { paper, scale, sheets })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geo::{Rect, coord};

    fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Geometry<f64> {
        Rect::new(coord! { x: x, y: y }, coord! { x: x + width, y: y + height }).to_polygon().into()
    }

    #[test]
    fn a_country_is_refused_with_the_number_of_sheets_it_would_take() {
        let error = lay(&[rectangle(200_000.0, 1_000_000.0, 600_000.0, 1_600_000.0)], None, 500).unwrap_err();
        // 600 km / 350 m = 1,714.3 and 1,600 km / 285 m = 5,614.04 with their margins: 1,715 × 5,615.
        assert_eq!(error, DossierError::TooManySheets { paper: Paper::A1, scale: 500, needed: 1715.0 * 5615.0 });
        assert!(error.to_string().contains("A1"), "{error}");
    }

    #[test]
    fn nothing_to_draw_needs_no_sheet() {
        assert!(lay(&[], None, 500).unwrap().sheets.is_empty());
    }

    #[test]
    fn a_small_plan_takes_one_sheet_and_lies_in_its_middle() {
        let layout = lay(&[rectangle(588_000.25, 2_326_000.0, 100.0, 100.0)], None, 500).unwrap();
        assert_eq!((layout.paper, layout.sheets.len()), (Paper::A3, 1));
        // 150 m × 135 m around the centre (588050.25, 2326050), its corner on whole metres.
        let [west, south, east, north] = layout.sheets[0].extent.to_array();
        assert_eq!([west, south, east, north], [587_975.0, 2_325_982.0, 588_125.0, 2_326_117.0]);
    }

    #[test]
    fn sheets_touch_and_do_not_overlap_and_empty_ones_are_left_out() {
        // Two fields at opposite corners of 2 × 2 sheets A3 of 150 m × 135 m.
        let drawn = [rectangle(0.0, 0.0, 40.0, 40.0), rectangle(240.0, 210.0, 40.0, 40.0)];
        let layout = lay(&drawn, Some(Paper::A3), 500).unwrap();
        assert_eq!(
            layout.sheets.iter().map(|s| (s.number, s.column, s.row)).collect::<Vec<_>>(),
            [(1, 1, 0), (2, 0, 1)]
        );
        let whole = lay(&[rectangle(0.0, 0.0, 280.0, 250.0)], Some(Paper::A3), 500).unwrap();
        assert_eq!(whole.sheets.len(), 4);
        assert_eq!(whole.sheets[0].extent.max_x, whole.sheets[1].extent.min_x);
        assert_eq!(whole.sheets[0].extent.min_y, whole.sheets[2].extent.max_y);
    }

    #[test]
    fn a_large_plan_takes_a1() {
        let layout = lay(&[rectangle(0.0, 0.0, 900.0, 700.0)], None, 500).unwrap();
        // 900 m / 350 m and 700 m / 285 m: 3 × 3.
        assert_eq!((layout.paper, layout.sheets.len()), (Paper::A1, 9));
    }
}
