//! Pickles that are written down in texts.
#![allow(clippy::unwrap_used)]

mod common;

use common::{OLD_PICKLE, PICKLE, base64, bytes, gzip, hex, open, paths};
use pickle_containers::{Kind, Limits, TextKind, sniff};

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
    }
    let certificate = base64(&[0x30, 0x82, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x2e, 0x99, 0x88, 0x77, 0x66, 0x55]);
    assert_eq!(sniff(certificate.as_bytes(), certificate.len() as u64), Kind::Text(TextKind::Base64));
}

#[test]
fn a_hostile_text_takes_linear_time() {
    // Everything in it looks like the beginning of something.
    let limits = Limits::default();
    for piece in
        ["\"\\", "'\\", "\\", "gASV", "gASVgASVgASVgASVgASVgASVgASVgASVgASVgASV\n", "x8004", "\"\\x80\\x04("]
    {
        let text = piece.repeat((1 << 20) / piece.len());
        drop(pickle_containers::open(None, text.as_bytes(), &limits));
    }
}
