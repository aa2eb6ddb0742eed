//! The history of what other programs write into the store's file: triggers keep each row as it was before QGIS or GDAL
//! changed or deleted it. Our own changes keep it themselves, exactly and with their origin, and say so while they run.

use rusqlite::Transaction;

use super::journal::literal;
use super::schema::{NEW_ID, Table};
use super::{StoreError, doing, quoted};
use crate::domain::{DataType, Kind};

/// Who stands in the history for a program that did not say its name.
pub const ANOTHER_PROGRAM: &str = "another program";

/// The key of `langxanh_meta` that stands there only inside our own transactions.
const UNDER_WAY: &str = "change_under_way";

/// SQLite takes 127 arguments: so many names with their values go into one call.
const MAX_MEMBERS: usize = 60;

/// Says that the rows of this transaction are kept by ourselves.
pub fn begin(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO langxanh_meta VALUES (?1, '')";
    transaction.execute(sql, [UNDER_WAY]).map_err(doing("preparing the change"))?;
    Ok(())
}

/// Takes the word of [`begin`] back before the transaction ends.
pub fn end(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let sql = "DELETE FROM langxanh_meta WHERE key = ?1";
    transaction.execute(sql, [UNDER_WAY]).map_err(doing("ending the change"))?;
    Ok(())
}

/// The row before the change as the history holds it: a JSON object of its values by name.
fn before(table: &Table) -> String {
    let member = |(column, data_type): (&String, DataType)| {
        let value = format!("OLD.{}", quoted(column));
        let value = match data_type {
            // As JSON, SQLite writes 15 digits of a number; as text with 17 it comes back to the last bit.
            DataType::Number => format!("CASE WHEN {value} IS NULL THEN NULL ELSE printf('%!.17g', {value}) END"),
            _ => format!("CASE typeof({value}) WHEN 'blob' THEN NULL ELSE {value} END"),
        };
        format!("{}, {value}", literal(column))
    };
    let types = table.collection.stored_fields().map(|field| field.data_type);
    let members: Vec<String> = table.columns.iter().zip(types).map(member).collect();
    let objects = members.chunks(MAX_MEMBERS).map(|members| format!("json_object({})", members.join(", ")));
    objects.reduce(|all, more| format!("json_patch({all}, {more})")).unwrap_or_else(|| "'{}'".to_owned())
}

/// Name and text of the triggers of a register. A table of the user's own has none: its owner may drop a column, which
/// SQLite refuses where a trigger names it.
pub fn triggers(table: &Table) -> Vec<(String, String)> {
    let is_register = table.collection.kind == Kind::Register;
    let Some(id) = table.id_column.as_deref().filter(|_| is_register).map(quoted) else { return Vec::new() };
    let (on, collection) = (quoted(&table.name), literal(&table.collection.id));
    let geom = table.geometry_column().map_or_else(|| "NULL".to_owned(), |name| format!("OLD.{}", quoted(name)));
    let trigger = |event: &str, operation: &str, counts: &str| {
        let called = format!("langxanh_history_{}_{operation}", table.name);
        let text = format!(
            "CREATE TRIGGER {} {event} ON {on}
             WHEN NOT EXISTS (SELECT 1 FROM langxanh_meta WHERE key = '{UNDER_WAY}') AND OLD.{id} <> '{NEW_ID}'
             BEGIN
                INSERT INTO langxanh_changes (at, who, what, collection, inserted, updated, deleted)
                VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '{ANOTHER_PROGRAM}', 'edit of the file', {collection}, {counts});
                INSERT INTO langxanh_history (change_id, collection, id, operation, before_values, before_geom)
                VALUES (last_insert_rowid(), {collection}, OLD.{id}, '{operation}', {}, {geom});
             END",
            quoted(&called),
            before(table),
        );
        (called, text)
    };
    let called = format!("langxanh_history_{}_id", table.name);
    // GDAL before 3.7 writes the text of a default instead of its value.
    let named = format!(
        "CREATE TRIGGER {} AFTER INSERT ON {on} WHEN NEW.{id} = '{NEW_ID}'
         BEGIN UPDATE {on} SET {id} = {NEW_ID} WHERE rowid = NEW.rowid; END",
        quoted(&called),
    );
    vec![trigger("BEFORE UPDATE", "update", "0, 1, 0"), trigger("BEFORE DELETE", "delete", "0, 0, 1"), (called, named)]
}
