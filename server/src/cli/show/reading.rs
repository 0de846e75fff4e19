//! `show --reader`: what one of CPython's readers makes of a pickle, in its own words.

use std::io::{self, Write};

use clap::ValueEnum;
use pickle_containers::Member;
use pickle_machine::render::escape;
use pickle_machine::segments::Segments;
use pickle_readers::{Asked, Exception, Options, Outcome, Reader, Reading, Source, read};
use serde::Serialize;

use super::{Each, Format, Status};
use crate::output::Output;

/// Characters of a result, unless all of it is asked for.
const MOST_SHOWN: usize = 10_000;
/// Globals that are listed, unless all of them are asked for.
const MOST_ASKED: usize = 1_000;

/// The readers, by the names that the option has for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Which {
    /// `_pickle.Unpickler`, which pickle.load and pickle.loads run
    C,
    /// `pickle._Unpickler`, the one written in Python
    Python,
    /// `pickletools.genops`, which scanners build on
    Pickletools,
}

/// What the C unpickler reads from; the others read alike from all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum From {
    /// pickle.loads(bytes)
    #[default]
    Bytes,
    /// A stream without `peek`: io.BytesIO, members of zip archives as torch reads them, unbuffered files
    Stream,
    /// open(path, 'rb')
    File,
}

/// Which reader, and from what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    pub(super) reader: Which,
    pub(super) source: From,
}

impl Choice {
    fn options(self) -> Options {
        Options {
            reader: match self.reader {
                Which::C => Reader::C,
                Which::Python => Reader::Python,
                Which::Pickletools => Reader::Pickletools,
            },
            source: match self.source {
                From::Bytes => Source::Bytes,
                From::Stream => Source::Stream,
                From::File => Source::File,
            },
            ..Options::default()
        }
    }

    fn described(self) -> &'static str {
        match (self.reader, self.source) {
            (Which::C, From::Bytes) => "_pickle.loads",
            (Which::C, From::Stream) => "_pickle.Unpickler over a stream",
            (Which::C, From::File) => "_pickle.Unpickler over a buffered file",
            (Which::Python, _) => "pickle._Unpickler",
            (Which::Pickletools, _) => "pickletools.genops",
        }
    }
}

/// A reading as JSON.
#[derive(Serialize)]
struct Record<'r> {
    member: Option<&'r str>,
    pickle: usize,
    start: usize,
    reader: &'static str,
    asked: Vec<AskedRecord<'r>>,
    result: Option<String>,
    exception: Option<ExceptionRecord<'r>>,
    end: usize,
}

/// A call of `find_class` as JSON.
#[derive(Serialize)]
struct AskedRecord<'r> {
    offset: usize,
    module: &'r str,
    name: &'r str,
    resolved: String,
}

/// An exception as JSON.
#[derive(Serialize)]
struct ExceptionRecord<'r> {
    class: &'static str,
    message: &'r str,
    offset: usize,
}

/// Shows what a reader makes of all pickles of some members. The next pickle begins where the reader would go on.
pub(super) fn show(
    choice: Choice,
    each: Each<'_>,
    format: Format,
    full: bool,
    out: &mut Output,
) -> io::Result<Status> {
    let mut status = Status::Clean;
    let mut records = Vec::new();
    each(&mut |member| {
        let bytes = member.bytes.as_deref().unwrap_or_default();
        let mut segments = Segments::new(bytes);
        let mut next = Some(0);
        let mut pickle = 0;
        while let Some(start) = next {
            let reading = read(bytes, start, &choice.options());
            let raised = matches!(reading.outcome, Outcome::Raised(_));
            if format == Format::Json {
                records.push(serde_json::to_value(record(choice, member, pickle, start, &reading, full))?);
            } else {
                text(choice, member, pickle, start, &reading, full, out)?;
            }
            if raised {
                status = Status::Findings;
            }
            next = if raised { None } else { segments.next(reading.end) };
            pickle += 1;
        }
        Ok(())
    })?;
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &records)?;
        writeln!(out)?;
    }
    Ok(status)
}

fn resolved(asked: &Asked) -> String {
    let (module, name) = asked.resolved();
    format!("{module}.{name}")
}

fn record<'r>(
    choice: Choice,
    member: &'r Member<'_>,
    pickle: usize,
    start: usize,
    reading: &'r Reading<'_>,
    full: bool,
) -> Record<'r> {
    let asked = |asked: &'r Asked| AskedRecord {
        offset: asked.offset,
        module: &asked.module,
        name: &asked.name,
        resolved: resolved(asked),
    };
    Record {
        member: member.path.as_deref(),
        pickle,
        start,
        reader: choice.described(),
        asked: reading.asked.iter().map(asked).collect(),
        result: reading.rendered(most_shown(full)),
        exception: exception(reading).map(|exception| ExceptionRecord {
            class: exception.class,
            message: &exception.message,
            offset: exception.offset,
        }),
        end: reading.end,
    }
}

fn most_shown(full: bool) -> usize {
    if full { usize::MAX } else { MOST_SHOWN }
}

fn exception<'r>(reading: &'r Reading<'_>) -> Option<&'r Exception> {
    match &reading.outcome {
        Outcome::Raised(exception) => Some(exception),
        Outcome::Loaded(_) => None,
    }
}

fn text(
    choice: Choice,
    member: &Member<'_>,
    pickle: usize,
    start: usize,
    reading: &Reading<'_>,
    full: bool,
    out: &mut Output,
) -> io::Result<()> {
    if pickle > 0 || start > 0 {
        writeln!(out)?;
    }
    write!(out, "# {}", choice.described())?;
    if let Some(path) = &member.path {
        write!(out, ", {}", escape(path))?;
    }
    writeln!(out, ", pickle {pickle} at {start}")?;
    let shown = if full { usize::MAX } else { MOST_ASKED };
    for asked in reading.asked.iter().take(shown) {
        let (written, found) = (format!("{}.{}", asked.module, asked.name), resolved(asked));
        write!(out, "{:>9}  asks for {} in {}", asked.offset, escape(&asked.name), escape(&asked.module))?;
        if written != found {
            write!(out, ", which is {}", escape(&found))?;
        }
        writeln!(out)?;
    }
    if reading.asked.len() > shown {
        writeln!(out, "           and for {} more", reading.asked.len() - shown)?;
    }
    match (&reading.outcome, reading.rendered(most_shown(full))) {
        (Outcome::Raised(exception), _) => {
            writeln!(out, "{:>9}  raises {}", exception.offset, escape(&exception.to_string()))
        }
        (_, Some(result)) => writeln!(out, "{:>9}  gives {}", reading.end, escape(&result)),
        (_, None) => writeln!(out, "{:>9}  ends", reading.end),
    }
}
