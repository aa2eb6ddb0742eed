//! What a receiver is told: which rows were changed and where they are.

use serde_json::{Value, json};

use super::Hook;
use crate::ogc::changes::{instant, word};
use crate::publish::Snapshot;
use crate::store::Operation;
use crate::store::record::{ChangeRecord, Entry};

/// Rows that one message names.
const NAMED: usize = 100;

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The change it tells of.
    pub change: i64,
    /// JSON.
    pub body: Vec<u8>,
}

/// Whether anybody may know of a row. Where something is kept back, a row is told of only as long as strangers see it: of
/// one that is gone nobody can say whether it was a draft.
pub fn is_public(snapshot: &Snapshot, entry: &Entry) -> bool {
    let Some(published) = snapshot.collection(&entry.collection) else { return false };
    !snapshot.is_open_view() || published.find(&entry.id).is_some()
}

/// Whether a hook wants to hear of a row.
pub fn is_wanted(hook: &Hook, snapshot: &Snapshot, entry: &Entry) -> bool {
    let is_of = hook.collections.is_empty() || hook.collections.contains(&entry.collection);
    is_of && (hook.interests.is_empty() || hook.interests.iter().any(|interest| interest.covers(snapshot, entry)))
}

fn row(base: &str, entry: &Entry) -> Value {
    let item = format!("{base}/collections/{}/items/{}", entry.collection, entry.id);
    json!({
        "collection": entry.collection,
        "id": entry.id.as_str(),
        "operation": word(entry.operation),
        // What is gone can be read in its history alone.
        "href": if entry.operation == Operation::Delete { format!("{item}/versions") } else { item },
    })
}

impl Event {
    /// Of a change with the rows that are told; `missed` messages were left out before it.
    pub fn new(base: &str, change: &ChangeRecord, rows: &[&Entry], has_more: bool, missed: u64) -> Event {
        let document = json!({
            "type": "change",
            "change": change.id,
            "at": instant(change.at),
            "href": format!("{base}/changes/{}", change.id),
            "rows": rows.iter().take(NAMED).map(|entry| row(base, entry)).collect::<Vec<_>>(),
            "more_rows": has_more || rows.len() > NAMED,
            "missed_messages": missed,
        });
        Event { change: change.id, body: document.to_string().into_bytes() }
    }
}
