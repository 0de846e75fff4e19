//! What byte strings are taken for.

use pickle_containers::{Kind, TextKind, needs_more, sniff};

fn kind(bytes: &[u8]) -> Kind {
    sniff(bytes, bytes.len() as u64)
}

#[test]
fn pickles() {
    let pickles: &[&[u8]] = &[
        b"\x80\x02N.",
        b"\x80\x05",
        b"N.",
        b"I01\n.",
        b"I1\n.",
        b"(lp0\n.",
        b"(dp0\nVa\np1\nI1\ns.",
        b"]q\x00.",
        b"}q\x00.",
        b"ccopy_reg\n_reconstructor\np0\n(",
        b"c__builtin__\neval\n(V1\ntR.",
        b"(S'true'\nios\nsystem\n.",
        b"(icollections\nCounter\n.",
        b"S'plain'\np0\n.",
        b"Vcaf\xe9 \x80\xff\np0\n.",
        b"U\x03abcq\x00.",
        b"X\x03\x00\x00\x00abcq\x00.",
        b"K\x00.",
        b"J\xff\xff\xff\xff.",
        b"G\x3f\xf0\x00\x00\x00\x00\x00\x00.",
        b"N.N.",
        b").",
        b"((lp100000\ng100000\nt.",
    ];
    for pickle in pickles {
        assert_eq!(kind(pickle), Kind::Pickle, "{}", pickle.escape_ascii());
    }
}

#[test]
fn a_pickle_that_breaks_off_after_a_call() {
    assert_eq!(kind(b"cos\nsystem\n(S'echo hi'\ntR this is no opcode"), Kind::Pickle);
}

#[test]
fn a_pickle_behind_the_signature_of_another_format() {
    assert_eq!(kind(b"GGUF\x03\x00\x00\x00\x000cos\ngetcwd\n(tR."), Kind::Pickle);
    assert_eq!(kind(b"GGUF\x03\x00\x00\x00\x00\x00\x00\x00"), Kind::Other("GGUF"));
    assert_eq!(kind(b"MZ\x900cos\ngetcwd\n(tR."), Kind::Pickle);
}

#[test]
fn a_string_longer_than_the_window() {
    let long = [b"V".as_slice(), &[b'x'; 100_000], b"\np0\n."].concat();
    assert_eq!(kind(&long), Kind::Pickle);
}

#[test]
fn operands_that_only_readers_know() {
    let call = b"0cos\nsystem\n(S'echo hi'\ntR.";
    let odd: &[&[u8]] = &[
        b"I\x0c1\n",
        b"I\x0b1\n",
        b"I1\0<html>\xff\n",
        b"L1\0\xff\n",
        b"F1.5\0{\n",
        b"Np\x0c0\n",
        b"Np7\0\xff\n",
        b"V\0\x89PNG\r\0\n",
        b"cos\0(\nsep\n",
    ];
    for first in odd {
        let pickle = [*first, call].concat();
        assert_eq!(kind(&pickle), Kind::Pickle, "{}", first.escape_ascii());
        // What shows nothing else is no pickle, and it takes a name and a call to make up for it.
        assert_ne!(kind(&[*first, b"."].concat()), Kind::Pickle, "{}", first.escape_ascii());
    }
    // Files of torch begin with two numbers.
    assert_eq!(kind(b"V\0\n0L119547037146038801333356L\n.I1001\n.\x80\x02}q\0."), Kind::Pickle);
    assert_ne!(kind(&[b"Pa\0b\n".as_slice(), call].concat()), Kind::Pickle);
}

#[test]
fn a_beginning_that_does_not_say_what_it_is() {
    let long = [b"cos\nsystem\n(V".as_slice(), &[b'x'; 9000], b"\ntR."].concat();
    let array = [b"\x93NUMPY\x01\0\x28\x23{'descr'".as_slice(), &[b' '; 9000]].concat();
    for bytes in [long, array] {
        let head = &bytes[..4096];
        assert!(needs_more(head, bytes.len() as u64));
        assert!(!needs_more(&bytes, bytes.len() as u64));
        assert_ne!(sniff(head, bytes.len() as u64), Kind::Pickle);
    }
    for head in [b"import os\n".as_slice(), b"\x89PNG\r\n\x1a\n", b"{\"a\": 1", b"\0\0\0\0", b""] {
        assert!(!needs_more(head, 1 << 20), "{}", head.escape_ascii());
    }
}

