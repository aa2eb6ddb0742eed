//! Parses arguments, runs the command, prints the error; nothing else.

use clap::Parser;
use langxanh::cli::Cli;

fn main() -> std::process::ExitCode {
    match Cli::parse().run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("langxanh: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
