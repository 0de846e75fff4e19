//! Repository checks and generated files.
//!
//! `cargo xtask check` fails when a dependency goes against the architecture or a generated file is stale;
//! `cargo xtask generate` writes the generated files.

mod categories;
mod container_page;
mod edges;
mod extension;
mod generate;
mod grammar;
mod opcode_page;
mod options_page;
mod parser;
mod rule_pages;
mod schema;
mod style;

use std::io::Write;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask check | generate";

fn main() -> ExitCode {
    let verb = std::env::args().nth(1);
    let result = match verb.as_deref() {
        Some("check") => check(),
        Some("generate") => generate::write().and_then(|()| parser::generate()),
        _ => Err(vec![USAGE.to_owned()]),
    };
    let Err(problems) = result else { return ExitCode::SUCCESS };
    let mut out = std::io::stderr().lock();
    for problem in problems {
        // Nothing is left to be done about a closed standard error.
        let _ = writeln!(out, "xtask: {problem}");
    }
    ExitCode::FAILURE
}

/// What is wrong, a line each.
type Problems = Vec<String>;

fn check() -> Result<(), Problems> {
    let problems: Problems = [edges::check(), generate::check(), parser::check(), style::check()]
        .into_iter()
        .filter_map(Result::err)
        .flatten()
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The folder of the workspace.
fn root() -> &'static std::path::Path {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}
