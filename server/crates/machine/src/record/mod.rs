//! Recording mode: what an editor asks of a stream of any length.
//!
//! Keeping the operands and consumers of every op would take many times the file. So one pass makes an index of
//! checkpoints ([`Recording`]: a few bytes an op at the most, next to none in practice), and what is asked of an op is found by
//! replaying the ops around it with all that is to be known of them ([`Window`], [`Explorer`]).

mod ahead;
mod build;
mod explorer;
mod fills;
mod index;
mod numbering;
mod pass;
mod records;
mod rows;
mod walk;
mod window;

pub use build::{record, record_within};
pub use explorer::{Explorer, is_read, is_store};
pub use index::{Chunk, PickleRecord, Recording, Segment};
pub use numbering::Numbering;
pub use walk::{Nested, Row, Walk};
pub use window::{Operand, Step, Window};
