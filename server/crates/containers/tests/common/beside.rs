//! Files with others beside them.

use std::io::Read;

use pickle_containers::{Input, Limits, Opened, Siblings, open_beside};

/// A fixture, which is kept compressed.
pub(crate) fn unpacked(fixture: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fixture).read_to_end(&mut bytes).unwrap();
    bytes
}

/// A folder with one file in it.
pub(crate) struct Folder(pub(crate) &'static str, pub(crate) Vec<u8>);

impl Siblings for Folder {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        (name == self.0).then(|| self.1.clone())
    }

    fn size(&self, name: &str) -> Option<u64> {
        (name == self.0).then_some(self.1.len() as u64)
    }
}

/// Opens bytes as a file of that name in a folder.
pub(crate) fn open_in<'a>(folder: &Folder, name: &str, bytes: &'a [u8]) -> Opened<'a> {
    open_beside(&Input::new(Some(name.to_owned()), bytes), Some(folder), &Limits::default())
}
