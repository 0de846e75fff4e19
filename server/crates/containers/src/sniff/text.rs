//! What kind of text a text is: for messages, and so that text files called `.pkl` are left alone. A guess at the
//! first lines; never a parser.

use crate::formats::dumbdbm;

/// The kinds of text that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextKind {
    /// Python source.
    Python,
    /// Apple's Pkl configuration language, whose files are called `.pkl` as well.
    ApplePkl,
    /// JSON.
    Json,
    /// HTML: usually an error page that was saved in place of a download.
    Html,
    /// XML.
    Xml,
    /// Comma- or tab-separated values.
    Csv,
    /// Markdown.
    Markdown,
    /// YAML.
    Yaml,
    /// The pointer that git LFS leaves in place of a file that was not fetched.
    GitLfsPointer,
    /// The pointer that git-annex leaves in place of a file that was not fetched.
    GitAnnexPointer,
    /// Nothing but base64, which may hold anything.
    Base64,
    /// The index of a shelf of `dbm.dumb`, whose values are in another file.
    ShelfIndex,
    /// Any other text.
    Plain,
}

/// `head` as text, if it is all UTF-8 that people or programs write: no control characters of ASCII. The end may be cut inside a character
/// unless `is_whole`.
pub(super) fn decode(head: &[u8], is_whole: bool) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if !is_whole && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    // Those above ASCII are what bytes become that a program takes for characters of Latin-1 and writes into a text.
    let odd = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c');
    // Byte by byte is several times as fast, and pickles of protocol 0 are texts as well.
    let is_odd =
        if text.is_ascii() { text.bytes().any(|byte| odd(char::from(byte))) } else { text.contains(odd) };
    (!text.is_empty() && !is_odd).then_some(text.trim_start_matches('\u{feff}'))
}

/// A test for one kind of text.
type Check = fn(&str) -> bool;

/// What kind of text it is.
pub(super) fn kind(text: &str) -> TextKind {
    let kinds: &[(Check, TextKind)] = &[
        (is_git_lfs, TextKind::GitLfsPointer),
        (is_git_annex, TextKind::GitAnnexPointer),
        (is_html, TextKind::Html),
        (is_xml, TextKind::Xml),
        (is_json, TextKind::Json),
        (is_apple_pkl, TextKind::ApplePkl),
        (is_python, TextKind::Python),
        (is_base64, TextKind::Base64),
        (is_shelf_index, TextKind::ShelfIndex),
        (is_csv, TextKind::Csv),
        (is_markdown, TextKind::Markdown),
        (is_yaml, TextKind::Yaml),
    ];
    kinds.iter().find(|(is_it, _)| is_it(text)).map_or(TextKind::Plain, |(_, kind)| *kind)
}

/// The first lines that are not blank.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty()).take(200)
}

fn any_line(text: &str, is_it: impl Fn(&str) -> bool) -> bool {
    lines(text).any(is_it)
}

fn is_git_lfs(text: &str) -> bool {
    text.starts_with("version https://git-lfs") || text.starts_with("version https://hawser")
}

/// What stands in an unlocked file, or in a link that a file system without links has as a text.
fn is_git_annex(text: &str) -> bool {
    let path = text.lines().next().unwrap_or("");
    let is_link = || path.starts_with('.') && path.contains(".git/annex/objects/");
    !path.contains(' ') && (path.starts_with("/annex/objects/") || is_link())
}

fn is_html(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.starts_with(tag))
}

fn is_xml(text: &str) -> bool {
    text.trim_start().starts_with("<?xml")
}

/// An object or array whose first token is one that JSON has.
fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    let inside = |rest: &str, first: &str| {
        rest.trim_start().starts_with(|c: char| first.contains(c) || c.is_ascii_digit())
    };
    text.strip_prefix('{').is_some_and(|rest| inside(rest, "\"}"))
        || text.strip_prefix('[').is_some_and(|rest| inside(rest, "\"]{[-tfn") && !is_table_header(text))
}

/// `[tool.x]` of TOML or INI.
fn is_table_header(text: &str) -> bool {
    lines(text)
        .next()
        .is_some_and(|line| line.ends_with(']') && !line.contains(['"', ',', '{', ' ']) && line.len() > 2)
}

