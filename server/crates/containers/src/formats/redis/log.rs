//! Logs of commands (`src/aof.c`): each as it came over the wire, an array of strings with their lengths.

use super::objects::offer;
use super::reader::{Read, Stop};
use crate::bytes::span;
use crate::fault::{Fault, FaultKind};
use crate::values::{Value, Values, key_name};

/// Whether `head` begins a log: with a command, or with the moment of one.
pub(super) fn is_log(head: &[u8]) -> bool {
    let commands = match head.strip_prefix(b"#TS:") {
        Some(moment) => line(moment, 0).map_or(&[][..], |(_, end)| &moment[end..]),
        None => head,
    };
    number(commands, 0, b'*').and_then(|(_, at)| number(commands, at, b'$')).is_some()
}

/// The line at `at`, and where the next one begins.
fn line(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    /// Digits of a number, and more.
    const LONGEST: usize = 64;
    let rest = bytes.get(at..)?;
    let len = memchr::memchr(b'\n', &rest[..rest.len().min(LONGEST)])?;
    Some((rest[..len].strip_suffix(b"\r")?, at + len + 1))
}

/// The number in the line at `at` behind the character that says what it is, and where the next line begins.
fn number(bytes: &[u8], at: usize, mark: u8) -> Option<(usize, usize)> {
    let (line, end) = line(bytes, at)?;
    let digits = line.strip_prefix(&[mark])?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, end))
}

/// Takes what the commands from `at` on put in.
pub(super) fn commands<'a>(bytes: &'a [u8], mut at: usize, values: &mut Values<'_, 'a, '_>) -> Read<()> {
    let mut database = "0".to_owned();
    while at < bytes.len() {
        if bytes[at] == b'#'
            && let Some((_, end)) = line(bytes, at)
        {
            at = end;
            continue;
        }
        let (count, mut next) = number(bytes, at, b'*').ok_or_else(|| wrong(bytes, at))?;
        let mut command = Command { database: &database, words: [&[]; 3], last: &[] };
        for index in 0..count {
            let (word, end) = word(bytes, next).ok_or_else(|| wrong(bytes, next))?;
            command.take(index, count, word, values)?;
            next = end;
        }
        at = next;
        if command.words[0].eq_ignore_ascii_case(b"select") {
            database = key_name(command.words[1]);
        }
    }
    Ok(())
}

/// The string at `at`, and where what follows begins.
fn word(bytes: &[u8], at: usize) -> Option<(Value<'_>, usize)> {
    let (len, start) = number(bytes, at, b'$')?;
    let value = Value::at(bytes, start, len)?;
    span(bytes, start + len, 2).filter(|end| *end == b"\r\n")?;
    Some((value, start + len + 2))
}

/// A command, as far as it was read.
struct Command<'a, 'd> {
    database: &'d str,
    /// What it is called, the key, and what follows.
    words: [&'a [u8]; 3],
    last: &'a [u8],
}

impl<'a> Command<'a, '_> {
    /// Takes the next of `count` strings.
    fn take(
        &mut self,
        index: usize,
        count: usize,
        word: Value<'a>,
        values: &mut Values<'_, 'a, '_>,
    ) -> Read<()> {
        let std::borrow::Cow::Borrowed(bytes) = word.bytes else { return Ok(()) };
        if let Some(place) = self.words.get_mut(index) {
            *place = bytes;
        }
        let of_hash = matches!(self.words[0], [b'h' | b'H', ..]) && index % 2 == 1;
        let (key, last) = (self.words[1], std::mem::replace(&mut self.last, bytes));
        let name = || match index {
            2 if count == 3 => format!("{}/{}", self.database, key_name(key)),
            _ if of_hash => format!("{}/{}/{}", self.database, key_name(key), key_name(last)),
            _ => format!("{}/{}/{index}", self.database, key_name(key)),
        };
        if index < 2 { Ok(()) } else { offer(name, word, values) }
    }
}

fn wrong(bytes: &[u8], at: usize) -> Stop {
    let kind = match bytes.get(at) {
        None | Some(b'*' | b'$') => FaultKind::Truncated,
        Some(_) => FaultKind::Damaged,
    };
    let message = match kind {
        FaultKind::Truncated => "the log ends inside a command",
        _ => "expected a command or a string of one, found something else",
    };
    Fault::new(kind, at.min(bytes.len()), message).into()
}

/// Says why reading ended.
pub(super) fn finish(end: Read<()>, values: &mut Values<'_, '_, '_>) {
    if let Err(Stop::Wrong(fault)) = end {
        values.fault(fault);
    }
}
