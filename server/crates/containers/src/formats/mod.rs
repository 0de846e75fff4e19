//! The list of formats that are read, and what a format has to do.

pub(crate) mod arrow;
pub(crate) mod avro;
pub(crate) mod berkeley;
pub(crate) mod blosc;
pub(crate) mod bzip2;
pub(crate) mod cache_entry;
pub(crate) mod compressed;
mod django_cache;
pub(crate) mod documents;
pub(crate) mod dumbdbm;
mod encoded;
pub(crate) mod gdbm;
pub(crate) mod gzip;
pub(crate) mod hdf5;
pub(crate) mod json;
pub(crate) mod keras;
pub(crate) mod leveldb;
pub(crate) mod lmdb;
pub(crate) mod lz4;
pub(crate) mod lz4_block;
pub(crate) mod lzma;
pub(crate) mod npy;
pub(crate) mod parquet;
pub(crate) mod raw;
pub(crate) mod recipes;
pub(crate) mod redis;
pub(crate) mod sevenz;
pub(crate) mod skops;
mod snappy;
pub(crate) mod sqlite;
pub(crate) mod stack;
pub(crate) mod tar;
pub(crate) mod text;
pub(crate) mod torch;
pub(crate) mod weights;
pub(crate) mod zarr;
pub(crate) mod zexp;
pub(crate) mod zfile;
pub(crate) mod zip;
pub(crate) mod zlib;
pub(crate) mod zodb;
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
    &torch::Mobile,
    &gzip::GZIP,
    &bzip2::BZIP2,
    &lzma::XZ_FORMAT,
    &lzma::LZIP,
    &zstd::ZSTD,
    &lz4::LZ4,
    &snappy::SNAPPY,
    &zfile::ZFILE,
    &zlib::ZLIB,
    &lzma::LZMA,
    &blosc::BLOSC,
    &lz4_block::LZ4_BLOCK,
    &sqlite::Sqlite,
    &gdbm::Gdbm,
    &berkeley::Berkeley,
    &zodb::FileStorage,
    &zexp::Export,
    &hdf5::Hdf5,
    &lmdb::Lmdb,
    &leveldb::Table,
    &leveldb::Log,
    &redis::Dump,
    &redis::Log,
    &arrow::File,
    &arrow::Stream,
    &arrow::feather::Feather,
    &parquet::Parquet,
    &avro::Avro,
    &stack::Stack,
    &django_cache::DjangoCache,
    &dumbdbm::DumbDbm,
    &cache_entry::CacheEntry,
    &zarr::Zarr,
    &encoded::HEX,
    &encoded::BASE32,
    &encoded::BASE64,
    &encoded::HEX_DUMP,
    &encoded::STRING_LITERAL,
    &text::Text,
    &documents::TFRECORD,
    &documents::BSON,
    &documents::MSGPACK,
    &documents::CBOR,
    &documents::PROTOBUF,
    &raw::Raw,
];

/// Whether the format of this name keeps values by keys in pages and records of its own, so that a member is a window of the
/// file rather than a file in a file.
#[must_use]
pub fn is_database(format: &str) -> bool {
    let databases: [&dyn Format; 23] = [
        &sqlite::Sqlite,
        &gdbm::Gdbm,
        &berkeley::Berkeley,
        &zodb::FileStorage,
        &zexp::Export,
        &dumbdbm::DumbDbm,
        &hdf5::Hdf5,
        &lmdb::Lmdb,
        &leveldb::Table,
        &leveldb::Log,
        &redis::Dump,
        &redis::Log,
        &arrow::File,
        &arrow::Stream,
        &arrow::feather::Feather,
        &parquet::Parquet,
        &avro::Avro,
        &stack::Stack,
        &documents::TFRECORD,
        &documents::BSON,
        &documents::MSGPACK,
        &documents::CBOR,
        &documents::PROTOBUF,
    ];
    databases.iter().any(|database| database.name() == format)
}

/// A way to hold byte strings in a file.
pub trait Format: Sync {
    /// Its name; where [`sniff`](crate::sniff()) recognises it, the name in [`Kind::Container`](crate::Kind).
    fn name(&self) -> &'static str;

    /// Endings of files that it is usually kept in, without the dot. Content decides; this is for documents and for
    /// the patterns of editors.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a loader of this format would try to read these bytes.
    fn sniff(&self, input: &Input<'_>) -> bool;

    /// As [`Format::sniff`], of a file that may have others beside it.
    fn sniff_beside(&self, input: &Input<'_>, _: &Budget<'_>) -> bool {
        self.sniff(input)
    }

    /// Whether what it begins with is a pickle by its nature, so that a pickle there does not make it two formats at once.
    fn begins_with_pickle(&self) -> bool {
        false
    }

    /// Reads them. Offsets and paths are those of this container alone: who called moves them.
    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a>;
}
