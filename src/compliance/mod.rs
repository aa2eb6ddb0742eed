//! The review of a site against the rules that bind it on a date.
//!
//! Facts go in ([`SiteFacts`]), the law comes from data ([`Standards`]), an [`Assessment`] comes out: each rule's
//! outcome with its evidence and legal basis, and the attributes a site carries on the map ([`Attached`]).
//!
//! ```text
//! Standards  ─┐
//! SiteFacts  ─┼─► assess_site ─► rules::catalogue() ─► Assessment ─► Attached
//! as_of      ─┘                     └─ effluent (limits, sample sets) ─ measurement (reported values)
//! ```
//!
//! A rule that is put together from others asks them through its [`rules::Context`], so each is decided in one place.
//!
//! Over all sites of a day ([`Review`]) stand the counts and lists: [`targets`] of the city's plans, [`duties`] and what they
//! leave undone, [`quality`] of the data; [`series`] holds every sample of a site against its own limit.
//!
//! What is not here: reading files or stores, the wire format, today's date. What must not happen here: a missing fact
//! counted as a pass or as a breach. It gives [`Outcome::Unknown`] and says what is missing.
//! No legal number stands in the code; each comes from `data/standards/` with its document, dates and confidence.

pub mod assessment;
mod binding;
pub mod city_plan;
pub mod duties;
pub mod effluent;
pub mod evidence;
pub mod history;
pub mod law;
pub mod measurement;
pub mod outcome;
pub mod plan_law;
pub mod pressure_weights;
pub mod quality;
pub mod remedy;
pub mod review;
pub mod rules;
pub mod safety_distance;
pub mod series;
pub mod site;
pub mod standards;
mod table;
pub mod targets;
#[cfg(test)]
mod tests;
mod words;

pub use assessment::{Assessment, Attached, RuleAssessment, assess_site};
pub use effluent::{DischargePoint, Limit, NoLimit, Sample, SampleSetAssessment, assess_sample_set};
pub use evidence::{Evidence, Missing, RowRef};
pub use law::{Confidence, LegalBasis, Severity, SiteCollection, Text};
pub use measurement::{Censoring, Measurement};
pub use outcome::{Outcome, Status, Verdict};
pub use review::{Review, ReviewedSite, SiteKey};
pub use site::SiteFacts;
pub use standards::Standards;
pub use table::StandardsError;
