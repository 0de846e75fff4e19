//! ## What it does
//! Reports a call of a global that reads, writes or removes files, or talks to the network. One that is
//! loaded and not called is reported by unlisted-global.
//!
//! ## Why is this bad?
//! It happens when the file is loaded, with the rights of whoever loads it: a file is overwritten or removed, a secret is
//! read and sent away, a program is fetched. Reading a file can also be the first step of one that then runs it.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'builtins' 'open'
//! MARK
//!   STRING '/etc/passwd'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'map'
//! GLOBAL 'builtins' 'open'
//! EMPTY_LIST
//! SHORT_BINSTRING '/etc/passwd'
//! APPEND
//! TUPLE2
//! REDUCE
//! STOP
//! ```
//!
//! pandas takes a time zone by its name, and one of `dateutil` can be the path of any file, on Windows one of another machine:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'pandas' 'DatetimeTZDtype'
//! SHORT_BINSTRING 'ns'
//! SHORT_BINSTRING 'dateutil//etc/passwd'
//! TUPLE2
//! REDUCE
//! STOP
//! ```
//!
//! A checkpoint of Ultralytics says which data it was trained on. If that is an address, `val` and `train` fetch what is there, and run
//! what a description of data has under `download`, as a command or as Python:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'ultralytics.utils' 'IterableSimpleNamespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! BINUNICODE 'data'
//! BINUNICODE 'https://example.com/data.yaml'
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load the file. Store what was read, not the reading.
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)
//! - `Modules/_pickle.c`, `load_reduce`
//! - [CWE-502](https://cwe.mitre.org/data/definitions/502.html): deserialization of untrusted data

use std::ops::Range;

use memchr::memmem;

use super::code_execution_call::denied_call;
use crate::analysis::{CallSite, Seen, View, shortened};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::Category;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG103",
        name: "file-or-network-access",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("file_or_network_access.rs"),
    },
    checks: &[
        Check::Call(check),
        Check::Pickle(check_zones),
        Check::Pickle(check_files),
        Check::Pickle(check_datasets),
    ],
};

fn check(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    if let Some(finding) = denied_call(view, site, report, |category| category == Category::FileOrNetwork) {
        report.push(finding);
    }
}

/// Before the name of a time zone that pandas gives to `dateutil`.
const ZONE: &[u8] = b"dateutil/";

/// Characters of a path that are shown.
const MOST_SHOWN: usize = 200;
/// Bytes of a line with escapes that are looked at.
const LONGEST_LINE: usize = 1 << 10;

/// Names of time zones that are paths, in a pickle that has something of pandas.
fn check_zones(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    if !seen.loads_of("pandas") {
        return;
    }
    let start = seen.summary.start;
    let Some(bytes) = seen.bytes.get(start..seen.summary.end) else { return };
    for at in memmem::find_iter(bytes, ZONE) {
        if let Some(path) = path_of_zone(bytes, at) {
            let name = String::from_utf8_lossy(&bytes[path.clone()]).into_owned();
            let message = format!("the time zone `{name}` is a path: pandas opens that file");
            report.push(report.finding(start + path.start..start + path.end, message).help(HELP));
        }
    }
    // A text of numpy has four bytes a character, and other encodings two.
    for width in [2, 4] {
        let wide: Vec<u8> = ZONE.iter().flat_map(|&byte| [byte, 0, 0, 0].into_iter().take(width)).collect();
        let core = &wide[..wide.len() - (width - 1)];
        for at in memmem::find_iter(bytes, core) {
            let span = start + at..start + at + core.len();
            let message =
                "a text that is written with several bytes a character names a time zone of `dateutil`";
            report.push(report.finding(span, message.to_owned()).help(HELP));
        }
    }
    // Escapes stand for characters in lines.
    for (span, line) in escaped_lines(bytes) {
        if let Some(path) = path_in(line.as_bytes()) {
            let name = String::from_utf8_lossy(&line.as_bytes()[path]).into_owned();
            let message = format!(
                "the time zone `{name}`, which is written with escapes, is a path: pandas opens that file"
            );
            report.push(report.finding(start + span.start..start + span.end, message).help(HELP));
        }
    }
    for made in &seen.tally.texts {
        if let Some(text) = &made.text
            && let Some(path) = path_in(text.as_bytes())
        {
            let name = String::from_utf8_lossy(&text.as_bytes()[path]).into_owned();
            let message =
                format!("a call gives the time zone `{name}`, which is a path: pandas opens that file");
            report.push(report.finding(made.span.clone(), message).help(HELP));
        }
    }
    for entry in seen.untold_texts() {
        let message = format!(
            "{} is called beside pandas: the name of a time zone can be put together",
            entry.described()
        );
        let finding = report.finding(entry.first.clone(), message).of_severity(Severity::Warning);
        report.push(finding.about(entry.as_loaded()).help(HELP));
    }
}

/// Texts of lines that have escapes in them, and where they are.
fn escaped_lines(bytes: &[u8]) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut from = 0;
    memchr::memchr_iter(b'\\', bytes).filter_map(move |at| {
        if at < from {
            return None;
        }
        let least = at.saturating_sub(MOST_SHOWN);
        let begin = memchr::memrchr(b'\n', &bytes[least..at]).map_or(least, |line| least + line + 1);
        let most = bytes.len().min(at + LONGEST_LINE);
        let end = memchr::memchr(b'\n', &bytes[at..most]).map_or(most, |line| at + line);
        from = end;
        Some((begin..end, unescaped(&bytes[begin..end])))
    })
}

