//! What a global is worth, by the lists and by what holds in the folder of the process.

use std::io::{self, Write};
use std::path::Path;

use pickle_machine::render::escape;
use pickle_rules::policy::{Policy, Verdict, is_weights_only};
use serde_json::{Value, json};

use super::super::Failure;
use super::super::options::{self, Judging, Rules};
use crate::output::Output;
use crate::worth;

/// A global and what is known of it.
pub(super) struct Judged {
    module: String,
    name: String,
    verdict: Verdict,
    why: Vec<String>,
}

/// Judges what is written as `module.qualname`; `None` when it is not.
///
/// # Errors
/// The configuration has mistakes.
pub(super) fn judge(what: &str) -> Result<Option<Judged>, Failure> {
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|first: char| first.is_ascii_digit())
            && part.chars().all(is_of_name)
    };
    if !what.contains('.') || !what.split('.').all(is_name) {
        return Ok(None);
    }
    let resolver = options::resolver(None, &Judging::default(), &Rules::default())?;
    let settings = resolver.of_folder(Path::new(""));
    if let Some(broken) = resolver.take_broken().first() {
        return Err(broken.to_string().into());
    }
    let policy = &settings.rules.policy;
    // Where the module ends is not to be seen: `module.Class.method` is read so only when `method` is known of no module.
    let splits = what.rmatch_indices('.').map(|(at, _)| (&what[..at], &what[at + 1..]));
    let mut judged = splits.map(|(module, name)| of(policy, module, name));
    let nearest = judged.next();
    Ok(match nearest {
        Some(nearest) if nearest.verdict == Verdict::Unlisted => {
            judged.find(|judged| judged.verdict != Verdict::Unlisted).or(Some(nearest))
        }
        nearest => nearest,
    })
}

fn of(policy: &Policy, module: &str, name: &str) -> Judged {
    let verdict = policy.judge(module, name);
    let why = worth::sentences(policy, module, name, &verdict);
    Judged { module: module.to_owned(), name: name.to_owned(), verdict, why }
}

fn is_of_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

impl Judged {
    /// In words.
    pub(super) fn explain(&self, out: &mut Output) -> io::Result<()> {
        let Self { module, name, verdict, why } = self;
        writeln!(out, "# {}: {}\n", escape(&format!("{module}.{name}")), verdict.name())?;
        why.iter().try_for_each(|sentence| writeln!(out, "{sentence}"))?;
        if *verdict == Verdict::Unlisted {
            writeln!(
                out,
                "If it is known to be harmless, allow it in the configuration: `pickle-lsp explain allow-globals`."
            )?;
        }
        let loader = if is_weights_only(module, name) { "allows it" } else { "does not load it" };
        writeln!(out, "\nThe weights-only loader of torch {loader}.")
    }

    /// The same for programs.
    pub(super) fn object(&self) -> Value {
        let Self { module, name, verdict, .. } = self;
        let denial = match verdict {
            Verdict::Denied(denial) => Some(denial),
            _ => None,
        };
        json!({
            "module": module,
            "name": name,
            "verdict": verdict.name(),
            "does": denial.map(|denial| denial.category.does()),
            "reason": denial.map(|denial| &*denial.reason),
            "standsFor": denial.and_then(|denial| denial.stands_for.as_deref()),
            "preset": worth::preset(module, name, verdict),
            "weightsOnly": is_weights_only(module, name),
        })
    }
}
