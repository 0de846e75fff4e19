//! Descriptions of arrays of zarr and N5 that name the codec `pickle` of numcodecs: whoever reads a chunk of such an array
//! unpickles it, whatever its items are said to be. The chunks are files beside the description, or members beside it, and what
//! other codecs did to them is undone here. Where it cannot be, that is said.

mod codecs;
mod metadata;
mod references;

use std::borrow::Cow;

use super::{Format, raw, text};
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::member::{Member, Opened, SEPARATOR};
use crate::sniff::Kind;
use crate::unwrap::{Input, Siblings};
use codecs::Step;
pub use metadata::is_name as is_description;
use metadata::{Array, arrays};
pub(crate) use references::may_refer;

/// The name of the format.
pub const NAME: &str = "zarr";

/// See the module.
pub(crate) struct Zarr;

impl Format for Zarr {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    /// What is a member is read by the format that it is a member of.
    fn sniff(&self, _: &Input<'_>) -> bool {
        false
    }

    fn sniff_beside(&self, input: &Input<'_>, budget: &Budget<'_>) -> bool {
        let is_described = || input.name.as_deref().is_some_and(is_description) && is_telling(input.bytes);
        budget.siblings().is_some() && (is_described() || references::store(input.bytes).is_some())
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        match references::store(input.bytes) {
            Some(store) => references::read(&store, &mut opened, budget),
            None => read(input.bytes, None, budget.siblings(), &mut opened, budget),
        }
        // Of what stands in place of chunks, the text would tell once more.
        if arrays(input.bytes).is_some_and(|arrays| arrays.iter().any(|array| array.fill.is_some())) {
            return opened;
        }
        // What else is written down in the description is looked at as in any text.
        let mut inside = text::Text.open(input, budget);
        opened.faults.append(&mut inside.faults);
        opened.members.append(&mut inside.members);
        opened
    }
}

/// Whether a description has to do with pickles, or cannot be read.
pub(crate) fn is_telling(bytes: &[u8]) -> bool {
    let is_object = || bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    arrays(bytes).map_or_else(is_object, |arrays| !arrays.is_empty())
}

/// Whether a value of a database, whose key is not known, is such a description of zarr.
pub(crate) fn is_telling_value(bytes: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(bytes, text).is_some();
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
        && (has(b"zarr_format") || has(b"\\u"))
        && arrays(bytes).is_some_and(|arrays| !arrays.is_empty())
}

/// Adds what is to be said of the description called `name` (`None`: the file itself), and the chunks of its arrays, as far as they are
/// in `store`, the folder that it is in.
pub(crate) fn read(
    description: &[u8],
    name: Option<&str>,
    store: Option<&dyn Siblings>,
    opened: &mut Opened<'_>,
    budget: &mut Budget<'_>,
) {
    read_arrays(arrays(description), name, store, opened, budget);
}

/// The same of the arrays in it; `None`: it could not be read.
fn read_arrays(
    arrays: Option<Vec<Array>>,
    name: Option<&str>,
    store: Option<&dyn Siblings>,
    opened: &mut Opened<'_>,
    budget: &mut Budget<'_>,
) {
    let said = |kind, message: String| {
        let fault = Fault::new(kind, 0, message);
        Fault { member: name.map(str::to_owned), offset: name.is_none().then_some(0), ..fault }
    };
    let Some(arrays) = arrays else {
        let message =
            "the description of arrays is longer, or deeper, than is read; who reads a chunk may unpickle it";
        return opened.faults.push(said(FaultKind::UnreadChunks, message.to_owned()));
    };
    for array in arrays {
        if budget.is_interrupted() {
            return;
        }
        if let Some(message) = store.and_then(|store| described_itself(&array, store)) {
            opened.faults.push(said(FaultKind::PickledChunks, message));
            continue;
        }
        let keys = keys(&array, store, budget);
        let (kind, message) = verdict(&array, keys.as_deref());
        opened.faults.push(said(kind, message));
        let name = |key: &str| match name {
            Some(name) => format!("{name}{SEPARATOR}{}{key}", array.prefix),
            None => format!("{}{key}", array.prefix),
        };
        if let Some(fill) = &array.fill {
            let (fill, mut inside) = (codecs::base64(fill.as_bytes()), Opened::new(NAME));
            add(name("fill_value"), &fill, &mut inside);
            budget.hand_out(opened);
            budget.hand_out(&mut inside);
        }
        budget.hand_out(opened);
        let Some(store) = store.filter(|_| array.unread.is_none()) else { continue };
        for key in keys.unwrap_or_default() {
            if budget.is_interrupted() {
                return;
            }
            if let Err(limit) = budget.add_member() {
                return opened.faults.push(said(FaultKind::LimitReached, raw::members_message(limit)));
            }
            let path = format!("{}{key}", array.prefix);
            let was_read = store.show(&path, &mut |bytes| chunk(&array, name(&key), bytes, budget));
            if !was_read {
                let message = format!(
                    "the chunk `{}` is elsewhere, cannot be read, or is longer than is unpacked",
                    path.escape_debug()
                );
                opened.faults.push(said(FaultKind::UnreadChunks, message));
            }
        }
    }
}

