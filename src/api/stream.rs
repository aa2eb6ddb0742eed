//! Whole collections while they are written: the first bytes leave at once, and memory holds one block at a time.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use geo::{CoordsIter, MapCoords};
use http_body::{Body, Frame, SizeHint};
use wkt::ToWkt;

use super::json_fg;
use crate::domain::{Value, added_name};
use crate::geom::GeometryKind;
use crate::geom::geojson::rounded;
use crate::geom::reproject::ReprojectError;
use crate::ogc::media_type::{CSV, GEO_JSON, GEO_JSON_SEQ, JSON_FG, NDJSON};
use crate::publish::collection::{Place, PublishedCollection, Renderer};
use crate::publish::files::Rows;
use crate::query::Rendering;
use crate::text::formula;

/// A block is handed on when it has so many bytes.
const BLOCK: usize = 128 << 10;

/// What is written between, before and behind features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    GeoJson,
    JsonFg,
    Lines,
    /// Lines behind a record separator (RFC 8142).
    Records,
    Csv,
}

impl Format {
    /// `None` for a media type that is not streamed.
    fn of(media_type: &str) -> Option<Format> {
        Some(match media_type {
            GEO_JSON => Format::GeoJson,
            JSON_FG => Format::JsonFg,
            NDJSON => Format::Lines,
            GEO_JSON_SEQ => Format::Records,
            CSV => Format::Csv,
            _ => return None,
        })
    }

    fn head(self, collection: &PublishedCollection, rendering: &Rendering) -> Vec<u8> {
        match self {
            Format::GeoJson => b"{\"type\":\"FeatureCollection\",\"features\":[\n".to_vec(),
            Format::JsonFg => json_fg::head(collection, rendering),
            Format::Lines | Format::Records => Vec::new(),
            Format::Csv => csv::header(collection, rendering),
        }
    }

    fn tail(self) -> &'static [u8] {
        match self {
            Format::GeoJson | Format::JsonFg => b"\n]}\n",
            Format::Lines | Format::Records | Format::Csv => b"",
        }
    }
}

/// A stream whose features come in small collections, one after the other.
pub struct Pieces {
    rendering: Rendering,
    format: Format,
    /// Whether features are sent as they are published, which puts no line between them.
    is_published: bool,
}

impl Pieces {
    /// Pieces of a collection in a format, all of it (`is_all`) or some; `None` for a media type that is not streamed.
    ///
    /// # Errors
    /// When places cannot be had in the system that is asked for.
    pub fn new(
        collection: &PublishedCollection,
        rendering: Rendering,
        media_type: &str,
        is_all: bool,
    ) -> Result<Option<Pieces>, ReprojectError> {
        let Some(format) = Format::of(media_type) else { return Ok(None) };
        drop(collection.renderer(&rendering)?);
        let is_published = is_all && rendering.is_plain() && format == Format::GeoJson;
        Ok(Some(Pieces { rendering, format, is_published }))
    }

    pub fn head(&self, collection: &PublishedCollection) -> Vec<u8> {
        self.format.head(collection, &self.rendering)
    }

    pub fn tail(&self) -> &'static [u8] {
        self.format.tail()
    }

    /// Features of a small collection, in this order; `is_first` where none stands before them.
    pub fn write(&self, collection: &PublishedCollection, rows: &[u32], is_first: bool) -> Vec<u8> {
        let mut out = Vec::new();
        if self.is_published {
            for (at, run) in collection.runs(rows).into_iter().enumerate() {
                // Runs bring their commas along, but for the first of a piece.
                if at == 0 && !is_first {
                    out.push(b',');
                }
                out.extend_from_slice(&run);
            }
            return out;
        }
        // Asked before, so that nothing can fail when bytes are on their way.
        let Ok(writer) = Writer::new(collection, &self.rendering, self.format) else { return out };
        for (at, row) in rows.iter().enumerate() {
            writer.write(&mut out, *row, is_first && at == 0);
        }
        out
    }
}

/// The body of an answer that is written while it is sent.
pub struct Stream {
    collection: PublishedCollection,
    rendering: Rendering,
    format: Format,
    rows: Rows,
    /// Features, or stretches of published ones, that are written already.
    at: usize,
    /// What comes next, whatever else.
    waiting: Option<Bytes>,
    started: bool,
    ended: bool,
    /// Bytes that are still to come, where that is known.
    left: Option<u64>,
}

