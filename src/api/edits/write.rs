//! Orders to write, carried out on the thread that writes: judged one after the other, then written in one transaction in
//! which they are judged again.

use std::sync::Arc;

use super::conditions::Conditions;
use crate::api::App;
use crate::api::visitor::{Action, Visitor};
use crate::domain::{Collection, FeatureId, Kind, Value};
use crate::edit::Sent;
use crate::edit::references::{self, Overlay, Rows};
use crate::ogc::problem::{ContentFault, Problem};
use crate::publish::Snapshot;
use crate::publish::version::RowVersion;
use crate::store::{Draft, Edit, Edited, Operation, Origin, Row, Store, StoreError};

/// What is to become of a row.
#[derive(Debug, Clone)]
pub enum What {
    Create(Sent),
    Replace(Sent),
    Update(Sent),
    Delete,
}

impl What {
    pub fn action(&self, is_there: bool) -> Action {
        match self {
            What::Create(_) => Action::Create,
            What::Delete => Action::Delete,
            What::Replace(_) | What::Update(_) if is_there => Action::Update,
            What::Replace(_) | What::Update(_) => Action::Create,
        }
    }

    fn sent(&self) -> Option<&Sent> {
        match self {
            What::Create(sent) | What::Replace(sent) | What::Update(sent) => Some(sent),
            What::Delete => None,
        }
    }
}

/// An order to write one row.
#[derive(Debug, Clone)]
pub struct Order {
    pub collection: Collection,
    /// `None` where a new row gets an id of its own.
    pub id: Option<FeatureId>,
    pub what: What,
    pub conditions: Conditions,
    /// The values of all its fields as they are served, derived ones too; none where it is not there.
    pub served: Vec<Value>,
    /// Where its feature is in the body.
    pub pointer: String,
}

impl Order {
    /// How people name its row.
    pub fn name(&self) -> String {
        let id = self.id.as_ref().map_or("", FeatureId::as_str);
        format!("{}/{id}", self.collection.id)
    }
}

/// An order that was not carried out, by its position, and why.
#[derive(Debug)]
pub struct Refused {
    pub at: usize,
    pub problem: Problem,
}

/// The registers as the store has them while it is written.
struct Registers<'a> {
    store: &'a dyn Store,
    snapshot: &'a Snapshot,
}

impl Rows for Registers<'_> {
    fn find(&self, collection: &str, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        let Some(published) = self.snapshot.collection(collection) else { return Ok(None) };
        self.store.find(&published.declaration, id)
    }

    fn holders(
        &self,
        collection: &Collection,
        field: &str,
        text: &str,
        most: usize,
    ) -> Result<Vec<FeatureId>, StoreError> {
        self.store.holders(collection, field, text, most)
    }
}

/// What is the store's fault, and not the client's.
pub fn failed(error: StoreError) -> Problem {
    match error {
        StoreError::Conflict { collection, id } => {
            let detail = format!(
                "'{collection}' đã có đối tượng '{id}' / collection '{collection}' already has a feature '{id}'"
            );
            Problem::Conflict { detail, rows: vec![(collection, id)] }
        }
        StoreError::Frozen { ref collection, ref id, .. } => {
            Problem::Conflict { detail: error.to_string(), rows: vec![(collection.clone(), id.clone())] }
        }
        StoreError::Quarter(detail) => Problem::Conflict { detail, rows: Vec::new() },
        StoreError::ReadOnly(reason) => Problem::Forbidden(reason),
        StoreError::NoCollection(id) => {
            Problem::NotFound(format!("không có tập dữ liệu '{id}' / there is no collection '{id}'"))
        }
        StoreError::Busy(_) | StoreError::Unreachable { .. } => Problem::Busy(error.to_string()),
        StoreError::Unfit { reason, .. } => {
            Problem::Unprocessable(vec![ContentFault { pointer: String::new(), detail: reason }])
        }
        StoreError::Full(_) => {
            tracing::error!(%error, "an edit failed");
            Problem::NoRoom(error.to_string())
        }
        other => {
            tracing::error!(error = %other, "an edit failed");
            Problem::Internal
        }
    }
}

