//! The configurations of projects, as the server uses them: the nearest one holds for each file, a change of one is taken up
//! at once, and mistakes are shown in the file that makes them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use pickle_config::{Options, Position, own_file};
use pickle_machine::render::escape;
use serde_json::Value;
use tower_lsp::gen_lsp_types::{Diagnostic, DiagnosticSeverity, Range, Uri};

use super::cache::lock;
use super::outbox::{Message, Outbox};
use super::virtual_documents::file_uri;
use crate::settings::{Broken, OWN, PYPROJECT, Resolver, Scope, Settings, vocabulary};

/// What is known of configurations.
#[derive(Debug)]
pub(crate) struct Configuration {
    resolver: Mutex<Arc<Resolver>>,
    /// What the person wants for files of no project.
    personal: Mutex<Options>,
    /// Files that have diagnostics.
    published: Mutex<HashSet<PathBuf>>,
}

impl Configuration {
    /// Nothing is read yet.
    pub(crate) fn new() -> Self {
        let resolver = Resolver::new(Scope::Nearest, Options::default());
        Self {
            resolver: Mutex::new(Arc::new(resolver)),
            personal: Mutex::default(),
            published: Mutex::default(),
        }
    }

    /// Whether a file is a configuration by name.
    pub(crate) fn is_one(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name == OWN || name == PYPROJECT)
    }

    /// What holds for a file.
    pub(crate) fn of_file(&self, path: &Path, outbox: &Outbox) -> Arc<Settings> {
        let resolver = lock(&self.resolver).clone();
        let settings = resolver.of_file(path);
        for broken in resolver.take_broken() {
            self.publish(&broken, outbox);
        }
        settings
    }

    /// Takes the settings of the person; gives whether they are others than before. What cannot be meant is said to the log.
    pub(crate) fn set_personal(&self, wanted: &Value, outbox: &Outbox) -> bool {
        let Some(table) = wanted.as_object() else { return false };
        let lines: Vec<_> = table.iter().filter(|(_, value)| !value.is_null()).map(line).collect();
        let text = lines.join("\n");
        let read = own_file(&text, &vocabulary());
        for problem in &read.problems {
            let message = format!("pickleLsp.configuration: {}", escape(&problem.message));
            outbox.log(tower_lsp::gen_lsp_types::MessageType::Warning, message);
        }
        let mut personal = lock(&self.personal);
        let changed = *personal != read.options;
        *personal = read.options;
        changed
    }

    /// Whether a configuration that is in use is no longer what it was.
    pub(crate) fn is_stale(&self) -> bool {
        lock(&self.resolver).is_stale()
    }

    /// Reads everything anew when it is asked for next, and takes back what was said of mistakes.
    pub(crate) fn reload(&self, outbox: &Outbox) {
        let personal = lock(&self.personal).clone();
        *lock(&self.resolver) =
            Arc::new(Resolver::new(Scope::Nearest, Options::default()).otherwise(personal));
        for path in lock(&self.published).drain() {
            outbox.post(Message::Diagnostics(Uri(file_uri(&path)), Vec::new()));
        }
    }

    fn publish(&self, broken: &Broken, outbox: &Outbox) {
        let diagnostics = broken.problems.iter().map(|(place, message)| Diagnostic {
            range: place.as_ref().map_or_else(Range::default, range),
            severity: Some(DiagnosticSeverity::Error),
            source: Some("pickle-lsp".to_owned()),
            message: escape(message).into(),
            ..Diagnostic::default()
        });
        lock(&self.published).insert(broken.path.clone());
        outbox.post(Message::Diagnostics(Uri(file_uri(&broken.path)), diagnostics.collect()));
    }
}

fn range(place: &std::ops::Range<Position>) -> Range {
    let at = |position: &Position| tower_lsp::gen_lsp_types::Position {
        line: u32::try_from(position.line - 1).unwrap_or(u32::MAX),
        // Keys and values of ours are ASCII up to any mistake worth pointing at.
        character: u32::try_from(position.column - 1).unwrap_or(u32::MAX),
    };
    Range { start: at(&place.start), end: at(&place.end) }
}

/// A setting of an editor as a line of TOML: `allowGlobals` is `allow-globals`.
fn line((key, value): (&String, &Value)) -> String {
    let mut name = String::new();
    for character in key.chars() {
        if character.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(character.to_ascii_lowercase());
    }
    format!("{} = {}", Value::String(name), toml(value))
}

/// JSON as TOML: what differs is how tables are written.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(table) => {
            let pairs: Vec<_> = table
                .iter()
                .map(|(key, value)| format!("{} = {}", Value::String(key.clone()), toml(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}
