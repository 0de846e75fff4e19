//! Zips, honest and not.
#![allow(clippy::unwrap_used)]

mod common;

use std::borrow::Cow;

use common::{
    DEFLATED, OLD_PICKLE, PICKLE, STORED, bytes, gzip, kinds, open, patched, paths, torch, zip, zip_with,
};
use pickle_containers::{FaultKind, Kind, Limits, TextKind, sniff};
use zip::write::SimpleFileOptions;

#[test]
fn stored_members_are_slices_with_their_offset() {
    let file = torch();
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened)), ("zip", vec![]));
    let member = &opened.members[0];
    let at = usize::try_from(member.file_offset.unwrap()).unwrap();
    assert_eq!(&file[at..at + PICKLE.len()], PICKLE);
    assert!(matches!(member.bytes, Some(Cow::Borrowed(_))) && member.is_candidate() && member.named_pickle);
    assert_eq!(opened.members[1].kind, Kind::Other("torch storage"));
    assert_eq!(opened.members[2].kind, Kind::Text(TextKind::Plain));
}

#[test]
fn a_storage_outside_a_torch_archive_is_read_by_content() {
    let opened_file = zip(&[("archive/data/0", b"\x80\x02N.", STORED)]);
    assert_eq!(open(&opened_file).members[0].kind, Kind::Pickle);
}

#[test]
fn deflated_members_are_read_only_when_they_may_be_pickles() {
    let noise: Vec<u8> =
        (0..100_000u32).flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
    let file =
        zip(&[("a.txt", OLD_PICKLE, DEFLATED), ("noise", &noise, DEFLATED), ("b.pkl", &noise, DEFLATED)]);
    let opened = open(&file);
    assert_eq!(kinds(&opened), []);
    assert_eq!((opened.members[0].kind, bytes(&opened, "a.txt")), (Kind::Pickle, Some(OLD_PICKLE)));
    assert_eq!((opened.members[1].size, bytes(&opened, "noise")), (400_000, None));
    assert_eq!(bytes(&opened, "b.pkl").unwrap().len(), 400_000);
}

#[test]
fn containers_inside_containers() {
    let inner = zip(&[("x.pkl.gz", &gzip(PICKLE), STORED), ("y.pkl", PICKLE, STORED)]);
    let file = zip(&[("stored.zip", &inner, STORED), ("packed.zip", &inner, DEFLATED)]);
    let opened = open(&file);
    let expected = [
        "stored.zip",
        "stored.zip!/x.pkl.gz",
        "stored.zip!/y.pkl",
        "packed.zip",
        "packed.zip!/x.pkl.gz",
        "packed.zip!/y.pkl",
    ];
    assert_eq!(paths(&opened), expected);
    assert_eq!(bytes(&opened, "packed.zip!/x.pkl.gz"), Some(PICKLE));
    let member = &opened.members[2];
    let at = usize::try_from(member.file_offset.unwrap()).unwrap();
    assert_eq!(&file[at..at + PICKLE.len()], PICKLE);
    assert_eq!(opened.members[5].file_offset, None);
}

#[test]
fn depth_members_and_ratio_are_limited() {
    let mut file = zip(&[("data.pkl", PICKLE, STORED)]);
    for _ in 0..12 {
        file = zip(&[("inner.zip", &file, STORED)]);
    }
    assert_eq!(kinds(&open(&file)), [FaultKind::LimitReached]);

    let many = zip(&[("a.pkl", PICKLE, STORED), ("b.pkl", PICKLE, STORED), ("c.pkl", PICKLE, STORED)]);
    let opened = pickle_containers::open(None, &many, &Limits { members: 2, ..Limits::default() });
    assert_eq!((paths(&opened), kinds(&opened)), (vec!["a.pkl", "b.pkl"], vec![FaultKind::LimitReached]));

    let bomb = zip(&[("a.pkl", &vec![b'N'; 1 << 20], DEFLATED), ("b.pkl", PICKLE, STORED)]);
    let limits = Limits { ratio: 10, ratio_floor: 10_000, ..Limits::default() };
    let opened = pickle_containers::open(None, &bomb, &limits);
    assert_eq!(kinds(&opened), [FaultKind::LimitReached]);
    assert!(bytes(&opened, "a.pkl").unwrap().len() <= 20_000 && bytes(&opened, "b.pkl") == Some(PICKLE));

    let limits = Limits { total_bytes: 0, ..Limits::default() };
    let faults = kinds(&pickle_containers::open(None, &bomb, &limits));
    assert!(faults.contains(&FaultKind::LimitReached), "{faults:?}");
}

