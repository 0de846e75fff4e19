//! `pickle-lsp disassemble`: prints a pickle, op by op, while it is read: the text is never in memory.
//!
//! Exit status: 0 when all of every pickle was printed, 1 when a pickle could not be read to its end (what came before is
//! printed, and standard error says where and why), 2 when there is nothing to print. The format `listing` has a row for
//! every byte of a file, so that it ends with 0, except where labels are asked for that cannot be given.

mod json_lines;
mod labels;
mod pickletools;
mod whole;

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use pickle_containers::{Kind, Limits, Member, Opened};
use pickle_listing::full;
use pickle_listing::row::Style;
use pickle_machine::never;
use pickle_machine::record::record_within;
use pickle_machine::render::escape;
use pickle_machine::stream::Memory;

use super::{Failure, Status, Subject};
use crate::examine::other_than_pickle;
use crate::inner::{Room, inner_members};
use crate::members::{Carve, Kept};
use crate::output::{self, Output, TextOutput, shown};

/// What the help says at its end.
const STATUS: &str = "\
Exit status: 0 all was printed, 1 a pickle could not be read to its end (what comes before is printed), \
2 there is nothing to print. A listing has a row for every byte and ends with 0, but with 1 where `--labels` are not possible.";

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
    /// Give names to the memo slots that are read (`MEMOIZE $m3`, `BINGET $m3`), so that rows can come and go; `assemble` gives
    /// the same bytes back
    #[arg(long, requires = "full")]
    labels: bool,
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
    /// What reading it may take.
    memory: Memory,
    /// Where it is in the file, if that is how its offsets are counted.
    base: u64,
    /// Path of the file and the member, for messages.
    name: String,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    if args.labels && !matches!(args.format, Format::Listing) {
        return Err("--labels are a part of the format `listing`".to_owned().into());
    }
    let source = super::open(&args.subject.file)?;
    let (path, how) = (args.subject.file.as_path(), Carve::everywhere(args.subject.carve));
    let mut kept = Kept::read(path, source.bytes(), how, args.subject.member.as_deref());
    if matches!(args.format, Format::Pickletools) && args.subject.member.is_none() && is_plain(&kept.opened) {
        kept = Kept::of(path, source.bytes(), as_it_is(source.bytes()));
    }
    let opened = &kept.opened;
    for fault in &opened.faults {
        let member = fault.member.as_deref().map(|path| format!("!/{}", escape(path))).unwrap_or_default();
        output::note(&format!("{}{member}: {}", name_of(&args.subject.file), escape(&fault.message)));
    }
    let (mut out, _) = output::stdout();
    let status = if is_whole(args, opened) {
        let (bytes, name) = (source.bytes(), name_of(&args.subject.file));
        print_listing(args, &name, bytes, &mut out, |text| whole::write(text, bytes, opened))?
    } else {
        match choose(args, &kept)? {
            Chosen::Members(numbers) => print_all(args, &kept, &numbers, &mut out)?,
            Chosen::InConstant(member) => {
                let file = name_of(path);
                stream(&file, opened.format, &member)
                    .map_or(Ok(Status::Clean), |stream| print(args, &stream, &mut out))?
            }
        }
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

/// Prints members, and what is in constants of theirs where that is a part of the format; else says what there is.
fn print_all(args: &Args, kept: &Kept<'_>, numbers: &[usize], out: &mut Output) -> Result<Status, Failure> {
    let file = name_of(&args.subject.file);
    let format = kept.opened.format;
    let mut room = Room::new(&Limits::default());
    let mut status = Status::Clean;
    let mut others = Vec::new();
    kept.each(numbers, &mut |member| {
        let mut one = |member: &Member<'_>| -> io::Result<()> {
            let Some(stream) = stream(&file, format, member) else { return Ok(()) };
            if print(args, &stream, out)? == Status::Findings {
                status = Status::Findings;
            }
            Ok(())
        };
        one(member)?;
        // What pickletools prints of a file it prints of the file alone; who names a member wants that one.
        if args.subject.member.is_some() || matches!(args.format, Format::Pickletools) {
            return Ok(());
        }
        let inner = inner_members(std::slice::from_ref(member), &mut room, &never);
        match args.format {
            // Objects of JSON say which member they are of.
            Format::JsonLines => inner.iter().try_for_each(|inner| one(&inner.member)),
            _ => {
                others.extend(inner.into_iter().filter_map(|inner| inner.member.path).take(SHOWN + 1));
                Ok(())
            }
        }
    })?;
    if args.subject.member.is_none() && matches!(args.format, Format::Listing) {
        note_others(&file, "constants", others.iter().map(String::as_str));
        let beside = kept.opened.members.iter().filter(|member| member.beside && member.is_candidate());
        note_others(&file, "files beside", beside.filter_map(|member| member.path.as_deref()));
    }
    Ok(status)
}

/// Prints a text form that `write` writes.
fn print_listing(
    args: &Args,
    name: &str,
    bytes: &[u8],
    out: &mut Output,
    write: impl Fn(&mut dyn fmt::Write) -> fmt::Result,
) -> io::Result<Status> {
    if args.labels {
        return labels::print(name, bytes, out, write);
    }
    let mut text = TextOutput::new(out);
    // Why it failed is in the output.
    let _ = write(&mut text);
    text.finish()?;
    Ok(Status::Clean)
}

