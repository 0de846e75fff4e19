//! The pickles in constants of pickles, as members of the file: what the command line and the server show under the paths
//! that findings name.

use std::borrow::Cow;

use pickle_containers::{Budget, Member, SEPARATOR, open_within};
use pickle_machine::{Inner, Interrupt, inner};

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

/// The pickles in constants of `members`, and in constants of those. What does not fit into the budget is left out: the
/// findings say so.
pub(crate) fn inner_members<'a>(
    members: &[Member<'a>],
    budget: &mut Budget,
    interrupt: Interrupt<'_>,
) -> Vec<InnerMember<'a>> {
    let mut found = Vec::new();
    for member in members.iter().filter(|member| member.is_candidate()) {
        look_into(member, budget, interrupt, &mut found);
    }
    found
}

fn look_into<'a>(
    outer: &Member<'a>,
    budget: &mut Budget,
    interrupt: Interrupt<'_>,
    found: &mut Vec<InnerMember<'a>>,
) {
    let Some(stream) = &outer.bytes else { return };
    let room = MOST.saturating_sub(found.len());
    for inner in inner::find(stream, room, interrupt) {
        let bytes = match stream {
            Cow::Borrowed(stream) => inner.bytes(stream),
            Cow::Owned(stream) => inner.bytes(stream).map(|bytes| Cow::Owned(bytes.into_owned())),
        };
        let Some(bytes) = bytes else { continue };
        // At the limit of depth there is nothing more to be shown.
        let _ = budget.deeper(|budget| {
            for member in opened(outer, inner, &bytes, budget) {
                if member.is_candidate() {
                    look_into(&member, budget, interrupt, found);
                    found.push(InnerMember { outer: outer.path.clone(), at: inner.at, member });
                }
            }
        });
    }
}

/// The members that a byte string of `outer` is, or holds.
fn opened<'a>(
    outer: &Member<'a>,
    inner: Inner,
    bytes: &Cow<'a, [u8]>,
    budget: &mut Budget,
) -> Vec<Member<'a>> {
    let members = match bytes {
        Cow::Borrowed(bytes) => open_within(None, bytes, budget).members,
        Cow::Owned(bytes) => open_within(None, bytes, budget)
            .members
            .into_iter()
            .map(|member| Member {
                bytes: member.bytes.map(|bytes| Cow::Owned(bytes.into_owned())),
                ..member
            })
            .collect(),
    };
    let base = outer.file_offset.zip(start_of(outer, bytes)).map(|(file, start)| file.saturating_add(start));
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
fn start_of(outer: &Member<'_>, bytes: &Cow<'_, [u8]>) -> Option<u64> {
    let (Some(Cow::Borrowed(stream)), Cow::Borrowed(bytes)) = (&outer.bytes, bytes) else { return None };
    let start = (bytes.as_ptr() as usize).checked_sub(stream.as_ptr() as usize)?;
    (start + bytes.len() <= stream.len()).then_some(start as u64)
}