#[test]
fn a_wrong_checksum_hides_nothing() {
    for method in [STORED, DEFLATED] {
        let file = zip(&[("data.pkl", PICKLE, method)]);
        let at = (0..file.len()).find(|at| file[*at..].starts_with(b"PK\x01\x02")).unwrap();
        let mut file = file.clone();
        file[14] ^= 1;
        file[at + 16] ^= 1;
        let opened = open(&file);
        assert_eq!(
            (kinds(&opened), bytes(&opened, "data.pkl")),
            (vec![FaultKind::BadChecksum], Some(PICKLE))
        );
    }
}

#[test]
fn encrypted_members_are_told_and_shown_if_they_lie() {
    let mut file = torch();
    file[6] |= 1;
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::Mismatch, FaultKind::Encrypted]);
    assert_eq!(bytes(&opened, "archive/data.pkl"), Some(PICKLE));
}

#[test]
fn unsupported_methods_are_named() {
    let mut file = zip(&[("data.pkl", PICKLE, STORED)]);
    let at = (0..file.len()).find(|at| file[*at..].starts_with(b"PK\x01\x02")).unwrap();
    (file[8], file[at + 10]) = (98, 98);
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::Unsupported]);
    assert!(opened.faults[0].message.contains("98 (ppmd)"));
    assert_eq!((opened.members.len(), bytes(&opened, "data.pkl")), (1, None));
}

#[test]
fn duplicate_names_are_two_members() {
    let file = zip(&[("a.pkl", PICKLE, STORED), ("b.pkl", OLD_PICKLE, STORED)]);
    let file = patched(&file, b"b.pkl", b"a.pkl", 0);
    let opened = open(&file);
    assert_eq!((paths(&opened), kinds(&opened)), (vec!["a.pkl", "a.pkl#2"], vec![FaultKind::Duplicate]));
    assert_eq!(bytes(&opened, "a.pkl#2"), Some(OLD_PICKLE));
}

#[test]
fn headers_that_differ_from_the_directory() {
    let file = zip(&[("a.pkl", PICKLE, STORED)]);
    let opened_file = patched(&file, b"a.pkl", b"b.txt", 1);
    let opened = open(&opened_file);
    assert_eq!((paths(&opened), kinds(&opened)), (vec!["b.txt"], vec![FaultKind::Mismatch]));
    assert!(opened.faults[0].message.contains("name b.txt against a.pkl"), "{}", opened.faults[0].message);
}

#[test]
fn members_that_the_directory_leaves_out_are_found() {
    let (hidden, shown) = (zip(&[("h.pkl", PICKLE, DEFLATED)]), zip(&[("s.txt", b"hello", STORED)]));
    let cut = (0..hidden.len()).find(|at| hidden[*at..].starts_with(b"PK\x01\x02")).unwrap();
    let file = [&hidden[..cut], &shown].concat();
    let opened = open(&file);
    assert_eq!((paths(&opened), kinds(&opened)), (vec!["s.txt", "h.pkl"], vec![FaultKind::Mismatch]));
    assert_eq!(bytes(&opened, "h.pkl"), Some(PICKLE));
}

