//! Tags and keys of YAML.

use std::borrow::Cow;

use super::{LONGEST, TARGET, Told, WORDS, is_elsewhere, is_known, revive, tell, tell_if_dotted, words};
use crate::code::{Called, Mention};
use crate::formats::json;

/// What tags for Python begin with, and those of them behind which a name stands.
pub(super) const PYTHON: &str = "tag:yaml.org,2002:python/";
const KINDS: [&str; 4] = ["object/apply:", "object/new:", "object:", "name:"];

/// The one behind which that of a module stands, and what reads attributes of it.
const MODULE: &str = "module:";
const READERS: [&str; 5] =
    ["getattr", "builtins.getattr", "operator.attrgetter", "operator.methodcaller", "inspect.getattr_static"];

/// Tags of HyperPyYAML behind which one stands.
const HYPER: [&str; 3] = ["!apply:", "!new:", "!name:"];

/// The key of the layers in a description of a model of YOLO, of which the words are evaluated.
pub(super) const BACKBONE: &str = "backbone";

/// What `!!` stands for.
const STANDARD: &str = "tag:yaml.org,2002:";

/// What stands between a key and its value, but for the colon.
const BETWEEN: &[u8] = b"\"' \t\r\n";

/// Whether the colon at `at` stands behind a key of such a text, or is in a tag. Says too often yes.
pub(super) fn is_telling(text: &[u8], at: usize) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_/".contains(byte);
    let near = &text[at.saturating_sub(LONGEST)..at];
    let behind = near.iter().rposition(|byte| !BETWEEN.contains(byte)).map_or(0, |last| last + 1);
    let key = &near[..behind];
    let start = key.iter().rposition(|byte| !is_part(byte)).map_or(0, |last| last + 1);
    let Ok(key) = std::str::from_utf8(&key[start..]) else { return false };
    is_known(key)
        || WORDS.contains(&key) && may_be_path(&text[at + 1..])
        || key == "2002" && text[at + 1..].starts_with(b"python/")
}

/// Whether the value that a piece of a text begins with may be a name in a module.
fn may_be_path(text: &[u8]) -> bool {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.\\".contains(*byte);
    let value = text.iter().position(|byte| !BETWEEN.contains(byte)).map_or(&[][..], |start| &text[start..]);
    let word = &value[..value.iter().take(LONGEST).take_while(is_part).count()];
    // Behind a tag, an anchor or the sign of a block stands anything, and `${…}` says where else to look.
    word.iter().any(|byte| b".\\".contains(byte))
        || matches!(value.first(), Some(b'!' | b'&' | b'|' | b'>'))
        || value.starts_with(b"${") && !value.starts_with(b"${{")
}

/// Whether what begins with `!` may be a tag of Python or HyperPyYAML. Says too often yes.
pub(super) fn may_be_tag(text: &[u8]) -> bool {
    const STANDARD: [&[u8]; 3] = [b"!!python/", b"!<tag:", b"!<!"];
    let near = &text[..text.len().min(PYTHON.len())];
    let marks = STANDARD.into_iter().chain(HYPER.iter().map(|tag| tag.as_bytes()));
    // Letters may be written as escapes.
    marks.into_iter().any(|mark| text.starts_with(mark)) || near.starts_with(b"!!") && near.contains(&b'%')
}

/// The tags of YAML, whatever they are written with.
pub(super) fn tags(text: &str, told: Told<'_>) -> bool {
    let handles = handles(text);
    let (mut module, mut reader) = (None, None);
    let found = text.match_indices('!').any(|(at, _)| {
        let rest = clipped(&text[at..]);
        let token = match rest.starts_with("!<") {
            true => rest.find('>'),
            false => rest.find(|letter| is_break(letter) || " \t,[]{}\"'".contains(letter)),
        };
        // Inside of a tag, it would be that of a handle.
        let begins = text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        resolved(&rest[..token.unwrap_or(rest.len())], &handles).into_iter().any(|tag| {
            let behind = |kinds: &[&str], tag: &str| {
                kinds.iter().find_map(|kind| tag.strip_prefix(kind)).map(str::to_owned)
            };
            let Some(of_python) = tag.strip_prefix(PYTHON) else {
                return behind(&HYPER, &tag).filter(|_| begins).is_some_and(|name| tell(&name, at, told));
            };
            if of_python.starts_with(MODULE) {
                module = Some(at);
            }
            let Some(name) = behind(&KINDS, of_python) else { return false };
            reader = reader.or_else(|| READERS.contains(&name.as_str()).then_some(at));
            revive(&name, at, told)
        })
    });
    let leads_out = || module.is_some() || memchr::memmem::find(text.as_bytes(), b"__").is_some();
    found
        || reader
            .filter(|_| leads_out())
            .is_some_and(|at| told(Mention { what: Called::RevivedByName, text: "", at }))
}

