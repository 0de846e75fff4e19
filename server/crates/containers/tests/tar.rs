//! tar archives, honest and not.
#![allow(clippy::unwrap_used)]

mod common;

use std::borrow::Cow;

use common::{OLD_PICKLE, PICKLE, bytes, gzip, kinds, open, paths};
use pickle_containers::{FaultKind, Kind, Limits};

/// A header as ustar has it, its checksum fitting.
fn header(name: &str, kind: u8, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    summed(block)
}

/// The header with the checksum that it should have.
fn summed(mut block: Vec<u8>) -> Vec<u8> {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A member: header, content, padding.
fn member(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = [&header(name, kind, content.len()), content].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A record of pax: its length, and what it says.
fn record(text: &str) -> String {
    let length = (text.len() + 2..).find(|n| n.to_string().len() + 1 + text.len() == *n).unwrap();
    format!("{length} {text}")
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes: Vec<u8> = members.iter().flat_map(|(name, content)| member(name, b'0', content)).collect();
    bytes.extend(end());
    bytes
}

#[test]
fn members_are_slices_with_their_offset() {
    let file = [
        member("d/", b'5', b""),
        member("d/a.pkl", b'0', PICKLE),
        member("link", b'2', b""),
        tar(&[("b", OLD_PICKLE)]),
    ]
    .concat();
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened)), ("tar", vec![]));
    assert_eq!(paths(&opened), ["d/", "d/a.pkl", "link", "b"]);
    assert_eq!(
        (opened.members[0].kind, opened.members[2].kind),
        (Kind::Other("folder"), Kind::Other("link"))
    );
    assert_eq!((opened.members[1].file_offset, bytes(&opened, "d/a.pkl")), (Some(1024), Some(PICKLE)));
    assert!(matches!(opened.members[1].bytes, Some(Cow::Borrowed(_))));
    assert_eq!(bytes(&opened, "b"), Some(OLD_PICKLE));
}

#[test]
fn without_the_signature_of_ustar() {
    let mut old = header("a.pkl", 0, PICKLE.len());
    old[257..265].fill(0);
    let file = [summed(old), PICKLE.to_vec(), vec![0; 512 - PICKLE.len()], end()].concat();
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened), bytes(&opened, "a.pkl")), ("tar", vec![], Some(PICKLE)));
}

#[test]
fn long_names_of_gnu_and_pax() {
    let long = "n".repeat(300);
    let gnu = [member("././@LongLink", b'L', format!("{long}\0").as_bytes()), member("n", b'0', PICKLE)];
    let records = record(&format!("path={long}\n")) + &record(&format!("size={}\n", PICKLE.len()));
    let mut lying = header("n", b'0', 3);
    lying.extend_from_slice(PICKLE);
    lying.resize(1024, 0);
    for parts in [gnu.concat(), [member("x", b'x', records.as_bytes()), lying].concat()] {
        let file = [parts, end()].concat();
        let opened = open(&file);
        assert_eq!((paths(&opened), kinds(&opened)), (vec![long.as_str()], vec![]));
        assert_eq!(bytes(&opened, &long), Some(PICKLE));
    }
    let file = [member("x", b'x', b"no record"), tar(&[("a", PICKLE)])].concat();
    assert_eq!((kinds(&open(&file)), bytes(&open(&file), "a")), (vec![FaultKind::Damaged], Some(PICKLE)));
}

#[test]
fn prefixes_and_large_sizes() {
    let mut block = header("a.pkl", b'0', 0);
    block[345..348].copy_from_slice(b"dir");
    block[124..136].copy_from_slice(&[
        0x80,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        u8::try_from(PICKLE.len()).unwrap(),
    ]);
    let file = [summed(block), PICKLE.to_vec(), vec![0; 512 - PICKLE.len()], end()].concat();
    assert_eq!(bytes(&open(&file), "dir/a.pkl"), Some(PICKLE));
}

