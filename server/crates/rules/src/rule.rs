//! What a rule is: what it says of itself, and the events it looks at.

use pickle_machine::arena::Value;
use pickle_machine::hole::Found;
use pickle_ops::Op;

use crate::analysis::{BuildSite, CallSite, Comparison, Entry, Gap, Misfit, Put, Seen, View, Whole};
use crate::diagnostic::Severity;
use crate::lint::Reporter;

/// What a rule says of itself.
#[derive(Debug)]
pub struct Meta {
    /// Two letters for the family, three digits.
    pub code: &'static str,
    /// In kebab case.
    pub name: &'static str,
    /// The severity of its findings, unless a case is special.
    pub severity: Severity,
    /// The version that brought it.
    pub since: &'static str,
    /// The rule's own file.
    pub(crate) source: &'static str,
}

impl Meta {
    /// The rule's page, in Markdown, without a title: the documentation at the top of its file.
    #[must_use]
    pub fn documentation(&self) -> String {
        let mut page = String::new();
        for line in self.source.lines().map_while(|line| line.strip_prefix("//!")) {
            page.push_str(line.strip_prefix(' ').unwrap_or(line));
            page.push('\n');
        }
        page
    }

    /// A section of the page, by its title.
    #[must_use]
    pub fn section(&self, title: &str) -> Option<String> {
        let page = self.documentation();
        let mut sections = page.split("## ").skip(1);
        let found = sections.find_map(|section| section.strip_prefix(title)?.strip_prefix('\n'));
        found.map(|text| text.trim().to_owned())
    }

    /// What the rule does, in a paragraph.
    #[must_use]
    pub fn summary(&self) -> String {
        let section = self.section("What it does").unwrap_or_default();
        section.split("\n\n").next().unwrap_or_default().replace('\n', " ")
    }
}

/// A rule: its [`Meta`], and what it looks at.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) meta: Meta,
    pub(crate) checks: &'static [Check],
}

/// What a rule looks at. Events come in the order of the stream, those of [`Check::Globals`] at the end of a pickle.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Check {
    /// A call of anything that is not plainly allowed.
    Call(fn(&View<'_, '_>, &CallSite<'_, '_>, &mut Reporter<'_>)),
    /// A global whose name is computed when it is loaded.
    ComputedGlobal(fn(&Op<'_>, &mut Reporter<'_>)),
    /// A `BUILD` that is out of the ordinary.
    Build(fn(&View<'_, '_>, &BuildSite<'_, '_>, &mut Reporter<'_>)),
    /// An object whose numbers are not what its code believes.
    Misfit(fn(&View<'_, '_>, &Misfit<'_, '_>, &mut Reporter<'_>)),
    /// Items that are put into a global or the result of a call.
    Put(fn(&View<'_, '_>, &Put<'_, '_>, &mut Reporter<'_>)),
    /// The result of a call that is dropped.
    Discard(fn(&View<'_, '_>, &Op<'_>, Value, &mut Reporter<'_>)),
    /// A persistent object.
    Persistent(fn(&View<'_, '_>, &Op<'_>, Value, &mut Reporter<'_>)),
    /// An operand that is a line, and ends in a carriage return or is long.
    OddLine(fn(&Op<'_>, &mut Reporter<'_>)),
    /// An operand that is a line, and not of the form that picklers write.
    ForeignLine(fn(&Op<'_>, &mut Reporter<'_>)),
    /// A store into a memo slot that is in use.
    Overwritten(fn(&Op<'_>, u64, &mut Reporter<'_>)),
    /// `APPENDS` or `ADDITEMS` without items, on what is no list, or no set.
    NoItems(fn(&Op<'_>, &mut Reporter<'_>)),
    /// A pickle that the C unpickler refuses, as other readers see it.
    Comparison(fn(&Comparison<'_>, &mut Reporter<'_>)),
    /// The first Python 2 string of a pickle that is not ASCII.
    ByteString(fn(&Op<'_>, &mut Reporter<'_>)),
    /// A distinct global of a pickle, whatever it is worth, when all of the pickle is seen.
    AnyGlobal(fn(&Entry<'_>, &mut Reporter<'_>)),
    /// A pickle, when all of it is seen.
    Pickle(fn(&Seen<'_, '_>, &mut Reporter<'_>)),
    /// A distinct global of a pickle that is not plainly allowed, when all of the pickle is seen.
    Global(fn(&Entry<'_>, &mut Reporter<'_>)),
    /// The first op that is newer than the protocol declared.
    NewerOpcode(fn(&Op<'_>, Option<u8>, &mut Reporter<'_>)),
    /// A global of the extension registry.
    Extension(fn(&Op<'_>, &mut Reporter<'_>)),
    /// An array of joblib, whose bytes follow.
    Array(fn(&[u8], &Op<'_>, &Found, &mut Reporter<'_>)),
    /// A fault that [`crate::pickle::rule_of`] gives to the rule.
    Fault,
    /// Bytes that belong to no pickle.
    Gap(fn(&Gap<'_>, &mut Reporter<'_>)),
    /// The whole stream.
    Stream(fn(&[u8], &mut Reporter<'_>)),
    /// The whole stream, with what became of its pickles.
    Whole(fn(&Whole<'_>, &mut Reporter<'_>)),
}

/// The kinds of [`Check`].
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub(crate) enum Kind {
    Call,
    ComputedGlobal,
    Build,
    Misfit,
    Put,
    Discard,
    Persistent,
    OddLine,
    ForeignLine,
    Overwritten,
    NoItems,
    Comparison,
    ByteString,
    AnyGlobal,
    Pickle,
    Global,
    NewerOpcode,
    Extension,
    Array,
    Fault,
    Gap,
    Stream,
}

/// How many kinds there are.
pub(crate) const KINDS: usize = Kind::Stream as usize + 1;

impl Check {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Call(_) => Kind::Call,
            Self::ComputedGlobal(_) => Kind::ComputedGlobal,
            Self::Build(_) => Kind::Build,
            Self::Misfit(_) => Kind::Misfit,
            Self::Put(_) => Kind::Put,
            Self::Discard(_) => Kind::Discard,
            Self::Persistent(_) => Kind::Persistent,
            Self::OddLine(_) => Kind::OddLine,
            Self::ForeignLine(_) => Kind::ForeignLine,
            Self::Overwritten(_) => Kind::Overwritten,
            Self::NoItems(_) => Kind::NoItems,
            Self::Comparison(_) => Kind::Comparison,
            Self::ByteString(_) => Kind::ByteString,
            Self::AnyGlobal(_) => Kind::AnyGlobal,
            Self::Pickle(_) => Kind::Pickle,
            Self::Global(_) => Kind::Global,
            Self::NewerOpcode(_) => Kind::NewerOpcode,
            Self::Extension(_) => Kind::Extension,
            Self::Array(_) => Kind::Array,
            Self::Fault => Kind::Fault,
            Self::Gap(_) => Kind::Gap,
            Self::Stream(_) | Self::Whole(_) => Kind::Stream,
        }
    }
}
