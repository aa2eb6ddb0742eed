//! Vector tiles: the features of a collection as one layer of a Mapbox Vector Tile 2.1.
//!
//! The pipeline: [`grid`] (which square) → [`select`] (which rows) → [`group`] (what stands for what) → [`outline`]
//! (project, round to the grid) → [`clip`] → [`draw`] (valid commands) → [`encode`] (bytes).
//!
//! The rules by which a tile shows less than the register holds, all of them:
//!
//! - **Rounding.** A vertex lies on the nearest point of the tile's grid of 4096 × 4096 cells, at most half a cell off in
//!   x and in y. At zoom 18 a cell is 3.7 cm on the projected plane and less on the ground, so no vertex is more than
//!   2.7 cm off.
//! - **Simplification.** Vertices that fall together become one, and one that lies exactly on the straight line between its
//!   neighbours goes. Where a vertex is rounded to depends on its place alone, so a border that two features share stays
//!   shared.
//! - **Slivers.** A ring without area on the grid is drawn one cell wide when it is all that its feature has; otherwise that
//!   part, a hole, or a spike of an outline that is narrower than a cell is not drawn. A line shorter than a cell is
//!   drawn one cell long. No feature is lost.
//! - **Validity.** An area whose rings touch or cross themselves after rounding or along the tile's border is taken apart
//!   into areas that do not; parts of one feature that come to lie on each other become one. Only there may a border
//!   move, by less than a cell.
//! - **Grouping.** Below zoom 14, features smaller than a pixel (8 cells) whose middles fall into one pixel are shown as
//!   one: the most important one (by the order of the legend, then the larger, then the earlier row), with
//!   [`COUNT`] saying for how many it stands. A group of areas is drawn as the rectangle around all of them.
//! - **Large tiles.** A layer longer than it may be is drawn again with groups over twice the width, until it fits; below
//!   zoom 18 it is also rounded to a coarser grid then. A feature that is larger than that width stays, so that only a tile
//!   with nothing but such may be longer.
//! - **Tables in a database.** Where a collection that stays in the database has more than 20,000 features in a tile on
//!   average, and in tiles of deeper zooms that hold more than 40,000, tiles are drawn of an overview that was made by one
//!   walk through the table: what lies in one square was grouped there already, by the rule above, so groups may be wider
//!   than they would have to be. The overview is of the state that it was made of until a newer one is there; what has gone
//!   since is not shown, with what it stands for. Until the first one is there, or where not all rows are shown, the
//!   tileset begins at the zoom from which on tiles hold fewer.
//! - **Crowded tiles of a database.** Where without an overview more than 50,000 features meet a tile, a tile with several
//!   collections leaves the collection out, and its own tile is refused with that reason.
//!
//! Beside tiles there is [`picture()`]: the whole city as one small drawing.
//!
//! This module knows no IO, no request and no cache.

mod clip;
mod draw;
mod encode;
mod fold;
pub mod grid;
mod group;
mod outline;
mod picture;
mod select;

use std::borrow::Cow;
use std::convert::Infallible;

use crate::domain::Value;
use crate::domain::portrayal::Portrayal;
use crate::geom::Envelope;
use crate::publish::collection::PublishedCollection;
use draw::Pen;
use encode::LayerWriter;
pub use fold::{Folded, Folding};
pub use grid::TileId;
use group::{Mark, Part, grouped};
use outline::Frame;
pub use picture::picture;
use select::Candidate;
pub use select::{Overview, wants_overview};

/// Raised when the same data give other bytes, so that no client keeps tiles of an earlier encoder.
pub const VERSION: u64 = 3;

/// A tile is not longer than so many bytes before compression.
pub const MAX_BYTES: usize = 500_000;

/// The attribute that says for how many features one stands; absent where it is one.
pub const COUNT: &str = "langxanh_count";

/// The attribute with the public id.
pub const ID: &str = "id";

/// From this zoom on every feature stands for itself.
const ALL_FROM_ZOOM: u8 = 14;

/// From this zoom on a vertex is never rounded to more than one cell.
const EXACT_FROM_ZOOM: u8 = 18;

/// Cells of a pixel of a tile that is drawn 512 pixels wide. Groups are no narrower.
const PIXEL: u32 = 8;

/// Fewer bytes than this no feature takes with its id: what need not be tried to be seen as too long.
const LEAST_FEATURE_BYTES: usize = 20;