const SPARSE: [&[u8]; 4] = [
    include_bytes!("fixtures/sparse-gnu.tar.gz"),
    include_bytes!("fixtures/sparse-pax-0.0.tar.gz"),
    include_bytes!("fixtures/sparse-pax-0.1.tar.gz"),
    include_bytes!("fixtures/sparse-pax-1.0.tar.gz"),
];

fn unpacked(file: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).unwrap();
    bytes
}

/// A pickle of a long string of bytes, of which most are zeros, as `tar -S` of GNU stores it in its four ways.
#[test]
fn sparse_files() {
    let mut pickle = [b"\x80\x04B\x40\x0d\x03\0".as_slice(), &[0; 200_000], b"0N."].concat();
    for part in 1..13 {
        pickle[part * 16384..][..10].fill(b'x');
    }
    for packed in SPARSE {
        let file = unpacked(packed);
        let opened = open(&file);
        assert_eq!((kinds(&opened), paths(&opened)), (vec![], vec!["s.pkl"]));
        assert_eq!(bytes(&opened, "s.pkl"), Some(&*pickle));
    }
}

/// Maps that say something else than what is there, at every place of the first blocks.
#[test]
fn sparse_files_that_lie() {
    for packed in SPARSE {
        let file = unpacked(packed);
        let maps = (0..file.len().min(3 * 512)).filter(|at| file[*at].is_ascii_digit());
        for at in maps {
            let mut file = file.clone();
            file[at] = if file[at] == b'7' { b'0' } else { b'7' };
            let opened = open(&file);
            let read =
                opened.members.iter().filter_map(|member| member.bytes.as_ref()).map(|bytes| bytes.len());
            assert!(read.sum::<usize>() <= 64 << 20, "{at}");
        }
    }
    let mut block = header("s.pkl", b'S', PICKLE.len());
    // One part of all that is stored, at the end of a file of 8 GB.
    block[386..410].copy_from_slice(format!("77777777000\0{:011o}\0", PICKLE.len()).as_bytes());
    block[483..495].copy_from_slice(b"77777777777\0");
    let file = [summed(block), PICKLE.to_vec(), vec![0; 512 - PICKLE.len()], end()].concat();
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::LimitReached]);
    // Parts that overlap, and are more than what is stored.
    let mut block = header("s.pkl", b'S', PICKLE.len());
    block[386..434]
        .copy_from_slice(format!("{0:011o}\0{1:011o}\0{0:011o}\0{1:011o}\0", 0, PICKLE.len()).as_bytes());
    block[483..495].copy_from_slice(b"00000001000\0");
    let file = [summed(block), PICKLE.to_vec(), vec![0; 512 - PICKLE.len()], end()].concat();
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::Damaged, FaultKind::Damaged]);
    assert!(bytes(&opened, "s.pkl").is_some_and(|bytes| bytes.starts_with(PICKLE)));
}

#[test]
fn sparse_files_without_a_map_are_named() {
    let file = [member("s.pkl", b'S', PICKLE), end()].concat();
    let opened = open(&file);
    assert_eq!((kinds(&opened), bytes(&opened, "s.pkl")), (vec![FaultKind::Unsupported], Some(PICKLE)));
}

#[test]
fn names_that_are_odd() {
    let file = tar(&[("a.pkl", PICKLE), ("a.pkl", OLD_PICKLE), ("../b", PICKLE), ("/c", PICKLE)]);
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::Duplicate, FaultKind::PathEscape, FaultKind::PathEscape]);
    assert_eq!(bytes(&opened, "a.pkl#2"), Some(OLD_PICKLE));
    let mut link = header("l", b'2', 0);
    link[157..166].copy_from_slice(b"../../etc");
    assert_eq!(kinds(&open(&[summed(link), end()].concat())), [FaultKind::LinkEscape]);
}

