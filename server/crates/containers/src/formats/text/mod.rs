//! A text in which pickles are written down here and there: values of JSON, YAML or a table, environment variables, literals of a
//! program. Every run of base64, base32 or hexadecimal digits, every string with escapes, and everything that one of [`WAYS`] reads,
//! that stands for a pickle or for a container that holds one is a member, called by its offset. Linear in the length of the text;
//! knows no grammar. JSON that describes a model of Keras, and texts that name what is to be called, are code for their loaders besides.
//!
//! Adding a way to write bytes as text: one file here that has a [`Way`], and its name in [`WAYS`].

mod base85;
mod glance;
pub(crate) mod lenient;
mod literals;
mod mail;
mod numbers;
mod percent;
mod runs;
mod watch;

use std::borrow::Cow;
use std::collections::HashSet;

pub(crate) use glance::seems_to_hold_pickle;
pub use glance::seems_to_hold_pickle_as;
use pickle_ops::sextet;

use super::{Format, keras, recipes, weights};
use crate::budget::Budget;
use crate::code::{Code, Loader};
use crate::encoding::Encoding;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::sniff::{Kind, container, is_pickle_value, may_be_of_interest};
use crate::unwrap::Input;
use crate::values::{Value, Values};
use literals::literal;
use runs::{Vain, run};
pub(crate) use watch::Watch;

/// The name of the format.
pub const NAME: &str = "text";

/// Fewer characters are no run: `{}` in protocol 4 takes eight.
const SHORTEST: usize = 8;

/// Strings in strings in strings that are looked into: a program in a notebook in an export of it.
const LEVELS: usize = 3;

/// See the module.
pub(crate) struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        let is_template = weights::is_template(input.name.as_deref());
        matches!(input.kind(), Kind::Text(_))
            && (is_template || is_of_interest(input.name.as_deref(), input.bytes))
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        if keras::is_model(input.bytes) {
            let bytes = Cow::Borrowed(input.bytes);
            budget.code(Code { member: None, offset: Some(0), loader: Loader::Keras, bytes });
        }
        let name = input.name.as_deref();
        let is_evaluated = recipes::is_evaluated(name);
        if recipes::is_name(name) && recipes::names_any(input.bytes, is_evaluated) {
            let loader = if is_evaluated { Loader::Bundle } else { Loader::Recipe };
            let bytes = Cow::Borrowed(input.bytes);
            budget.code(Code { member: None, offset: Some(0), loader, bytes });
        }
        weights::templates(name, input.bytes, budget);
        opened.faults.extend(components(input.bytes, budget));
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        search(input.bytes, &mut |at, bytes| values.take(|| format!("@{at}"), Value::made(bytes)));
        opened
    }
}

/// Whether there is anything for [`Text`] in a text: pickles, a model that it describes, or what it has called.
pub(crate) fn is_of_interest(name: Option<&str>, text: &[u8]) -> bool {
    let is_evaluated = recipes::is_evaluated(name);
    holds_any(text)
        || keras::is_model(text)
        || recipes::is_name(name) && recipes::names_any(text, is_evaluated)
        || recipes::is_described(text)
}

/// Files of Python that diffusers runs when it loads the pipeline that a text describes, and that are there.
fn components(text: &[u8], budget: &Budget<'_>) -> Vec<Fault> {
    let Some(siblings) = budget.siblings() else { return Vec::new() };
    let files = recipes::components(text).into_iter().filter(|file| siblings.size(file).is_some());
    let message = |file: String| format!("diffusers runs the file `{file}` when it loads the pipeline");
    files.map(|file| Fault::new(FaultKind::PackageCode, 0, message(file))).collect()
}

/// Whether pickles are written down in a text, or in bytes that may be one.
pub(crate) fn holds_any(text: &[u8]) -> bool {
    let mut found = false;
    if text.len() >= SHORTEST && std::str::from_utf8(text).is_ok() {
        search(text, &mut |_, _| {
            found = true;
            false
        });
    }
    found
}

/// What was found, and where; and where to go on.
type Step = (Option<(usize, Vec<u8>)>, usize);