fn print(args: &Args, stream: &Stream<'_>, out: &mut Output) -> io::Result<Status> {
    let faults = match args.format {
        Format::Listing => {
            if let Some(member) = stream.member {
                writeln!(out, "# member {}", escape(member))?;
            }
            let recording = record_within(stream.bytes, stream.memory, &never);
            let style = Style::new(stream.bytes.len(), args.full);
            return print_listing(args, &stream.name, stream.bytes, out, |mut text| {
                full::write(&mut text, stream.bytes, &recording, style)
            });
        }
        Format::Pickletools => pickletools::print(stream.bytes, out)?,
        Format::JsonLines => json_lines::print(stream, out)?,
    };
    for fault in &faults {
        output::complain(&format!("{}: {}", stream.name, escape(fault)));
    }
    Ok(if faults.is_empty() { Status::Clean } else { Status::Findings })
}

/// What the file is called in messages.
pub(super) fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "<stdin>".to_owned() } else { shown(path) }
}

/// What is to be printed.
enum Chosen<'a> {
    /// The members with these numbers.
    Members(Vec<usize>),
    /// The member that is in a constant of another.
    InConstant(Member<'a>),
}

/// What to print: the member that is asked for, or all that are pickles. A file that is no container is printed whatever it is:
/// who asks for it wants to see.
fn choose<'k>(args: &Args, kept: &'k Kept<'_>) -> Result<Chosen<'k>, Failure> {
    let (file, opened) = (name_of(&args.subject.file), &kept.opened);
    let raw = only_member(opened).is_some_and(|only| only.path.is_none());
    let wanted = |member: &Member<'_>| match &args.subject.member {
        // What has no name is called by none.
        Some(name) => member.path.as_deref().unwrap_or_default() == name,
        // A listing is read back as the file that it is of.
        None if member.beside && matches!(args.format, Format::Listing) => false,
        None => raw && !member.beside || member.is_candidate(),
    };
    let members = opened.members.iter().enumerate();
    let numbers: Vec<usize> = members
        .filter(|(number, member)| wanted(member) && kept.can_be_read(*number))
        .map(|(number, _)| number)
        .collect();
    match (&args.subject.member, numbers.as_slice()) {
        (Some(name), []) => in_constant(opened, name)
            .map(Chosen::InConstant)
            .ok_or_else(|| no_member(&args.subject, kept, name)),
        (None, []) => Err(format!("{file} holds no pickle ({} file)", opened.format).into()),
        (None, [_, _, ..]) if matches!(args.format, Format::Pickletools) => {
            let names: String = names_of(opened).map(line).collect();
            Err(format!("{file} holds several pickles; choose one with --member:{names}").into())
        }
        _ => {
            if raw && let Some(what) = other_than_pickle(opened.members[0].kind) {
                output::note(&format!("{file}: this looks like {what}, not like a pickle"));
            }
            Ok(Chosen::Members(numbers))
        }
    }
}

/// The member of this path that is in a constant.
pub(super) fn in_constant<'k>(opened: &'k Opened<'_>, name: &str) -> Option<Member<'k>> {
    let inner = inner_members(&opened.members, &mut Room::new(&Limits::default()), &never);
    inner.into_iter().map(|inner| inner.member).find(|member| member.path.as_deref() == Some(name))
}

/// Says which pickles there are that are no part of a listing.
fn note_others<'o>(file: &str, place: &str, mut names: impl Iterator<Item = &'o str>) {
    let shown: String = names.by_ref().take(SHOWN).map(line).collect();
    let more = if names.next().is_some() { "\n  ..." } else { "" };
    if !shown.is_empty() {
        output::note(&format!("{file}: there are pickles in {place}, for --member:{shown}{more}"));
    }
}

fn stream<'o>(file: &str, format: &str, member: &'o Member<'_>) -> Option<Stream<'o>> {
    let bytes = member.bytes.as_ref()?;
    let memory = Memory::from(bytes);
    let path = member.path.as_deref();
    let name = path.map_or_else(|| file.to_owned(), |path| format!("{file}!/{}", escape(path)));
    let base = member.file_offset.filter(|_| pickle_containers::is_database(format)).unwrap_or(0);
    Some(Stream { member: path, bytes, memory, base, name })
}

/// That a file has no member of a name, and which it has.
pub(super) fn no_member(subject: &Subject, kept: &Kept<'_>, name: &str) -> Failure {
    let file = name_of(&subject.file);
    let names = names_of_pickles(subject, kept);
    let others = match names.as_str() {
        "" => "it is a file without members".to_owned(),
        names => format!("its pickles are:{names}"),
    };
    format!("{file} holds no member {} that can be read; {others}", escape(name)).into()
}

/// The names of all pickles, also of those that were not unpacked, one a line.
fn names_of_pickles(subject: &Subject, kept: &Kept<'_>) -> String {
    let all = kept.again_with_all(Carve::everywhere(subject.carve));
    let inner = inner_members(&all.opened.members, &mut Room::new(&Limits::default()), &never);
    let inner = inner.iter().take(SHOWN).filter_map(|inner| inner.member.path.as_deref());
    names_of(&all.opened).chain(inner).map(line).collect()
}

fn names_of<'o>(opened: &'o Opened<'_>) -> impl Iterator<Item = &'o str> {
    let pickles = opened.members.iter().filter(|member| member.is_candidate());
    pickles.filter_map(|member| member.path.as_deref())
}

fn line(name: &str) -> String {
    format!("\n  {}", escape(name))
}

/// Names of pickles in constants that are listed.
const SHOWN: usize = 10;
