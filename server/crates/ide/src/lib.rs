//! Editor features as plain functions over plain data.
//!
//! Each feature is a file with one function that takes a [`Context`] and a place, and gives plain structs: offsets of ops in
//! the stream, rows of the view (from 0), columns in bytes of UTF-8. No LSP type, no JSON, no I/O: the server converts.

pub mod actions;
pub mod completion;
mod context;
pub mod definition;
pub mod folding;
pub mod highlights;
pub mod hover;
pub mod inlay_hints;
pub mod links;
pub mod references;
pub mod rename;
pub mod semantic_tokens;
mod shapes;
pub mod sheet;
mod stack_global;
pub mod symbols;

#[cfg(test)]
mod fixture;

pub use context::{Context, Position, Span};
pub use sheet::Sheet;