/// What is said of an array among several that has the same description as a file of its own, by which its chunks are looked at.
fn described_itself(array: &Array, store: &dyn Siblings) -> Option<String> {
    let own = if array.prefix.is_empty() { return None } else { format!("{}.zarray", array.prefix) };
    let mut is_same = false;
    store.show(&own, &mut |bytes| {
        let found = arrays(bytes).unwrap_or_default();
        is_same = matches!(&found[..], [one] if one.codecs == array.codecs && one.fill == array.fill);
    });
    is_same.then(|| {
        format!(
            "{}: who reads a chunk of it unpickles it; they are looked at by way of `{}`",
            names_pickle(array),
            own.escape_debug()
        )
    })
}

/// That an array names the codec, as a message begins.
fn names_pickle(array: &Array) -> String {
    let of = match array.prefix.trim_end_matches('/') {
        "" => "the array".to_owned(),
        prefix => format!("the array `{}`", prefix.escape_debug()),
    };
    format!("{of} names the codec `pickle`")
}

/// Says what is to be said of a member that describes arrays, of a container in which chunks are not looked for by their keys.
pub(crate) fn tell(description: &[u8], name: &str, opened: &mut Opened<'_>, budget: &mut Budget<'_>) {
    if is_description(name) && is_telling(description) {
        read(description, Some(name), None, opened, budget);
    }
}

/// The keys of the chunks that are there; `None`: it cannot be told.
fn keys(array: &Array, store: Option<&dyn Siblings>, budget: &Budget<'_>) -> Option<Vec<String>> {
    // One more than is listed, so that the limit is seen to be reached.
    Some(store?.below(&array.prefix, &is_key, budget.members_left().saturating_add(1)))
}

/// Whether a path from the array on is that of a chunk, or of a folder with some: `0.0`, `0/0`, `c/0/0`.
fn is_key(path: &str) -> bool {
    let numbers = path.strip_prefix('c').map_or(path, |rest| rest.trim_start_matches(['/', '.']));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    path == "c" || numbers.split(['/', '.']).all(is_number)
}

/// What is to be said of an array, of which these chunks were found.
fn verdict(array: &Array, keys: Option<&[String]>) -> (FaultKind, String) {
    let unpickled = format!("{}: who reads a chunk of it unpickles it", names_pickle(array));
    let names = || array.names.join("`, `");
    if let Some(unread) = &array.unread {
        let message = format!(
            "{unpickled}, after the codec `{}`, which is not undone here: chunks were not looked at",
            unread.escape_debug()
        );
        return (FaultKind::UnreadChunks, message);
    }
    if array.again {
        let message =
            format!("{unpickled}, and unpickles what comes out as well, which was not looked at as such");
        return (FaultKind::UnreadChunks, message);
    }
    match keys {
        Some([]) => (
            FaultKind::ChunksElsewhere,
            format!("{unpickled}; none is beside the description, to be looked at"),
        ),
        Some(keys) => {
            let count = pickle_ops::counted(keys.len(), "chunk");
            (FaultKind::PickledChunks, format!("{unpickled}; found: {count}"))
        }
        // Pickles that are as they are, or only compressed, are found by themselves.
        None if !array.headed && matches!(array.steps[..], [] | [Step::Decompress(_)]) => {
            (FaultKind::PickledChunks, format!("{unpickled}; chunks are looked at where they are found"))
        }
        None => {
            let message = format!(
                "{unpickled}, after the codecs `{}`; they are not undone where the chunks are kept so",
                names()
            );
            (FaultKind::UnreadChunks, message)
        }
    }
}

