//! zip (APPNOTE.TXT 6.3.10), as Python's `zipfile`, torch and numpy write and read it. Everything is listed from the
//! directory; only what is, or may be, a pickle or a container is decompressed.
//!
//! Written here rather than taken from a library because a library gives one view, and the interesting archives are
//! those on which readers differ: duplicate names, headers that contradict the directory, members that the directory
//! leaves out, directories that are cut off.

mod directory;
mod local;
mod method;
mod names;
mod reading;
mod row;
mod sources;
mod stores;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::{Format, raw};
use crate::budget::Budget;
use crate::code::{Code, Loader};
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::sniff::{Kind, pickle_end, sniff};
use crate::unwrap::{Found, Input, add, is_nestable};
use directory::{End, Entry};
pub(crate) use method::deflate64;
use reading::Reading;
pub use row::archives_in_a_row;

/// Its name.
pub(crate) const NAME: &str = "zip";

/// Whether a zip is data of the pickles that the bytes begin with: it lies in one of them, and more follows. One that begins where
/// they end is an archive with something before it, which `zipfile` reads.
pub(crate) fn is_data(bytes: &[u8]) -> bool {
    if bytes.starts_with(local::LOCAL) {
        return false;
    }
    let ends = directory::find(bytes);
    if ends.iter().all(|end| end.end == bytes.len()) {
        return false;
    }
    let mut at = 0;
    while let Ok(len) = pickle_end(&bytes[at..]) {
        at += len;
    }
    !bytes[at..].starts_with(local::LOCAL)
        && ends
            .iter()
            .any(|end| end.at < at || sniff(&bytes[at..], (bytes.len() - at) as u64) == Kind::Pickle)
}

/// Whether a file of this name is opened as a zip whatever it begins with: pandas goes by the ending.
pub(crate) fn is_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case(NAME))
}

/// See the module.
pub(crate) struct Zip;

impl Format for Zip {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pt", "pth", "ckpt", "npz", "zip", "mar", "keras", "skops", "pt2", "ptl", "distcp"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(local::LOCAL) || !directory::find(input.bytes).is_empty()
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        if input.name.as_deref().is_some_and(row::is_name)
            && let Some(parts) = row::parts(input.bytes)
        {
            add_row(input.bytes, &parts, &mut opened, budget);
            return opened;
        }
        let List { entries, gaps } = list(input.bytes, &mut opened.faults, budget);
        let names: Vec<String> = entries.iter().map(|entry| names::decode(entry.name)).collect();
        report_names(&entries, &names, &mut opened.faults);
        let sources = sources::Names::new(&names);
        opened.faults.extend(sources.code(&names, |index| entries[index].at));
        hand_out_modules(&entries, &names, &sources, &mut opened, budget);
        let mut torch = names::torch_roots(names.iter().map(String::as_str));
        // Who has a package unpickles any member of it, by a name of their own.
        torch.retain(|root| !sources.is_in_package(root));
        for (entry, name) in entries.iter().zip(names.iter().cloned()) {
            if budget.is_interrupted() {
                break;
            }
            if let Err(limit) = budget.add_member() {
                opened.faults.push(Fault::new(
                    FaultKind::LimitReached,
                    entry.at,
                    raw::members_message(limit),
                ));
                break;
            }
            let storage = names::is_torch_storage(&name, &torch);
            let loader = sources.loader(&name);
            Reading { bytes: input.bytes, entry, name, storage, loader }.into(&mut opened, budget);
            if let Some(other) = local::other_reading(input.bytes, entry, storage) {
                let name = names::decode(other.name);
                let storage = names::is_torch_storage(&name, &torch);
                let loader = sources.loader(&name);
                let reading = Reading { bytes: input.bytes, entry: &other, name, storage, loader };
                reading.into(&mut opened, budget);
            }
        }
        stores::add(input.bytes, &entries, &names, &mut opened, budget);
        for (from, to) in gaps {
            add_gap(&input.bytes[from..to], from, &mut opened, budget);
        }
        opened
    }
}

