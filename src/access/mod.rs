//! Who may do what: roles, grants by collection and district, tokens, proposals, and the decision with its reason.
//!
//! Pure: it is told who is on record, what a row was and shall be, and what time it is. A decision that cannot be made is a
//! refusal: a row whose district is not known belongs to nobody but those who have all districts.

mod area;
mod decision;
mod failures;
pub mod identity;
mod proposal;
mod token;
mod user;

pub use area::{Area, Belonging, DEFINED_BY, Owner, Territory, belonging, district_key, is_commune_code};
pub use decision::{Action, Denied, Permit, decide};
pub use failures::{Failures, MAX_FAILURES};
pub use proposal::{Proposal, ProposalState, Proposed};
pub use token::{Digest, PREFIX, Secret, Token};
pub use user::{
    Account, Grant, How, KnownToken, MAX_NAME, NameFault, Refusal, Role, User, Users, Viewer, check_name,
    is_valid_until,
};
