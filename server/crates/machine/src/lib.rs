//! Symbolic pickle machine: what a pickle does, without doing it.
//!
//! A [`Machine`] folds over ops. What an opcode does to stack, marks and memo is written once ([`Machine::step`]); what a
//! value *is* is the business of a [`Domain`]:
//!
//! - **streaming** ([`stream`]): live values only, with events for globals and calls: memory is stack and memo;
//! - **recording** ([`record`]): an index of checkpoints over the whole stream, and windows of it replayed in full, with
//!   every op's stack effect, operands and consumer.
//!
//! It follows the C unpickler of CPython (`Modules/_pickle.c`). It never imports, calls or resolves anything, knows
//! nothing of "dangerous", and does no I/O. Whatever a stream holds, it neither panics nor recurses over the depth of
//! its data; faults are reported beside the values.

mod ahead;
pub mod arena;
pub mod carve;
mod compat_names;
mod domain;
mod fault;
mod global;
pub mod hole;
pub mod inner;
mod machine;
mod memo;
pub mod rebuild;
pub mod record;
pub mod render;
mod run;
pub mod segments;
mod step;
pub mod stream;

pub use ahead::READ_AHEAD_FROM;
pub use domain::{Arguments, Collection, Domain, Interrupt, never};
pub use fault::{Fault, FaultKind};
pub use global::{Global, Names, renamed};
pub use hole::Hole;
pub use inner::Inner;
pub use machine::{Machine, Mark};
pub use memo::Memo;
pub use run::{Flow, run};
