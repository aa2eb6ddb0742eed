//! Any geometries in any tile, read back by a decoder that is not ours.

use arbitrary::{Result, Unstructured};
use geo::{Coord, CoordsIter, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use langxanh::domain::{Collection, FeatureId, GeometryField, Kind, Title};
use langxanh::geom::{Crs, Envelope, GeometryKind, Shape};
use langxanh::publish::collection::{Builder, PublishedCollection};
use langxanh::store::Row;
use langxanh::tile::{MAX_BYTES, Overview, TileId, layer};
use mvt_reader::Reader;

/// Places at which arithmetic goes wrong first.
const ODD: [f64; 12] =
    [0.0, -0.0, 180.0, -180.0, 90.0, -90.0, 85.051_128_779_806_59, 1e300, -1e300, 5e-324, f64::MAX, f64::MIN];

fn table() -> Collection {
    let geometry =
        GeometryField { name: "geom".to_owned(), kind: GeometryKind::Geometry, crs: Crs::Crs84, has_z: false };
    Collection {
        id: "t".to_owned(),
        title: Title::same("t"),
        description: Title::same(""),
        kind: Kind::Table,
        has_ids: true,
        geometry: Some(geometry),
        fields: Vec::new(),
        temporal: None,
    }
}

/// Makes geometries around one tile.
struct Maker<'a, 'b> {
    bytes: &'a mut Unstructured<'b>,
    around: Envelope,
}

impl Maker<'_, '_> {
    /// Some number that is one: no store holds others.
    fn number(&mut self) -> Result<f64> {
        let number: f64 = self.bytes.arbitrary()?;
        Ok(if number.is_finite() { number } else { 0.0 })
    }

    fn coord(&mut self) -> Result<Coord<f64>> {
        match self.bytes.arbitrary::<u8>()? {
            0 => Ok(Coord { x: self.number()?, y: self.number()? }),
            1 => Ok(Coord { x: *self.bytes.choose(&ODD)?, y: *self.bytes.choose(&ODD)? }),
            // In the tile or up to its size away.
            _ => {
                let (x, y) = (self.bytes.arbitrary::<u16>()?, self.bytes.arbitrary::<u16>()?);
                let part = |at: u16, min: f64, max: f64| min + (f64::from(at) / 65_535.0 * 3.0 - 1.0) * (max - min);
                let around = self.around;
                Ok(Coord { x: part(x, around.min_x, around.max_x), y: part(y, around.min_y, around.max_y) })
            }
        }
    }

    fn several<T>(&mut self, most: usize, make: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.bytes.int_in_range(0..=most)?;
        (0..count).map(|_| make(self)).collect()
    }

    fn line(&mut self) -> Result<LineString<f64>> {
        self.several(15, Maker::coord).map(LineString)
    }

    fn polygon(&mut self) -> Result<Polygon<f64>> {
        Ok(Polygon::new(self.line()?, self.several(3, Maker::line)?))
    }

    fn geometry(&mut self, depth: usize) -> Result<Geometry<f64>> {
        Ok(match self.bytes.arbitrary::<u8>()? % 7 {
            0 => Point(self.coord()?).into(),
            1 => MultiPoint(self.several(7, |maker| maker.coord().map(Point))?).into(),
            2 => self.line()?.into(),
            3 => MultiLineString(self.several(3, Maker::line)?).into(),
            4 => self.polygon()?.into(),
            5 => MultiPolygon(self.several(3, Maker::polygon)?).into(),
            _ if depth == 0 => Point(self.coord()?).into(),
            _ => Geometry::GeometryCollection(geo::GeometryCollection(
                self.several(3, |maker| maker.geometry(depth - 1))?,
            )),
        })
    }
}

fn published(geometries: Vec<Geometry<f64>>) -> PublishedCollection {
    let mut builder = Builder::new(table());
    for (at, geometry) in geometries.into_iter().enumerate() {
        let fid = at as i64 + 1;
        let shape = Some(Shape::flat(geometry));
        builder.push(Row { fid, id: FeatureId::from_fid(fid), values: Vec::new(), shape }).unwrap();
    }
    builder.finish().unwrap()
}

/// Twice the area of a ring by the surveyor's formula: the specification wants it positive outside (4.3.3.3).
fn doubled(ring: &LineString<i32>) -> i64 {
    ring.lines().map(|l| i64::from(l.start.x) * i64::from(l.end.y) - i64::from(l.end.x) * i64::from(l.start.y)).sum()
}

/// What every layer holds to, whatever it shows.
fn read_back(bytes: Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let mut numbers = Vec::new();
    for feature in Reader::new(bytes).unwrap().get_features_as::<i32>(0).unwrap() {
        assert!(feature.geometry.coords_count() > 0);
        numbers.extend(feature.id);
        // A strip or a short line may reach one step beyond, and a step is at most 512 cells.
        let border = -64 - 512..=4160 + 512;
        for at in feature.geometry.coords_iter() {
            assert!(border.contains(&at.x) && border.contains(&at.y), "{at:?}");
        }
        if let Geometry::MultiPolygon(polygons) = &feature.geometry {
            for polygon in polygons {
                assert!(doubled(polygon.exterior()) > 0, "{polygon:?}");
                assert!(polygon.interiors().iter().all(|hole| doubled(hole) < 0), "{polygon:?}");
            }
        }
    }
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "a number stands twice");
}

fn draw(bytes: &mut Unstructured<'_>) -> Result<()> {
    let zoom = bytes.int_in_range(0..=20u8)?;
    let last = (1u32 << zoom) - 1;
    let tile = TileId::new(zoom, bytes.int_in_range(0..=last)?, bytes.int_in_range(0..=last)?).unwrap();
    let limit = usize::from(bytes.arbitrary::<u16>()?);
    let mut maker = Maker { bytes, around: tile.envelope(0) };
    let mut geometries = Vec::new();
    while !maker.bytes.is_empty() && geometries.len() < 30 {
        geometries.push(maker.geometry(2)?);
    }
    let collection = published(geometries);
    read_back(layer(&collection, None, tile, MAX_BYTES));
    read_back(layer(&collection, None, tile, limit));
    read_back(layer(&collection, Some(&Overview::of(&collection)), tile, limit));
    Ok(())
}

/// A tile and geometries, drawn with room enough and with little room, by place and from the overview.
pub fn check(data: &[u8]) {
    // Bytes that end early make the geometries that they make.
    let _ = draw(&mut Unstructured::new(data));
}
