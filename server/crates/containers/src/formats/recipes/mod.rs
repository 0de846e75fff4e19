//! Texts out of which libraries make objects by calling what the text names: tags of YAML that PyYAML and ruamel.yaml obey
//! (`!!python/object/apply:os.system`), and HyperPyYAML (`!apply:os.system`); JSON of jsonpickle (`py/reduce`, `py/object`), of GluonTS
//! (`__kind__`), of Fiddle (`pyref`) and of LangChain (`lc`); `_target_` of Hydra, NeMo and MONAI, and keys that other libraries have in its
//! place; expressions of MONAI (`$os.system('id')`). What an `MLmodel` of MLflow has run, and a pipeline of diffusers, is named as well.
//!
//! Knows as much of YAML as tags and keys take, and nothing of its nesting: what is named and never made is told as well.

mod expressions;
mod objects;
mod yaml;

use std::borrow::Cow;

use super::json;
use super::weights::TEMPLATE;
use crate::code::{Called, Mention};
pub(crate) use objects::components;

/// The key of what is called, for Hydra and those who do as it does.
const TARGET: &str = "_target_";

/// Keys of what is called for others: latent diffusion and NeMo, MMEngine and sentence-transformers, jsonargparse, hydra-zen. They
/// are words like any other, so that names in modules count alone.
const WORDS: [&str; 5] = ["target", "type", "class_path", "_zen_target", "activation_function"];

/// The keys that name modules and files in what says how MLflow loads a model.
const LOADER: &str = "loader_module";
const SCRIPT: &str = "model_code_path";

/// The key of the class of a pipeline of diffusers; in a list, its file stands before it.
const PIPELINE: &str = "_class_name";

/// Keys of how Transformers computes a part of a model: a name with a slash is a repository whose code does.
const KERNELS: [&str; 6] = [
    "attn_implementation",
    "_attn_implementation",
    "_attn_implementation_internal",
    "experts_implementation",
    "_experts_implementation",
    "_experts_implementation_internal",
];

/// Bytes of the longest tag, and of the longest name.
const LONGEST: usize = 512;

