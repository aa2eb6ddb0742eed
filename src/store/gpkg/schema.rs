//! Tables of a GeoPackage as collections, and collections as tables.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::session::GpkgSession;
use super::{StoreError, doing, foreign, journal, rtree};
use crate::domain::{Collection, DataType, catalog};
use crate::geom::{Crs, GeometryKind, project};
use crate::store::Unserved;
use crate::store::sql::described::{self, Described, Place, missing_columns, told_apart, with_declaration};
use crate::store::sql::session::Session;
use crate::store::sql::table::{Table, quoted};
use crate::store::sql::{Fill, chain, quarters, record, registers, told};

/// The SQL of an id for a row that another program adds without one.
pub const NEW_ID: &str = "lower(hex(randomblob(8)))";

/// The schema version of a store of ours; `None` for a GeoPackage of somebody else.
pub fn version(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let fail = || doing("reading the store's version");
    let known: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_master WHERE name = 'langxanh_meta'", [], |row| row.get(0))
        .map_err(fail())?;
    if known == 0 {
        return Ok(None);
    }
    let sql = "SELECT CAST(value AS INTEGER) FROM langxanh_meta WHERE key = 'schema_version'";
    let version: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).optional().map_err(fail())?;
    version.map(Some).ok_or_else(|| StoreError::Schema("langxanh_meta has no schema_version".to_owned()))
}

/// Makes the tables of the standard, of the history and of some collections, and fills them: all of it or nothing.
pub fn initialise(
    connection: &mut Connection,
    version: i64,
    collections: &[Collection],
    fill: Fill<'_>,
) -> Result<(), StoreError> {
    let fail = || doing("making the store");
    rtree::register_functions(connection).map_err(fail())?;
    connection
        .execute_batch("PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300; PRAGMA page_size = 4096;")
        .map_err(fail())?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail())?;
    transaction
        .execute_batch(
            "CREATE TABLE gpkg_spatial_ref_sys (
                srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
                organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
             INSERT INTO gpkg_spatial_ref_sys VALUES
                ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
                ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL);
             CREATE TABLE gpkg_contents (
                table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
                description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
                min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
                CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
             CREATE TABLE gpkg_geometry_columns (
                table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
                srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
                CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
                CONSTRAINT uk_gc_table_name UNIQUE (table_name),
                CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
                CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
             CREATE TABLE gpkg_extensions (
                table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
                scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));",
        )
        .map_err(fail())?;
    transaction.execute_batch(record::TABLES).map_err(fail())?;
    transaction
        .execute("INSERT INTO langxanh_meta VALUES ('schema_version', ?1)", [version.to_string()])
        .map_err(fail())?;
    ensure_srs(&transaction, &Crs::Epsg(4326))?;
    let made = collections.iter().map(|collection| create_table(&transaction, collection));
    let tables = made.collect::<Result<Vec<_>, _>>()?;
    let session = GpkgSession::new(&transaction, true);
    ensure_past(&session)?;
    // Not with the first receiver: a table that is made later has everything read again.
    session.make("making the store", told::TABLE)?;
    journal::ensure(&session, &tables)?;
    foreign::set_keeping(&transaction, true)?;
    fill(&session, &tables)?;
    foreign::set_keeping(&transaction, false)?;
    transaction.commit().map_err(fail())
}

/// Makes what keeping and reading the past needs. Stores of before get it with their first change.
pub fn ensure_past(session: &dyn Session) -> Result<(), StoreError> {
    if chain::is_there(session)? {
        return Ok(());
    }
    for tables in [record::INDEXES, foreign::REPLACED, quarters::TABLE, chain::TABLES] {
        session.make("preparing the history", tables)?;
    }
    Ok(())
}

/// What registers have got since the first version: from which on, the register, its new columns; none for a new register.
const ADDED: [(i64, &str, &[&str]); 5] = [
    (3, "plan_lines", &[]),
    (3, "plans", &["scale", "adjustment_case", "source_file", "source_sha256", "intake_notes"]),
    (3, "plan_parcels", &["setback_m", "use_vi", "item_code", "layer"]),
    (4, "plan_decisions", &[]),
    (4, "violations", &["evidence", "plan_id", "finding_id", "building_id"]),
];

