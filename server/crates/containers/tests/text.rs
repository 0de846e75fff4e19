//! Pickles that are written down in texts.
#![allow(clippy::unwrap_used)]

mod common;

use common::{OLD_PICKLE, PICKLE, base64, bytes, gzip, hex, open, paths};
use pickle_containers::{Kind, Limits, TextKind, needs_more, sniff};

#[test]
fn a_text_that_is_nothing_else() {
    let wrapped: String =
        base64(PICKLE).as_bytes().chunks(10).map(|line| format!("{}\n", line.escape_ascii())).collect();
    let texts = [
        ("base64", base64(PICKLE)),
        ("base64", wrapped),
        ("base64", format!("data:;base64,{}", base64(PICKLE))),
        ("base64", base64(PICKLE).replace('+', "-").replace('/', "_").replace('=', "")),
        ("hex", hex(PICKLE)),
        ("hex", PICKLE.iter().map(|byte| format!("\\x{byte:02x}")).collect()),
        ("string literal", format!("b'{}'", PICKLE.escape_ascii())),
        ("string literal", format!("{}\n", PICKLE.escape_ascii())),
    ];
    for (format, text) in texts {
        let opened = open(text.as_bytes());
        assert_eq!((opened.format, bytes(&opened, "")), (format, Some(PICKLE)), "{text}");
        assert_eq!(opened.faults, []);
    }
}

#[test]
fn old_pickles_and_containers_and_encodings_inside_encodings() {
    for text in [
        base64(OLD_PICKLE),
        hex(OLD_PICKLE),
        base64(&gzip(OLD_PICKLE)),
        base64(base64(OLD_PICKLE).as_bytes()),
    ] {
        assert_eq!(bytes(&open(text.as_bytes()), ""), Some(OLD_PICKLE), "{text}");
    }
}

#[test]
fn a_long_text_is_judged_by_its_beginning() {
    let long = [b"\x80\x04X\xa0\x86\x01\x00".as_slice(), &[b'a'; 100_000], b"\x94."].concat();
    assert_eq!(bytes(&open(base64(&long).as_bytes()), ""), Some(&*long));
    let mut broken = base64(&long);
    broken.insert(90_000, '!');
    let opened = open(broken.as_bytes());
    assert_eq!(opened.faults.len(), 1);
    assert!(long.starts_with(opened.members[0].bytes.as_deref().unwrap()));
}

#[test]
fn values_in_a_text() {
    let text = format!(
        "# settings of 2024, nothing-special/in/them\nmodel: {}\nENV={}\n{{\"a\": \"{}\", \"b\": \"\\u0080\\u0004N.\"}}\n\
         key,{},1\npath/{}\nbytes = b'{}'\nblock: |\n  {}\n  {}\n",
        base64(PICKLE),
        base64(OLD_PICKLE),
        hex(PICKLE),
        base64(&gzip(PICKLE)),
        base64(OLD_PICKLE),
        PICKLE.escape_ascii(),
        &base64(&[PICKLE, PICKLE].concat())[..40],
        &base64(&[PICKLE, PICKLE].concat())[40..],
    );
    let opened = open(text.as_bytes());
    let found: Vec<_> =
        opened.members.iter().map(|member| member.bytes.as_deref().unwrap().to_vec()).collect();
    let both = [PICKLE, PICKLE].concat();
    let expected: [&[u8]; 8] = [PICKLE, OLD_PICKLE, PICKLE, b"\x80\x04N.", PICKLE, OLD_PICKLE, PICKLE, &both];
    assert_eq!(found, expected);
    assert_eq!(
        (opened.format, opened.members[0].path.as_deref()),
        ("text", Some(&*format!("@{}", text.find("gAS").unwrap())))
    );
}

