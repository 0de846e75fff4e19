//! `pickle-lsp disassemble`: prints a pickle, op by op, while it is read: the text is never in memory.
//!
//! Exit status: 0 when all of every pickle was printed, 1 when a pickle could not be read to its end (what came before is
//! printed, and standard error says where and why), 2 when there is nothing to print. The format `listing` has a row for
//! every byte of a file, so that it always ends with 0.

mod json_lines;
mod listing;
mod pickletools;
mod whole;

use std::io::Write;
use std::path::Path;

use clap::ValueEnum;
use pickle_containers::{Kind, Limits, Member, Opened};
use pickle_machine::never;
use pickle_machine::render::escape;

use super::{Failure, Status, Subject};
use crate::examine::other_than_pickle;
use crate::inner::{InnerMember, Room, inner_members};
use crate::members::{self, Carve};
use crate::output::{self, Output, shown};

/// What the help says at its end.
const STATUS: &str = "\
Exit status: 0 all was printed, 1 a pickle could not be read to its end (what comes before is printed),
2 there is nothing to print. A listing has a row for every byte and always ends with 0.";

/// Options of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = STATUS)]
pub(super) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Shorten no operand; a listing then has all bytes of the file, containers included, so that `assemble` gives them
    /// back
    #[arg(long)]
    full: bool,
}

/// See the help of each.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// A row an op, and a row for other bytes: text that `pickle-lsp assemble` reads back
    #[default]
    Listing,
    /// What `python -m pickletools FILE` of CPython 3.11 prints, for each pickle of the file in turn
    Pickletools,
    /// One JSON object an op: member, pickle, offset, opcode, arg, stack, memo. The offset is that in the member; in the file
    /// for values that a database keeps in it as they are
    JsonLines,
}

/// A stream of a file, and by which name to speak of it.
struct Stream<'a> {
    member: Option<&'a str>,
    bytes: &'a [u8],
    /// Where it is in the file, if that is how its offsets are counted.
    base: u64,
    /// Path of the file and the member, for messages.
    name: String,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let source = super::open(&args.subject.file)?;
    let limits = Limits::default();
    let mut opened =
        members::open(&args.subject.file, source.bytes(), &limits, Carve::everywhere(args.subject.carve));
    if matches!(args.format, Format::Pickletools) && args.subject.member.is_none() && is_plain(&opened) {
        opened = as_it_is(source.bytes());
    }
    // What pickletools prints of a file it prints of the file alone.
    let wanted = args.subject.member.is_some() || !matches!(args.format, Format::Pickletools);
    let inner =
        if wanted { inner_members(&opened.members, &mut Room::new(&limits), &never) } else { Vec::new() };
    for fault in &opened.faults {
        let member = fault.member.as_deref().map(|path| format!("!/{}", escape(path))).unwrap_or_default();
        output::note(&format!("{}{member}: {}", name_of(&args.subject.file), escape(&fault.message)));
    }
    let (mut out, _) = output::stdout();
    let status = if is_whole(args, &opened) {
        whole::print(source.bytes(), &opened, &mut out)?;
        Status::Clean
    } else {
        print(args, &choose(args, &opened, &inner)?, &mut out)?
    };
    out.flush()?;
    if source.disturbed() {
        return Err(format!("{}: the file changed while it was read", shown(&args.subject.file)).into());
    }
    Ok(status)
}

/// Whether a file is to pickletools what it is, a pickle that is sound or not: no container, or one that is told by so little
/// that a damaged pickle may look like it.
fn is_plain(opened: &Opened<'_>) -> bool {
    let is_file = |member: &Member<'_>| member.path.is_none() && member.file_offset == Some(0);
    let is_guess =
        opened.format == pickle_containers::CACHE_ENTRY || pickle_containers::is_encoding(opened.format);
    is_guess || opened.members.iter().any(is_file)
}

/// A file as its own only member.
fn as_it_is(bytes: &[u8]) -> Opened<'_> {
    let file = Member {
        path: None,
        kind: Kind::Pickle,
        bytes: Some(bytes.into()),
        file_offset: Some(0),
        size: bytes.len() as u64,
        named_pickle: true,
        beside: false,
    };
    Opened { format: "raw", members: vec![file], faults: Vec::new() }
}

/// The one member of a file that has no others.
fn only_member<'o, 'a>(opened: &'o Opened<'a>) -> Option<&'o Member<'a>> {
    let mut own = opened.members.iter().filter(|member| !member.beside);
    own.next().filter(|_| own.next().is_none())
}

/// Whether all bytes of a container are to be listed.
fn is_whole(args: &Args, opened: &Opened<'_>) -> bool {
    let raw = only_member(opened).is_some_and(|only| only.path.is_none() && only.file_offset.is_some());
    matches!(args.format, Format::Listing) && args.full && args.subject.member.is_none() && !raw
}

