//! How far receivers of messages have been told of changes, in a table that no GIS program shows.

use std::collections::BTreeMap;

use super::session::{Session, bound};
use crate::store::StoreError;

/// Since the fifth version of a store.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS langxanh_told (
    receiver TEXT PRIMARY KEY NOT NULL, change_id INTEGER NOT NULL)";

/// The newest change that each receiver needs to be told of no more.
pub fn read(session: &dyn Session) -> Result<BTreeMap<String, i64>, StoreError> {
    if !session.has_table("langxanh_told")? {
        return Ok(BTreeMap::new());
    }
    let all = "SELECT receiver, change_id FROM langxanh_told";
    let told = session.all("reading what receivers were told", all, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(told.into_iter().collect())
}

/// Notes how far a receiver was told. What was told is never taken back: whoever comes late with less changes nothing.
pub fn put(session: &dyn Session, receiver: &str, change: i64) -> Result<(), StoreError> {
    const DOING: &str = "noting what a receiver was told";
    session.make(DOING, TABLE)?;
    let put = "INSERT INTO langxanh_told (receiver, change_id) VALUES (?1, ?2)
        ON CONFLICT (receiver) DO UPDATE SET change_id = excluded.change_id
        WHERE langxanh_told.change_id < excluded.change_id";
    session.run(DOING, put, bound![receiver, change]).map(|_| ())
}
