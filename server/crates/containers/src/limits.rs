//! Every limit of this crate, with its reason. Hitting one is a [`Fault`](crate::Fault), never silence.

/// Containers inside containers. A pickle in a zip in a gzip is three; nothing honest goes deeper than this, and a
/// zip that contains itself goes on for ever.
pub const DEPTH: usize = 5;

/// Members that are listed, over all containers of one file. Checkpoints of the largest models hold a few thousand
/// storages; a directory of a 4 GB file may claim ninety million.
pub const MEMBERS: usize = 100_000;

/// Bytes that one member may decompress to. Pickles of this size are written uncompressed, and memory-mapped.
pub const MEMBER_BYTES: u64 = 512 << 20;

/// Bytes that all members of one file together may decompress to, looks at their beginnings included: members may
/// share compressed bytes, so that a small file could ask for any number of full-size members.
pub const TOTAL_BYTES: u64 = 1 << 30;

/// Texts are unpacked for a look up to so many times [`TOTAL_BYTES`]: none of it is kept, and tables compress well.
pub(crate) const LOOK_FACTOR: u64 = 4;

/// Decompressed bytes for each compressed one. Deflate goes up to 1,032; arrays of one value pickle to about 200,
/// real models to less than 20.
pub const RATIO: u64 = 250;

/// Up to this many bytes [`RATIO`] is not judged: an empty table of a million zeros is no attack.
pub const RATIO_FLOOR: u64 = 32 << 20;

/// Bytes of a compressed member that are decompressed to see what it is.
pub(crate) const HEAD_BYTES: u64 = 4 << 10;

/// How far from its end a zip's end record can begin: the record and a comment of full length (APPNOTE 4.3.16).
pub(crate) const ZIP_END_REACH: usize = 22 + 0xFFFF;

/// Bytes that are searched for the next header when a damaged zip does not say where a member ends.
pub(crate) const ZIP_RESYNC_BYTES: usize = 64 << 20;

/// Bytes of values of a database that are looked at, for each byte of the file: honest ones come to 1.
pub(crate) const VALUE_FACTOR: usize = 4;

/// Bytes of values that are looked at in any file.
pub(crate) const VALUE_FLOOR: usize = 1 << 20;

/// Faults kept of one file: a hostile directory may be wrong in every entry, and a thousand say so well enough.
pub(crate) const FAULTS: usize = 1_000;

/// The limits of one call of [`open`](crate::open). The defaults are the constants of this module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Containers inside containers: [`DEPTH`].
    pub depth: usize,
    /// Members of one file: [`MEMBERS`].
    pub members: usize,
    /// Decompressed bytes of one member: [`MEMBER_BYTES`].
    pub member_bytes: u64,
    /// Decompressed bytes of one file: [`TOTAL_BYTES`].
    pub total_bytes: u64,
    /// Decompressed bytes for each compressed one: [`RATIO`].
    pub ratio: u64,
    /// Decompressed bytes below which the ratio is not judged: [`RATIO_FLOOR`].
    pub ratio_floor: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: DEPTH,
            members: MEMBERS,
            member_bytes: MEMBER_BYTES,
            total_bytes: TOTAL_BYTES,
            ratio: RATIO,
            ratio_floor: RATIO_FLOOR,
        }
    }
}
