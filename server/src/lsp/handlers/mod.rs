//! The requests, one file each: from parameters to an answer, in plain code that may block.

pub(crate) mod assemble;
pub(crate) mod code_action;
pub(crate) mod completion;
pub(crate) mod definition;
pub(crate) mod document_highlight;
pub(crate) mod document_link;
pub(crate) mod document_symbol;
pub(crate) mod editable_text;
pub(crate) mod execute_command;
pub(crate) mod folding_range;
pub(crate) mod formatting;
pub(crate) mod hover;
pub(crate) mod inlay_hint;
pub(crate) mod offsets;
pub(crate) mod references;
pub(crate) mod rename;
pub(crate) mod selection_range;
pub(crate) mod semantic_tokens;
pub(crate) mod sniff;
pub(crate) mod virtual_document;

use super::failure::Failure;

/// The answer to a request.
pub(crate) type Answer<T> = Result<T, Failure>;

/// Rows that are worked on between two looks at whether anybody still wants the answer.
const STRIDE: usize = 4096;