/// Gives a store of an earlier version what its registers have got since, empty; what else is missing stays a fault.
///
/// # Errors
/// When the file cannot be written or something else is wrong with it. Nothing is changed then.
pub fn upgrade(connection: &mut Connection, from: i64, to: i64) -> Result<(), StoreError> {
    let fail = || doing("bringing the store to the tables of this version");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail())?;
    for (_, name, added) in ADDED.iter().filter(|(since, ..)| *since > from) {
        let there: Vec<String> = columns(&transaction, name)?.into_iter().map(|column| column.name).collect();
        let Some(register) = registers().find(|register| register.id == *name) else { continue };
        if added.is_empty() && there.is_empty() {
            create_table(&transaction, register)?;
        }
        for field in register.stored_fields().filter(|field| added.contains(&field.name.as_str())) {
            if !there.is_empty() && !there.contains(&field.name) {
                let (table, column) = (quoted(name), quoted(&field.name));
                let sql = format!("ALTER TABLE {table} ADD COLUMN {column} {}", sql_type(field.data_type));
                transaction.execute_batch(&sql).map_err(fail())?;
            }
        }
    }
    for (name, field) in catalog::ASKED_BY {
        if columns(&transaction, name)?.iter().any(|column| column.name == field) {
            transaction.execute_batch(&index(name, field)).map_err(fail())?;
        }
    }
    // Since the fourth version a change keeps why it was made and with which others, and a chain seals all of them.
    for (table, column) in [("changes", "why TEXT"), ("changes", "batch INTEGER"), ("history", "after BLOB")] {
        let table = format!("langxanh_{table}");
        let name = column.split(' ').next();
        if !columns(&transaction, &table)?.iter().any(|column| Some(column.name.as_str()) == name) {
            transaction.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column}")).map_err(fail())?;
        }
    }
    let (tables, _) = tables(&transaction, true)?;
    let session = GpkgSession::new(&transaction, true);
    ensure_past(&session)?;
    session.make("bringing the store to the tables of this version", told::TABLE)?;
    journal::ensure(&session, &tables)?;
    chain::seal(&session, &tables)?;
    set_version(&transaction, to)?;
    transaction.commit().map_err(fail())
}

/// Says in the store which version its tables have now.
pub fn set_version(transaction: &Transaction<'_>, version: i64) -> Result<(), StoreError> {
    let sql = "UPDATE langxanh_meta SET value = ?1 WHERE key = 'schema_version' AND CAST(value AS INTEGER) < ?1";
    transaction.execute(sql, [version]).map_err(doing("writing the store's version"))?;
    Ok(())
}

/// The statement that makes the index over a field by which the rows of a register are asked for, where it is missing.
fn index(table: &str, field: &str) -> String {
    let name = quoted(&format!("langxanh_{table}_{field}"));
    format!("CREATE INDEX IF NOT EXISTS {name} ON {} ({})", quoted(table), quoted(field))
}

fn sql_type(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Text => "TEXT",
        DataType::Integer => "INTEGER",
        DataType::Number => "REAL",
        DataType::Boolean => "BOOLEAN",
        DataType::Date => "DATE",
        DataType::DateTime => "DATETIME",
    }
}

/// The row of `gpkg_spatial_ref_sys` for a CRS, made where it is missing.
fn ensure_srs(transaction: &Transaction<'_>, crs: &Crs) -> Result<i32, StoreError> {
    let fail = || doing("registering a reference system");
    let (name, wkt) = project::definition(crs).map_err(|e| StoreError::Schema(e.to_string()))?;
    let code = match crs {
        Crs::Crs84 | Crs::Crs84h => 4326,
        Crs::Epsg(code) => i32::try_from(*code).map_err(|_| StoreError::Schema(format!("{crs} has no code")))?,
        Crs::Wkt(_) => {
            let sql = "SELECT srs_id FROM gpkg_spatial_ref_sys WHERE definition = ?1";
            let known: Option<i32> = transaction.query_row(sql, [&wkt], |row| row.get(0)).optional().map_err(fail())?;
            if let Some(code) = known {
                return Ok(code);
            }
            let next = "SELECT max(100000, coalesce(max(srs_id), 0) + 1) FROM gpkg_spatial_ref_sys";
            transaction.query_row(next, [], |row| row.get(0)).map_err(fail())?
        }
    };
    let organization = if matches!(crs, Crs::Wkt(_)) { "NONE" } else { "EPSG" };
    transaction
        .execute(
            "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?2, ?4, NULL)",
            params![name, code, organization, wkt],
        )
        .map_err(fail())?;
    Ok(code)
}

