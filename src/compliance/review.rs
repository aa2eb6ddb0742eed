//! All sites on one day: what targets, duties and statistics are counted from.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::assessment::Assessment;
use super::law::SiteCollection;
use super::site::SiteFacts;

/// A site's key: its collection and id.
pub type SiteKey = (SiteCollection, String);

/// A site with what the registers and the rules say of it on the day of the review.
#[derive(Debug, Clone)]
pub struct ReviewedSite {
    /// What was on record, dates after the day of the review included: rules read it through [`super::site::Known`].
    pub facts: Arc<SiteFacts>,
    /// What the rules say.
    pub assessment: Arc<Assessment>,
}

/// Every site as it stood on one day.
#[derive(Debug, Clone)]
pub struct Review {
    /// The day.
    pub as_of: NaiveDate,
    /// The sites, clusters before villages, by id.
    pub sites: BTreeMap<SiteKey, ReviewedSite>,
}

impl Review {
    /// The assessment of one site.
    pub fn assessment(&self, key: &SiteKey) -> Option<&Arc<Assessment>> {
        self.sites.get(key).map(|site| &site.assessment)
    }
}
