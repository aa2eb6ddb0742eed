#![no_main]

#[path = "../checks/parameters.rs"]
mod parameters;

// The sample is made first: what that covers is no merit of an input.
libfuzzer_sys::fuzz_target!(init: parameters::check(b"0limit=1"), |data: &[u8]| parameters::check(data));
