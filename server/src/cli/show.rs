//! `pickle-lsp show`: the object that a loader would rebuild, as a person would write it. Nothing is executed.
//!
//! Exit status: 0 when all was shown, 1 when a pickle breaks off (what was there is shown), 2 when there is nothing to show.

mod json;
mod reading;

use std::borrow::Cow;
use std::io::{self, Write};

use clap::ValueEnum;
use pickle_containers::Member;
use pickle_machine::arena::Value;
use pickle_machine::never;
use pickle_machine::rebuild::{Most, Rebuilt, rebuild};
use pickle_machine::render::escape;
use pickle_objects::{Limits, Objects, python, tree};

use super::disassemble::{in_constant, name_of, no_member};
use super::{Failure, Status, Subject};
use crate::examine::other_than_pickle;
use crate::members::{Carve, Kept};
use crate::output::{self, Output, shown};

/// What the help says at its end.
const NOTATION: &str = "\
new(Class, …) is an instance made without its constructor, with its attributes as keywords. An object that several \
places refer to is named where it stands first: x1 := […]. … stands for what is left out, or is not known.

Exit status: 0 all was shown, 1 a pickle breaks off (what was there is shown), 2 there is nothing to show.";

/// What of one pickle is rebuilt, which is as far as it is shown. In half a gigabyte are the objects of a million rows of a table,
/// of which a hundred are printed.
const MOST: Most = Most { ops: 100_000_000, memory: 1 << 29 };

/// What of it there is room for in any case, however much of the memory the unpacked bytes take.
const LEAST_MEMORY: usize = 1 << 26;

/// Why a pickle is shown no further.
const CUT: &str = "its objects, with the bytes that were unpacked, take more than 512 MB, or 100 million ops; it is shown as far as it was rebuilt";

/// Options of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = NOTATION)]
pub(super) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Shorten nothing
    #[arg(long)]
    full: bool,
    /// What a reader of CPython 3.11 makes of it: the globals it asks for, and the result or the exception.
    /// Globals and persistent ids give objects that do nothing
    #[arg(long, value_enum)]
    reader: Option<reading::Which>,
    /// What the reader `c` reads from
    #[arg(long, value_enum, default_value_t, requires = "reader")]
    source: reading::From,
}

/// See the help of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Python-like text
    #[default]
    Python,
    /// A line for each part, with the offset of the op that made it
    Tree,
    /// An array with an object for each pickle
    Json,
}

/// What is said of a pickle besides its result.
struct Shown<'s, 'a> {
    member: Option<&'s str>,
    pickle: usize,
    rebuilt: &'s Rebuilt<'a>,
    /// Calls that have no part in the result: as many as of the items of a container are shown.
    dropped: Vec<Value>,
    /// How many more there are.
    more_dropped: usize,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let source = super::open(&args.subject.file)?;
    let how = Carve::everywhere(args.subject.carve);
    let kept = Kept::read(&args.subject.file, source.bytes(), how, args.subject.member.as_deref());
    for fault in &kept.opened.faults {
        output::note(&format!("{}: {}", name_of(&args.subject.file), escape(&fault.message)));
    }
    let numbers = numbers(args, &kept);
    // Pickles in constants are shown to whoever names them; in the object around them they are the constants that they are.
    let named = args.subject.member.as_deref().filter(|_| numbers.is_empty());
    let inner = named.and_then(|name| in_constant(&kept.opened, name));
    if numbers.is_empty() && inner.is_none() {
        return Err(nothing(args, &kept));
    }
    let each: Each<'_> = &|take| match &inner {
        Some(member) => take(member),
        None => kept.each(&numbers, take),
    };
    let (mut out, _) = output::stdout();
    let status = match args.reader {
        Some(reader) => {
            let choice = reading::Choice { reader, source: args.source };
            reading::show(choice, each, args.format, args.full, &mut out)?
        }
        None => match show_all(args, each, numbers.len() <= 1, &mut out)? {
            Some(status) => status,
            None => return Err(nothing(args, &kept)),
        },
    };
    out.flush()?;
    if source.disturbed() {
        return Err(format!("{}: the file changed while it was read", shown(&args.subject.file)).into());
    }
    Ok(status)
}