#[test]
fn prefix_suffix_and_comment() {
    let archive = torch();
    for file in [[b"#!/bin/sh\n".as_slice(), &archive].concat(), [&archive, b"after".as_slice()].concat()] {
        let opened = open(&file);
        let expected =
            if file.ends_with(b"after") { FaultKind::TrailingBytes } else { FaultKind::PrefixBytes };
        assert_eq!((kinds(&opened), bytes(&opened, "archive/data.pkl")), (vec![expected], Some(PICKLE)));
    }
    let file = zip_with(&[("a.pkl", PICKLE, STORED)], SimpleFileOptions::default(), "a comment");
    assert_eq!((kinds(&open(&file)), open(&file).members.len()), (vec![], 1));
}

/// `zipfile` takes from the offsets what the directory is nearer to the beginning than it says.
#[test]
fn bytes_that_are_missing_at_the_beginning() {
    let archive = zip(&[("a.json", b"{}", STORED), ("b.pkl", PICKLE, STORED)]);
    let opened = open(&archive[8..]);
    assert_eq!(bytes(&opened, "b.pkl"), Some(PICKLE));
    assert!(kinds(&opened).contains(&FaultKind::Damaged), "{:?}", kinds(&opened));
}

#[test]
fn zip64() {
    let file = zip_with(&[("a.pkl", PICKLE, DEFLATED)], SimpleFileOptions::default().large_file(true), "");
    let opened = open(&file);
    assert_eq!((kinds(&opened), bytes(&opened, "a.pkl")), (vec![], Some(PICKLE)));
}

#[test]
fn without_a_directory_members_are_read_by_their_headers() {
    for method in [STORED, DEFLATED] {
        let file = zip(&[("a.pkl", PICKLE, method), ("b.pkl", OLD_PICKLE, method)]);
        let cut = (0..file.len()).find(|at| file[*at..].starts_with(b"PK\x01\x02")).unwrap();
        let opened = open(&file[..cut + 20]);
        assert_eq!((paths(&opened), kinds(&opened)), (vec!["a.pkl", "b.pkl"], vec![FaultKind::Truncated]));
        assert_eq!(bytes(&opened, "b.pkl"), Some(OLD_PICKLE));
    }
}

#[test]
fn a_member_that_is_cut_off_is_shown_as_far_as_it_goes() {
    let file = zip(&[("a.pkl", PICKLE, STORED)]);
    let opened = open(&file[..35 + 10]);
    assert_eq!(kinds(&opened), [FaultKind::Truncated, FaultKind::Truncated, FaultKind::BadChecksum]);
    assert_eq!(bytes(&opened, "a.pkl"), Some(&PICKLE[..10]));
}

#[test]
fn names_that_lead_out() {
    for name in ["../a.pkl", "/a.pkl", "x/../../a.pkl", "C:a.pkl"] {
        let mut file = zip(&[(&"n".repeat(name.len()), PICKLE, STORED)]);
        file = patched(&file, "n".repeat(name.len()).as_bytes(), name.as_bytes(), 0);
        assert_eq!(kinds(&open(&file)), [FaultKind::PathEscape], "{name}");
    }
}

#[test]
fn a_pickle_with_a_zip_and_more_behind_it_is_both() {
    let archive = [PICKLE, &zip(&[("a", OLD_PICKLE, DEFLATED)]), b"\0\0\0".as_slice()].concat();
    assert_eq!(bytes(&open(&archive), "a"), Some(OLD_PICKLE));
    // What lies in a pickle is data of it, unless the name says otherwise: pandas goes by that.
    let inner = zip(&[("a", OLD_PICKLE, DEFLATED)]);
    let pickle = [b"\x80\x04C".as_slice(), &[u8::try_from(inner.len()).unwrap()], &inner[..], b"."].concat();
    assert_eq!(paths(&open(&pickle)), [""]);
    let named = pickle_containers::open(Some("model.pkl.ZIP"), &pickle, &Limits::default());
    assert_eq!(bytes(&named, "a"), Some(OLD_PICKLE));
}

