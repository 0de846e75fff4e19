//! Every compression format: what its library wrote, joined, cut, damaged and inflated.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;

use common::compressed::{
    BLOSC, BZIP2, DEFLATE, LZ4, LZ4_PLAIN, LZIP, LZMA, SNAPPY, XZ, XZ_SHA256, ZIP_LZMA, ZSTD,
};
use common::{OLD_PICKLE, PICKLE, STORED, bytes, gzip, kinds, open, zip, zlib};
use pickle_containers::{FaultKind, Kind, Limits, TextKind};

/// Name of the format, and one stream of it.
const ALL: &[(&str, &[u8])] = &[
    ("xz", XZ),
    ("xz", XZ_SHA256),
    ("lzma", LZMA),
    ("lzip", LZIP[0]),
    ("lzip", LZIP[1]),
    ("bzip2", BZIP2),
    ("zstd", ZSTD),
    ("lz4", LZ4),
    ("lz4", LZ4_PLAIN),
];

/// A skippable frame of Zstandard and LZ4.
const SKIPPABLE: &[u8] = b"\x5a\x2a\x4d\x18\x03\0\0\0abc";

#[test]
fn one_stream() {
    for (name, file) in ALL {
        let opened = open(file);
        assert_eq!((opened.format, kinds(&opened), bytes(&opened, "")), (*name, vec![], Some(PICKLE)));
        assert!(opened.members[0].is_candidate() && opened.members[0].file_offset.is_none());
    }
}

#[test]
fn streams_are_joined() {
    let twice = [PICKLE, PICKLE].concat();
    for (name, file) in ALL {
        let file = [*file, *file].concat();
        let opened = open(&file);
        assert_eq!((kinds(&opened), bytes(&opened, "")), (vec![], Some(&*twice)), "{name}");
    }
    // `lzma.open` reads both of its formats, and frames may be skipped before and between.
    for parts in [
        [XZ, LZMA, b""],
        [XZ, LZIP[0], b""],
        [LZIP[1], LZMA, b""],
        [SKIPPABLE, ZSTD, ZSTD],
        [ZSTD, SKIPPABLE, ZSTD],
        [SKIPPABLE, LZ4, LZ4],
    ] {
        let file = parts.concat();
        assert_eq!((kinds(&open(&file)), bytes(&open(&file), "")), (vec![], Some(&*twice)));
    }
}

/// It has no end mark: what is whole is read, and so is what comes before damage.
#[test]
fn frames_of_snappy() {
    let opened = open(SNAPPY);
    assert_eq!((opened.format, kinds(&opened), bytes(&opened, "")), ("snappy", vec![], Some(PICKLE)));
    let twice = [SNAPPY, SNAPPY].concat();
    assert_eq!(bytes(&open(&twice), ""), Some(&*[PICKLE, PICKLE].concat()));
    let cut = [SNAPPY, &SNAPPY[..SNAPPY.len() - 1]].concat();
    assert_eq!((kinds(&open(&cut)), bytes(&open(&cut), "")), (vec![FaultKind::Truncated], Some(PICKLE)));
    let wrong = [SNAPPY, b"\x02\0\0\0".as_slice()].concat();
    assert_eq!((kinds(&open(&wrong)), bytes(&open(&wrong), "")), (vec![FaultKind::Damaged], Some(PICKLE)));
}

#[test]
fn what_follows_ends_the_data() {
    for (name, file) in ALL {
        let file = [*file, b"\0\0\0\0".as_slice(), *file].concat();
        let opened = open(&file);
        let expected = (vec![FaultKind::TrailingBytes], Some(PICKLE));
        assert_eq!((kinds(&opened), bytes(&opened, "")), expected, "{name}");
    }
}

