//! Publishing: registers in, an immutable snapshot of every collection out.
pub mod collection;
pub mod columns;
pub mod encode;
