//! The list of formats that are read, and what a format has to do.

pub(crate) mod bzip2;
pub(crate) mod compressed;
pub(crate) mod gzip;
pub(crate) mod lz4;
pub(crate) mod lzma;
pub(crate) mod raw;
pub(crate) mod sevenz;
pub(crate) mod tar;
pub(crate) mod torch;
pub(crate) mod zfile;
pub(crate) mod zip;
pub(crate) mod zlib;
pub(crate) mod zstd;

use crate::budget::Budget;
use crate::member::Opened;
use crate::unwrap::Input;

/// The formats, in the order in which they are asked; the last one takes everything.
pub static FORMATS: &[&dyn Format] = &[
    &zip::Zip,
    &tar::Tar,
    &sevenz::SevenZ,
    &torch::Legacy,
    &gzip::GZIP,
    &bzip2::BZIP2,
    &lzma::XZ_FORMAT,
    &zstd::ZSTD,
    &lz4::LZ4,
    &zfile::ZFILE,
    &zlib::ZLIB,
    &lzma::LZMA,
    &raw::Raw,
];

/// A way to hold byte strings in a file.
pub trait Format: Sync {
    /// Its name; where [`sniff`](crate::sniff()) recognises it, the name in [`Kind::Container`](crate::Kind).
    fn name(&self) -> &'static str;

    /// Endings of files that it is usually kept in, without the dot. Content decides; this is for documents and for
    /// the patterns of editors.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a loader of this format would try to read these bytes.
    fn sniff(&self, bytes: &[u8]) -> bool;

    /// Whether what it begins with is a pickle by its nature, so that a pickle there does not make it two formats at once.
    fn begins_with_pickle(&self) -> bool {
        false
    }

    /// Reads them. Offsets and paths are those of this container alone: who called moves them.
    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a>;
}
