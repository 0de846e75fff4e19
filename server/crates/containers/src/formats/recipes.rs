//! Texts out of which libraries make objects by calling what the text names: tags of YAML that PyYAML and ruamel.yaml obey
//! (`!!python/object/apply:os.system`), JSON of jsonpickle (`py/reduce`, `py/object`) and of GluonTS (`__kind__`), and `_target_` of Hydra,
//! NeMo and MONAI in either. What an `MLmodel` of MLflow has run is named as well.
//!
//! Knows as much of YAML as tags and keys take, and nothing of its nesting: what is named and never made is told as well.

use std::borrow::Cow;

use super::json;
use crate::code::{Called, Mention};

/// What tags for Python begin with, and those of them behind which a name stands.
const PYTHON: &str = "tag:yaml.org,2002:python/";
const KINDS: [&str; 4] = ["object/apply:", "object/new:", "object:", "name:"];

/// What `!!` stands for.
const STANDARD: &str = "tag:yaml.org,2002:";

/// The key of what is called, for Hydra and those who do as it does.
const TARGET: &str = "_target_";

/// The keys that name modules and files in what says how MLflow loads a model.
const LOADER: &str = "loader_module";
const SCRIPT: &str = "model_code_path";

/// Bytes of the longest tag, and of the longest name.
const LONGEST: usize = 512;

/// Endings of texts that are about such texts, or have them for tests, and are none.
const OTHERS: &[&str] = &[
    "py", "pyi", "ipynb", "md", "rst", "html", "htm", "tex", "js", "ts", "c", "h", "cpp", "rs", "go", "java",
    "rb", "php", "sh", "diff", "patch", "po", "log", "csv", "svg", "txt", "1",
];

/// What such texts are called that mostly have no ending.
const PROSE: &[&str] = &[
    "authors",
    "changelog",
    "changes",
    "copying",
    "history",
    "install",
    "license",
    "metadata",
    "news",
    "notice",
    "pkg-info",
    "readme",
    "todo",
];

/// Whether a text of this name is one out of which objects are made.
pub(crate) fn is_name(name: Option<&str>) -> bool {
    let file = name.map_or("", |name| name.rsplit(['/', '\\']).next().unwrap_or(name));
    match file.rsplit_once('.') {
        Some((_, ending)) => !OTHERS.iter().any(|other| ending.eq_ignore_ascii_case(other)),
        None => !PROSE.iter().any(|prose| file.eq_ignore_ascii_case(prose)),
    }
}

/// Whether a piece of a text may be of such a text. Says too often yes.
pub(crate) fn may_name(text: &[u8]) -> bool {
    const MARKS: [&str; 8] =
        ["!!python/", "!<tag:", "%TAG", "2002:python/", "\"py/", "\"py\\", "\"__kind__\"", LOADER];
    let is_in = |mark: &str| memchr::memmem::find(text, mark.as_bytes()).is_some();
    // Letters of either may be written as escapes.
    let mut tags =
        memchr::memmem::find_iter(text, b"!!").map(|at| &text[at..text.len().min(at + PYTHON.len())]);
    let is_key = |at: usize| {
        text[at + TARGET.len()..].iter().find(|byte| !b"\"' \t\r\n".contains(byte)) == Some(&b':')
    };
    MARKS.into_iter().any(is_in)
        || memchr::memmem::find_iter(text, TARGET).any(is_key)
        || tags.any(|tag| memchr::memchr(b'%', tag).is_some())
        || escaped(text).any(|(name, _)| name == TARGET || name.starts_with("py/") || name == "__kind__")
}

/// Strings in double quotes that are short, and have an escape among their first letters; and where they end.
fn escaped(text: &[u8]) -> impl Iterator<Item = (String, usize)> {
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

/// Whether a text names anything.
pub(crate) fn names_any(text: &[u8]) -> bool {
    let mut found = false;
    if may_name(text) {
        mentions(text, &mut |_| {
            found = true;
            true
        });
    }
    found
}

/// Tells what is named, until that says that it is enough.
pub(crate) fn mentions(text: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let is_yaml = !is_json(text.as_bytes());
    let _ =
        is_yaml && (tags(text, told) || targets(text, told) || of_mlflow(text, told)) || of_json(text, told);
}

/// Whether nothing stands between the strings of a text but what does in JSON: tags and keys in its strings are words, for readers of YAML
/// as well.
fn is_json(text: &[u8]) -> bool {
    let mut last = b',';
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' if b",:[{".contains(&last) => {
                while let Some(inside) = text.get(at).filter(|byte| **byte != b'"') {
                    at += if *inside == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' | b'+' | b'-' | b'.' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ if byte.is_ascii_whitespace() => {
                // Objects may stand in lines.
                last = if byte == b'\n' && last == b'}' { b',' } else { last };
                continue;
            }
            _ => return false,
        }
        last = byte;
    }
    text.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| b"{[".contains(first))
}