/// Carries orders out for a visitor.
pub struct Clerk<'a> {
    pub app: &'a App,
    pub visitor: &'a Visitor,
    pub snapshot: &'a Arc<Snapshot>,
    pub store: &'a dyn Store,
}

impl Clerk<'_> {
    fn rows(&self) -> Registers<'_> {
        Registers { store: self.store, snapshot: self.snapshot }
    }

    /// What an order makes of a row, `None` where the row shall be gone.
    fn judge(&self, order: &Order, before: Option<&Row>, overlay: &Overlay) -> Result<Option<Draft>, Problem> {
        let Order { collection, id, what, conditions, served, pointer } = order;
        let action = what.action(before.is_some());
        let rows = self.rows();
        let find = |of: &Collection, id: &FeatureId| overlay.row(&rows, &of.id, id).ok().flatten();
        let may = |after: Option<&Draft>| self.app.may_among(&find, self.visitor, action, collection, before, after);
        may(None)?;
        let version = before.map(|row| RowVersion::of(collection, row));
        if let Some(detail) = conditions.broken(version) {
            return Err(Problem::PreconditionFailed { detail: detail.to_owned(), etag: None, current: None });
        }
        let name = id.as_ref().map(FeatureId::to_string).unwrap_or_default();
        let may_create = match what {
            What::Create(_) => true,
            What::Replace(_) => conditions.only_creates(),
            What::Update(_) | What::Delete => false,
        };
        match before {
            Some(_) if matches!(what, What::Create(_)) => {
                return Err(failed(StoreError::Conflict { collection: collection.id.clone(), id: name }));
            }
            None if !may_create => {
                return Err(Problem::NotFound(format!(
                    "'{0}' không có đối tượng '{name}' / collection '{0}' has no feature '{name}'",
                    collection.id
                )));
            }
            None => self.refuse_used(order)?,
            Some(_) => {}
        }
        let Some(sent) = what.sent() else {
            let id = id.as_ref().or(before.map(|row| &row.id));
            if let Some(id) = id {
                self.refuse_named(collection, id, overlay)?;
            }
            return Ok(None);
        };
        let unprocessable = |faults: Vec<crate::edit::Fault>| {
            let each = faults.into_iter().map(|fault| fault.within(pointer));
            Problem::Unprocessable(
                each.map(|fault| ContentFault { pointer: fault.pointer, detail: fault.detail }).collect(),
            )
        };
        let (draft, mut faults) = match sent.draft(collection, before, served) {
            Ok(draft) => (Some(draft), Vec::new()),
            Err(faults) => (None, faults),
        };
        let named = sent.references(collection, before);
        faults.extend(references::missing(collection, before, &named, overlay, &self.rows()).map_err(failed)?);
        let Some(draft) = draft.filter(|_| faults.is_empty()) else { return Err(unprocessable(faults)) };
        may(Some(&draft))?;
        Ok(Some(draft))
    }

    /// Refuses an id that was a feature's which is gone: ids are never given twice.
    fn refuse_used(&self, order: &Order) -> Result<(), Problem> {
        let Some(id) = &order.id else { return Ok(()) };
        if self.store.history(&order.collection, id).map_err(failed)?.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "'{id}' là mã của một đối tượng đã xóa: chọn mã khác, hoặc hoàn tác việc xóa / \
             '{id}' was the id of a feature that is gone: choose another, or undo what deleted it"
        );
        Err(Problem::Conflict { detail, rows: vec![(order.collection.id.clone(), id.to_string())] })
    }

    /// Refuses to delete what others name.
    fn refuse_named(&self, collection: &Collection, id: &FeatureId, overlay: &Overlay) -> Result<(), Problem> {
        let declared = self.snapshot.collections.iter().map(|published| &published.declaration);
        let registers: Vec<&Collection> = declared.filter(|declared| declared.kind == Kind::Register).collect();
        let rows = references::holders(&collection.id, id, &registers, overlay, &self.rows()).map_err(failed)?;
        if rows.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "còn bản ghi khác thuộc '{id}' của '{0}': xóa hoặc chuyển chúng trước / \
             other rows belong to '{id}' of '{0}': delete or move them first",
            collection.id
        );
        Err(Problem::Conflict { detail, rows })
    }

    /// What orders would do, without writing: each with its operation. All faults of content are told together.
    pub fn planned(&self, orders: &[Order]) -> Result<Vec<Edited>, Refused> {
        let mut overlay = Overlay::default();
        let mut edited = Vec::with_capacity(orders.len());
        let mut faults: Option<(usize, Vec<ContentFault>)> = None;
        let mut refused: Option<Refused> = None;
        for (at, order) in orders.iter().enumerate() {
            let before = match &order.id {
                Some(id) => overlay.row(&self.rows(), &order.collection.id, id),
                None => Ok(None),
            };
            let judged = before.map_err(failed).and_then(|before| {
                let after = self.judge(order, before.as_ref(), &overlay)?;
                Ok((before, after))
            });
            match judged {
                Ok((before, after)) => edited.push(planned(order, before, after, &mut overlay)),
                Err(Problem::Unprocessable(more)) => {
                    faults.get_or_insert_with(|| (at, Vec::new())).1.extend(more);
                }
                Err(problem) => {
                    refused.get_or_insert(Refused { at, problem });
                }
            }
        }
        match (refused, faults) {
            (Some(refused), _) => Err(refused),
            (None, Some((at, faults))) => Err(Refused { at, problem: Problem::Unprocessable(faults) }),
            (None, None) => Ok(edited),
        }
    }

    /// Carries orders out, all or none.
    pub fn written(&self, orders: &[Order], origin: &Origin) -> Result<Vec<Edited>, Refused> {
        self.planned(orders)?;
        let overlay = std::cell::RefCell::new(Overlay::default());
        let refused = std::cell::RefCell::new(None);
        let mut makes: Vec<_> = orders
            .iter()
            .enumerate()
            .map(|(at, order)| {
                let (overlay, refused) = (&overlay, &refused);
                move |before: Option<&Row>| {
                    let after = self.judge(order, before, &overlay.borrow());
                    let after = after.map_err(|problem| {
                        *refused.borrow_mut() = Some(Refused { at, problem });
                        StoreError::Stopped("an edit was refused".to_owned())
                    })?;
                    planned(order, before.cloned(), after.clone(), &mut overlay.borrow_mut());
                    Ok(after)
                }
            })
            .collect();
        let edits = orders.iter().zip(&mut makes).map(|(order, make)| Edit {
            collection: &order.collection,
            id: order.id.clone(),
            make,
        });
        let edited = self.store.edit(edits.collect(), origin);
        drop(makes);
        edited.map_err(|error| refused.into_inner().unwrap_or_else(|| Refused { at: 0, problem: failed(error) }))
    }
}

/// What an order does to a row, noted for those behind it.
fn planned(order: &Order, before: Option<Row>, after: Option<Draft>, overlay: &mut Overlay) -> Edited {
    let collection = &order.collection.id;
    let operation = match (&before, &after) {
        (None, None) => None,
        (None, Some(_)) => Some(Operation::Insert),
        (Some(_), None) => Some(Operation::Delete),
        (Some(row), Some(draft)) if row.values == draft.values && row.shape == draft.shape => None,
        (Some(_), Some(_)) => Some(Operation::Update),
    };
    let fid = before.map_or(0, |row| row.fid);
    let id = order.id.clone();
    let row = after.map(|draft| Row {
        fid,
        id: id.clone().unwrap_or_else(|| FeatureId::from_fid(0)),
        values: draft.values,
        shape: draft.shape,
    });
    overlay.note(collection, id.as_ref(), row.as_ref());
    Edited { id: id.unwrap_or_else(|| FeatureId::from_fid(0)), operation, row, change_id: None }
}
