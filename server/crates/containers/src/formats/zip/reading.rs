//! Reading one member of a zip: as little of it as is needed, and everything that is wrong with it. Never believes
//! the directory over the bytes.

use std::borrow::Cow;

use super::directory::Entry;
use super::local;
use crate::budget::Budget;
use crate::bytes::clamped;
use crate::fault::{Fault, FaultKind};
use crate::inflate::{End, crc32, inflate};
use crate::limits::HEAD_BYTES;
use crate::member::{Member, Opened, is_pickle_name};
use crate::sniff::{Kind, sniff};
use crate::unwrap::{Found, add, is_nestable};

/// One member that is being read.
pub(super) struct Reading<'a, 'e> {
    /// The whole archive.
    pub(super) bytes: &'a [u8],
    /// What the directory says of the member.
    pub(super) entry: &'e Entry<'a>,
    /// Its decoded name.
    pub(super) name: String,
    /// It is tensor data, and never read as anything else.
    pub(super) storage: bool,
}

impl<'a> Reading<'a, '_> {
    /// Reads as much of the member as is needed, and adds it.
    pub(super) fn into(self, opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
        let Some((data, offset)) = self.data(&mut opened.faults) else {
            return opened.members.push(self.unread(Kind::Unknown));
        };
        if self.name.ends_with('/') && data.is_empty() {
            return opened.members.push(self.unread(Kind::Other("folder")));
        }
        match self.entry.method {
            0 => self.stored(data, offset, opened, budget),
            8 => self.deflated(data, offset, opened, budget),
            method => {
                let message = format!("compression method {} is not read", method_name(method));
                self.report(&mut opened.faults, FaultKind::Unsupported, offset, message);
                opened.members.push(self.unread(Kind::Unknown));
            }
        }
    }

    /// The bytes of the member in the archive and where they are, after its local header was checked.
    fn data(&self, faults: &mut Vec<Fault>) -> Option<(&'a [u8], usize)> {
        let at = usize::try_from(self.entry.header).unwrap_or(usize::MAX);
        let Some((local, data)) = local::header_at(self.bytes, at) else {
            let message = format!("expected the member's header at {at}, found other bytes");
            self.report(faults, FaultKind::Damaged, self.entry.at, message);
            return None;
        };
        let said = if self.entry.at == at { Vec::new() } else { local::differences(self.entry, &local) };
        if !said.is_empty() {
            let message = format!("the zip's directory and the member's header differ: {}", said.join(", "));
            self.report(faults, FaultKind::Mismatch, at, message);
        }
        let bytes = clamped(self.bytes, data, self.entry.compressed);
        if (bytes.len() as u64) < self.entry.compressed {
            let message = format!("expected {} bytes, found {}", self.entry.compressed, bytes.len());
            self.report(faults, FaultKind::Truncated, data, message);
        }
        if (self.entry.flags | local.flags) & 1 != 0 {
            let message = "the member is marked as encrypted; what it holds cannot be told";
            self.report(faults, FaultKind::Encrypted, at, message);
        }
        Some((bytes, data))
    }

    fn stored(self, data: &'a [u8], offset: usize, opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
        if self.storage {
            let member = self.unread(Kind::Other("torch storage"));
            let bytes = Some(Cow::Borrowed(data));
            return opened.members.push(Member { bytes, file_offset: Some(offset as u64), ..member });
        }
        if self.entry.size != self.entry.compressed {
            let message = format!(
                "stored in {} bytes, which are said to be {}",
                self.entry.compressed, self.entry.size
            );
            self.report(&mut opened.faults, FaultKind::Mismatch, offset, message);
        }
        if self.is_wanted(sniff(data, data.len() as u64)) {
            self.check(data, offset, &mut opened.faults);
        }
        let found =
            Found { name: Some(self.name), bytes: Cow::Borrowed(data), offset: Some(offset), alias: None };
        add(opened, found, budget);
    }

    fn deflated(self, data: &'a [u8], offset: usize, opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
        let (limit, which) = budget.allowance(data.len());
        let head = inflate(data, limit.min(HEAD_BYTES));
        budget.spend(head.bytes.len());
        let kind = sniff(&head.bytes, self.entry.size.max(head.bytes.len() as u64));
        // With less than a look left of the budget, that is what has to be said.
        let is_seen = limit > HEAD_BYTES;
        if self.storage || (is_seen && head.end == End::Limit && !self.is_wanted(kind)) {
            let kind = if self.storage { Kind::Other("torch storage") } else { kind };
            return opened.members.push(self.unread(kind));
        }
        let whole = if head.end == End::Limit && is_seen { inflate(data, limit) } else { head };
        budget.spend(whole.bytes.len());
        let got = whole.bytes.len();
        let faults = &mut opened.faults;
        match whole.end {
            End::Complete => self.check_deflated(&whole.bytes, offset, faults),
            End::Limit => {
                let message = format!("limit ({which}) reached after {got} bytes; the rest is not read");
                self.report(faults, FaultKind::LimitReached, offset, message);
            }
            End::Truncated => {
                let message = format!("the compressed data end after {got} bytes, without an end mark");
                self.report(faults, FaultKind::Truncated, offset + whole.consumed, message);
            }
            End::Corrupt => {
                let message = format!("expected deflate data, found none after {got} bytes");
                self.report(faults, FaultKind::Damaged, offset + whole.consumed, message);
            }
        }
        let found =
            Found { name: Some(self.name), bytes: Cow::Owned(whole.bytes), offset: None, alias: None };
        add(opened, found, budget);
    }

    fn check_deflated(&self, bytes: &[u8], offset: usize, faults: &mut Vec<Fault>) {
        if bytes.len() as u64 != self.entry.size {
            let message = format!("said to be {} bytes, decompresses to {}", self.entry.size, bytes.len());
            self.report(faults, FaultKind::Mismatch, offset, message);
        }
        self.check(bytes, offset, faults);
    }

    fn check(&self, bytes: &[u8], offset: usize, faults: &mut Vec<Fault>) {
        let real = crc32(bytes);
        if real != self.entry.crc && self.entry.flags & 1 == 0 {
            let message = format!("expected CRC {:08x}, found {real:08x}", self.entry.crc);
            self.report(faults, FaultKind::BadChecksum, offset, message);
        }
    }

    /// Whether all bytes of a member of this kind are needed.
    fn is_wanted(&self, kind: Kind) -> bool {
        kind == Kind::Pickle || is_nestable(kind) || is_pickle_name(&self.name)
    }

    /// The member without its bytes.
    fn unread(&self, kind: Kind) -> Member<'a> {
        Member {
            path: Some(self.name.clone()),
            kind,
            bytes: None,
            file_offset: None,
            size: self.entry.size,
            named_pickle: is_pickle_name(&self.name),
        }
    }

    fn report(&self, faults: &mut Vec<Fault>, kind: FaultKind, at: usize, message: impl Into<String>) {
        faults.push(Fault::new(kind, at, message).of(&self.name));
    }
}

/// What APPNOTE.TXT 4.4.5 calls a method.
fn method_name(method: u16) -> String {
    let name = match method {
        1 => "shrink",
        6 => "implode",
        9 => "deflate64",
        12 => "bzip2",
        14 => "lzma",
        20 | 93 => "zstd",
        95 => "xz",
        98 => "ppmd",
        99 => "AES encryption",
        _ => return method.to_string(),
    };
    format!("{method} ({name})")
}
