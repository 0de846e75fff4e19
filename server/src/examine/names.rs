//! Names that promise something else than the pickle that is there. Never looks at content.

use std::collections::HashSet;

use pickle_containers::SEPARATOR;
use pickle_rules::{Severity, container};

use super::kinds::is_named_pickle;
use crate::report::Diagnostic;

/// What a program promises that it is.
const SOURCE: &str = "source code";

/// Endings of files that hold no pickle, and what people take them for.
const PROMISES: &[(&[&str], &str)] = &[
    (&["jpg", "jpeg", "png", "gif", "bmp", "webp", "svg", "ico", "tif", "tiff"], "a picture"),
    (&["mp3", "wav", "flac", "ogg", "mp4", "avi", "mkv", "mov", "webm"], "sound or film"),
    (&["txt", "md", "rst", "csv", "tsv", "html", "htm", "pdf", "rtf", "docx", "xlsx"], "a text or a table"),
    (&["json", "jsonl", "yaml", "yml", "toml", "ini", "cfg", "xml"], "configuration"),
    (&["safetensors", "gguf", "ggml", "onnx", "tflite", "pb", "h5", "hdf5"], "weights that run no code"),
    (&["parquet", "arrow", "feather", "avro", "orc"], "a table of columns"),
    (&["py", "pyi", "ipynb", "js", "ts", "c", "h", "cpp", "rs", "go", "java", "sh"], SOURCE),
];

/// Those of them in whose format libraries keep objects.
const WITH_OBJECTS: &[&str] = &["h5", "hdf5", "parquet", "arrow", "feather", "avro"];

/// What a text promises that it is.
const TEXTS: &[&str] = &["a text or a table", "configuration", SOURCE];

/// What to do about it.
const HELP: &str =
    "who goes by the name does not look for a pickle here: find out what loads it, and call it what it is";

/// Whether the name of a file promises some text: a text in which a value stands for a pickle is what it is called.
pub(crate) fn promises_text(name: &str) -> bool {
    promise(name).is_some_and(|(_, promise)| TEXTS.contains(&promise))
}

/// Whether a finding in a pickle that is written down in a text of this name, in a folder, is worth to be told. Nothing says that it is
/// loaded, or is whole: what matters is what it would do. Who changes a program does not need a pickle for that, so that a global that
/// is on no list is worth knowing in one, not more.
pub(super) fn matters_in_text(name: &str, said: &mut Diagnostic) -> bool {
    if is_named_pickle(name) {
        return true;
    }
    let in_program = promise(name).is_some_and(|(_, promise)| promise == SOURCE);
    if in_program && said.severity == Severity::Warning {
        said.severity = Severity::Info;
    }
    said.rule.code.starts_with("PG") || said.rule.code.starts_with("PC")
}

/// Whether what is called so up to `end` is a text, in which a value is what is at `path`.
fn is_text(path: &str, end: usize) -> bool {
    let value = path.get(end..).and_then(|rest| rest.strip_prefix(SEPARATOR)?.strip_prefix('@'));
    let digits = value.map_or("", |value| value.split(SEPARATOR).next().unwrap_or_default());
    let is_value = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_value && path.get(..end).is_some_and(promises_text)
}

/// The name of the text among the members of a file in which the pickle at `path` is written down.
pub(super) fn text_of(path: &str) -> Option<&str> {
    let mut ends = path.match_indices(SEPARATOR).map(|(at, _)| at);
    ends.find(|end| is_text(path, *end)).and_then(|end| path.get(..end))
}

/// The names of one file and of all in it.
pub(super) struct Names {
    file: String,
    /// Paths that were reported.
    said: HashSet<Option<String>>,
}

impl Names {
    /// Those of the file called `file`.
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), said: HashSet::new() }
    }

    /// What is to be said of the names on the way to the pickle at `path`: of its own, and of each container around it.
    pub(super) fn hide(&mut self, path: Option<&str>) -> Vec<Diagnostic> {
        let mut found: Vec<_> = self.one(None, path.is_none()).into_iter().collect();
        let path = path.unwrap_or_default();
        let ends = path.match_indices(SEPARATOR).map(|(at, _)| at).chain([path.len()]);
        for end in ends.filter(|end| *end > 0 && !is_text(path, *end)) {
            found.extend(self.one(path.get(..end), end == path.len()));
        }
        found
    }

    /// What is to be said of the name of one member, or of the file, which `is_pickle` or holds one.
    fn one(&mut self, path: Option<&str>, is_pickle: bool) -> Option<Diagnostic> {
        let (extension, promise) = promise(path.unwrap_or(&self.file))?;
        if !is_pickle && WITH_OBJECTS.contains(&extension) {
            return None;
        }
        if !self.said.insert(path.map(str::to_owned)) {
            return None;
        }
        let what = if is_pickle { "is a pickle" } else { "holds a pickle" };
        let message =
            format!("the name ends in .{extension}, which promises {promise}, and the content {what}");
        Some(Diagnostic {
            member: path.map(str::to_owned),
            help: Some(HELP.to_owned()),
            ..Diagnostic::new(container::HIDDEN_BY_NAME, message)
        })
    }
}

/// The ending of a name, and what it promises that is no pickle.
fn promise(name: &str) -> Option<(&'static str, &'static str)> {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    // The second member of a name has a number behind it.
    let numbered = |(_, number): &(&str, &str)| number.bytes().all(|digit| digit.is_ascii_digit());
    let file = file.rsplit_once('#').filter(numbered).map_or(file, |(file, _)| file);
    let (_, extension) = file.rsplit_once('.')?;
    PROMISES.iter().find_map(|(extensions, promise)| {
        let known = extensions.iter().find(|known| extension.eq_ignore_ascii_case(known))?;
        Some((*known, *promise))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(file: &str, path: Option<&str>) -> Vec<Option<String>> {
        Names::new(file).hide(path).into_iter().map(|diagnostic| diagnostic.member).collect()
    }

    #[test]
    fn names_that_promise() {
        assert_eq!(members("a.JPG", None), [None]);
        assert_eq!(members("a.pkl", None), []);
        assert_eq!(members("a", Some("x/data.pkl")), []);
        assert_eq!(members("a.zip", Some("x/b.txt#2")), [Some("x/b.txt#2".to_owned())]);
        let path = "in.safetensors!/y.json/data.pkl";
        assert_eq!(members("m.onnx", Some(path)), [None, Some("in.safetensors".to_owned())]);
        assert_eq!(members("m.pt", Some("code/x.py.debug_pkl")), []);
    }

    #[test]
    fn names_of_texts() {
        assert!(["a.json", "a.PY", "a.csv"].into_iter().all(promises_text));
        assert!(!["a.png", "a.onnx", "a.pkl", "json"].into_iter().any(promises_text));
    }

    #[test]
    fn values_of_texts_in_archives() {
        assert_eq!(members("a.zip", Some("x.json!/@12")), []);
        assert_eq!(members("a.zip", Some("x.png!/@12")), [Some("x.png".to_owned())]);
        assert_eq!(members("a.zip", Some("x.json!/@12x")), [Some("x.json".to_owned())]);
        assert_eq!(text_of("in.zip!/x.json!/@12!/y"), Some("in.zip!/x.json"));
        assert_eq!(text_of("x.json!/y"), None);
    }

    #[test]
    fn said_once() {
        let mut names = Names::new("a.png");
        assert_eq!(names.hide(Some("1.pkl")).len(), 1);
        assert_eq!(names.hide(Some("2.pkl")).len(), 0);
    }
}
