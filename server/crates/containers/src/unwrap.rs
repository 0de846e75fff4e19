//! Picks the format, and opens containers inside containers. Never reads a byte that a format did not ask for.

use std::borrow::Cow;

use crate::fault::{Fault, FaultKind};
use crate::formats::{FORMATS, Format, raw};
use crate::limits::{Budget, Limits};
use crate::member::{Member, Opened, is_pickle_name};
use crate::sniff::{Kind, sniff};

/// The bytes of a file or of a member, and what it is called.
#[derive(Clone)]
pub struct Input<'a> {
    /// Its name, if it has one: a hint for members that have none of their own.
    pub name: Option<String>,
    /// All its bytes.
    pub bytes: &'a [u8],
    /// The files beside it; `None` for members, which have none.
    pub siblings: Option<&'a dyn Siblings>,
}

/// The files in the folder of a file, for formats that keep one thing in several files.
pub trait Siblings {
    /// The bytes of the file called `name`, a plain name without a folder; `None`: there is none, it cannot be read, or it is
    /// longer than an index can be.
    fn read(&self, name: &str) -> Option<Vec<u8>>;

    /// The length in bytes of the file called `name`, if there is one.
    fn size(&self, name: &str) -> Option<u64>;
}

/// Opens a file called `name` (if that is known: a hint, never needed) with the content `bytes`: a container of
/// [`FORMATS`], or else the file itself as its one member.
///
/// It cannot fail: what is wrong is in [`Opened::faults`], what could be had in [`Opened::members`].
#[must_use]
pub fn open<'a>(name: Option<&str>, bytes: &'a [u8], limits: &Limits) -> Opened<'a> {
    open_input(&Input { name: name.map(str::to_owned), bytes, siblings: None }, limits)
}

/// As [`open`], of a file that may have others beside it.
#[must_use]
pub fn open_input<'a>(input: &Input<'a>, limits: &Limits) -> Opened<'a> {
    unwrap(input, &mut Budget::new(limits.clone())).finished()
}

fn unwrap<'a>(input: &Input<'a>, budget: &mut Budget) -> Opened<'a> {
    let format = FORMATS.iter().find(|format| format.sniff_input(input)).copied().unwrap_or(&raw::Raw);
    let opened = format.open(input, budget);
    let head = sniff(input.bytes, input.bytes.len() as u64);
    if head == Kind::Pickle && !format.begins_with_pickle() { both(input, opened, budget) } else { opened }
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
    if is_nestable(kind) || begins_with_pickle(&found.bytes) {
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
    } else if let Some(fault) = raw::unsupported(kind) {
        opened.faults.push(Fault { member: found.name, offset, ..fault });
    }
    member.bytes = Some(found.bytes);
    opened.members.push(member);
}

/// Opens `bytes`, which are called `name`, as a container inside a container; the limit, if that is too deep.
pub(crate) fn open_inside<'a>(
    name: Option<&str>,
    bytes: &Cow<'a, [u8]>,
    budget: &mut Budget,
) -> Result<Opened<'a>, usize> {
    let name = name.map(str::to_owned);
    budget.deeper(|budget| match *bytes {
        Cow::Borrowed(bytes) => unwrap(&Input { name, bytes, siblings: None }, budget),
        Cow::Owned(ref bytes) => unwrap(&Input { name, bytes, siblings: None }, budget).into_owned(),
    })
}

/// Whether bytes that begin with a pickle are more than that to one of [`FORMATS`].
pub(crate) fn begins_with_pickle(bytes: &[u8]) -> bool {
    FORMATS
        .iter()
        .any(|format| format.begins_with_pickle() && format.name() != raw::NAME && format.sniff(bytes))
}

/// Whether this is a container that one of [`FORMATS`] reads.
pub(crate) fn is_nestable(kind: Kind) -> bool {
    matches!(kind, Kind::Container(name) if FORMATS.iter().any(|format| format.name() == name))
}