/// A link is a way out only to what is extracted through it.
#[test]
fn links_that_lead_out() {
    let link = |name: &str, kind: u8, target: &str| {
        let mut header = header(name, kind, 0);
        header[157..157 + target.len()].copy_from_slice(target.as_bytes());
        summed(header).to_vec()
    };
    let said = |members: &[Vec<u8>]| kinds(&open(&[members.concat(), end()].concat()));
    let file = |name: &str| member(name, b'0', PICKLE);
    let (out, through) = (FaultKind::LinkEscape, FaultKind::PathEscape);
    assert_eq!(said(&[link("usr/bin/a", b'2', "../lib/a"), file("usr/bin/a/b")]), []);
    assert_eq!(said(&[link("a", b'2', "/etc"), link("b", b'2', "../x"), file("c")]), [out]);
    assert_eq!(said(&[link("a", b'2', "/etc"), file("a/passwd")]), [through, out]);
    assert_eq!(said(&[link("a", b'2', "/etc/passwd"), file("./a")]), [through, out]);
    // By links to links, in any order; a link to the file behind one.
    assert_eq!(
        said(&[link("a", b'2', "b/c"), link("b", b'2', "d/.."), link("c", b'2', ".."), file("a/x")]),
        [through, out]
    );
    assert_eq!(said(&[link("a", b'2', "/etc"), link("b", b'1', "a/passwd")]), [through, out]);
    assert_eq!(said(&[link("b", b'1', "/etc/passwd")]), [through]);
    // What takes the place of a link is none.
    assert_eq!(said(&[link("a", b'2', "/etc"), link("a", b'2', "b"), file("a/x")]), [out]);
    // What the loader of torch extracts and opens.
    let torch = |storages: Vec<u8>| [file("pickle"), file("tensors"), storages];
    assert_eq!(said(&torch(link("storages", b'2', "tensors"))), [through]);
    assert_eq!(said(&torch(link("storages", b'1', "tensors"))), [through]);
    assert_eq!(said(&torch(link("storages", b'6', ""))), [through]);
    assert_eq!(said(&torch(file("storages"))), []);
    assert_eq!(said(&[file("tensors"), link("storages", b'2', "tensors")]), []);
    // Around in a circle.
    assert_eq!(said(&[link("a", b'2', "b"), link("b", b'2', "a"), file("a/x")]), []);
}

