//! The numbers of tensors that pickles of torch leave to other records of their archive, for rules that ask for them.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::ops::Range;

use pickle_containers::{Input, Item, Limits, Member, SEPARATOR, visit_member};
use pickle_rules::{Interrupt, Storages, Stored};

/// The records of a file. It is gone through when the first of them is asked for.
pub(crate) struct Records<'b> {
    bytes: &'b [u8],
    limits: &'b Limits,
    interrupt: Interrupt<'b>,
    found: OnceCell<HashMap<String, Option<Range<usize>>>>,
    /// Whether any was asked for, so that what is found depends on more than a stream.
    asked: Cell<bool>,
}

impl<'b> Records<'b> {
    /// Those of a file with these bytes.
    pub(super) fn new(bytes: &'b [u8], limits: &'b Limits, interrupt: Interrupt<'b>) -> Self {
        Self { bytes, limits, interrupt, found: OnceCell::new(), asked: Cell::new(false) }
    }

    /// Those that belong to the pickle at a path.
    pub(super) fn of<'r>(&'r self, pickle: Option<&'r str>) -> OfPickle<'r> {
        OfPickle { records: self, pickle }
    }

    /// Where records are, by their paths; `None`: they are compressed.
    fn found(&self, wanted: &str) -> &HashMap<String, Option<Range<usize>>> {
        self.found.get_or_init(|| {
            let mut found = HashMap::new();
            let input = Input::new(None, self.bytes);
            // Nothing is unpacked but what the wanted one lies in, and that is no part of the file.
            visit_member(&input, None, self.limits, Some(wanted), self.interrupt, &mut |item| {
                if let Item::Member(Member { path: Some(path), bytes, file_offset, size, .. }) = item {
                    let is_here = !matches!(bytes, Some(Cow::Owned(_)));
                    let start = file_offset.filter(|_| is_here).and_then(|at| usize::try_from(at).ok());
                    let end = start.and_then(|start| start.checked_add(usize::try_from(size).ok()?));
                    found.insert(path, start.zip(end).map(|(start, end)| start..end));
                }
            });
            found
        })
    }

    /// Whether any was asked for.
    pub(super) fn were_asked(&self) -> bool {
        self.asked.get()
    }

    fn find(&self, path: &str) -> Stored<'_> {
        self.asked.set(true);
        match self.found(path).get(path) {
            None => Stored::Elsewhere,
            Some(range) => match range.clone().and_then(|range| self.bytes.get(range)) {
                Some(bytes) => Stored::Bytes(bytes),
                // All of an archive may be in another file; records by themselves no writer compresses.
                None if path.contains(SEPARATOR) => Stored::Elsewhere,
                None => {
                    Stored::Hidden("has its numbers in a record that is compressed, as torch writes none")
                }
            },
        }
    }
}

/// The records that belong to a pickle.
#[derive(Clone, Copy)]
pub(super) struct OfPickle<'r> {
    records: &'r Records<'r>,
    pickle: Option<&'r str>,
}

impl Storages for OfPickle<'_> {
    fn find(&self, key: &str) -> Stored<'_> {
        let Some(pickle) = self.pickle else {
            // Before 1.6 they were behind the pickles.
            return self.records.find(&format!("storages/{key}"));
        };
        let Some(folder) = pickle.strip_suffix(".pkl") else { return Stored::Elsewhere };
        match self.records.find(&format!("{folder}/{key}")) {
            // Of what a model was traced with, torch keeps how large it was.
            Stored::Bytes([]) if folder.ends_with("/traced_inputs") => Stored::Elsewhere,
            Stored::Elsewhere => {
                let start = pickle.rfind(SEPARATOR).map_or(0, |at| at + SEPARATOR.len());
                let root = pickle[start..].split('/').next().unwrap_or_default();
                self.records.find(&format!("{}{root}/.data/{key}.storage", &pickle[..start]))
            }
            found => found,
        }
    }

    fn are_big(&self) -> bool {
        let folder = self.pickle.and_then(|pickle| pickle.rsplit_once('/'));
        folder.is_some_and(|(folder, _)| {
            self.records.find(&format!("{folder}/byteorder")) == Stored::Bytes(b"big")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use pickle_machine::never;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn archive(members: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes, method) in members {
            writer.start_file(*name, SimpleFileOptions::default().compression_method(*method)).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn records_of_an_archive() {
        use CompressionMethod::{Deflated, Stored as Plain};
        let bytes = archive(&[
            ("m/data.pkl", b"\x80\x02N.", Plain),
            ("m/byteorder", b"big", Plain),
            ("m/data/0", b"12345678", Plain),
            ("m/data/1", &[0; 64], Deflated),
            ("m/.data/2.storage", b"1234", Plain),
            ("m/traced_inputs/0", b"", Plain),
            ("m/data/4", b"", Plain),
        ]);
        let limits = Limits::default();
        let records = Records::new(&bytes, &limits, &never);
        assert!(!records.were_asked());
        let of = records.of(Some("m/data.pkl"));
        assert_eq!(of.find("0"), Stored::Bytes(b"12345678"));
        assert!(matches!(of.find("1"), Stored::Hidden(_)));
        assert_eq!(of.find("2"), Stored::Bytes(b"1234"));
        assert_eq!(of.find("3"), Stored::Elsewhere);
        assert_eq!(of.find("4"), Stored::Bytes(b""));
        assert_eq!(records.of(Some("m/traced_inputs.pkl")).find("0"), Stored::Elsewhere);
        assert!(of.are_big() && records.were_asked());
        assert!(!records.of(Some("n/data.pkl")).are_big());
        assert_eq!(records.of(None).find("0"), Stored::Elsewhere);
    }

    /// Before torch 1.6 the numbers followed the pickles.
    #[test]
    fn records_behind_pickles() {
        let object = b"\x80\x02((X\x07\0\0\0storagectorch\nByteStorage\nU\x010U\x03cpuK\x02NtQ.";
        let head = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02K\x01.\x80\x02}.";
        let keys = b"\x80\x02]U\x010a.\x02\0\0\0\0\0\0\0ab";
        let bytes = [head.as_slice(), object, keys].concat();
        let limits = Limits::default();
        let records = Records::new(&bytes, &limits, &never);
        assert_eq!(records.of(None).find("0"), Stored::Bytes(b"ab"));
        assert!(!records.of(None).are_big());
    }
}
