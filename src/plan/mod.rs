//! A 1/500 detailed plan, reviewed: facts and geometry go in ([`Plan`]), findings come out ([`PlanReview`]).
//!
//! ```text
//! Standards ─┐
//! Plan      ─┼─► review ─► PlanReview { balance, lots, checks, findings, proposed violations }
//! as_of     ─┘
//! ```
//!
//! Everything here is in the plan's own VN-2000 zone, in metres, with x as easting. Nothing is transformed, so what is
//! measured carries the millimetres of the drawing.
//!
//! How a drawing becomes such a plan is told in [`drawing`]. What is not here: reading registers or files, the wire format,
//! today's date. What must not happen here: a missing fact counted as a pass or as a fault. It gives [`Verdict::Unknown`] and
//! says what is missing.

pub mod compare;
mod decision;
pub mod drawing;
pub mod finding;
mod ground;
pub mod model;
mod nodes;
pub mod review;
mod scale;
mod tiling;

pub use compare::compare;
pub use decision::facts_mark;
pub use finding::{
    Balance, BalanceRow, Check, Comparison, Finding, FindingKind, ItemPlace, Lot, LotChange, PlanReview,
    ProposedViolation, Severity, Verdict, digits_apart,
};
pub use model::{Building, LineKind, Parcel, Plan, PlanDates, PlanLine, PlanSite, PlanStation, Waterway};
pub use review::review;
pub use scale::scale_factor;
