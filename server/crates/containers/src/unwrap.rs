//! Picks the format, and opens containers inside containers. Never reads a byte that a format did not ask for.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::budget::{Budget, Interrupt};
use crate::fault::{Fault, FaultKind};
use crate::formats::{FORMATS, Format, cache_entry, documents, hdf5, npy, raw, text, zip};
use crate::limits::Limits;
use crate::member::{Item, Member, Opened, is_pickle_name};
use crate::sniff::{Kind, sniff};

/// The bytes of a file or of a member, and what it is called.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Its name, if it has one: a hint for members that have none of their own.
    pub name: Option<String>,
    /// All its bytes.
    pub bytes: &'a [u8],
    /// What the bytes are, once it was asked.
    kind: OnceCell<Kind>,
}

impl<'a> Input<'a> {
    /// Nothing was looked at yet.
    #[must_use]
    pub fn new(name: Option<String>, bytes: &'a [u8]) -> Self {
        Self { name, bytes, kind: OnceCell::new() }
    }

    /// The same, of bytes of which it is known what they are.
    fn known(name: Option<String>, bytes: &'a [u8], kind: Kind) -> Self {
        Self { name, bytes, kind: OnceCell::from(kind) }
    }

    /// What the bytes are. Most formats want to know; it is looked at once.
    #[must_use]
    pub fn kind(&self) -> Kind {
        *self.kind.get_or_init(|| kind_of(self.name.as_deref(), self.bytes))
    }
}

/// What bytes of this name are. What is called a pickle, and could be a document by its bytes, is what it is called: a damaged one.
fn kind_of(name: Option<&str>, bytes: &[u8]) -> Kind {
    match sniff(bytes, bytes.len() as u64) {
        Kind::Container(format) if documents::is_guess(format) && name.is_some_and(is_pickle_name) => {
            Kind::Unknown
        }
        kind => kind,
    }
}

/// The files in the folder of a file, for formats that keep one thing in several files.
pub trait Siblings {
    /// The bytes of the file called `name`, a plain name without a folder; `None`: there is none, it cannot be read, or it is
    /// longer than an index can be.
    fn read(&self, name: &str) -> Option<Vec<u8>>;

    /// Shows all bytes of the file called `name` to `look`, however many they are; whether it could be read.
    fn show(&self, name: &str, look: &mut dyn FnMut(&[u8])) -> bool {
        self.read(name).is_some_and(|bytes| {
            look(&bytes);
            true
        })
    }

    /// The files below the folder called `folder` (`x/y/`; empty: the same one), by their paths from there, in order and no more than
    /// `most`: those that `wanted` takes, in folders that it takes. [`Siblings::show`] takes them behind `folder`.
    fn below(&self, _folder: &str, _wanted: &dyn Fn(&str) -> bool, _most: usize) -> Vec<String> {
        Vec::new()
    }

    /// The length in bytes of the file called `name`, if there is one.
    fn size(&self, name: &str) -> Option<u64>;
}

/// Opens a file called `name` (if that is known: a hint, never needed) with the content `bytes`: a container of
/// [`FORMATS`], or else the file itself as its one member. All members at once: for one after the other, see [`visit`].
///
/// It cannot fail: what is wrong is in [`Opened::faults`], what could be had in [`Opened::members`]. Code that is no pickle
/// ([`Item::Code`]) is among its members, and what it calls is not told.
#[must_use]
pub fn open<'a>(name: Option<&str>, bytes: &'a [u8], limits: &Limits) -> Opened<'a> {
    open_beside(&Input::new(name.map(str::to_owned), bytes), None, limits)
}

/// As [`open`], of a file that may have others beside it.
#[must_use]
pub fn open_beside<'a>(input: &Input<'a>, siblings: Option<&dyn Siblings>, limits: &Limits) -> Opened<'a> {
    let mut opened = Opened::new(raw::NAME);
    let format = visit_beside(input, siblings, limits, &|| false, &mut |item| match item {
        Item::Member(member) => opened.members.push(member.tied_to(input.bytes)),
        Item::Fault(fault) => opened.faults.push(fault),
        Item::Code(_) => {}
    });
    Opened { format, ..opened }
}

/// Hands everything that is in a file to `sink`, in the order of the file: the faults of a member come before it, and it is
/// gone before the next one is read. Gives the name of the file's format.
///
/// When `interrupt` says yes, it comes to an end soon, and nobody is told that there is more.
pub fn visit(
    input: &Input<'_>,
    limits: &Limits,
    interrupt: Interrupt<'_>,
    sink: &mut dyn FnMut(Item<'_>),
) -> &'static str {
    visit_beside(input, None, limits, interrupt, sink)
}

/// As [`visit`], of a file that may have others beside it.
pub fn visit_beside(
    input: &Input<'_>,
    siblings: Option<&dyn Siblings>,
    limits: &Limits,
    interrupt: Interrupt<'_>,
    sink: &mut dyn FnMut(Item<'_>),
) -> &'static str {
    visit_member(input, siblings, limits, None, interrupt, sink)
}

/// As [`visit_beside`], for the sake of the member called `only`, if one is named: what neither is nor holds it is listed, and not
/// unpacked.
pub fn visit_member(
    input: &Input<'_>,
    siblings: Option<&dyn Siblings>,
    limits: &Limits,
    only: Option<&str>,
    interrupt: Interrupt<'_>,
    sink: &mut dyn FnMut(Item<'_>),
) -> &'static str {
    let mut budget = Budget::new(limits.clone(), interrupt, sink).beside(siblings).only(only);
    let format = unwrap(input, &mut budget);
    budget.finish();
    format
}

