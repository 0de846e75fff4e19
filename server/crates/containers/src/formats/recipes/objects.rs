//! What objects of JSON name.

use super::{KERNELS, PIPELINE, TARGET, Told, WORDS, is_elsewhere, revive, tell, tell_if_dotted, words};
use crate::code::{Called, Mention};
use crate::formats::json;

/// What objects of jsonpickle, GluonTS, Hydra and others name.
pub(super) fn of_json(text: &str, told: Told<'_>) -> bool {
    // Letters of a key may be written as escapes.
    let is_in = |key: &str| memchr::memmem::find(text.as_bytes(), key.as_bytes()).is_some();
    let is_escaped = is_in("\\u");
    let has = |keys: &[&str]| is_escaped || keys.iter().any(|key| is_in(key));
    has(&["py/", "__kind__", TARGET]) && of_pickles(text, told)
        || has(&WORDS.map(quoted).each_ref().map(String::as_str)) && of_words(text, told)
        || has(&["pyref"]) && of_fiddle(text, told)
        || has(&["\"lc\""]) && of_langchain(text, told)
        || has(&[PIPELINE, "_implementation"]) && of_hub(text, told)
}

fn quoted(key: &str) -> String {
    format!("\"{key}\"")
}

fn of_pickles(text: &str, told: Told<'_>) -> bool {
    let keys = ["py/object", "py/type", "py/function", "py/class", "__kind__", "class", TARGET];
    let mut elsewhere = false;
    let found =
        json::any_object(text.as_bytes(), keys, |[object, kind, function, other, gluon, class, target]| {
            let class = class.text().filter(|_| gluon.is_there());
            elsewhere |= target.text().is_some_and(is_elsewhere);
            let mut pickled = [object, kind, function, other].into_iter().filter_map(|field| field.text());
            pickled.any(|name| revive(name, 0, told))
                || target.text().into_iter().chain(class).any(|name| tell(name, 0, told))
        });
    found || elsewhere && words(text, told)
}

/// What stands behind keys that are words like any other.
fn of_words(text: &str, told: Told<'_>) -> bool {
    let mut elsewhere = false;
    let found = json::any_object(text.as_bytes(), WORDS, |fields| {
        fields.iter().filter_map(json::Field::text).any(|name| {
            elsewhere |= name.starts_with("${") && is_elsewhere(name);
            tell_if_dotted(name, 0, told)
        })
    });
    found || elsewhere && words(text, told)
}

/// References to functions and classes of Fiddle, as checkpoints of NeMo 2 have them: their module and their name in it.
fn of_fiddle(text: &str, told: Told<'_>) -> bool {
    json::any_object(text.as_bytes(), ["type", "module", "name"], |[kind, module, name]| {
        let names = module.text().zip(name.text()).filter(|_| kind.text() == Some("pyref"));
        names.is_some_and(|(module, name)| tell(&format!("{module}.{name}"), 0, told))
    })
}

/// Objects of LangChain and LangGraph, whose `id` is the way to the class: `{"lc": 2, "type": "constructor", "id": ["os", "system"]}`, and
/// `method` one of it.
fn of_langchain(text: &str, told: Told<'_>) -> bool {
    let keys = ["lc", "type", "id", "method"];
    let (mut has_some, mut methods) = (false, Vec::new());
    json::any_object(text.as_bytes(), keys, |[version, kind, id, method]| {
        let is_one = version.is_there() && id.is_there() && kind.text() == Some("constructor");
        has_some |= is_one;
        methods.extend(method.text().filter(|_| is_one && methods.len() < MOST_NAMES).map(str::to_owned));
        false
    });
    if !has_some {
        return false;
    }
    lists(text, "method", &mut |several, _| {
        methods.extend_from_slice(&several[..several.len().min(MOST_NAMES)]);
        methods.len() >= MOST_NAMES
    });
    // Which method is of which class is not asked: a class that does no harm has none that does.
    methods.sort_unstable();
    methods.dedup();
    lists(text, "id", &mut |path, has_objects| match path {
        _ if has_objects => told(Mention { what: Called::RevivedByName, text: "", at: 0 }),
        [] | [_] => false,
        [module @ .., name] => {
            let module = module.join(".");
            let names =
                std::iter::once(name.clone()).chain(methods.iter().map(|method| format!("{name}.{method}")));
            names.into_iter().any(|name| {
                let text = format!("{module}.{name}");
                told(Mention { what: Called::Revived { module: &module, name: &name }, text: &text, at: 0 })
            })
        }
    })
}

/// Files and repositories whose code libraries of Hugging Face run when they load a model.
fn of_hub(text: &str, told: Told<'_>) -> bool {
    let is_pipeline = |path: &[String]| matches!(path, [file, _] if !file.contains('.'));
    lists(text, PIPELINE, &mut |path, _| {
        is_pipeline(path) && told(Mention { what: Called::Pipeline, text: &format!("{}.py", path[0]), at: 0 })
    }) || json::any_object(text.as_bytes(), KERNELS, |fields| {
        let named = fields.iter().filter_map(|field| field.text());
        let repositories = named.filter(|name| name.contains('/'));
        repositories.into_iter().any(|text| told(Mention { what: Called::Kernel, text, at: 0 }))
    })
}

/// Where diffusers looks for the files of the parts of a pipeline: `{"unet": ["mine", "UNet"]}` is in `unet/mine.py`, if that is there.
pub(crate) fn components(text: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.contains(PIPELINE));
    let described = text.and_then(json::Json::read);
    let parts = described.iter().flat_map(json::Json::pairs);
    let files = parts.filter_map(|(part, value)| match value.items() {
        [json::Json::Text(module), json::Json::Text(_)] => Some(format!("{part}/{module}.py")),
        _ => None,
    });
    files.collect()
}

/// Names in a path, and methods, that are looked at; nobody needs as many.
const MOST_NAMES: usize = 32;

/// Shows `take` the lists of texts that stand behind a key, and whether an object is among them, until that says that it is enough.
fn lists(text: &str, key: &str, take: &mut dyn FnMut(&[String], bool) -> bool) -> bool {
    let bytes = text.as_bytes();
    let behind = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut at = 0;
    while let Some(quote) = memchr::memchr(b'"', &bytes[at..]) {
        let (name, end) = json::string(bytes, at + quote + 1);
        at = end;
        let colon = behind(end);
        if name != key || bytes.get(colon) != Some(&b':') {
            continue;
        }
        let start = behind(colon + 1);
        if bytes.get(start) == Some(&b'[') {
            let (texts, has_objects) = texts(bytes, start + 1);
            if take(&texts, has_objects) {
                return true;
            }
        }
    }
    false
}

/// The texts of a list whose bracket lies before `at`, as far as there are no others in it, and whether an object is what ends them.
fn texts(json: &[u8], mut at: usize) -> (Vec<String>, bool) {
    let mut all = Vec::new();
    while let Some(byte) = json.get(at).filter(|_| all.len() < MOST_NAMES) {
        at += 1;
        match byte {
            b'"' => {
                let (text, end) = json::string(json, at);
                all.push(text);
                at = end;
            }
            b',' => {}
            _ if byte.is_ascii_whitespace() => {}
            _ => return (all, *byte == b'{'),
        }
    }
    (all, false)
}
