//! The store without a file behind it: the double that tests use and the oracle of the contract suite.

mod past;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SubsecRound, Utc};

use super::among::Scope;
use super::chain::Piece;
use super::record::{ChainHead, ChangeFilter, ChangeRecord, Entry, QuarterAct, Verdict, may_follow};
use super::{
    Applied, Attachment, Batch, Change, Changes, Draft, Edit, Edited, KeptFile, MAX_OPEN_PROPOSALS, MAX_PROPOSALS,
    MAX_TOUCHED, Mark, Mode, NewAttachment, NewToken, Operation, Origin, Row, SOURCE_PIECE, SourceFile, Store,
    StoreError, Touched, Version, piece, too_many_open,
};
use crate::access::{KnownToken, Proposal, ProposalState, Proposed, User, Users};
use crate::domain::{Collection, FeatureId, Value};

#[derive(Clone)]
struct Table {
    collection: Collection,
    rows: Vec<Row>,
    last_fid: i64,
    history: Vec<(FeatureId, Version)>,
    /// The place of each entry of the history in that of the store.
    numbers: Vec<i64>,
    /// Row numbers that the change under way has touched.
    touched: Vec<i64>,
}

#[derive(Clone, Default)]
struct State {
    tables: Vec<Table>,
    changes: i64,
    /// Number of the newest entry of the journal.
    newest: i64,
    /// Collection and row number of the newest changes, the newest last.
    journal: VecDeque<(String, i64)>,
    sources: Vec<(KeptFile, Vec<u8>)>,
    parts: Vec<Part>,
    /// Number of the newest entry of the history.
    entries: i64,
    acts: Vec<QuarterAct>,
    /// With collection and id of their features.
    pictures: Vec<(String, FeatureId, Attachment)>,
    users: Users,
    /// Number of the newest token that there ever was.
    last_token: i64,
    proposals: Vec<Proposal>,
    told: BTreeMap<String, i64>,
    /// Counts what was written besides rows.
    others: i64,
}

/// What one change did to one collection.
#[derive(Clone)]
struct Part {
    id: i64,
    /// The first change of its transaction.
    batch: i64,
    at: DateTime<Utc>,
    collection: String,
    origin: Origin,
}

impl State {
    fn mark(&self) -> Mark {
        Mark { schema: self.tables.len() as i64, newest: self.newest }
    }

    /// Keeps a file that is not kept yet.
    fn keep(&mut self, source: SourceFile<'_>) -> Result<(), StoreError> {
        if self.sources.iter().any(|(known, _)| known.sha256 == source.sha256) {
            return Ok(());
        }
        let (mut content, mut more) = (Vec::new(), Vec::new());
        piece(source.content, &mut more)?;
        while !more.is_empty() {
            content.append(&mut more);
            piece(source.content, &mut more)?;
        }
        let bytes = content.len() as u64;
        let kept = KeptFile { sha256: source.sha256, name: source.name, bytes, kept_at: Utc::now() };
        self.sources.push((kept, content));
        Ok(())
    }

    /// The pictures of a feature.
    fn pictures(&mut self, collection: &Collection, id: &FeatureId) -> impl Iterator<Item = &mut Attachment> {
        let pictures = self.pictures.iter_mut().filter(move |(of, to, _)| *of == collection.id && to == id);
        pictures.map(|(.., picture)| picture)
    }

    fn write(&mut self, change: Change<'_>, replaces: Option<Scope<'_>>) -> Result<Applied, StoreError> {
        let change_id = self.changes + 1;
        let known = self.tables.iter().position(|table| table.collection.id == change.collection.id);
        let at = known.unwrap_or_else(|| {
            self.tables.push(Table {
                collection: change.collection.clone(),
                rows: Vec::new(),
                last_fid: 0,
                history: Vec::new(),
                numbers: Vec::new(),
                touched: Vec::new(),
            });
            self.tables.len() - 1
        });
        let table = &mut self.tables[at];
        let mut applied = Applied::default();
        let mut kept = HashSet::new();
        for draft in change.drafts {
            kept.insert(table.write(draft?, change.mode, change_id, &change.origin, &mut applied)?);
        }
        if change.mode == Mode::Replace {
            let stays = |row: &Row| {
                kept.contains(&row.id) || replaces.is_some_and(|replaces| !replaces.takes(change.collection, row))
            };
            let (stay, go): (Vec<_>, Vec<_>) = table.rows.drain(..).partition(stays);
            table.rows = stay;
            for row in go {
                let id = row.id.clone();
                table.touched.push(row.fid);
                table.log(change_id, Operation::Delete, &change.origin, &id, Some(row));
                applied.deleted += 1;
            }
        }
        self.note();
        self.begin(change_id, change.collection, &change.origin);
        Ok(applied)
    }

