//! Files from which rows were made, kept in pieces in tables that no GIS program shows.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{StoreError, doing};
use crate::domain::schema::parse_instant;
use crate::store::{KeptFile, SourceFile, piece};

/// Stores of before get the tables with their first file.
const TABLES: &str = "CREATE TABLE IF NOT EXISTS langxanh_sources (
        sha256 TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, kept_at TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS langxanh_source_pieces (
        sha256 TEXT NOT NULL REFERENCES langxanh_sources (sha256), piece INTEGER NOT NULL, content BLOB NOT NULL,
        PRIMARY KEY (sha256, piece));";

/// Keeps a file in the transaction of the rows that were made of it.
pub fn keep(transaction: &Transaction<'_>, source: SourceFile<'_>) -> Result<(), StoreError> {
    let fail = || doing("keeping the original file");
    transaction.execute_batch(TABLES).map_err(fail())?;
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let begin = "INSERT OR IGNORE INTO langxanh_sources VALUES (?1, ?2, 0, ?3)";
    if transaction.execute(begin, params![source.sha256, source.name, now]).map_err(fail())? == 0 {
        return Ok(());
    }
    let mut bytes = 0;
    let mut content = Vec::new();
    for number in 0i64.. {
        piece(source.content, &mut content)?;
        if content.is_empty() {
            break;
        }
        bytes += content.len() as i64;
        let add = "INSERT INTO langxanh_source_pieces VALUES (?1, ?2, ?3)";
        transaction.execute(add, params![source.sha256, number, content]).map_err(fail())?;
    }
    let end = "UPDATE langxanh_sources SET bytes = ?2 WHERE sha256 = ?1";
    transaction.execute(end, params![source.sha256, bytes]).map_err(fail())?;
    Ok(())
}

/// Hands over a kept file.
pub fn read(
    connection: &Connection,
    sha256: &str,
    each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<Option<KeptFile>, StoreError> {
    let fail = || doing("reading an original file");
    let there = "SELECT count(*) FROM sqlite_master WHERE name = 'langxanh_sources'";
    if connection.query_row(there, [], |row| row.get::<_, i64>(0)).map_err(fail())? == 0 {
        return Ok(None);
    }
    // One state of the file: what is read of it is not changed in between.
    let state = connection.unchecked_transaction().map_err(fail())?;
    let known = "SELECT name, bytes, kept_at FROM langxanh_sources WHERE sha256 = ?1";
    let known: Option<(String, i64, String)> = state
        .query_row(known, [sha256], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
        .map_err(fail())?;
    let Some((name, bytes, kept_at)) = known else { return Ok(None) };
    let pieces = "SELECT content FROM langxanh_source_pieces WHERE sha256 = ?1 ORDER BY piece";
    let mut statement = state.prepare_cached(pieces).map_err(fail())?;
    let mut rows = statement.query([sha256]).map_err(fail())?;
    while let Some(row) = rows.next().map_err(fail())? {
        let content: Vec<u8> = row.get(0).map_err(fail())?;
        each(&content)?;
    }
    let kept_at = parse_instant(&kept_at).unwrap_or_default();
    Ok(Some(KeptFile { sha256: sha256.to_owned(), name, bytes: bytes.unsigned_abs(), kept_at }))
}
