//! Pickles that are written down in texts by other means than base64, digits and plain literals. The texts are what Python 3.11 makes
//! of `PICKLE` and of `OLD` (`base64.b85encode`, `urllib.parse.quote`, `binascii.b2a_uu`, `json.dumps(repr(…))` and so on).
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;

use common::{DEFLATED, PICKLE, base64, gzip, hex, open, zip};
use pickle_containers::{Glance, Limits, glance, needs_more};

/// Two calls of protocol 0.
const OLD: &[u8] = b"cos\ngetcwd\n(tR.cos\ngetcwd\n(tR.";

/// Words of any text.
fn filler() -> String {
    "Some words, and a path/to/something-else: configuration = [1, 2, 3] %d 100% {4: 5}\n".repeat(80)
}

fn members(text: &[u8]) -> Vec<Vec<u8>> {
    open(text).members.iter().filter_map(|member| member.bytes.as_deref().map(<[u8]>::to_vec)).collect()
}

/// Asserts that this is seen at a glance in the middle of a text, and read.
fn assert_found(value: &str, pickle: &[u8]) {
    let text = format!("{0}\n{value}\n{0}", filler());
    assert!(needs_more(text.as_bytes(), text.len() as u64), "{value}");
    let found = members(text.as_bytes());
    let fits = |bytes: &Vec<u8>| bytes.starts_with(pickle);
    assert!(found.len() == 1 && found.iter().all(fits), "{value}: {found:?}");
}

fn list(bytes: &[u8], separator: &str) -> String {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(separator)
}

#[test]
fn base85() {
    assert_found("X = b85decode('fCQBa000000001el#BskluH3~E&')", PICKLE);
    assert_found("1,fCQBa000000001el#BskluH3~E&,2", PICKLE);
    assert_found("{\"x\": \"V{dZ`XJvF_cVr4EbW$#3Z*vM~WprbAWC|#BQZ4\"}", OLD);
    assert_found("x=V{dZ`XJvF_cVr4EbW$#3Z*vM~WprbAWC|#BQZ4", OLD);
    assert_found("{\"x\": \"J-;,Ez!!!\\\"IP`,WOPY2$u/c\"}", PICKLE);
    assert_found("@rHDqB4Z0pG@V%/FAa`$DfZ7uATVF+A-s`,;D%", OLD);
    assert_found("<~J-;,Ez!!!\"IP`,WOPY\n2$u/c~>", PICKLE);
    assert_found("x: <~@rHDqB4Z0pG@V%/FAa`$DfZ7uATV\nF+A-s`,;D%~>", OLD);
    assert_found("key: FcqbA000000001EL-bSKLUh3#e=U>", PICKLE);
    // Lines of sixty characters without what Adobe puts around them.
    let lines = "@rHDqB4Z0pG@V%/FAa`$DfZ7uATVF+A-s`,;D)HtEscPkFCTN*$7L!o/n8g@\n$>3pl@s;Gj.!/?>@rHDqB4Z0pG@V%/FAa`$DfZ7uATVF+A-s`,;D%";
    assert_eq!(members(lines.as_bytes()), [OLD.repeat(3)]);
}

#[test]
fn percent() {
    assert_found("a=1&b=%80%04%95%0A%00%00%00%00%00%00%00%7D%94%8C%01a%94K%01s.&c=2", PICKLE);
    assert_found("https://example.com/?q=cos%0Agetcwd%0A%28tR.cos%0Agetcwd%0A(tR.", OLD);
    assert_found("'cos%0agetcwd%0a(tR.cos%0agetcwd%0a(tR.'", OLD);
    // Base64 of which only some characters are written so: up to the first of them, and as a whole.
    let twice = [PICKLE, PICKLE].concat();
    assert_eq!(members(b"c=gASVCgAAAAAAAAB9lIwBYZRLAXMu%0AgASVCgAAAAAAAAB9lIwBYZRLAXMu"), [PICKLE, &twice]);
}

