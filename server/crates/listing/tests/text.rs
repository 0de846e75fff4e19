//! Texts as people write them: labels, frames, offsets, and what is said of what is wrong.
// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use pickle_listing::text::{Severity, assemble};

fn bytes(text: &str) -> Vec<u8> {
    let assembled = assemble(text);
    assert_eq!(assembled.diagnostics, [], "{text}");
    assembled.bytes
}

/// Line, columns, message and suggestion of all that is wrong.
fn problems(text: &str) -> Vec<String> {
    let assembled = assemble(text);
    let shown = assembled.diagnostics.iter().map(|found| {
        let problem = &found.problem;
        let help = problem.suggestion.as_ref().map(|suggestion| format!(" ({})", suggestion.message));
        format!(
            "{}:{}-{} {}: {}{}",
            found.line + 1,
            problem.columns.start,
            problem.columns.end,
            problem.severity,
            problem.message,
            help.unwrap_or_default()
        )
    });
    shown.collect()
}

#[test]
fn labels_are_slots() {
    assert_eq!(
        bytes("NONE\nMEMOIZE $a\nNONE\nMEMOIZE\nNONE\nMEMOIZE $c\nBINGET $c\nBINGET $a\nSTOP"),
        b"N\x94N\x94N\x94h\x02h\0."
    );
    assert_eq!(bytes("NONE\nBINPUT 5\nPUT $x\nLONG_BINPUT $y\nGET $x"), b"Nq\x05p1\nr\x02\0\0\0g1\n");
    // Behind STOP the memo is empty, and the labels of before are known until they are defined anew.
    assert_eq!(
        bytes("NONE\nPUT $x\nSTOP\nNONE\nPUT 0\nGET $x\nPUT $y\nSTOP\nPUT $x\nGET $x"),
        b"Np0\n.Np0\ng0\np1\n.p0\ng0\n"
    );
    let text = "NONE\nBINPUT 1\nPUT $x\nBINPUT 1\nBINPUT 2\nMEMOIZE";
    assert_eq!(
        problems(text),
        [
            "5:7-8 warning: expected a slot without a label, found slot 2, which is $x (give it a label of its own)"
        ]
    );
    assert_eq!(
        problems("NONE\nPUT $x\nPUT 0\nPUT $x\nGET $z\nBININT $x\nMEMOIZE 3"),
        [
            "3:4-5 warning: expected a slot without a label, found slot 0, which is $x (give it a label of its own)",
            "4:4-6 error: expected a new label, found $x, which line 2 defines (a label is defined once in a pickle)",
            "5:4-6 error: expected a label that is defined above, found $z (did you mean $x?)",
            "6:7-9 error: expected an int, found the label $x",
            "7:8-9 error: expected no operand but a $label, found 3 (leave it out)",
        ]
    );
    let many: String = (0..300).map(|n| format!("BINPUT {}\n", n % 256)).collect();
    let text = format!("NONE\n{many}BINPUT $far\n");
    assert_eq!(
        problems(&text),
        ["302:7-11 error: expected an integer from 0 to 255, found $far (slot 256) (LONG_BINPUT takes it)"]
    );
    let labels = assemble("NONE\nMEMOIZE $a\nSTOP\nNONE\nPUT $b").labels;
    let labels: Vec<_> =
        labels.iter().map(|label| (label.name.as_str(), label.slot, label.line, label.pickle)).collect();
    assert_eq!(labels, [("a", 0, 1, 0), ("b", 0, 4, 1)]);
}

/// Slots far apart and many labels: the search for a free slot does not begin anew each time.
#[test]
fn many_labels_take_linear_time() {
    let mut text = String::from("NONE\n");
    for slot in 100_000..200_000 {
        text.push_str(&format!("LONG_BINPUT {slot}\n"));
    }
    for label in 0..100_000 {
        text.push_str(&format!("LONG_BINPUT $label{label}\n"));
    }
    let assembled = assemble(&text);
    assert_eq!(assembled.diagnostics, []);
    assert_eq!(assembled.labels.last().map(|label| label.slot), Some(299_999));
}

