//! The collection that receives the rows: as the store has it, as declared, or made from the file's own schema.

use std::collections::{HashMap, HashSet};

use super::ImportError;
use super::files::Format;
use super::place::Place;
use super::styles;
use crate::domain::schema::is_collection_id;
use crate::domain::{Collection, DataType, Field, GeometryField, Kind, Title, catalog, numbered_name};
use crate::geom::{Crs, GeometryKind};
use crate::store::Store;
use crate::text;

/// The collection that an import names.
#[derive(Debug, Clone)]
pub struct Target {
    /// `None` where it is yet to be made from the file.
    pub collection: Option<Collection>,
    /// Whether the store has its table already.
    pub is_stored: bool,
}

/// How tables begin that SQLite, GeoPackage and the store keep for themselves.
const RESERVED: [&str; 5] = ["sqlite_", "gpkg_", "rtree_", "langxanh_", styles::TABLE];

/// Looks the collection up.
///
/// # Errors
/// [`ImportError::Collection`] for an id that cannot be a table and for collections that are computed.
pub fn find(store: &dyn Store, id: &str) -> Result<Target, ImportError> {
    let refuse = |reason: &str| ImportError::Collection { collection: id.to_owned(), reason: reason.to_owned() };
    if !is_collection_id(id) {
        return Err(refuse(
            "mã gồm chữ a-z, chữ số, _ hoặc -, bắt đầu bằng chữ và dài không quá 63 ký tự / an id has letters a-z, digits, _ or -, begins with a letter and has at most 63 of them",
        ));
    }
    if RESERVED.iter().any(|prefix| id.to_ascii_lowercase().starts_with(prefix)) {
        return Err(refuse(&format!(
            "mã bắt đầu bằng {0} dành cho bảng riêng của kho / ids that begin with {0} are those of the store's own tables",
            RESERVED.join(", ")
        )));
    }
    let all = store.collections()?;
    let declared = catalog::collections().iter().map(|collection| &collection.id);
    let unlike = |other: &&String| other.eq_ignore_ascii_case(id) && other.as_str() != id;
    if let Some(other) = all.iter().map(|collection| &collection.id).chain(declared).find(unlike) {
        return Err(refuse(&format!(
            "chỉ khác tập dữ liệu '{other}' ở chữ hoa, chữ thường: hãy viết '{other}' / it differs from the collection '{other}' by upper and lower case only: write '{other}'"
        )));
    }
    let stored = all.into_iter().find(|collection| collection.id == id);
    let is_stored = stored.is_some();
    let collection = stored.or_else(|| catalog::collection(id).cloned());
    if collection.as_ref().is_some_and(|collection| collection.kind == Kind::Derived) {
        return Err(refuse(
            "được tính từ các sổ, không nhập được / it is computed from the registers and cannot be imported",
        ));
    }
    Ok(Target { collection, is_stored })
}

/// What KML keeps beside the attributes: how a globe is to draw the place.
const KML_DRAWING: [&str; 10] = [
    "timestamp",
    "begin",
    "end",
    "altitudeMode",
    "tessellate",
    "extrude",
    "visibility",
    "drawOrder",
    "icon",
    "snippet",
];

/// A column of a file on its way into a new collection.
pub struct NewColumn<'a> {
    pub name: &'a str,
    pub data_type: Option<DataType>,
}

