//! No bytes make this crate panic, and none make it hand out more than its limits allow.

mod common;

use common::{DEFLATED, OLD_PICKLE, PICKLE, STORED, gzip, torch, zip, zip_with, zlib};
use pickle_containers::{Limits, open, sniff};
use zip::write::SimpleFileOptions;

/// xorshift64: the same bytes in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let inner = zip(&[("x.pkl", PICKLE, DEFLATED), ("y.gz", &gzip(OLD_PICKLE), STORED)]);
    let members: &[(&str, &[u8], _)] = &[("a.pkl", PICKLE, DEFLATED), ("in.zip", &inner, DEFLATED)];
    vec![
        torch(),
        zip(members),
        zip_with(members, SimpleFileOptions::default().large_file(true), "comment"),
        gzip(&inner),
        [gzip(PICKLE), gzip(&[b'a'; 9000])].concat(),
        zlib(&torch()),
        PICKLE.to_vec(),
        OLD_PICKLE.to_vec(),
        common::compressed::XZ_SHA256.to_vec(),
        common::compressed::LZMA.to_vec(),
        common::compressed::BZIP2.to_vec(),
        common::compressed::ZSTD.to_vec(),
        common::compressed::LZ4.to_vec(),
        common::sevenz::DEFAULT.to_vec(),
        common::sevenz::COPY.to_vec(),
        [PICKLE, &torch()].concat(),
        common::beside::unpacked(include_bytes!("fixtures/mixed.aof.gz")),
    ]
}

/// Flips, overwrites, cuts, repeats or moves bytes.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(6) {
        let (at, to) = (random.below(bytes.len()), random.below(bytes.len()));
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = [0, 0xff, 0x80, b'P'][random.below(4)],
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at.min(to)..at.max(to))),
            4 => bytes.extend_from_within(at.min(to)..at.max(to)),
            5 if bytes.len() > at + 4 => bytes[at..at + 4].fill(0xff),
            _ => {}
        }
    }
}

#[test]
fn mutated_containers() {
    let limits = Limits { total_bytes: 1 << 20, ratio_floor: 1 << 16, ..Limits::default() };
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for seed in seeds() {
        for _ in 0..2_000 {
            let mut bytes = seed.clone();
            mutate(&mut bytes, &mut random);
            let opened = open(Some("x.pkl.gz"), &bytes, &limits);
            let owned: usize = opened
                .members
                .iter()
                .filter_map(|member| member.bytes.as_ref())
                .map(|bytes| if matches!(bytes, std::borrow::Cow::Owned(_)) { bytes.len() } else { 0 })
                .sum();
            assert!(owned <= 6 << 20, "{owned}");
            check_offsets(&bytes, &opened);
        }
    }
}

/// A member that claims to lie in the file does.
fn check_offsets(file: &[u8], opened: &pickle_containers::Opened<'_>) {
    for member in &opened.members {
        let at = member.file_offset.and_then(|at| usize::try_from(at).ok());
        if let (Some(at), Some(bytes)) = (at, &member.bytes) {
            assert_eq!(file.get(at..at + bytes.len()), Some(&**bytes), "{:?}", member.path);
        }
    }
}

#[test]
fn every_beginning() {
    for seed in seeds() {
        for end in 0..seed.len() {
            drop(open(None, &seed[..end], &Limits::default()));
            let _ = sniff(&seed[..end], seed.len() as u64);
        }
    }
}

#[test]
fn noise() {
    let mut random = Random(1);
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..random.below(200)).map(|_| random.next().to_le_bytes()[0]).collect();
        drop(open(None, &bytes, &Limits::default()));
    }
}
