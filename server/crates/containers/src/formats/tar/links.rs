//! Where links in a tar lead when it is extracted, member after member.
//!
//! The file system of a machine is full of links to places that are not in the archive; by itself such a link does nothing. What is
//! written through one is written there.

use std::collections::HashMap;

use crate::fault::{Fault, FaultKind};
use crate::member::escapes;

/// Links that are followed one after the other, as Linux does.
const MOST_HOPS: usize = 40;

/// Links of one archive, by where they are.
#[derive(Debug, Default)]
pub(super) struct Links {
    symbolic: HashMap<String, Link>,
    /// How many lead out, and the fault of the first.
    leaving: usize,
    first: Option<Fault>,
    /// Which of [`OF_TORCH`] there are.
    of_torch: [bool; 3],
    /// The fault of the first of them that is no file.
    no_file: Option<Fault>,
}

/// Members that the loader of torch's old tars extracts by their names, and opens (`torch/serialization.py`, `legacy_load`).
const OF_TORCH: [&str; 3] = ["pickle", "storages", "tensors"];

#[derive(Debug)]
struct Link {
    at: usize,
    /// The place in the archive that it leads to; `None`: it leads out.
    target: Option<String>,
}

impl Links {
    /// What is wrong with a member, given its name, its type, what it links to and where its header is.
    pub(super) fn look(&mut self, name: &str, kind: u8, link: &str, at: usize) -> Option<Fault> {
        self.look_as_torch(name, kind, link, at);
        let place = inside("", name)?;
        let fault = match kind {
            b'2' => {
                // A link takes the place of one that is there; what it is put into may be one.
                let through = parent(&place).and_then(|parent| self.way_out(parent));
                let fault = through.map(|out| written_through(at, out, name));
                self.add(place, name, link, at);
                fault
            }
            b'1' if escapes(link) => Some(leads_out(FaultKind::PathEscape, name, link, at)),
            b'1' => inside("", link).and_then(|target| {
                self.way_out(&target)
                    .or_else(|| self.way_out(&place))
                    .map(|out| written_through(at, out, name))
            }),
            // A folder that is there as a link is left as it is.
            b'5' => parent(&place)
                .and_then(|parent| self.way_out(parent))
                .map(|out| written_through(at, out, name)),
            _ => self.way_out(&place).map(|out| written_through(at, out, name)),
        };
        if !matches!(kind, b'2' | b'5') {
            self.symbolic.remove(&place_of(name));
        }
        fault
    }

    /// Takes note of a member that the loader of torch extracts: it opens whatever that is then, and unpickles it.
    fn look_as_torch(&mut self, name: &str, kind: u8, link: &str, at: usize) {
        let Some(index) = OF_TORCH.iter().position(|member| *member == name) else { return };
        self.of_torch[index] = true;
        let what = match kind {
            b'1' | b'2' => format!("a link to '{link}'"),
            b'3' | b'4' | b'6' => "a device or a pipe".to_owned(),
            _ => return,
        };
        let message =
            format!("the member is {what}, which the loader of torch unpickles; torch writes files");
        self.no_file.get_or_insert_with(|| Fault::new(FaultKind::PathEscape, at, message).of(name));
    }

    /// What is to be said of all of them, behind the last member.
    pub(super) fn finish(self) -> impl Iterator<Item = Fault> {
        let first = self.first.map(|mut first| {
            if self.leaving > 1 {
                first.message = format!("{}; and so do {} more", first.message, self.leaving - 1);
            }
            first
        });
        let is_of_torch = self.of_torch.iter().all(|is_there| *is_there);
        first.into_iter().chain(self.no_file.filter(|_| is_of_torch))
    }

    fn add(&mut self, place: String, name: &str, link: &str, at: usize) {
        let is_absolute = link.starts_with(['/', '\\']) || link.as_bytes().get(1) == Some(&b':');
        let target = if is_absolute { None } else { inside(parent(&place).unwrap_or(""), link) };
        if target.is_none() {
            self.leaving += 1;
            self.first.get_or_insert_with(|| leads_out(FaultKind::LinkEscape, name, link, at));
        }
        self.symbolic.insert(place, Link { at, target });
    }

    /// The link by which a place is outside, and where that is.
    fn way_out(&self, place: &str) -> Option<(&str, usize)> {
        if self.symbolic.is_empty() {
            return None;
        }
        let mut place = place.to_owned();
        for _ in 0..MOST_HOPS {
            let ends = place.match_indices('/').map(|(end, _)| end).chain([place.len()]);
            let mut found = None;
            for end in ends {
                if let Some((name, link)) = self.symbolic.get_key_value(&place[..end]) {
                    found = Some((name, link, end));
                    break;
                }
            }
            let (name, link, end) = found?;
            let Some(target) = &link.target else { return Some((name, link.at)) };
            place = inside(target, &place[end..])?;
        }
        None
    }
}

fn leads_out(kind: FaultKind, name: &str, link: &str, at: usize) -> Fault {
    let message = format!("the link leads out of the folder it is extracted to, to '{link}'");
    Fault::new(kind, at, message).of(name)
}

fn written_through(at: usize, (link, place): (&str, usize), name: &str) -> Fault {
    let message = format!(
        "extracted through the link '{link}' (at {place}), which leads out of the folder it is extracted to"
    );
    Fault::new(FaultKind::PathEscape, at, message).of(name)
}

fn place_of(name: &str) -> String {
    inside("", name).unwrap_or_default()
}

fn parent(place: &str) -> Option<&str> {
    place.rsplit_once('/').map(|(parent, _)| parent)
}

/// Where a relative path leads from a folder of the archive; `None`: out of it.
fn inside(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
