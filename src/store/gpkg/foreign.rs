//! The history of what other programs write into the store's file: triggers keep each row as it was before QGIS or GDAL
//! changed or deleted it. Our own changes keep it themselves, exactly and with their origin, and say so while they run.

use rusqlite::Transaction;

use super::schema::NEW_ID;
use super::{StoreError, doing};
use crate::domain::{DataType, Kind};
use crate::store::ANOTHER_PROGRAM;
use crate::store::sql::table::{Table, literal, quoted};

/// The key of `langxanh_meta` that stands there only inside our own transactions.
const UNDER_WAY: &str = "change_under_way";

/// SQLite takes 127 arguments: so many names with their values go into one call.
const MAX_MEMBERS: usize = 60;

/// Says that the rows of this transaction are kept by ourselves, or takes that word back before it ends.
pub fn set_keeping(transaction: &Transaction<'_>, keeps: bool) -> Result<(), StoreError> {
    let sql = if keeps {
        "INSERT OR REPLACE INTO langxanh_meta VALUES (?1, '')"
    } else {
        "DELETE FROM langxanh_meta WHERE key = ?1"
    };
    transaction.execute(sql, [UNDER_WAY]).map_err(doing("preparing the change"))?;
    Ok(())
}

/// Where rows wait that another program's statement may take away without a word: SQLite tells no trigger of deletion of the
/// row that `INSERT OR REPLACE` or a new id puts another one in the place of.
pub const REPLACED: &str = "CREATE TABLE IF NOT EXISTS langxanh_replaced (
    collection TEXT NOT NULL, id TEXT NOT NULL, before_values TEXT, before_geom BLOB)";

/// A row as the history holds it: a JSON object of its values by name. `row` is how the statement calls it.
fn values(table: &Table, row: &str) -> String {
    let member = |(column, data_type): (&String, DataType)| {
        let value = format!("{row}.{}", quoted(column));
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
    let geom = |row: &str| table.geometry_column().map_or("NULL".to_owned(), |name| format!("{row}.{}", quoted(name)));
    let foreign = format!("NOT EXISTS (SELECT 1 FROM langxanh_meta WHERE key = '{UNDER_WAY}')");
    let trigger = |name: &str, event: &str, condition: &str, body: String| {
        let called = format!("langxanh_history_{}_{name}", table.name);
        let text = format!("CREATE TRIGGER {} {event} ON {on} {condition} BEGIN {body} END", quoted(&called));
        (called, text)
    };
    let change = |counts: &str| {
        format!(
            "INSERT INTO langxanh_changes (at, who, what, collection, inserted, updated, deleted)
             VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '{ANOTHER_PROGRAM}', 'edit of the file', {collection}, {counts});"
        )
    };
    let newest = "(SELECT max(change_id) FROM langxanh_changes)";
    let history = "INSERT INTO langxanh_history (change_id, collection, id, operation, before_values, before_geom)";
    let kept = |name: &str, event: &str, condition: &str, counts: &str| {
        let values = values(table, "OLD");
        let body = format!(
            "{} {history} VALUES ({newest}, {collection}, OLD.{id}, '{name}', {values}, {});",
            change(counts),
            geom("OLD")
        );
        trigger(name, event, &format!("WHEN {foreign} AND OLD.{id} <> '{NEW_ID}' {condition}"), body)
    };
    let is_same = format!("AND OLD.{id} IS NEW.{id}");
    // Rows that may have to go wait in a table, those that had to are told when the statement is through.
    let wait = |rows: &str| {
        format!(
            "DELETE FROM langxanh_replaced;
             INSERT INTO langxanh_replaced SELECT {collection}, r.{id}, {}, {} FROM {on} r WHERE {rows};",
            values(table, "r"),
            geom("r"),
        )
    };
    let was = format!("FROM langxanh_replaced r WHERE r.collection = {collection} AND r.id = NEW.{id}");
    let were = format!("FROM langxanh_replaced r WHERE r.collection = {collection} AND r.id <> NEW.{id}");
    let told = format!(
        "{}
         {history} SELECT {newest}, {collection}, r.id, 'delete', r.before_values, r.before_geom {were};
         {history} VALUES ({newest}, {collection}, NEW.{id}, CASE WHEN EXISTS (SELECT 1 {was}) THEN 'update' ELSE 'insert' END,
            (SELECT r.before_values {was}), (SELECT r.before_geom {was}));
         DELETE FROM langxanh_replaced;",
        change(&format!(
            "1 - (SELECT count(*) {was}), (SELECT count(*) {was}), (SELECT count(*) {were})"
        ))
    );
    let fid = table.fid_column.as_deref().map_or_else(|| "rowid".to_owned(), quoted);
    let is_moved = format!("WHEN {foreign} AND OLD.{id} IS NOT NEW.{id}");
    // GDAL before 3.7 writes the text of a default instead of its value.
    let named = format!("UPDATE {on} SET {id} = {NEW_ID} WHERE rowid = NEW.rowid;");
    vec![
        kept("update", "BEFORE UPDATE", &is_same, "0, 1, 0"),
        kept("delete", "BEFORE DELETE", "", "0, 0, 1"),
        trigger("id", "AFTER INSERT", &format!("WHEN NEW.{id} = '{NEW_ID}'"), named),
        trigger(
            "replace",
            "BEFORE INSERT",
            &format!("WHEN {foreign}"),
            wait(&format!("r.{id} = NEW.{id} OR r.{fid} = NEW.{fid}")),
        ),
        trigger("insert", "AFTER INSERT", &format!("WHEN {foreign} AND NEW.{id} <> '{NEW_ID}'"), told.clone()),
        trigger(
            "rename",
            &format!("BEFORE UPDATE OF {id}"),
            &is_moved,
            wait(&format!("r.{id} = NEW.{id} OR (r.{id} = OLD.{id} AND OLD.{id} <> '{NEW_ID}')")),
        ),
        trigger("renamed", &format!("AFTER UPDATE OF {id}"), &is_moved, told),
    ]
}