/// Hands the members that are to be shown to a function, one after the other.
type Each<'e> = &'e dyn Fn(&mut dyn FnMut(&Member<'_>) -> io::Result<()>) -> io::Result<()>;

/// Shows all pickles; `None` when there are none: members may be called pickles and be empty.
fn show_all(args: &Args, each: Each<'_>, one: bool, out: &mut Output) -> Result<Option<Status>, Failure> {
    let limits = if args.full { Limits::ALL } else { Limits::READING };
    let mut status = Status::Clean;
    let mut count = 0;
    each(&mut |member| {
        let bytes = member.bytes.as_deref().unwrap_or_default();
        let mut pickles = rebuild(bytes, most(member), &never).enumerate().peekable();
        while let Some((pickle, rebuilt)) = pickles.next() {
            let alone = one && pickle == 0 && pickles.peek().is_none();
            let roots: Vec<Value> = rebuilt.last.into_iter().collect();
            let objects = Objects::new(&rebuilt, &roots, limits);
            let mut dropped = dropped(&objects, &rebuilt);
            let more_dropped = dropped.len().saturating_sub(limits.items);
            dropped.truncate(limits.items);
            let member = member.path.as_deref();
            let shown = Shown { member, pickle, rebuilt: &rebuilt, dropped, more_dropped };
            if args.format == Format::Json && count == 0 {
                out.write_all(b"[")?;
            }
            match args.format {
                Format::Json => json::write(&shown, limits, count, out)?,
                _ => text(args.format, &shown, limits, (!alone).then_some(count), out)?,
            }
            if rebuilt.fault.is_some() || !rebuilt.complete {
                status = Status::Findings;
            }
            count += 1;
        }
        Ok(())
    })?;
    if args.format == Format::Json && count > 0 {
        out.write_all(b"\n]\n")?;
    }
    Ok((count > 0).then_some(status))
}

/// What is rebuilt of a member: bytes that were unpacked for it are memory as well.
fn most(member: &Member<'_>) -> Most {
    let unpacked = match &member.bytes {
        Some(Cow::Owned(bytes)) => bytes.len(),
        _ => 0,
    };
    Most { memory: MOST.memory.saturating_sub(unpacked).max(LEAST_MEMORY), ..MOST }
}

/// Calls that were made and of which the result knows nothing; of those only the outermost.
fn dropped(objects: &Objects<'_, '_>, rebuilt: &Rebuilt<'_>) -> Vec<Value> {
    let lost: Vec<Value> = rebuilt.calls.iter().copied().filter(|&call| !objects.reaches(call)).collect();
    // A call comes after those that it is given, so what a later one reaches is shown with it.
    let mut kept: Vec<Value> = Vec::new();
    let mut reached = Objects::new(rebuilt, &[], Limits::READING);
    for &call in lost.iter().rev() {
        if !reached.reaches(call) {
            reached.reach(call);
            kept.push(call);
        }
    }
    kept.reverse();
    kept
}

/// Writes a pickle as text; `number` is the number of those before it, if there are several.
fn text(
    format: Format,
    shown: &Shown<'_, '_>,
    limits: Limits,
    number: Option<usize>,
    out: &mut Output,
) -> io::Result<()> {
    if let Some(number) = number {
        heading(shown, number, out)?;
    }
    let rebuilt = shown.rebuilt;
    let roots: Vec<Value> = shown.dropped.iter().copied().chain(rebuilt.last).collect();
    let objects = Objects::new(rebuilt, &roots, limits);
    let mut writer = python::Writer::new(&objects);
    let mut print = |value: Value, out: &mut Output| match format {
        Format::Tree => tree::lines(&objects, value).iter().try_for_each(|line| writeln!(out, "{line}")),
        _ => writeln!(out, "{}", writer.write(value)),
    };
    if !shown.dropped.is_empty() {
        writeln!(out, "# called, without a trace in the result:")?;
        shown.dropped.iter().try_for_each(|&call| print(call, out))?;
        if shown.more_dropped > 0 {
            writeln!(out, "# … {} more", shown.more_dropped)?;
        }
        writeln!(out, "# the result:")?;
    }
    if let Some(value) = rebuilt.last {
        print(value, out)?;
    }
    match &rebuilt.fault {
        Some(fault) => writeln!(out, "# broken off at {}: {}", fault.start, escape(&fault.kind.to_string())),
        None if !rebuilt.complete => {
            writeln!(out, "# cut at {}: {CUT}", rebuilt.end)
        }
        None => Ok(()),
    }
}

fn heading(shown: &Shown<'_, '_>, number: usize, out: &mut Output) -> io::Result<()> {
    if number > 0 {
        writeln!(out)?;
    }
    write!(out, "#")?;
    if let Some(member) = shown.member {
        write!(out, " {},", escape(member))?;
    }
    write!(out, " pickle {}", shown.pickle)?;
    if let Some(protocol) = shown.rebuilt.protocol {
        write!(out, ", protocol {protocol}")?;
    }
    writeln!(out)
}

/// The members to show, by their numbers: the one that is asked for, or all that are pickles.
fn numbers(args: &Args, kept: &Kept<'_>) -> Vec<usize> {
    // A reader has its say of a file that is no pickle as well.
    let own = kept.opened.members.iter().filter(|member| !member.beside);
    let raw = args.reader.is_some() && own.count() == 1 && kept.opened.members[0].path.is_none();
    let wanted = |member: &Member<'_>| match &args.subject.member {
        Some(name) => member.path.as_deref().unwrap_or_default() == name,
        None => raw && !member.beside || member.is_candidate(),
    };
    let members = kept.opened.members.iter().enumerate();
    let readable = members.filter(|(number, member)| wanted(member) && kept.can_be_read(*number));
    readable.map(|(number, _)| number).collect()
}

/// That there is nothing to show.
fn nothing(args: &Args, kept: &Kept<'_>) -> Failure {
    let (file, opened) = (name_of(&args.subject.file), &kept.opened);
    match (&args.subject.member, opened.members.as_slice()) {
        (Some(name), _) => no_member(&args.subject, kept, name),
        (None, [only]) if only.path.is_none() => {
            let what = other_than_pickle(only.kind);
            let what = what.unwrap_or_else(|| "data in which nothing is recognised".to_owned());
            format!("{file} is no pickle: {what}").into()
        }
        (None, _) => format!("{file} holds no pickle ({} file)", opened.format).into(),
    }
}

#[cfg(test)]
mod tests {
    use pickle_containers::Kind;

    use super::*;

    #[test]
    fn unpacked_bytes_are_part_of_the_memory() {
        let memory = |bytes: Cow<'_, [u8]>| {
            let size = bytes.len() as u64;
            most(&Member {
                path: None,
                kind: Kind::Pickle,
                size,
                bytes: Some(bytes),
                file_offset: None,
                named_pickle: false,
                beside: false,
            })
            .memory
        };
        let bytes = vec![0; 1 << 20];
        assert_eq!(memory(Cow::Borrowed(&bytes)), MOST.memory);
        assert_eq!(memory(Cow::Owned(bytes)), MOST.memory - (1 << 20));
    }
}
