//! What QGIS reads from a GeoPackage besides its rows: how a layer is shown, and what its fields are called.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::domain::{Collection, Field};
use crate::qgis;

/// The table in which QGIS and GDAL look for styles. It is no data of anybody's.
pub const TABLE: &str = "layer_styles";

/// As QGIS makes it.
const STYLES: &str = "CREATE TABLE IF NOT EXISTS layer_styles (
        id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
        f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
        useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
        update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
    INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description)
        VALUES ('layer_styles', 'attributes', 'layer_styles', '');";

/// The schema extension (GeoPackage 1.3, clause F.9), in which columns have titles.
const TITLES: &str = "CREATE TABLE IF NOT EXISTS gpkg_extensions (
        table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
        CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
    CREATE TABLE IF NOT EXISTS gpkg_data_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
        constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
        CONSTRAINT gdc_tn UNIQUE (table_name, name));
    CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
        constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
        max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
        CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
    INSERT OR IGNORE INTO gpkg_extensions VALUES
        ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
        ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema',
         'read-write');";

/// Adds the style of a collection and the titles of its fields to a file that holds it; `geometry` is the column of its places.
///
/// # Errors
/// Why the file cannot be written.
pub fn add(file: &Path, collection: &Collection, fields: &[&Field], geometry: Option<&str>) -> Result<(), String> {
    let of_file = Collection { fields: fields.iter().map(|field| (*field).clone()).collect(), ..collection.clone() };
    let write = || -> rusqlite::Result<()> {
        let mut connection = Connection::open(file)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(STYLES)?;
        transaction.execute_batch(TITLES)?;
        let id = &collection.id;
        let style = "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, \
                     styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?1, ?2, ?3, ?4, ?5, 1, ?6, '')";
        let (qml, sld) = (qgis::qml(&of_file), qgis::sld(&of_file));
        let name: String = id.chars().take(30).collect();
        transaction
            .execute(style, params![id, geometry.unwrap_or_default(), name, qml, sld, collection.title.to_string()])?;
        let title = "INSERT OR REPLACE INTO gpkg_data_columns (table_name, column_name, title) VALUES (?1, ?2, ?3)";
        let mut title = transaction.prepare(title)?;
        for field in fields {
            title.execute(params![id, field.name, qgis::alias(field)])?;
        }
        drop(title);
        transaction.commit()
    };
    write().map_err(|error| format!("không ghi được kiểu vẽ: {error} / its style cannot be written: {error}"))
}
