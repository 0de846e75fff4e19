//! What a rule has to say about a place in a stream.

use std::fmt;
use std::ops::Range;

use crate::rule::Meta;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Cannot be vouched for, or loads in a way that surprises.
    Warning,
    /// Runs code, or cannot be loaded.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Another place that a finding has to do with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where, in bytes of the stream.
    pub span: Range<usize>,
    /// What is there.
    pub message: String,
}

/// What a rule found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Meta,
    /// How bad it is: the rule's default unless the case is special.
    pub severity: Severity,
    /// What is the matter, in one line.
    pub message: String,
    /// Number of the pickle in the stream, from 0; `None` for bytes that belong to none.
    pub pickle: Option<usize>,
    /// Where, in bytes of the stream: the op.
    pub span: Range<usize>,
    /// The global it is about, `module.qualname` as loaded.
    pub global: Option<String>,
    /// Other places.
    pub related: Vec<Related>,
    /// What CPython does, or what to do about it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding of the rule's default severity that belongs to no pickle.
    pub(crate) fn new(rule: &'static Meta, span: Range<usize>, message: String) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message,
            pickle: None,
            span,
            global: None,
            related: Vec::new(),
            help: None,
        }
    }

    pub(crate) fn in_pickle(mut self, pickle: usize) -> Self {
        self.pickle = Some(pickle);
        self
    }

    pub(crate) fn of_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) fn about(mut self, global: String) -> Self {
        self.global = Some(global);
        self
    }

    pub(crate) fn related(mut self, span: Range<usize>, message: &str) -> Self {
        self.related.push(Related { span, message: message.to_owned() });
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}
