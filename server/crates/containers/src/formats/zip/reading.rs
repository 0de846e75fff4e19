//! Reading one member of a zip: as little of it as is needed, and everything that is wrong with it. Never believes
//! the directory over the bytes.

use std::borrow::Cow;

use pickle_numpy::npy;

use super::directory::Entry;
use super::local;
use super::method::{self, Method};
use crate::budget::Budget;
use crate::bytes::clamped;
use crate::code::{Code, Loader};
use crate::fault::{Fault, FaultKind};
use crate::formats::compressed::{stopped, unseen};
use crate::formats::text::Watch;
use crate::formats::torch;
use crate::inflate::crc32;
use crate::limits::HEAD_BYTES;
use crate::member::{Member, Opened, is_pickle_name};
use crate::pull::{End, Room};
use crate::sniff::{Kind, needs_more, sniff};
use crate::unwrap::{Found, add, is_nestable};

/// One member that is being read.
pub(super) struct Reading<'a, 'e> {
    /// The whole archive.
    pub(super) bytes: &'a [u8],
    /// What the directory says of the member.
    pub(super) entry: &'e Entry<'a>,
    /// Its decoded name.
    pub(super) name: String,
    /// It is tensor data by its name.
    pub(super) storage: bool,
    /// What runs it, or follows it, though it is no pickle.
    pub(super) loader: Option<Loader>,
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
            number => match method::method(number) {
                Some(method) => self.compressed(method, data, offset, opened, budget),
                None => {
                    let message = format!("compression method {} is not read", method::name(number));
                    self.report(&mut opened.faults, FaultKind::Unsupported, offset, message);
                    opened.members.push(self.unread(Kind::Unknown));
                }
            },
        }
    }

    /// Whether bytes that begin so are numbers of a tensor. numpy loads what begins as an array does from any archive, under any
    /// name.
    fn is_storage(&self, head: &[u8]) -> bool {
        self.storage && !head.starts_with(npy::MAGIC)
    }

    /// The bytes of the member in the archive and where they are, after its local header was checked.
    fn data(&self, faults: &mut Vec<Fault>) -> Option<(&'a [u8], usize)> {
        let at = usize::try_from(self.entry.header).unwrap_or(usize::MAX);
        let Some((local, data)) = local::header_at(self.bytes, at) else {
            let message = if at < self.bytes.len() {
                format!("expected the member's header at {at}, found other bytes")
            } else {
                "expected the offset of the member's header, found one outside the file".to_owned()
            };
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
            let message = format!(
                "expected {}, found {}",
                pickle_ops::counted(self.entry.compressed, "byte"),
                bytes.len()
            );
            self.report(faults, FaultKind::Truncated, data, message);
        }
        if (self.entry.flags | local.flags) & 1 != 0 {
            let message = "the member is marked as encrypted; what it holds cannot be told";
            self.report(faults, FaultKind::Encrypted, at, message);
        }
        Some((bytes, data))
    }

    fn stored(self, data: &'a [u8], offset: usize, opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
        if self.is_storage(data) {
            return torch::add_storage(self.name, data, offset, opened);
        }
        if !budget.wants(Some(&self.name)) {
            let (size, file_offset) = (data.len() as u64, Some(offset as u64));
            return opened.members.push(Member { size, file_offset, ..self.unread(Kind::Unknown) });
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
        self.hand_out_code(data, offset, opened, budget);
        let found =
            Found { name: Some(self.name), bytes: Cow::Borrowed(data), offset: Some(offset), alias: None };
        add(opened, found, budget);
    }

    fn compressed(
        self,
        method: Method,
        data: &'a [u8],
        offset: usize,
        opened: &mut Opened<'a>,
        budget: &mut Budget<'_>,
    ) {
        if !budget.wants(Some(&self.name)) {
            return opened.members.push(self.unread(Kind::Unknown));
        }
        let (limit, which) = budget.allowance(data.len());
        let decode =
            |limit, interrupt| (method.decode)(data, self.entry, Room { limit, interrupt, watch: None });
        let head = decode(limit.min(HEAD_BYTES), budget.interrupt());
        budget.spend(head.bytes.len());
        let kind = sniff(&head.bytes, self.entry.size.max(head.bytes.len() as u64));
        // With less than a look left of the budget, that is what has to be said.
        let is_seen = limit > HEAD_BYTES;
        let is_more = head.end == End::Limit && is_seen;
        let mut is_worth_it = || {
            self.is_wanted(kind)
                || needs_more(&head.bytes, self.entry.size)
                || self.holds_pickle(kind, (method, data, offset), opened, budget)
        };
        let storage = self.is_storage(&head.bytes);
        if storage || (is_more && !is_worth_it()) {
            if storage {
                torch::look_at_storage(&self.name, &head.bytes, offset, opened);
            }
            let kind = if storage { torch::STORAGE } else { kind };
            return opened.members.push(self.unread(kind));
        }
        let whole = if is_more { decode(limit, budget.interrupt()) } else { head };
        budget.spend(whole.bytes.len());
        if budget.is_interrupted() {
            return;
        }
        let faults = &mut opened.faults;
        for fault in whole.faults {
            self.report(faults, fault.kind, offset, fault.message);
        }
        if whole.end == End::Complete {
            self.check_decompressed(
                &whole.bytes,
                data.len() - whole.consumed.min(data.len()),
                offset,
                faults,
            );
        } else {
            let at = if whole.end == End::Limit { offset } else { offset + whole.consumed };
            let fault = stopped(whole.end, method.name, at, whole.bytes.len(), which);
            self.report(faults, fault.kind, at, fault.message);
        }
        self.hand_out_code(&whole.bytes, offset, opened, budget);
        let found =
            Found { name: Some(self.name), bytes: Cow::Owned(whole.bytes), offset: None, alias: None };
        add(opened, found, budget);
    }

    /// Whether a pickle is written down in the text that the member is, or lies between what is not known, wherever in it.
    fn holds_pickle(
        &self,
        kind: Kind,
        (method, data, offset): (Method, &[u8], usize),
        opened: &mut Opened<'a>,
        budget: &mut Budget<'_>,
    ) -> bool {
        let Some(watch) = Watch::of(kind) else { return false };
        let found = watch.stream(|room| (method.decode)(data, self.entry, room), budget);
        let is_found = watch.found();
        if found.end == End::Limit && !is_found && kind != Kind::Unknown && !budget.is_interrupted() {
            opened.faults.push(unseen(offset).of(&self.name));
        }
        is_found
    }

    /// Compares what came out with what the directory says; `left` compressed bytes were not needed for it.
    fn check_decompressed(&self, bytes: &[u8], left: usize, offset: usize, faults: &mut Vec<Fault>) {
        if bytes.len() as u64 != self.entry.size {
            let message = format!(
                "said to be {}, decompresses to {}",
                pickle_ops::counted(self.entry.size, "byte"),
                bytes.len()
            );
            self.report(faults, FaultKind::Mismatch, offset, message);
        }
        if left > 0 {
            let message = format!(
                "the compressed data end {} before the member does",
                pickle_ops::counted(left, "byte")
            );
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
        kind == Kind::Pickle || is_nestable(kind) || is_pickle_name(&self.name) || self.loader.is_some()
    }

    /// Hands out what a loader runs though it is no pickle, behind what is wrong with it.
    fn hand_out_code(&self, bytes: &[u8], offset: usize, opened: &mut Opened<'_>, budget: &mut Budget<'_>) {
        let Some(loader) = self.loader else { return };
        budget.hand_out(opened);
        budget.code(Code {
            member: Some(self.name.clone()),
            offset: Some(offset as u64),
            loader,
            bytes: Cow::Borrowed(bytes),
        });
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
            beside: false,
        }
    }

    fn report(&self, faults: &mut Vec<Fault>, kind: FaultKind, at: usize, message: impl Into<String>) {
        faults.push(Fault::new(kind, at, message).of(&self.name));
    }
}