#[test]
fn lists_of_numbers() {
    for pickle in [PICKLE, OLD] {
        for separator in [", ", ",", ",\n    "] {
            assert_found(
                &format!("{{\"type\": \"Buffer\", \"data\": [{}]}}", list(pickle, separator)),
                pickle,
            );
        }
        let signed: Vec<_> = pickle.iter().map(|byte| byte.cast_signed().to_string()).collect();
        assert_found(&format!("[{}]", signed.join(", ")), pickle);
        let hex: Vec<_> = pickle.iter().map(|byte| format!("{byte:#04x}")).collect();
        assert_found(&format!("char x[] = {{\n  {}}};", hex.join(", ")), pickle);
    }
    assert_found(&format!("x:\n  - {}\n", list(PICKLE, "\n  - ")), PICKLE);
    assert_found(&format!("x:\n- {}\n", list(OLD, "\n- ")), OLD);
    for pickle in [PICKLE, OLD] {
        let hex: Vec<_> = pickle.iter().map(|byte| format!("{byte:#04x}")).collect();
        assert_found(&format!("- {}\n", hex.join("\n- ")), pickle);
        assert_found(&format!("byte[] x = {{(byte) {}}};", hex.join(", (byte)")), pickle);
    }
    assert_found(&list(PICKLE, "\n"), PICKLE);
    assert_eq!(members(list(OLD, ",").as_bytes()), [OLD]);
    // The bytes of the text of something.
    let text = base64(PICKLE);
    assert_eq!(members(format!("[{}]", list(text.as_bytes(), ",")).as_bytes()), [PICKLE]);
}