    fn begin(&mut self, change_id: i64, collection: &Collection, origin: &Origin) {
        self.changes = change_id;
        let (collection, origin) = (collection.id.clone(), origin.clone());
        self.parts.push(Part { id: change_id, batch: change_id, at: Utc::now(), collection, origin });
    }

    /// Takes what was touched into the journal.
    fn note(&mut self) {
        for table in &mut self.tables {
            let touched = std::mem::take(&mut table.touched);
            self.newest += touched.len() as i64;
            self.journal.extend(touched.into_iter().map(|fid| (table.collection.id.clone(), fid)));
        }
        let surplus = self.journal.len().saturating_sub(MAX_TOUCHED);
        self.journal.drain(..surplus);
    }

    /// Makes edits in their order; what is edited of a collection is one change.
    fn edit(&mut self, edits: Vec<Edit<'_>>, origin: &Origin) -> Result<Vec<Edited>, StoreError> {
        let mut changes: Vec<(String, i64)> = Vec::new();
        let mut edited = Vec::with_capacity(edits.len());
        for edit in edits {
            let edit_of = edit.collection;
            let id = &edit_of.id;
            let table = self.tables.iter_mut().find(|table| table.collection.id == *id);
            let table = table.ok_or_else(|| StoreError::NoCollection(id.clone()))?;
            let known = changes.iter().find(|(of, _)| of == id).map(|(_, change_id)| *change_id);
            let change_id = known.unwrap_or(self.changes + 1);
            let done = table.edit(edit, change_id, origin)?;
            if done.operation.is_some() && known.is_none() {
                changes.push((table.collection.id.clone(), change_id));
                self.begin(change_id, edit_of, origin);
            }
            edited.push(done);
        }
        self.note();
        Ok(edited)
    }
}

/// Registers held in memory only.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    /// Held by whoever writes, so that others can read meanwhile.
    writing: Mutex<()>,
}

impl MemoryStore {
    // A panic in another test thread leaves no half-written table: changes are made on a copy.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a copy of the state, which becomes the state when nothing went wrong.
    fn written<T>(&self, work: impl FnOnce(&mut State) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = self.state().clone();
        let before = changed.changes;
        let done = work(&mut changed)?;
        changed.close_batch(before)?;
        *self.state() = changed;
        Ok(done)
    }
}

fn find<'a>(state: &'a State, collection: &Collection) -> Result<&'a Table, StoreError> {
    let found = state.tables.iter().find(|table| table.collection.id == collection.id);
    found.ok_or_else(|| StoreError::NoCollection(collection.id.clone()))
}

impl Table {
    /// The id of the next row that asks for none: its number, unless that is or was the id of another.
    fn free_id(&mut self) -> FeatureId {
        loop {
            let id = FeatureId::from_fid(self.last_fid + 1);
            if !self.rows.iter().any(|row| row.id == id) && !self.history.iter().any(|(known, _)| *known == id) {
                return id;
            }
            self.last_fid += 1;
        }
    }

    fn edit(&mut self, edit: Edit<'_>, change_id: i64, origin: &Origin) -> Result<Edited, StoreError> {
        let at = edit.id.as_ref().and_then(|id| self.rows.iter().position(|row| row.id == *id));
        let before = at.map(|at| self.rows[at].clone());
        let after = (edit.make)(before.as_ref())?;
        let (id, operation) = match (at.zip(before), after) {
            (None, None) => {
                let nothing = || StoreError::Stopped("an edit that makes a row made none".to_owned());
                (edit.id.ok_or_else(nothing)?, None)
            }
            (Some((at, before)), None) => {
                self.rows.remove(at);
                self.touched.push(before.fid);
                let id = before.id.clone();
                self.log(change_id, Operation::Delete, origin, &id, Some(before));
                (id, Some(Operation::Delete))
            }
            (known, Some(draft)) => {
                let id = known.map(|(_, before)| before.id).or(edit.id).or(draft.id.clone());
                let mode = if at.is_some() { Mode::Upsert } else { Mode::Append };
                let id = id.unwrap_or_else(|| self.free_id());
                let mut applied = Applied::default();
                let draft = Draft { id: Some(id), ..draft };
                let id = self.write(draft, mode, change_id, origin, &mut applied)?;
                let operation = match applied {
                    Applied { inserted: 1.., .. } => Some(Operation::Insert),
                    Applied { updated: 1.., .. } => Some(Operation::Update),
                    _ => None,
                };
                (id, operation)
            }
        };
        let row = self.rows.iter().find(|row| row.id == id).cloned();
        Ok(Edited { id, operation, row, change_id: operation.map(|_| change_id) })
    }

