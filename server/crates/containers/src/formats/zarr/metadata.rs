//! What the description of an array, or of several, says of how its chunks are encoded: `.zarray` and `.zmetadata` of zarr 2,
//! `zarr.json` of zarr 3, `attributes.json` of N5.

use std::collections::BTreeMap;

use super::codecs::Step;
use crate::formats::json::{self, Json};

/// The codec that unpickles (`numcodecs/pickles.py`).
const PICKLE: &str = "pickle";

/// What zarr 3 puts in front of the names of its codecs.
const OURS: &str = "numcodecs.";

/// Which names descriptions have. The last part of the path tells.
const NAMES: &[&str] = &[".zarray", ".zmetadata", "zarr.json", "attributes.json"];

/// Whether a file, a member or a key of this name describes arrays. Those of the drafts of zarr 3 end in `.array.json`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    NAMES.contains(&last) || last.ends_with(".array.json")
}

/// An array whose chunks are unpickled when they are read.
#[derive(Clone)]
pub(super) struct Array {
    /// What stands in front of the keys of its chunks, from where the description is.
    pub(super) prefix: String,
    /// What is done with the bytes of a chunk before.
    pub(super) steps: Vec<Step>,
    /// All codecs with their settings, to be compared with those of another description.
    pub(super) codecs: String,
    /// The codecs that do it, by their names; the one that unpickles not among them.
    pub(super) names: Vec<String>,
    /// The first codec of them that is not read.
    pub(super) unread: Option<String>,
    /// What comes out is unpickled once more.
    pub(super) again: bool,
    /// A chunk has a header of its own, as N5 writes it.
    pub(super) headed: bool,
    /// What stands in place of chunks that are not there, unpickled as well: base64 of it.
    pub(super) fill: Option<String>,
}

/// The arrays of a description; `None`: it cannot be read, and may say anything.
pub(super) fn arrays(bytes: &[u8]) -> Option<Vec<Array>> {
    // Nothing is unpickled where nothing says so; a name may be written in escapes.
    let bytes = json::utf8(bytes);
    let may_say = |text: &[u8]| memchr::memmem::find(&bytes, text).is_some();
    if !may_say(PICKLE.as_bytes()) && !may_say(b"\\u") {
        return Some(Vec::new());
    }
    Json::read(std::str::from_utf8(&bytes).ok()?).as_ref().map(arrays_of)
}

/// The same of a description that was read.
pub(super) fn arrays_of(description: &Json) -> Vec<Array> {
    let mut found = Vec::new();
    found.extend(array(description, String::new()));
    // Of several arrays at once: zarr 2 by the names of their descriptions, zarr 3 by their own.
    for (key, described) in several(description.get("metadata")) {
        let prefix = key.strip_suffix(".zarray").map(str::to_owned);
        found.extend(prefix.and_then(|prefix| array(described, prefix)));
    }
    let consolidated = description.get("consolidated_metadata").and_then(|all| all.get("metadata"));
    for (key, described) in several(consolidated) {
        found.extend(array(described, format!("{key}/")));
    }
    found
}

/// Descriptions by their keys; of a key that is there more than once, readers take the last.
fn several(all: Option<&Json>) -> BTreeMap<&str, &Json> {
    let pairs = all.map_or(&[][..], Json::pairs);
    pairs.iter().map(|(key, described)| (key.as_str(), described)).collect()
}

/// The array that an object describes, if its chunks are unpickled.
fn array(described: &Json, prefix: String) -> Option<Array> {
    let codecs = codecs(described);
    let place = codecs.iter().position(|(name, _)| is_pickle(name))?;
    let (before, behind) = codecs.split_at(place);
    let names = before.iter().map(|(name, _)| (*name).to_owned()).collect();
    let step = |(name, settings): &(&str, &Json)| Step::of(name.strip_prefix(OURS).unwrap_or(name), settings);
    let steps: Vec<_> = before.iter().map_while(step).collect();
    let unread = before.get(steps.len()).map(|(name, _)| (*name).to_owned());
    let again = behind.iter().skip(1).any(|(name, _)| is_pickle(name));
    // Only items of several parts are put in place as objects (`Metadata2.decode_fill_value`).
    let objects = !described.text("dtype").is_some_and(is_one_item)
        && described.get("filters").and_then(|all| all.items().first()?.text("id")).is_some_and(is_pickle);
    let fill = described.text("fill_value").filter(|_| objects).map(str::to_owned);
    let headed = described.get("compression").is_some();
    let codecs = format!("{codecs:?}");
    Some(Array { prefix, codecs, steps, names, unread, again, headed, fill })
}

/// Whether a dtype is one of numpy without parts, by its text: `|O`, `<f8`. `O,O` and `2O` have some.
fn is_one_item(dtype: &str) -> bool {
    let plain = dtype.trim_start_matches(['<', '>', '|', '=']);
    plain.starts_with(|first: char| first.is_ascii_alphabetic()) && !plain.contains([',', '('])
}

fn is_pickle(name: &str) -> bool {
    name.strip_prefix(OURS).unwrap_or(name) == PICKLE
}

