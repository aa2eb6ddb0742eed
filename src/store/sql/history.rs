//! The histories of features, oldest first.

use std::collections::BTreeSet;

use super::session::{Bind, NEXT, Session, bound};
use super::table::{Table, image, operation};
use crate::domain::FeatureId;
use crate::domain::schema::parse_instant;
use crate::store::{Origin, StoreError, Version};

const HISTORY: &str =
    "SELECT h.id, h.change_id, c.at, h.operation, c.who, c.what, h.before_values, h.before_geom, c.why
     FROM langxanh_history h JOIN langxanh_changes c USING (change_id)";

/// The history of one feature, oldest first.
pub fn history(session: &dyn Session, table: &Table, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
    let sql = format!("{HISTORY} WHERE h.collection = ?1 AND h.id = ?2 ORDER BY h.rowid");
    let versions = versions(session, table, &sql, bound![&table.collection.id, id])?;
    Ok(versions.into_iter().map(|(_, version)| version).collect())
}

/// The histories of the features, of all or of some, that were changed after they were made, each oldest first.
pub fn histories(
    session: &dyn Session,
    table: &Table,
    of: Option<&BTreeSet<FeatureId>>,
) -> Result<Vec<(FeatureId, Version)>, StoreError> {
    let changed = "SELECT id FROM langxanh_history WHERE collection = ?1 AND operation <> 'insert'";
    let Some(of) = of else {
        let sql = format!("{HISTORY} WHERE h.collection = ?1 AND h.id IN ({changed}) ORDER BY h.rowid");
        return versions(session, table, &sql, bound![&table.collection.id]);
    };
    let sql =
        format!("{HISTORY} WHERE h.collection = ?1 AND h.id = ?2 AND EXISTS ({changed} AND id = ?2) ORDER BY h.rowid");
    let mut all = Vec::new();
    for id in of {
        all.extend(versions(session, table, &sql, bound![&table.collection.id, id])?);
    }
    Ok(all)
}

fn versions(
    session: &dyn Session,
    table: &Table,
    sql: &str,
    bound: &[Bind<'_>],
) -> Result<Vec<(FeatureId, Version)>, StoreError> {
    let mut versions = Vec::new();
    session.visit("reading the history", sql, bound, &mut |row| {
        let fault = |what: &str| StoreError::Schema(format!("the history of '{}' holds {what}", table.collection.id));
        // Another program may have given a row an id that no feature has: such a row was never served, and has no history.
        let Ok(id) = FeatureId::parse(&row.text(0)?.unwrap_or_default()) else { return NEXT };
        let at: String = row.get(2)?;
        let geom: Option<Vec<u8>> = row.get(7)?;
        let version = Version {
            change_id: row.get(1)?,
            at: parse_instant(&at).ok_or_else(|| fault("a change without a time"))?,
            operation: operation(&row.get::<String>(3)?),
            origin: Origin { who: row.get(4)?, what: row.get(5)?, why: row.get(8)? },
            before: row.readable(6)?.map(|text| image(table, &text, geom.as_deref())),
        };
        versions.push((id, version));
        NEXT
    })?;
    Ok(versions)
}