    fn log(&mut self, change_id: i64, operation: Operation, origin: &Origin, id: &FeatureId, before: Option<Row>) {
        let before = before.map(|row| (row.values, row.shape));
        self.history
            .push((id.clone(), Version { change_id, at: Utc::now(), operation, origin: origin.clone(), before }));
    }

    fn write(
        &mut self,
        draft: Draft,
        mode: Mode,
        change_id: i64,
        origin: &Origin,
        applied: &mut Applied,
    ) -> Result<FeatureId, StoreError> {
        let fid = self.last_fid + 1;
        let id = draft.id.unwrap_or_else(|| FeatureId::from_fid(fid));
        match self.rows.iter().position(|row| row.id == id) {
            Some(_) if mode == Mode::Append => {
                return Err(StoreError::Conflict { collection: self.collection.id.clone(), id: id.to_string() });
            }
            Some(at) if self.rows[at].values == draft.values && self.rows[at].shape == draft.shape => {
                applied.unchanged += 1;
            }
            Some(at) => {
                let before = self.rows[at].clone();
                self.rows[at] = Row { values: draft.values, shape: draft.shape, ..before.clone() };
                self.touched.push(before.fid);
                self.log(change_id, Operation::Update, origin, &id, Some(before));
                applied.updated += 1;
            }
            None => {
                self.last_fid = fid;
                self.touched.push(fid);
                self.rows.push(Row { fid, id: id.clone(), values: draft.values, shape: draft.shape });
                self.log(change_id, Operation::Insert, origin, &id, None);
                applied.inserted += 1;
            }
        }
        Ok(id)
    }
}

