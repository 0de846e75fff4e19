//! Files that change under the eyes of their reader, for real.

use std::io::Write;
use std::path::PathBuf;

use super::*;

/// A file of its own for a test, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("pickle-lsp-source-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn small_large_and_empty() {
    for size in [0, 1, 65_536, 65_537, 1 << 20] {
        let scratch = Scratch::new(&format!("size-{size}"), &vec![7; size]);
        let source = Source::open(&scratch.0).unwrap();
        assert_eq!(source.bytes().len(), size);
        assert!(source.bytes().iter().all(|&byte| byte == 7));
        assert!(!source.disturbed());
        assert!(!source.changed_since(&Stamp::of(&scratch.0).unwrap()));
    }
}

#[test]
fn wanted_by_its_head() {
    let never = |_: &[u8]| false;
    let scratch = Scratch::new("head", &vec![7; 100_000]);
    let wanted = |wanted| if wanted { Wanted::Yes } else { Wanted::No };
    let all = Source::open_if(&scratch.0, |head, size| wanted(head.len() == 4096 && size == 100_000), never)
        .unwrap();
    assert_eq!(all.unwrap().bytes().len(), 100_000);
    assert!(Source::open_if(&scratch.0, |_, _| Wanted::No, never).unwrap().is_none());
    let larger = |wanted| move |head: &[u8], _| if head.len() > 4096 { wanted } else { Wanted::More };
    assert_eq!(
        Source::open_if(&scratch.0, larger(Wanted::Yes), never).unwrap().unwrap().bytes().len(),
        100_000
    );
    assert!(Source::open_if(&scratch.0, larger(Wanted::No), never).unwrap().is_none());
    assert!(Source::open_if(&scratch.0, larger(Wanted::More), never).unwrap().is_none());
    let small = Scratch::new("small-head", &vec![7; 5000]);
    let all = Source::open_if(&small.0, |_, _| Wanted::Yes, never).unwrap().unwrap();
    assert_eq!((all.bytes().len(), all.disturbed()), (5000, false));
}

#[test]
fn wanted_by_what_is_far_behind() {
    let mut bytes = vec![7; 40 << 20];
    for place in [17 << 20, (32 << 20) - 1, bytes.len() - 1] {
        bytes[place] = 9;
        let scratch = Scratch::new(&format!("far-{place}"), &bytes);
        let holds = |window: &[u8]| window.len() <= MORE && window.contains(&9);
        assert!(Source::open_if(&scratch.0, |_, _| Wanted::More, holds).unwrap().is_some(), "{place}");
        assert!(Source::open_if(&scratch.0, |_, _| Wanted::More, |_| false).unwrap().is_none());
        bytes[place] = 7;
    }
}

/// HDF5 is looked for at every power of two.
#[test]
fn wanted_by_what_begins_behind() {
    let never = |_: &[u8]| false;
    for place in [512, 8 << 10, 128 << 10, 1 << 20] {
        let mut bytes = vec![7; 2 << 20];
        bytes[place..place + 8].copy_from_slice(b"\x89HDF\r\n\x1a\n");
        for (shift, is_there) in [(0, true), (1, false)] {
            let scratch = Scratch::new(&format!("behind-{place}-{shift}"), &bytes[shift..]);
            for wanted in [Wanted::No, Wanted::More] {
                let source = Source::open_if(&scratch.0, |_, _| wanted, never).unwrap();
                assert_eq!(source.map(|source| source.bytes() == &bytes[shift..]), is_there.then_some(true));
            }
        }
    }
    let scratch = Scratch::new("behind-end", &[7; 20_000]);
    assert!(Source::open_if(&scratch.0, |_, _| Wanted::No, never).unwrap().is_none());
}

#[test]
fn a_file_that_grows_or_is_replaced() {
    let scratch = Scratch::new("grows", &[7; 100]);
    let source = Source::open(&scratch.0).unwrap();
    let before = *source.stamp();
    OpenOptions::new().append(true).open(&scratch.0).unwrap().write_all(b"more").unwrap();
    assert!(source.disturbed());
    assert_eq!(source.bytes().len(), 100);
    assert!(Source::open(&scratch.0).unwrap().changed_since(&before));
}

/// Other bytes of the same length, and the time of before.
#[cfg(unix)]
#[test]
fn a_time_that_is_set_back() {
    let scratch = Scratch::new("set-back", &[7; 100]);
    let before = Stamp::of(&scratch.0).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    let mut file = OpenOptions::new().write(true).open(&scratch.0).unwrap();
    file.write_all(&[8; 100]).unwrap();
    file.set_modified(before.modified.unwrap()).unwrap();
    drop(file);
    let now = Stamp::of(&scratch.0).unwrap();
    assert_eq!((now.size, now.modified, now.inode), (before.size, before.modified, before.inode));
    assert_ne!(now, before);
}

#[test]
fn only_regular_files() {
    let folder = Source::open(&std::env::temp_dir()).unwrap_err();
    assert_eq!(folder.to_string(), "a folder, not a regular file: it is not read");
    let missing = Source::open(Path::new("/nowhere/x.pkl")).unwrap_err();
    assert_eq!(missing.to_string(), "no such file or folder");
    #[cfg(unix)]
    assert!(Source::open(Path::new("/dev/zero")).unwrap_err().to_string().starts_with("a device"));
}

/// Cuts a mapped file to nothing between two reads: without the guard, the second one ends the process.
#[cfg(unix)]
#[test]
fn a_file_that_is_cut_while_it_is_read() {
    let scratch = Scratch::new("cut", &vec![7; 16 << 20]);
    let source = Source::open(&scratch.0).unwrap();
    let bytes = source.bytes();
    assert_eq!(bytes[0], 7);
    OpenOptions::new().write(true).open(&scratch.0).unwrap().set_len(0).unwrap();
    assert!(bytes.iter().rev().all(|&byte| byte == 0));
    assert!(source.disturbed());
}

/// Many readers at once, of files that are cut and of one that is not.
#[cfg(unix)]
#[test]
fn threads_that_read_what_is_cut() {
    let untouched = Scratch::new("untouched", &vec![7; 1 << 20]);
    let kept = Source::open(&untouched.0).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for round in 0..20 {
                    let scratch = Scratch::new(&format!("thread-{thread}-{round}"), &vec![7; 1 << 20]);
                    let source = Source::open(&scratch.0).unwrap();
                    OpenOptions::new().write(true).open(&scratch.0).unwrap().set_len(1 << 16).unwrap();
                    let sum = source.bytes().iter().map(|&byte| u64::from(byte)).sum::<u64>();
                    assert_eq!(sum, 7 << 16);
                    assert!(source.disturbed());
                }
            });
        }
    });
    assert!(kept.bytes().iter().all(|&byte| byte == 7) && !kept.disturbed());
}