/// So many features tell how long all of them will be: a layer that is clearly too long need not be drawn.
const SAMPLE: usize = 200;

/// So many times as long as it may be a layer is clearly too long: lengths of features differ by their outlines, and the mean
/// of [`SAMPLE`] of them is off by a few hundredths.
const CLEARLY: f64 = 1.1;

/// What a tile may show something of, in longitude and latitude.
pub fn reach(tile: TileId) -> Envelope {
    // A cell more: the search compares unrounded places.
    tile.envelope(grid::BUFFER + 1)
}

/// The names of the attributes in the tiles of a collection, but for [`ID`] and [`COUNT`], with the positions of the fields.
pub fn attributes(collection: &PublishedCollection) -> Vec<(usize, String)> {
    let declared = &collection.declaration;
    let names = Portrayal::of(declared).attributes;
    let names = names.into_iter().filter(|name| name != ID && name != COUNT);
    names.filter_map(|name| declared.field(&name).map(|(at, _)| (at, name))).collect()
}

/// The field that orders features by importance, where there is one.
pub fn ordering(collection: &PublishedCollection) -> Option<String> {
    let legend = Portrayal::of(&collection.declaration).legend?;
    collection.declaration.field(legend.field).map(|(_, field)| field.name.clone())
}

/// One layer, ready to be a tile or to be joined with others to one; empty where there is nothing to show.
///
/// `overview` is that of the collection; without it the rows are looked up one by one, which is slow where
/// [`wants_overview`].
pub fn layer(collection: &PublishedCollection, overview: Option<&Overview>, tile: TileId, max_bytes: usize) -> Vec<u8> {
    match overview {
        Some(overview) => of_held(collection, || overview.meeting(tile), tile, max_bytes),
        None => {
            let found = select::by_place(collection, tile);
            of_held(collection, || found.iter(), tile, max_bytes)
        }
    }
}

/// As [`layer`], of a collection that holds little more than what the tile shows.
pub fn layer_of_few(few: &PublishedCollection, tile: TileId, max_bytes: usize) -> Vec<u8> {
    let found = select::of_few(few, tile);
    of_held(few, || found.iter(), tile, max_bytes)
}

/// As [`layer`], of a collection whose rows lie elsewhere: `look_up` gives those of some numbers as a small collection, as far
/// as they are there still.
///
/// # Errors
/// What `look_up` says.
pub fn layer_of_folded<E>(
    collection: &PublishedCollection,
    folded: &Folded,
    look_up: impl FnMut(&[i64]) -> Result<PublishedCollection, E>,
    tile: TileId,
    max_bytes: usize,
) -> Result<Vec<u8>, E> {
    let parts = folded.meeting(tile);
    let rows = Elsewhere { look_up, found: None };
    let least = folded.width(tile.zoom());
    fitted(rows, &attributes(collection), || parts.iter().copied(), tile, least, max_bytes)
}

fn of_held<'a, I: Iterator<Item = &'a Candidate>>(
    collection: &PublishedCollection,
    candidates: impl Fn() -> I,
    tile: TileId,
    max_bytes: usize,
) -> Vec<u8> {
    let parts = || candidates().copied().map(Part::alone);
    let least = if tile.zoom() < ALL_FROM_ZOOM { PIXEL } else { 0 };
    let drawn = fitted(Held(collection), &attributes(collection), parts, tile, least, max_bytes);
    drawn.unwrap_or_else(|never| match never {})
}

/// Where the rows of marks are.
trait Rows<R> {
    type Error;

    /// A collection with the rows of some marks. Once all marks were asked for, further ones are among those.
    fn of(&mut self, marks: &[Mark<R>], are_all: bool) -> Result<Cow<'_, PublishedCollection>, Self::Error>;

    /// The position of a row in such a collection.
    fn position(collection: &PublishedCollection, row: R) -> Option<u32>;
}

/// All rows are at hand.
struct Held<'a>(&'a PublishedCollection);

impl Rows<u32> for Held<'_> {
    type Error = Infallible;

    fn of(&mut self, _: &[Mark], _: bool) -> Result<Cow<'_, PublishedCollection>, Infallible> {
        Ok(Cow::Borrowed(self.0))
    }

    fn position(_: &PublishedCollection, row: u32) -> Option<u32> {
        Some(row)
    }
}

