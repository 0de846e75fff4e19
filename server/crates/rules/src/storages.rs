//! Where the numbers of tensors are: not in a pickle of torch, but in other records of its archive.

/// The records beside a pickle.
pub trait Storages {
    /// The numbers of the storage that the pickle names by a key.
    fn find(&self, key: &str) -> Stored<'_>;

    /// Whether the archive says that its numbers are stored with the highest byte first.
    fn are_big(&self) -> bool;
}

/// The numbers of a storage, as far as they can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored<'s> {
    /// Its bytes.
    Bytes(&'s [u8]),
    /// It is there, and no pickler would have stored it like that: why its bytes are not known.
    Hidden(&'static str),
    /// Nothing is known of it.
    Elsewhere,
}

/// A pickle by itself.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Storages for Alone {
    fn find(&self, _: &str) -> Stored<'_> {
        Stored::Elsewhere
    }

    fn are_big(&self) -> bool {
        false
    }
}