fn unwrap(input: &Input<'_>, budget: &mut Budget<'_>) -> &'static str {
    let found = FORMATS.iter().find(|format| format.sniff_beside(input, budget)).copied();
    let head = input.kind();
    // An archive between other bytes of a pickle is data of it, as documents are. No loader looks for one there, but for those that
    // go by the name.
    let is_data = head == Kind::Pickle
        && found.is_some_and(|format| format.name() == zip::NAME)
        && !input.name.as_deref().is_some_and(zip::is_name)
        && zip::is_data(input.bytes);
    let format = found.filter(|_| !is_data).unwrap_or(&raw::Raw);
    let (hdf5, is_behind): (&dyn Format, _) = (&hdf5::Hdf5, hdf5::is_behind(input.bytes));
    let format = if is_behind && format.name() == raw::NAME { hdf5 } else { format };
    if head == Kind::Pickle && !format.begins_with_pickle() {
        both(input, format.name(), budget);
    }
    let mut opened = format.open(input, budget);
    // Its library looks for it behind whatever else a file is.
    if is_behind && format.name() != hdf5.name() {
        budget.hand_out(&mut opened);
        opened = hdf5.open(input, budget);
    }
    let entry = &cache_entry::CacheEntry;
    if format.name() == raw::NAME || format.name() == cache_entry::NAME || !entry.sniff(input) {
        budget.hand_out(&mut opened);
        return format.name();
    }
    // The moment in front of an entry may be the signature of something else, by accident or on purpose.
    if opened.members.iter().any(|member| member.kind == Kind::Pickle) {
        budget.hand_out(&mut opened);
    }
    let mut opened = entry.open(input, budget);
    budget.hand_out(&mut opened);
    entry.name()
}

/// A file that is a container, and a pickle as well to a reader that begins at its first byte.
fn both(input: &Input<'_>, container: &str, budget: &mut Budget<'_>) {
    let mut opened = raw::Raw.open(input, budget);
    opened.faults.push(Fault::new(
        FaultKind::Polyglot,
        0,
        format!("the bytes are a pickle and a {container} archive at once; both are read"),
    ));
    budget.hand_out(&mut opened);
    budget.prefix_is_known();
}

/// What a container knows of a member whose bytes it has got.
pub(crate) struct Found<'a> {
    /// Its name in the container, `None` if the format has no names.
    pub(crate) name: Option<String>,
    /// Its bytes.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Where they lie in the container, when they are stored as they are.
    pub(crate) offset: Option<usize>,
    /// The name that a nameless stream goes by (`model.pkl` for what `model.pkl.gz` holds).
    pub(crate) alias: Option<String>,
}

/// Adds a member to what was found: what it holds if it is a container itself, else the member as it is. What `opened` held
/// before is handed out.
pub(crate) fn add<'a>(opened: &mut Opened<'a>, found: Found<'a>, budget: &mut Budget<'_>) {
    if budget.is_interrupted() {
        return;
    }
    let offset = found.offset.map(|at| at as u64);
    let name = found.name.as_deref().or(found.alias.as_deref());
    let kind = kind_of(name, &found.bytes);
    let mut itself: Member<'static> = Member {
        path: found.name.clone(),
        kind,
        bytes: None,
        file_offset: offset,
        size: found.bytes.len() as u64,
        named_pickle: name.is_some_and(is_pickle_name),
        beside: false,
    };
    if !budget.wants(found.name.as_deref()) {
        return opened.members.push(itself);
    }
    if holds_others(kind, name, &found.bytes) {
        budget.hand_out(opened);
        let input = Input::known(name.map(str::to_owned), &found.bytes, kind);
        match budget.deeper(itself, |budget| _ = unwrap(&input, budget)) {
            Ok(()) => return,
            Err((limit, back)) => {
                let message =
                    format!("containers inside containers deeper than the limit of {limit} are not opened");
                opened.faults.push(Fault {
                    kind: FaultKind::LimitReached,
                    member: found.name,
                    offset,
                    message,
                });
                itself = back;
            }
        }
    } else {
        let faults = raw::unsupported(kind).into_iter().chain(npy::faults(&found.bytes));
        let moved = |fault: &Fault| offset.zip(fault.offset).map(|(base, at)| base.saturating_add(at));
        let of_member =
            faults.map(|fault| Fault { member: found.name.clone(), offset: moved(&fault), ..fault });
        opened.faults.extend(of_member);
    }
    opened.members.push(Member { bytes: Some(found.bytes), ..itself });
    budget.hand_out(opened);
}

/// Whether bytes of this kind are opened as a container: by their signature, or because a closer look shows that they are one.
fn holds_others(kind: Kind, name: Option<&str>, bytes: &[u8]) -> bool {
    match kind {
        Kind::Pickle => begins_with_pickle(&Input::known(None, bytes, kind)),
        Kind::Text(_) => text::is_of_interest(name, bytes),
        _ => is_nestable(kind),
    }
}

/// Whether bytes that begin with a pickle are more than that to one of [`FORMATS`].
pub(crate) fn begins_with_pickle(input: &Input<'_>) -> bool {
    FORMATS
        .iter()
        .any(|format| format.begins_with_pickle() && format.name() != raw::NAME && format.sniff(input))
}

/// Whether this is a container that one of [`FORMATS`] reads.
pub(crate) fn is_nestable(kind: Kind) -> bool {
    matches!(kind, Kind::Container(name) if FORMATS.iter().any(|format| format.name() == name))
}
