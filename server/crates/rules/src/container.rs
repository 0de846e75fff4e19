//! Rules about files and containers: what they are called and what they say.
//!
//! They have no check here. Containers know no rules and rules no containers; whoever unwraps a file tells which rule a
//! fault belongs to.

pub(crate) mod archive_directory_mismatch;
pub(crate) mod bad_checksum;
pub(crate) mod bytes_around_container;
pub(crate) mod damaged_container;
pub(crate) mod encrypted_member;
pub(crate) mod extension_hides_pickle;
pub(crate) mod limit_reached;
pub(crate) mod not_a_pickle;
pub(crate) mod object_array;
pub(crate) mod path_escape;
pub(crate) mod pickle_in_array_padding;
pub(crate) mod pickle_in_bytes;
pub(crate) mod polyglot;
pub(crate) mod torchscript_code;
pub(crate) mod unsupported_container;

use crate::rule::Meta;

/// Two places of an archive contradict each other.
pub static DIRECTORY_MISMATCH: &Meta = &archive_directory_mismatch::RULE.meta;
/// A checksum does not fit.
pub static BAD_CHECKSUM: &Meta = &bad_checksum::RULE.meta;
/// A member is encrypted.
pub static ENCRYPTED: &Meta = &encrypted_member::RULE.meta;
/// A name promises something else than the pickle that is there.
pub static HIDDEN_BY_NAME: &Meta = &extension_hides_pickle::RULE.meta;
/// A container holds code that its loader runs.
pub static CODE: &Meta = &torchscript_code::RULE.meta;
/// A limit was reached.
pub static LIMIT: &Meta = &limit_reached::RULE.meta;
/// A name leads out of the archive.
pub static PATH_ESCAPE: &Meta = &path_escape::RULE.meta;
/// An array of Python objects.
pub static OBJECT_ARRAY: &Meta = &object_array::RULE.meta;
/// A pickle in a constant of another.
pub static PICKLE_IN_BYTES: &Meta = &pickle_in_bytes::RULE.meta;
/// The bytes are two formats at once.
pub static POLYGLOT: &Meta = &polyglot::RULE.meta;
/// A container is damaged or cut.
pub static DAMAGED: &Meta = &damaged_container::RULE.meta;
/// A format is recognised and not read.
pub static UNSUPPORTED: &Meta = &unsupported_container::RULE.meta;
/// There are bytes around a container.
pub static AROUND: &Meta = &bytes_around_container::RULE.meta;
/// What should be a pickle is none.
pub static NOT_A_PICKLE: &Meta = &not_a_pickle::RULE.meta;
/// A pickle lies behind other bytes. The rule has a check of its own for streams.
pub static BYTES_BEFORE: &Meta = &crate::pickle::bytes_before_pickle::RULE.meta;
/// A pickle refers to objects outside of it. The rule has a check of its own for pickles.
pub static PERSISTENT_ID: &Meta = &crate::pickle::persistent_id::RULE.meta;
