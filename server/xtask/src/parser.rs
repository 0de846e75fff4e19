//! The parser that `tree-sitter generate` makes of the grammar, and whether it is that of the grammar as it stands.
//!
//! Neither the tests nor a build need the tree-sitter program: the parser is committed, with a record of the hashes of what
//! it was made from and of what was made. Who changes the grammar installs it (`cargo install tree-sitter-cli`).

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{Problems, root};

const FOLDER: &str = "grammars/tree-sitter-pickleasm";
const RECORD: &str = "src/hashes.txt";

/// The version of the interface that the parser has: the newest that Neovim before 0.11 knows.
const ABI: &str = "14";

/// What the parser is made from, and what is made, below the folder of the grammar.
const INPUTS: [&str; 3] = ["grammar.js", "opcodes.json", "tree-sitter.json"];
const OUTPUTS: [&str; 3] = ["src/parser.c", "src/grammar.json", "src/node-types.json"];

/// Makes the parser again if anything is not as recorded.
pub(crate) fn generate() -> Result<(), Problems> {
    if check().is_ok() {
        return Ok(());
    }
    run().map_err(|problem| vec![problem])?;
    let record = record().map_err(|problem| vec![problem])?;
    fs::write(path(RECORD), record).map_err(|error| vec![format!("{FOLDER}/{RECORD}: {error}")])
}

/// Says whether the parser is stale, or was changed by hand.
pub(crate) fn check() -> Result<(), Problems> {
    let now = record().map_err(|problem| vec![problem])?;
    let then = fs::read_to_string(path(RECORD)).unwrap_or_default();
    let changed = now.lines().filter(|line| !then.lines().any(|known| known == *line));
    let problems: Problems = changed
        .filter_map(|line| line.split_once("  "))
        .map(|(_, name)| {
            format!("{FOLDER}/{name} is not what the parser was made with: run `cargo xtask generate`")
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn path(name: &str) -> PathBuf {
    root().join(FOLDER).join(name)
}

/// A line a file: hash and name.
fn record() -> Result<String, String> {
    let mut record = String::new();
    for name in INPUTS.into_iter().chain(OUTPUTS) {
        let bytes = fs::read(path(name)).map_err(|error| format!("{FOLDER}/{name}: {error}"))?;
        let _ = writeln!(record, "{:016x}  {name}", hash(&bytes));
    }
    Ok(record)
}

/// FNV-1a, over text whose line ends do not matter: a checkout may have others.
fn hash(bytes: &[u8]) -> u64 {
    let text = bytes.iter().filter(|&&byte| byte != b'\r');
    text.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

// This program is for developers of the project.
#[allow(clippy::disallowed_methods)]
fn run() -> Result<(), String> {
    let program = std::env::var("TREE_SITTER").unwrap_or_else(|_| "tree-sitter".into());
    let status =
        Command::new(&program).args(["generate", "--abi", ABI]).current_dir(root().join(FOLDER)).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} generate: {status}")),
        Err(error) => Err(format!(
            "the grammar has changed, and {program} cannot be run ({error}): install it with `cargo install \
             tree-sitter-cli`, or say where it is in TREE_SITTER"
        )),
    }
}
