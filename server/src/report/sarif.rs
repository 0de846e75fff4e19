//! SARIF 2.1.0 (OASIS), for code scanning.
//!
//! Results are written as they come; what the log says of the run as a whole stands behind them. Lines are those of the
//! listing; the bytes of a finding are those of the stream, which for a member of a container is the member
//! (`logicalLocations` names it).

use std::io::{self, Write};

use pickle_machine::render::escape;
use pickle_rules::{Meta, Severity, registry};
use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::{Diagnostic, FOREIGN, FileReport, Place, Renderer, Summary, url};
use crate::output::Output;
use crate::paths;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Failures that are kept for the end of the log.
const MOST_NOTIFICATIONS: usize = 1000;

/// See the module.
#[derive(Default)]
pub(super) struct Sarif {
    begun: bool,
    notifications: Vec<Value>,
}

impl Renderer for Sarif {
    fn begin(&mut self, out: &mut Output) -> io::Result<()> {
        let driver = json!({
            "name": "pickle-lsp",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": registry::rules().map(rule).collect::<Vec<_>>(),
        });
        write!(
            out,
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{driver}}},\
             \"columnKind\":\"unicodeCodePoints\",\"results\":["
        )
    }

    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()> {
        let uri = paths::uri(&file.path);
        if let Some(failure) = &file.failure
            && self.notifications.len() < MOST_NOTIFICATIONS
        {
            let location = json!({ "physicalLocation": { "artifactLocation": artifact(&uri) } });
            self.notifications.push(json!({
                "level": "error", "message": { "text": plain(failure) }, "locations": [location],
            }));
        }
        for (diagnostic, fingerprint) in file.diagnostics.iter().zip(fingerprints(file)) {
            out.write_all(if self.begun { b",\n " } else { b"\n " })?;
            self.begun = true;
            serde_json::to_writer(&mut *out, &result(&uri, diagnostic, &fingerprint))?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        let unfinished = summary.failures + summary.incomplete + summary.unseen + summary.misconfigured > 0;
        let foreign = summary.foreign.iter().take(MOST_NOTIFICATIONS).map(|path| paths::near(path));
        let configurations: Vec<_> = foreign
            .map(|path| {
                let text = format!("{} {FOREIGN}", paths::text(&path));
                let location =
                    json!({ "physicalLocation": { "artifactLocation": artifact(&paths::uri(&path)) } });
                json!({ "level": "note", "message": { "text": plain(&text) }, "locations": [location] })
            })
            .collect();
        let invocation = json!({
            "executionSuccessful": !(unfinished || summary.interrupted),
            "toolExecutionNotifications": std::mem::take(&mut self.notifications),
            "toolConfigurationNotifications": configurations,
        });
        writeln!(out, "\n],\"invocations\":[{invocation}]}}]}}")
    }
}

fn rule(rule: &Meta) -> Value {
    let documentation = rule.documentation();
    let family = rule.code.get(..2).unwrap_or_default();
    let mut properties = json!({ "tags": [tag(family)], "problem.severity": problem(rule.severity) });
    if tag(family) == "security" {
        properties["security-severity"] = json!(security(rule.severity));
    }
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": rule.name.replace('-', " ") },
        "fullDescription": { "text": rule.summary() },
        "help": { "text": documentation, "markdown": documentation },
        "helpUri": url(rule),
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": properties,
    })
}

/// What a family of rules is about.
fn tag(family: &str) -> &'static str {
    match family {
        "PG" | "PC" | "PD" => "security",
        _ => "correctness",
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The same for GitHub, which has a word of its own.
fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    }
}

/// How GitHub ranks alerts: above 9 critical, above 7 high, above 4 medium.
fn security(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "9.3",
        Severity::Warning => "6.0",
        Severity::Info => "2.0",
    }
}

fn artifact(uri: &str) -> Value {
    if uri.starts_with("file://") {
        json!({ "uri": uri })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}

fn result(uri: &str, diagnostic: &Diagnostic, fingerprint: &str) -> Value {
    let index = registry::rules().position(|rule| rule.code == diagnostic.rule.code);
    let mut result = json!({
        "ruleId": diagnostic.rule.code,
        "ruleIndex": index,
        "level": level(diagnostic.severity),
        "message": { "text": message(diagnostic) },
        "locations": [location(uri, diagnostic)],
        "partialFingerprints": { "pickleLsp/v1": fingerprint },
        "properties": {
            "pickle": diagnostic.pickle,
            "offset": diagnostic.span.as_ref().map(|span| span.start),
            "endOffset": diagnostic.span.as_ref().map(|span| span.end),
            "global": diagnostic.global.as_deref().map(escape),
        },
    });
    let related: Vec<_> = diagnostic
        .related
        .iter()
        .map(|related| {
            let bytes = json!({ "byteOffset": related.span.start, "byteLength": related.span.len() });
            json!({
                "physicalLocation": { "artifactLocation": artifact(uri), "region": bytes },
                "message": { "text": plain(&related.message) },
            })
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    result
}

fn message(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}\n{}", plain(&diagnostic.message), plain(help)),
        None => plain(&diagnostic.message),
    }
}

/// A text with no link in it: `[text](address)` is one in a message of SARIF (2.1.0, 3.11.6), whoever wrote it.
fn plain(text: &str) -> String {
    escape(text).replace("](", "] (")
}

fn location(uri: &str, diagnostic: &Diagnostic) -> Value {
    let start = Place { line: 1, column: 1, end_line: 1, end_column: 1 };
    let place = diagnostic.place.unwrap_or(start);
    let mut region = json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    });
    if let Some(span) = &diagnostic.span {
        region["byteOffset"] = json!(span.start);
        region["byteLength"] = json!(span.len());
    }
    let mut location = json!({ "physicalLocation": { "artifactLocation": artifact(uri), "region": region } });
    if let Some(member) = &diagnostic.member {
        let member = escape(member);
        location["logicalLocations"] =
            json!([{ "name": member, "fullyQualifiedName": member, "kind": "member" }]);
    }
    location
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_makes_no_link() {
        assert_eq!(plain("`m.[what to do](https://example.com)`"), "`m.[what to do] (https://example.com)`");
        assert_eq!(plain("`f([1], (2))`"), "`f([1], (2))`");
    }
}