/// What escapes of `UNICODE` and `STRING` stand for, wherever such an op may begin.
fn unescaped(line: &[u8]) -> String {
    let (mut text, mut rest) = (String::new(), line);
    while let [first, behind @ ..] = rest {
        let number = |from: usize, count: usize, radix: u32| {
            let digits = std::str::from_utf8(behind.get(from..from + count)?).ok()?;
            char::from_u32(u32::from_str_radix(digits, radix).ok()?).map(|sign| (sign, from + count))
        };
        let sign = match (first, behind.first()) {
            (b'\\', Some(b'x')) => number(1, 2, 16),
            (b'\\', Some(b'u')) => number(1, 4, 16),
            (b'\\', Some(b'U')) => number(1, 8, 16),
            (b'\\', Some(b'0'..=b'7')) => {
                number(0, 3, 8).or_else(|| number(0, 2, 8)).or_else(|| number(0, 1, 8))
            }
            // A sign that stands for itself.
            (b'\\', Some(&other)) => Some((char::from(other), 1)),
            _ => None,
        };
        let (sign, length) = sign.unwrap_or((char::from(*first), 0));
        text.push(sign);
        rest = behind.get(length..).unwrap_or_default();
    }
    text
}

/// The first name of a time zone in a text that is a path.
fn path_in(text: &[u8]) -> Option<Range<usize>> {
    memmem::find_iter(text, ZONE).find_map(|at| path_of_zone(text, at))
}

const HELP: &str = "`dateutil.tz.gettz` reads what a name that is a path leads to";

/// Vectorizers of scikit-learn that take the names of files: to give them text that somebody else chose is to have them open it.
fn check_files(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    const VECTORIZERS: &str = "sklearn.feature_extraction.text";
    if !seen.ledger.entries().any(|entry| entry.names.module == VECTORIZERS) {
        return;
    }
    for (span, text) in seen.texts_under("input") {
        if text == "filename" {
            let message = "the vectorizer opens the files that its input names".to_owned();
            let finding = report.finding(span, message).of_severity(Severity::Warning);
            let help = "what is given to it as text is taken for the name of a file, which it reads";
            report.push(finding.help(help));
        }
    }
    for made in &seen.tally.texts {
        if made.text.as_ref().is_none_or(|text| text == "filename") {
            let message =
                "a text is computed beside a vectorizer, which can take its input for names of files"
                    .to_owned();
            let finding = report.finding(made.span.clone(), message).of_severity(Severity::Warning);
            report
                .push(finding.help(
                    "what is given to it as text is then taken for the name of a file, which it reads",
                ));
        }
    }
}

/// How addresses of other machines begin that Ultralytics fetches from, and what they end in that it unpacks, runs or unpickles.
const FETCHED: &[&str] =
    &["ftp://", "gs://", "http://", "https://", "rtmp://", "rtsp://", "tcp://", r"\\", "//"];
const DESCRIPTIONS: &[&str] =
    &[".bz2", ".gz", ".tar", ".tbz2", ".tgz", ".txz", ".xz", ".yaml", ".yml", ".zip"];
const MODELS: &[&str] = &[".pt", ".pth"];

/// Addresses in checkpoints of Ultralytics. What they were trained on is a file of the machine or the name of a public collection.
fn check_datasets(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    if !seen.loads_of("ultralytics") {
        return;
    }
    let address = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        let is_fetched = FETCHED.iter().any(|scheme| text.starts_with(scheme));
        is_fetched.then(|| text.split(['?', '#']).next().unwrap_or_default().to_owned())
    };
    let data: Vec<_> =
        seen.texts_under("data").into_iter().filter(|(_, text)| address(text).is_some()).collect();
    let is_data = |span: &Range<usize>| data.iter().any(|(known, _)| known == span);
    for (span, text) in seen.texts_with(&["//", r"\\"]) {
        let Some(address) = address(&text) else { continue };
        let ends = |with: &[&str]| with.iter().any(|end| address.ends_with(end));
        let what = if is_data(&span) || ends(DESCRIPTIONS) {
            "`val` and `train` fetch it, and run what its `download` says, as a command or as Python"
        } else if ends(MODELS) {
            "what takes it for a model fetches and unpickles it"
        } else {
            continue;
        };
        let message = format!("the checkpoint leads to another machine, `{}`: {what}", shortened(&text));
        let help =
            "a checkpoint says which data it was trained on: the name of a public collection, or a path";
        report.push(report.finding(span, message).of_severity(Severity::Warning).help(help));
    }
}

/// A name at an offset, if it is absolute or leads up: no name of a time zone is.
fn path_of_zone(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let name = &bytes[at + ZONE.len()..];
    let is_path = match *name {
        [b'/' | b'\\' | b'.' | b':' | b'~', ..] => true,
        [drive, b':', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    };
    let length = length_before(bytes, at).map_or(MOST_SHOWN, |length| length.saturating_sub(ZONE.len()));
    let shown = name.iter().take(MOST_SHOWN.min(length)).take_while(|byte| byte.is_ascii_graphic()).count();
    is_path.then(|| at..at + ZONE.len() + shown)
}

/// The length that stands before a constant whose bytes begin at an offset.
fn length_before(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes[..at] {
        [.., 0x8c | b'U', length] => Some(usize::from(length)),
        [.., b'X' | b'T', a, b, c, d] => usize::try_from(u32::from_le_bytes([a, b, c, d])).ok(),
        _ => None,
    }
}