/// A member with this text as its size.
fn sized(size: &[u8], content: &[u8]) -> Vec<u8> {
    let mut block = header("a", b'0', 0);
    block[124..136].fill(b' ');
    block[124..124 + size.len()].copy_from_slice(size);
    let mut bytes = [&summed(block), content].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn numbers_as_python_reads_them() {
    assert_eq!(PICKLE.len(), 0o25);
    for size in ["0o25", "0O25", "0_25", "0o_25", "+25", "\x0b25", " 25 "] {
        let opened_file = [sized(size.as_bytes(), PICKLE), end()].concat();
        let opened = open(&opened_file);
        assert_eq!((opened.format, bytes(&opened, "a")), ("tar", Some(PICKLE)), "{size}");
    }
    for size in [" 21", "2_1", "+21", "021", "21 "] {
        let size_record = record(&format!("size={size}\n"));
        let file = [member("p", b'x', size_record.as_bytes()), sized(b"0", PICKLE), end()].concat();
        assert_eq!(bytes(&open(&file), "a"), Some(PICKLE), "{size}");
    }
}

#[test]
fn a_size_for_all_members_moves_none() {
    let all = |size: &str| member("g", b'g', record(&format!("size={size}\n")).as_bytes());
    let own = member("p", b'x', record(&format!("size={}\n", PICKLE.len())).as_bytes());
    let noise = [0xff; 1024];
    let file = [all("1"), member("a", b'0', &noise), own, member("b", b'0', PICKLE), end()].concat();
    assert_eq!(bytes(&open(&file), "b"), Some(PICKLE));
    // It says how much is read.
    let file = [all("21"), sized(b"0", PICKLE), end()].concat();
    assert_eq!(bytes(&open(&file), "a"), Some(PICKLE));
}

#[test]
fn members_without_a_name_and_of_odd_kinds() {
    let file =
        [member("", b'0', PICKLE), member("v", b'V', PICKLE), member("m", b'M', PICKLE), end()].concat();
    let opened = open(&file);
    assert_eq!(paths(&opened), ["", "v", "m"]);
    assert!(opened.members.iter().all(|member| member.kind == Kind::Pickle));
    assert_eq!(paths(&open(&[member("label", b'V', b""), tar(&[("a", PICKLE)])].concat())), ["a"]);
}

#[test]
fn what_stands_where_a_header_should() {
    let noise = vec![0xff; 512];
    let file = [member("a", b'0', b"x"), noise.clone(), member("b", b'0', PICKLE), end()].concat();
    let opened = open(&file);
    assert_eq!((kinds(&opened), bytes(&opened, "b")), (vec![FaultKind::Damaged], Some(PICKLE)));
    let call = b"cos\nsystem\n(S'echo hi'\ntR.";
    let file = [member("a", b'0', b"x"), noise, call.to_vec()].concat();
    assert_eq!(bytes(&open(&file), "bytes at 1536"), Some(&call[..]));
}

#[test]
fn what_follows_the_end() {
    let file = [tar(&[("a", PICKLE)]), tar(&[("b", OLD_PICKLE)])].concat();
    let opened = open(&file);
    assert_eq!((kinds(&opened), bytes(&opened, "b")), (vec![FaultKind::Mismatch], Some(OLD_PICKLE)));
    let file = [tar(&[("a", PICKLE)]), b"something else".to_vec()].concat();
    assert_eq!(kinds(&open(&file)), [FaultKind::TrailingBytes]);
    let file = [member("a", b'0', PICKLE), vec![b'?'; 600]].concat();
    assert_eq!(kinds(&open(&file)), [FaultKind::Damaged]);
}

#[test]
fn cut_and_damaged() {
    let file = tar(&[("a.pkl", PICKLE)]);
    let opened = open(&file[..512 + 10]);
    assert_eq!((kinds(&opened), bytes(&opened, "a.pkl")), (vec![FaultKind::Truncated], Some(&PICKLE[..10])));
    let mut file = file.clone();
    file[0] = b'b';
    let opened = open(&file);
    assert_eq!((kinds(&opened), bytes(&opened, "b.pkl")), (vec![FaultKind::BadChecksum], Some(PICKLE)));
}

#[test]
fn compressed_and_limited() {
    let file = gzip(&tar(&[("a.pkl", PICKLE), ("b.pkl.gz", &gzip(OLD_PICKLE)), ("c.txt", b"words, words")]));
    let opened = open(&file);
    assert_eq!((paths(&opened), kinds(&opened)), (vec!["a.pkl", "b.pkl.gz", "c.txt"], vec![]));
    assert_eq!((bytes(&opened, "a.pkl"), bytes(&opened, "b.pkl.gz")), (Some(PICKLE), Some(OLD_PICKLE)));
    assert!(opened.members.iter().all(|member| member.file_offset.is_none()));
    let limits = Limits { members: 2, ..Limits::default() };
    let file = tar(&[("a", PICKLE), ("b", PICKLE), ("c", PICKLE)]);
    let opened = pickle_containers::open(None, &file, &limits);
    assert_eq!((paths(&opened), kinds(&opened)), (vec!["a", "b"], vec![FaultKind::LimitReached]));
}

#[test]
fn the_tar_of_torch() {
    let storage = b"\x80\x02(K\x01X\x03\x00\x00\x00cpuctorch\nFloatStorage\nt.";
    let tensor = b"\x80\x02(K\x07K\x01ctorch\nFloatTensor\nt.";
    let numbers = [b"\x02\0\0\0\0\0\0\0".as_slice(), &[0x80; 8]].concat();
    let layout = [b"\x01\0\0\0\0\0\0\0".as_slice(), &[1; 24]].concat();
    let storages = [b"\x80\x02K\x01.".as_slice(), storage, &numbers, b"\x80\x02]."].concat();
    let tensors = [b"\x80\x02K\x01.".as_slice(), tensor, &layout].concat();
    let file =
        tar(&[("sys_info", PICKLE), ("pickle", PICKLE), ("storages", &storages), ("tensors", &tensors)]);
    let opened = open(&file);
    assert_eq!(kinds(&opened), []);
    let parts = ["storages", "storages/1", "storages/1.data", "storages/2"];
    assert_eq!(paths(&opened)[2..6], parts);
    assert_eq!(paths(&opened)[6..], ["tensors", "tensors/1", "tensors/1.data"]);
    assert_eq!(bytes(&opened, "storages/1"), Some(storage.as_slice()));
    assert_eq!(bytes(&opened, "storages/2"), Some(b"\x80\x02].".as_slice()));
    for data in ["storages/1.data", "tensors/1.data"] {
        let member = opened.members.iter().find(|member| member.path.as_deref() == Some(data)).unwrap();
        assert_eq!(member.kind, Kind::Other("torch storage"));
    }
}

/// Which storage class comes last in the pickle before the numbers decides where the next pickle is.
#[test]
fn classes_that_are_not_used() {
    let storages = |heads: &[u8], head: &[u8], numbers: &[u8]| {
        [b"\x80\x02K".as_slice(), heads, b".\x80\x02", head, b".\x04\0\0\0\0\0\0\0", numbers, OLD_PICKLE]
            .concat()
    };
    let parts = |storages: &[u8]| {
        let file = tar(&[("storages", storages)]);
        let opened = open(&file);
        let is_said = kinds(&opened) == [FaultKind::Damaged];
        assert!(is_said || kinds(&opened).is_empty(), "{:?}", opened.faults);
        let found = opened.members.iter().any(|member| member.bytes.as_deref() == Some(OLD_PICKLE));
        (is_said, found)
    };
    let long: &[u8] = b"\x8a\x05\x01\x02\x03\x04\x05";
    let tuple = |classes: &[u8]| [long, b"U\x03cpuq\0", classes, b"\x87q\x05"].concat();
    let named: &[u8] = b"X\x05\0\0\0torchX\x0b\0\0\0ByteStorage\x93";
    let old = [b"I94327834216208\nU\x03cpuq\x01".as_slice(), b"ctorch\nByteStorage\nq\x02\x87q\x03"].concat();
    assert_eq!(parts(&storages(b"\x01", &old, &[7; 4])), (false, true));
    for honest in [b"ctorch\nByteStorage\nq\x01", named] {
        assert_eq!(parts(&storages(b"\x01", &tuple(honest), &[7; 4])), (false, true));
    }
    for odd in [
        "ctorch\nDoubleStorage\n0ctorch\nByteStorage\n",
        "ctorch\nDoubleStorage\nq\x010ctorch\nByteStorage\nq\x020h\x02",
        "cmine.torch\nByteStorage\n",
        "N",
    ] {
        assert_eq!(parts(&storages(b"\x01", &tuple(odd.as_bytes()), &[7; 4])), (true, true), "{odd}");
    }
    let twice = [&tuple(b"ctorch\nDoubleStorage\n")[..], b"0", &tuple(b"ctorch\nByteStorage\n")].concat();
    assert_eq!(parts(&storages(b"\x01", &twice, &[7; 4])), (true, true));
    // Numbers follow as many pickles as the first one says.
    let views = [&tuple(b"ctorch\nDoubleStorage\n")[..], b".", OLD_PICKLE].concat();
    let none = [b"\x80\x02K\0.\x80\x02".as_slice(), &views].concat();
    assert_eq!(parts(&none), (false, true));
}
