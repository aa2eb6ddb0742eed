//! GeoJSON text read through before GDAL sees it: GDAL takes a geometry that it does not understand for none at all, and
//! does not tell ids that the file gives from numbers that it counts.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The types of RFC 7946, section 1.4.
const TYPES: [&str; 9] = [
    "Feature",
    "FeatureCollection",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
];

/// What a text says of its reference system by the `crs` member of GeoJSON's first edition (2008).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CrsMember {
    #[default]
    Absent,
    /// `null`: no system may be assumed.
    Null,
    Named,
}

/// What a file holds as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outline {
    /// JSON texts one after the other; more than one is a sequence (RFC 8142, or a text on each line).
    pub texts: u64,
    pub crs: CrsMember,
    /// Some feature has a number as its id.
    pub has_numbers_as_ids: bool,
    collections: u64,
}

/// Reads a file from the first byte to the last.
///
/// # Errors
/// Where the text is cut, is no JSON (as with `NaN`), or has a geometry that is none.
pub fn outline(path: &Path) -> Result<Outline, String> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).map_err(|e| e.to_string())?);
    if file.fill_buf().map_err(|e| e.to_string())?.starts_with(b"\xEF\xBB\xBF") {
        file.consume(3);
    }
    // RFC 8142 puts a record separator before each text of a sequence; between texts it is blank space.
    let mut json = serde_json::Deserializer::from_reader(Separated(file));
    let mut outline = Outline::default();
    while json.end().is_err() {
        outline.texts += 1;
        Object(&mut outline).deserialize(&mut json).map_err(|error| error.to_string())?;
    }
    match outline {
        Outline { texts: 0, .. } => Err("tệp rỗng / it is empty".to_owned()),
        Outline { texts: 2.., collections: 1.., .. } => {
            Err("có nhiều văn bản JSON, trong đó có FeatureCollection: hãy tách mỗi văn bản thành một tệp / it has several texts, and one of them is a FeatureCollection: put each into a file of its own"
                .to_owned())
        }
        _ => Ok(outline),
    }
}

/// A reader that turns record separators into blanks.
struct Separated<R>(R);

impl<R: Read> Read for Separated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(buffer)?;
        for byte in buffer[..count].iter_mut().filter(|byte| **byte == 0x1E) {
            *byte = b' ';
        }
        Ok(count)
    }
}

/// A GeoJSON object, an array of them, or null.
struct Object<'a>(&'a mut Outline);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of GeoJSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Object(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut is_feature, mut has_number_as_id) = (false, false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "features" | "geometries" | "geometry" => map.next_value_seed(Object(self.0))?,
                "coordinates" => {
                    map.next_value_seed(Coordinates)?;
                }
                "type" => {
                    let name: String = map.next_value()?;
                    if !TYPES.contains(&name.as_str()) {
                        return Err(A::Error::custom(format!(
                            "GeoJSON không có kiểu '{name}' / GeoJSON has no type '{name}'"
                        )));
                    }
                    is_feature = name == "Feature";
                    self.0.collections += u64::from(name == "FeatureCollection");
                }
                "id" => has_number_as_id = map.next_value::<serde_json::Value>()?.is_i64(),
                "crs" => {
                    let is_null = map.next_value::<serde_json::Value>()?.is_null();
                    self.0.crs = if is_null { CrsMember::Null } else { CrsMember::Named };
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.has_numbers_as_ids |= is_feature && has_number_as_id;
        Ok(())
    }
}

/// A position, or arrays of positions as deep as they are nested.
struct Coordinates;

#[derive(PartialEq)]
enum Part {
    Number,
    Array,
}

impl<'de> DeserializeSeed<'de> for Coordinates {
    type Value = Part;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Part, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Coordinates {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Part, E> {
        Ok(Part::Number)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Part, E> {
        Ok(Part::Number)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Part, E> {
        Ok(Part::Number)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Part, A::Error> {
        let (mut numbers, mut arrays) = (0, 0);
        while let Some(part) = seq.next_element_seed(Coordinates)? {
            *(if part == Part::Number { &mut numbers } else { &mut arrays }) += 1;
        }
        if numbers == 1 || (numbers > 0 && arrays > 0) {
            return Err(A::Error::custom(
                "một vị trí có ít nhất hai số và không có gì khác / a position has at least two numbers and nothing else",
            ));
        }
        Ok(Part::Array)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    fn seen(text: &[u8]) -> Result<Outline, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        outline(file.path())
    }

    #[test]
    fn json_that_is_cut_or_not_json_is_refused() {
        for text in
            ["{\"a\": [1, 2", "{\"a\": NaN}", "{\"a\": Infinity}", "{} x", "", "{\"a\": \"b", "{\"a\": 1}\n{\"a\": "]
        {
            assert!(seen(text.as_bytes()).is_err(), "{text}");
        }
        let collection = "{\"type\": \"FeatureCollection\", \"features\": []}";
        assert!(seen(format!("{collection}\n{collection}").as_bytes()).unwrap_err().contains("several texts"));
    }

    #[test]
    fn a_geometry_that_is_none_is_refused() {
        for geometry in [
            "{\"type\": \"Point\", \"coordinates\": [105.8]}",
            "{\"type\": \"Point\", \"coordinates\": [105.8, \"21\"]}",
            "{\"type\": \"LineString\", \"coordinates\": [[105.8, 21], null]}",
            "{\"type\": \"LineString\", \"coordinates\": [[105.8, 21], 5]}",
            "{\"type\": \"Circle\", \"coordinates\": [105.8, 21]}",
        ] {
            let text = format!("{{\"type\": \"Feature\", \"properties\": null, \"geometry\": {geometry}}}");
            assert!(seen(text.as_bytes()).is_err(), "{text}");
        }
        let free = "{\"type\": \"Feature\", \"properties\": {\"type\": 5, \"coordinates\": [1]}, \"geometry\": null}";
        assert_eq!(seen(free.as_bytes()).unwrap().texts, 1);
    }

    #[test]
    fn texts_ids_and_the_old_crs_member_are_seen() {
        assert_eq!(seen(b"\xEF\xBB\xBF{\"a\": [1]}\n").unwrap().texts, 1);
        assert_eq!(seen(b"\x1E{\"a\": 1}\n\x1E{\"a\": 2}\n").unwrap().texts, 2);
        let ids =
            |id: &str| seen(format!("{{\"id\": {id}, \"type\": \"Feature\"}}").as_bytes()).unwrap().has_numbers_as_ids;
        assert_eq!([ids("7"), ids("\"7\""), ids("null")], [true, false, false]);
        assert!(!seen(b"{\"id\": 7, \"type\": \"FeatureCollection\"}").unwrap().has_numbers_as_ids);
        assert_eq!(seen(b"{\"crs\": null}").unwrap().crs, CrsMember::Null);
        assert_eq!(seen(b"{\"crs\": {}}").unwrap().crs, CrsMember::Named);
        assert_eq!(seen(b"{\"features\": [{\"properties\": {\"crs\": 1}}]}").unwrap().crs, CrsMember::Absent);
    }
}