/// Clauses of Pkl, and none of the languages that share some of them (Python, Go, JavaScript, C, CSS, Julia).
fn is_apple_pkl(text: &str) -> bool {
    let clause = |line: &str| {
        [
            "amends \"",
            "extends \"",
            "import \"",
            "import* \"",
            "@ModuleInfo",
            "open module ",
            "abstract module ",
        ]
        .iter()
        .any(|start| line.starts_with(start))
            || line.strip_prefix("module ").is_some_and(is_dotted_name)
            || is_pkl_object(line)
    };
    any_line(text, clause)
        && !any_line(text, |line| {
            let elsewhere = ["def ", "from ", "package "].iter().any(|start| line.starts_with(start));
            elsewhere || line.trim_end().ends_with(';') || line.trim_end() == "end"
        })
}

/// `name {`, `name: Type = …`, `name = new …` at the start of a line.
fn is_pkl_object(line: &str) -> bool {
    let Some(end) = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) else { return false };
    let (name, rest) = line.split_at(end);
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic());
    named && (rest == " {" || rest.starts_with(" = new ") || rest.starts_with(" = read("))
}

fn is_dotted_name(name: &str) -> bool {
    !name.is_empty() && name.trim_end().chars().all(|c| c.is_alphanumeric() || "._`-".contains(c))
}

fn is_python(text: &str) -> bool {
    let statement = |line: &str| {
        let line_end = line.trim_end();
        ["def ", "class ", "if ", "for ", "while ", "with ", "async def "]
            .iter()
            .any(|start| line.starts_with(start) && line_end.ends_with(':'))
            || (line.starts_with("from ") && line.contains(" import "))
            || line.strip_prefix("import ").is_some_and(|rest| {
                // A `.pth` of Python has all in one line.
                rest.split(';').next().unwrap_or(rest).split(", ").all(is_dotted_name)
            })
            || line.starts_with("print(")
            || (line.starts_with('@') && is_dotted_name(line[1..].split('(').next().unwrap_or("")))
    };
    let first = text.lines().next().unwrap_or("");
    (first.starts_with("#!") && first.contains("python"))
        || text.starts_with("\"\"\"")
        || any_line(text, statement)
}

/// Nothing but the alphabet (RFC 4648), and enough of it that it is no word.
fn is_base64(text: &str) -> bool {
    let alphabet = |c: char| c.is_ascii_alphanumeric() || "+/-_=\r\n".contains(c);
    let length = text.chars().filter(|c| !"\r\n".contains(*c)).count();
    length >= 16
        && length % 4 == 0
        && text.chars().all(alphabet)
        && text.contains(|c: char| c.is_ascii_uppercase())
}

/// Nothing but lines of `NAME.dir`; the last may be cut.
fn is_shelf_index(text: &str) -> bool {
    let whole = text.rfind('\n').map_or(text, |end| &text[..end]);
    lines(whole).count() > 0 && lines(whole).all(|line| dumbdbm::is_index_line(line.trim_end().as_bytes()))
}

/// At least two lines, with the same number of separators in each.
fn is_csv(text: &str) -> bool {
    [',', ';', '\t'].into_iter().any(|separator| {
        let mut counts = lines(text).take(20).map(|line| line.matches(separator).count());
        let first = counts.next().unwrap_or(0);
        let rest: Vec<usize> = counts.collect();
        first > 0
            && !rest.is_empty()
            && rest.iter().rev().skip(1).all(|count| *count == first)
            && rest[0] == first
    })
}

fn is_markdown(text: &str) -> bool {
    let heading = |line: &str| line.trim_start_matches('#').starts_with(' ') && line.starts_with("##");
    let titled = text.starts_with("# ") && text.lines().nth(1).is_some_and(|line| line.trim().is_empty());
    titled || any_line(text, |line| heading(line) || line.starts_with("```") || line.contains("]("))
}

fn is_yaml(text: &str) -> bool {
    let key = |line: &str| {
        let name = line.trim_start().trim_start_matches("- ").split_once(':');
        name.is_some_and(|(name, rest)| {
            is_dotted_name(name) && !name.ends_with(' ') && (rest.is_empty() || rest.starts_with(' '))
        })
    };
    let content = || lines(text).filter(|line| !line.trim_start().starts_with('#'));
    text.starts_with("---\n")
        || (content().count() > 0 && content().all(|line| key(line) || line.trim_start().starts_with("- ")))
}
