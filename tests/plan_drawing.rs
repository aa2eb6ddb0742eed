//! Drawings of 1/500 plans taken in and written out, through files. What must be refused comes first.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "plan_drawing/by_ezdxf.rs"]
mod by_ezdxf;
#[path = "plan_drawing/fixtures.rs"]
mod fixtures;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "plan_drawing/reads.rs"]
mod reads;
#[path = "plan_drawing/refuses.rs"]
mod refuses;
#[path = "plan_drawing/stores.rs"]
mod stores;
