//! Stores that are written down as JSON (`fsspec.implementations.reference`, as kerchunk makes them): what has which key is in the text, or
//! lies elsewhere. Opening a data set from one reads its chunks.

use std::collections::BTreeMap;

use super::codecs::base64;
use super::metadata::{self, Array};
use super::{is_description, read_arrays};
use crate::budget::Budget;
use crate::formats::json::Json;
use crate::member::Opened;
use crate::unwrap::Siblings;

/// What is written in front of bytes that are no text.
const ENCODED: &str = "base64:";

/// What every description of an array is called.
const KEY: &[u8] = b".zarray";

/// Values of such a text that are read: an address is three, and large data sets have hundreds of thousands.
const MOST: usize = 1 << 20;

/// How letters and dots are written that no writer of JSON escapes.
const ESCAPES: &[&[u8]] = &[b"\\u006", b"\\u007", b"\\u002e", b"\\u002E"];

/// A store that a text may be.
pub(super) enum Store {
    Read(Json),
    /// It is longer, or deeper, than is read.
    Unread,
}

/// Whether a text may hold references to an array that names the codec: both words are there, or may be.
pub(crate) fn may_refer(text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    has(KEY) && has(b"pickle") || ESCAPES.iter().any(|escape| has(escape)) && (has(b"refs") || has(KEY))
}

/// The store that a text is, if it has an array that is unpickled.
pub(super) fn store(text: &[u8]) -> Option<Store> {
    if text.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') || !may_refer(text) {
        return None;
    }
    match Json::read_within(std::str::from_utf8(text).ok()?, MOST) {
        Some(store) => (!described(&store).is_empty()).then_some(Store::Read(store)),
        None => Some(Store::Unread),
    }
}

/// The arrays of a store of references that are unpickled, by the keys of their descriptions.
fn described(store: &Json) -> Vec<(&str, Vec<Array>)> {
    let pairs = store.get("refs").unwrap_or(store).pairs();
    let described = pairs.iter().filter(|(key, _)| is_description(key)).filter_map(|(key, value)| {
        let arrays = match value {
            Json::Text(text) => metadata::arrays(&bytes_of(text))?,
            value => metadata::arrays_of(value),
        };
        (!arrays.is_empty()).then_some((key.as_str(), arrays))
    });
    // Of a key that is there more than once, readers take the last.
    described.collect::<BTreeMap<_, _>>().into_iter().collect()
}

/// Adds the chunks of such arrays, by the keys of their descriptions.
pub(super) fn read(store: &Store, opened: &mut Opened<'_>, budget: &mut Budget<'_>) {
    let Store::Read(store) = store else { return read_arrays(None, None, None, opened, budget) };
    let pairs = store.get("refs").unwrap_or(store).pairs();
    let all: BTreeMap<&str, &Json> = pairs.iter().map(|(key, value)| (key.as_str(), value)).collect();
    for (key, arrays) in described(store) {
        let folder = &key[..key.rfind('/').map_or(0, |slash| slash + 1)];
        read_arrays(Some(arrays), Some(key), Some(&Folder { all: &all, folder }), opened, budget);
    }
}

/// The bytes that a text stands for.
fn bytes_of(text: &str) -> Vec<u8> {
    text.strip_prefix(ENCODED).map_or_else(|| text.as_bytes().to_vec(), |encoded| base64(encoded.as_bytes()))
}

/// What is below a key.
struct Folder<'s> {
    all: &'s BTreeMap<&'s str, &'s Json>,
    folder: &'s str,
}

impl Siblings for Folder<'_> {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        match self.all.get(format!("{}{name}", self.folder).as_str())? {
            Json::Text(text) => Some(bytes_of(text)),
            // An address, or what is worked out.
            _ => None,
        }
    }

    fn below(&self, folder: &str, wanted: &dyn Fn(&str) -> bool, most: usize) -> Vec<String> {
        let start = format!("{}{folder}", self.folder);
        let inside = self.all.range(start.as_str()..).map_while(|(key, _)| key.strip_prefix(&start));
        inside.filter(|path| wanted(path)).take(most).map(str::to_owned).collect()
    }

    fn size(&self, name: &str) -> Option<u64> {
        self.read(name).map(|bytes| bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::limits::Limits;
    use crate::member::Item;

    const ARRAY: &str = r#"{\"filters\": [{\"id\": \"pickle\"}, {\"id\": \"crc32\"}]}"#;

    /// The members of a store, and what is wrong with it; `None`: it is none.
    fn read_all(text: &str) -> Option<(Vec<String>, Vec<FaultKind>)> {
        let store = store(text.as_bytes())?;
        let (mut members, mut faults) = (Vec::new(), Vec::new());
        let mut sink = |item: Item<'_>| match item {
            Item::Member(member) => members.extend(member.path),
            Item::Fault(fault) => faults.push(fault.kind),
            Item::Code(_) => {}
        };
        let mut budget = Budget::new(Limits::default(), &|| false, &mut sink);
        let mut opened = Opened::new("zarr");
        read(&store, &mut opened, &mut budget);
        budget.hand_out(&mut opened);
        Some((members, faults))
    }

    #[test]
    fn chunks_in_the_text_and_elsewhere() {
        // The checksum, and `N.`.
        let text = format!(
            r#"{{"version": 1, "refs": {{"x/.zarray": "{ARRAY}", "x/0": "base64:MTIzNE4u", "x/1": "1234N.", "x/2": ["http://x", 0, 6], "y/0": "N."}}}}"#
        );
        let (members, faults) = read_all(&text).expect("a store");
        assert_eq!(members, ["x/.zarray!/x/0", "x/.zarray!/x/1"].map(|path| path.replace("!/x/", "!/")));
        assert_eq!(faults, [FaultKind::PickledChunks, FaultKind::UnreadChunks]);
        let first = r#"{".zarray": {"compressor": {"id": "pickle"}}, "0": "N."}"#;
        assert_eq!(read_all(first).expect("a store").0, [".zarray!/0"]);
        let escaped = text.replace("pickle", r"p\u0069ckle").replace("x/.zarray", r"x/\u002ezarray");
        assert_eq!(read_all(&escaped).expect("a store").0, members);
        let deep = format!(r#"{{".zarray": "pickle", "a": {}}}"#, "[".repeat(100));
        assert_eq!(read_all(&deep).expect("a store").1, [FaultKind::UnreadChunks]);
    }

    #[test]
    fn what_is_no_store() {
        for text in [
            r#"{"refs": {"x/.zarray": "{\"filters\": null}", "x/.zattrs": "{\"by\": \"pickle\"}"}}"#,
            r#"["x/.zarray", "pickle"]"#,
            r#"{"note": "a .zarray may name pickle"}"#,
            "{",
            "",
        ] {
            assert!(read_all(text).is_none(), "{text}");
        }
    }
}