/// Endings of texts that are about such texts, or have them for tests, and are none.
const OTHERS: &[&str] = &[
    "py", "pyi", "ipynb", "md", "rst", "html", "htm", "tex", "js", "ts", "c", "h", "cpp", "rs", "go", "java",
    "rb", "php", "sh", "diff", "patch", "po", "log", "csv", "svg", "txt", "1", "cc", "cjs", "cmake", "cs",
    "css", "cts", "dart", "hpp", "jsx", "kt", "less", "lua", "map", "mjs", "mts", "pl", "pm", "pod", "r",
    "scala", "scss", "sql", "swift", "tcl", "tsx", "vim", "vue", "xsl",
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

/// Who is told what a text names, until they say that it is enough.
type Told<'t> = &'t mut dyn FnMut(Mention<'_>) -> bool;

/// Whether a text of this name is one out of which objects are made.
pub(crate) fn is_name(name: Option<&str>) -> bool {
    let file = name.map_or("", |name| name.rsplit(['/', '\\']).next().unwrap_or(name));
    match file.rsplit_once('.') {
        Some((_, ending)) => !OTHERS.iter().any(|other| ending.eq_ignore_ascii_case(other)),
        None => !PROSE.iter().any(|prose| file.eq_ignore_ascii_case(prose)),
    }
}

/// Whether a piece of a text may be of such a text, also if only its expressions are evaluated. Says too often yes.
pub(crate) fn may_name(text: &[u8], is_evaluated: bool) -> bool {
    let text: &[u8] = &as_utf8(text);
    let is_in = |mark: &str| memchr::memmem::find(text, mark.as_bytes()).is_some();
    memchr::memchr_iter(b':', text).any(|at| yaml::is_telling(text, at))
        || memchr::memchr_iter(b'!', text).any(|at| yaml::may_be_tag(&text[at..]))
        || is_in("%TAG")
        || is_in("\"pyref\"")
        || is_evaluated && expressions::may_have(text)
        // Letters of a key may be written as escapes.
        || yaml::escaped(text).any(|(name, _)| is_written_otherwise(&name, is_evaluated))
}

/// A text in UTF-8: readers of YAML and JSON take UTF-16 as well, which they know by its mark.
fn as_utf8(text: &[u8]) -> Cow<'_, [u8]> {
    if matches!(text, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) { json::utf8(text) } else { Cow::Borrowed(text) }
}

/// Whether a string that begins with an escape is a key of such a text, or an expression.
fn is_written_otherwise(name: &str, is_evaluated: bool) -> bool {
    is_known(name) || WORDS.contains(&name) || name == "pyref" || is_evaluated && name.starts_with('$')
}

/// Whether it is a key of such a text, of those that nothing else has.
fn is_known(key: &str) -> bool {
    [TARGET, LOADER, PIPELINE, TEMPLATE, yaml::BACKBONE, "__kind__", "lc"].contains(&key)
        || KERNELS.contains(&key)
        || key.starts_with("py/")
}

/// Whether a text names anything, or has an expression if those are evaluated.
pub(crate) fn names_any(text: &[u8], is_evaluated: bool) -> bool {
    let text: &[u8] = &as_utf8(text);
    let mut found = false;
    if may_name(text, is_evaluated) {
        mentions(text, is_evaluated, &mut |_| {
            found = true;
            true
        });
    }
    found
}

/// Whether a value among many is a text out of which objects are made: what begins as prose does tells of them.
pub(crate) fn is_document(value: &[u8]) -> bool {
    /// Bytes of its first line that are looked at.
    const LINE: usize = 64;
    let first = value.trim_ascii_start();
    let line = &first[..first.len().min(LINE)];
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or(line);
    let key = line.split(|byte| *byte == b':').next().unwrap_or(line);
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.\"'".contains(byte);
    let is_key = key.len() < line.len() && key.iter().all(is_part);
    let begins = is_key || matches!(line.first(), Some(b'{' | b'[' | b'!' | b'%' | b'-'));
    begins && names_any(value, false)
}

/// Whether a text has templates, or describes a pipeline of which files of Python may be a part.
pub(crate) fn is_described(text: &[u8]) -> bool {
    [TEMPLATE, PIPELINE].iter().any(|key| memchr::memmem::find(text, key.as_bytes()).is_some())
}

/// Whether libraries take a text of this name for one in which expressions are evaluated.
pub(crate) fn is_evaluated(name: Option<&str>) -> bool {
    let ending = name.and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    ["json", "yaml", "yml"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Tells what is named, and expressions if those are evaluated, until that says that it is enough.
pub(crate) fn mentions(text: &[u8], is_evaluated: bool, told: Told<'_>) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let is_yaml = !is_json(text.as_bytes());
    let _ = is_yaml && (yaml::tags(text, told) || yaml::targets(text, told) || of_mlflow(text, told))
        || objects::of_json(text, told)
        || is_evaluated && expressions::all(text, is_yaml, told);
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

/// Tells of a function by its name.
fn tell(name: &str, at: usize, told: Told<'_>) -> bool {
    if !is_dotted(name) {
        return false;
    }
    let (module, last) =
        name.rsplit_once(['.', ':']).map_or((None, name), |(module, last)| (Some(module), last));
    told(Mention { what: Called::Function { module, name: Some(last) }, text: name, at })
}

/// Tells of a function that makes again what was written down, by its name; that is one of Python's own, if no module is in it.
fn revive(name: &str, at: usize, told: Told<'_>) -> bool {
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || byte >= 0x80;
    if name.is_empty() || !name.bytes().all(is_path) {
        return false;
    }
    let (module, name) = name.rsplit_once('.').unwrap_or(("builtins", name));
    let text = format!("{module}.{name}");
    told(Mention { what: Called::Revived { module, name }, text: &text, at })
}

/// Whether a value may be the name of a function.
fn is_dotted(name: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':') || byte >= 0x80;
    !name.is_empty() && name.bytes().all(is_part)
}

/// The same of what stands behind a key that is a word like any other.
fn tell_if_dotted(name: &str, at: usize, told: Told<'_>) -> bool {
    // Operators of torch in graphs that were exported (`torch.ops.aten.add.Tensor`).
    let is_other = name.starts_with("torch.ops.") && name.matches('.').count() > 3;
    let is_path =
        name.contains('.') && !name.contains(':') && !name.starts_with(|first: char| first.is_ascii_digit());
    is_path && !is_other && is_dotted(name) && told(Mention { what: Called::Word, text: name, at })
}

/// Whether a value says that it stands elsewhere: `${…}`, but for `${{ … }}`, which is for those who run workflows.
fn is_elsewhere(value: &str) -> bool {
    value.match_indices("${").any(|(at, _)| !value[at + 2..].starts_with('{'))
}

/// All values in a text that are names, of which one is called: `${…}` says which.
fn words(text: &str, told: Told<'_>) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
    let words = text.split(|letter| !is_part(letter)).filter(|word| word.contains('.'));
    words.into_iter().any(|word| {
        let at = word.as_ptr().addr() - text.as_ptr().addr();
        is_value(&text[..at], &text[at + word.len()..]) && tell(word, at, told)
    })
}

/// Whether what stands between two parts of a text is all of a value.
fn is_value(before: &str, behind: &str) -> bool {
    let mut before = before.trim_end_matches(['"', '\'', ' ', '\t']);
    // An anchor, by which others call it.
    if let Some((outside, anchor)) = before.rsplit_once([' ', '\t'])
        && anchor.starts_with('&')
    {
        before = outside.trim_end_matches([' ', '\t']);
    }
    let behind = behind.trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t', '\r']);
    before.ends_with([':', '-', '[', ',', '{', '\n'])
        && (behind.is_empty() || behind.starts_with(['\n', ',', ']', '}', '#']))
}

/// Modules and files that MLflow runs when it loads a model, if the text is what says so: `loader_module: mine`.
fn of_mlflow(text: &str, told: Told<'_>) -> bool {
    let is_one = text.contains("flavors:") && text.contains(LOADER);
    is_one
        && (yaml::keys(text, LOADER, &mut |text, at| told(Mention { what: Called::Module, text, at }))
            || yaml::keys(text, SCRIPT, &mut |text, at| told(Mention { what: Called::File, text, at })))
}

#[cfg(test)]
mod tests;
