//! What the extension for VS Code says of the configuration: the block of settings in its `package.json` that stand for keys of
//! the configuration, and which files the schema is of. The rest of the file is left as it is.

use std::fs;

use pickle_config::Options;
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
