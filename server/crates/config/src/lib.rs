//! What a project decides: one documented table of options, read from the text of `pickle-lsp.toml` or of
//! `pyproject.toml`.
//!
//! Text in, options out, with every problem and where it stands. [`Options::FIELDS`] describes all keys; the reference page,
//! the schema and the settings of editors are made of it. This crate finds no files, knows no rules by name (a
//! [`Vocabulary`] does), and does no I/O.

mod fields;
mod globs;
mod kind;
mod options;
mod problem;
mod read;
mod suggest;
mod values;

pub use fields::Field;
pub use globs::{FileGlobs, PerFileIgnores};
pub use kind::{Format, Kind};
pub use options::{Entry, Limits, Options};
pub use problem::{Position, Problem, position};
pub use read::{Read, TABLE, Vocabulary, own_file, pyproject};
pub use suggest::closest;
pub use values::{Bar, Glob, Level, Pattern, PresetName, PythonVersion, RuleSelector, Setting, Text, Toml};
