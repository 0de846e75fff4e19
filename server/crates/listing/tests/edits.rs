//! Rewrites of texts: what changes and what does not. That the same is loaded is tested against CPython
//! (`tests/differential/test_rewrites.py`).
// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use pickle_listing::edit;
use pickle_listing::edit::{Edited, LineEdit, Refusal, apply};
use pickle_listing::text::assemble;
use pickle_machine::never;

fn edited(text: &str, edits: Edited) -> String {
    let new = apply(text, &edits.unwrap());
    assert_eq!(assemble(&new).diagnostics, [], "{new}");
    new
}

fn format(text: &str) -> Vec<LineEdit> {
    edit::format(text, &never).unwrap()
}

fn label(text: &str) -> Edited {
    edit::label(text, &never)
}

fn renumber(text: &str) -> Edited {
    edit::renumber(text, &never)
}

fn drop_unused(text: &str) -> Edited {
    edit::drop_unused(text, &never)
}

fn reframe(text: &str) -> Edited {
    edit::reframe(text, &never)
}

fn convert(text: &str, protocol: u8) -> Edited {
    edit::convert(text, protocol, &never)
}

/// Lines and messages of what is in the way.
fn reasons(edits: Edited) -> Vec<(usize, String)> {
    let Err(Refusal::Reasons(reasons)) = edits else { panic!("{edits:?}") };
    reasons.into_iter().map(|reason| (reason.line + 1, reason.message)).collect()
}

#[test]
fn formatted() {
    let text = "# head\nmark\n0:   BININT1   5   # five\nAPPENDS\n\n  # tail\n   STOP\n";
    assert_eq!(
        apply(text, &format(text)),
        "# head\n   0: MARK\n   1:   BININT1 5  # five\n   3: APPENDS\n\n  # tail\n   4: STOP\n"
    );
    let text = "MARK\nNONE\n TUPLE\nSTOP\n";
    assert_eq!(apply(text, &format(text)), "MARK\n  NONE\nTUPLE\nSTOP\n");
    // While a row is wrong, the others keep their place.
    let text = "MARK\n  NONE   # x\n WRONG  1\n  TUPLE\n";
    assert_eq!(apply(text, &format(text)), "MARK\n  NONE  # x\n WRONG  1\n  TUPLE\n");
    let done = apply(text, &format(text));
    assert_eq!(format(&done), []);
}

#[test]
fn renumbered() {
    let text = "NONE\nBINPUT 7  # a\nLONG_BINPUT 300\nMEMOIZE $x\nBINPUT 7\nBINGET 7\nLONG_BINGET 300\nBINGET $x\nSTOP\n";
    assert_eq!(
        edited(text, renumber(text)),
        "NONE\nBINPUT 0  # a\nBINPUT 1\nMEMOIZE $x\nBINPUT 3\nBINGET 3\nBINGET 1\nBINGET $x\nSTOP\n"
    );
    assert_eq!(
        reasons(renumber("NONE\nBYTES b'q'\nGET 5\nSTOP")),
        [
            (2, "BYTES in the middle of a pickle may be ops that nobody sees".to_owned()),
            (3, "the memo slot is not filled in this pickle".to_owned())
        ]
    );
    assert_eq!(reasons(renumber("NONE\nBININT x\n"))[0].0, 2);
}

/// Frames that were as long as their rows are so afterwards, and offsets are right.
#[test]
fn unused_slots_dropped() {
    let text = "   0: PROTO 4\n   2: FRAME 8\n  11: NONE\n  12: MEMOIZE\n  13: NONE\n  14: MEMOIZE\n  15: BINGET 1\n  17: TUPLE2\n  18: STOP\n";
    assert_eq!(
        edited(text, drop_unused(text)),
        "   0: PROTO 4\n   2: FRAME 7\n  11: NONE\n  12: NONE\n  13: MEMOIZE\n  14: BINGET 0\n  16: TUPLE2\n  17: STOP\n"
    );
    // Numbers that are written down stay.
    let text = "NONE\nPUT 3\nPUT 5\nGET 5\nSTOP\n";
    assert_eq!(edited(text, drop_unused(text)), "NONE\nPUT 5\nGET 5\nSTOP\n");
    let text = "FRAME 1\nBININT1 5\nMEMOIZE\nSTOP\n";
    assert_eq!(
        reasons(drop_unused(text)),
        [(1, "the frame ends inside a row, or behind the text".to_owned())]
    );
}

