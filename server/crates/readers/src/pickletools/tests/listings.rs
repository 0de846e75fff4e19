//! Pickles that `dis` prints to the end. The texts were printed by CPython 3.11.

use super::check;

#[test]
fn memo_tuple_and_dict_of_protocol_0() {
    check(
        b"(lp0\nI1\na(I2\ntp1\na(dp2\nVa\np3\nF1.5\nsa.",
        r#"
    0: (    MARK
    1: l        LIST       (MARK at 0)
    2: p    PUT        0
    5: I    INT        1
    8: a    APPEND
    9: (    MARK
   10: I        INT        2
   13: t        TUPLE      (MARK at 9)
   14: p    PUT        1
   17: a    APPEND
   18: (    MARK
   19: d        DICT       (MARK at 18)
   20: p    PUT        2
   23: V    UNICODE    'a'
   26: p    PUT        3
   29: F    FLOAT      1.5
   34: s    SETITEM
   35: a    APPEND
   36: .    STOP
highest protocol among opcodes = 0
"#,
        "",
    );
}

#[test]
fn pop_takes_a_mark() {
    check(
        b"((lp0\n(g0\ntp1\na00g1\n.",
        r#"
    0: (    MARK
    1: (        MARK
    2: l            LIST       (MARK at 1)
    3: p        PUT        0
    6: (        MARK
    7: g            GET        0
   10: t            TUPLE      (MARK at 6)
   11: p        PUT        1
   14: a        APPEND
   15: 0        POP
   16: 0        POP        (MARK at 0)
   17: g    GET        1
   20: .    STOP
highest protocol among opcodes = 0
"#,
        "",
    );
}

#[test]
fn protocol_5() {
    check(
        b"\x80\x05\x95\n\0\0\0\0\0\0\0\x96\x02\0\0\0\0\0\0\0'a\x94\x97\x98\x93.",
        r#"
    0: \x80 PROTO      5
    2: \x95 FRAME      10
   11: \x96 BYTEARRAY8 bytearray(b"\'a")
   22: \x94 MEMOIZE    (as 0)
   23: \x97 NEXT_BUFFER
   24: \x98 READONLY_BUFFER
   25: \x93 STACK_GLOBAL
   26: .    STOP
highest protocol among opcodes = 5
"#,
        "",
    );
}

#[test]
fn counted_strings() {
    check(
        b"(U\x02\xe9'T\x01\0\0\0\"C\x02'\nB\x01\0\0\0\xff\x8e\x01\0\0\0\0\0\0\0ao.",
        r#"
    0: (    MARK
    1: U        SHORT_BINSTRING "é'"
    5: T        BINSTRING  '"'
   11: C        SHORT_BINBYTES b"'\n"
   15: B        BINBYTES   b'\xff'
   21: \x8e     BINBYTES8  b'a'
   31: o        OBJ        (MARK at 0)
   32: .    STOP
highest protocol among opcodes = 4
"#,
        "",
    );
}

#[test]
fn text_with_surrogate_and_invisible() {
    check(
        b"X\x0b\0\0\0\xed\xa0\x80\xe2\x80\xae\xc3\xa9\n'\"\x85.",
        r#"
    0: X    BINUNICODE '\ud800\u202eé\n\'"'
   16: \x85 TUPLE1
   17: .    STOP
highest protocol among opcodes = 2
"#,
        "",
    );
}

#[test]
fn integers() {
    check(
        b"(J\xff\xff\xff\xffM\x01\x02K\x05\x8a\x02\xff\0\x8a\x09\0\0\0\0\0\0\0\0\x01\
          \x8b\x0b\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xffI00\nI01\nI 1_0\nL-7L\nl.",
        r#"
    0: (    MARK
    1: J        BININT     -1
    6: M        BININT2    513
    9: K        BININT1    5
   11: \x8a     LONG1      255
   15: \x8a     LONG1      18446744073709551616
   26: \x8b     LONG4      -1099511627776
   42: I        INT        False
   46: I        INT        True
   50: I        INT        10
   56: L        LONG       -7
   61: l        LIST       (MARK at 0)
   62: .    STOP
highest protocol among opcodes = 2
"#,
        "",
    );
}

#[test]
fn floats() {
    check(
        b"(G?\xf0\0\0\0\0\0\0F1e999\nF-nan\nG@\0\0d\0\0\0\0F 1_0.5\nl.",
        r#"
    0: (    MARK
    1: G        BINFLOAT   1.0
   10: F        FLOAT      inf
   17: F        FLOAT      nan
   23: G        BINFLOAT   2.0001907348632812
   32: F        FLOAT      10.5
   40: l        LIST       (MARK at 0)
   41: .    STOP
highest protocol among opcodes = 1
"#,
        "",
    );
}

#[test]
fn lines() {
    check(
        b"(S'\\x41\\101\\q'\nS'\nVa\\u20ac\\\\u\ncos\\x2e\npath\n(i\n\nP\\\\\nQl.",
        r#"
    0: (    MARK
    1: S        STRING     'AA\\q'
   15: S        STRING     ''
   18: V        UNICODE    'a€\\\\u'
   30: c        GLOBAL     'os. path'
   43: (        MARK
   44: i            INST       ' ' (MARK at 43)
   47: P        PERSID     '\\'
   51: Q        BINPERSID
   52: l        LIST       (MARK at 0)
   53: .    STOP
highest protocol among opcodes = 1
"#,
        "",
    );
}

#[test]
fn get_and_put_of_bools() {
    check(
        b"Np00\ng0\n0p01\n.",
        r#"
    0: N    NONE
    1: p    PUT        False
    5: g    GET        0
    8: 0    POP
    9: p    PUT        True
   13: .    STOP
highest protocol among opcodes = 0
"#,
        "",
    );
}

#[test]
fn big_slots() {
    check(
        b"Np-1\np99999999999999999999\ng+99999999999999999999\nr\xff\xff\xff\xffj\xff\xff\xff\xff0\x94.",
        r#"
    0: N    NONE
    1: p    PUT        -1
    5: p    PUT        99999999999999999999
   27: g    GET        99999999999999999999
   50: r    LONG_BINPUT 4294967295
   55: j    LONG_BINGET 4294967295
   60: 0    POP
   61: \x94 MEMOIZE    (as 3)
   62: .    STOP
highest protocol among opcodes = 4
"#,
        "ValueError: stack not empty after STOP: 1 items",
    );
}

#[test]
fn a_mark_that_an_op_took_is_still_counted() {
    check(
        b"N(\x85(t.",
        r#"
    0: N    NONE
    1: (    MARK
    2: \x85     TUPLE1
    3: (        MARK
    4: t            TUPLE      (MARK at 3)
    5: .        STOP
highest protocol among opcodes = 2
"#,
        "ValueError: stack not empty after STOP: 2 items",
    );
}

#[test]
fn not_empty() {
    check(
        b"NN.",
        r#"
    0: N    NONE
    1: N    NONE
    2: .    STOP
highest protocol among opcodes = 0
"#,
        "ValueError: stack not empty after STOP: 1 items",
    );
}

#[test]
fn open_mark() {
    check(
        b"(N.",
        r#"
    0: (    MARK
    1: N        NONE
    2: .        STOP
highest protocol among opcodes = 0
"#,
        "ValueError: stack not empty after STOP: 1 items",
    );
}