#[test]
fn frames_are_measured() {
    let frame = |length: u8| [&[0x95, length][..], &[0; 7]].concat();
    assert_eq!(
        bytes("PROTO 4\nFRAME auto\nNONE\nSTOP\nNONE"),
        [b"\x80\x04".as_slice(), &frame(2), b"N.N"].concat()
    );
    assert_eq!(
        bytes("FRAME auto\nNONE\nBYTES b'abc'\nFRAME auto\nSTOP\nFRAME auto"),
        [frame(4), b"Nabc".to_vec(), frame(1), b".".to_vec(), frame(0)].concat()
    );
    assert_eq!(
        bytes("FRAME auto\nNONE\nFRAME 7\nSTOP"),
        [frame(1), b"N".to_vec(), frame(7), b".".to_vec()].concat()
    );
    assert_eq!(bytes("FRAME 0xffff_ffff_ffff_ffff"), [&[0x95][..], &[0xff; 8]].concat());
    assert_eq!(bytes("FRAME b'\\xff\\0\\0\\0\\0\\0\\0\\0'"), [&[0x95, 0xff][..], &[0; 7]].concat());
}

#[test]
fn offsets_are_checked_where_they_part() {
    let text = "0: NONE\n1: POP\n7: NONE\n8: POP\n# no offset\nNONE\n10: POP\n5: STOP";
    assert_eq!(
        problems(text),
        [
            "3:0-2 warning: expected offset 2, found 7 (offsets may be left out)",
            "8:0-2 warning: expected offset 6, found 5 (offsets may be left out)",
        ]
        .map(str::to_owned)
    );
    // Behind a row that is wrong nobody knows where things are.
    let said = assemble("0: NONE\n1: BININT 5x\n6: POP\n7: STOP");
    assert_eq!(said.diagnostics.len(), 1);
    assert!(assemble("99999999999999999999999: NONE").diagnostics.len() == 1);
}

