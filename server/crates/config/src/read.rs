//! From text to options: every problem is reported, and what is sound is taken.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, de};

use crate::fields::Field;
use crate::kind::{Format, Kind};
use crate::options::Options;
use crate::problem::Problem;
use crate::suggest::closest;
use crate::values::{PythonVersion, Setting, Value};

/// The table of `pyproject.toml` that is ours.
pub const TABLE: &str = "tool.pickle-lsp";

/// Bytes of a global, or of a pattern of some: to compare one with a name takes time of the product of their lengths, and a name is as
/// long as a pickle makes it.
const LONGEST_GLOBAL: usize = 1000;

/// What words mean that this crate does not know.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// Codes and names of rules.
    pub rules: Vec<(&'static str, &'static str)>,
    /// Presets of allowed globals.
    pub presets: Vec<&'static str>,
}

impl Vocabulary {
    /// Why a text is not what its format says; `None` when it is.
    #[must_use]
    pub fn objection(&self, format: Format, text: &str) -> Option<String> {
        match format {
            _ if text.trim().is_empty() => Some("expected a text that is not empty".to_owned()),
            Format::Plain | Format::Path => None,
            Format::Glob => globset::Glob::new(text).err().map(|error| error.to_string()),
            Format::Global if text.len() > LONGEST_GLOBAL => {
                Some(format!("longer than {LONGEST_GLOBAL} bytes, as no global is"))
            }
            Format::Global => (!text.contains(['.', '*', '?'])).then(|| {
                format!("`{text}` is no global: expected `module.name`, or a pattern such as `{text}.*`")
            }),
            Format::Rule => (!self.is_rule(text)).then(|| {
                let words = self.rules.iter().flat_map(|(code, name)| [*code, *name]);
                format!(
                    "no rule has the code or name `{text}`, or a code that begins so{}",
                    meant(text, words)
                )
            }),
            Format::Preset => {
                let words = || self.presets.iter().copied().chain(["all"]);
                (!words().any(|word| word == text))
                    .then(|| format!("no preset is called `{text}`{}", meant(text, words())))
            }
            Format::Python => (!is_python(text))
                .then(|| format!("expected a version of Python such as \"3.8\", found {text:?}")),
        }
    }

    /// Whether a selector fits any rule.
    fn is_rule(&self, selector: &str) -> bool {
        let begins =
            |code: &str| code.get(..selector.len()).is_some_and(|head| head.eq_ignore_ascii_case(selector));
        !selector.is_empty() && self.rules.iter().any(|(code, name)| selector == *name || begins(code))
    }
}

/// What a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The options, as far as they are sound.
    pub options: Options,
    /// What is wrong, in the order of the text.
    pub problems: Vec<Problem>,
    /// Where each key stands.
    pub places: BTreeMap<String, Range<usize>>,
}

impl Read {
    /// Of a text that is no TOML.
    fn unreadable(error: &de::Error) -> Self {
        let span = error.span().unwrap_or(0..0);
        let problem = Problem { span, message: error.message().replace('\n', ", ") };
        Self { problems: vec![problem], ..Self::default() }
    }
}

/// Reads the text of a file of our own.
#[must_use]
pub fn own_file(text: &str, vocabulary: &Vocabulary) -> Read {
    match DeTable::parse(text) {
        Ok(table) => {
            let span = table.span();
            options(&Spanned::new(span, DeValue::Table(table.into_inner())), vocabulary)
        }
        Err(error) => Read::unreadable(&error),
    }
}

/// Reads our table of a `pyproject.toml`; `None` when it has none.
#[must_use]
pub fn pyproject(text: &str, vocabulary: &Vocabulary) -> Option<Read> {
    match DeTable::parse(text) {
        Ok(table) => {
            let tool = table.get_ref().get("tool")?.get_ref().as_table()?;
            match tool.get("pickle-lsp") {
                Some(ours) => Some(options(ours, vocabulary)),
                None => misnamed(tool),
            }
        }
        // A file that nobody can read, and that does not speak of us, is not ours to complain about.
        Err(error) => mentions_us(text).then(|| Read::unreadable(&error)),
    }
}

