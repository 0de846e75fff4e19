//! Picks the format, and opens containers inside containers. Never reads a byte that a format did not ask for.

use std::borrow::Cow;

use crate::fault::{Fault, FaultKind};
use crate::formats::{FORMATS, Format, npy, raw};
use crate::limits::{Budget, Limits};
use crate::member::{Member, Opened, is_pickle_name};
use crate::sniff::{Kind, sniff};

/// The bytes of a file or of a member, and what it is called.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Its name, if it has one: a hint for members that have none of their own.
    pub name: Option<String>,
    /// All its bytes.
    pub bytes: &'a [u8],
}

/// Opens a file called `name` (if that is known: a hint, never needed) with the content `bytes`: a container of
/// [`FORMATS`], or else the file itself as its one member.
///
/// It cannot fail: what is wrong is in [`Opened::faults`], what could be had in [`Opened::members`].
#[must_use]
pub fn open<'a>(name: Option<&str>, bytes: &'a [u8], limits: &Limits) -> Opened<'a> {
    open_within(name, bytes, &mut Budget::new(limits.clone()))
}

/// The same with what is left of the limits of a file, for bytes that were found in it.
#[must_use]
pub fn open_within<'a>(name: Option<&str>, bytes: &'a [u8], budget: &mut Budget) -> Opened<'a> {
    let name = name.map(str::to_owned);
    unwrap(&Input { name, bytes }, budget).finished()
}

fn unwrap<'a>(input: &Input<'a>, budget: &mut Budget) -> Opened<'a> {
    let format = FORMATS.iter().find(|format| format.sniff(input.bytes)).copied().unwrap_or(&raw::Raw);
    let opened = format.open(input, budget);
    let head = sniff(input.bytes, input.bytes.len() as u64);
    if head != Kind::Pickle || format.name() == raw::NAME {
        return opened;
    }
    if lies_inside(&opened) { raw::Raw.open(input, budget) } else { both(input, opened, budget) }
}

/// Whether there are bytes before a container and behind it: then it lies in a pickle as any constant does, such as the bytes
/// of a document. No loader looks for one there.
fn lies_inside(container: &Opened<'_>) -> bool {
    let has = |kind| container.faults.iter().any(|fault| fault.kind == kind && fault.member.is_none());
    has(FaultKind::PrefixBytes) && has(FaultKind::TrailingBytes)
}

/// A file that is a container, and a pickle as well to a reader that begins at its first byte.
fn both<'a>(input: &Input<'a>, container: Opened<'a>, budget: &mut Budget) -> Opened<'a> {
    let mut opened = raw::Raw.open(input, budget);
    opened.format = container.format;
    opened.members.extend(container.members);
    opened.faults.push(Fault::new(
        FaultKind::Polyglot,
        0,
        format!("the bytes are a pickle and a {} archive at once; both are read", container.format),
    ));
    opened.faults.extend(container.faults.into_iter().filter(|fault| fault.kind != FaultKind::PrefixBytes));
    opened
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

/// Adds a member to `opened`: what it holds if it is a container itself, else the member as it is.
pub(crate) fn add<'a>(opened: &mut Opened<'a>, found: Found<'a>, budget: &mut Budget) {
    let kind = sniff(&found.bytes, found.bytes.len() as u64);
    let offset = found.offset.map(|at| at as u64);
    let name = found.name.as_deref().or(found.alias.as_deref());
    let mut member = Member {
        path: found.name.clone(),
        kind,
        bytes: None,
        file_offset: offset,
        size: found.bytes.len() as u64,
        named_pickle: name.is_some_and(is_pickle_name),
    };
    if is_nestable(kind) {
        match open_inside(name, &found.bytes, budget) {
            Ok(inner) => {
                // The nameless stream inside goes by this member's name, and stands for it.
                let is_stream = inner.members.iter().any(|member| member.path.is_none());
                if member.path.is_some() && !is_stream {
                    opened.members.push(member);
                }
                return opened.absorb(inner, found.name.as_deref(), offset);
            }
            Err(limit) => opened.faults.push(Fault {
                kind: FaultKind::LimitReached,
                member: found.name,
                offset,
                message: format!(
                    "containers inside containers deeper than the limit of {limit} are not opened"
                ),
            }),
        }
    } else {
        let faults = raw::unsupported(kind).into_iter().chain(npy::faults(&found.bytes));
        let moved = |fault: &Fault| offset.zip(fault.offset).map(|(base, at)| base.saturating_add(at));
        let of_member =
            faults.map(|fault| Fault { member: found.name.clone(), offset: moved(&fault), ..fault });
        opened.faults.extend(of_member);
    }
    member.bytes = Some(found.bytes);
    opened.members.push(member);
}

fn open_inside<'a>(
    name: Option<&str>,
    bytes: &Cow<'a, [u8]>,
    budget: &mut Budget,
) -> Result<Opened<'a>, usize> {
    let name = name.map(str::to_owned);
    budget.deeper(|budget| match *bytes {
        Cow::Borrowed(bytes) => unwrap(&Input { name, bytes }, budget),
        Cow::Owned(ref bytes) => unwrap(&Input { name, bytes }, budget).into_owned(),
    })
}

/// Whether this is a container that one of [`FORMATS`] reads.
pub(crate) fn is_nestable(kind: Kind) -> bool {
    matches!(kind, Kind::Container(name) if FORMATS.iter().any(|format| format.name() == name))
}
