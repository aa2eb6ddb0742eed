#![no_main]

#[path = "../checks/cql2.rs"]
mod cql2;

// The table is made first: what that covers is no merit of an input.
libfuzzer_sys::fuzz_target!(init: cql2::check(b"TRUE"), |data: &[u8]| cql2::check(data));
