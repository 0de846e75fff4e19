//! From options to what rules and containers take, and to what is changed about findings afterwards.

use std::path::Path;

use pickle_config::{Entry, Level, Options, PythonVersion, RuleSelector};
use pickle_containers::Limits;
use pickle_rules::policy::{Denied, Pattern, Policy, presets};
use pickle_rules::registry::{Selection, weight};
use pickle_rules::{Meta, Readers, Severity};

use super::Settings;
use crate::report::Diagnostic;

/// The name that stands for every preset.
const ALL: &str = "all";

/// Rules and policy. Selectors were checked when they were read; one that fits no rule selects nothing here.
pub(super) fn rules(given: &Options) -> pickle_rules::Options {
    let texts = |list: &Option<Vec<RuleSelector>>| {
        list.iter().flatten().map(|selector| selector.0.clone()).collect::<Vec<_>>()
    };
    let selection = Selection::new(texts(&given.select), texts(&given.ignore))
        .and_then(|selection| selection.extended(texts(&given.extend_select)))
        .unwrap_or_default();
    let policy = Policy {
        allow: patterns(given.allow_globals.as_deref()),
        deny: denied(given.deny_globals.as_deref()),
        presets_off: presets().filter(|preset| !is_on(given, preset)).map(str::to_owned).collect(),
    };
    let readers = Readers {
        min_protocol: given.min_protocol.and_then(|number| u8::try_from(number.0).ok()),
        max_protocol: given.max_protocol.and_then(|number| u8::try_from(number.0).ok()),
        target_python: given.target_python.as_ref().and_then(PythonVersion::parts),
    };
    pickle_rules::Options { selection, policy, readers }
}

fn patterns(entries: Option<&[Entry]>) -> Vec<Pattern> {
    let names = entries.unwrap_or_default().iter().filter_map(|entry| entry.name.as_ref());
    names.map(|name| Pattern::new(&name.0)).collect()
}

fn denied(entries: Option<&[Entry]>) -> Vec<Denied> {
    let all = entries.unwrap_or_default().iter();
    let denied = all.map(|entry| {
        let reason = entry.reason.as_ref().map(|reason| reason.0.clone()).unwrap_or_default();
        Some(Denied { pattern: Pattern::new(&entry.name.as_ref()?.0), reason })
    });
    denied.flatten().collect()
}

fn is_on(given: &Options, preset: &str) -> bool {
    let Some(presets) = &given.presets else { return true };
    let of = |name: &str| presets.iter().find(|(key, _)| key.0 == name).map(|(_, on)| *on);
    of(preset).or_else(|| of(ALL)).unwrap_or(true)
}

/// Limits, where they are given.
pub(super) fn limits(given: &Options) -> Limits {
    let mut limits = Limits::default();
    let Some(wanted) = &given.limits else { return limits };
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    if let Some(depth) = wanted.depth {
        limits.depth = count(depth.0);
    }
    if let Some(members) = wanted.members {
        limits.members = count(members.0);
    }
    if let Some(bytes) = wanted.member_bytes {
        limits.member_bytes = bytes.0;
    }
    if let Some(bytes) = wanted.total_bytes {
        limits.total_bytes = bytes.0;
    }
    if let Some(ratio) = wanted.ratio {
        limits.ratio = ratio.0;
    }
    limits
}

/// Severities by selectors of rules.
pub(super) fn severities(given: &Options) -> Vec<(String, Severity)> {
    let table = given.severity.iter().flatten();
    table.map(|(selector, level)| (selector.0.clone(), severity(*level))).collect()
}

fn severity(level: Level) -> Severity {
    match level {
        Level::Info => Severity::Info,
        Level::Warning => Severity::Warning,
        Level::Error => Severity::Error,
    }
}

impl Settings {
    /// Takes away what is off for a file, and gives the rest the severities that the project wants.
    pub(crate) fn adjust(&self, path: &Path, found: &mut Vec<Diagnostic>) {
        if found.is_empty() {
            return;
        }
        if !self.per_file_ignores.is_empty() {
            let relative = self.relative(path);
            let off: Vec<&str> = self.per_file_ignores.of(&relative).collect();
            found.retain(|diagnostic| !off.iter().any(|rule| weight(rule, diagnostic.rule).is_some()));
        }
        if !self.severity.is_empty() {
            for diagnostic in found {
                // What a rule says of a file that may have nothing to do with pickles stays worth knowing, not more.
                let toned_down =
                    diagnostic.severity == Severity::Info && diagnostic.rule.severity != Severity::Info;
                if !toned_down && let Some(severity) = self.severity_of(diagnostic.rule) {
                    diagnostic.severity = severity;
                }
            }
        }
    }

    fn severity_of(&self, rule: &Meta) -> Option<Severity> {
        let fits = self.severity.iter().filter_map(|(text, severity)| Some((weight(text, rule)?, *severity)));
        fits.max_by_key(|(weight, _)| *weight).map(|(_, severity)| severity)
    }
}