#[test]
fn reframed() {
    let text = "PROTO 4\nFRAME auto\nNONE\nFRAME 99\nPOP\nNONE\nSTOP\nPROTO 2\nNONE\nSTOP\n";
    assert_eq!(edited(text, reframe(text)), "PROTO 4\nFRAME 4\nNONE\nPOP\nNONE\nSTOP\nPROTO 2\nNONE\nSTOP\n");
    let large = format!(
        "PROTO 4\nEMPTY_LIST\nMARK\nNONE\nNONE\nBINBYTES b'{}'\nNONE\nAPPENDS\nPOP\nNONE\nSTOP\n",
        "x".repeat(1 << 16)
    );
    let new = edited(&large, reframe(&large));
    let frames: Vec<_> = new.lines().filter(|line| line.starts_with("FRAME")).collect();
    assert_eq!(frames, ["FRAME 4", "FRAME 5"]);
}

#[test]
fn converted() {
    let text = "PROTO 4\nFRAME auto\nEMPTY_DICT\nMEMOIZE $d  # the dict\nMARK\n  SHORT_BINUNICODE 'a'\n  MEMOIZE\n  BINBYTES b'\\xff'\n  SHORT_BINUNICODE 'b'\n  LONG1 5\n  BINGET 1\nPOP\nSETITEMS\nSTOP\n";
    assert_eq!(
        edited(text, convert(text, 2)),
        "PROTO 2\nEMPTY_DICT\nBINPUT $d  # the dict\nMARK\n  BINUNICODE 'a'\n  BINPUT 1\n  GLOBAL '_codecs' 'encode'\n  MARK\n  BINUNICODE 'ÿ'\n  BINUNICODE 'latin1'\n  TUPLE\n  REDUCE\n  BINUNICODE 'b'\n  LONG1 5\n  BINGET 1\nPOP\nSETITEMS\nSTOP\n"
    );
    let text = "PROTO 4\nSHORT_BINUNICODE 'm'\nMEMOIZE\nSHORT_BINUNICODE 'f'\nSTACK_GLOBAL\nBINGET 0\nTUPLE1\nREDUCE\nSTOP\n";
    assert_eq!(
        edited(text, convert(text, 0)),
        "UNICODE 'm'\nPUT 0\nPOP\nGLOBAL 'm' 'f'\nMARK\nGET 0\nTUPLE\nREDUCE\nSTOP\n"
    );
    // Names of Python 2 under protocol 2 are those of Python 3 above it.
    let text = "PROTO 2\nGLOBAL 'copy_reg' '_reconstructor'\nSTOP\n";
    assert_eq!(edited(text, convert(text, 4)), "PROTO 4\nGLOBAL 'copyreg' '_reconstructor'\nSTOP\n");
    let text = "NONE\nSTOP\n";
    assert_eq!(edited(text, convert(text, 3)), "PROTO 3\nNONE\nSTOP\n");
    assert_eq!(reasons(convert("PROTO 5\nNEXT_BUFFER\nEXT1 5\nTUPLE2\nSTOP\n", 1)).len(), 2);
    assert_eq!(
        reasons(convert("TUPLE1\nSTOP\n", 0)),
        [(1, "an unpickler finds too few items on the stack here".to_owned())]
    );
}