fn tell(name: &str, at: usize, told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let is_path =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':') || byte >= 0x80;
    if name.is_empty() || !name.bytes().all(is_path) {
        return false;
    }
    let (module, last) =
        name.rsplit_once(['.', ':']).map_or((None, name), |(module, last)| (Some(module), last));
    told(Mention { what: Called::Function { module, name: Some(last) }, text: name, at })
}

/// The tags of YAML, whatever they are written with.
fn tags(text: &str, told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let handles = handles(text);
    text.match_indices('!').any(|(at, _)| {
        let rest = clipped(&text[at..]);
        let token = match rest.starts_with("!<") {
            true => rest.find('>'),
            false => rest.find([' ', '\t', '\r', '\n', ',', '[', ']', '{', '}', '"', '\'']),
        };
        let Some(tag) = resolved(&rest[..token.unwrap_or(rest.len())], &handles) else { return false };
        let Some(kind) = tag.strip_prefix(PYTHON) else { return false };
        let name = KINDS.iter().find_map(|known| kind.strip_prefix(known));
        name.is_some_and(|name| tell(name, at, told))
    })
}

/// No more of a text than is read at once.
fn clipped(text: &str) -> &str {
    let end = (0..=text.len().min(LONGEST)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// The abbreviations that the text gives itself: `%TAG !p! tag:yaml.org,2002:python/`.
fn handles(text: &str) -> Vec<(&str, String)> {
    /// More than anybody needs.
    const MOST: usize = 100;
    let lines = text.lines().filter_map(|line| line.strip_prefix("%TAG"));
    let parts = lines.filter_map(|line| {
        let mut words = clipped(line).split_ascii_whitespace();
        Some((words.next()?, unescaped(words.next()?).into_owned()))
    });
    let mut handles: Vec<_> = parts.take(MOST).collect();
    // `!!` goes before `!`.
    handles.sort_by_key(|(handle, _)| std::cmp::Reverse(handle.len()));
    handles
}

/// The whole of a tag.
fn resolved(token: &str, handles: &[(&str, String)]) -> Option<String> {
    if let Some(verbatim) = token.strip_prefix("!<") {
        return Some(unescaped(verbatim).into_owned());
    }
    let own =
        handles.iter().find_map(|(handle, prefix)| Some((prefix.as_str(), token.strip_prefix(handle)?)));
    let (prefix, rest) = own.or_else(|| Some((STANDARD, token.strip_prefix("!!")?)))?;
    Some(format!("{prefix}{}", unescaped(rest)))
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

/// What stands behind `_target_:` in YAML.
fn targets(text: &str, told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let mut is_elsewhere = false;
    let found = keys(text, TARGET, &mut |value, at| {
        is_elsewhere |= value.contains("${");
        tell(value, at, told)
    });
    found || is_elsewhere && words(text, told)
}

/// All names in a text, of which one is called: `${…}` says which.
fn words(text: &str, told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
    let words = text.split(|letter| !is_part(letter)).filter(|word| word.contains('.'));
    words.into_iter().any(|word| tell(word, word.as_ptr().addr() - text.as_ptr().addr(), told))
}

/// Shows `take` what stands behind a key of YAML, and where, until that says that it is enough.
fn keys(text: &str, key: &str, take: &mut dyn FnMut(&str, usize) -> bool) -> bool {
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
        rest = rest.split_once([' ', '\t', '\n'])?.1.trim_start();
    }
    Some(match rest.as_bytes().first()? {
        b'"' => Cow::Owned(double_quoted(rest.as_bytes(), 1).0),
        b'\'' => Cow::Borrowed(rest[1..].split('\'').next()?),
        _ => Cow::Borrowed(rest.split(['\n', ',', ']', '}', '#']).next()?.trim_end()),
    })
}

/// The text of a string in double quotes that begins at `start`, and what is behind it: as in JSON, and with `\x6f` as well.
fn double_quoted(text: &[u8], start: usize) -> (String, usize) {
    let (raw, end) = {
        let mut at = start;
        while let Some(byte) = text.get(at).filter(|byte| **byte != b'"') {
            at += if *byte == b'\\' { 2 } else { 1 };
        }
        (&text[start..at.min(text.len())], (at + 1).min(text.len()))
    };
    // `\x6f` is `\u006f`, and `\U0000006f` is as well where the first four digits are zeros.
    let raw = String::from_utf8_lossy(raw).replace("\\x", "\\u00").replace("\\U0000", "\\u");
    (json::string(raw.as_bytes(), 0).0, end)
}

/// What objects of jsonpickle, GluonTS and Hydra name.
fn of_json(text: &str, told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let keys = ["py/object", "py/type", "py/function", "py/class", "__kind__", "class", TARGET];
    let mut is_elsewhere = false;
    let found =
        json::any_object(text.as_bytes(), keys, |[object, kind, function, other, gluon, class, target]| {
            let class = class.text().filter(|_| gluon.is_there());
            is_elsewhere |= target.text().is_some_and(|target| target.contains("${"));
            let named = [object, kind, function, other, target].into_iter().filter_map(|field| field.text());
            named.chain(class).any(|name| tell(name, 0, told))
        });
    found || is_elsewhere && words(text, told)
}

/// Modules and files that MLflow runs when it loads a model, if the text is what says so: `loader_module: mine`.
fn of_mlflow(text: &str, told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let is_one = text.contains("flavors:") && text.contains(LOADER);
    is_one
        && (keys(text, LOADER, &mut |text, at| told(Mention { what: Called::Module, text, at }))
            || keys(text, SCRIPT, &mut |text, at| told(Mention { what: Called::File, text, at })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        mentions(text.as_bytes(), &mut |mention| {
            all.push(mention.text.to_owned());
            false
        });
        assert!(all.is_empty() || may_name(text.as_bytes()), "{text}");
        all
    }

    #[test]
    fn tags_of_yaml() {
        for text in [
            "a: !!python/object/apply:os.system ['id']",
            "a: !!python/object/apply:o%73.system ['id']",
            "- !<tag:yaml.org,2002:python/object/new:os.system> [id]",
            "%TAG !p! tag:yaml.org,2002:python/\n---\n!p!name:os.system ''",
            "%TAG ! tag:yaml.org,2002:python/object/apply:\n---\n{a: !os.system [id]}",
            "%TAG !! tag:yaml.org,2002:pyth\n---\n!!on/object:os.system {}",
        ] {
            assert_eq!(told(text), ["os.system"], "{text}");
        }
        for text in [
            "!!python/tuple [1]",
            "!!str os.system",
            "wow!! python/object:os.system",
            "!include os.system",
            "%TAG",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn targets_of_hydra() {
        for text in [
            "m:\n  _target_: os.system\n  command: id",
            "_target_ : 'os.system'",
            r#""_target_": "o\x73.syst\u0065m""#,
            r#""_t\x61rget\x5f": os.system"#,
            r#"{"a": {"_target_": "os.system", "command": "id"}}"#,
            r#"{"a": {"_target_": "${b}"}, "b": "os.system"}"#,
            r#"{"a": a"b, "_target_": os.system, "c": "d"}"#,
            "{_target_: os.system, command: id}",
            "_target_: >-\n  os.system\n",
            "_target_: !!str &a\n  os.system # what",
            "_target_: ${what}\nwhat: os.system",
        ] {
            assert_eq!(told(text), ["os.system"], "{text}");
        }
        for text in [
            "_target_",
            "_target_: ",
            "_target_: two words",
            "my_target_s: os.system",
            "_target_: [os.system]",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn objects_of_json() {
        assert_eq!(
            told(r#"{"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]}"#),
            ["os.system"]
        );
        assert_eq!(told(r#"{"py/type": "os.system", "py/obj\u0065ct": "a.B"}"#), ["a.B", "os.system"]);
        assert_eq!(told(r#"{"__kind__": "instance", "class": "os.system", "args": ["id"]}"#), ["os.system"]);
        assert_eq!(told(r#"{"class": "os.system"}"#), [""; 0]);
    }

    #[test]
    fn what_mlflow_runs() {
        let text = "flavors:\n  python_function:\n    loader_module: mine\n    model_code_path: agent.py\n";
        assert_eq!(told(text), ["mine", "agent.py"]);
        assert_eq!(told("loader_module: mine"), [""; 0]);
    }

    #[test]
    fn names_of_texts() {
        assert!(
            is_name(None)
                && is_name(Some("a.yaml"))
                && is_name(Some("MLmodel"))
                && is_name(Some("x.y/hparams"))
        );
        assert!(!is_name(Some("README.md")) && !is_name(Some("test_yaml.PY")));
        assert!(!is_name(Some("a-1.0.dist-info/METADATA")) && !is_name(Some("docs/yaml.rst.txt")));
    }
}
