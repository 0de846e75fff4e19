//! The list of formats that are read, and what a format has to do.

pub(crate) mod gzip;
pub(crate) mod npy;
pub(crate) mod raw;
pub(crate) mod zfile;
pub(crate) mod zip;
pub(crate) mod zlib;

use crate::limits::Budget;
use crate::member::Opened;
use crate::unwrap::Input;

/// The formats, in the order in which they are asked; the last one takes everything.
pub static FORMATS: &[&dyn Format] = &[&zip::Zip, &gzip::Gzip, &zlib::Zlib, &zfile::ZFile, &raw::Raw];

/// A way to hold byte strings in a file.
pub trait Format: Sync {
    /// Its name; where [`sniff`](crate::sniff()) recognises it, the name in [`Kind::Container`](crate::Kind).
    fn name(&self) -> &'static str;

    /// Endings of files that it is usually kept in, without the dot. Content decides; this is for documents and for
    /// the patterns of editors.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a loader of this format would try to read these bytes.
    fn sniff(&self, bytes: &[u8]) -> bool;

    /// Reads them. Offsets and paths are those of this container alone: who called moves them.
    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget) -> Opened<'a>;
}
