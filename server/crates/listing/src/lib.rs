//! Text form of a pickle, and the two-way map between text and bytes.
//!
//! One op is one row: offset, mnemonic, operand as a Python literal, indented by the marks around it. Bytes that are no
//! op have rows of their own, so every byte of a stream belongs to exactly one row, or to one elision. Text is UTF-8 with
//! `\n`, no tabs and no trailing blanks; control, bidirectional and invisible characters are escaped.
//!
//! - [`row`]: what a row says, token by token;
//! - [`layout`]: which row of the whole listing is where in the bytes;
//! - [`view`]: a listing, or a part of one, within a budget, with its map;
//! - [`rows`]: what a view and a text that is edited have in common;
//! - [`full`]: a listing of any length, for files and pipes;
//! - [`text`]: from text back to bytes;
//! - [`edit`]: rewrites of a text.
//!
//! The text depends on the bytes alone: not on rules, their findings or settings. No I/O, no JSON, no LSP.

pub mod edit;
pub mod full;
pub mod layout;
pub mod operand;
pub mod row;
pub mod rows;
pub mod text;
pub mod view;

pub use layout::Layout;
pub use row::{Sink, TokenKind};
pub use rows::Rows;
pub use view::{Budget, Selection, View};