/// Whether a line of YAML ends there.
fn is_break(letter: char) -> bool {
    matches!(letter, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Strings in double quotes that are short, and have an escape among their first letters; and where they end.
pub(super) fn escaped(text: &[u8]) -> impl Iterator<Item = (String, usize)> {
    /// Bytes of a letter that is written as an escape.
    const WIDEST: usize = 10;
    let quotes = memchr::memchr_iter(b'"', text).map(|at| at + 1);
    quotes.filter_map(|start| {
        let near = &text[start..text.len().min(start + TARGET.len())];
        let end = near.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let is_one = end.is_some_and(|end| near[end] == b'\\');
        let most = text.len().min(start + WIDEST * TARGET.len() + 1);
        is_one.then(|| double_quoted(&text[..most], start))
    })
}

/// No more of a text than is read at once.
fn clipped(text: &str) -> &str {
    let end = (0..=text.len().min(LONGEST)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// The abbreviations that the text gives itself for such tags: `%TAG !p! tag:yaml.org,2002:python/`. Each may have several, as documents
/// in a text have their own, and what looks like one may stand in a string.
fn handles(text: &str) -> Vec<(&str, String)> {
    /// More than anybody needs.
    const MOST: usize = 1000;
    let lines =
        text.match_indices("%TAG").filter(|(at, _)| text[..*at].chars().next_back().is_none_or(is_break));
    let parts = lines.filter_map(|(at, mark)| {
        let line = clipped(&text[at + mark.len()..]).split(is_break).next()?;
        let mut words = line.split_ascii_whitespace();
        Some((words.next()?, unescaped(words.next()?).into_owned()))
    });
    let mut handles: Vec<_> = parts.filter(|(_, prefix)| is_telling_prefix(prefix)).take(MOST).collect();
    handles.sort_unstable();
    handles.dedup();
    // `!!` goes before `!`.
    handles.sort_by_key(|(handle, _)| std::cmp::Reverse(handle.len()));
    handles
}

/// Whether tags of interest begin so.
fn is_telling_prefix(prefix: &str) -> bool {
    HYPER.iter().chain([&PYTHON]).any(|tag| tag.starts_with(prefix) || prefix.starts_with(tag))
}

/// What a tag may be as a whole.
fn resolved(token: &str, handles: &[(&str, String)]) -> Vec<String> {
    if let Some(verbatim) = token.strip_prefix("!<") {
        return vec![unescaped(verbatim).into_owned()];
    }
    let own =
        handles.iter().filter_map(|(handle, prefix)| Some((prefix.as_str(), token.strip_prefix(handle)?)));
    let standard = [("!!", STANDARD), ("!", "!")]
        .into_iter()
        .find_map(|(handle, prefix)| Some((prefix, token.strip_prefix(handle)?)));
    let all = own.chain(standard).map(|(prefix, rest)| format!("{prefix}{}", unescaped(rest)));
    all.collect()
}

/// A tag without its `%6F`.
fn unescaped(tag: &str) -> Cow<'_, str> {
    if !tag.contains('%') {
        return Cow::Borrowed(tag);
    }
    let (mut bytes, mut rest) = (Vec::new(), tag.as_bytes());
    while let Some((byte, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.filter(|_| *byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// What stands behind `_target_:` in YAML, and behind the other keys.
pub(super) fn targets(text: &str, told: Told<'_>) -> bool {
    let mut elsewhere = false;
    let found = keys(text, TARGET, &mut |value, at| {
        elsewhere |= is_elsewhere(value) || value.starts_with('*');
        tell(value, at, told)
    });
    let found = found
        || WORDS.into_iter().any(|word| {
            keys(text, word, &mut |value, at| {
                elsewhere |= value.starts_with("${") && is_elsewhere(value);
                tell_if_dotted(value, at, told)
            })
        });
    found || elsewhere && words(text, told)
}

/// Shows `take` what stands behind a key of YAML, and where, until that says that it is enough.
pub(super) fn keys(text: &str, key: &str, take: &mut dyn FnMut(&str, usize) -> bool) -> bool {
    let plain = text.match_indices(key).map(|(at, _)| at + key.len());
    let quoted = escaped(text.as_bytes()).filter(|(name, _)| name == key).map(|(_, end)| end - 1);
    let quoted = quoted.filter(|end| text.is_char_boundary(*end));
    plain.chain(quoted).any(|end| {
        let rest = text[end..].trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix(':').and_then(|rest| scalar(clipped(rest.trim_start())));
        value.is_some_and(|value| take(&value, end))
    })
}

/// The value that a text begins with: plain, quoted, or a block of one line. Its tag and anchor are passed over.
fn scalar(mut rest: &str) -> Option<Cow<'_, str>> {
    while rest.starts_with(['!', '&', '|', '>']) {
        rest = rest.split_once(|letter| is_break(letter) || matches!(letter, ' ' | '\t'))?.1.trim_start();
    }
    Some(match rest.as_bytes().first()? {
        b'"' => Cow::Owned(double_quoted(rest.as_bytes(), 1).0),
        b'\'' => Cow::Borrowed(rest[1..].split('\'').next()?),
        _ => {
            Cow::Borrowed(rest.split(|letter| is_break(letter) || ",]}#".contains(letter)).next()?.trim_end())
        }
    })
}

/// The text of a string in double quotes that begins at `start`, and what is behind it: as in JSON, and with `\x6f` as well.
pub(super) fn double_quoted(text: &[u8], start: usize) -> (String, usize) {
    let (raw, end) = {
        let mut at = start;
        while let Some(byte) = text.get(at).filter(|byte| **byte != b'"') {
            at += if *byte == b'\\' { 2 } else { 1 };
        }
        (&text[start..at.min(text.len())], (at + 1).min(text.len()))
    };
    let raw = String::from_utf8_lossy(raw);
    // A line that goes on in the next one.
    let raw = if raw.contains("\\\n") || raw.contains("\\\r") {
        let mut joined = String::new();
        for line in raw.split(['\n', '\r']) {
            let goes_on = joined.ends_with('\\');
            joined.truncate(joined.len() - usize::from(goes_on));
            joined.push_str(if goes_on { line.trim_start() } else { line });
        }
        Cow::Owned(joined)
    } else {
        raw
    };
    // `\x6f` is `\u006f`, and `\U0000006f` is as well where the first four digits are zeros.
    let raw = raw.replace("\\x", "\\u00").replace("\\U0000", "\\u");
    (json::string(raw.as_bytes(), 0).0, end)
}
