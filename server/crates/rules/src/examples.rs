//! The examples in the documentation of the rules are their tests.
//!
//! A fenced block ` ```pickleasm ` holds a stream in its text form (`docs/text-form.md`), which is assembled. Under "Example"
//! exactly the rule itself reports something; under "Use instead" none does.

use pickle_listing::text::assemble;

use crate::registry::{RULES, Selection};
use crate::rule::Meta;
use crate::{Options, lint_stream};

/// What is reported with the class of an example that no list knows, with a damaged line, or with any fault, is not what
/// it is about.
const ALONGSIDE: &[&str] = &["PB120", "PB121", "PD113", "PD115", "PD226", "PG108"];

/// Rules whose examples need settings, or are too large to be written down; they are tested in `hostile.rs`.
const TESTED_ELSEWHERE: &[&str] = &["PD227", "PD301", "PD303", "PD304", "PD307", "PD308", "PG110"];

fn codes(bytes: &[u8], of: &Meta) -> Vec<&'static str> {
    // A rule that is off by itself is switched on by its code.
    let families = ["PB", "PD", "PG", of.code].map(str::to_owned);
    let selection = Selection::new(families, []).unwrap();
    let options = Options { selection, ..Options::default() };
    let report = lint_stream(bytes, &options, &pickle_machine::never);
    let codes = report.findings.iter().map(|finding| finding.rule.code);
    // What other readers make of it is another matter, and so is what the C unpickler makes of what is about others.
    let readers = |code: &str| code.starts_with("PD2");
    let codes = codes.filter(|code| readers(code) == readers(of.code));
    // One stream can show several differences between readers.
    let alongside = |code: &str| ALONGSIDE.contains(&code) || readers(code) && readers(of.code);
    let mut codes: Vec<_> = codes.filter(|code| *code == of.code || !alongside(code)).collect();
    codes.dedup();
    codes
}

fn blocks(meta: &Meta, section: &str) -> Vec<Vec<u8>> {
    let text = meta.section(section).unwrap_or_else(|| panic!("{} has no section {section}", meta.code));
    let fences = text.split("```pickleasm\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let bytes = fences.map(|listing| {
        let assembled = assemble(listing);
        assert!(!assembled.faulty, "{}: {listing}{:?}", meta.code, assembled.diagnostics);
        assembled.bytes
    });
    bytes.collect()
}

#[test]
fn every_rule_reports_its_example_and_nothing_else_does() {
    // What has no check here is tested where files are unwrapped.
    for rule in RULES.iter().filter(|rule| !rule.checks.is_empty()) {
        let examples = blocks(&rule.meta, "Example");
        let elsewhere = TESTED_ELSEWHERE.contains(&rule.meta.code);
        assert!(elsewhere || !examples.is_empty(), "{} has no example", rule.meta.code);
        for example in examples {
            assert_eq!(codes(&example, &rule.meta), [rule.meta.code], "{}", example.escape_ascii());
        }
        for instead in blocks(&rule.meta, "Use instead") {
            assert_eq!(
                codes(&instead, &rule.meta),
                [""; 0],
                "{}: {}",
                rule.meta.code,
                instead.escape_ascii()
            );
        }
    }
}

#[test]
fn every_rule_is_documented() {
    for rule in RULES {
        let meta = &rule.meta;
        for section in ["What it does", "Why is this bad?", "Example", "Use instead", "References"] {
            assert!(meta.section(section).is_some_and(|text| !text.is_empty()), "{}: {section}", meta.code);
        }
        let file = format!("source: include_str!(\"{}.rs\")", meta.name.replace('-', "_"));
        assert!(meta.source.contains(&file), "{} is in a file of another name", meta.code);
        assert!(meta.summary().ends_with('.'), "{}", meta.code);
    }
}
