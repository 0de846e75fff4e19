//! Prints what the models of CPython's readers make of inputs, for comparison with those readers: one process for many.
//!
//! `readings OPTIONS <INPUTS`, a line of hexadecimal digits each → a line each,
//! `{"c_bytes","c_stream","c_file","python","pickletools": {"ok","error","offset","asked":[[offset,module,name]],"end","value"}}`
//!
//! Options: `refuse` (no `find_class`, no `persistent_load`), `one` (all inert objects are one and the same, so that as keys they are
//! one key), `items=N`, `depth=N` and `text=N` (what is left out of values), `memory=N`.

// A tool for tests: it may print, and end by a panic.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::io::BufRead as _;

use pickle_ops::Text;
use pickle_ops::repr::{write_bytearray, write_bytes, write_float, write_str};
use pickle_readers::{Heap, Id, Object, Options, Outcome, Persistent, Reader, Source, read};
use serde_json::{Value as Json, json};

const READINGS: [(&str, Reader, Source); 5] = [
    ("c_bytes", Reader::C, Source::Bytes),
    ("c_stream", Reader::C, Source::Stream),
    ("c_file", Reader::C, Source::File),
    ("python", Reader::Python, Source::Stream),
    ("pickletools", Reader::Pickletools, Source::Bytes),
];

#[derive(Clone, Copy)]
struct Limits {
    items: usize,
    depth: usize,
    /// Characters of a str and bytes of others that are shown; of longer ones the length and the beginning.
    text: usize,
    /// Whether inert objects are one and the same.
    one: bool,
}

fn main() {
    let mut options = Options { persistent: Persistent::Tuple, ..Options::default() };
    let mut limits = Limits { items: usize::MAX, depth: 6, text: usize::MAX, one: false };
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            None if argument == "refuse" => {
                (options.find_class, options.persistent) = (false, Persistent::Refused);
            }
            None if argument == "one" => limits.one = true,
            Some(("items", number)) => limits.items = number.parse().unwrap(),
            Some(("depth", number)) => limits.depth = number.parse().unwrap(),
            Some(("text", number)) => limits.text = number.parse().unwrap(),
            Some(("memory", number)) => options.memory = number.parse().unwrap(),
            _ => panic!("unknown option {argument}"),
        }
    }
    for line in std::io::stdin().lock().lines() {
        let bytes = unhex(&line.unwrap());
        let readings = READINGS.iter().map(|&(name, reader, source)| {
            (name.to_owned(), reading(&bytes, &Options { reader, source, ..options }, limits))
        });
        println!("{}", Json::Object(readings.collect()));
    }
}

fn unhex(line: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap();
    line.as_bytes().chunks_exact(2).map(|pair| (digit(&pair[0]) << 4 | digit(&pair[1])) as u8).collect()
}

fn reading(bytes: &[u8], options: &Options, limits: Limits) -> Json {
    let reading = read(bytes, 0, options);
    let asked: Vec<Json> =
        reading.asked.iter().map(|asked| json!([asked.offset, asked.module, asked.name])).collect();
    match &reading.outcome {
        Outcome::Loaded(value) => {
            let value = value.map(|id| shown(&reading.heap, id, limits, 0));
            json!({"ok": true, "asked": asked, "end": reading.end, "value": value})
        }
        Outcome::Raised(exception) => {
            let error = format!("{}: {}", exception.class, exception.message);
            json!({"ok": false, "asked": asked, "error": error, "offset": exception.offset})
        }
    }
}

/// `repr`, in which all inert objects look alike and sets are sorted.
fn shown(heap: &Heap<'_>, id: Id, limits: Limits, depth: usize) -> String {
    let mut out = String::new();
    if depth > limits.depth {
        return "...".to_owned();
    }
    let inside = |id: &Id| shown(heap, *id, limits, depth + 1);
    match heap.get(id) {
        Object::None => "None".to_owned(),
        Object::Bool(value) => (if *value { "True" } else { "False" }).to_owned(),
        Object::Int(value) => value.to_string(),
        Object::Big(value) if value.bits() > 2000 => format!("int {} bits", value.bits()),
        Object::Big(value) => value.to_string(),
        Object::Float(value) => {
            write_float(&mut out, *value).unwrap();
            out
        }
        Object::Str(text) if Text::Utf8(text).code_points().count() > limits.text => {
            let points: Vec<u32> = Text::Utf8(text).code_points().collect();
            write!(out, "str len {} ", points.len()).unwrap();
            write_str(&mut out, points.into_iter().take(20)).unwrap();
            out + "..."
        }
        Object::Bytes(bytes) if bytes.len() > limits.text => {
            write!(out, "bytes len {} ", bytes.len()).unwrap();
            write_bytes(&mut out, &bytes[..20]).unwrap();
            out + "..."
        }
        Object::ByteArray(bytes) if bytes.len() > limits.text => {
            write!(out, "bytearray len {} ", bytes.len()).unwrap();
            write_bytearray(&mut out, &bytes[..20]).unwrap();
            out + "..."
        }
        Object::Str(text) => {
            write_str(&mut out, Text::Utf8(text).code_points()).unwrap();
            out
        }
        Object::Bytes(bytes) => {
            write_bytes(&mut out, bytes).unwrap();
            out
        }
        Object::ByteArray(bytes) => {
            write_bytearray(&mut out, bytes).unwrap();
            out
        }
        Object::Tuple(items) if items.len() == 1 => format!("({},)", inside(&items[0])),
        Object::Tuple(items) => format!("({})", joined(items.iter().map(inside), items.len(), limits)),
        Object::List(items) => format!("[{}]", joined(items.iter().map(inside), items.len(), limits)),
        Object::Dict(table) => {
            let mut items: Vec<(String, Id)> = Vec::new();
            let mut count = table.items.len();
            for (key, value) in &table.items {
                let key = inside(key);
                // The key stays, the value is the last one.
                let is_stub = limits.one && key == "<stub>";
                let same = items.iter().position(|(known, _)| is_stub && *known == key);
                match same {
                    Some(at) => (items[at].1, count) = (*value, count - 1),
                    None if items.len() < limits.items => items.push((key, *value)),
                    None => {}
                }
            }
            let items = items.iter().map(|(key, value)| format!("{key}: {}", inside(value)));
            format!("{{{}}}", joined(items, count.min(limits.items), limits))
        }
        Object::Set(table) | Object::FrozenSet(table) => {
            let mut items: Vec<String> = table.items.iter().map(|item| inside(&item.0)).collect();
            items.sort();
            // Inert classes are one and the same where readers are compared.
            items.dedup_by(|a, b| a == b && a == "<stub>");
            let name = heap.type_name(id);
            format!("{name}({})", joined(items.iter().cloned(), items.len(), limits))
        }
        Object::View(_) => "memoryview".to_owned(),
        Object::Global(_) | Object::Called { .. } | Object::Persistent(_) => "<stub>".to_owned(),
    }
}

fn joined(items: impl Iterator<Item = String>, count: usize, limits: Limits) -> String {
    let items: Vec<String> = items.take(limits.items).collect();
    let more = if count > items.len() { "..." } else { "" };
    format!("{}{more}", items.join(", "))
}