#[test]
fn a_cut_stream_is_shown_as_far_as_it_goes() {
    for (name, file) in ALL {
        for end in file.len() / 2..file.len() {
            let opened = open(&file[..end]);
            let faults = kinds(&opened);
            assert!(matches!(faults[..], [FaultKind::Truncated]), "{name} {end}: {faults:?}");
            let got = bytes(&opened, "").unwrap();
            assert!(PICKLE.starts_with(got), "{name} {end}");
            // But for bzip2, whose last bits are needed, what is behind the data is a checksum.
            let whole = matches!(*name, "xz" | "zstd" | "lz4") && file.len() - end <= 4;
            assert!(!whole || got == PICKLE, "{name} {end}");
        }
    }
}

/// liblzma passes over checks that it does not know.
#[test]
fn a_check_that_there_is_not() {
    let mut file = XZ.to_vec();
    file[7] = 2;
    assert!(kinds(&open(&file)).contains(&FaultKind::Unread));
}

#[test]
fn what_came_before_the_damage_is_shown() {
    let long: Vec<u8> =
        PICKLE.iter().copied().chain((0..200_000u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes())).collect();
    let info = lz4_flex::frame::FrameInfo::new()
        .block_checksums(true)
        .block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut lz4 = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    lz4.write_all(&long).unwrap();
    let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz2.write_all(&long).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(&*long, ruzstd::encoding::CompressionLevel::Fastest);
    for (name, mut file) in [("lz4", lz4.finish().unwrap()), ("bzip2", bz2.finish().unwrap()), ("zstd", zstd)]
    {
        let at = file.len() * 9 / 10;
        file[at..at + 40].fill(0xff);
        let opened = pickle_containers::open(Some("a.pkl"), &file, &Limits::default());
        let got = bytes(&opened, "").unwrap();
        assert!(!kinds(&opened).is_empty() && got.len() > 100_000, "{name}: {} bytes", got.len());
        assert!(long.starts_with(&got[..100_000]), "{name}");
    }
}

#[test]
fn wrong_checksums_hide_nothing() {
    let at_end = |file: &[u8], from_end: usize| {
        let mut file = file.to_vec();
        let at = file.len() - from_end;
        file[at] ^= 1;
        file
    };
    // The check of the only block of an xz stands before its index of 8 bytes and its footer of 12.
    for file in [at_end(ZSTD, 1), at_end(LZ4, 1), at_end(XZ, 21)] {
        let opened = open(&file);
        assert_eq!((kinds(&opened), bytes(&opened, "")), (vec![FaultKind::BadChecksum], Some(PICKLE)));
    }
}

#[test]
fn bombs_are_stopped() {
    let zeros = vec![0; 4 << 20];
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(&zeros).unwrap();
    let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bz2.write_all(&zeros).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(&*zeros, ruzstd::encoding::CompressionLevel::Fastest);
    let limits = Limits { ratio: 1, ratio_floor: 1 << 20, ..Limits::default() };
    for file in [lz4.finish().unwrap(), bz2.finish().unwrap(), zstd, zlib(&zeros)] {
        let opened = pickle_containers::open(Some("a.pkl"), &file, &limits);
        let expected = (vec![FaultKind::LimitReached], 1 << 20);
        assert_eq!((kinds(&opened), bytes(&opened, "").unwrap().len()), expected, "{}", opened.format);
    }
}