/// A way to write bytes as text that can be told by a few characters.
struct Way {
    /// Where the next place is, from this one on, at which bytes may be written down.
    next: fn(&[u8], usize) -> Option<usize>,
    /// What is written down there, if it is wanted. The last number is where the place before it ends. Where to go on is [`BEYOND`] if
    /// what is promising goes on to the end of the text.
    read: fn(&[u8], usize, usize) -> Step,
}

/// Behind any text.
const BEYOND: usize = usize::MAX;

/// What is promising between `start` and `end`, if it is wanted.
fn judged(text: &[u8], start: usize, bytes: Vec<u8>, end: usize) -> Step {
    let is_cut = end >= text.len();
    (Some((start, bytes)).filter(|(_, bytes)| is_wanted(bytes)), if is_cut { BEYOND } else { end })
}

/// All of them.
static WAYS: [&Way; 13] = [
    &percent::WAY,
    &lenient::WAY,
    &numbers::IN_BRACKETS,
    &numbers::WITHOUT,
    &numbers::IN_LINES,
    // Before what would take the first line of one for all of it.
    &base85::ADOBE,
    &base85::WORD,
    &base85::ASCII85_MARK,
    &base85::RFC_1924_MARK,
    &mail::UUENCODE,
    &mail::QUOTED,
    &mail::QUOTED_BODY,
    &mail::QUOTED_LINES,
];

/// Gives everything that is written down in a text, and where, to `take`, until that says `false`.
fn search(text: &[u8], take: &mut dyn FnMut(usize, Vec<u8>) -> bool) {
    search_within(text, LEVELS, take);
}

/// The same, of a text that may have so many strings inside each other; whether `take` never said `false`.
fn search_within(text: &[u8], levels: usize, take: &mut dyn FnMut(usize, Vec<u8>) -> bool) -> bool {
    if !search_runs(text, levels, take) {
        return false;
    }
    // Two ways may read the same.
    let mut seen = HashSet::new();
    for way in WAYS {
        let mut behind = 0;
        while behind < text.len()
            && let Some(at) = (way.next)(text, behind)
        {
            let (found, next) = (way.read)(text, at, behind);
            if let Some((start, bytes)) = found
                && seen.insert(start)
                && !take(start, bytes)
            {
                return false;
            }
            behind = next.max(at + 1).max(behind + 1);
        }
    }
    true
}

/// The same of runs and strings with escapes.
fn search_runs(text: &[u8], levels: usize, take: &mut dyn FnMut(usize, Vec<u8>) -> bool) -> bool {
    let mut at = 0;
    // Behind the last string that was read: quotes before are those of other strings.
    let mut behind = 0;
    // The same of strings that were looked into.
    let mut inside = 0;
    let mut vain = Vain::of(text.len());
    while let Some(&byte) = text.get(at) {
        let (found, next) = match byte {
            b'\\' if at >= inside && levels > 0 && literals::is_nested(text, at) => {
                let Some(end) = literals::nested(text, inside, at, levels - 1, take) else { return false };
                (inside, behind) = (end, behind.max(end));
                (None, end)
            }
            b'\\' if at >= behind => {
                let (found, end) = literal(text, behind, at);
                behind = end;
                // A string that is no pickle may hold runs of base64: only the escape is passed over.
                let next = if found.is_some() { end } else { at + 2 };
                (found, next)
            }
            b'\\' => (None, at + 2),
            _ if sextet(byte).is_some() => {
                let (found, end) = run(text, at, &mut vain);
                if found.is_some() {
                    behind = behind.max(end);
                }
                (found, end)
            }
            _ => (None, at + 1),
        };
        if let Some((start, bytes)) = found
            && !take(start, bytes)
        {
            return false;
        }
        at = next.max(at + 1);
    }
    true
}

/// Whether bytes are worth being handed out.
fn is_wanted(bytes: &[u8]) -> bool {
    is_pickle_value(bytes) || container(bytes).is_some()
}

/// Whether nothing speaks against `head` being the beginning of what is wanted, or of a text that stands for it. Says too often yes.
fn is_promising(head: &[u8]) -> bool {
    let is_text = || Encoding::IN_TEXTS.iter().filter_map(|encoding| encoding.decode(head));
    may_be_of_interest(head) || is_text().any(|bytes| may_be_of_interest(&bytes))
}
