//! SQLite databases with a write-ahead log or a rollback journal beside them, honest and not; and values that nothing holds as they
//! are.
#![allow(clippy::unwrap_used)]

mod common;

use common::beside::{Folder, open_in, unpacked};
use common::{kinds, paths};
use pickle_containers::{FaultKind, Member};

const LOGGED: &[u8] = include_bytes!("fixtures/log.sqlite.gz");
const LOG: &[u8] = include_bytes!("fixtures/log.sqlite-wal.gz");

const CHANGED: &[u8] = include_bytes!("fixtures/journal.sqlite.gz");
const JOURNAL: &[u8] = include_bytes!("fixtures/journal.sqlite-journal.gz");
const COMPUTED: &[u8] = include_bytes!("fixtures/computed.sqlite.gz");

/// Of three rows that say `old`, the log replaces the second, deletes the third, adds a fourth, and has further pages that were
/// never committed.
#[test]
fn tables_with_a_log() {
    let (file, log) = (unpacked(LOGGED), unpacked(LOG));
    let rows = |log: &[u8]| {
        let folder = Folder("a.sqlite-wal", log.to_vec());
        let opened = open_in(&folder, "a.sqlite", &file);
        let row = |member: &Member<'_>| {
            let value = member.bytes.as_deref().unwrap();
            format!("{} {}", member.path.as_deref().unwrap(), String::from_utf8_lossy(&value[7..10]))
        };
        let rows: Vec<_> = opened.members.iter().map(row).collect();
        (rows.join(", "), kinds(&opened))
    };
    let old = "t/1/v old, t/2/v old, t/3/v old";
    let both = "t/1/v old, t/2/v new, t/4/v new, t/2/v#2 old, t/3/v old";
    assert_eq!(rows(&log), (both.to_owned(), vec![]));
    assert_eq!(rows(&log[..32]), (old.to_owned(), vec![]));
    // Its first change alone.
    let frame = 24 + 512;
    let first = "t/1/v old, t/2/v new, t/3/v old, t/2/v#2 old";
    assert_eq!(rows(&log[..32 + frame + 100]), (first.to_owned(), vec![]));
    let with = |at: usize, byte: u8| {
        let mut log = log.clone();
        log[at] ^= byte;
        rows(&log)
    };
    // Magic number, version, size of pages, checksum of the header: SQLite would read nothing either, but there is something.
    for at in [0, 4, 10, 24] {
        assert_eq!(with(at, 1), (old.to_owned(), vec![FaultKind::Unsupported]), "{at}");
    }
    // A page, the size behind a commit, the checksum of a frame.
    for at in [32 + frame + 24 + 9, 32 + frame + 4, 32 + frame + 16] {
        assert_eq!(with(at, 1), (first.to_owned(), vec![FaultKind::Damaged]), "{at}");
    }
    // Salts of another round.
    assert_eq!(with(32 + frame + 8, 1), (first.to_owned(), vec![]));
}

/// Logs whose pages point anywhere, with checksums that are right.
#[test]
fn a_log_that_lies() {
    let (file, log) = (unpacked(LOGGED), unpacked(LOG));
    for at in [0, 5, 7, 8, 9, 100, 508] {
        let mut log = log[..32 + 24 + 512].to_vec();
        log[32 + 24 + at..][..2].fill(0xff);
        sign(&mut log);
        let folder = Folder("a.sqlite-wal", log);
        let opened = open_in(&folder, "a.sqlite", &file);
        assert!(opened.members.len() <= 6, "{:?}", paths(&opened));
    }
}

