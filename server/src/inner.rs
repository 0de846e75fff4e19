//! The pickles in constants of pickles, as members of the file: what the command line and the server show under the paths
//! that findings name.

use std::borrow::Cow;

use pickle_containers::{Limits, Member, Opened, SEPARATOR};
use pickle_machine::stream::{Beside, Memory};
use pickle_machine::{Inner, Interrupt, inner};
use pickle_rules::Slice;

/// What is left of the limits of a file for what lies in its constants.
#[derive(Debug)]
pub(crate) struct Room {
    limits: Limits,
    depth: usize,
    /// Arrays of the streams that were judged in files beside them.
    pub(crate) beside: Vec<Beside>,
    /// Parts of other files that they are the indices of.
    pub(crate) slices: Vec<Slice>,
}

impl Room {
    /// All of it.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), depth: 0, beside: Vec::new(), slices: Vec::new() }
    }

    /// Opens the bytes of a constant, and spends what they take.
    pub(crate) fn open<'a>(&mut self, bytes: &'a [u8]) -> Opened<'a> {
        let limits = Limits { depth: self.limits.depth.saturating_sub(self.depth), ..self.limits.clone() };
        let opened = pickle_containers::open(None, bytes, &limits);
        let unpacked = opened.members.iter().map(|member| match &member.bytes {
            Some(Cow::Owned(bytes)) => bytes.len() as u64,
            _ => 0,
        });
        self.limits.total_bytes = self.limits.total_bytes.saturating_sub(unpacked.sum());
        self.limits.members = self.limits.members.saturating_sub(opened.members.len());
        opened
    }

    /// Runs `f` one level deeper.
    ///
    /// # Errors
    /// The limit of levels.
    pub(crate) fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> Result<T, usize> {
        if self.depth >= self.limits.depth {
            return Err(self.limits.depth);
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        Ok(result)
    }
}

/// A member that lies in a constant of another.
#[derive(Debug)]
pub(crate) struct InnerMember<'a> {
    /// The path of the other.
    pub(crate) outer: Option<String>,
    /// Offset of the constant in it.
    pub(crate) at: usize,
    /// The member, with its whole path.
    pub(crate) member: Member<'a>,
}

/// Byte strings that are looked into, in all members of a file.
const MOST: usize = 100_000;

/// The pickles in constants of `members`, and in constants of those. What there is no room for is left out: the
/// findings say so.
pub(crate) fn inner_members<'a>(
    members: &[Member<'a>],
    room: &mut Room,
    interrupt: Interrupt<'_>,
) -> Vec<InnerMember<'a>> {
    let mut found = Vec::new();
    for member in members.iter().filter(|member| member.is_candidate()) {
        look_into(member, room, interrupt, &mut found);
    }
    found
}

fn look_into<'a>(
    outer: &Member<'a>,
    room: &mut Room,
    interrupt: Interrupt<'_>,
    found: &mut Vec<InnerMember<'a>>,
) {
    let Some(stream) = &outer.bytes else { return };
    let most = MOST.saturating_sub(found.len());
    for inner in inner::find(stream, most, Memory::from(stream), interrupt) {
        let bytes = match stream {
            Cow::Borrowed(stream) => inner.bytes(stream),
            Cow::Owned(stream) => inner.bytes(stream).map(|bytes| Cow::Owned(bytes.into_owned())),
        };
        let Some(bytes) = bytes else { continue };
        // At the limit of depth there is nothing more to be shown.
        let _ = room.deeper(|room| {
            for member in opened(outer, inner, &bytes, room) {
                if member.is_candidate() {
                    look_into(&member, room, interrupt, found);
                    found.push(InnerMember { outer: outer.path.clone(), at: inner.at, member });
                }
            }
        });
    }
}

/// The members that a byte string of `outer` is, or holds.
fn opened<'a>(outer: &Member<'a>, inner: Inner, bytes: &Cow<'a, [u8]>, room: &mut Room) -> Vec<Member<'a>> {
    let (members, start) = match bytes {
        Cow::Borrowed(bytes) => (room.open(bytes).members, start_of(outer, bytes)),
        Cow::Owned(bytes) => {
            let owned = |member: Member<'_>| Member {
                bytes: member.bytes.map(|bytes| Cow::Owned(bytes.into_owned())),
                ..member
            };
            (room.open(bytes).members.into_iter().map(owned).collect::<Vec<_>>(), None)
        }
    };
    let base = outer.file_offset.zip(start).map(|(file, start)| file.saturating_add(start));
    let name = match &outer.path {
        Some(path) => format!("{path}{SEPARATOR}{inner}"),
        None => inner.to_string(),
    };
    let moved = |member: Member<'a>| Member {
        path: Some(match &member.path {
            Some(path) => format!("{name}{SEPARATOR}{path}"),
            None => name.clone(),
        }),
        file_offset: base.zip(member.file_offset).map(|(base, at)| base.saturating_add(at)),
        ..member
    };
    members.into_iter().map(moved).collect()
}

/// Where bytes lie in those of a member, if they are a part of them.
fn start_of(outer: &Member<'_>, bytes: &[u8]) -> Option<u64> {
    let Some(Cow::Borrowed(stream)) = &outer.bytes else { return None };
    let start = (bytes.as_ptr() as usize).checked_sub(stream.as_ptr() as usize)?;
    (start + bytes.len() <= stream.len()).then_some(start as u64)
}