#[test]
fn texts() {
    let texts: &[(&str, TextKind)] = &[
        ("import os\n\nprint(os.name)\n", TextKind::Python),
        ("import os; name = 'x'; os.environ.get(name); ", TextKind::Python),
        ("class Point:\n    x = 1\n", TextKind::Python),
        ("(import\n", TextKind::Plain),
        ("I am no pickle.\n", TextKind::Plain),
        ("cat\ndog\nelephant\n", TextKind::Plain),
        ("(if (null x)\n  (car y)\n  z)\n", TextKind::Plain),
        ("{\"weights\": [1, 2]}", TextKind::Json),
        ("[1, 2, 3]", TextKind::Json),
        ("<!DOCTYPE html>\n<html>", TextKind::Html),
        ("<?xml version=\"1.0\"?>\n<a/>", TextKind::Xml),
        ("a,b,c\n1,2,3\n4,5,6\n", TextKind::Csv),
        ("'k', (0, 15)\n", TextKind::ShelfIndex),
        ("'a', (0, 15)\n'it\\'s', (512, 7)\n", TextKind::ShelfIndex),
        ("'a', (0, 15)\n'b', (512, here)\n", TextKind::Csv),
        ("# Title\n\nWords.\n", TextKind::Markdown),
        ("a: 1\nb:\n  - c\n", TextKind::Yaml),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", TextKind::GitLfsPointer),
        ("/annex/objects/SHA256E-s5--00.pkl\n", TextKind::GitAnnexPointer),
        ("../.git/annex/objects/2q/Jk/SHA256-s5--0/SHA256-s5--0", TextKind::GitAnnexPointer),
        (".. see .git/annex/objects/\n", TextKind::Plain),
        ("MIIBIjANBgkqhkiG9w0BAQEFAAOC\n", TextKind::Base64),
        ("amends \"template.pkl\"\n\nname = \"x\"\n", TextKind::ApplePkl),
        ("module org.example.Config\n\nport: Int = 80\n", TextKind::ApplePkl),
        ("server {\n  host = \"localhost\"\n}\n", TextKind::ApplePkl),
        ("import \"other.pkl\"\nname = \"x\"\n", TextKind::ApplePkl),
    ];
    for (text, expected) in texts {
        assert_eq!(kind(text.as_bytes()), Kind::Text(*expected), "{text:?}");
    }
}

#[test]
fn signatures() {
    let mut tar = vec![b'a'; 512];
    tar[124..136].fill(b'0');
    tar[257..262].copy_from_slice(b"ustar");
    let mut exe = vec![0; 0x80];
    exe[..2].copy_from_slice(b"MZ");
    exe[0x3c] = 0x40;
    exe[0x40..0x44].copy_from_slice(b"PE\0\0");
    let known: &[(&[u8], Kind)] = &[
        (b"\x7fELF\x02\x01", Kind::Other("ELF")),
        (&exe, Kind::Other("PE")),
        (b"\x93NUMPY\x01\x00v\x00{'descr'", Kind::Other("numpy .npy")),
        (b"\x89HDF\r\n\x1a\n", Kind::Container("HDF5")),
        (b"PAR1\x15\x04", Kind::Container("Parquet")),
        (b"SR\x00\x04\x00\x00\x00\x0a", Kind::Other("IDL")),
        (b"\xf7\x59\x18 TeX output ", Kind::Other("TeX font")),
        (b"$FL2@(#) SPSS DATA FILE", Kind::Other("SPSS")),
        (b"\x02\x00\x00\x00\x00\x00\x00\x00{}", Kind::Other("safetensors")),
        (b"SQLite format 3\x00", Kind::Container("SQLite")),
        (b"\x08\x07\x12\x07pytorch\x00", Kind::Other("ONNX")),
        (b"\x08\x01\x12\x84\x1d\x0a\x60\x12", Kind::Other("TensorFlow SavedModel")),
        (b"\x0a\x1c\x0a\x05input\x12\x0bPlaceholder*", Kind::Other("TensorFlow graph")),
        (b"Obj\x01\x04\x14avro.codec", Kind::Container("Avro")),
        (b"ORC\x11\x00\x00", Kind::Other("ORC")),
        (b"\xff\xff\xff\xff\x78\x00\x00\x00\x10\x00\x00\x00", Kind::Container("Arrow stream")),
        (b"\x1bLuaT\x00", Kind::Other("Lua bytecode")),
        (b"\x00\x00\x00\x18ftypmp42", Kind::Other("MP4")),
        (b"\x37\x7f\x06\x82\x00\x2d\xe2\x18", Kind::Other("SQLite write-ahead log")),
        (b"FS30\x03\xfa", Kind::Container("ZODB FileStorage")),
        (b"ORCAS AND OTHER WHALES", Kind::Text(TextKind::Plain)),
        (b"\xff\xfea\0:\0 \0b\0\n\0", Kind::Text(TextKind::Plain)),
        (b"\xfe\xff\0a\0:", Kind::Text(TextKind::Plain)),
        (b"\xff\xfea\0\0\0b\0", Kind::Unknown),
        (&tar, Kind::Container("tar")),
        (b"gASVCgAAAAAAAAB9lIwBYZRLAXMu\n", Kind::Container("base64")),
        (b"BZh91AY&SY\x00", Kind::Container("bzip2")),
        (b"\xfd7zXZ\x00", Kind::Container("xz")),
        (b"\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00", Kind::Container("lzma")),
        (b"\x28\xb5\x2f\xfd", Kind::Container("zstd")),
        (b"\x04\x22\x4d\x18", Kind::Container("lz4")),
        (b"x\x9cK\x04\x00\x00b\x00b", Kind::Container("zlib")),
        (b"PK\x03\x04", Kind::Container("zip")),
        (b"\x1f\x8b\x08\x00", Kind::Container("gzip")),
        (b"", Kind::Empty),
        (b"\x00\x00\x00\x00", Kind::Unknown),
        (b"x\x9c\xff\xff\xff\xff", Kind::Unknown),
    ];
    for (bytes, expected) in known {
        assert_eq!(kind(bytes), *expected, "{}", bytes.escape_ascii());
    }
}
