//! Links of groups of the new kind, which lead to other objects (HDF5 File Format Specification, IV.A.2.c and IV.A.2.g).

use super::attributes::dense;
use super::file::{File, Message};
use crate::bytes::span;
use crate::fault::{Fault, FaultKind};
use crate::values::Values;

/// Types of messages: one link, and where many are.
const LINK: u16 = 6;
const LINK_INFO: u16 = 2;

/// Records of the trees of links, by name and by age: where in them the identifier in the heap is.
const RECORDS: [(u8, usize); 2] = [(5, 4), (6, 8)];

/// Bytes of such an identifier.
const ID: usize = 7;

/// The kind of a link into another file.
const EXTERNAL: u8 = 64;

/// Hands out the headers that links in these messages lead to.
pub(super) fn linked(file: &File<'_>, messages: &[Message<'_>], each: &mut dyn FnMut(usize)) {
    links(file, messages, &mut |link, _| target(file, link).into_iter().for_each(&mut *each));
}

/// Says of links into other files that these are not read, where a loader reads them without being asked.
pub(super) fn outside(file: &File<'_>, messages: &[Message<'_>], values: &mut Values<'_, '_, '_>) {
    if file.loader().is_none() {
        return;
    }
    links(file, messages, &mut |link, at| {
        if is_external(link) {
            let message = "a link leads into another file, which a loader reads; what is in it was not read";
            values.fault(Fault::new(FaultKind::Unsupported, at, message));
        }
    });
}

fn is_external(link: &[u8]) -> bool {
    matches!(link, [1, flags, EXTERNAL, ..] if flags & 8 != 0)
}

/// Hands out the links in these messages, and where they are.
fn links(file: &File<'_>, messages: &[Message<'_>], each: &mut dyn FnMut(&[u8], usize)) {
    for message in messages.iter().filter(|message| !message.is_shared) {
        if message.kind == LINK {
            each(message.body, message.at);
        }
        if message.kind == LINK_INFO {
            let start = 2 + if message.body.get(1).is_some_and(|flags| flags & 1 != 0) { 8 } else { 0 };
            dense(file, message.body, start, &RECORDS, ID, &mut |_, at, len| {
                span(file.bytes, at, len).into_iter().for_each(|link| each(link, at));
            });
        }
    }
}

/// The header that a link leads to, if it is in this file and has a name of its own.
fn target(file: &File<'_>, link: &[u8]) -> Option<usize> {
    let flags = *link.get(1).filter(|_| link[0] == 1)?;
    let mut at = 2;
    if flags & 8 != 0 {
        // Links by name and into other files are none.
        link.get(at).filter(|kind| **kind == 0)?;
        at += 1;
    }
    at += if flags & 4 != 0 { 8 } else { 0 } + if flags & 16 != 0 { 1 } else { 0 };
    let width = 1 << (flags & 3);
    let name = usize::try_from(super::file::number(link, at, width)?).ok()?;
    file.place(link, (at + width).checked_add(name)?)
}
