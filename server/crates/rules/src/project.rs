//! Rules about the project's own configuration.
//!
//! They have no check here: whoever lints many files knows what none of them used ([`crate::Report::allowed_by`]).

pub(crate) mod allow_list_entry_unused;

use crate::rule::Meta;

/// An entry of the allow-list that no file uses.
pub static ALLOW_UNUSED: &Meta = &allow_list_entry_unused::RULE.meta;