/// Rows are looked up by their numbers.
struct Elsewhere<L> {
    look_up: L,
    /// The rows of all marks of some width; those of wider groups are among them.
    found: Option<PublishedCollection>,
}

impl<E, L: FnMut(&[i64]) -> Result<PublishedCollection, E>> Rows<i64> for Elsewhere<L> {
    type Error = E;

    fn of(&mut self, marks: &[Mark<i64>], are_all: bool) -> Result<Cow<'_, PublishedCollection>, E> {
        let fids = || marks.iter().map(|mark| mark.row).collect::<Vec<i64>>();
        if self.found.is_none() && !are_all {
            return Ok(Cow::Owned((self.look_up)(&fids())?));
        }
        let found = match self.found.take() {
            Some(found) => found,
            None => (self.look_up)(&fids())?,
        };
        Ok(Cow::Borrowed(self.found.insert(found)))
    }

    fn position(collection: &PublishedCollection, row: i64) -> Option<u32> {
        collection.position(row)
    }
}

/// Draws parts, which stand in the order of their keys, in groups as narrow as the length allows and no narrower than `least`.
fn fitted<R: Copy + Ord, S: Rows<R>, I: Iterator<Item = Part<R>>>(
    mut rows: S,
    attributes: &[(usize, String)],
    parts: impl Fn() -> I,
    tile: TileId,
    least: u32,
    max_bytes: usize,
) -> Result<Vec<u8>, S::Error> {
    let mut width = least;
    loop {
        let is_last = width >= grid::EXTENT;
        let at_most = if is_last { usize::MAX } else { max_bytes / LEAST_FEATURE_BYTES };
        if let Some(marks) = grouped(parts(), tile, width, at_most) {
            let mut may_fit = true;
            if !is_last && marks.len() > SAMPLE {
                let some: Vec<Mark<R>> = marks.iter().step_by(marks.len() / SAMPLE).copied().collect();
                let times = marks.len() as f64 / some.len() as f64;
                let layer = written::<R, S>(&*rows.of(&some, false)?, attributes, &some, tile, width, usize::MAX);
                may_fit = layer.is_none_or(|layer| layer.at_least(times) < max_bytes as f64 * CLEARLY);
            }
            if may_fit {
                let most = if is_last { usize::MAX } else { max_bytes };
                let layer = written::<R, S>(&*rows.of(&marks, true)?, attributes, &marks, tile, width, most);
                let bytes = layer.map(LayerWriter::finish);
                if let Some(bytes) = bytes.filter(|bytes| bytes.len() <= most) {
                    return Ok(bytes);
                }
            }
        }
        width = width.saturating_mul(2).max(PIXEL);
    }
}

/// The layer of some marks; `None` as soon as it is longer than `most` bytes.
fn written<R: Copy + Ord, S: Rows<R>>(
    collection: &PublishedCollection,
    attributes: &[(usize, String)],
    marks: &[Mark<R>],
    tile: TileId,
    width: u32,
    most: usize,
) -> Option<LayerWriter> {
    let step = if tile.zoom() < EXACT_FROM_ZOOM { (width / PIXEL).max(1) } else { 1 };
    let mut pen = Pen::new(Frame::new(tile, step));
    let names = [ID].into_iter().chain(attributes.iter().map(|(_, name)| name.as_str())).chain([COUNT]);
    let mut layer = LayerWriter::new(&collection.declaration.id, names);
    let count_key = attributes.len() + 1;
    for mark in marks {
        let Some(row) = S::position(collection, mark.row) else { continue };
        let Some(geometry) = collection.geometry(row) else { continue };
        let drawings = pen.draw(geometry, mark.around);
        for (part, drawing) in drawings.iter().enumerate() {
            // Only the first part of a mixed collection bears the number: numbers are unique in a layer.
            let fid = collection.fid(row).and_then(|fid| u64::try_from(fid).ok()).filter(|_| part == 0);
            layer.begin();
            layer.unique(0, collection.id(row));
            for (key, (at, _)) in attributes.iter().enumerate() {
                layer.tag(key + 1, &collection.value(row, *at));
            }
            if mark.count > 1 {
                layer.tag(count_key, &Value::Integer(i64::from(mark.count)));
            }
            layer.end(fid, drawing.kind, &drawing.commands);
        }
        if layer.len() > most {
            return None;
        }
    }
    Some(layer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
