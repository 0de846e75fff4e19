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

use std::collections::HashMap;

use super::{Format, raw};
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use directory::Entry;
use reading::Reading;

/// See the module.
pub(crate) struct Zip;

impl Format for Zip {
    fn name(&self) -> &'static str {
        "zip"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pt", "pth", "ckpt", "npz", "zip", "mar", "keras", "skops"]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(local::LOCAL) || directory::find(bytes).is_some()
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let entries = list(input.bytes, &mut opened.faults, budget);
        let names: Vec<String> = entries.iter().map(|entry| names::decode(entry.name)).collect();
        report_names(&entries, &names, &mut opened.faults);
        let torch = names::torch_roots(names.iter().map(String::as_str));
        for (entry, name) in entries.iter().zip(names) {
            if let Err(limit) = budget.add_member() {
                opened.faults.push(Fault::new(
                    FaultKind::LimitReached,
                    entry.at,
                    raw::members_message(limit),
                ));
                break;
            }
            let storage = names::is_torch_storage(&name, &torch);
            Reading { bytes: input.bytes, entry, name, storage }.into(&mut opened, budget);
        }
        opened
    }
}

/// All members: those of the directory, and those that it leaves out.
fn list<'a>(bytes: &'a [u8], faults: &mut Vec<Fault>, budget: &mut Budget<'_>) -> Vec<Entry<'a>> {
    let Some((end, other)) = directory::find(bytes) else {
        faults.push(Fault::new(
            FaultKind::Truncated,
            bytes.len(),
            "the zip has no directory; its members are read by their own headers",
        ));
        return local::walk(bytes, 0, bytes.len(), budget.members_left() + 1, budget).0;
    };
    let mut entries = directory::entries(bytes, &end, budget.members_left() + 1, faults);
    let hidden = unlisted(bytes, &entries, end.start, faults, budget);
    entries.extend(hidden);
    // The end of an archive that is a member is no second view of this one.
    let inside = |at: usize| {
        entries.iter().filter_map(|entry| span(bytes, entry)).any(|(low, high)| low < at && at < high)
    };
    if let Some(at) = other.filter(|at| !inside(*at)) {
        let message =
            format!("two directories of a zip end here and at {}; readers use the last one", end.at);
        faults.push(Fault::new(FaultKind::Mismatch, at, message));
    }
    if end.end < bytes.len() {
        let message = format!("{} bytes after the end of the zip", bytes.len() - end.end);
        faults.push(Fault::new(FaultKind::TrailingBytes, end.end, message));
    }
    entries
}

/// Members in the gaps that the directory leaves before itself.
fn unlisted<'a>(
    bytes: &'a [u8],
    entries: &[Entry<'a>],
    start: usize,
    faults: &mut Vec<Fault>,
    budget: &mut Budget<'_>,
) -> Vec<Entry<'a>> {
    let mut spans: Vec<(usize, usize)> = entries.iter().filter_map(|entry| span(bytes, entry)).collect();
    spans.push((start, start));
    spans.sort_unstable();
    // One more than is listed, so that the limit is seen to be reached.
    let max = (budget.members_left() + 1).saturating_sub(entries.len());
    let (mut found, mut covered) = (Vec::new(), 0);
    for (at, end) in spans {
        if at > covered {
            let gap = local::skip_descriptor(bytes, covered).min(at);
            let (hidden, _) = local::walk(bytes, gap, at, max.saturating_sub(found.len()), budget);
            let said = |entry: &Entry<'_>| {
                let name = names::decode(entry.name);
                let message = "the member has a header, and the zip's directory leaves it out";
                Fault::new(FaultKind::Mismatch, entry.at, message).of(&name)
            };
            faults.extend(hidden.iter().map(said));
            if hidden.is_empty() && covered == 0 {
                faults.push(Fault::new(
                    FaultKind::PrefixBytes,
                    0,
                    format!("{at} bytes before the zip begins"),
                ));
            }
            found.extend(hidden);
        }
        covered = covered.max(end);
    }
    found
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
