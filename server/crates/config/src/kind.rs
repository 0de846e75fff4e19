//! What values an option takes: for messages, the schema and the reference page.

use crate::fields::Field;

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number between two others.
    Number(u64, u64),
    /// A text.
    Text(Format),
    /// One of a few texts.
    Choice(&'static [&'static str]),
    /// A list.
    List(&'static Kind),
    /// A table from texts to values.
    Map(Format, &'static Kind),
    /// A table with known keys.
    Record(&'static [Field]),
}

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Anything that is not empty.
    Plain,
    /// A path, relative to the folder of the configuration.
    Path,
    /// A pattern over paths, relative to the folder of the configuration.
    Glob,
    /// A pattern over `module.qualname`.
    Global,
    /// Code of a rule, beginning of a code, or name of a rule.
    Rule,
    /// A preset of allowed globals, or `all`.
    Preset,
    /// A version of Python, `3.8`.
    Python,
}

impl Kind {
    /// The kind in words, for messages and the reference page.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Number(0, u64::MAX) => "a whole number".to_owned(),
            Self::Number(least, u64::MAX) => format!("a whole number from {least}"),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::Text(format) => format.description().to_owned(),
            Self::Choice(choices) => {
                choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(" or ")
            }
            Self::List(of) => format!("a list, each {}", of.description()),
            Self::Map(keys, values) => {
                format!("a table from {} to {}", keys.description(), values.description())
            }
            Self::Record(fields) => {
                let names: Vec<_> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
                format!("a table with {}", names.join(", "))
            }
        }
    }
}

impl Format {
    /// The format in words.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Plain => "a text",
            Self::Path => "a path",
            Self::Glob => "a pattern of paths",
            Self::Global => "a global or a pattern of globals",
            Self::Rule => "a rule (code, beginning of a code, or name)",
            Self::Preset => "a preset",
            Self::Python => "a version of Python",
        }
    }
}
