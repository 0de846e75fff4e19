//! What the extension for VS Code says of files and of the configuration: in its `package.json`, the names of files that it opens,
//! the block of settings that stand for keys of the configuration, and which files the schema is of. The rest of the file is left
//! as it is.

use std::fs;

use pickle_config::Options;
use pickle_containers::FORMATS;
use serde_json::{Map, Value, json};

use crate::generate::Generated;
use crate::{root, schema};

const PATH: &str = "vscode-extension/package.json";

/// Settings of ours begin so.
const SECTION: &str = "pickleLsp.configuration.";

/// Keys that make sense for all files that one person opens, whatever project they belong to.
const PERSONAL: &[&str] =
    &["select", "extend-select", "ignore", "severity", "allow-globals", "deny-globals", "presets"];

/// The file, with our parts in it; nothing where there is no extension.
pub(crate) fn generate() -> Option<Generated> {
    let text = fs::read_to_string(root().join(PATH)).ok()?;
    // A file that is no JSON is for `npm run check` to complain about.
    let mut package: Value = serde_json::from_str(&text).ok()?;
    let contributes = package.get_mut("contributes")?.as_object_mut()?;
    contributes.insert("customEditors".to_owned(), editors());
    contributes.insert(
        "tomlValidation".to_owned(),
        json!([{ "fileMatch": "pickle-lsp.toml", "url": "./schemas/pickle-lsp.schema.json" }]),
    );
    let properties = contributes.get_mut("configuration")?.get_mut("properties")?.as_object_mut()?;
    let kept: Map<_, _> = properties
        .iter()
        .filter(|(key, _)| !key.starts_with(SECTION))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    *properties = kept;
    properties.extend(settings());
    Some(Generated { path: PATH.into(), text: format!("{package:#}\n") })
}

/// Endings that a click opens besides those of plain pickles: what frameworks call files that are made of pickles.
const CLICKED: &[&str] = &["pt", "pth", "pth.tar", "ckpt", "npy", "npz"];

/// Which files a click opens, and for which the editor is one to choose: those may as well be anything else.
fn editors() -> Value {
    let raw = FORMATS.last().map_or(&[][..], |format| format.extensions());
    let mut endings: Vec<&str> = raw.iter().chain(CLICKED).copied().collect();
    let others = FORMATS.iter().flat_map(|format| format.extensions()).copied();
    let mut chosen: Vec<&str> = Vec::new();
    for ending in others {
        let is_pickle = ending.split_once('.').is_some_and(|(stem, _)| raw.contains(&stem));
        if is_pickle { &mut endings } else { &mut chosen }.push(ending);
    }
    let editor = |name: &str, priority: &str, endings: &[&str]| {
        let mut seen: Vec<&str> = Vec::new();
        seen.extend(endings.iter().filter(|ending| !ending.is_empty()));
        seen.sort_unstable();
        seen.dedup();
        let selector: Vec<_> = seen
            .iter()
            .map(|ending| json!({ "filenamePattern": format!("{{file,vscode-remote}}:/**/*.{ending}") }))
            .collect();
        json!({
            "viewType": format!("pickleLsp.{name}"),
            "displayName": format!("%customEditor.{name}%"),
            "priority": priority,
            "selector": selector,
        })
    };
    chosen.retain(|ending| !endings.contains(ending));
    json!([editor("listing", "default", &endings), editor("container", "option", &chosen)])
}

fn settings() -> impl Iterator<Item = (String, Value)> {
    let fields = Options::FIELDS.iter().filter(|field| PERSONAL.contains(&field.name));
    fields.map(|field| {
        let mut setting = schema::property(field);
        setting["markdownDescription"] = json!(format!(
            "{}\n\nHolds for files that no `pickle-lsp.toml` or `pyproject.toml` is above of.",
            field.markdown()
        ));
        if let Some(setting) = setting.as_object_mut() {
            setting.remove("description");
        }
        forget_rules(&mut setting);
        setting["scope"] = json!("machine");
        (format!("{SECTION}{}", camel(field.name)), setting)
    })
}

/// Which rules there are is said by the schema of the file: here it would be a page a setting.
fn forget_rules(schema: &mut Value) {
    if schema.get("anyOf").is_some() {
        *schema = json!({ "type": "string", "minLength": 1 });
    }
    for part in ["items", "propertyNames", "additionalProperties"] {
        schema.get_mut(part).into_iter().for_each(forget_rules);
    }
}

/// `allow-globals` as editors write it: `allowGlobals`.
fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        text + &head.to_uppercase() + tail
    })
}