impl Store for MemoryStore {
    fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        Ok(self.state().tables.iter().map(|table| table.collection.clone()).collect())
    }

    fn version(&self) -> Result<i64, StoreError> {
        let state = self.state();
        Ok(state.changes + state.others)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        Ok(Some(self.state().mark()))
    }

    fn changes_since(&self, mark: &Mark) -> Result<Option<Changes>, StoreError> {
        let state = self.state();
        let now = state.mark();
        let behind = usize::try_from(now.newest - mark.newest).ok().filter(|behind| *behind <= state.journal.len());
        let Some(behind) = behind.filter(|_| now.schema == mark.schema) else { return Ok(None) };
        let touched: BTreeSet<_> = state.journal.range(state.journal.len() - behind..).cloned().collect();
        let row = |collection: &str, fid: i64| {
            let table = state.tables.iter().find(|table| table.collection.id == collection)?;
            table.rows.iter().find(|row| row.fid == fid).cloned()
        };
        let rows = touched.into_iter().map(|(collection, fid)| {
            let row = row(&collection, fid);
            Touched { collection, fid, row }
        });
        Ok(Some(Changes { mark: now, rows: rows.collect() }))
    }

    fn scan(
        &self,
        collection: &Collection,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let rows = find(&self.state(), collection)?.rows.clone();
        rows.into_iter().try_for_each(each)
    }

    fn row_numbers(&self, collection: &Collection) -> Result<Option<RangeInclusive<i64>>, StoreError> {
        let state = self.state();
        let rows = &find(&state, collection)?.rows;
        Ok(rows.first().zip(rows.last()).map(|(first, last)| first.fid..=last.fid))
    }

    fn scan_between(
        &self,
        collection: &Collection,
        fids: RangeInclusive<i64>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scan(collection, &mut |row| if fids.contains(&row.fid) { each(row) } else { Ok(()) })
    }

    fn apply_all(&self, batch: Batch<'_>) -> Result<Vec<Applied>, StoreError> {
        self.written(|changed| {
            let mut applied = Vec::with_capacity(batch.changes.len());
            for change in batch.changes {
                applied.push(changed.write(change, batch.replaces)?);
            }
            if let Some(source) = batch.source {
                changed.keep(source)?;
            }
            Ok(applied)
        })
    }

    fn edit(&self, edits: Vec<Edit<'_>>, origin: &Origin) -> Result<Vec<Edited>, StoreError> {
        self.written(|changed| changed.edit(edits, origin))
    }

    fn find(&self, collection: &Collection, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        let state = self.state();
        Ok(find(&state, collection)?.rows.iter().find(|row| row.id == *id).cloned())
    }

    fn holders(
        &self,
        collection: &Collection,
        field: &str,
        text: &str,
        most: usize,
    ) -> Result<Vec<FeatureId>, StoreError> {
        let state = self.state();
        let table = find(&state, collection)?;
        let Some(at) = table.collection.stored_fields().position(|known| known.name == field) else {
            return Ok(Vec::new());
        };
        let holds = |row: &&Row| row.values.get(at).and_then(Value::as_str) == Some(text);
        Ok(table.rows.iter().filter(holds).take(most).map(|row| row.id.clone()).collect())
    }

    fn source(
        &self,
        sha256: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Option<KeptFile>, StoreError> {
        let known = self.state().sources.iter().find(|(kept, _)| kept.sha256 == sha256).cloned();
        let Some((kept, content)) = known else { return Ok(None) };
        content.chunks(SOURCE_PIECE).try_for_each(each)?;
        Ok(Some(kept))
    }

    fn attach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        new: NewAttachment<'_>,
        origin: &Origin,
    ) -> Result<Attachment, StoreError> {
        let mut state = self.state();
        let NewAttachment { media_type, width, height, source } = new;
        let (sha256, name) = (source.sha256.clone(), source.name.clone());
        let there = state.pictures(collection, id).find(|one| one.sha256 == sha256 && one.removed.is_none());
        if let Some(there) = there {
            return Ok(there.clone());
        }
        state.keep(source)?;
        let bytes = state.sources.iter().find(|(kept, _)| kept.sha256 == sha256).map_or(0, |(kept, _)| kept.bytes);
        let (media_type, who) = (media_type.to_owned(), origin.who.clone());
        let made = Attachment { sha256, name, media_type, bytes, width, height, at: Utc::now(), who, removed: None };
        state.pictures.push((collection.id.clone(), id.clone(), made.clone()));
        Ok(made)
    }

    fn detach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        sha256: &str,
        origin: &Origin,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let there = state.pictures(collection, id).find(|one| one.sha256 == sha256 && one.removed.is_none());
        let Some(there) = there else { return Ok(false) };
        there.removed = Some((Utc::now(), origin.who.clone()));
        Ok(true)
    }

    fn attachments(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Attachment>, StoreError> {
        Ok(self.state().pictures(collection, id).map(|picture| picture.clone()).collect())
    }

    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
        let state = self.state();
        let table = find(&state, collection)?;
        Ok(table.history.iter().filter(|(of, _)| of == id).map(|(_, version)| version.clone()).collect())
    }

    fn histories(
        &self,
        collection: &Collection,
        of: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError> {
        let state = self.state();
        let table = find(&state, collection)?;
        let changed = |id: &FeatureId| {
            of.is_none_or(|of| of.contains(id))
                && table.history.iter().any(|(of, version)| of == id && version.operation != Operation::Insert)
        };
        Ok(table.history.iter().filter(|(id, _)| changed(id)).cloned().collect())
    }

    fn changes(&self, filter: &ChangeFilter) -> Result<Vec<ChangeRecord>, StoreError> {
        Ok(self.state().changes_of(filter))
    }

    fn change(&self, id: i64) -> Result<Option<ChangeRecord>, StoreError> {
        Ok(self.state().change_of(id))
    }

    fn entries(&self, change: i64, behind: Option<i64>, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.state().entries_of(|entry| entry.change == change && Some(entry.number) > behind);
        entries.truncate(limit);
        Ok(entries)
    }

    fn versions(
        &self,
        collection: &Collection,
        id: &FeatureId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let is_before = |entry: &Entry| before.is_none_or(|before| entry.number < before);
        let of_row = |entry: &Entry| entry.collection == collection.id && entry.id == *id && is_before(entry);
        let mut entries = self.state().entries_of(of_row);
        entries.reverse();
        entries.truncate(limit);
        Ok(entries)
    }

    fn scan_at(
        &self,
        collection: &Collection,
        at: DateTime<Utc>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let rows = find(&self.state(), collection)?.rows_at(at);
        rows.into_iter().try_for_each(each)
    }

    fn quarter_acts(&self) -> Result<Vec<QuarterAct>, StoreError> {
        Ok(self.state().acts.clone())
    }

    fn record_quarter(&self, act: QuarterAct) -> Result<QuarterAct, StoreError> {
        self.written(|state| {
            may_follow(&state.acts, &act)?;
            let number = state.acts.len() as i64 + 1;
            let act = QuarterAct { number, at: Utc::now().trunc_subsecs(3), ..act };
            state.acts.push(act.clone());
            // Everything that is served may be another now.
            state.others += 1;
            Ok(act)
        })
    }

    fn audit(&self, each: &mut dyn FnMut(Piece) -> Result<(), StoreError>) -> Result<Option<ChainHead>, StoreError> {
        let state = self.state().clone();
        state.chain(each).map(Some)
    }

    fn verify(&self, known: Option<(i64, &str)>) -> Result<Option<Verdict>, StoreError> {
        let state = self.state().clone();
        state.verified(known).map(Some)
    }

    fn users(&self) -> Result<Users, StoreError> {
        Ok(self.state().users.clone())
    }

    fn put_user(&self, user: &User, token: Option<&NewToken>) -> Result<Option<i64>, StoreError> {
        let mut state = self.state();
        state.others += 1;
        match state.users.users.iter_mut().find(|known| known.name == user.name) {
            Some(known) => known.account = user.account.clone(),
            None => state.users.users.push(user.clone()),
        }
        state.users.users.sort_by(|a, b| a.name.cmp(&b.name));
        let Some(token) = token else { return Ok(None) };
        state.last_token += 1;
        let id = state.last_token;
        let NewToken { digest, made_at, expires_at } = token.clone();
        state.users.tokens.push(KnownToken { id, user: user.name.clone(), digest, made_at, expires_at });
        Ok(Some(id))
    }

    fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        let mut state = self.state();
        state.others += 1;
        let before = state.users.users.len();
        state.users.users.retain(|user| user.name != name);
        state.users.tokens.retain(|token| token.user != name);
        Ok(state.users.users.len() < before)
    }

    fn revoke_token(&self, user: &str, id: i64) -> Result<bool, StoreError> {
        let mut state = self.state();
        state.others += 1;
        let before = state.users.tokens.len();
        state.users.tokens.retain(|token| token.id != id || token.user != user);
        Ok(state.users.tokens.len() < before)
    }

    fn propose(&self, proposed: &Proposed) -> Result<i64, StoreError> {
        let mut state = self.state();
        let waits = |one: &&Proposal| one.proposed.who == proposed.who && one.state == ProposalState::Open;
        if state.proposals.iter().filter(waits).count() >= MAX_OPEN_PROPOSALS {
            return Err(too_many_open());
        }
        state.others += 1;
        let id = state.proposals.len() as i64 + 1;
        state.proposals.push(Proposal {
            id,
            proposed: proposed.clone(),
            at: Utc::now(),
            state: ProposalState::Open,
            decided_by: None,
            decided_at: None,
            note: None,
        });
        Ok(id)
    }

    fn told(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        Ok(self.state().told.clone())
    }

    fn set_told(&self, receiver: &str, change: i64) -> Result<(), StoreError> {
        let mut state = self.state();
        let known = state.told.entry(receiver.to_owned()).or_insert(change);
        *known = change.max(*known);
        Ok(())
    }

    fn proposals(&self, wanted: Option<ProposalState>) -> Result<Vec<Proposal>, StoreError> {
        let state = self.state();
        let newest =
            state.proposals.iter().rev().filter(|proposal| wanted.is_none_or(|wanted| proposal.state == wanted));
        let bare = |proposal: &Proposal| {
            let proposed = Proposed { edits: String::new(), ..proposal.proposed.clone() };
            Proposal { proposed, ..proposal.clone() }
        };
        Ok(newest.take(MAX_PROPOSALS).map(bare).collect())
    }

    fn proposal(&self, id: i64) -> Result<Option<Proposal>, StoreError> {
        Ok(self.state().proposals.iter().find(|proposal| proposal.id == id).cloned())
    }

    fn decide_proposal(
        &self,
        id: i64,
        decided: ProposalState,
        by: &str,
        note: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        state.others += 1;
        let is_open = |proposal: &&mut Proposal| proposal.id == id && proposal.state == ProposalState::Open;
        let Some(open) = state.proposals.iter_mut().find(is_open) else { return Ok(false) };
        open.state = decided;
        open.decided_by = Some(by.to_owned());
        open.decided_at = Some(Utc::now());
        open.note = note.map(str::to_owned);
        Ok(true)
    }
}
