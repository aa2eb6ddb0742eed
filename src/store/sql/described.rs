//! Tables as their database describes them, made collections; and what declared registers lack.

use std::collections::BTreeMap;

use super::table::Table;
use crate::domain::{Collection, DataType, Field, GeometryField, Kind, Temporal, Title};
use crate::geom::{Crs, GeometryKind};
use crate::text::slug;

/// A column that is neither number nor id of a row, nor the place that is served.
pub struct Column {
    pub name: String,
    /// `None` where its values are binary.
    pub data_type: Option<DataType>,
    /// The SQL type as which it is read, where that is not its own.
    pub read_as: Option<&'static str>,
}

/// The geometry column of a table.
pub struct Place {
    pub column: String,
    pub kind: GeometryKind,
    /// `None` where its system is undefined: then its places are not shown.
    pub crs: Option<Crs>,
    pub srs_id: i32,
    pub has_z: bool,
}

/// A table as its database tells of it.
pub struct Described {
    pub name: String,
    pub title: String,
    pub description: String,
    pub place: Option<Place>,
    pub fid_column: Option<String>,
    pub id_column: Option<String>,
    pub columns: Vec<Column>,
}

impl From<Described> for Table {
    fn from(described: Described) -> Table {
        let Described { name, title, description, place, fid_column, id_column, columns } = described;
        let srs_id = place.as_ref().map_or(0, |place| place.srs_id);
        let is_placeless = place.as_ref().is_some_and(|place| place.crs.is_none());
        if is_placeless {
            tracing::warn!(table = name, srs_id, "served without its places: their reference system is undefined");
        }
        let geometry = place.and_then(|Place { column, kind, crs, has_z, .. }| {
            Some(GeometryField { name: column, kind, crs: crs?, has_z })
        });
        let (mut fields, mut read_as) = (Vec::new(), BTreeMap::new());
        for column in columns {
            match column.data_type {
                Some(data_type) => fields.push(Field::plain(&column.name, data_type)),
                None => tracing::warn!(table = name, column = column.name, "not served: its values are binary"),
            }
            if let Some(other) = column.read_as {
                read_as.insert(column.name, other);
            }
        }
        let temporal = fields
            .iter()
            .find(|field| matches!(field.data_type, DataType::Date | DataType::DateTime))
            .map(|field| Temporal::Instant(field.name.clone()));
        Table {
            fid_column,
            columns: fields.iter().map(|field| field.name.clone()).collect(),
            read_as,
            srs_id,
            collection: Collection {
                id: collection_id(&name),
                title: Title::same(&title),
                description: told(&description, is_placeless),
                kind: Kind::Table,
                has_ids: id_column.is_some(),
                geometry,
                fields,
                temporal,
            },
            id_column,
            name,
        }
    }
}

/// What the table says of itself, and why its places are not shown where they are not.
fn told(own: &str, is_placeless: bool) -> Title {
    if !is_placeless {
        return Title::same(own);
    }
    let with = |note: &str| if own.is_empty() { note.to_owned() } else { format!("{own} – {note}") };
    Title {
        vi: with("Không hiển thị vị trí: hệ tọa độ của bảng không xác định.").into(),
        en: with("Places are not shown: the reference system of the table is undefined.").into(),
    }
}

/// The table's name where it can stand in a URL, else a form of it that can.
fn collection_id(table: &str) -> String {
    if crate::domain::schema::is_collection_id(table) {
        return table.to_owned();
    }
    let slug = slug(table);
    if crate::domain::schema::is_collection_id(&slug) { slug } else { format!("table-{slug}") }
}

/// Gives a table an id that none of the others has.
pub fn told_apart(mut table: Table, others: &[Table]) -> Table {
    let taken = |id: &str| others.iter().any(|other| other.collection.id == id);
    let id = &table.collection.id;
    if taken(id) {
        let free = (2..).map(|n| format!("{id}-{n}")).find(|id| !taken(id));
        table.collection.id = free.unwrap_or_default();
    }
    table
}

/// What a register lacks of its declaration; `sql_type` names types as the database does.
pub fn missing_columns(declared: &Collection, table: &Table, sql_type: fn(DataType) -> &'static str) -> Vec<String> {
    let name = &table.name;
    let mut faults = Vec::new();
    if table.id_column.is_none() {
        let (fid, id) = (sql_type(DataType::Integer), sql_type(DataType::Text));
        faults.push(format!("table '{name}' lacks the columns fid ({fid} PRIMARY KEY) and id ({id})"));
    }
    for field in declared.stored_fields() {
        match table.collection.field(&field.name) {
            None => {
                faults.push(format!("table '{name}' lacks the column '{}' ({})", field.name, sql_type(field.data_type)))
            }
            Some((_, found)) if found.data_type != field.data_type => faults.push(format!(
                "column '{}' of table '{name}' is {} and should be {}",
                field.name,
                sql_type(found.data_type),
                sql_type(field.data_type)
            )),
            Some(_) => {}
        }
    }
    match (&declared.geometry, &table.collection.geometry) {
        (Some(_), None) => faults.push(format!("table '{name}' has no geometry column")),
        (None, Some(_)) => faults.push(format!("table '{name}' has a geometry column and should have none")),
        _ => {}
    }
    faults
}

/// The declaration, with the geometry column as the table really has it and further columns of the table behind.
pub fn with_declaration(declared: &Collection, table: Table) -> Table {
    let mut fields: Vec<Field> = declared.stored_fields().cloned().collect();
    let extra = table.collection.fields.iter().filter(|field| declared.field(&field.name).is_none());
    fields.extend(extra.cloned());
    let columns = fields.iter().map(|field| field.name.clone()).collect();
    fields.extend(declared.fields.iter().filter(|field| field.derived).cloned());
    let collection = Collection { fields, geometry: table.collection.geometry, ..declared.clone() };
    Table { collection, columns, ..table }
}