/// Puts the right checksums into the first frame of a log (section 4.2 of the format's description).
fn sign(log: &mut [u8]) {
    let word = |log: &[u8], at: usize| {
        let bytes = log[at..at + 4].try_into().unwrap();
        if log[3] & 1 == 1 { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    let header = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let (mut first, mut second) = (header(24), header(28));
    for at in (32..40).chain(56..56 + 512).step_by(8) {
        first = first.wrapping_add(word(log, at)).wrapping_add(second);
        second = second.wrapping_add(word(log, at + 4)).wrapping_add(first);
    }
    log[48..52].copy_from_slice(&first.to_be_bytes());
    log[52..56].copy_from_slice(&second.to_be_bytes());
}

/// Rows that said `old` before a change that was not finished; whoever opens the database goes back to them.
#[test]
fn tables_with_a_journal() {
    let (file, journal) = (unpacked(CHANGED), unpacked(JOURNAL));
    let rows = |journal: &[u8]| {
        let folder = Folder("a.sqlite-journal", journal.to_vec());
        let opened = open_in(&folder, "a.sqlite", &file);
        let count = |text: &[u8]| {
            opened.members.iter().filter(|member| &member.bytes.as_deref().unwrap()[7..10] == text).count()
        };
        (count(b"old"), count(b"new"), kinds(&opened))
    };
    let (old, new, _) = rows(&journal);
    assert!(old == 199 && new > 0, "all rows as they were, and what of the change was written: {old}, {new}");
    let sections = journal.windows(8).filter(|bytes| *bytes == &journal[..8]).count();
    assert!(sections > 2, "{sections}");
    // Without a journal, and with one that was finished, there is one state, of which half was not written yet.
    let mut finished = journal.clone();
    finished[..28].fill(0);
    let (without, ..) = rows(b"");
    assert_eq!(rows(&finished).0, without);
    let with = |at: usize, byte: u8| {
        let mut journal = journal.clone();
        journal[at] ^= byte;
        rows(&journal)
    };
    // Magic number, size of sections, size of pages.
    for at in [1, 22, 26] {
        assert_eq!((with(at, 1).0, with(at, 1).2), (without, vec![FaultKind::Unsupported]), "{at}");
    }
    // The nonce of the checksums, and a byte of the first page that they are made of.
    for at in [12, 512 + 4 + 112] {
        let (found, _, faults) = with(at, 1);
        assert!(found < 199 && faults.contains(&FaultKind::Damaged), "{at}: {found} {faults:?}");
    }
    // Ends of it, and pages that are anywhere.
    for len in (0..journal.len()).step_by(997) {
        assert!(rows(&journal[..len]).0 <= 199);
    }
    for page in [0, 0x80, 0xff] {
        _ = with(512 + 3, page);
        _ = with(19, page);
    }
}

/// A file that is none but for the first page in its journal, or in its log.
#[test]
fn a_database_that_is_put_back() {
    for (file, name, log) in [(CHANGED, "a.db-journal", JOURNAL), (LOGGED, "a.db-wal", LOG)] {
        let (mut file, log) = (unpacked(file), unpacked(log));
        let folder = Folder(name, log);
        let whole = open_in(&folder, "a.db", &file);
        let whole =
            (whole.format, whole.members.iter().filter(|member| member.file_offset.is_none()).count());
        file[..512].fill(b'x');
        let opened = open_in(&folder, "a.db", &file);
        let without = opened.members.iter().filter(|member| member.file_offset.is_none()).count();
        // The schema is in the journal, and in the log if it was changed.
        assert_eq!((opened.format, without), if name == "a.db-journal" { whole } else { ("raw", 0) });
        assert_eq!(open_in(&Folder("b.db-wal", Vec::new()), "a.db", &file).format, "raw");
    }
}

/// What views, generated columns and triggers make, and what is in an index alone.
#[test]
fn computed_values() {
    let file = unpacked(COMPUTED);
    let opened = pickle_containers::open(None, &file, &pickle_containers::Limits::default());
    let mut found: Vec<_> = opened.members.iter().map(|member| member.path.as_deref().unwrap()).collect();
    found.sort_unstable();
    let expected = [
        "columns/#1/value",
        "copied/1/v",
        "copies/#1/column 1",
        "grouped/#1/value",
        "joined/#1/value",
        "writes/#1/a",
    ];
    assert_eq!(found, expected);
    let whole = |member: &&Member<'_>| member.bytes.as_deref() == Some(common::PICKLE);
    assert_eq!(opened.members.iter().filter(whole).count(), 4);
    // The cache is what Django unpickles, and what its view makes is not worked out.
    assert_eq!(kinds(&opened), [FaultKind::Unsupported]);
    assert!(opened.faults[0].message.contains("the view cache computes"), "{:?}", opened.faults);
}