fn print(args: &Args, streams: &[Stream<'_>], out: &mut Output) -> Result<Status, Failure> {
    let mut status = Status::Clean;
    for stream in streams {
        let faults = match args.format {
            Format::Listing => {
                if let Some(member) = stream.member {
                    writeln!(out, "# member {}", escape(member))?;
                }
                listing::print(stream.bytes, args.full, out)?;
                Vec::new()
            }
            Format::Pickletools => pickletools::print(stream.bytes, out)?,
            Format::JsonLines => json_lines::print(stream.member, stream.bytes, stream.base, out)?,
        };
        for fault in faults {
            status = Status::Findings;
            output::complain(&format!("{}: {}", stream.name, escape(&fault)));
        }
    }
    Ok(status)
}

/// What the file is called in messages.
fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "<stdin>".to_owned() } else { shown(path) }
}

/// The streams to print: the member that is asked for, or all that are pickles. A file that is no container is printed
/// whatever it is: who asks for it wants to see.
fn choose<'o>(
    args: &Args,
    opened: &'o Opened<'_>,
    inner: &'o [InnerMember<'_>],
) -> Result<Vec<Stream<'o>>, Failure> {
    let file = name_of(&args.subject.file);
    let raw = only_member(opened).is_some_and(|only| only.path.is_none());
    let wanted = |member: &&Member<'_>| match &args.subject.member {
        // What has no name is called by none.
        Some(name) => member.path.as_deref().unwrap_or_default() == name,
        // A listing is read back as the file that it is of.
        None if member.beside && matches!(args.format, Format::Listing) => false,
        None => raw && !member.beside || member.is_candidate(),
    };
    let stream = |member| stream(&file, opened.format, member);
    let mut streams: Vec<_> = opened.members.iter().filter(wanted).filter_map(stream).collect();
    // Objects of JSON say which member they are of.
    let inside = inner.iter().map(|inner| &inner.member);
    match (&args.subject.member, args.format) {
        (Some(name), _) if streams.is_empty() => {
            let named = inside.filter(|member| member.path.as_ref() == Some(name));
            streams.extend(named.filter_map(stream));
        }
        (None, Format::JsonLines) => streams.extend(inside.filter_map(stream)),
        (None, Format::Listing) => {
            note_others(&file, "constants", inside);
            let beside = opened.members.iter().filter(|member| member.beside && member.is_candidate());
            note_others(&file, "files beside", beside);
        }
        _ => {}
    }
    match (&args.subject.member, streams.as_slice()) {
        (Some(name), []) => {
            let names = pickles(opened, inner);
            Err(format!("{file} holds no member {} that can be read; its pickles are:{names}", escape(name))
                .into())
        }
        (None, []) => Err(format!("{file} holds no pickle ({} file)", opened.format).into()),
        (None, [_, _, ..]) if matches!(args.format, Format::Pickletools) => {
            let names = pickles(opened, inner);
            Err(format!("{file} holds several pickles; choose one with --member:{names}").into())
        }
        _ => {
            if raw && let Some(what) = other_than_pickle(opened.members[0].kind) {
                output::note(&format!("{file}: this looks like {what}, not like a pickle"));
            }
            Ok(streams)
        }
    }
}

/// Says which pickles there are that are no part of a listing.
fn note_others<'o, 'a: 'o>(file: &str, place: &str, members: impl Iterator<Item = &'o Member<'a>>) {
    let mut names = members.filter_map(|member| member.path.as_deref());
    let shown: String = names.by_ref().take(SHOWN).map(line).collect();
    let more = if names.next().is_some() { "\n  ..." } else { "" };
    if !shown.is_empty() {
        output::note(&format!("{file}: there are pickles in {place}, for --member:{shown}{more}"));
    }
}

fn stream<'o>(file: &str, format: &str, member: &'o Member<'_>) -> Option<Stream<'o>> {
    let bytes = member.bytes.as_deref()?;
    let path = member.path.as_deref();
    let name = path.map_or_else(|| file.to_owned(), |path| format!("{file}!/{}", escape(path)));
    let base = member.file_offset.filter(|_| pickle_containers::is_database(format)).unwrap_or(0);
    Some(Stream { member: path, bytes, base, name })
}

/// The names of all pickles, one a line.
fn pickles(opened: &Opened<'_>, inner: &[InnerMember<'_>]) -> String {
    let outer = opened.members.iter().filter(|member| member.is_candidate());
    let inner = inner.iter().map(|inner| &inner.member).take(SHOWN);
    let names = outer.chain(inner).filter_map(|member| member.path.as_deref());
    names.map(line).collect()
}

fn line(name: &str) -> String {
    format!("\n  {}", escape(name))
}

/// Names of pickles in constants that are listed.
const SHOWN: usize = 10;
