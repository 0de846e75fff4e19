//! Pairs of old Berkeley DB that do not fit in a page.
#![allow(clippy::unwrap_used)]

mod common;

use common::{PICKLE, kinds, open, paths};
use pickle_containers::FaultKind;

/// A database of release 1.85 with one bucket, of pages of 64 bytes. Large pairs are written as `__big_insert` of `hash_bigkey.c`
/// does it, onto overflow pages one after the other.
struct OldHash {
    pages: Vec<[u8; 64]>,
}

impl OldHash {
    fn new() -> Self {
        let mut hash = Self { pages: vec![[0; 64]; 5] };
        for (at, number) in [(0, 0x0006_1561u32), (4, 2), (8, 1234), (12, 64), (60, 4), (68, 0)] {
            hash.pages[at / 64][at % 64..][..4].copy_from_slice(&number.to_le_bytes());
        }
        hash.clear(4);
        hash
    }

    fn get(&self, page: usize, index: usize) -> usize {
        usize::from(u16::from_le_bytes(self.pages[page][2 * index..][..2].try_into().unwrap()))
    }

    fn set(&mut self, page: usize, index: usize, number: usize) {
        let number = u16::try_from(number).unwrap().to_le_bytes();
        self.pages[page][2 * index..][..2].copy_from_slice(&number);
    }

    /// Of a page: bytes that are free, and where those that are not begin.
    fn free(&self, page: usize) -> (usize, usize) {
        let count = self.get(page, 0);
        (self.get(page, count + 1), self.get(page, count + 2))
    }

    fn set_free(&mut self, page: usize, free: usize, offset: usize) {
        let count = self.get(page, 0);
        self.set(page, count + 1, free);
        self.set(page, count + 2, offset);
    }

    fn clear(&mut self, page: usize) {
        self.pages[page] = [0; 64];
        self.set_free(page, 64 - 6, 64);
    }

    /// `__add_ovflpage`.
    fn add_page(&mut self, page: usize) -> usize {
        let (count, (free, offset)) = (self.get(page, 0), self.free(page));
        self.pages.push([0; 64]);
        let last = self.pages.len() - 1;
        self.clear(last);
        // Addresses count from the bucket.
        self.set(page, count + 1, last - 4);
        self.set(page, count + 2, 0);
        self.set(page, 0, count + 2);
        self.set_free(page, free - 4, offset);
        last
    }

    /// `__big_insert`, onto a new page behind `page`; the last page of the pair.
    fn add(&mut self, page: usize, mut key: &[u8], value: &[u8]) -> usize {
        let mut page = self.add_page(page);
        let mut rest = value;
        while !key.is_empty() {
            let (free, offset) = self.free(page);
            let part = key.split_off(..(free - 8).min(key.len())).unwrap();
            let at = offset - part.len();
            self.pages[page][at..offset].copy_from_slice(part);
            let count = self.get(page, 0) + 2;
            self.set(page, count - 1, at);
            self.set(page, count, 1);
            self.set(page, 0, count);
            self.set_free(page, at - (count + 3) * 2, at);
            let next = self.add_page(page);
            let count = self.get(page, 0);
            if key.is_empty() {
                let (free, offset) = self.free(page);
                let exact = free == rest.len() && rest.len() == value.len();
                if free > 0 && !exact {
                    let part = rest.split_off(..free.min(rest.len())).unwrap();
                    let at = offset - part.len();
                    self.pages[page][at..offset].copy_from_slice(part);
                    self.set(page, count, at);
                    self.set(page, count - 2, 3);
                    self.set_free(page, free - part.len(), at);
                } else {
                    self.set(page, count - 2, 2);
                }
            }
            page = next;
        }
        while !rest.is_empty() {
            let (free, offset) = self.free(page);
            let space = free - 8;
            let exact = space == rest.len() && rest.len() == value.len();
            let part = rest.split_off(..space.min(rest.len()) - usize::from(exact)).unwrap();
            let at = offset - part.len();
            self.pages[page][at..offset].copy_from_slice(part);
            let count = self.get(page, 0) + 2;
            self.set(page, count - 1, at);
            self.set(page, 0, count);
            self.set_free(page, at - (count + 3) * 2, at);
            if rest.is_empty() {
                self.set(page, count, 3);
            } else {
                self.set(page, count, 2);
                page = self.add_page(page);
            }
        }
        page
    }

    fn bytes(&self) -> Vec<u8> {
        self.pages.concat()
    }
}

#[test]
fn pairs_that_are_larger_than_a_page() {
    for key_len in [1, 20, 43, 44, 45, 46, 47, 48, 49, 50, 100, 150] {
        for len in (100..240).chain(1000..1003) {
            let mut value = [PICKLE, &vec![b'x'; len]].concat();
            value.truncate(len);
            let mut hash = OldHash::new();
            let first: Vec<u8> = (0..key_len).map(|at| b'a' + at % 26).collect();
            let last = hash.add(4, &first, &value);
            hash.add(last, b"second key that is as long as this", &value);
            let file = hash.bytes();
            let opened = open(&file);
            assert_eq!(kinds(&opened), [], "{key_len} {len}");
            let found: Vec<_> = opened
                .members
                .iter()
                .map(|one| (one.path.as_deref().unwrap().len(), one.bytes.as_deref()))
                .collect();
            assert_eq!(found, [(key_len.into(), Some(&*value)), (34, Some(&*value))], "{key_len} {len}");
        }
    }
}

#[test]
fn large_pairs_that_lie() {
    let mut hash = OldHash::new();
    hash.add(4, b"key", &[PICKLE, &[b'x'; 400]].concat());
    let whole = hash.bytes();
    let mut loops = hash.bytes();
    // The second page of the value goes on with the first one.
    let at = 64 * 7 + 2 * 3;
    loops[at..at + 2].copy_from_slice(&1u16.to_le_bytes());
    let mut nowhere = whole.clone();
    nowhere[at..at + 2].copy_from_slice(&0xffffu16.to_le_bytes());
    // The bucket leads nowhere.
    let mut unreached = whole.clone();
    unreached[4 * 64..5 * 64].fill(0);
    for file in [loops, nowhere, unreached, whole[..64 * 8].to_vec()] {
        let opened = open(&file);
        assert!(kinds(&opened).contains(&FaultKind::Damaged), "{:?}", opened.faults);
    }
    let mut buckets = whole;
    buckets[40..44].fill(0xff);
    assert_eq!(paths(&open(&buckets)), ["key"]);
}
