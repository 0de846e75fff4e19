//! The object that a loader would rebuild, as a person would write it.
//!
//! [`Objects`] looks at a [`Rebuilt`](pickle_machine::rebuild::Rebuilt) pickle value by value and gives [`Node`]s: plain data as
//! literals, calls as calls, and the shapes in which picklers and libraries write their objects as what they stand for
//! ([`shapes`]). [`python`] and [`tree`] write nodes as text, within [`Limits`], objects that occur more than once by name.
//!
//! Nothing is executed or looked up: a shape is recognised by the names and constants in the pickle alone, and whatever differs
//! from a shape is shown as the call that it is. Knows nothing of "dangerous", of lines of a listing, or of JSON.

mod limits;
mod node;
mod objects;
pub mod python;
mod shapes;
mod text;
pub mod tree;

pub use limits::Limits;
pub use node::{Argument, Group, Node, Part, Step};
pub use objects::Objects;