/// Hands out what a chunk unpickles.
fn chunk(array: &Array, name: String, bytes: &[u8], budget: &mut Budget<'_>) {
    let mut opened = Opened::new(NAME);
    let mut bytes = Cow::Borrowed(if array.headed { without_header(bytes) } else { bytes });
    for (step, codec) in array.steps.iter().zip(&array.names) {
        let (limit, which) = budget.allowance(bytes.len());
        let mut faults = Vec::new();
        let made = match step.factor().saturating_mul(bytes.len() as u64) <= limit {
            true => step.apply(&bytes, &mut faults, budget),
            false => {
                let message = format!("limit ({which}) reached; the chunk is not read");
                faults.push(Fault::new(FaultKind::LimitReached, 0, message));
                None
            }
        };
        if made.is_none() && faults.is_empty() {
            let message = format!("expected a chunk that the codec `{}` wrote", codec.escape_debug());
            faults.push(Fault::new(FaultKind::Damaged, 0, message));
        }
        // It lies nowhere in the file that was opened.
        let moved = faults.into_iter().map(|fault| Fault { offset: None, ..fault.of(&name) });
        opened.faults.extend(moved);
        let Some(made) = made else { return budget.hand_out(&mut opened) };
        if !matches!(step, Step::Decompress(_)) {
            budget.spend(made.len());
        }
        bytes = Cow::Owned(made);
    }
    add(name, &bytes, &mut opened);
    budget.hand_out(&mut opened);
}

/// What is behind the header of a chunk of N5: its mode, and the lengths of its dimensions.
fn without_header(bytes: &[u8]) -> &[u8] {
    let dimensions = bytes.get(2..4).map_or(0, |count| usize::from(count[0]) << 8 | usize::from(count[1]));
    bytes.get(4 + 4 * dimensions..).unwrap_or_default()
}

