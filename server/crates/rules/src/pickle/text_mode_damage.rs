//! ## What it does
//! Reports that a file was changed by being handled as text: line feeds became CR LF, or bytes were encoded as
//! UTF-8, or replaced by what stands for undecodable bytes. It says what shows it, and how to repair it.
//!
//! ## Why is this bad?
//! The file does not load, or loads other data than were written: a length no longer fits, a number has another byte in it.
//! What was replaced is lost; what was only encoded or got another line end can be undone.
//!
//! ## Example
//! ```pickleasm
//! BYTES b'\xc2'
//! PROTO 3
//! BININT1 1
//! STOP
//! ```
//!
//! ```pickleasm
//! GLOBAL 'argparse\r' 'Namespace\r'
//! STOP
//! ```
//!
//! ## Use instead
//! Copy the file again as binary (in git: `*.pkl binary` in `.gitattributes`), or repair a copy as the message
//! says.
//!
//! ## References
//! - [pickle.load](https://docs.python.org/3/library/pickle.html#pickle.load): files are opened in binary mode
//! - [gitattributes](https://git-scm.com/docs/gitattributes): text

use crate::analysis::Whole;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD113",
        name: "text-mode-damage",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("text_mode_damage.rs"),
    },
    checks: &[Check::Whole(check)],
};

/// Bytes at the beginning that are looked at for what was encoded as UTF-8.
const HEAD: usize = 4096;

fn check(whole: &Whole<'_>, report: &mut Reporter<'_>) {
    let Some((message, help)) = encoded(whole.bytes).or_else(|| line_feeds(whole)) else { return };
    report.push(report.finding(0..whole.bytes.len().min(4), message).help(help));
}

/// `PROTO` is the byte 0x80, which no text begins with: as UTF-8 it is 0xc2 0x80, or what stands for any such byte.
fn encoded(bytes: &[u8]) -> Option<(String, &'static str)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes {
        [0xc2, 0x80, 0..=5, ..] if is_utf8(bytes) => Some((
            "the bytes were encoded as UTF-8: PROTO is 0xc2 0x80".to_owned(),
            "data.decode('utf-8').encode('latin-1') gives the pickle back",
        )),
        [0xef, 0xbf, 0xbd, 0..=5, ..] => Some((
            "bytes were replaced by U+FFFD when the file was read as UTF-8".to_owned(),
            "what was replaced is lost: fetch the file again, as binary",
        )),
        _ => None,
    }
}

fn is_utf8(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// Every line feed of a stream that cannot be loaded is the second byte of CR LF.
fn line_feeds(whole: &Whole<'_>) -> Option<(String, &'static str)> {
    if !(whole.refused || whole.bytes.first().is_some_and(|byte| !byte.is_ascii_control() && byte.is_ascii()))
    {
        return None;
    }
    let mut count = 0;
    for at in memchr::memchr_iter(b'\n', whole.bytes) {
        if at == 0 || whole.bytes[at - 1] != b'\r' {
            return None;
        }
        count += 1;
    }
    let lines = whole.bytes.iter().take(HEAD).filter(|&&byte| byte == b'\r').count();
    (count >= 2 && lines >= 2).then(|| {
        (
            format!("each of the {count} line feeds follows a carriage return"),
            "the file was copied as text; data.replace(b'\\r\\n', b'\\n') may give the pickle back",
        )
    })
}
