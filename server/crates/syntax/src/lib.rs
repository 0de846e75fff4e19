//! The syntax of a listing while it is edited.
//!
//! - [`buffer`]: the text as a rope, with a tree that is parsed again only where it changed;
//! - [`tree`]: one state of the text with its tree: rows, tokens, what stands around a place.
//!
//! Rows end at `\n`; everything counts from 0, columns in bytes of UTF-8. What rows mean, and whether they are right, is for
//! others to say: every text has a tree. No I/O, no JSON, no LSP.

pub mod buffer;
pub mod tree;

pub use buffer::Buffer;
pub use tree::Tree;