#[test]
fn an_entry_that_goes_on_behind_the_directory() {
    let file = zip(&[("a", OLD_PICKLE, DEFLATED)]);
    let central = file.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    for field in [30, 32] {
        // Without sizes of its own the member is found by the directory alone.
        let mut file = file.clone();
        file[14..26].fill(0);
        file[central + field] = 0xff;
        let opened = open(&file);
        assert_eq!(bytes(&opened, "a"), Some(OLD_PICKLE));
        assert_eq!(kinds(&opened)[..2], [FaultKind::Damaged, FaultKind::Mismatch]);
    }
}

#[test]
fn an_archive_in_one_volume_of_several() {
    for mark in [b"PK\x07\x08".as_slice(), b"PK00"] {
        let file = [mark, &zip(&[("a", PICKLE, STORED)])[..]].concat();
        assert_eq!(sniff(&file[..64], file.len() as u64), Kind::Container("zip"));
        assert_eq!(bytes(&open(&file), "a"), Some(PICKLE));
    }
}

#[test]
fn a_beginning_that_does_not_say_what_it_is() {
    let long = [b"cos\nsystem\n(V".as_slice(), &[b'x'; 9000], b"\ntR."].concat();
    let file = zip(&[("a", &long, DEFLATED)]);
    assert_eq!(bytes(&open(&file), "a"), Some(&long[..]));
    let text = [b"{\"body\": \"gASVCgAAAAAAAAB9lIwBYZRLAXMu\",".as_slice(), &[b' '; 9000], b"}"].concat();
    let file = zip(&[("a.json", &text, DEFLATED)]);
    assert_eq!(bytes(&open(&file), "a.json!/@10"), Some(PICKLE));
}

#[test]
fn a_pickle_with_a_zip_behind_it_is_both() {
    let file = [PICKLE, &torch()].concat();
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::Polyglot]);
    assert_eq!(paths(&opened)[..2], ["", "archive/data.pkl"]);
}

#[test]
fn a_member_is_read_by_both_of_its_descriptions() {
    let mut file = zip(&[("data.pkl", PICKLE, DEFLATED)]);
    // Stored, says the header that readers of streams go by; deflated, says the directory.
    file[8] = 0;
    let opened = open(&file);
    assert_eq!(paths(&opened), ["data.pkl", "data.pkl#2"]);
    assert_eq!((kinds(&opened)[0], bytes(&opened, "data.pkl")), (FaultKind::Mismatch, Some(PICKLE)));

    let mut file = zip(&[("a.pkl", &[OLD_PICKLE, PICKLE].concat(), STORED)]);
    let at = (0..file.len()).find(|at| file[*at..].starts_with(b"PK\x01\x02")).unwrap();
    let short = u8::try_from(OLD_PICKLE.len()).unwrap();
    (file[18], file[22]) = (short, short);
    let opened = open(&file);
    assert_eq!(bytes(&opened, "a.pkl#2"), Some(OLD_PICKLE), "{at}");
}

#[test]
fn two_directories_are_two_views() {
    // An archive behind another, whose end record states an offset that is one of the first: readers that believe it read the
    // first, those that look right before the end record the second.
    let (first, second) = (zip(&[("a.pkl", OLD_PICKLE, STORED)]), zip(&[("b.pkl", PICKLE, STORED)]));
    let directory = |file: &[u8]| (0..file.len()).find(|at| file[*at..].starts_with(b"PK\x01\x02")).unwrap();
    let junk = b"no header";
    let mut file = [junk.as_slice(), &first, &second].concat();
    let (at, end) = (directory(&first) + junk.len(), file.len() - 22);
    file[end + 16..end + 20].copy_from_slice(&u32::try_from(at).unwrap().to_le_bytes());
    let opened = open(&file);
    let names = paths(&opened);
    assert!(names.contains(&"a.pkl") && names.contains(&"b.pkl"), "{names:?}");
    assert!(kinds(&opened).contains(&FaultKind::Mismatch));
}

