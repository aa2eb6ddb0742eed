//! Files from which rows were made, kept in pieces in tables that no GIS program shows.

use chrono::Utc;

use super::record::written;
use super::session::{Cell, NEXT, Session, bound};
use crate::domain::schema::parse_instant;
use crate::store::{KeptFile, SourceFile, StoreError, piece};

/// Stores of before get the tables with their first file.
pub const TABLES: &str = "CREATE TABLE IF NOT EXISTS langxanh_sources (
        sha256 TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, kept_at TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS langxanh_source_pieces (
        sha256 TEXT NOT NULL REFERENCES langxanh_sources (sha256), piece INTEGER NOT NULL, content BLOB NOT NULL,
        PRIMARY KEY (sha256, piece));";

/// Keeps a file in the transaction of the rows that were made of it.
pub fn keep(session: &dyn Session, source: SourceFile<'_>) -> Result<(), StoreError> {
    const DOING: &str = "keeping the original file";
    session.make(DOING, TABLES)?;
    let begin =
        "INSERT INTO langxanh_sources (sha256, name, bytes, kept_at) VALUES (?1, ?2, 0, ?3) ON CONFLICT DO NOTHING";
    let now = written(Utc::now());
    if session.run(DOING, begin, bound![&source.sha256, &source.name, &now])? == 0 {
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
        let add = "INSERT INTO langxanh_source_pieces (sha256, piece, content) VALUES (?1, ?2, ?3)";
        session.run(DOING, add, bound![&source.sha256, number, &content])?;
    }
    let end = "UPDATE langxanh_sources SET bytes = ?2 WHERE sha256 = ?1";
    session.run(DOING, end, bound![&source.sha256, bytes]).map(|_| ())
}

/// Hands over a kept file.
pub fn read(
    session: &dyn Session,
    sha256: &str,
    each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<Option<KeptFile>, StoreError> {
    const DOING: &str = "reading an original file";
    if !session.has_table("langxanh_sources")? {
        return Ok(None);
    }
    let known = "SELECT name, bytes, kept_at FROM langxanh_sources WHERE sha256 = ?1";
    let known = session.first(DOING, known, bound![sha256], |row| {
        let kept_at = parse_instant(&row.get::<String>(2)?).unwrap_or_default();
        let bytes = row.get::<i64>(1)?.unsigned_abs();
        Ok(KeptFile { sha256: sha256.to_owned(), name: row.get(0)?, bytes, kept_at })
    })?;
    if known.is_some() {
        let pieces = "SELECT content FROM langxanh_source_pieces WHERE sha256 = ?1 ORDER BY piece";
        session.visit(DOING, pieces, bound![sha256], &mut |row| {
            if let Cell::Bytes(content) = row.cell(0)? {
                each(content)?;
            }
            NEXT
        })?;
    }
    Ok(known)
}
