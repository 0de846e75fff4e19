//! Finds the pickle streams inside files: says what a byte string is ([`sniff`]) and unwraps what others wrapped
//! ([`open`], [`visit`]).
//!
//! This crate does no I/O, prints nothing and knows no opcode's meaning. It never reads more of the bytes than it
//! needs: a file is usually memory-mapped and may be many gigabytes long, of which a torch archive's directory and
//! its `data.pkl` are a few kilobytes. It never panics, never recurses deeper than [`Limits::depth`], and allocates
//! as data really comes, not as a header claims.
//!
//! What is wrong with a file is data beside the value ([`Fault`]), and never hides what was found: a loader that
//! runs into the fault has already read everything before it.
//!
//! # Paths of members
//! A member's path is its name as the container gives it (`archive/data.pkl`); a member of a container inside a
//! container follows after [`SEPARATOR`] (`inner.zip!/data.pkl`). A format that holds one nameless stream (gzip)
//! adds nothing to the path. Paths are unique: the second member of one name is `data.pkl#2`.
//!
//! # Adding a format
//! One file in `formats/` that implements [`Format`], and one line in [`FORMATS`].

mod budget;
mod bytes;
mod code;
mod crc32c;
mod encoding;
mod fault;
mod formats;
mod inflate;
pub mod limits;
mod lzf;
mod member;
mod pull;
mod snappy;
mod sniff;
mod unwrap;
mod values;

pub use budget::{Budget, Interrupt};
pub use code::{Call, Called, Code, Loader, Mention, Routine, SETSTATE};
pub use encoding::is_encoding;
pub use fault::{Fault, FaultKind};
pub use formats::cache_entry::NAME as CACHE_ENTRY;
pub use formats::hdf5::begins_behind;
pub use formats::text::{NAME as TEXT, seems_to_hold_pickle_as};
pub use formats::torch::STORAGE;
pub use formats::zarr::{NAME as ZARR, is_description};
pub use formats::zip::archives_in_a_row;
pub use formats::{FORMATS, Format, is_database};
pub use limits::Limits;
pub use member::{Item, Member, Opened, SEPARATOR, is_pickle_name, leads_to};
pub use sniff::{
    APPLE_DOUBLE, Glance, Kind, NPY, SNIFF_BYTES, TextKind, carried, carries_behind_header, glance,
    may_carry, needs_more, sniff,
};
pub use unwrap::{Input, Siblings, open, open_beside, visit, visit_beside, visit_member};
