//! Rows of a collection that stays in the database, of which a visitor sees some alone: the database is asked for those, and
//! what comes is looked at again.

use std::collections::HashSet;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Remotely;
use crate::domain::Value;
use crate::filter::sql::{Bind, Name, Sql, sql};
use crate::geom::Envelope;
use crate::publish::collection::PublishedCollection;
use crate::store::Row;

/// Rows whose text in a field is one of some.
#[derive(Clone)]
pub struct Shown {
    field: String,
    at: usize,
    /// Ascending.
    texts: Arc<Vec<String>>,
}

impl Shown {
    pub fn field(&self) -> &str {
        &self.field
    }

    pub fn has(&self, row: &Row) -> bool {
        matches!(row.values.get(self.at), Some(Value::Text(text)) if self.texts.binary_search(text).is_ok())
    }

    /// The same for the database.
    pub fn condition(&self) -> Sql {
        sql!("(", Name::new(&self.field), " = ANY (", Bind::Texts(self.texts.to_vec()), "))")
    }
}

/// What a visitor is told of a collection of which he sees some rows.
pub struct Sight {
    /// The texts of the field that are shown.
    pub texts: HashSet<String>,
    /// About how many rows are seen.
    pub rows: u64,
    /// Around their places, in CRS84.
    pub extent: Option<Envelope>,
}

impl PublishedCollection {
    /// The same collection, of which those rows alone are seen whose text in a field is one of some; itself where it holds its
    /// rows.
    pub(in crate::publish) fn showing(&self, field: usize, sight: Sight) -> PublishedCollection {
        let Some(remote) = &self.remote else { return self.clone() };
        // No text of the database holds a NUL, nor can one be asked for.
        let mut texts: Vec<String> = sight.texts.into_iter().filter(|text| !text.contains('\0')).collect();
        texts.sort_unstable();
        let mut new = self.clone();
        new.extent = sight.extent;
        // Whoever keeps what one sight shows must not take it for what another shows.
        let mut told = texts.join("\n").into_bytes();
        told.push(0);
        told.extend(sight.rows.to_le_bytes());
        told.extend(sight.extent.iter().flat_map(Envelope::to_array).flat_map(f64::to_le_bytes));
        new.hash = xxh3_64_with_seed(&told, self.hash);
        let name = self.declaration.fields.get(field).map(|field| field.name.clone()).unwrap_or_default();
        let shown = Some(Shown { field: name, at: field, texts: Arc::new(texts) });
        // Rows that come first may be among those that are not seen.
        let (leads, rows, is_counted) = (Vec::new(), sight.rows, false);
        new.remote = Some(Arc::new(Remotely { leads, rows, is_counted, shown, ..Remotely::clone(remote) }));
        new
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::domain::{Collection, FeatureId, catalog};
    use crate::publish::remote::{Journal, no_counts};
    use crate::store::remote::{Described, Later, Remote, RemoteError, Walk, Wanted};

    /// A database that gives nothing, and whose streams break off.
    struct Nothing;

    fn nothing<'a, T: 'a>() -> Later<'a, T> {
        Box::pin(async { Err(RemoteError::Busy) })
    }

    impl Remote for Nothing {
        fn has_more_than<'a>(&'a self, _: &'a Collection, _: u64) -> Later<'a, bool> {
            nothing()
        }

        fn describe<'a>(&'a self, _: &'a Collection) -> Later<'a, Described> {
            nothing()
        }

        fn rows(&self, _: Wanted) -> Later<'_, Vec<Row>> {
            nothing()
        }

        fn count<'a>(&'a self, _: &'a Collection, _: Option<Sql>, _: u64) -> Later<'a, Option<u64>> {
            nothing()
        }

        fn stream(&self, _: Wanted) -> Later<'_, Walk> {
            Box::pin(async { Ok(Walk::new(mpsc::channel(1).1)) })
        }
    }

    fn sight(texts: &[&str], rows: u64, extent: Option<Envelope>) -> Sight {
        Sight { texts: texts.iter().map(|text| (*text).to_owned()).collect(), rows, extent }
    }

    /// Lots that stay in such a database.
    fn lots(runtime: &tokio::runtime::Runtime) -> PublishedCollection {
        let lots = catalog::collection("plan_parcels").unwrap();
        let mut whole = PublishedCollection::empty(lots.clone());
        whole.remote = Some(Arc::new(Remotely {
            reads: Arc::new(Nothing),
            runtime: runtime.handle().clone(),
            collection: Arc::new(lots.clone()),
            leads: vec![7],
            rows: 9,
            is_counted: true,
            srid: 0,
            has_null_places: false,
            has_empty_places: false,
            extent: None,
            journal: Journal::default(),
            counts: no_counts(),
            shown: None,
        }));
        whole
    }

    #[test]
    fn a_walk_that_breaks_off_is_not_taken_for_a_whole_one() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let walked = lots(&runtime).remote.unwrap().scan(Vec::new(), |_| Ok(()));
        assert!(walked.unwrap_err().to_string().contains("broke off"));
    }

    #[test]
    fn a_sight_shows_its_rows_alone_and_is_known_by_all_that_it_tells() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let whole = lots(&runtime);
        let lots = &whole.declaration;
        let (at, _) = lots.field("plan_id").unwrap();
        let of = |texts: &[&str], rows, extent| whole.showing(at, sight(texts, rows, extent));
        let seen = of(&["b", "a", "x\0"], 3, None);
        let remote = seen.remote.as_ref().unwrap();
        assert_eq!((remote.leads(), remote.rows()), (&[][..], (3, false)));
        // What is drawn of all rows must never be drawn for whoever sees some.
        assert!(!remote.is_whole() && whole.remote.as_ref().unwrap().is_whole());
        let (_, values) = remote.shown.as_ref().unwrap().condition().render();
        assert_eq!(values, [Bind::Texts(vec!["a".to_owned(), "b".to_owned()])]);
        let row = |fid, plan: Value| {
            let mut values = vec![Value::Null; lots.stored_fields().count()];
            values[at] = plan;
            Row { fid, id: FeatureId::from_fid(fid), values, shape: None }
        };
        let rows = vec![row(1, "a".into()), row(2, "c".into()), row(3, Value::Null), row(4, "b".into())];
        let few = seen.of_rows(rows).unwrap();
        assert_eq!((0..few.len() as u32).filter_map(|row| few.fid(row)).collect::<Vec<_>>(), [1, 4]);
        let one = Envelope::new(105.0, 21.0, 106.0, 22.0);
        assert_eq!(of(&["a", "b"], 3, one).hash, of(&["b", "a"], 3, one).hash);
        let others = [of(&["a"], 3, one), of(&["a", "b"], 4, one), of(&["a", "b"], 3, None), whole.clone()];
        assert!(others.iter().all(|other| other.hash != of(&["a", "b"], 3, one).hash));
    }
}