/// Hands out which modules an archive of torch.package has of its own.
fn hand_out_modules(
    entries: &[Entry<'_>],
    names: &[String],
    sources: &sources::Names,
    opened: &mut Opened<'_>,
    budget: &mut Budget<'_>,
) {
    budget.hand_out(opened);
    for (entry, name) in entries.iter().zip(names) {
        if let Some(module) = sources.module(name) {
            budget.code(Code {
                member: Some(name.clone()),
                offset: Some(entry.at as u64),
                loader: Loader::TorchPackage,
                bytes: Cow::Owned(module.into_bytes()),
            });
        }
    }
}

/// Archives in a row are members, each called by its place.
fn add_row<'a>(bytes: &'a [u8], parts: &[(usize, usize)], opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
    for &(from, to) in parts {
        if budget.is_interrupted() {
            break;
        }
        if let Err(limit) = budget.add_member() {
            let message = raw::members_message(limit);
            opened.faults.push(Fault::new(FaultKind::LimitReached, from, message));
            break;
        }
        let name = Some(format!("archive at {from}"));
        add(opened, Found { name, bytes: bytes[from..to].into(), offset: Some(from), alias: None }, budget);
    }
}

/// Bytes that belong to nothing are a member if they are what somebody could want to hide.
fn add_gap<'a>(gap: &'a [u8], at: usize, opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
    let kind = sniff(gap, gap.len() as u64);
    if kind == Kind::Pickle || is_nestable(kind) {
        let name = Some(format!("bytes at {at}"));
        add(opened, Found { name, bytes: gap.into(), offset: Some(at), alias: None }, budget);
    }
}

/// What there is in an archive.
struct List<'a> {
    /// Members of the directory, of other directories, and of none.
    entries: Vec<Entry<'a>>,
    /// Bytes that belong to nothing, from the start and after the end excepted.
    gaps: Vec<(usize, usize)>,
}

/// All members: those of the directory, and those that it leaves out.
fn list<'a>(bytes: &'a [u8], faults: &mut Vec<Fault>, budget: &mut Budget<'_>) -> List<'a> {
    let mut ends = directory::find(bytes).into_iter();
    let Some(end) = ends.next() else {
        faults.push(Fault::new(
            FaultKind::Truncated,
            bytes.len(),
            "the zip has no directory; its members are read by their own headers",
        ));
        let (entries, _) = local::walk(bytes, 0, bytes.len(), budget.members_left() + 1, budget);
        return List { entries, gaps: Vec::new() };
    };
    let mut list = List {
        entries: directory::entries(bytes, &end, budget.members_left() + 1, faults),
        gaps: Vec::new(),
    };
    for other in ends {
        other_directory(bytes, &end, &other, &mut list.entries, faults, budget);
    }
    unlisted(bytes, &mut list, end.start, faults, budget);
    if end.end < bytes.len() {
        let message =
            format!("{} after the end of the zip", pickle_ops::counted(bytes.len() - end.end, "byte"));
        faults.push(Fault::new(FaultKind::TrailingBytes, end.end, message));
        list.gaps.push((end.end, bytes.len()));
    }
    list
}