#[test]
fn seen_at_a_glance_anywhere_in_a_text() {
    let filler = "Some words, and a path/to/something-else: configuration = [1, 2, 3]\n".repeat(100);
    let escaped = |bytes: &[u8]| bytes.escape_ascii().to_string();
    let unicode: String = PICKLE.iter().map(|byte| format!("\\u{byte:04x}")).collect();
    let octal: String = PICKLE.iter().map(|byte| format!("\\{byte:03o}")).collect();
    let written: [(String, &[u8]); 14] = [
        (format!("\"{}\"", base64(PICKLE)), PICKLE),
        (format!("x = '{}'", base64(OLD_PICKLE)), OLD_PICKLE),
        (format!("data/{}", base64(OLD_PICKLE)), OLD_PICKLE),
        (base64(&gzip(PICKLE)), PICKLE),
        (base32(PICKLE), PICKLE),
        (base32(OLD_PICKLE).replace('=', ""), OLD_PICKLE),
        (format!("X'{}'", hex(PICKLE)), PICKLE),
        (format!("(1, '\\x{}')", hex(OLD_PICKLE)), OLD_PICKLE),
        (format!("0x{}", hex(OLD_PICKLE).to_uppercase()), OLD_PICKLE),
        (format!("b'{}'", escaped(PICKLE)), PICKLE),
        (format!("\"{}\"", escaped(OLD_PICKLE)), OLD_PICKLE),
        (format!("\"{unicode}\""), PICKLE),
        (format!("'{octal}'"), PICKLE),
        (format!("b'{}'\n    b\"{}\"", escaped(&PICKLE[..9]), escaped(&PICKLE[9..])), PICKLE),
    ];
    for (value, pickle) in written {
        let text = format!("{filler}{value}\n{filler}");
        assert!(needs_more(text.as_bytes(), text.len() as u64), "{value}");
        let opened = open(text.as_bytes());
        let members: Vec<_> = opened.members.iter().filter_map(|member| member.bytes.as_deref()).collect();
        assert_eq!((opened.format, members), ("text", vec![pickle]), "{value}");
    }
    assert!(!needs_more(filler.as_bytes(), filler.len() as u64));
    // What goes on behind what is shown has to be looked at.
    let cut = format!("{filler}{}", base64(&[b"\x80\x04(", [b'N'; 300].as_slice()].concat()));
    assert!(needs_more(cut.as_bytes(), 1 << 20));
}

#[test]
fn strings_that_a_program_puts_together() {
    let [first, second] = [&PICKLE[..9], &PICKLE[9..]].map(|part| part.escape_ascii());
    for between in ["' '", "'\n  b'", "\" + \"", "' \\\n  '"] {
        let quote = &between[..1];
        let text = format!("value({quote}{first}{between}{second}{quote})\n");
        assert_eq!(bytes(&open(text.as_bytes()), "@7"), Some(PICKLE), "{text}");
    }
    let apart = format!("value('{first}', '{second}')\n");
    assert_eq!(open(apart.as_bytes()).format, "raw");
}

/// As RFC 4648 has it.
fn base32(bytes: &[u8]) -> String {
    let digit = |value: u64| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(value & 31) as usize]);
    let mut text = String::new();
    for five in bytes.chunks(5) {
        let bits = (0..5).fold(0u64, |bits, at| bits << 8 | u64::from(five.get(at).copied().unwrap_or(0)));
        let used = (five.len() * 8).div_ceil(5);
        text.extend((0..8).map(|at| if at < used { digit(bits >> (35 - 5 * at)) } else { '=' }));
    }
    text
}

#[test]
fn texts_without_a_pickle_are_left_alone() {
    let texts = [
        "import configuration\n\nvalue = r'\\d+\\s*'\nother = '\\x00\\x01'\n",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7vbqajDw4o6gJy8UtmIbkcpnkO3Kwc4qsEnSZp\n",
        "{\"sha256\": \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"}",
        "The quick brown fox jumps over internationalisation and configuration\n",
        "N.\nI.\n",
        "{\"name\": \"mean\", \"value\": \"87.88841847213962\"}",
        "groupId=org.example\nartifactId=groundwork\nlowercase_groups = [\"groupings\"]\n",
    ];
    for text in texts {
        let opened = open(text.as_bytes());
        assert_eq!((opened.format, paths(&opened)), ("raw", vec![""]), "{text}");
        assert!(matches!(opened.members[0].kind, Kind::Text(_)), "{text}");
        assert!(!needs_more(text.as_bytes(), text.len() as u64), "{text}");
    }
    let certificate = base64(&[0x30, 0x82, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x2e, 0x99, 0x88, 0x77, 0x66, 0x55]);
    assert_eq!(sniff(certificate.as_bytes(), certificate.len() as u64), Kind::Text(TextKind::Base64));
}

#[test]
fn a_hostile_text_takes_linear_time() {
    // Everything in it looks like the beginning of something.
    let limits = Limits::default();
    for piece in [
        "\"\\n(\" ",
        "\"\\",
        "'\\",
        "\\",
        "\\ncos\\n",
        "QACJK",
        "\\x80\\x04",
        "gASV",
        "gASVgASVgASVgASVgASVgASVgASVgASVgASVgASV\n",
        "x8004",
        "\"\\x80\\x04(",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let _ = needs_more(text.as_bytes(), u64::MAX);
        drop(pickle_containers::open(None, text.as_bytes(), &limits));
    }
}