/// A zip64 end record of `count` entries in `size` bytes at `offset`, and a locator that says that one is at `place`.
fn records64(count: u64, size: usize, offset: usize, place: usize) -> (Vec<u8>, Vec<u8>) {
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let numbers = [count, count, size as u64, offset as u64];
    record.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
    let mut locator = b"PK\x06\x07\0\0\0\0".to_vec();
    locator.extend((place as u64).to_le_bytes());
    locator.extend(1_u32.to_le_bytes());
    (record, locator)
}

/// The locator leads to a record, and that to a directory, in the numbers of a tensor; Python's zipfile takes the record that stands
/// before the locator.
#[test]
fn an_end_record_that_leads_into_a_member() {
    let number = |file: &[u8], at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let hidden = zip(&[("archive/data.pkl", OLD_PICKLE, STORED)]);
    for behind in [false, true] {
        let members = |numbers: &[u8]| {
            let members = [("archive/data.pkl", PICKLE, STORED), ("archive/data/0", numbers, STORED)];
            zip(&members)
        };
        let start = members(&[]);
        let start = (0..start.len()).find(|at| start[*at..].starts_with(b"PK\x01\x02")).unwrap();
        // The hidden archive without its end, its offset moved to where it will be, and the record before or behind it.
        let end = hidden.len() - 22;
        let mut inner = hidden[..end].to_vec();
        let (size, offset) = (number(&hidden, end + 12), number(&hidden, end + 16));
        let shift = start + if behind { 56 } else { 0 };
        inner[offset + 42..offset + 46].copy_from_slice(&u32::try_from(shift).unwrap().to_le_bytes());
        let record = records64(1, size, offset + shift, 0).0;
        let (numbers, place) = match behind {
            true => ([record, inner].concat(), start),
            false => ([inner.clone(), record].concat(), start + inner.len()),
        };
        let plain = members(&[&numbers[..], &[0; 8]].concat());
        let end = plain.len() - 22;
        let (record, locator) = records64(2, number(&plain, end + 12), number(&plain, end + 16), place);
        let opened_file = [&plain[..end], &record, &locator, &plain[end..]].concat();
        let opened = open(&opened_file);
        assert!(kinds(&opened).contains(&FaultKind::Mismatch), "{:?}", opened.faults);
        assert_eq!(bytes(&opened, "archive/data.pkl"), Some(PICKLE));
        assert_eq!(bytes(&opened, "archive/data.pkl#2"), Some(OLD_PICKLE), "{behind}");
        // The same numbers, and nothing that leads into them.
        let (record, locator) = records64(2, number(&plain, end + 12), number(&plain, end + 16), end);
        let honest = [&plain[..end], &record, &locator, &plain[end..]].concat();
        assert_eq!(kinds(&open(&honest)), []);
    }
}

/// Nobody looks whether the directory that the end record names is before that: it may be in the comment.
#[test]
fn a_directory_in_the_comment() {
    let mut file = zip(&[("archive/data.pkl", PICKLE, STORED), ("archive/data/0", OLD_PICKLE, STORED)]);
    let end = file.len() - 22;
    let offset = u32::from_le_bytes(file[end + 16..end + 20].try_into().unwrap()) as usize;
    let comment = patched(&file[offset..end], b"data/0", b"main/0", 0);
    let place = u32::try_from(file.len()).unwrap();
    file[end + 16..end + 20].copy_from_slice(&place.to_le_bytes());
    file[end + 20..].copy_from_slice(&u16::try_from(comment.len()).unwrap().to_le_bytes());
    file.extend(comment);
    let opened = open(&file);
    assert_eq!(bytes(&opened, "archive/main/0"), Some(OLD_PICKLE));
    assert!(kinds(&opened).contains(&FaultKind::Mismatch));
}

