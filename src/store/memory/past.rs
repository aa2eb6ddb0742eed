//! The past of the store in memory. Its chain is computed when it is asked for: nobody else can write to it.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value as Json};

use super::{Part, State, Table};
use crate::domain::{Collection, Value};
use crate::geom::wkb::write_wkb;
use crate::store::chain::{BEGINNING, Cell, Field, Line, LinkHash, Piece, RowHash};
use crate::store::record::{
    ChainHead, ChangeFilter, ChangePart, ChangeRecord, Entry, Frozen, Image, QuarterAct, Verdict,
};
use crate::store::{Operation, Row, StoreError, Version};
use crate::text::hex;

impl State {
    /// Says of everything that was written since that it is one change, made at one time.
    ///
    /// # Errors
    /// When something of it speaks of a signed time.
    pub fn close_batch(&mut self, before: i64) -> Result<(), StoreError> {
        let now = Utc::now().trunc_subsecs(3);
        let frozen = Frozen::of(&self.acts);
        for part in self.parts.iter_mut().filter(|part| part.id > before) {
            (part.batch, part.at) = (before + 1, now);
        }
        for table in &mut self.tables {
            for at in table.numbers.len()..table.history.len() {
                self.entries += 1;
                table.numbers.push(self.entries);
                table.history[at].1.at = now;
                let after = table.after(at).map(|(values, _)| values);
                let (id, version) = &table.history[at];
                let before = version.before.as_ref().map(|(values, _)| values.as_slice());
                frozen.check(&table.collection, id, before, after.as_deref())?;
            }
        }
        Ok(())
    }

    fn record(&self, parts: &[&Part]) -> Option<ChangeRecord> {
        let first = parts.first()?;
        let part = |part: &&Part| {
            let table = self.tables.iter().find(|table| table.collection.id == part.collection);
            let count = |operation| {
                let history = table.map(|table| table.history.as_slice()).unwrap_or_default();
                let is_so = |version: &Version| version.change_id == part.id && version.operation == operation;
                history.iter().filter(|(_, version)| is_so(version)).count() as u64
            };
            let [inserted, updated, deleted] = [Operation::Insert, Operation::Update, Operation::Delete].map(count);
            ChangePart { collection: part.collection.clone(), inserted, updated, deleted }
        };
        let parts = parts.iter().map(part).collect();
        Some(ChangeRecord { id: first.batch, at: first.at, origin: first.origin.clone(), parts })
    }

    pub fn change_of(&self, id: i64) -> Option<ChangeRecord> {
        let batch = self.parts.iter().find(|part| part.id == id)?.batch;
        self.record(&self.parts.iter().filter(|part| part.batch == batch).collect::<Vec<_>>())
    }

    pub fn changes_of(&self, filter: &ChangeFilter) -> Vec<ChangeRecord> {
        let is_wanted = |part: &&Part| {
            filter.before.is_none_or(|before| part.batch < before)
                && filter.behind.is_none_or(|behind| part.batch > behind)
                && filter.collection.as_ref().is_none_or(|id| *id == part.collection)
                && filter.who.as_ref().is_none_or(|who| *who == part.origin.who)
                && filter.since.is_none_or(|since| part.at >= since)
                && filter.until.is_none_or(|until| part.at < until)
        };
        let mut batches: Vec<i64> = self.parts.iter().filter(is_wanted).map(|part| part.batch).collect();
        batches.dedup();
        if filter.behind.is_none() {
            batches.reverse();
        }
        batches.iter().take(filter.limit).filter_map(|batch| self.change_of(*batch)).collect()
    }

    /// Entries of the history that are wanted, in the order in which they were written.
    pub fn entries_of(&self, is_wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let entries = self.tables.iter().flat_map(|table| {
            (0..table.history.len()).map(|at| {
                let (id, version) = &table.history[at];
                let after = table.after(at);
                let row = table.rows.iter().find(|row| row.id == *id);
                let now = row.map(|row| (row.values.clone(), row.shape.clone()));
                Entry {
                    number: table.numbers[at],
                    change: self.change_of(version.change_id).map_or(0, |change| change.id),
                    at: version.at,
                    origin: version.origin.clone(),
                    collection: table.collection.id.clone(),
                    id: id.clone(),
                    operation: version.operation,
                    before: version.before.clone(),
                    stands: now == after,
                    after,
                }
            })
        });
        let mut entries: Vec<Entry> = entries.filter(|entry| is_wanted(entry)).collect();
        entries.sort_by_key(|entry| entry.number);
        entries
    }

    /// Hands over the links of the chain one after the other.
    pub fn chain(&self, each: &mut dyn FnMut(Piece) -> Result<(), StoreError>) -> Result<ChainHead, StoreError> {
        let mut links: Vec<(DateTime<Utc>, Vec<Line>)> = vec![(DateTime::UNIX_EPOCH, vec![baseline()])];
        for part in &self.parts {
            links.push((part.at, self.lines(part)));
        }
        links.extend(self.acts.iter().map(|act| (act.at, vec![act_line(act)])));
        links.sort_by_key(|(at, _)| *at);
        let (mut seq, mut hash) = (0, BEGINNING.to_owned());
        for (_, lines) in links {
            let mut link = LinkHash::after(&hash);
            for line in lines {
                link.add(&line);
                each(Piece::Line(line))?;
            }
            seq += 1;
            hash = hex(&link.finish());
            each(Piece::Seal { seq, hash: hash.clone() })?;
        }
        Ok(ChainHead { seq, hash, pending: 0 })
    }