/// Makes the table of a collection, its R-tree and its entries in the standard's tables.
pub fn create_table(transaction: &Transaction<'_>, collection: &Collection) -> Result<Table, StoreError> {
    let what = format!("making the table '{}'", collection.id);
    let fail = || doing(&what);
    let mut columns = vec![
        "fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL".to_owned(),
        // The default serves rows that are added in QGIS without an id.
        format!("id TEXT NOT NULL UNIQUE DEFAULT ({NEW_ID})"),
    ];
    if let Some(geometry) = &collection.geometry {
        columns.push(format!("{} {}", quoted(&geometry.name), geometry.kind.name().to_uppercase()));
    }
    for field in collection.stored_fields() {
        let required = if field.required { " NOT NULL" } else { "" };
        columns.push(format!("{} {}{required}", quoted(&field.name), sql_type(field.data_type)));
    }
    let srs_id = match &collection.geometry {
        Some(geometry) => ensure_srs(transaction, &geometry.crs)?,
        None => 0,
    };
    let name = &collection.id;
    transaction.execute_batch(&format!("CREATE TABLE {} ({})", quoted(name), columns.join(", "))).map_err(fail())?;
    if let Some((_, field)) = catalog::ASKED_BY.iter().find(|(id, _)| *id == name) {
        transaction.execute_batch(&index(name, field)).map_err(fail())?;
    }
    let (kind, contents_srs) = match collection.geometry {
        Some(_) => ("features", Some(srs_id)),
        None => ("attributes", None),
    };
    transaction
        .execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?1, ?2, ?1, ?3, ?4)",
            params![name, kind, collection.title.to_string(), contents_srs],
        )
        .map_err(fail())?;
    if let Some(geometry) = &collection.geometry {
        transaction
            .execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?1, ?2, ?3, ?4, ?5, 0)",
                params![name, geometry.name, geometry.kind.name().to_uppercase(), srs_id, i64::from(geometry.has_z)],
            )
            .map_err(fail())?;
        transaction.execute_batch(&rtree::statements(name, &geometry.name)).map_err(fail())?;
        transaction
            .execute(
                "INSERT INTO gpkg_extensions VALUES
                 (?1, ?2, 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
                params![name, geometry.name],
            )
            .map_err(fail())?;
    }
    Ok(Table {
        name: name.clone(),
        collection: collection.clone(),
        fid_column: Some("fid".to_owned()),
        id_column: Some("id".to_owned()),
        columns: collection.stored_fields().map(|field| field.name.clone()).collect(),
        read_as: BTreeMap::new(),
        srs_id,
    })
}

/// Says in `gpkg_contents`, where clients look, that a table was changed and, where places were, what its extent is now.
pub fn update_contents(transaction: &Transaction<'_>, table: &Table, has_moved: bool) -> Result<(), StoreError> {
    let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    let sql = match table.geometry_column().filter(|_| has_moved) {
        Some(geom) => {
            let tree = quoted(&format!("rtree_{}_{geom}", table.name));
            format!(
                "UPDATE gpkg_contents SET last_change = {now}, (min_x, min_y, max_x, max_y) =
                 (SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {tree}) WHERE table_name = ?1"
            )
        }
        None => format!("UPDATE gpkg_contents SET last_change = {now} WHERE table_name = ?1"),
    };
    transaction.execute(&sql, [&table.name]).map_err(doing("writing the extent"))?;
    Ok(())
}

