//! The R-tree of a GeoPackage and the five SQL functions that its triggers call (GeoPackage 1.3, annex F.3).

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

use crate::geom::Envelope;
use crate::geom::curve::read_wkb_with_curves;
use crate::geom::wkb::read_gpkg_blob;
use crate::store::sql::table::quoted;

/// `[min_x, min_y, max_x, max_y]` of a geometry blob; `None` for null, empty or unreadable.
fn envelope(context: &Context<'_>) -> Option<[f64; 4]> {
    let ValueRef::Blob(blob) = context.get_raw(0) else { return None };
    let parts = read_gpkg_blob(blob).ok()?;
    if parts.empty {
        return None;
    }
    parts.envelope.or_else(|| {
        let shape = read_wkb_with_curves(parts.wkb).ok()??;
        Envelope::of(&shape.geometry).map(|e| e.to_array())
    })
}

/// Registers `ST_IsEmpty` and `ST_MinX/MinY/MaxX/MaxY`: without them not even an attribute of a GeoPackage can be updated.
pub fn register_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("ST_IsEmpty", 1, flags, |context| {
        if let ValueRef::Null = context.get_raw(0) {
            return Ok(None);
        }
        Ok(Some(envelope(context).is_none()))
    })?;
    for (name, index) in [("ST_MinX", 0), ("ST_MinY", 1), ("ST_MaxX", 2), ("ST_MaxY", 3)] {
        connection.create_scalar_function(name, 1, flags, move |context| Ok(envelope(context).map(|e| e[index])))?;
    }
    Ok(())
}

/// The statements that make the R-tree of a table and keep it in step.
pub fn statements(table: &str, geom: &str) -> String {
    let tree = quoted(&format!("rtree_{table}_{geom}"));
    let trigger = |name: &str| quoted(&format!("rtree_{table}_{geom}_{name}"));
    let (t, g) = (quoted(table), quoted(geom));
    let there = |row: &str| format!("({row}.{g} NOTNULL AND NOT ST_IsEmpty({row}.{g}))");
    let gone = |row: &str| format!("({row}.{g} ISNULL OR ST_IsEmpty({row}.{g}))");
    let bounds = format!("ST_MinX(NEW.{g}), ST_MaxX(NEW.{g}), ST_MinY(NEW.{g}), ST_MaxY(NEW.{g})");
    let (new, old) = (there("NEW"), there("OLD"));
    let (no_new, no_old) = (gone("NEW"), gone("OLD"));
    format!(
        "CREATE VIRTUAL TABLE {tree} USING rtree(id, minx, maxx, miny, maxy);
         CREATE TRIGGER {insert} AFTER INSERT ON {t} WHEN {new}
         BEGIN INSERT OR REPLACE INTO {tree} VALUES (NEW.fid, {bounds}); END;
         CREATE TRIGGER {update2} AFTER UPDATE OF {g} ON {t} WHEN OLD.fid = NEW.fid AND {no_new}
         BEGIN DELETE FROM {tree} WHERE id = OLD.fid; END;
         CREATE TRIGGER {update4} AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND {no_new}
         BEGIN DELETE FROM {tree} WHERE id IN (OLD.fid, NEW.fid); END;
         CREATE TRIGGER {update5} AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND {new}
         BEGIN DELETE FROM {tree} WHERE id = OLD.fid; INSERT OR REPLACE INTO {tree} VALUES (NEW.fid, {bounds}); END;
         CREATE TRIGGER {update6} AFTER UPDATE OF {g} ON {t} WHEN OLD.fid = NEW.fid AND {new} AND {old}
         BEGIN UPDATE {tree} SET minx = ST_MinX(NEW.{g}), maxx = ST_MaxX(NEW.{g}),
                                 miny = ST_MinY(NEW.{g}), maxy = ST_MaxY(NEW.{g}) WHERE id = NEW.fid; END;
         CREATE TRIGGER {update7} AFTER UPDATE OF {g} ON {t} WHEN OLD.fid = NEW.fid AND {new} AND {no_old}
         BEGIN INSERT INTO {tree} VALUES (NEW.fid, {bounds}); END;
         CREATE TRIGGER {delete} AFTER DELETE ON {t} WHEN OLD.{g} NOT NULL
         BEGIN DELETE FROM {tree} WHERE id = OLD.fid; END;",
        insert = trigger("insert"),
        update2 = trigger("update2"),
        update4 = trigger("update4"),
        update5 = trigger("update5"),
        update6 = trigger("update6"),
        update7 = trigger("update7"),
        delete = trigger("delete"),
    )
}
