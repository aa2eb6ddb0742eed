//! Imports and exports of real files, into the in-memory store. What must be refused comes first.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "import/fixtures.rs"]
mod fixtures;
#[path = "import/hostile.rs"]
mod hostile;
#[path = "import/reads.rs"]
mod reads;
#[path = "import/refuses.rs"]
mod refuses;
#[path = "import/shared.rs"]
mod shared;
#[path = "import/writes.rs"]
mod writes;
