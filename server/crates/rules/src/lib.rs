//! Rules over what a pickle does, and the policy data they judge by.
//!
//! [`lint_stream`] runs over a byte string and gives findings in byte spans. A rule is one file below `pickle/`: its
//! documentation, its code, name and severity, and its check; the registry lists them. What a global is worth is the
//! business of [`policy`]. This crate does no I/O, prints nothing, and knows nothing of lines.

mod analysis;
#[cfg(test)]
mod believed;
mod boosters;
#[cfg(test)]
mod combinations;
pub mod container;
mod coordinates;
mod diagnostic;
#[cfg(test)]
mod examples;
mod geometry;
#[cfg(test)]
mod harmless;
#[cfg(test)]
mod hostile;
mod interpolation;
pub mod inventory;
mod lint;
mod one_memo;
mod pickle;
pub mod policy;
mod precision;
pub mod project;
mod readers;
pub mod registry;
mod rule;
mod shards;
mod storages;

pub use analysis::Embedded;
pub use diagnostic::{Finding, Related, Severity};
pub use lint::{MOST_BESIDE, MOST_OF_A_RULE, Options, Readers, Report, lint_stream, lint_stream_within};
pub use pickle_machine::Interrupt;
pub use pickle_machine::stream::Completion;
pub use rule::Meta;
pub use shards::{MOST_SLICES, Slice};
pub use storages::{Alone, Storages, Stored};
