//! Texts that harmless functions make of harmless ones.

use super::{instance, text};
use crate::hostile::check;

/// As in protocol 4, which has opcodes for bytes and for names that are computed.
#[track_caller]
fn judged(ops: &str, expected: &[&str]) {
    let ops = ops.chars().map(|character| u8::try_from(character).unwrap());
    check(&[0x80, 4].into_iter().chain(ops).chain(*b".").collect::<Vec<u8>>(), expected);
}

/// A call with arguments.
fn call(function: &str, arguments: &[&str]) -> String {
    format!("c{function}\n({}tR", arguments.concat())
}

fn bytes(bytes: &str) -> String {
    format!("C{}{bytes}", char::from_u32(u32::try_from(bytes.len()).unwrap()).unwrap())
}

fn zone(name: &str) -> String {
    call("pandas\nDatetimeTZDtype", &[&text("ns"), name])
}

#[test]
fn names_of_time_zones() {
    let lower = |name: &str| format!("{}{}\u{93}({}tR", text("builtins"), text("str.lower"), text(name));
    for made in [
        call("urllib.parse\nunquote", &[&text("%64ateutil//x")]),
        call("builtins\nstr", &[&bytes("dateutil//x"), &text("ascii")]),
        call(
            "builtins\nstr",
            &[&call("binascii\nunhexlify", &[&text("646174657574696c2f2f78")]), &text("utf-8")],
        ),
        call("builtins\nstr", &[&call("base64\nb64decode", &[&text("ZGF0ZXV0aWwvL3g=")]), &text("utf-8")]),
        call(
            "operator\ngetitem",
            &[&text("x//lituetad"), &call("builtins\nslice", &["N", "N", "J\u{ff}\u{ff}\u{ff}\u{ff}"])],
        ),
        call("posixpath\njoin", &[&text("dateutil"), &text("../x")]),
    ] {
        let told = if made.contains("dateutil//x") { &["PG103", "PG103"][..] } else { &["PG103"] };
        judged(&zone(&made), told);
        // Beside nothing that takes it for a name, it is a text.
        judged(&made, &[]);
    }
    // What it is becomes known when the file is loaded.
    judged(&zone(&call("builtins\nstr", &[&bytes("x"), &text("cp037")])), &["PG103"]);
    judged(
        &zone(&call("builtins\nnext", &[&call("builtins\nmap", &["cbuiltins\nchr\n", "](K\u{1}e"])])),
        &["PG103"],
    );
    judged(
        &zone(&call("copyreg\n__newobj__", &["cbuiltins\nstr\n", &bytes("x"), &text("cp037")])),
        &["PG103"],
    );
    // A time zone that is none of a path.
    judged(&zone(&call("urllib.parse\nunquote", &[&text("Europe%2fBerlin")])), &[]);
    judged(&zone(&call("operator\nadd", &["K\u{1}", "K\u{2}"])), &[]);
    judged(&zone(&call("operator\ngetitem", &["]K\u{1}a", "K\0"])), &[]);
    assert!(lower("X").contains("str.lower"));
}

/// Escapes stand for characters, and the memo for what was written before.
#[test]
fn texts_that_are_written_otherwise() {
    judged(&zone("Vdate\\u0075til//x\n"), &["PG103"]);
    judged(&zone("S'date\\x75til//x'\n"), &["PG103"]);
    judged(&zone("Vda\\u0074e\n"), &[]);
    let vectorizer =
        |state: &str| format!("{}}}({state}ub", instance("sklearn.feature_extraction.text\nCountVectorizer"));
    judged(&vectorizer(&(text("input") + &text("filename"))), &["PG103"]);
    judged(&vectorizer(&format!("Vinp\\u0075t\n{}", text("filename"))), &["PG103"]);
    judged(&vectorizer(&format!("{}{}q\0h\0{}", text("a"), text("input"), text("filename"))), &["PG103"]);
    judged(&vectorizer(&format!("{}{}q\0{}h\0", text("a"), text("filename"), text("input"))), &["PG103"]);
    judged(&vectorizer(&format!("{}K\u{1}0{}", text("input"), text("filename"))), &["PG103"]);
    judged(&vectorizer(&(text("a") + &text("input") + &text("filename") + &text("b"))), &[]);
    judged(&vectorizer(&(text("input") + &text("content"))), &[]);
}

/// Estimators name folders of pickles.
#[test]
fn folders_of_caches() {
    let pipeline =
        |memory: &str| format!("{}}}{}{memory}sb", instance("sklearn.pipeline\nPipeline"), text("memory"));
    judged(&pipeline(&text("/tmp")), &[]);
    judged(&pipeline(&text("//example.com/share")), &["PG104"]);
    judged(&pipeline(&call("urllib.parse\nunquote", &[&text("%2ftmp")])), &["PG104"]);
    judged(&pipeline("N"), &[]);
}

/// What a name comes to is judged, and that it is computed.
#[test]
fn names_of_globals() {
    let upper = |name: &str| call("urllib.parse\nunquote", &[&text(name)]);
    judged(
        &format!("{}{}\u{93}{}\u{85}R", upper("o%73"), upper("syste%6d"), text("id")),
        &["PG107", "PG101"],
    );
    judged(&format!("{}{}\u{93}", upper("dateti%6de"), upper("dat%65")), &["PG107"]);
    let module = call("cloudpickle.cloudpickle\nsubimport", &[&upper("o%73")]);
    let system = call("builtins\ngetattr", &[&module, &upper("syste%6d")]);
    judged(&format!("{system}{}\u{85}R", text("id")), &["PG112", "PG105", "PG101"]);
}

/// Types and expressions evaluate texts.
#[test]
fn source_that_is_computed() {
    let source = call("urllib.parse\nunquote", &[&text("open%28%27x%27%29")]);
    let hidden = call("builtins\nstr", &[&bytes("x"), &text("cp037")]);
    let plain = call("urllib.parse\nunquote", &[&text("in%74")]);
    for (made, expected) in [(&source, &["PG101"][..]), (&hidden, &["PG101"]), (&plain, &[])] {
        judged(&call("types\nGenericAlias", &["cbuiltins\nlist\n", made]), expected);
    }
    let vectorizer = instance("sklearn.feature_extraction.text\nCountVectorizer");
    let input = |value: &str| format!("{vectorizer}}}{}{value}sb", text("input"));
    judged(&input(&call("urllib.parse\nunquote", &[&text("filen%61me")])), &["PG103"]);
    judged(&input(&hidden), &["PG103"]);
    judged(&input(&call("urllib.parse\nunquote", &[&text("cont%65nt")])), &[]);
}

/// A codec for the names of hosts takes minutes for a longer text.
#[test]
fn codecs_that_take_minutes() {
    let long = format!("X\u{e8}\u{3}\0\0{}", "a".repeat(1000));
    for codec in ["punycode", "PunyCode", "idna"] {
        judged(&call("builtins\nbytes", &[&long, &text(codec)]), &["PG109"]);
        judged(&call("builtins\nbytes", &[&text("name"), &text(codec)]), &[]);
    }
    judged(&call("builtins\nbytearray", &[&long, &text("latin-1")]), &[]);
    judged(&call("email.header\nHeader", &[&long, &text("punycode")]), &["PG109"]);
    let computed = call("urllib.parse\nunquote", &[&text("pun%79code")]);
    judged(&call("builtins\nbytes", &[&long, &computed]), &["PG109"]);
}