/// A table that means us, and is called as a module of Python would be: it would hold for nothing, and nobody would know.
fn misnamed(tool: &DeTable<'_>) -> Option<Read> {
    let means_us = |name: &str| name.replace('_', "-").eq_ignore_ascii_case("pickle-lsp");
    let (name, _) = tool.iter().find(|(name, _)| means_us(name.get_ref()))?;
    let message = format!("no table of ours is called `tool.{}`: did you mean `{TABLE}`?", name.get_ref());
    Some(Read { problems: vec![Problem { span: name.span(), message }], ..Read::default() })
}

/// Whether a `pyproject.toml` has anything to do with us, as far as can be told without reading it.
fn mentions_us(text: &str) -> bool {
    text.contains("pickle-lsp")
}

fn options(value: &Value<'_>, vocabulary: &Vocabulary) -> Read {
    let mut reader = Reader { vocabulary, problems: Vec::new() };
    let options = Options::read(value, &mut reader).unwrap_or_default();
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| problem.span.start);
    let keys = value.get_ref().as_table().into_iter().flat_map(|table| table.keys());
    let places = keys.map(|key| (key.get_ref().to_string(), key.span())).collect();
    Read { options, problems, places }
}

/// Collects problems while values are read.
#[derive(Debug)]
pub struct Reader<'v> {
    vocabulary: &'v Vocabulary,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, span: Range<usize>, message: String) {
        self.problems.push(Problem { span, message });
    }

    /// What was found, or the problem that it is no such thing.
    pub(crate) fn expect<T>(&mut self, found: Option<T>, value: &Value<'_>, kind: &Kind) -> Option<T> {
        self.choose(found, value, kind, &[])
    }

    /// The same of words, and what to say of some that are none of them.
    pub(crate) fn choose<T>(
        &mut self,
        found: Option<T>,
        value: &Value<'_>,
        kind: &Kind,
        others: &[(&str, &str)],
    ) -> Option<T> {
        if found.is_none() {
            let what = match value.get_ref() {
                DeValue::String(text) => format!("{text:?}"),
                DeValue::Integer(number) => number.to_string(),
                other => format!("a value of type {}", other.type_str()),
            };
            let meant = others.iter().find(|(word, _)| value.get_ref().as_str() == Some(word));
            let meant = meant.map_or(String::new(), |(_, meant)| format!(": {meant}"));
            self.problem(value.span(), format!("expected {}, found {what}{meant}", kind.description()));
        }
        found
    }

    /// A table.
    pub(crate) fn table<'t, 'v>(&mut self, value: &'t Value<'v>, kind: &Kind) -> Option<&'t DeTable<'v>> {
        self.expect(value.get_ref().as_table(), value, kind)
    }

    /// A key that nobody knows.
    pub(crate) fn unknown_key(&mut self, key: &Spanned<de::DeString<'_>>, fields: &[Field]) {
        let names = fields.iter().map(|field| field.name);
        let meant = match key.get_ref().as_ref() {
            // As `pyproject.toml` has it.
            "tool" => format!(": in a file of its own, keys stand at the top, without [{TABLE}]"),
            other => meant(other, names),
        };
        let message = format!("unknown key `{}`{meant}", key.get_ref());
        self.problem(key.span(), message);
    }

    /// Whether all keys are there that must be.
    pub(crate) fn missing(&mut self, value: &Value<'_>, table: &DeTable<'_>, fields: &[Field]) -> bool {
        let mut whole = true;
        for field in fields.iter().filter(|field| field.required && !table.contains_key(field.name)) {
            self.problem(value.span(), format!("`{}` is missing", field.name));
            whole = false;
        }
        whole
    }

    /// Whether a text is what its format says.
    pub(crate) fn check(&mut self, format: Format, text: &str, span: Range<usize>) -> bool {
        let wrong = self.vocabulary.objection(format, text);
        let sound = wrong.is_none();
        wrong.into_iter().for_each(|message| self.problem(span.clone(), message));
        sound
    }
}

/// What may have been meant, to follow a message.
fn meant<'w>(wrong: &str, words: impl IntoIterator<Item = &'w str>) -> String {
    closest(wrong, words).map_or_else(String::new, |word| format!(": did you mean `{word}`?"))
}

fn is_python(text: &str) -> bool {
    matches!(PythonVersion(text.to_owned()).parts(), Some((2 | 3, _)))
}