/// The members that another directory lists, which some reader goes by.
fn other_directory<'a>(
    bytes: &'a [u8],
    end: &End,
    other: &End,
    entries: &mut Vec<Entry<'a>>,
    faults: &mut Vec<Fault>,
    budget: &Budget<'_>,
) {
    // The end of an archive that is a member is no second view of this one. Where the directory is says nothing: the archive's own end
    // may lead a reader into a member.
    let inside = |at: usize| {
        entries.iter().filter_map(|entry| span(bytes, entry)).any(|(low, high)| low < at && at < high)
    };
    if other.at != end.at && inside(other.at) {
        return;
    }
    // A reader that knows no zip64 record looks right before the end record. Where the first entry is as long as what stands in between,
    // 76 bytes, it finds the second one, and by that no member.
    let max = (budget.members_left() + 1).saturating_sub(entries.len());
    // What is wrong with it is of no more interest.
    let more = directory::entries(bytes, other, max, &mut Vec::new());
    let leads_nowhere = || more.iter().all(|entry| span(bytes, entry).is_none());
    if (end.start..end.stop).contains(&other.start) && leads_nowhere() {
        return;
    }
    let message = match other.start == end.start {
        true => {
            "the zip says in two ways where its members are; Python's zipfile goes by one of them".to_owned()
        }
        false => format!(
            "a second directory of the zip begins at {}; Python's zipfile reads the one at {}",
            other.start, end.start
        ),
    };
    faults.push(Fault::new(FaultKind::Mismatch, other.at, message));
    // The same member under another name, or in another length, is another one to who goes by this directory.
    let identity = |entry: &Entry<'a>| (entry.header, entry.name, entry.method, entry.compressed, entry.size);
    let known: HashSet<_> = entries.iter().map(identity).collect();
    entries.extend(more.into_iter().filter(|entry| !known.contains(&identity(entry))));
}

/// Members in the gaps that the directories leave before the first of them.
fn unlisted<'a>(
    bytes: &'a [u8],
    list: &mut List<'a>,
    start: usize,
    faults: &mut Vec<Fault>,
    budget: &mut Budget<'_>,
) {
    let mut spans: Vec<(usize, usize)> = list.entries.iter().filter_map(|entry| span(bytes, entry)).collect();
    spans.push((start, start));
    spans.sort_unstable();
    // One more than is listed, so that the limit is seen to be reached.
    let max = (budget.members_left() + 1).saturating_sub(list.entries.len());
    let (mut found, mut covered) = (Vec::new(), 0);
    for (at, end) in spans {
        if at > covered {
            let gap = local::skip_descriptor(bytes, covered).min(at);
            let (hidden, next) = local::walk(bytes, gap, at, max.saturating_sub(found.len()), budget);
            let said = |entry: &Entry<'_>| {
                let name = names::decode(entry.name);
                let message = "the member has a header, and the zip's directory leaves it out";
                Fault::new(FaultKind::Mismatch, entry.at, message).of(&name)
            };
            faults.extend(hidden.iter().map(said));
            faults.extend(nothing(bytes, next.max(gap), at, &mut list.gaps));
            found.extend(hidden);
        }
        covered = covered.max(end);
    }
    list.entries.extend(found);
}

/// What is said of bytes that belong to no member.
fn nothing(bytes: &[u8], from: usize, to: usize, gaps: &mut Vec<(usize, usize)>) -> Option<Fault> {
    let gap = bytes.get(from..to).filter(|gap| gap.iter().any(|byte| *byte != 0) || from == 0)?;
    if gap.is_empty() {
        return None;
    }
    if from == 0 {
        return Some(Fault::new(
            FaultKind::PrefixBytes,
            0,
            format!("{} before the zip begins", pickle_ops::counted(to, "byte")),
        ));
    }
    gaps.push((from, to));
    let message = format!("{} bytes between the members of the zip belong to none", gap.len());
    Some(Fault::new(FaultKind::TrailingBytes, from, message))
}

/// From the header of a member to the end of its data.
fn span(bytes: &[u8], entry: &Entry<'_>) -> Option<(usize, usize)> {
    let at = usize::try_from(entry.header).ok()?;
    let (_, data) = local::header_at(bytes, at)?;
    Some((at, data.saturating_add(usize::try_from(entry.compressed).ok()?).min(bytes.len())))
}

/// Names that are there twice, or are odd.
fn report_names(entries: &[Entry<'_>], names: &[String], faults: &mut Vec<Fault>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (entry, name) in entries.iter().zip(names) {
        faults.extend(names::fault(name, entry.at));
        if let Some(first) = seen.insert(name, entry.at) {
            let message = format!(
                "a member of this name is in the zip already, at {first}; Python's zipfile takes the last one"
            );
            faults.push(Fault::new(FaultKind::Duplicate, entry.at, message).of(name));
        }
    }
}
