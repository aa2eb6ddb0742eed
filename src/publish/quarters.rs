//! Quarters that are signed off, as they were signed.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::review;
use super::sites::Facts;
use crate::compliance::{Review, Standards};
use crate::domain::frozen::speaks_of;
use crate::store::record::{ChangeFilter, Entry, Image, QuarterAct, sign_offs};
use crate::store::{ANOTHER_PROGRAM, Store, StoreError};

/// A quarter whose sign-off holds.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedQuarter {
    /// As `2026-Q3`.
    pub quarter: String,
    pub last_day: NaiveDate,
    pub at: DateTime<Utc>,
    pub who: String,
    /// SHA-256 of the figures as they are kept.
    pub sha256: String,
    /// What was signed.
    pub figures: Value,
}

/// The sign-offs of a store that hold. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct SignedQuarters {
    /// Number of the newest act that was read.
    newest: i64,
    quarters: Arc<Vec<SignedQuarter>>,
}

impl SignedQuarters {
    /// What holds now, taken over from the last time where nothing was signed or reopened since.
    ///
    /// # Errors
    /// What the store says; when the figures of a sign-off are no JSON any more.
    pub fn read_after(&self, store: &dyn Store) -> Result<SignedQuarters, StoreError> {
        let acts = store.quarter_acts()?;
        let newest = acts.last().map_or(0, |act| act.number);
        if newest == self.newest {
            return Ok(self.clone());
        }
        let signed = |act: &QuarterAct| {
            let figures = act.figures.as_deref().unwrap_or_default();
            let broken = |e| StoreError::Schema(format!("the figures signed for {} are no JSON: {e}", act.quarter));
            Ok(SignedQuarter {
                quarter: act.quarter.clone(),
                last_day: act.last_day,
                at: act.at,
                who: act.who.clone(),
                sha256: act.sha256.clone().unwrap_or_default(),
                figures: serde_json::from_str(figures).map_err(broken)?,
            })
        };
        let quarters = sign_offs(&acts).into_iter().map(signed).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(SignedQuarters { newest, quarters: Arc::new(quarters) })
    }

    /// The sign-off of the quarter that ends on a day.
    pub fn ending_on(&self, day: NaiveDate) -> Option<&SignedQuarter> {
        self.quarters.iter().find(|signed| signed.last_day == day)
    }
}

/// Every site as the registers say it stood on a day, read from the store itself: what is signed is what is on record at
/// that moment. Blocks as long as reading the registers takes.
///
/// # Errors
/// What the store says.
pub fn review_of(store: &dyn Store, standards: &Standards, day: NaiveDate) -> Result<Review, StoreError> {
    Ok(review(&Facts::read(store, &store.collections()?)?, standards, day))
}

/// Changes of other programs that are looked through for what they did to signed quarters, and rows of each.
const MAX_CHANGES: usize = 1000;

/// A row of a signed time that another program wrote into the file, where nobody could refuse it.
#[derive(Debug, Clone, PartialEq)]
pub struct Touched {
    pub entry: Entry,
    /// The field by which it speaks of the signed time.
    pub field: &'static str,
    pub day: NaiveDate,
    pub quarter: String,
}

/// What other programs have changed of signed quarters since they were signed, newest first; of the newest thousand of their
/// changes.
///
/// # Errors
/// What the store says.
pub fn touched_by_others(store: &dyn Store, acts: &[QuarterAct]) -> Result<Vec<Touched>, StoreError> {
    let held = sign_offs(acts);
    let Some(since) = held.iter().map(|act| act.at).min() else { return Ok(Vec::new()) };
    let filter = ChangeFilter {
        who: Some(ANOTHER_PROGRAM.to_owned()),
        since: Some(since),
        limit: MAX_CHANGES,
        ..ChangeFilter::default()
    };
    let declarations = store.collections()?;
    let mut touched = Vec::new();
    for change in store.changes(&filter)? {
        for entry in store.entries(change.id, None, MAX_CHANGES)? {
            let declared = declarations.iter().find(|declared| declared.id == entry.collection);
            let Some(declared) = declared else { continue };
            let values = |image: &Option<Image>| image.as_ref().map(|(values, _)| values.clone());
            let (before, after) = (values(&entry.before), values(&entry.after));
            let spoken = held.iter().filter(|act| act.at < entry.at).find_map(|act| {
                let (field, day) = speaks_of(declared, before.as_deref(), after.as_deref(), act.last_day)?;
                Some((field, day, act.quarter.clone()))
            });
            if let Some((field, day, quarter)) = spoken {
                touched.push(Touched { entry, field, day, quarter });
            }
        }
    }
    Ok(touched)
}
