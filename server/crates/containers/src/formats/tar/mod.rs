//! tar, as Python's `tarfile` reads it: `.tar`, `.nemo`, and the archives that torch wrote before 0.1.10. Members are slices
//! of the file.
//!
//! Written here rather than taken from a library because a library reads up to the first odd header, and gives one view.

mod header;
mod links;
mod sparse;

use std::borrow::Cow;
use std::collections::HashMap;

use super::torch::tar as torch_tar;
use super::{Format, raw, zarr};
use crate::budget::Budget;
use crate::bytes::clamped;
use crate::fault::{Fault, FaultKind};
use crate::member::{Member, Opened, escapes};
use crate::sniff::{Kind, hides_pickle};
use crate::unwrap::{Found, Input, add};
pub(crate) use header::begins;
use header::{BLOCK, Header, Properties};
use links::Links;
use sparse::Map;

/// See the module.
pub(crate) struct Tar;

impl Format for Tar {
    fn name(&self) -> &'static str {
        "tar"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["tar", "nemo"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        begins(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let mut walk = Walk {
            bytes: input.bytes,
            at: 0,
            global: Properties::default(),
            seen: HashMap::new(),
            links: Links::default(),
        };
        while let Some(entry) = walk.next(&mut opened.faults) {
            if budget.is_interrupted() {
                break;
            }
            if !counted(entry.at, &mut opened, budget) {
                return opened;
            }
            walk.report(&entry, &mut opened.faults);
            entry.into(&mut opened, budget);
        }
        walk.rest(&mut opened, budget);
        opened.faults.extend(walk.links.finish());
        opened
    }
}

/// Whether there may be one member more, which is at `at`.
fn counted(at: usize, opened: &mut Opened<'_>, budget: &mut Budget<'_>) -> bool {
    let limit = budget.add_member().err();
    let fault = |limit| Fault::new(FaultKind::LimitReached, at, raw::members_message(limit));
    opened.faults.extend(limit.map(fault));
    limit.is_none()
}

/// A member.
struct Entry<'a> {
    /// Where its header is.
    at: usize,
    /// Its name, as text.
    name: String,
    kind: u8,
    link: Vec<u8>,
    sparse: Sparse,
    data: &'a [u8],
    /// Where its content is.
    offset: usize,
}

/// How the content of a member is stored.
enum Sparse {
    /// As it is.
    No,
    /// In parts.
    Parts(Map),
    /// In parts, and where they belong cannot be told.
    Unclear,
}

impl<'a> Entry<'a> {
    /// Adds the member.
    fn into(self, opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
        let what = match self.kind {
            b'1' | b'2' => "link",
            b'3' | b'4' => "device",
            b'5' => "folder",
            b'6' => "pipe",
            _ => "",
        };
        if !what.is_empty() {
            return opened.members.push(Member {
                path: Some(self.name),
                kind: Kind::Other(what),
                bytes: None,
                file_offset: None,
                size: 0,
                named_pickle: false,
                beside: false,
            });
        }
        match &self.sparse {
            Sparse::No => {}
            Sparse::Unclear => {
                let message = "the member is a sparse file without a map; what is stored of it is read without its holes";
                opened.faults.push(Fault::new(FaultKind::Unsupported, self.at, message).of(&self.name));
            }
            Sparse::Parts(map) => {
                let (kind, bytes) =
                    sparse::fill(map, self.data, &self.name, self.at, &mut opened.faults, budget);
                let Some(bytes) = bytes else {
                    let named_pickle = false;
                    return opened.members.push(Member {
                        path: Some(self.name),
                        kind,
                        bytes: None,
                        file_offset: None,
                        size: map.size,
                        named_pickle,
                        beside: false,
                    });
                };
                let found =
                    Found { name: Some(self.name), bytes: Cow::Owned(bytes), offset: None, alias: None };
                return add(opened, found, budget);
            }
        }
        if torch_tar::add_parts(&self.name, self.data, self.offset, opened, budget) {
            return;
        }
        zarr::tell(self.data, &self.name, opened, budget);
        let (bytes, offset) = (Cow::Borrowed(self.data), Some(self.offset));
        add(opened, Found { name: Some(self.name), bytes, offset, alias: None }, budget);
    }
}

/// Goes from header to header.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What holds for all members that follow.
    global: Properties,
    /// Names, and where the last of each was.
    seen: HashMap<String, usize>,
    links: Links,
}