impl Stream {
    /// The features of a collection in a format; `None` for a media type that is not streamed.
    ///
    /// # Errors
    /// When places cannot be had in the system that is asked for.
    pub fn new(
        collection: PublishedCollection,
        rendering: Rendering,
        media_type: &str,
        rows: Rows,
    ) -> Result<Option<Stream>, ReprojectError> {
        let Some(format) = Format::of(media_type) else { return Ok(None) };
        // Asked once here, so that nothing can fail when bytes are on their way.
        drop(collection.renderer(&rendering)?);
        let mut stream = Stream {
            collection,
            rendering,
            format,
            rows,
            at: 0,
            waiting: None,
            started: false,
            ended: false,
            left: None,
        };
        stream.left = stream.length();
        Ok(Some(stream))
    }

    /// Whether features are sent as they lie in the snapshot.
    fn is_published(&self) -> bool {
        matches!(self.rows, Rows::All)
            && self.rendering.is_plain()
            && matches!(self.format, Format::GeoJson | Format::Lines)
    }

    /// Bytes of the whole, where they are known.
    fn length(&self) -> Option<u64> {
        let features = self.is_published().then(|| self.collection.json_length())?;
        Some(match self.format {
            // The last feature has no comma behind it.
            Format::GeoJson => features.saturating_sub(1) + (self.head().len() + self.tail().len()) as u64,
            _ => features,
        })
    }

    fn head(&self) -> Vec<u8> {
        self.format.head(&self.collection, &self.rendering)
    }