#[test]
fn strings_in_strings() {
    let cell =
        |line: &str| format!("   \"source\": [\n    \"import pickle\\n\",\n    {line},\n    \"\"\n   ]");
    assert_found(
        &cell(
            r#""x = b'\\x80\\x04\\x95\\n\\x00\\x00\\x00\\x00\\x00\\x00\\x00}\\x94\\x8c\\x01a\\x94K\\x01s.'\n""#,
        ),
        PICKLE,
    );
    assert_found(
        &cell(
            r#""x = b\"\\x80\\x04\\x95\\x0a\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x7d\\x94\\x8c\\x01\\x61\\x94\\x4b\\x01\\x73\\x2e\"\n""#,
        ),
        PICKLE,
    );
    assert_found(&cell(r#""x = b'cos\\ngetcwd\\n(tR.cos\\ngetcwd\\n(tR.'\n""#), OLD);
    // An export of the notebook in JSON.
    let once = r#"{"cell": "{\"source\": \"x = b'cos\\\\ngetcwd\\\\n(tR.cos\\\\ngetcwd\\\\n(tR.'\\n\"}"}"#;
    assert_found(once, OLD);
}

#[test]
fn escapes_of_letters() {
    let octal: String = OLD.iter().map(|byte| format!("\\{byte:03o}")).collect();
    let hex: String = OLD.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    assert_found(&format!("x = '{octal}'"), OLD);
    assert_found(&format!("x = b\"{hex}\""), OLD);
    assert_found(r"x = b'}q\x00X\x01\x00\x00\x00aq\x01K\x01s.'", b"}q\0X\x01\0\0\0aq\x01K\x01s.");
}

#[test]
fn bytes_as_characters() {
    // `JSON.stringify` and `json.dumps(…, ensure_ascii=False)`.
    let text: String = PICKLE.iter().map(|byte| char::from(*byte)).collect();
    let escaped: String = text
        .chars()
        .map(|c| if c < ' ' { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() })
        .collect();
    assert_found(&format!("{{\"x\": \"{escaped}\"}}"), PICKLE);
    let words = "{\"x\": \"caf\u{e9} \u{80}\\u0041 \u{93}quoted\u{94}\\n\"}\n".repeat(9);
    assert_eq!(open(words.as_bytes()).format, "raw");
}

#[test]
fn base64_on_several_lines() {
    let long: Vec<u8> = [b"\x80\x04(", &[b'N'; 200][..], b"l."].concat();
    let text = base64(&long);
    let lines: Vec<_> = text.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
    for (start, between, end) in [
        ("\"", "\\n", "\\n\""),
        ("[\"", "\",\n  \"", "\"]"),
        ("(b'", "'\n    b'", "')"),
        ("'", "' + '", "'"),
        ("\"x = '''\\n\",\n\"", "\\n\",\n    \"", "\\n\",\n\"'''\""),
    ] {
        assert_found(&format!("{start}{}{end}", lines.join(between)), &long);
    }
    // Values of a list that are a pickle each.
    let several = format!("[\"{}\",\n \"{}\"]", base64(&[OLD, b"  "].concat()), base64(PICKLE));
    let found = members(several.as_bytes()).concat();
    assert!(found.windows(OLD.len()).any(|part| part == OLD), "{found:?}");
    assert!(found.windows(PICKLE.len()).any(|part| part == PICKLE), "{found:?}");
    // One without padding, in front of the key of another value, or of another pickle.
    let whole = [b"\x80\x04(", &[b'N'; 31][..], b"l."].concat();
    assert_eq!(whole.len() % 3, 0);
    let encoded = base64(&whole);
    assert_eq!(
        members(format!("{{\":serialized:\": \"{encoded}\",\n    \"value_schedule\": 1}}").as_bytes()),
        [&whole[..]]
    );
    let several = [&whole[..], &whole].concat();
    let text = format!("{{\"a\": \"{}\",\n    \"value_schedule\" : 1}}", base64(&several));
    assert_eq!(members(text.as_bytes()), [several]);
    assert_eq!(members(format!("[\"{encoded}\",\n \"{encoded}\"]").as_bytes()), [&whole[..], &whole[..]]);
    // What begins as one and is none does not hide the lines behind it.
    let decoy = base64(&[b"\x80\x04\x8d\0\0\0\0\0\0\0\x7f", &[7; 37][..]].concat());
    assert_found(&format!("[\"{decoy}\",\n \"{}\"]", base64(OLD)), OLD);
}

#[test]
fn mail() {
    assert_found("begin 644 model.pkl\n5@ 25\"@        !]E(P!891+ 7,N\n \nend", PICKLE);
    assert_found("=80=04=95\n=00=00=00=00=00=00=00}=94=8C=01a=94K=01s.", PICKLE);
    let headers = "Content-Transfer-Encoding: Quoted-Printable\r\nSubject: x\r\n\r\n";
    let text = format!("From: x\r\n{headers}cos\ngetcwd=\n\n(tR.");
    assert_eq!(members(text.as_bytes()), [b"cos\ngetcwd\n(tR."]);
    // Lengths of protocol 1.
    let text = "Some words.\ncos\ngetcwd\nq=00(X=01=00=00=00aq=01tq=02Rq=03.";
    assert_eq!(members(text.as_bytes()), [b"cos\ngetcwd\nq\x00(X\x01\0\0\0aq\x01tq\x02Rq\x03."]);
}

#[test]
fn digits_with_dashes() {
    let dashed = |bytes: &[u8]| {
        hex(bytes)
            .as_bytes()
            .chunks(2)
            .map(|two| String::from_utf8_lossy(two).to_uppercase())
            .collect::<Vec<_>>()
            .join("-")
    };
    assert_found(&format!("x = \"{}\"", dashed(PICKLE)), PICKLE);
    assert_found(&dashed(OLD), OLD);
}

#[test]
fn texts_in_archives_and_compressed_ones() {
    let text = format!("{0}{{\"data\": \"{1}\"}}\n{0}", filler(), base64(PICKLE));
    let archive =
        zip(&[("values.json", text.as_bytes(), DEFLATED), ("words.txt", filler().as_bytes(), DEFLATED)]);
    assert_eq!(members(&archive), [PICKLE]);
    assert_eq!(members(&gzip(text.as_bytes())), [PICKLE]);
    // A value may lie across two streams of a gzip.
    let (first, second) = text.as_bytes().split_at(filler().len() + 20);
    assert_eq!(members(&[gzip(first), gzip(second)].concat()), [PICKLE]);
    assert!(open(&gzip(filler().as_bytes())).members.iter().all(|member| member.bytes.is_none()));
}

#[test]
fn a_compressed_text_is_looked_at_within_limits() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..100 {
        gz.write_all(filler().as_bytes()).unwrap();
    }
    let text = gz.finish().unwrap();
    let few = Limits { total_bytes: 40_000, ..Limits::default() };
    let opened = pickle_containers::open(None, &text, &few);
    assert_eq!(opened.faults.len(), 1, "{:?}", opened.faults);
    assert!(open(&text).faults.is_empty());
}

#[test]
fn what_holds_none_is_left_alone() {
    let numbers: Vec<_> = (0..400u32).map(|number| (number * 7 % 251).to_string()).collect();
    let escaped = r#"var _0x1f=["\x70\x75\x73\x68","\x63\x61\x6c\x6c","\143\141\154\154"];"#;
    for text in [
        filler(),
        format!(
            "{{\"pixels\": [{0}], \"shape\": [128, 4, 3], \"ids\": [128, 2, 17, 300]}}\n",
            numbers.join(", ")
        ),
        format!(
            "{}\n{escaped}\n",
            "!function(e,t){\"object\"==typeof exports?module.exports=t():e.x=t()}(this);".repeat(20)
        ),
        "q=%20a%2Fb%3D1&r=%E2%82%AC&s=100%25\nfill: 100%cc %(name)s %02x %-5d\n".repeat(9),
        "{\"source\": [\"re.sub('\\\\\\\\x80', '\\\\\\\\n', s)\\n\", \"print('\\\\n')\\n\"]}\n".to_owned(),
        "begin 1 of 2\nbegin 644\nthe end\n=80% of all = 80=0\n<~ 5 and ~> 6 J-J fC-x\n".to_owned(),
        "version: 128, 2\nrows:\n  - 128\n  - 3\n  - 500\n".to_owned(),
        "0x80, 0x04, 0x95\n".to_owned(),
        "- 99\n- 111\n- 115\n- 10\n- 99\n- 111\n\n(byte) 5, {(byte) 1, (char) 2}\n".to_owned(),
        "2020-01-02 80-04-95-00 550e8400-e29b-41d4-a716-446655440000\n".repeat(5),
        "Encoding: quoted-printable\n\nSome words=2C and a path=00=\n and more.\n".to_owned(),
        "limits = (-128, 3)\n-128\n 2\n 128 -128 4 -128".repeat(3),
    ] {
        let text = format!("{text}And some more words.\n");
        assert_eq!(open(text.as_bytes()).format, "raw", "{text}");
        assert_eq!(glance(None, text.as_bytes(), text.len() as u64), Glance::Text, "{text}");
    }
}

#[test]
fn hostile_ones_take_linear_time() {
    let quoted = format!("\"{}\",", "gASVgASV".repeat(5));
    for piece in [
        "-128, 4 ",
        "[128,4,",
        "[99,111,115,10,",
        "128,4,\n",
        "%80%04",
        "cos%0A",
        "%",
        "J-",
        "fC",
        "<~J-",
        "fCQBa0000",
        "=80=04",
        "cos\na=00",
        "quoted-printable\n\ncos\n",
        "- 99\n- 111\n",
        "- 128\n- 4\n",
        "{(byte)",
        "@rHDqB4Z0pG@V%/FAa`$DfZ7uATVF+A-s`,;D)HtEscPkFCTN*$7L\n",
        "80-04-95-",
        "begin 644 x\n",
        "begin 644 x\nM",
        "\\\\x80\\\\x04",
        "\"\\\\n",
        "\\\\",
        "q\\x00",
        "\\143\\143\\143",
        "\"J-\\\"",
        &quoted,
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let _ = glance(None, text.as_bytes(), u64::MAX);
        drop(open(text.as_bytes()));
    }
}