/// A second directory may call the numbers of a tensor something else.
#[test]
fn one_member_under_two_names() {
    let mut file = zip(&[("archive/data.pkl", PICKLE, STORED), ("archive/data/0", OLD_PICKLE, STORED)]);
    let end = file.len() - 22;
    let offset = u32::from_le_bytes(file[end + 16..end + 20].try_into().unwrap()) as usize;
    // Python's zipfile takes the one right before the end record, others the one that its offset names.
    let second = patched(&file[offset..end], b"data/0", b"main/0", 0);
    file.splice(offset..offset, second);
    let opened = open(&file);
    assert_eq!(bytes(&opened, "archive/main/0"), Some(OLD_PICKLE));
    assert!(kinds(&opened).contains(&FaultKind::Mismatch));
}

/// As `torch.save` writes it, where the name of the first member is thirty bytes long: as much as the zip64 records are behind the
/// directory then is what its first entry is.
#[test]
fn a_directory_that_begins_later_by_chance_is_none() {
    let names = ["model-00001-of-00002x/data.pkl", "model-00001-of-00002x/version"];
    let plain = zip(&[(names[0], PICKLE, STORED), (names[1], b"3\n", STORED)]);
    let end = plain.len() - 22;
    let number = |at: usize| u32::from_le_bytes(plain[at..at + 4].try_into().unwrap()) as usize;
    let (size, offset) = (number(end + 12), number(end + 16));
    let (record, locator) = records64(2, size, offset, end);
    let file = [&plain[..end], &record, &locator, &plain[end..]].concat();
    let opened = open(&file);
    assert_eq!((paths(&opened), kinds(&opened)), (names.to_vec(), vec![]));
}

#[test]
fn a_pickle_between_the_members_is_a_member() {
    let (first, second) = (zip(&[("a.txt", b"words", STORED)]), zip(&[("b.txt", b"words", STORED)]));
    let cut = (0..first.len()).find(|at| first[*at..].starts_with(b"PK\x01\x02")).unwrap();
    let file = [&first[..cut], OLD_PICKLE, &second].concat();
    let opened = open(&file);
    let name = format!("bytes at {cut}");
    assert_eq!(bytes(&opened, &name), Some(OLD_PICKLE));
    let file = [&first, OLD_PICKLE].concat();
    assert_eq!(bytes(&open(&file), &format!("bytes at {}", first.len())), Some(OLD_PICKLE));
}

#[test]
fn a_limit_is_told_among_any_number_of_faults() {
    let mut inner = PICKLE.to_vec();
    for _ in 0..7 {
        inner = zip(&[("in.zip", &inner, STORED)]);
    }
    let names: Vec<String> = (0..1100).map(|number| format!("../{number}")).collect();
    let mut members: Vec<(&str, &[u8], ::zip::CompressionMethod)> =
        names.iter().map(|name| (name.as_str(), b"x".as_slice(), STORED)).collect();
    members.push(("in.zip", &inner, STORED));
    let file = zip(&members);
    let said = kinds(&open(&file));
    assert_eq!(said.len(), 1002);
    assert!(said.contains(&FaultKind::LimitReached) && said.last() == Some(&FaultKind::TooMany));
}

/// A shard of a distributed checkpoint is archives in a row; under another name, or with bytes in between, readers disagree about it.
#[test]
fn archives_in_a_row_are_a_shard() {
    let (first, second) = (torch(), zip(&[("archive/data.pkl", OLD_PICKLE, STORED)]));
    let row = [&first[..], &second].concat();
    let place = first.len();
    let open_as = |name: &str, file: &[u8]| {
        let opened = pickle_containers::open(Some(name), file, &Limits::default());
        (paths(&opened).join(" "), kinds(&opened))
    };
    let (paths, kinds) = open_as("__0_0.distcp", &row);
    assert!(paths.starts_with("archive at 0 archive at 0!/archive/data.pkl"), "{paths}");
    assert!(paths.ends_with(&format!("archive at {place} archive at {place}!/archive/data.pkl")), "{paths}");
    assert_eq!(kinds, []);
    assert!(open_as("model.pt", &row).1.contains(&FaultKind::Mismatch));
    let between = [&first[..], b"\x80\x02N.", &second].concat();
    assert!(!open_as("__0_0.distcp", &between).1.is_empty());
}