/// Adds a pickle: that is what its reader takes it for, whatever it looks like.
fn add<'a>(name: String, bytes: &'a [u8], opened: &mut Opened<'a>) {
    opened.members.push(Member {
        path: Some(name),
        kind: if bytes.is_empty() { Kind::Empty } else { Kind::Pickle },
        size: bytes.len() as u64,
        bytes: Some(Cow::Borrowed(bytes)),
        file_offset: None,
        named_pickle: false,
        beside: false,
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{Cursor, Write};

    use super::*;
    use crate::limits::Limits;
    use crate::unwrap::{open, open_beside};

    const PICKLE: &[u8] = b"cposix\ngetcwd\n)R.";
    const SUMMED: &str =
        r#"{"zarr_format": 2, "compressor": null, "filters": [{"id": "pickle"}, {"id": "crc32"}]}"#;

    /// A folder in memory.
    struct Files(BTreeMap<&'static str, Vec<u8>>);

    impl Siblings for Files {
        fn read(&self, name: &str) -> Option<Vec<u8>> {
            self.0.get(name).cloned()
        }

        fn below(&self, folder: &str, wanted: &dyn Fn(&str) -> bool, most: usize) -> Vec<String> {
            let inside = self.0.keys().filter_map(|path| path.strip_prefix(folder));
            inside.filter(|path| wanted(path)).take(most).map(str::to_owned).collect()
        }

        fn size(&self, name: &str) -> Option<u64> {
            self.0.get(name).map(|bytes| bytes.len() as u64)
        }
    }

    /// The members with their bytes, and the kinds of the faults.
    fn all(opened: Opened<'_>) -> (Vec<(String, Vec<u8>)>, Vec<FaultKind>) {
        let of = |member: Member<'_>| Some((member.path?, member.bytes?.into_owned()));
        let pickles = opened.members.into_iter().filter(|member| member.kind == Kind::Pickle);
        (pickles.filter_map(of).collect(), opened.faults.iter().map(|fault| fault.kind).collect())
    }

    fn described(
        name: &str,
        description: &str,
        files: &[(&'static str, &[u8])],
        limits: &Limits,
    ) -> Opened<'static> {
        let files = Files(files.iter().map(|(name, bytes)| (*name, bytes.to_vec())).collect());
        let input = Input::new(Some(name.to_owned()), description.as_bytes());
        let opened = open_beside(&input, Some(&files), limits);
        let owned = |member: Member<'_>| Member {
            bytes: member.bytes.map(|bytes| Cow::Owned(bytes.into_owned())),
            ..member
        };
        Opened { members: opened.members.into_iter().map(owned).collect(), ..opened }
    }

    #[test]
    fn chunks_beside_a_description() {
        let summed = [b"1234", PICKLE].concat();
        let files = [
            (".zarray", b"{}".as_slice()),
            ("0.0", &summed),
            ("c/1", &summed),
            ("x/0", &summed),
            ("2", b"12"),
        ];
        let opened = described(".zarray", SUMMED, &files, &Limits::default());
        assert_eq!(opened.format, "zarr");
        let chunk = |name: &str| (name.to_owned(), PICKLE.to_vec());
        let (members, faults) = all(opened);
        assert_eq!(members, [chunk("0.0"), chunk("c/1")]);
        assert_eq!(faults, [FaultKind::PickledChunks, FaultKind::Damaged]);
        let few = Limits { members: 1, ..Limits::default() };
        let (_, faults) = all(described(".zarray", SUMMED, &files, &few));
        assert!(faults.contains(&FaultKind::LimitReached));
        let (members, faults) = all(described(".zarray", SUMMED, &[], &Limits::default()));
        assert_eq!((members.len(), faults), (0, vec![FaultKind::ChunksElsewhere]));
        // A chunk of N5 has a header: two dimensions here.
        let headed = [b"\0\0\0\x02\0\0\0\x01\0\0\0\x01", PICKLE].concat();
        let n5 = r#"{"compression": {"type": "pickle"}}"#;
        let (members, _) = all(described("attributes.json", n5, &[("0/0", &headed)], &Limits::default()));
        assert_eq!(members, [chunk("0/0")]);
        let honest = r#"{"zarr_format": 2, "filters": [{"id": "vlen-utf8"}], "attributes": "pickle"}"#;
        assert_eq!(described(".zarray", honest, &files, &Limits::default()).format, "raw");
    }

    /// What all descriptions say together is looked at where they do not say it by themselves.
    #[test]
    fn arrays_described_twice() {
        let both = format!(r#"{{"metadata": {{"x/.zarray": {SUMMED}, "y/.zarray": {SUMMED}}}}}"#);
        let summed = [b"1234", PICKLE].concat();
        let files = [
            ("x/.zarray", SUMMED.as_bytes()),
            ("x/0", &summed[..]),
            ("y/.zarray", br#"{"filters": null}"#),
            ("y/0", &summed[..]),
        ];
        let (members, faults) = all(described(".zmetadata", &both, &files, &Limits::default()));
        assert_eq!(members, [("y/0".to_owned(), PICKLE.to_vec())]);
        assert_eq!(faults, [FaultKind::PickledChunks; 2]);
    }

    /// Few bytes become no more than there is room for.
    #[test]
    fn chunks_that_grow() {
        let bits = r#"{"compressor": {"id": "packbits"}, "filters": [{"id": "pickle"}, {"id": "packbits"}]}"#;
        let limits = Limits { member_bytes: 1000, ..Limits::default() };
        let (members, faults) = all(described(".zarray", bits, &[("0", &[0; 100])], &limits));
        assert_eq!((members.len(), faults), (0, vec![FaultKind::PickledChunks, FaultKind::LimitReached]));
    }

    #[test]
    fn chunks_in_a_zip() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        let summed = [b"1234", PICKLE].concat();
        for (name, bytes) in [("x/0", summed.as_slice()), ("x/.zarray", SUMMED.as_bytes()), ("0", &summed)] {
            writer.start_file(name, options).expect("a member");
            writer.write_all(bytes).expect("its bytes");
        }
        let bytes = writer.finish().expect("a zip").into_inner();
        let (members, faults) = all(open(Some("a.zip"), &bytes, &Limits::default()));
        assert_eq!(members, [("x/.zarray!/0".to_owned(), PICKLE.to_vec())]);
        assert_eq!(faults, [FaultKind::PickledChunks]);
    }

    /// Where keys are not looked up, pickles that are found by themselves are enough, and of others it is said that they are not looked at.
    #[test]
    fn descriptions_among_values() {
        let told = |description: &str| {
            let mut opened = Opened::new("a database");
            let mut faults = Vec::new();
            let mut sink = |item: crate::member::Item<'_>| {
                if let crate::member::Item::Fault(fault) = item {
                    faults.push(fault.kind);
                }
            };
            let mut budget = Budget::new(Limits::default(), &|| false, &mut sink);
            let mut values = crate::values::Values::new(1000, &mut opened, &mut budget);
            values.take(|| "key".to_owned(), crate::values::Value::made(description.as_bytes().to_vec()));
            values.take_made(|| "key".to_owned(), description.as_bytes());
            faults
        };
        assert_eq!(told(SUMMED), [FaultKind::UnreadChunks; 2]);
        let packed =
            r#" {"zarr_f\u006frmat": 2, "compressor": {"id": "zstd"}, "filters": [{"id": "pickle"}]}"#;
        assert_eq!(told(packed), [FaultKind::PickledChunks; 2]);
        assert_eq!(told(r#"{"zarr_format": 2, "filters": [{"id": "vlen-utf8"}], "by": "pickle"}"#), []);
        assert_eq!(told(r#"{"filters": [{"id": "pickle"}]}"#), []);
    }
}