impl<'a> Walk<'a> {
    /// The next member. `None`: there is none, for whatever reason the faults say.
    fn next(&mut self, faults: &mut Vec<Fault>) -> Option<Entry<'a>> {
        let mut own = Properties { size: None, ..self.global.clone() };
        loop {
            let header = self.header(faults)?;
            let at = header.at;
            // The name of the volume, of which Python makes a file if it has a content.
            let is_label = header.kind == b'V' && header.size == 0;
            if !is_label && !matches!(header.kind, b'x' | b'X' | b'g' | b'L' | b'K') {
                return Some(self.entry(header, own, faults));
            }
            let data = self.content(header.size, &header.name, faults);
            match header.kind {
                b'g' => {
                    read_properties(&mut self.global, data, at, faults);
                    let size = own.size;
                    own.read(data);
                    own.size = size;
                }
                b'L' => own.path = Some(until_nul(data)),
                b'K' => own.link = Some(until_nul(data)),
                b'V' => {}
                _ => {
                    read_properties(&mut own, data, at, faults);
                    own.size = own.size.or(self.global.size);
                }
            }
        }
    }

    /// The header here, behind zeros if there are any; afterwards `at` is behind it.
    fn header(&mut self, faults: &mut Vec<Fault>) -> Option<Header> {
        let zeros = self.bytes[self.at..].iter().take_while(|byte| **byte == 0).count() / BLOCK * BLOCK;
        let end = self.at;
        self.at += zeros;
        let rest = &self.bytes[self.at..];
        if rest.is_empty() || (zeros > 0 && rest.iter().all(|byte| *byte == 0)) {
            return None;
        }
        let Some(header) = header::header(rest) else {
            let (kind, message) = match (zeros, rest.len() < BLOCK) {
                (0, true) => (FaultKind::Truncated, "the file ends inside a tar header".to_owned()),
                (0, false) => (FaultKind::Damaged, "expected a tar header, found other bytes".to_owned()),
                _ => (
                    FaultKind::TrailingBytes,
                    format!("{} after the end of the tar", pickle_ops::counted(rest.len(), "byte")),
                ),
            };
            faults.push(Fault::new(kind, self.at, message));
            return None;
        };
        if zeros > 0 {
            let message =
                format!("the tar ends at {end}, where Python's tarfile stops; another member follows");
            faults.push(Fault::new(FaultKind::Mismatch, self.at, message));
        }
        if !header.sum_fits {
            let message = "the checksum of the tar header does not fit; readers stop here";
            faults.push(Fault::new(FaultKind::BadChecksum, self.at, message));
        }
        let at = self.at;
        self.at += BLOCK;
        let mut map = header.map;
        while header.more_map && self.at < self.bytes.len() {
            let goes_on = self.bytes.get(self.at + 504).is_some_and(|flag| *flag != 0);
            header::read_parts(clamped(self.bytes, self.at, 504), &mut map);
            self.at = (self.at + BLOCK).min(self.bytes.len());
            if !goes_on {
                break;
            }
        }
        Some(Header { at, map, ..header })
    }

    /// What stands where a header was expected and none is: pickles that begin where a content would, and members that a reader finds
    /// which goes on.
    fn rest(&mut self, opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
        while self.at < self.bytes.len() && !budget.is_interrupted() {
            let rest = &self.bytes[self.at..];
            if header::header(rest).is_some_and(|header| header.sum_fits) {
                let mut faults = Vec::new();
                let Some(entry) = self.next(&mut faults) else { continue };
                if !counted(self.at, opened, budget) {
                    return;
                }
                opened.faults.append(&mut faults);
                entry.into(opened, budget);
            } else {
                if hides_pickle(rest) && counted(self.at, opened, budget) {
                    let name = Some(format!("bytes at {}", self.at));
                    let found = Found { name, bytes: rest.into(), offset: Some(self.at), alias: None };
                    return add(opened, found, budget);
                }
                self.at += BLOCK;
            }
        }
    }

    /// The content that begins here; afterwards `at` is where the next header has to be.
    fn content(&mut self, size: u64, name: &[u8], faults: &mut Vec<Fault>) -> &'a [u8] {
        let data = clamped(self.bytes, self.at, size);
        if (data.len() as u64) < size {
            let message = format!("expected {}, found {}", pickle_ops::counted(size, "byte"), data.len());
            let name = String::from_utf8_lossy(name);
            faults.push(Fault::new(FaultKind::Truncated, self.at, message).of(&name));
        }
        self.at = (self.at + data.len().next_multiple_of(BLOCK)).min(self.bytes.len());
        data
    }

    fn entry(&mut self, header: Header, own: Properties, faults: &mut Vec<Fault>) -> Entry<'a> {
        // Links and folders state lengths of what they do not hold.
        let is_empty = matches!(header.kind, b'1'..=b'6');
        let size = if is_empty { 0 } else { own.size.unwrap_or(header.size) };
        let name = own.path.unwrap_or(header.name);
        let offset = self.at;
        let mut data = self.content(size, &name, faults);
        if let Some(size) = self.global.size.filter(|_| !is_empty && own.size.is_none()) {
            // What holds for all members says how much of one is read, and not where the next one is.
            data = clamped(self.bytes, offset, size);
        }
        let sparse = match own.sparse.map(data) {
            Some((map, taken)) => {
                data = &data[taken..];
                Sparse::Parts(map)
            }
            None if own.sparse.any => Sparse::Unclear,
            None if header.kind == b'S' && header.map.parts.is_empty() && !data.is_empty() => Sparse::Unclear,
            None if header.kind == b'S' => Sparse::Parts(header.map),
            None => Sparse::No,
        };
        Entry {
            at: header.at,
            kind: header.kind,
            link: own.link.unwrap_or(header.link),
            sparse,
            data,
            name: String::from_utf8_lossy(&name).into_owned(),
            offset,
        }
    }

    /// A name that is there twice, or leads out.
    fn report(&mut self, entry: &Entry<'_>, faults: &mut Vec<Fault>) {
        let link = String::from_utf8_lossy(&entry.link);
        if escapes(&entry.name) {
            let message = "the name leads out of the folder it is extracted to";
            faults.push(Fault::new(FaultKind::PathEscape, entry.at, message).of(&entry.name));
        }
        faults.extend(self.links.look(&entry.name, entry.kind, &link, entry.at));
        let previous = self.seen.insert(entry.name.clone(), entry.at);
        if let Some(first) = previous.filter(|_| !entry.data.is_empty()) {
            let message = format!(
                "a member of this name is in the tar already, at {first}; Python's tarfile takes the last one"
            );
            faults.push(Fault::new(FaultKind::Duplicate, entry.at, message).of(&entry.name));
        }
    }
}

fn read_properties(into: &mut Properties, records: &[u8], at: usize, faults: &mut Vec<Fault>) {
    if !into.read(records) {
        let message = "expected records of the form LENGTH KEY=VALUE in a pax header, found others";
        faults.push(Fault::new(FaultKind::Damaged, at, message));
    }
}

fn until_nul(data: &[u8]) -> Vec<u8> {
    data.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}
