//! Quarters that are signed off, as they were signed.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::review;
use super::sites::Facts;
use crate::compliance::{Review, Standards};
use crate::store::record::{QuarterAct, sign_offs};
use crate::store::{Store, StoreError};

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
