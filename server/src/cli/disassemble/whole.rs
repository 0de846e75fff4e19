//! The listing of a whole container, byte by byte: members that are stored as they are stand decoded in their place, all
//! else is rows of `BYTES`, and what is compressed is pointed to by comments. Every byte is in it once, so that it is the
//! text form of the file.

use std::fmt;
use std::ops::Range;

use pickle_containers::{Member, Opened};
use pickle_listing::full;
use pickle_listing::row::Style;
use pickle_machine::never;
use pickle_machine::record::record;
use pickle_machine::render::escape;

/// A member in its place in the file.
struct Stored<'o> {
    /// What it is called; `None`: the file itself, which is a pickle and a container at once.
    path: Option<&'o str>,
    range: Range<usize>,
}

/// Writes the container with these bytes.
pub(super) fn write(mut out: &mut dyn fmt::Write, bytes: &[u8], opened: &Opened<'_>) -> fmt::Result {
    let stored = stored(bytes, opened);
    writeln!(out, "# {} file", opened.format)?;
    for member in opened.members.iter().filter(|member| member.is_candidate()) {
        if !stored.iter().any(|stored| stored.path == member.path.as_deref()) {
            let path = member.path.as_deref().unwrap_or_default();
            writeln!(out, "# member {}: see disassemble --full --member '{0}'", escape(path))?;
        }
    }
    let style = Style::new(bytes.len(), true);
    let mut at = 0;
    for member in &stored {
        let Range { start, end } = member.range;
        full::write_bytes(&mut out, &bytes[at..start], at, style)?;
        if let Some(path) = member.path {
            writeln!(out, "# member {}", escape(path))?;
        }
        let stream = &bytes[start..end];
        full::write(&mut out, stream, &record(stream, &never), Style { base: start, ..style })?;
        if let Some(path) = member.path {
            writeln!(out, "# end of member {}", escape(path))?;
        }
        at = end;
    }
    full::write_bytes(&mut out, &bytes[at..], at, style)
}

/// The pickles that lie in the file as they are, in order, one behind the other.
fn stored<'o>(bytes: &[u8], opened: &'o Opened<'_>) -> Vec<Stored<'o>> {
    let mut found: Vec<_> = opened.members.iter().filter_map(|member| place(bytes, member)).collect();
    // Of two that overlap the outer one shows both; but a file that is a pickle as well is one up to its first member.
    found.sort_by_key(|stored| (stored.range.start, std::cmp::Reverse(stored.range.end)));
    if let [Stored { path: None, range }, next, ..] = &mut found[..] {
        range.end = next.range.start;
    }
    let mut end = 0;
    found.retain(|stored| {
        let behind = stored.range.start >= end && !stored.range.is_empty();
        if behind {
            end = stored.range.end;
        }
        behind
    });
    found
}

fn place<'o>(bytes: &[u8], member: &'o Member<'_>) -> Option<Stored<'o>> {
    let stream = member.bytes.as_deref().filter(|_| member.is_candidate())?;
    let start = usize::try_from(member.file_offset?).ok()?;
    let range = start..start.checked_add(stream.len())?;
    // What was decompressed, or pieced together, is not there.
    (bytes.get(range.clone())? == stream).then_some(Stored { path: member.path.as_deref(), range })
}
