//! A 1/500 drawing becomes one plan: boundary, lots, lines and buildings with what their labels say.
//!
//! Pure: entities in, a plan and the list of everything that was repaired, guessed or left out. It never drops anything in
//! silence, moves no vertex further than the stated tolerance, and assumes no zone, unit or order of axes.

mod labels;
mod network;
mod notes;
mod outlines;
pub mod place;
pub mod rules;
pub mod tags;
mod take;
pub mod text;

use geo::{Coord, LineString, MultiLineString, MultiPolygon, Polygon};

use crate::text::{en, vi};

pub use labels::Facts;
pub use network::{Entangled, Faces, OpenEnd, faces};
pub use notes::{Note, NoteKind, Notes};
pub use outlines::Area;
pub use place::{PlaceError, Placed, Said, SitePlace};
pub use rules::Rules;
pub use take::take_in;

/// One thing of a drawing, in the coordinates and with the layer that the file gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    pub layer: String,
    /// The block that it was drawn through.
    pub block: Option<String>,
    /// The colour number (ACI) that it has of its own.
    pub colour: Option<u16>,
    pub is_hatch: bool,
    pub form: Form,
    /// Attributes by the name of their column, where the file is a table or a drawing of our own.
    pub columns: Vec<(String, String)>,
    /// Entities of one number are one thing, such as a line of several parts.
    pub part_of: Option<u64>,
    /// Whether it had heights other than zero.
    pub has_heights: bool,
}

/// The geometry of an entity.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    Line(LineString<f64>),
    Area(Polygon<f64>),
    Point(Coord<f64>),
    Text {
        at: Coord<f64>,
        text: String,
        /// The name of the block's attribute that it is the value of.
        name: Option<String>,
    },
}

/// A plan to be: geometry in metres, in the system of [`Taken::placed`].
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub boundary: MultiPolygon<f64>,
    pub lots: Vec<Lot>,
    pub lines: Vec<PlanLine>,
    pub buildings: Vec<Lot>,
}

/// A lot or a building with its facts by the name of the field.
#[derive(Debug, Clone, PartialEq)]
pub struct Lot {
    pub polygon: Polygon<f64>,
    pub layer: String,
    pub facts: Facts,
}

/// A line of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanLine {
    pub course: MultiLineString<f64>,
    /// A code of `plan_lines.line_kind`.
    pub kind: String,
    pub item: Option<String>,
    pub layer: String,
    pub facts: Facts,
}

/// What came of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    pub placed: Placed,
    pub plan: Plan,
    pub notes: Vec<Note>,
}

/// Why a drawing is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("bản vẽ trống / the drawing holds nothing")]
    Empty,
    #[error(
        "không lớp nào có trong bảng ghép ({0}): hãy ghi ý nghĩa các lớp vào một tệp ghép (--map FILE.toml) / none of its layers is known to the mapping ({0}): say what they are in a mapping file and name it with --map FILE.toml"
    )]
    NoKnownLayer(String),
    #[error(
        "các lớp lô đất không có đường khép kín, và đường rời không khép được vùng nào với sai số {snap_m} m{}: hãy khép kín ranh lô, hoặc tăng sai số nối (--snap) / no closed outline is found on layers of lots, and loose lines enclose nothing within the tolerance of {snap_m} m{}: close the outlines, or allow more with --snap",
        vi(open_ends),
        en(open_ends)
    )]
    NoLots { snap_m: f64, open_ends: String },
    #[error(
        "không thấy ranh giới đồ án: không lớp ranh giới nào có đường khép kín; các lớp là {0}. Hãy ghi lớp ranh giới vào tệp ghép (is = 'boundary', --map FILE.toml) / no boundary of the plan is found: no layer that the mapping takes for the boundary has a closed outline; its layers are {0}. Say which it is in a mapping file (is = 'boundary') and name it with --map FILE.toml"
    )]
    NoBoundary(String),
    #[error(
        "các đường trên lớp ranh giới cắt hoặc chồng nhau: mỗi phần của đồ án chỉ để một đường ranh / the outlines on the layers of the boundary cross or overlap each other: leave one outline for each part of the plan"
    )]
    BoundaryOverlaps,
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("lớp {layer}: {} / layer {layer}: {}", vi(&cause.to_string()), en(&cause.to_string()))]
    Entangled { layer: String, cause: Entangled },
}