struct Column {
    name: String,
    declared: String,
    primary_key: bool,
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<Column>, StoreError> {
    let fail = || doing("reading the columns of a table");
    let mut statement = connection.prepare("SELECT name, type, pk FROM pragma_table_info(?1)").map_err(fail())?;
    let rows = statement.query_map([table], |row| {
        Ok(Column {
            name: row.get(0)?,
            declared: row.get::<_, String>(1)?.to_uppercase(),
            primary_key: row.get::<_, i64>(2)? > 0,
        })
    });
    rows.and_then(Iterator::collect).map_err(fail())
}

/// Geometry types beside those that [`GeometryKind`] names (GeoPackage 1.3, annex G).
const CURVED_TYPES: [&str; 7] =
    ["CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE", "CURVE", "SURFACE"];

/// The data type that a column's declared SQL type stands for (GeoPackage 1.3, table 1); `None` for blobs and for a
/// second geometry.
fn data_type(declared: &str) -> Option<DataType> {
    let name = declared.split('(').next().unwrap_or_default().trim();
    if GeometryKind::parse(name).is_some() || CURVED_TYPES.contains(&name) {
        return None;
    }
    Some(match name {
        "BOOLEAN" => DataType::Boolean,
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "INTEGER" | "BIGINT" => DataType::Integer,
        "FLOAT" | "DOUBLE" | "REAL" | "NUMERIC" | "DECIMAL" => DataType::Number,
        "DATE" => DataType::Date,
        "DATETIME" | "TIMESTAMP" => DataType::DateTime,
        "BLOB" => return None,
        _ => DataType::Text,
    })
}

struct Content {
    table: String,
    title: String,
    description: String,
    geometry: Option<(String, String, i32, i64)>,
}

fn contents(connection: &Connection) -> Result<Vec<Content>, StoreError> {
    let fail = || doing("reading the list of tables");
    let geometry_columns: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_master WHERE name = 'gpkg_geometry_columns'", [], |row| row.get(0))
        .map_err(fail())?;
    let join = if geometry_columns > 0 {
        "LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name"
    } else {
        "LEFT JOIN (SELECT NULL table_name, NULL column_name, NULL geometry_type_name, NULL srs_id, NULL z) g ON 0"
    };
    let sql = format!(
        "SELECT c.table_name, coalesce(c.identifier, c.table_name), coalesce(c.description, ''),
                g.column_name, g.geometry_type_name, g.srs_id, coalesce(g.z, 0)
         FROM gpkg_contents c {join}
         WHERE c.data_type IN ('features', 'attributes', 'aspatial')
           -- How QGIS shows the other tables.
           AND lower(c.table_name) <> 'layer_styles'
         ORDER BY c.rowid"
    );
    let mut statement = connection.prepare(&sql).map_err(fail())?;
    let rows = statement.query_map([], |row| {
        let column: Option<String> = row.get(3)?;
        let geometry = match column {
            Some(column) => Some((column, row.get(4)?, row.get(5)?, row.get(6)?)),
            None => None,
        };
        Ok(Content { table: row.get(0)?, title: row.get(1)?, description: row.get(2)?, geometry })
    });
    rows.and_then(Iterator::collect).map_err(fail())
}

/// The CRS behind a row of `gpkg_spatial_ref_sys`; `None` where it is undefined.
fn crs_of(connection: &Connection, srs_id: i32) -> Result<Option<Crs>, StoreError> {
    let sql = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1";
    let row: Option<(String, i64, String)> = connection
        .query_row(sql, [srs_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
        .map_err(doing("reading a reference system"))?;
    Ok(match row {
        Some((organization, code, _)) if organization.eq_ignore_ascii_case("EPSG") => {
            u32::try_from(code).ok().map(Crs::Epsg)
        }
        Some((_, _, definition)) if !definition.eq_ignore_ascii_case("undefined") => Some(Crs::Wkt(definition.into())),
        _ => None,
    })
}

/// The table of an entry of `gpkg_contents` as its columns say.
fn described_by_columns(connection: &Connection, content: &Content, ours: bool) -> Result<Table, StoreError> {
    let place = match &content.geometry {
        Some((column, kind, srs_id, z)) => Some(Place {
            column: column.clone(),
            kind: GeometryKind::parse(kind).unwrap_or(GeometryKind::Geometry),
            crs: crs_of(connection, *srs_id)?,
            srs_id: *srs_id,
            // 2 says that there may be heights.
            has_z: *z != 0,
        }),
        None => None,
    };
    let columns = columns(connection, &content.table)?;
    if columns.is_empty() {
        return Err(StoreError::Schema("it is listed in gpkg_contents but not there".to_owned()));
    }
    let fid_column = columns.iter().find(|c| c.primary_key && c.declared.contains("INT")).map(|c| c.name.clone());
    let is_id = |c: &&Column| ours && c.name == "id" && c.declared == "TEXT" && fid_column.as_deref() == Some("fid");
    let id_column = columns.iter().find(is_id).map(|c| c.name.clone());
    let reserved = [&fid_column, &id_column, &place.as_ref().map(|place| place.column.clone())];
    let served = columns.iter().filter(|c| !reserved.contains(&&Some(c.name.clone())));
    let served =
        served.map(|c| described::Column { name: c.name.clone(), data_type: data_type(&c.declared), read_as: None });
    Ok(Described {
        columns: served.collect(),
        name: content.table.clone(),
        title: content.title.clone(),
        description: content.description.clone(),
        place,
        fid_column,
        id_column,
    }
    .into())
}

/// Every table that can be served, and those that cannot. A register that cannot is a fault of the whole store.
pub fn tables(connection: &Connection, ours: bool) -> Result<(Vec<Table>, Vec<Unserved>), StoreError> {
    let mut tables: Vec<Table> = Vec::new();
    let (mut unserved, mut faults) = (Vec::new(), Vec::new());
    for content in contents(connection)? {
        let declared = if ours { catalog::collection(&content.table) } else { None };
        let mut table = match described_by_columns(connection, &content, ours) {
            Ok(table) => table,
            // Tried again at once: it says nothing of the table.
            Err(error @ StoreError::Busy(_)) => return Err(error),
            Err(error) => {
                unserved.push(Unserved { table: content.table, reason: error.to_string() });
                continue;
            }
        };
        if let Some(declared) = declared {
            faults.extend(missing_columns(declared, &table, sql_type));
            table = with_declaration(declared, table);
        }
        let table = told_apart(table, &tables);
        tables.push(table);
    }
    if ours {
        let lost = registers().filter(|r| !tables.iter().any(|t| t.collection.id == r.id));
        faults.extend(lost.map(|register| format!("table '{}' is missing", register.id)));
    }
    if faults.is_empty() { Ok((tables, unserved)) } else { Err(StoreError::Schema(faults.join("; "))) }
}