#[test]
fn labelled() {
    let text = "NONE\nMEMOIZE\nMEMOIZE  # read\nMEMOIZE $m1\nMEMOIZE $b\nBINGET 1\nBINGET $m1\nGET 3\nGET $b\nSTOP\n";
    assert_eq!(
        edited(text, label(text)),
        "NONE\nMEMOIZE\nMEMOIZE $m1_  # read\nMEMOIZE $m1\nMEMOIZE $b\nBINGET $m1_\nBINGET $m1\nGET $b\nGET $b\nSTOP\n"
    );
    let text = "NONE\nBINPUT 7\nLONG_BINPUT 9\nBINGET 9\nSTOP\nNONE\nPUT 3\nGET 3\nSTOP\n";
    assert_eq!(
        edited(text, label(text)),
        "NONE\nBINPUT 0\nBINPUT $m1\nBINGET $m1\nSTOP\nNONE\nPUT $m2\nGET $m2\nSTOP\n"
    );
}

/// Labels are as long as the slots that they stand for.
#[test]
fn labelled_slots_have_their_size() {
    let text = "   0: PROTO 4\n   2: FRAME 6\n  11: NONE\n  12: MEMOIZE $x\n  13: BINGET $x\n  15: TUPLE2\n  16: STOP\n";
    assert_eq!(
        edited(text, convert(text, 2)),
        "   0: PROTO 2\n   2: NONE\n   3: BINPUT $x\n   5: BINGET $x\n   7: TUPLE2\n   8: STOP\n"
    );
    assert_eq!(
        edited(text, convert(text, 0)),
        "   0: MARK\n   1: NONE\n   2: PUT $x\n   5: GET $x\n   8: TUPLE\n   9: STOP\n"
    );
    let text = "PROTO 4\nFRAME 8\nNONE\nBINPUT $x\nMEMOIZE\nBINGET $x\nTUPLE2\nSTOP\n";
    assert_eq!(
        edited(text, drop_unused(text)),
        "PROTO 4\nFRAME 7\nNONE\nBINPUT $x\nBINGET $x\nTUPLE2\nSTOP\n"
    );
}

/// What is put before one and the same row, or into one set, takes no time that grows with its square.
#[test]
fn deep_nesting_takes_linear_time() {
    let nested = format!("PROTO 2\nNONE\n{}STOP\n", "TUPLE1\n".repeat(40_000));
    assert_eq!(convert(&nested, 0).unwrap().len(), 40_002);
    let set = format!("PROTO 4\nEMPTY_SET\n{}STOP\n", "MARK\nNONE\nADDITEMS\n".repeat(30_000));
    assert_eq!(convert(&set, 2).unwrap().len(), 30_000 + 2);
    assert_eq!(assemble(&"NONSENSE\n".repeat(30_000)).diagnostics[0].problem.columns, 0..8);
}

#[test]
fn what_is_written_out_has_a_bound() {
    let load = "BINGET 0\nBINGET 0\nSTACK_GLOBAL\nPOP\n".repeat(100);
    let text = format!("PROTO 4\nBINUNICODE '{}'\nMEMOIZE\n{load}STOP\n", "x".repeat(1 << 18));
    assert_eq!(
        reasons(convert(&text, 2)).last().unwrap().1,
        "the text would get more than 4194304 bytes of new rows"
    );
}

#[test]
fn interrupted() {
    let text = "PROTO 4\nNONE\nSTOP\n".repeat(1400);
    let all: [fn(&str, pickle_machine::Interrupt<'_>) -> Edited; 5] =
        [edit::label, edit::renumber, edit::drop_unused, edit::reframe, |text, interrupt| {
            edit::convert(text, 2, interrupt)
        }];
    for rewrite in all {
        // Whenever the question comes that is answered with yes, nothing comes after it.
        for last in 0.. {
            let asked = std::sync::atomic::AtomicUsize::new(0);
            let ask = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= last;
            if rewrite(&text, &ask) != Err(Refusal::Interrupted) {
                assert!(last > 3, "{last}");
                break;
            }
            assert_eq!(asked.into_inner(), last + 1);
        }
    }
    assert_eq!(edit::format(&text, &|| true), None);
}
