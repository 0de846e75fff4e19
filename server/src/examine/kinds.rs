//! What content is, in words, and which files are looked at.

use pickle_containers::{
    APPLE_DOUBLE, FORMATS, Glance, Kind, Member, STORAGE, TextKind, glance, is_description, is_pickle_name,
    sniff,
};

use crate::scan::holds_archive;

/// Endings under which pickles are kept among other things, and that belong to no one format. (The names that mean a pickle are
/// the business of [`is_pickle_name`], those of containers of [`FORMATS`].)
const LOOKED_AT: &[&str] = &["th", "bin", "npy", "dat", "data", "t7"];

/// Endings that pickles share with texts of other programs: Julia, Prolog, gnuplot, dumps of databases, models of LightGBM.
const OF_TEXTS_AS_WELL: &[&str] = &["jl", "p", "pcl", "dump", "model"];

/// Endings that mean an array or a model: no writer leaves such a file without a byte. (Databases and caches may be empty.)
const NEVER_EMPTY: &[&str] =
    &["pt", "pth", "th", "ckpt", "t7", "mar", "nemo", "keras", "skops", "npy", "npz"];

/// Endings of other files in which models are kept, and that code or pickles may come with.
const OF_MODELS: &[&str] = &["bin", "h5", "hdf5", "hdf", "pth.tar", "pt2", "ptl", "distcp"];

/// Endings of other files that are opened. One that was not fetched is none that was looked at.
const OPENED: &[&str] = &[
    "gz",
    "bz2",
    "xz",
    "lzma",
    "lz",
    "zst",
    "lz4",
    "tar.gz",
    "tar.bz2",
    "tar.xz",
    "tar.zst",
    "tbz2",
    "txz",
    "parquet",
    "arrow",
    "feather",
    "avro",
    "msgpack",
    "cbor",
    "bson",
    "tfrecord",
    "pdparams",
    "pdopt",
    "pdiparams",
    "rdb",
    "whl",
    "zarr",
    "jar",
    "conda",
    "egg",
];

/// Endings of archives of anything: content tells whether they have to do with pickles.
const ANYTHING: &[&str] = &["zip", "tar", "tgz", "7z"];

/// Whether a file in a folder is examined, from its name, its first bytes and its length; a text may be for what is behind them.
pub(crate) fn look(name: &str, head: &[u8], len: u64) -> Glance {
    if is_named_pickle(name) || is_description(name) {
        return Glance::Wanted;
    }
    let found = glance(Some(name), head, len);
    // A template has no mark.
    let is_template = || ["jinja", "jinja2"].iter().any(|ending| ends(name, ending));
    if found == Glance::Text && is_template() {
        return Glance::Wanted;
    }
    if found == Glance::Text && is_pointer(sniff(head, len)) && is_named_opened(name) {
        return Glance::Wanted;
    }
    // An archive may have anything in front: a line that runs it, a program.
    let is_archive = || holds_archive(head) || ANYTHING.iter().any(|ending| ends(name, ending));
    if found != Glance::Wanted && is_archive() { Glance::Wanted } else { found }
}

/// Whether a name says that a file holds pickles: `model.pkl`, `model.pkl.gz`, `model.pt`.
pub(super) fn is_named_pickle(name: &str) -> bool {
    let is_specific = |ending: &&&str| !ending.split('.').take(1).any(|first| ANYTHING.contains(&first));
    let mut of_formats = FORMATS.iter().flat_map(|format| format.extensions()).filter(is_specific);
    is_pickle_name(name)
        || of_formats.any(|ending| ends(name, ending))
        || LOOKED_AT.iter().any(|ending| ends(name, ending))
}

/// Whether a text of this name is no surprise. A pointer of git LFS and an error page are one under any name.
pub(super) fn is_plainly_text(name: &str, kind: Kind) -> bool {
    let is_surprise = is_pointer(kind) || matches!(kind, Kind::Text(TextKind::Html | TextKind::Base64));
    matches!(kind, Kind::Text(_)) && !is_surprise && OF_TEXTS_AS_WELL.iter().any(|ending| ends(name, ending))
}

/// Whether it stands for a file that was not fetched.
pub(super) fn is_pointer(kind: Kind) -> bool {
    matches!(kind, Kind::Text(TextKind::GitLfsPointer | TextKind::GitAnnexPointer))
}

/// Whether a name says that a file is a pickle, an array or a model.
pub(crate) fn is_named_model(name: &str) -> bool {
    is_pickle_name(name) || is_never_empty(name) || OF_MODELS.iter().any(|ending| ends(name, ending))
}

/// Whether a file of this name is one that is opened: a pointer in its place stands for something that nobody has looked at. What has
/// names that anything has is not meant.
pub(super) fn is_named_opened(name: &str) -> bool {
    const OF_ANYTHING: [&str; 4] = ["dat", "cache", "hex", "fs"];
    let mut of_formats = FORMATS.iter().flat_map(|format| format.extensions());
    is_named_model(name)
        || of_formats.any(|ending| !OF_ANYTHING.contains(ending) && ends(name, ending))
        || OPENED.iter().chain(ANYTHING).any(|ending| ends(name, ending))
}

/// Whether a file of this name has at least a byte, if it is what it is called: `model.pkl.gz`, `model.pt`.
pub(super) fn is_never_empty(name: &str) -> bool {
    NEVER_EMPTY.iter().any(|ending| ends(name, ending)) || is_compressed_pickle(name)
}

/// Whether a name says that a file is a pickle in a compression that is read.
pub(super) fn is_compressed_pickle(name: &str) -> bool {
    is_named_pickle(name) && name.rsplit_once('.').is_some_and(|(inner, _)| is_pickle_name(inner))
}

