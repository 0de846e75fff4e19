//! What tells findings apart from run to run: the file, the rule, the member and the global, and for several alike which of
//! them it is. No offset: bytes that are put in before a finding do not make it another one.

use std::collections::HashMap;

use super::{Diagnostic, FileReport};
use crate::digest::fingerprint;
use crate::paths;

/// The fingerprint of each finding of a file, in order.
pub(super) fn fingerprints(file: &FileReport) -> Vec<String> {
    let uri = paths::uri(&file.path);
    let mut alike: HashMap<_, u32> = HashMap::new();
    let of = |diagnostic| {
        let (code, member, symbol) = parts(diagnostic);
        let number = alike.entry((code, member, symbol)).or_default();
        *number += 1;
        let number = number.to_string();
        fingerprint([&uri, code, member, symbol, &number].map(str::as_bytes))
    };
    file.diagnostics.iter().map(of).collect()
}

fn parts(diagnostic: &Diagnostic) -> (&'static str, &str, &str) {
    let member = diagnostic.member.as_deref().unwrap_or_default();
    (diagnostic.rule.code, member, diagnostic.global.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use pickle_rules::registry::by_code;

    use super::*;

    fn of(findings: &[(&str, usize)]) -> Vec<String> {
        let diagnostic = |&(global, at): &(&str, usize)| Diagnostic {
            global: Some(global.to_owned()),
            span: Some(at..at + 1),
            ..Diagnostic::new(by_code("PG108").unwrap(), "x")
        };
        let diagnostics = findings.iter().map(diagnostic).collect();
        fingerprints(&FileReport { path: "a.pkl".into(), diagnostics, failure: None, sha256: None })
    }

    #[test]
    fn stable_under_insertion() {
        let before = of(&[("m.A", 3), ("m.B", 9), ("m.B", 12)]);
        let after = of(&[("m.C", 0), ("m.A", 13), ("m.B", 19), ("m.B", 22)]);
        assert_eq!(before[..], after[1..]);
        assert!(!before.contains(&after[0]) && before[1] != before[2]);
    }
}