#[test]
fn members_of_a_zip_by_every_method() {
    let members = [(9, DEFLATE), (12, BZIP2), (14, ZIP_LZMA), (20, ZSTD), (93, ZSTD), (95, XZ)];
    for (method, data) in members {
        let mut file = zip(&[("data.pkl", data, STORED)]);
        let at = (0..file.len()).find(|at| file[*at..].starts_with(b"PK\x01\x02")).unwrap();
        let crc = crc32(PICKLE).to_le_bytes();
        let size = u32::try_from(PICKLE.len()).unwrap().to_le_bytes();
        for (field, value) in [(8, &[method, 0][..]), (14, &crc), (22, &size)] {
            let central = at + field + 2;
            file[field..field + value.len()].copy_from_slice(value);
            file[central..central + value.len()].copy_from_slice(value);
        }
        let opened = open(&file);
        assert_eq!((kinds(&opened), bytes(&opened, "data.pkl")), (vec![], Some(PICKLE)), "method {method}");
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn the_old_files_of_joblib() {
    let header = format!("ZF{:<19}", format!("{:#x}", PICKLE.len()));
    for header in ["ZF15                 ", "ZF0X15               ", "ZF0x_1_5             "] {
        assert_eq!(bytes(&open(&[header.as_bytes(), &zlib(PICKLE)].concat()), ""), Some(PICKLE), "{header}");
    }
    for between in ["", " "] {
        let file = [header.as_bytes(), between.as_bytes(), &zlib(PICKLE)].concat();
        let opened = open(&file);
        assert_eq!((opened.format, kinds(&opened)), ("joblib zfile", vec![]));
        assert_eq!(bytes(&opened, ""), Some(PICKLE));
    }
    let file = [b"ZF0x5L               ".as_slice(), &zlib(PICKLE)].concat();
    assert_eq!((kinds(&open(&file)), bytes(&open(&file), "")), (vec![FaultKind::Mismatch], Some(PICKLE)));
}

#[test]
fn lzma_with_properties_that_no_encoder_proposes() {
    // `lc=0, lp=2, pb=1` and `dict_size=4096`, as liblzma writes them.
    let odd: [&[u8]; 2] = [
        b"?\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00@\x01\x0f5\xaa/XAc^\x83\xc2J\x81<H\xb5[\x07\x10_\xff\xfe\xaa\x88\x00",
        b"]\x00\x10\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00@\x01\x0em\xce\xfc\xb4\xc8\xdb~Nt\xb3\x1c\xaa\x0a0/\xa8\xf3\xdb\xff\xff\x1c\x5c\x00\x00",
    ];
    for file in odd {
        let opened = open(file);
        assert_eq!((opened.format, bytes(&opened, "")), ("lzma", Some(PICKLE)));
    }
    // Small numbers are no header.
    for numbers in [[0, 0, 0x10, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
    {
        let file = [&numbers[..], &[0; 100]].concat();
        assert_ne!(open(&file).format, "lzma");
    }
}

#[test]
fn compressed_inside_compressed() {
    let file = zip(&[("a.pkl.xz", XZ, STORED), ("b", LZMA, STORED), ("c", &zlib(ZSTD), STORED)]);
    let opened = open(&file);
    for name in ["a.pkl.xz", "b", "c"] {
        assert_eq!(bytes(&opened, name), Some(PICKLE));
    }
    assert!(opened.members.iter().all(|member| member.kind == Kind::Pickle));
    assert_eq!(bytes(&open(&zlib(OLD_PICKLE)), ""), Some(OLD_PICKLE));
}

#[test]
fn chunks_of_arrays() {
    for chunk in BLOSC {
        let opened = open(chunk);
        assert_eq!((opened.format, kinds(&opened)), ("Blosc", vec![]));
        assert_eq!(bytes(&opened, ""), Some(&*PICKLE.repeat(20)));
        let mut damaged = chunk.to_vec();
        damaged[16] = 0xff;
        assert_eq!(kinds(&open(&damaged)), [FaultKind::Damaged]);
        let cut = open(&chunk[..chunk.len() - 1]);
        assert_eq!((cut.format, kinds(&cut)), ("Blosc", vec![FaultKind::Damaged]));
    }
    // What does not get shorter is copied; of numbers no more is unpacked than their beginning.
    let chunk = |data: &[u8]| {
        let [len, all] = [data.len(), data.len() + 16].map(|len| u32::try_from(len).unwrap().to_le_bytes());
        [&[2, 1, 2, 4], &len[..], &len, &all, data].concat()
    };
    assert_eq!(bytes(&open(&chunk(PICKLE)), ""), Some(PICKLE));
    let numbers = chunk(&[7; 10_000]);
    let opened = open(&numbers);
    assert_eq!((opened.format, kinds(&opened), bytes(&opened, "")), ("Blosc", vec![], None));
    let long = [b"\x80\x04X\xa0\x86\x01\x00".as_slice(), &[b'a'; 100_000], b"\x94."].concat();
    assert_eq!(bytes(&open(&chunk(&long)), ""), Some(&*long));
}

/// No format says how long all of its data are, so that the operand with which they begin may end anywhere.
#[test]
fn a_first_operand_that_is_long() {
    let rest = [b"0".as_slice(), OLD_PICKLE].concat();
    let lines = [b"V".as_slice(), &b"hello ".repeat(1000), b"\n", &rest].concat();
    let text = [b"X\x70\x17\0\0".as_slice(), &b"hello ".repeat(1000), &rest].concat();
    let raw = [b"B\xa0\x86\x01\0".as_slice(), &[7; 100_000], &rest].concat();
    let wide = [b"\x8e\x70\x17\0\0\0\0\0\0".as_slice(), &[b'a'; 6000], &rest].concat();
    for pickle in [lines, text, raw, wide] {
        // The length behind the second stream is that of the second stream.
        let joined = [gzip(&pickle), gzip(b"x")].concat();
        for file in [gzip(&pickle), joined, zlib(&pickle)] {
            let opened = open(&file);
            assert_eq!(opened.members[0].kind, Kind::Pickle);
            assert!(bytes(&opened, "").unwrap().starts_with(&pickle));
        }
    }
    // Text begins like an operand that is longer than all of it.
    let texts = [b"This is the first line\n".repeat(900), b"Xenia and Bob\n".repeat(3000)];
    for text in texts {
        for file in [gzip(&text), zlib(&text)] {
            let opened = open(&file);
            let kind = opened.members[0].kind;
            assert_eq!((kind, bytes(&opened, "")), (Kind::Text(TextKind::Plain), None));
        }
    }
    // A length that would be one, and has no business here: the data are looked at, and are nothing.
    let noise = [b"B\xa0\x86\x01\0".as_slice(), &[7; 10_000]].concat();
    for file in [gzip(&noise), zlib(&noise)] {
        let opened = open(&file);
        assert_eq!((opened.members[0].kind, kinds(&opened)), (Kind::Unknown, vec![]));
    }
}

/// joblib comes to no end with what stands behind the first stream of gzip and zlib.
#[test]
fn files_without_an_end_for_joblib() {
    let said = |name: &str, file: &[u8]| {
        let opened = pickle_containers::open(Some(name), file, &Limits::default());
        opened.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>()
    };
    let (packed, joined) = (zlib(PICKLE), [gzip(&PICKLE[..9]), gzip(&PICKLE[9..])].concat());
    let of_joblib = gzip(b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81.");
    for (name, file) in [
        ("a.pkl", [&packed[..], b"x"].concat()),
        ("a.z", [&packed[..], &packed].concat()),
        ("a.joblib", joined.clone()),
        ("a.JL.gz", [gzip(PICKLE), vec![0; 3]].concat()),
        ("a.pkl.gz", [of_joblib.clone(), of_joblib].concat()),
    ] {
        assert_eq!(said(name, &file), [FaultKind::Endless], "{name}");
    }
    // Others read these, and who loads them is not known.
    assert_eq!(said("a.pkl.gz", &joined), [FaultKind::TrailingBytes]);
    assert_eq!(
        said("a.zip", &zip(&[("a", &[&packed[..], b"x"].concat(), STORED)])),
        [FaultKind::TrailingBytes]
    );
    // One stream, another format, and what is no pickle.
    let texts = [gzip(b"some words"), gzip(b"and more")].concat();
    for (name, file) in [("a.joblib", packed), ("a.joblib", [XZ, XZ].concat()), ("a.joblib.gz", texts)] {
        assert_eq!(said(name, &file), [], "{name}");
    }
}
