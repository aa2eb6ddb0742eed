//! Who may do what, over the real program: first everything that must be refused.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

#[path = "access/commands.rs"]
mod commands;
#[path = "access/credentials.rs"]
mod credentials;
#[path = "access/fixtures.rs"]
mod fixtures;
#[path = "access/identity.rs"]
mod identity;
#[path = "access/matrix.rs"]
mod matrix;
#[path = "access/proposals.rs"]
mod proposals;
#[path = "access/restricted.rs"]
mod restricted;
#[path = "access/sites.rs"]
mod sites;
#[path = "access/tricks.rs"]
mod tricks;