    fn tail(&self) -> &'static [u8] {
        self.format.tail()
    }

    /// The next stretch of published features; `None` behind the last.
    fn published(&mut self) -> Option<Bytes> {
        let at = self.at;
        let stretch = self.collection.stretches().nth(at)?;
        self.at += 1;
        if self.format == Format::GeoJson {
            if at == 0 {
                return Some(stretch);
            }
            // Sent as it lies in memory, behind a comma.
            self.waiting = Some(stretch);
            return Some(Bytes::from_static(b","));
        }
        let mut lines = Vec::with_capacity(stretch.len() + 1);
        for feature in self.collection.features_of(at) {
            lines.extend_from_slice(feature);
            lines.push(b'\n');
        }
        Some(lines.into())
    }

    /// The next block of features that are written one by one; empty behind the last.
    fn written(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(BLOCK + BLOCK / 4);
        // Made anew for each block: it borrows from the collection. It has been made before and cannot fail now.
        let Ok(writer) = Writer::new(&self.collection, &self.rendering, self.format) else { return out };
        while out.len() < BLOCK {
            let Some(row) = self.rows.get(self.at, &self.collection) else { break };
            writer.write(&mut out, row, self.at == 0);
            self.at += 1;
        }
        out
    }

    fn next(&mut self) -> Option<Bytes> {
        if !self.started {
            self.started = true;
            let head = self.head();
            if !head.is_empty() {
                return Some(head.into());
            }
        }
        if self.ended {
            return None;
        }
        if let Some(waiting) = self.waiting.take() {
            return Some(waiting);
        }
        let block = if self.is_published() {
            self.published()
        } else {
            Some(self.written()).filter(|block| !block.is_empty()).map(Bytes::from)
        };
        block.or_else(|| {
            self.ended = true;
            Some(Bytes::from_static(self.tail())).filter(|tail| !tail.is_empty())
        })
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.next();
        if let (Some(left), Some(block)) = (&mut self.left, &next) {
            *left = left.saturating_sub(block.len() as u64);
        }
        Poll::Ready(next.map(|block| Ok(Frame::data(block))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// Writes features one by one.
enum Writer<'a> {
    Json { renderer: Renderer<'a>, before: &'static [u8], after: &'static [u8], is_list: bool },
    JsonFg(json_fg::Writer<'a>),
    Csv { collection: &'a PublishedCollection, renderer: Renderer<'a>, columns: csv::Columns },
}

impl<'a> Writer<'a> {
    fn new(
        collection: &'a PublishedCollection,
        rendering: &'a Rendering,
        format: Format,
    ) -> Result<Writer<'a>, ReprojectError> {
        let renderer = collection.renderer(rendering)?;
        let json = |renderer, before, after, is_list| Writer::Json { renderer, before, after, is_list };
        Ok(match format {
            Format::GeoJson => json(renderer, b"", b"", true),
            Format::Lines => json(renderer, b"", b"\n", false),
            Format::Records => json(renderer, b"\x1e", b"\n", false),
            Format::JsonFg => Writer::JsonFg(json_fg::Writer::new(collection, rendering)?),
            Format::Csv => Writer::Csv { collection, renderer, columns: csv::Columns::of(collection, rendering) },
        })
    }

    fn write(&self, out: &mut Vec<u8>, row: u32, is_first: bool) {
        match self {
            Writer::Json { renderer, before, after, is_list } => {
                if *is_list && !is_first {
                    out.extend_from_slice(b",\n");
                }
                out.extend_from_slice(before);
                renderer.feature(out, row);
                out.extend_from_slice(after);
            }
            Writer::JsonFg(writer) => {
                if !is_first {
                    out.extend_from_slice(b",\n");
                }
                writer.feature(out, row);
            }
            Writer::Csv { collection, renderer, columns } => columns.write(out, collection, renderer, row),
        }
    }
}

/// Comma-separated values in UTF-8 with a byte order mark, which makes Excel read it as such.
mod csv {
    use std::slice::Iter;

    use wkt::Wkt;
    use wkt::types::{self, Dimension};

    use super::*;

    const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

    /// Bytes of a usual record.
    const RECORD: usize = 1024;

    /// How places stand in columns.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub enum Columns {
        None,
        /// Two numbers.
        Point,
        /// Two numbers and a height.
        RaisedPoint,
        /// Well-known text.
        Text,
    }

    fn record(out: &mut Vec<u8>, cells: &[String]) {
        let mut writer = ::csv::WriterBuilder::new().buffer_capacity(RECORD).from_writer(out);
        // Writing into memory cannot fail, and the records of one file are all of one length.
        drop(writer.write_record(cells).and_then(|()| writer.flush().map_err(Into::into)));
    }

    impl Columns {
        pub fn of(collection: &PublishedCollection, rendering: &Rendering) -> Columns {
            match &collection.declaration.geometry {
                Some(_) if rendering.skip_geometry => Columns::None,
                Some(geometry) if geometry.kind == GeometryKind::Point => {
                    if geometry.has_z && !rendering.skip_heights {
                        Columns::RaisedPoint
                    } else {
                        Columns::Point
                    }
                }
                Some(_) => Columns::Text,
                None => Columns::None,
            }
        }

        pub fn write(self, out: &mut Vec<u8>, collection: &PublishedCollection, renderer: &Renderer<'_>, row: u32) {
            let mut cells = vec![collection.id(row).to_owned()];
            cells.extend(renderer.fields().into_iter().map(|at| match collection.value(row, at) {
                Value::Text(text) if formula::must_be_guarded(&text) => format!("'{text}"),
                value => value.to_string(),
            }));
            let place = renderer.place(row);
            let heights = place.as_ref().and_then(heights_in_digits);
            match (self, place.map(in_digits)) {
                (Columns::None, _) => {}
                (Columns::Point | Columns::RaisedPoint, Some(geo::Geometry::Point(point))) => {
                    cells.extend([point.x(), point.y()].map(|number| Value::Number(number).to_string()));
                    if self == Columns::RaisedPoint {
                        let height = heights.as_ref().and_then(|heights| heights.first());
                        cells.push(height.map_or_else(String::new, |height| Value::Number(*height).to_string()));
                    }
                }
                (Columns::Point, _) => cells.extend([String::new(), String::new()]),
                (Columns::RaisedPoint, _) => cells.extend([String::new(), String::new(), String::new()]),
                (Columns::Text, place) => {
                    cells.push(place.map(|place| text(&place, heights.as_deref())).unwrap_or_default());
                }
            }
            record(out, &cells);
        }
    }

    /// Well-known text, with heights where there is one for each coordinate.
    pub fn text(place: &geo::Geometry<f64>, heights: Option<&[f64]>) -> String {
        let flat = place.to_wkt();
        match heights.filter(|heights| heights.len() == place.coords_count()) {
            Some(heights) => raised(flat, &mut heights.iter()).to_string(),
            None => flat.to_string(),
        }
    }

    fn raised(flat: Wkt<f64>, z: &mut Iter<'_, f64>) -> Wkt<f64> {
        const XYZ: Dimension = Dimension::XYZ;
        fn coord(coord: types::Coord<f64>, z: &mut Iter<'_, f64>) -> types::Coord<f64> {
            types::Coord { z: z.next().copied(), ..coord }
        }
        fn point(point: types::Point<f64>, z: &mut Iter<'_, f64>) -> types::Point<f64> {
            types::Point::new(point.into_inner().0.map(|of_point| coord(of_point, z)), XYZ)
        }
        fn line(line: types::LineString<f64>, z: &mut Iter<'_, f64>) -> types::LineString<f64> {
            types::LineString::new(line.into_inner().0.into_iter().map(|of_line| coord(of_line, z)).collect(), XYZ)
        }
        fn polygon(polygon: types::Polygon<f64>, z: &mut Iter<'_, f64>) -> types::Polygon<f64> {
            types::Polygon::new(polygon.into_inner().0.into_iter().map(|ring| line(ring, z)).collect(), XYZ)
        }
        match flat {
            Wkt::Point(flat) => Wkt::Point(point(flat, z)),
            Wkt::LineString(flat) => Wkt::LineString(line(flat, z)),
            Wkt::Polygon(flat) => Wkt::Polygon(polygon(flat, z)),
            Wkt::MultiPoint(flat) => {
                let parts = flat.into_inner().0.into_iter().map(|part| point(part, z)).collect();
                Wkt::MultiPoint(types::MultiPoint::new(parts, XYZ))
            }
            Wkt::MultiLineString(flat) => {
                let parts = flat.into_inner().0.into_iter().map(|part| line(part, z)).collect();
                Wkt::MultiLineString(types::MultiLineString::new(parts, XYZ))
            }
            Wkt::MultiPolygon(flat) => {
                let parts = flat.into_inner().0.into_iter().map(|part| polygon(part, z)).collect();
                Wkt::MultiPolygon(types::MultiPolygon::new(parts, XYZ))
            }
            Wkt::GeometryCollection(flat) => {
                let parts = flat.into_inner().0.into_iter().map(|part| raised(part, z)).collect();
                Wkt::GeometryCollection(types::GeometryCollection::new(parts, XYZ))
            }
        }
    }

    /// A place with the digits and the order of axes that its form asks for.
    fn in_digits(place: Place<'_>) -> geo::Geometry<f64> {
        let cut = |number: f64| rounded(number, place.form.decimals);
        place.geometry.map_coords(|coord| {
            let (x, y) = (cut(coord.x), cut(coord.y));
            if place.form.latitude_first { geo::Coord { x: y, y: x } } else { geo::Coord { x, y } }
        })
    }

    /// The heights of a place with the digits that its form asks for.
    fn heights_in_digits(place: &Place<'_>) -> Option<Vec<f64>> {
        let decimals = place.form.height_decimals();
        place.z.as_ref().map(|heights| heights.iter().map(|height| rounded(*height, decimals)).collect())
    }

    /// The first line: id, properties, place. A user's own table may have fields of the names that are added.
    pub fn header(collection: &PublishedCollection, rendering: &Rendering) -> Vec<u8> {
        let fields = &collection.declaration.fields;
        let all = || (0..fields.len()).collect();
        let chosen: Vec<usize> = rendering.properties.clone().unwrap_or_else(all);
        let chosen: Vec<&str> =
            chosen.into_iter().filter_map(|at| fields.get(at)).map(|field| field.name.as_str()).collect();
        let added = |name: &str| added_name(name, chosen.iter().copied());
        let mut cells = vec![added("id")];
        cells.extend(chosen.iter().map(|name| (*name).to_owned()));
        let columns = Columns::of(collection, rendering);
        let names: &[&str] = match columns {
            Columns::None => &[],
            Columns::Text => &["wkt"],
            _ if !rendering.crs.is_in_degrees() => &["x", "y", "z"],
            _ if rendering.crs.is_latitude_first() => &["lat", "lon", "z"],
            _ => &["lon", "lat", "z"],
        };
        let names = if columns == Columns::Point { &names[..2] } else { names };
        cells.extend(names.iter().map(|name| added(name)));
        let mut out = BYTE_ORDER_MARK.to_vec();
        record(&mut out, &cells);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::csv::text;

    #[test]
    fn every_vertex_of_a_text_has_its_own_height() {
        let ring = |from: f64| geo::LineString::from(vec![(from, 0.0), (9.0, 0.0), (9.0, 9.0), (from, 0.0)]);
        let polygon = geo::Polygon::new(ring(0.0), vec![ring(1.0)]);
        let two = geo::MultiPolygon::new(vec![polygon.clone(), geo::Polygon::new(ring(2.0), Vec::new())]);
        let heights: Vec<f64> = (0..12).map(|n| f64::from(n) + 0.5).collect();
        assert_eq!(
            text(&two.into(), Some(&heights)),
            "MULTIPOLYGON Z(((0 0 0.5,9 0 1.5,9 9 2.5,0 0 3.5),(1 0 4.5,9 0 5.5,9 9 6.5,1 0 7.5)),\
             ((2 0 8.5,9 0 9.5,9 9 10.5,2 0 11.5)))"
        );
        assert_eq!(text(&geo::Point::new(1.5, 2.0).into(), None), "POINT(1.5 2)");
    }
}