/// Makes a collection from the schema of a file; returns it with the column of each field.
pub fn from_schema(
    id: &str,
    columns: &[NewColumn<'_>],
    (place, id_column): (Place, Option<usize>),
    renamed: &HashMap<&str, &str>,
    (format, geometry): (Format, Option<GeometryField>),
    notices: &mut Vec<String>,
) -> (Collection, Vec<usize>) {
    let mut fields: Vec<Field> = Vec::new();
    let mut of_field = Vec::new();
    let mut told = Vec::new();
    let mut skipped = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let is_drawing = format == Format::Kml && KML_DRAWING.contains(&column.name);
        let Some(data_type) = column.data_type.filter(|_| !is_drawing) else {
            skipped.push(column.name);
            continue;
        };
        if place.takes(at) || (id_column == Some(at) && is_reserved(column.name)) {
            continue;
        }
        let name = match renamed.get(column.name) {
            Some(name) => (*name).to_owned(),
            None => numbered_name(&safe(column.name), fields.iter().map(|field| field.name.as_str())),
        };
        if name != column.name {
            told.push(format!("'{}' → {name}", column.name));
        }
        fields.push(Field { title: Title::same(column.name), ..Field::plain(&name, data_type) });
        of_field.push(at);
    }
    if !told.is_empty() {
        notices.push(format!("cột được đặt tên dùng được trong bảng và địa chỉ: {0} / columns got names that are safe in tables and URLs: {0}", told.join(", ")));
    }
    if !skipped.is_empty() {
        notices.push(format!(
            "bỏ các cột không phải thuộc tính: {0} / columns without attributes of places were left out: {0}",
            skipped.join(", ")
        ));
    }
    let collection = Collection {
        id: id.to_owned(),
        title: Title::same(id),
        description: Title::same(""),
        kind: Kind::Table,
        has_ids: true,
        geometry,
        fields,
        temporal: None,
    };
    (collection, of_field)
}

/// Names that a table of the store has for itself.
fn is_reserved(name: &str) -> bool {
    ["id", "fid", "geom", "rowid", "ogc_fid"].iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
}

/// The name of a field that can be a column, a property in a URL and a key in JSON without quoting.
pub fn safe(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut safe = if is_plain { name.to_owned() } else { text::slug(name).replace('-', "_") };
    if !safe.starts_with(|c: char| c.is_ascii_alphabetic()) {
        safe.insert_str(0, "field_");
    }
    if is_reserved(&safe) {
        safe.insert_str(0, "source_");
    }
    safe.truncate(60);
    safe
}

/// The kind that holds every kind of a file.
pub fn common_kind(kinds: &HashSet<GeometryKind>) -> GeometryKind {
    use GeometryKind as K;
    let candidates = [
        K::Point,
        K::MultiPoint,
        K::LineString,
        K::MultiLineString,
        K::Polygon,
        K::MultiPolygon,
        K::GeometryCollection,
    ];
    candidates.into_iter().find(|kind| kinds.iter().all(|of_file| kind.accepts(*of_file))).unwrap_or(K::Geometry)
}

/// The system in which a new table stores what a file has: its own.
pub fn storage_crs(of_file: &Crs) -> Crs {
    if of_file.is_wgs84() { Crs::Epsg(4326) } else { of_file.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_new_fields_are_safe_and_unique() {
        let names = ["Diện tích (km2)", "dien_tich_km2", "id", "2023", "工", "TEN", "ten"];
        let columns = names.map(|name| NewColumn { name, data_type: Some(DataType::Text) });
        let mut notices = Vec::new();
        let nowhere = (Place::Nowhere, None);
        let (made, of_field) = from_schema("t", &columns, nowhere, &HashMap::new(), (Format::Csv, None), &mut notices);
        let made: Vec<&str> = made.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(made, ["dien_tich_km2", "dien_tich_km2_2", "source_id", "field_2023", "field_", "TEN", "ten_2"]);
        assert_eq!(of_field, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(notices.len(), 1);
    }

    #[test]
    fn mixed_types_have_the_smallest_common_kind() {
        use GeometryKind as K;
        let common = |kinds: &[K]| common_kind(&kinds.iter().copied().collect());
        assert_eq!(common(&[K::Polygon, K::MultiPolygon]), K::MultiPolygon);
        assert_eq!(common(&[K::Polygon]), K::Polygon);
        assert_eq!(common(&[K::Point, K::Polygon]), K::Geometry);
    }
}
