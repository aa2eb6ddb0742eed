//! Build script: the page is embedded into the binary, so a new page makes a new binary.

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo on standard output")]

fn main() {
    println!("cargo:rerun-if-changed=static/dist");
    println!("cargo:rerun-if-changed=static/embed.rs");
}
