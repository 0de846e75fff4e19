//! The `pickle-lsp` binary: reads Python pickles as source code, in the editor (`server`) and without one (`lint`,
//! `disassemble`, `assemble`).
//!
//! Everything here is I/O, JSON and printing; what a pickle means is said by the crates in `server/crates`. Nothing of
//! a pickle is ever executed, imported or resolved.

mod baseline;
mod cache;
mod cli;
mod digest;
mod examine;
mod inner;
mod json;
mod lsp;
mod members;
mod output;
mod paths;
mod pool;
mod replacement;
mod report;
mod scan;
mod settings;
mod source;
mod worth;

use std::process::ExitCode;

fn main() -> ExitCode {
    output::force_colour();
    cli::run()
}
