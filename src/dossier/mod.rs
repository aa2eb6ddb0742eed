//! The review of a 1/500 plan as a dossier that can be signed: a PDF with sheets at true scale, their index, the land-use
//! balance, and every finding with its number on the map.
//!
//! ```text
//! Plan ───────┐             ┌─► typst lays out texts and tables ─┐
//! PlanReview ─┼─► Dossier ──┤                                    ├─► pages ─► PDF
//! Layout ─────┘             └─► canvas draws each sheet in mm ───┘
//! ```
//!
//! Texts reach the typesetter as data that it never reads as markup. Maps are not described in its language: their shapes
//! are laid on the finished pages with the numbers they have in the plan, so they are exact, and twenty thousand lots cost
//! no more than drawing them.
//!
//! What is not here: files, the network, the clock. The same plan, review and options make the same bytes.

mod canvas;
mod content;
mod label;
mod look;
mod map;
mod sheet;
mod typeset;

#[cfg(test)]
mod tests;

use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::NaiveDate;
use serde_json::Value;

use crate::geom::Crs;
use crate::plan::{Plan, PlanReview};
use canvas::Canvas;
pub use content::printable;
pub use sheet::{MAX_SHEETS, Paper};
use typeset::Spot;

const TEMPLATE: &str = include_str!("dossier.typ");

/// What is printed: a plan, what its review says, and where both were read.
#[derive(Debug, Clone, Copy)]
pub struct Dossier<'a> {
    pub plan: &'a Plan,
    pub review: &'a PlanReview,
    /// Names the state of the store that both were read from.
    pub store: &'a str,
}

/// Typesets pages of nothing but texts and tables, from a template of ours and the data that it prints.
///
/// # Errors
/// [`DossierError::Typesetting`], which is a fault of the template.
pub fn typeset(template: &str, content: &Value, ident: &str, day: NaiveDate) -> Result<Vec<u8>, DossierError> {
    typeset::lay_out(template, content)?.pdf(ident, day)
}

/// The language of a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    Vi,
    En,
    /// Vietnamese with English beside it.
    #[default]
    Both,
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Language, String> {
        match text {
            "vi" => Ok(Language::Vi),
            "en" => Ok(Language::En),
            "both" => Ok(Language::Both),
            _ => Err(format!("'{text}' không thuộc vi, en, both / '{text}' is not one of vi, en, both")),
        }
    }
}

impl FromStr for Paper {
    type Err = String;

    fn from_str(text: &str) -> Result<Paper, String> {
        match text {
            "a3" | "A3" => Ok(Paper::A3),
            "a1" | "A1" => Ok(Paper::A1),
            _ => Err(format!("'{text}' không thuộc a3, a1 / '{text}' is not one of a3, a1")),
        }
    }
}

/// The denominator of a scale at which dossiers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scale(u32);

impl Default for Scale {
    fn default() -> Scale {
        Scale(500)
    }
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Scale, String> {
        match text {
            "500" => Ok(Scale(500)),
            "1000" => Ok(Scale(1000)),
            "2000" => Ok(Scale(2000)),
            _ => Err(format!("'{text}' không thuộc 500, 1000, 2000 / '{text}' is not one of 500, 1000, 2000")),
        }
    }
}

/// How a dossier is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Options {
    /// Size of the map sheets; by the extent of the plan where it is not said.
    pub paper: Option<Paper>,
    pub scale: Scale,
    pub language: Language,
}

/// Why there is no dossier.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DossierError {
    #[error(
        "đồ án cần {needed} tờ {0} ở tỷ lệ 1:{scale}, mà một hồ sơ có tối đa {MAX_SHEETS}: hãy chọn khổ giấy lớn hơn hoặc tỷ lệ nhỏ hơn, và kiểm tra có gì vẽ xa đồ án không / the plan needs {needed} sheets {0} at 1:{scale}, and a dossier has {MAX_SHEETS} at most: choose a larger sheet or a smaller scale, and check whether something was drawn far away from the plan", paper.name()
    )]
    TooManySheets { paper: Paper, scale: u32, needed: f64 },
    #[error(
        "tọa độ đồ án theo {0}, chỉ in đúng tỷ lệ được khi tính bằng mét / the plan's coordinates are in {0}, and only metres of a grid can be printed at scale"
    )]
    NotAGrid(String),
    #[error("không còn ai chờ hồ sơ này / nobody waits for the dossier any more")]
    Unwanted,
    #[error("chưa dàn trang được hồ sơ: {0} / the dossier was not typeset: {0}")]
    Typesetting(String),
}

impl Dossier<'_> {
    /// What is drawn of the plan, as far as it has a place.
    fn drawn(&self) -> Vec<geo::Geometry<f64>> {
        let boundary = self.plan.boundary.iter().filter(|boundary| !boundary.0.is_empty()).cloned();
        let parcels = self.plan.parcels.iter().filter_map(|parcel| parcel.polygon.clone());
        let drawn: Vec<_> = boundary.map(geo::Geometry::from).chain(parcels.map(geo::Geometry::from)).collect();
        // What was found may lie outside of the plan, and has to be seen.
        let found = self.review.findings.iter().filter_map(|finding| finding.place.clone());
        if drawn.is_empty() { drawn } else { drawn.into_iter().chain(found).collect() }
    }

    /// Makes the PDF. It stops soon after `unwanted` was set.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub fn pdf(&self, options: &Options, unwanted: &AtomicBool) -> Result<Vec<u8>, DossierError> {
        let is_grid = match &self.plan.crs {
            Crs::Epsg(_) => !self.plan.crs.is_in_degrees(),
            Crs::Crs84 | Crs::Crs84h | Crs::Wkt(_) => false,
        };
        if !is_grid {
            return Err(DossierError::NotAGrid(self.plan.crs.to_string()));
        }
        let go_on = || if unwanted.load(Ordering::Relaxed) { Err(DossierError::Unwanted) } else { Ok(()) };
        let layout = sheet::lay(&self.drawn(), options.paper, options.scale.0)?;
        go_on()?;
        let content = content::of(self, &layout, options.language);
        let mut pages = typeset::lay_out(TEMPLATE, &content)?;
        for (spot, at) in pages.spots(layout.sheets.len()) {
            go_on()?;
            let (width, height) = pages.size_mm(at.page);
            let mut canvas = Canvas::new(width, height);
            match spot {
                Spot::Map(number) => {
                    if let Some(sheet) = layout.sheets.get(number) {
                        map::sheet(&mut canvas, self, &layout, sheet, at.place, options.language);
                    }
                }
                Spot::Key(number) => {
                    let number = layout.sheets.get(number).map(|sheet| sheet.number);
                    map::key(&mut canvas, self, &layout, number, at.place, content::SMALL_KEY_MM);
                }
                Spot::Index => map::key(&mut canvas, self, &layout, None, at.place, content::INDEX_MM),
            }
            pages.lay_under(at.page, canvas.into_frame());
        }
        go_on()?;
        pages.pdf(&self.plan.row.id, self.review.as_of)
    }
}