    fn lines(&self, part: &Part) -> Vec<Line> {
        let text = |at: DateTime<Utc>| Field::Text(at.to_rfc3339());
        let origin = &part.origin;
        let head = vec![
            ("sealed_at", text(part.at)),
            ("change", part.id.into()),
            ("batch", part.batch.into()),
            ("at", text(part.at)),
            ("who", origin.who.clone().into()),
            ("what", origin.what.clone().into()),
            ("why", origin.why.clone().into()),
            ("collection", part.collection.clone().into()),
        ];
        let mut lines = vec![Line { kind: "change", fields: head }];
        let table = self.tables.iter().find(|table| table.collection.id == part.collection);
        let Some(table) = table else { return lines };
        for (at, (id, version)) in table.history.iter().enumerate() {
            if version.change_id != part.id {
                continue;
            }
            let before = version.before.as_ref();
            let operation = match version.operation {
                Operation::Insert => "insert",
                Operation::Update => "update",
                Operation::Delete => "delete",
            };
            let fields = vec![
                ("collection", part.collection.clone().into()),
                ("id", id.as_str().into()),
                ("operation", operation.into()),
                ("before_values", before.map(|image| values(&table.collection, image)).into()),
                ("before_geom", before.and_then(geometry).into()),
                ("after", table.after(at).map(|image| hashed(&table.collection, &image)).into()),
            ];
            lines.push(Line { kind: "row", fields });
        }
        lines
    }

    pub fn verified(&self, known: Option<(i64, &str)>) -> Result<Verdict, StoreError> {
        let mut is_known = known.is_none();
        let head = self.chain(&mut |piece| {
            if let Piece::Seal { seq, hash } = &piece {
                is_known |= known == Some((*seq, hash.as_str()));
            }
            Ok(())
        })?;
        let faults = (!is_known).then(|| "the exported head is not in the chain".to_owned()).into_iter().collect();
        let rows = self.tables.iter().map(|table| table.rows.len() as u64).sum();
        Ok(Verdict { head, rows, faults, more_faults: 0, notes: Vec::new() })
    }
}

fn baseline() -> Line {
    Line { kind: "baseline", fields: vec![("changes_before", 0.into())] }
}

fn act_line(act: &QuarterAct) -> Line {
    let fields = vec![
        ("act", act.number.into()),
        ("quarter", act.quarter.clone().into()),
        ("step", act.step.as_str().into()),
        ("who", act.who.clone().into()),
        ("why", act.why.clone().into()),
        ("sha256", act.sha256.clone().into()),
    ];
    Line { kind: "quarter", fields }
}

fn values(collection: &Collection, (values, _): &Image) -> String {
    let members = collection.stored_fields().zip(values).filter(|(_, value)| !value.is_null());
    let members = members.map(|(field, value)| (field.name.clone(), Json::from(value.to_string())));
    Json::Object(members.collect::<Map<_, _>>()).to_string()
}

fn geometry((_, shape): &Image) -> Option<String> {
    let mut bytes = Vec::new();
    write_wkb(shape.as_ref()?, &mut bytes);
    Some(hex(&bytes))
}

fn hashed(collection: &Collection, image: &Image) -> String {
    let mut hash = RowHash::default();
    for (field, value) in collection.stored_fields().zip(&image.0) {
        match value {
            Value::Null => {}
            Value::Integer(number) => hash.add(&field.name, Cell::Integer(*number)),
            Value::Number(number) => hash.add(&field.name, Cell::Real(*number)),
            Value::Boolean(truth) => hash.add(&field.name, Cell::Integer(i64::from(*truth))),
            other => hash.add(&field.name, Cell::Text(other.to_string().as_bytes())),
        }
    }
    if let Some(geometry) = geometry(image) {
        hash.add("geom", Cell::Text(geometry.as_bytes()));
    }
    hex(&hash.finish())
}

impl Table {
    /// The row as it was after an entry of its history: as it was before the next one, or as it stands.
    fn after(&self, at: usize) -> Option<Image> {
        let (id, version) = &self.history[at];
        if version.operation == Operation::Delete {
            return None;
        }
        match self.history[at + 1..].iter().find(|(of, _)| of == id) {
            Some((_, next)) => next.before.clone(),
            None => self.rows.iter().find(|row| row.id == *id).map(|row| (row.values.clone(), row.shape.clone())),
        }
    }

    /// The rows as they were recorded at a moment.
    pub fn rows_at(&self, at: DateTime<Utc>) -> Vec<Row> {
        let mut then: BTreeMap<&str, Option<&Image>> = BTreeMap::new();
        for (id, version) in self.history.iter().filter(|(_, version)| version.at > at) {
            then.entry(id.as_str()).or_insert(version.before.as_ref());
        }
        let mut rows = Vec::new();
        let mut last = 0;
        for row in &self.rows {
            last = row.fid;
            match then.remove(row.id.as_str()) {
                None => rows.push(row.clone()),
                Some(None) => {}
                Some(Some((values, shape))) => {
                    rows.push(Row { values: values.clone(), shape: shape.clone(), ..row.clone() });
                }
            }
        }
        for (id, image) in then {
            let known = self.history.iter().find(|(known, _)| known.as_str() == id);
            if let (Some((values, shape)), Some((id, _))) = (image, known) {
                last += 1;
                rows.push(Row { fid: last, id: id.clone(), values: values.clone(), shape: shape.clone() });
            }
        }
        rows
    }
}