#[test]
fn values_are_written_as_the_pickler_does() {
    let cases: [(&str, &[u8]); 22] = [
        ("INT 0x_ff", b"I255\n"),
        ("INT -0", b"I0\n"),
        ("INT False", b"I00\n"),
        ("LONG 1_000", b"L1000L\n"),
        ("LONG 0xffffffffffffffffff", b"L4722366482869645213695L\n"),
        ("LONG1 255", b"\x8a\x02\xff\0"),
        ("LONG1 0", b"\x8a\0"),
        ("LONG4 -1", b"\x8b\x01\0\0\0\xff"),
        ("LONG1 0x010000000000000000", b"\x8a\x09\0\0\0\0\0\0\0\0\x01"),
        ("BINFLOAT 1", b"G\x3f\xf0\0\0\0\0\0\0"),
        ("FLOAT 1e3", b"F1000.0\n"),
        ("BINFLOAT -nan", b"G\xff\xf8\0\0\0\0\0\0"),
        ("STRING \"it's \\x41\"", b"S\"it's \\x41\"\n"),
        ("SHORT_BINSTRING 'a\\n'", b"U\x02a\n"),
        ("UNICODE 'a\\\\\u{e9}\u{20ac}'", b"Va\\u005c\xe9\\u20ac\n"),
        ("BINUNICODE '\\ud800'", b"X\x03\0\0\0\xed\xa0\x80"),
        ("PERSID 'x y'", b"Px y\n"),
        ("GLOBAL 'a b' b'\\xff'", b"ca b\n\xff\n"),
        ("GLOBAL b'os\\nsystem'", b"cos\nsystem\n"),
        ("EXT4 -1", b"\x84\xff\xff\xff\xff"),
        ("BINGET b'\\x07'", b"h\x07"),
        ("BYTES b''", b""),
    ];
    for (text, expected) in cases {
        assert_eq!(bytes(text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_with_operands() {
    let cases = [
        (
            "BININT 2147483648",
            "7-17 error: expected an integer from -2147483648 to 2147483647, found 2147483648 (LONG1 takes it)",
        ),
        ("BININT1 -1", "8-10 error: expected an integer from 0 to 255, found -1 (BININT takes it)"),
        ("PROTO 256", "6-9 error: expected an integer from 0 to 255, found 256"),
        ("BINGET -1", "7-9 error: expected an integer from 0 to 255, found -1"),
        ("INT 007", "4-7 error: expected an integer without leading zeros (octal begins with 0o), found 007"),
        ("INT true", "4-8 error: expected an int, True or False, found true (write True)"),
        ("LONG 5L", "5-7 error: expected an integer, found 5L (the L is added where it is needed)"),
        ("BININT b'abc'", "7-13 error: expected 4 bytes, found 3"),
        ("INT b'1\\n'", "4-10 error: expected a line, found a newline in it"),
        ("GLOBAL b'os'", "7-12 error: expected two lines with a newline between them, found one"),
        ("GLOBAL 'os\\n' 'x'", "7-13 error: expected a name, which is a line, found a newline in it"),
        ("GLOBAL 'os' system", "12-18 error: expected a str literal for module and for name, found system"),
        ("GLOBAL 'a' 'b' 'c'", "15-18 error: expected module and name, found the str 'c' (leave it out)"),
        (
            "BINSTRING '\u{e9}'",
            "11-13 error: expected ASCII, found another character (write the bytes of the operand as a bytes literal: b'...')",
        ),
        (
            "STRING '\u{e9}'",
            "8-10 error: expected printable ASCII, found another character (write the bytes of the string as escapes: \\xNN)",
        ),
        ("UNICODE hello", "8-13 error: expected a str literal, found hello (put it in quotes)"),
        ("SHORT_BINBYTES", "14-14 error: expected a bytes literal, found no operand (write b'...')"),
        (
            "BYTES b'\u{e9}'",
            "8-10 error: expected ASCII in a bytes literal, found another character (write its bytes with \\x)",
        ),
        (
            "BYTES b'\\u0041'",
            "8-14 error: expected an escape of bytes, found one of str (write the bytes with \\x)",
        ),
        ("FRAME long", "6-10 error: expected a length, or auto, found long"),
        ("BYTES", "5-5 error: expected a bytes literal behind BYTES, found no operand"),
        ("NONE NONE", "5-9 error: expected no operand, found NONE (leave it out)"),
    ];
    for (text, expected) in cases {
        assert_eq!(problems(text), [format!("1:{expected}")], "{text}");
        assert!(assemble(text).bytes.is_empty(), "{text}");
    }
    let long = format!("SHORT_BINUNICODE '{}'", "x".repeat(256));
    assert_eq!(
        problems(&long),
        ["1:17-275 error: expected at most 255 bytes, found 256 (BINUNICODE takes it)"]
    );
    let digits = format!("LONG1 {}", "9".repeat(4301));
    assert!(problems(&digits)[0].ends_with("(write it in hexadecimal, or as raw bytes)"));
}

/// Every error of a text is told, and each row that is right makes its bytes.
#[test]
fn all_errors_and_all_bytes() {
    let assembled = assemble("NONE\nWRONG\nPOP\nBININT1 x\nSTOP\n");
    assert_eq!(assembled.bytes, b"N0.");
    assert!(assembled.faulty);
    let lines: Vec<_> =
        assembled.diagnostics.iter().map(|found| (found.line, found.problem.severity)).collect();
    assert_eq!(lines, [(1, Severity::Error), (3, Severity::Error)]);
    assert_eq!(
        (0..5).map(|line| assembled.line_bytes(line)).collect::<Vec<_>>(),
        [0..1, 1..1, 1..2, 2..2, 2..3]
    );
    assert_eq!(
        (assembled.line_at(1), assembled.line_at(99), assemble("").line_at(0)),
        (Some(2), Some(4), None)
    );
    let flood = assemble(&"?\n".repeat(30_000));
    assert_eq!((flood.diagnostics.len(), flood.omitted), (10_000, 20_000));
}