/// The codecs of an array with their settings, in the order in which a reader takes them: the compressor first, and filters from the
/// last one on.
fn codecs(described: &Json) -> Vec<(&str, &Json)> {
    let mut found = Vec::new();
    // N5.
    found.extend(described.get("compression").and_then(|codec| Some((codec.text("type")?, codec))));
    // zarr 2, and the drafts of zarr 3, which have filters among the attributes.
    let compressor = described.get("compressor");
    found.extend(compressor.and_then(|codec| Some((codec.text("id")?, codec))));
    let drafted = described.get("attributes").and_then(|attributes| attributes.get("filters"));
    for filters in [described.get("filters"), drafted].into_iter().flatten() {
        found.extend(filters.items().iter().rev().filter_map(|codec| Some((codec.text("id")?, codec))));
    }
    // zarr 3.
    let last = described.get("codecs").map_or(&[][..], Json::items);
    found.extend(
        last.iter()
            .rev()
            .filter_map(|codec| Some((codec.text("name")?, codec.get("configuration").unwrap_or(codec)))),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the one array of a description.
    fn one(description: &str) -> Option<Array> {
        let mut found = arrays(description.as_bytes()).expect("a description");
        assert!(found.len() < 2);
        found.pop()
    }

    #[test]
    fn codecs_in_the_order_of_readers() {
        let array =
            one(r#"{"zarr_format": 2, "dtype": "|O", "compressor": {"id": "zlib", "level": 1}, "filters":
            [{"id": "delta", "dtype": "|u1"}, {"id": "p\u0069ckle"}, {"id": "base64"}, {"id": "shuffle"}]}"#)
            .expect("an array");
        assert_eq!(array.names, ["zlib", "shuffle", "base64"]);
        assert_eq!((array.steps.len(), array.unread, array.again, array.fill), (3, None, false, None));
        let array =
            one(r#"{"compressor": {"id": "pickle"}, "filters": [{"id": "pickle"}]}"#).expect("an array");
        assert!(array.again && array.names.is_empty());
        let array =
            one(r#"{"filters": [{"id": "pickle"}, {"id": "json2"}, {"id": "zlib"}]}"#).expect("an array");
        assert_eq!((array.steps.len(), array.unread.as_deref()), (1, Some("json2")));
        let n5 = one(r#"{"compression": {"type": "pickle"}, "dataType": "uint8"}"#).expect("an array");
        assert!(n5.headed);
        let third =
            one(r#"{"zarr_format": 3, "codecs": [{"name": "numcodecs.pickle"}, {"name": "numcodecs.shuffle",
            "configuration": {"elementsize": 8}}, {"name": "gzip"}]}"#)
            .expect("an array");
        assert_eq!(third.names, ["gzip", "numcodecs.shuffle"]);
        assert!(third.unread.is_none());
        assert!(one(r#"{"filters": [{"id": "vlen-utf8"}], "attributes": {"by": "pickle"}}"#).is_none());
        assert!(one(r#"{"filters": null, "compressor": null, "x": "pickle"}"#).is_none());
    }

    /// Only items of several fields are unpickled when the array is opened.
    #[test]
    fn what_stands_in_place_of_chunks() {
        let fill = |dtype: &str| {
            let text =
                format!(r#"{{"dtype": {dtype}, "filters": [{{"id": "pickle"}}], "fill_value": "Ti4="}}"#);
            one(&text).and_then(|array| array.fill)
        };
        assert_eq!(fill(r#"[["a", "|O"]]"#).as_deref(), Some("Ti4="));
        for parts in [r#""O,i4""#, r#""2O""#, r#"{"names": ["a"], "formats": ["O"]}"#] {
            assert!(fill(parts).is_some(), "{parts}");
        }
        assert_eq!((fill(r#""|O""#), fill(r#""<M8[ns]""#)), (None, None));
    }

    #[test]
    fn several_arrays() {
        let of = |text: &str| {
            arrays(text.as_bytes()).map(|all| all.into_iter().map(|array| array.prefix).collect::<Vec<_>>())
        };
        let all = r#"{"metadata": {"a/.zarray": {"filters": [{"id": "pickle"}]}, "a/.zattrs": {}, ".zarray":
            {"compressor": {"id": "pickle"}}, "b/.zarray": {"filters": null}}}"#;
        assert_eq!(of(all), Some(vec![String::new(), "a/".to_owned()]));
        let third = r#"{"consolidated_metadata": {"metadata": {"x/y": {"codecs": [{"name": "pickle"}]}}}}"#;
        assert_eq!(of(third), Some(vec!["x/y/".to_owned()]));
        assert_eq!(of("pickle"), Some(Vec::new()));
        assert_eq!(of(&format!("{}\"pickle\"", "[".repeat(100))), None);
    }

    #[test]
    fn names() {
        assert!(["a/.zarray", ".zmetadata", "zarr.json", "x.array.json"].into_iter().all(is_name));
        assert!(!["a.zarray", "x.json", ".zgroup", "array.json", ""].into_iter().any(is_name));
    }
}
