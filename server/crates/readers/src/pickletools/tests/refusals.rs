//! Pickles in which `dis` raises: what it prints before, and what the traceback ends in, by CPython 3.11.

use super::check;

#[rustfmt::skip]
const REFUSED: &[(&[u8], &str, &str)] = &[
    // A mark that an op took is missing.
    (b"(2t.", "    0: (    MARK\n    1: 2        DUP\n    2: ",
        "IndexError: list index out of range"),
    // No mark.
    (b"Nt.", "    0: N    NONE\n    1: t    TUPLE      no MARK exists on stack\n",
        "ValueError: no MARK exists on stack"),
    // Too few items.
    (b"N\x86.", "    0: N    NONE\n    1: \\x86 TUPLE2\n",
        "ValueError: tries to pop 2 items from stack with only 1 items"),
    // Empty memo.
    (b"Nh\x05.", "    0: N    NONE\n    1: h    BINGET     5\n",
        "ValueError: memo key 5 has never been stored into"),
    // Memo key twice.
    (b"Nq\0q\0.", "    0: N    NONE\n    1: q    BINPUT     0\n    3: q    BINPUT     0\n",
        "ValueError: memo key 0 already defined"),
    // Memo key of MEMOIZE twice.
    (b"Nq\x01\x94\x94.", "    0: N    NONE\n    1: q    BINPUT     1\n    3: \\x94 MEMOIZE    (as 1)\n",
        "ValueError: memo key None already defined"),
    // Mark in memo.
    (b"(q\0.", "    0: (    MARK\n    1: q        BINPUT     0\n",
        "ValueError: can't store markobject in the memo"),
    // Nothing for the memo.
    (b"\x94.", "    0: \\x94 MEMOIZE    (as 0)\n",
        "ValueError: stack is empty -- can't store into memo"),
    // No STOP.
    (b"N", "    0: N    NONE\n",
        "ValueError: pickle exhausted before seeing STOP"),
    // Empty.
    (b"", "",
        "ValueError: pickle exhausted before seeing STOP"),
    // Unknown.
    (b"N\xff.", "    0: N    NONE\n",
        "ValueError: at position 1, opcode b'\\xff' unknown"),
    // No int4.
    (b"J\0\0\0", "",
        "ValueError: not enough data in stream to read int4"),
    // No length.
    (b"\x8d\0\0", "",
        "ValueError: not enough data in stream to read uint8"),
    // No bytes.
    (b"NC\x05ab", "    0: N    NONE\n",
        "ValueError: expected 5 bytes in a bytes1, but only 2 remain"),
    // Negative length.
    (b"T\xff\xff\xff\xff.", "",
        "ValueError: string4 byte count < 0: -1"),
    // Negative length of LONG4.
    (b"\x8b\xfe\xff\xff\xff.", "",
        "ValueError: long4 byte count < 0: -2"),
    // Short LONG1.
    (b"\x8a\x05a.", "",
        "ValueError: not enough data in stream to read long1"),
    // Huge length.
    (b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "",
        "ValueError: bytes8 byte count > sys.maxsize: 18446744073709551615"),
    // No newline.
    (b"Iabc", "",
        "ValueError: no newline found when trying to read stringnl"),
    // No newline of UNICODE.
    (b"Vabc", "",
        "ValueError: no newline found when trying to read unicodestringnl"),
    // No second newline.
    (b"cos\nabc", "",
        "ValueError: no newline found when trying to read stringnl"),
    // First line before second newline.
    (b"cos\\\nabc", "",
        "ValueError: Trailing \\ in string"),
    // No integer.
    (b"I1234L\n.", "",
        "ValueError: invalid literal for int() with base 10: b'1234L'"),
    // No float.
    (b"F1_\n.", "",
        "ValueError: could not convert string to float: b'1_'"),
    // No quotes.
    (b"Sabc\n.", "",
        "ValueError: no string quotes around b'abc'"),
    // One quote.
    (b"S\"abc\n.", "",
        "ValueError: strinq quote b'\"' not found at both ends of b'\"abc'"),
    // Bad escape.
    (b"S'ab\\x4'\n.", "",
        "ValueError: invalid \\x escape at position 2"),
    // Trailing backslash.
    (b"P\\\n.", "",
        "ValueError: Trailing \\ in string"),
    // Not ASCII.
    (b"S'caf\\351'\n.", "",
        "UnicodeDecodeError: 'ascii' codec can't decode byte 0xe9 in position 3: ordinal not in range(128)"),
    // Bad start byte.
    (b"\x8c\x02a\xff.", "",
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"),
    // Bad continuation.
    (b"\x8c\x04\xf0\x9f\x82a.", "",
        "UnicodeDecodeError: 'utf-8' codec can't decode bytes in position 0-2: invalid continuation byte"),
    // Truncated UTF-8.
    (b"\x8c\x05\xed\xa0\x80\xe2\x82.", "",
        "UnicodeDecodeError: 'utf-8' codec can't decode bytes in position 3-4: unexpected end of data"),
    // Truncated escape.
    (b"Va\\u12g\n.", "",
        "UnicodeDecodeError: 'rawunicodeescape' codec can't decode bytes in position 1-4: truncated \\uXXXX escape"),
    // Escape out of range.
    (b"V\\U00110000\n.", "",
        "UnicodeDecodeError: 'rawunicodeescape' codec can't decode bytes in position 0-9: \\Uxxxxxxxx out of range"),
];

#[test]
fn what_is_printed_before() {
    for (bytes, text, error) in REFUSED {
        check(bytes, &format!("\n{text}"), error);
    }
}
