//! Features without a place in FlatGeobuf. The format holds them and GDAL reads them, but GDAL 3.6 leaves them out when it
//! writes. So each is written with a place that stands in for none, and that is taken out of the finished file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use geo::{CoordsIter, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use crate::geom::{GeometryKind, Shape};

/// Bytes of the magic number at the beginning.
const MAGIC: u64 = 8;

/// Bytes of the length before the header and before each feature.
const PREFIX: u64 = 4;

/// A place of a kind, as small as GDAL takes it.
pub fn stand_in(kind: GeometryKind, has_z: bool) -> Shape {
    let point = Point::new(0.0, 0.0);
    let line = LineString::from(vec![(0.0, 0.0), (1.0, 0.0)]);
    let polygon = Polygon::new(LineString::from(vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)]), Vec::new());
    let geometry = match kind {
        GeometryKind::Point | GeometryKind::Geometry => Geometry::Point(point),
        GeometryKind::MultiPoint => Geometry::MultiPoint(MultiPoint::new(vec![point])),
        GeometryKind::LineString => Geometry::LineString(line),
        GeometryKind::MultiLineString => Geometry::MultiLineString(MultiLineString::new(vec![line])),
        GeometryKind::Polygon => Geometry::Polygon(polygon),
        GeometryKind::MultiPolygon => Geometry::MultiPolygon(MultiPolygon::new(vec![polygon])),
        GeometryKind::GeometryCollection => Geometry::GeometryCollection(vec![Geometry::Point(point)].into()),
    };
    let z = has_z.then(|| vec![0.0; geometry.coords_count()]);
    Shape { z, geometry }
}

fn read<const N: usize>(file: &File, at: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

/// Takes the places out of some features of a file without a spatial index; `ordinals` count its features from 0, ascending.
///
/// # Errors
/// When the file cannot be read or written, or is no such file.
pub fn take_places(path: &Path, ordinals: &[u64]) -> io::Result<()> {
    if ordinals.is_empty() {
        return Ok(());
    }
    let broken = || {
        io::Error::new(io::ErrorKind::InvalidData, "tệp không có cấu trúc FlatGeobuf / it is not built as a FlatGeobuf")
    };
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut at = MAGIC + PREFIX + u64::from(u32::from_le_bytes(read(&file, MAGIC)?));
    let mut lengths = BufReader::new(File::open(path)?);
    lengths.seek_relative(i64::try_from(at).map_err(|_| broken())?)?;
    let mut ordinal = 0;
    for wanted in ordinals {
        loop {
            let mut length = [0; PREFIX as usize];
            lengths.read_exact(&mut length)?;
            let length = u32::from_le_bytes(length);
            lengths.seek_relative(i64::from(length))?;
            let body = at + PREFIX;
            at = body + u64::from(length);
            ordinal += 1;
            if ordinal > *wanted {
                // A feature is a table of FlatBuffers. It begins with the distance back to the list that says where each of
                // its fields stands; the first is the place, and a zero there means that there is none.
                let table = body + u64::from(u32::from_le_bytes(read(&file, body)?));
                let back = i64::from(i32::from_le_bytes(read(&file, table)?));
                let fields = table.checked_add_signed(-back).filter(|list| *list >= body).ok_or_else(broken)?;
                if u16::from_le_bytes(read(&file, fields)?) > 4 {
                    file.write_all_at(&[0, 0], fields + 4)?;
                }
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use gdal::vector::LayerAccess;

    use super::*;
    use crate::domain::{DataType, Value};
    use crate::transfer::sink::{GdalSink, Layout};

    #[test]
    fn places_are_taken_out_of_features_of_every_kind_and_of_no_others() {
        for (kind, has_z) in GeometryKind::ALL.into_iter().flat_map(|kind| [(kind, false), (kind, true)]) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t.fgb");
            let columns = vec![("n".to_owned(), DataType::Integer)];
            let layout = Layout { name: "t", columns, geometry: Some((kind, has_z)), srs: None };
            let mut sink = GdalSink::create(&path, "FlatGeobuf", &["SPATIAL_INDEX=NO"], &layout, false).unwrap();
            let shape = stand_in(kind, has_z);
            // A feature without any value is built otherwise than one with values.
            for value in [Value::Integer(1), Value::Integer(2), Value::Null, Value::Integer(4), Value::Null] {
                sink.write(&[value], Some(&shape)).unwrap();
            }
            sink.finish().unwrap();
            take_places(&path, &[0, 2, 3]).unwrap();
            let dataset = gdal::Dataset::open(&path).unwrap();
            let mut layer = dataset.layer(0).unwrap();
            // GDAL reads a number that is not there as 0, here.
            let read: Vec<_> = layer
                .features()
                .map(|feature| {
                    // SAFETY: the feature is live.
                    let place = unsafe { gdal_sys::OGR_F_GetGeometryRef(feature.c_feature()) };
                    (feature.field_as_integer(0).unwrap(), !place.is_null())
                })
                .collect();
            let wanted = [(Some(1), false), (Some(2), true), (Some(0), false), (Some(4), false), (Some(0), true)];
            assert_eq!(read, wanted, "{kind:?} {has_z}");
        }
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(take_places(file.path(), &[0]).is_err());
    }
}
