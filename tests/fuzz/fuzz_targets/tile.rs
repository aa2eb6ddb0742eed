#![no_main]

#[path = "../checks/tile.rs"]
mod tile;

libfuzzer_sys::fuzz_target!(|data: &[u8]| tile::check(data));