fn ends(name: &str, ending: &str) -> bool {
    let stem = name.len().checked_sub(ending.len() + 1).filter(|stem| name.is_char_boundary(*stem));
    stem.is_some_and(|stem| name[stem..].starts_with('.') && name[stem + 1..].eq_ignore_ascii_case(ending))
}

/// If a member is the first numbers in a tar of torch, the name of the pickle of objects in the same tar.
pub(super) fn pickle_of_torch_tar(member: &Member<'_>) -> Option<String> {
    let tar = member.path.as_deref()?.strip_suffix("storages/1.data")?;
    (member.kind == STORAGE).then(|| format!("{tar}pickle"))
}

/// What content is that is recognised and is none for a pickle machine.
pub(crate) fn other_than_pickle(kind: Kind) -> Option<String> {
    match kind {
        Kind::Text(text) => Some(text_kind(text).to_owned()),
        Kind::Other(name) | Kind::Container(name) => Some(format!("{name} data")),
        Kind::Empty => Some("an empty file".to_owned()),
        Kind::Pickle | Kind::Unknown => None,
    }
}

fn text_kind(text: TextKind) -> &'static str {
    match text {
        TextKind::Python => "Python source",
        TextKind::ApplePkl => "Apple Pkl source",
        TextKind::Json => "JSON",
        TextKind::Html => "an HTML page",
        TextKind::Xml => "XML",
        TextKind::ShelfIndex => "the index of a shelf (dbm.dumb)",
        TextKind::Csv => "a table in CSV",
        TextKind::Markdown => "Markdown text",
        TextKind::Yaml => "YAML",
        TextKind::GitLfsPointer => "a git LFS pointer",
        TextKind::GitAnnexPointer => "a git-annex pointer",
        TextKind::Base64 => "base64 text",
        _ => "text",
    }
}

/// What to do about content that is no pickle.
pub(super) fn advice(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Text(TextKind::GitLfsPointer) => {
            Some("the file itself was not fetched, and nothing is known of it: `git lfs pull` fetches it")
        }
        Kind::Text(TextKind::GitAnnexPointer) => {
            Some("the file itself was not fetched, and nothing is known of it: `git annex get` fetches it")
        }
        Kind::Other(APPLE_DOUBLE) => Some("macOS keeps it beside a file of the same name without `._`"),
        Kind::Text(TextKind::ShelfIndex) => Some("its values are in the file `.dat` beside it"),
        Kind::Text(TextKind::Html) => Some("an error page may have been saved in place of a download"),
        Kind::Text(TextKind::ApplePkl) => Some("Apple's Pkl language has the same file extension"),
        Kind::Text(TextKind::Base64) => Some("it may hold anything: decode it and look again"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_formats() {
        for name in [
            "a.pkl",
            "A.PKL.GZ",
            "m.pickle.bz2",
            "m.pt",
            "m.mar",
            "m.nemo",
            "m.pth.tar",
            "x.npz",
            "m.bin",
            "m.joblib.lz4",
        ] {
            assert!(is_named_pickle(name), "{name}");
        }
        for name in ["a.zip", "a.tar", "a.tar.gz", "a.txt", "pkl", "a.gz", "é.é"] {
            assert!(!is_named_pickle(name), "{name}");
        }
    }

    #[test]
    fn names_of_files_that_are_never_empty() {
        assert!(["m.pt", "A.NPZ", "a.npy", "m.pkl.gz", "m.joblib.lz4"].into_iter().all(is_never_empty));
        assert!(
            !["s.dat", "s.db", "a.cache", "a.bin", "a.zip", "a.gz", "npy"].into_iter().any(is_never_empty)
        );
    }

    #[test]
    fn texts_under_names_that_pickles_have_as_well() {
        assert!(is_plainly_text("module.jl", Kind::Text(TextKind::Plain)));
        assert!(is_plainly_text("gbm.model", Kind::Text(TextKind::Yaml)));
        assert!(!is_plainly_text("model.pkl", Kind::Text(TextKind::Plain)));
        assert!(!is_plainly_text("a.p", Kind::Text(TextKind::GitLfsPointer)));
        assert!(!is_plainly_text("a.p", Kind::Unknown));
    }

    #[test]
    fn files_worth_a_look() {
        let is_worth_a_look = |name: &str, head: &[u8], len| look(name, head, len) == Glance::Wanted;
        assert!(is_worth_a_look("model.pkl", b"amends \"x\"", 10));
        assert!(is_worth_a_look("model.PT", b"\0\0", 2));
        assert!(is_worth_a_look("model.pkl.xz", b"\0\0", 2));
        assert!(is_worth_a_look("picture.png", b"\x80\x04N.", 4));
        assert!(is_worth_a_look("noname", b"PK\x03\x04", 100));
        assert!(is_worth_a_look("message", b"{\"body\": \"gASVCgAAAAAAAAB9lIwBYZRLAXMu\"}", 40));
        assert!(!is_worth_a_look("message", b"{\"body\": \"loggingATexts\"}", 40));
        assert!(is_worth_a_look("noname", b"#!/usr/bin/env python3\nPK\x03\x04", 100));
        assert!(is_worth_a_look("archive.zip", b"MZ", 100));
        assert!(is_worth_a_look("noname", &[b"V".as_slice(), &[b'x'; 4095]].concat(), 9000));
        assert!(!is_worth_a_look("notes.txt", b"(dear reader)", 13));
        assert!(!is_worth_a_look("noname", b"\0\0", 2));
        assert_eq!(look("notes.txt", b"some words", 9000), Glance::Text);
    }
}
