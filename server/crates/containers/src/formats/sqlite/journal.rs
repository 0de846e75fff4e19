//! The rollback journal beside a database, `NAME-journal` (section 3 of the format's description): pages as they were before a change
//! that was not finished. Whoever opens the database puts them back first. As SQLite reads it (`pager_playback` of `pager.c`):
//! sections of records, up to one whose checksum is wrong.

use std::collections::HashMap;

use super::log::Log;
use crate::budget::Budget;
use crate::bytes::{Order, span};

/// What each header of a section begins with.
const MAGIC: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";

/// Bytes of a header that say something; a section of the disk is kept for it.
pub(super) const HEADER: usize = 28;

/// A count of records that says: all up to the end.
const TO_THE_END: u32 = u32::MAX;

/// Where SQLite locks files: the page there is never written, and its number stands before the name of a journal of several
/// databases.
const LOCKED: u32 = 0x4000_0000;

/// Bytes between two that the checksum of a page is made of.
const STEP: usize = 200;

/// Records between two questions whether anybody waits.
const STRIDE: usize = 4096;

/// The pages of a journal, of a database whose pages have this size unless it says something else, and what is wrong with it.
/// `Ok(None)`: it is one that was finished, which SQLite does not look at either.
///
/// # Errors
/// Why nothing of it can be read.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    page_size: usize,
    budget: &Budget<'_>,
) -> Result<Option<(Log<'a>, Option<String>)>, String> {
    if bytes.first() == Some(&0) {
        return Ok(None);
    }
    let number = |at| Order::Big.u32_at(bytes, at).unwrap_or(0);
    if !bytes.starts_with(MAGIC) {
        return Err("it does not begin as a journal".to_owned());
    }
    let (sector, page) = (number(20), number(24));
    let is_size = |size: u32, least| size.is_power_of_two() && (least..=65536).contains(&size);
    if !is_size(sector, 32) || !(page == 0 || is_size(page, 512)) {
        return Err(format!("it says that pages have {page} bytes, and sections of the disk {sector}"));
    }
    let mut journal = Journal {
        bytes,
        count: number(16),
        page_size: if page == 0 { page_size } else { page as usize },
        sector: sector as usize,
        pages: HashMap::new(),
        number: 0,
    };
    let wrong = journal.sections(budget);
    let Journal { pages, page_size, count, .. } = journal;
    Ok(Some((Log::of_pages(bytes, pages, page_size, count), wrong)))
}

struct Journal<'a> {
    bytes: &'a [u8],
    /// Pages that the database had.
    count: u32,
    page_size: usize,
    sector: usize,
    /// Where each page begins.
    pages: HashMap<u32, usize>,
    /// Of the last record, counted from 1.
    number: usize,
}

impl Journal<'_> {
    /// Reads all sections; gives what is wrong.
    fn sections(&mut self, budget: &Budget<'_>) -> Option<String> {
        let mut at = 0_usize;
        while span(self.bytes, at, MAGIC.len()) == Some(MAGIC) {
            let number = |behind| Order::Big.u32_at(self.bytes, at + behind).unwrap_or(0);
            let (count, nonce) = (number(8), number(12));
            at = at.saturating_add(self.sector);
            let mut left = count;
            while left > 0 {
                let record = span(self.bytes, at, self.page_size + 8)?;
                self.number += 1;
                if self.number.is_multiple_of(STRIDE) && budget.is_interrupted() {
                    return None;
                }
                if !self.record(record, at, nonce)? {
                    let message = format!(
                        "the checksum of record {} is wrong; what follows was not read, which SQLite does not read either",
                        self.number
                    );
                    return Some(message);
                }
                at += record.len();
                left -= u32::from(count != TO_THE_END);
            }
            at = at.checked_next_multiple_of(self.sector)?;
        }
        None
    }

    /// Takes a record that begins at `at`: whether its checksum is right; `None`: it is no page, and the last thing there is.
    fn record(&mut self, record: &[u8], at: usize, nonce: u32) -> Option<bool> {
        let page = Order::Big.u32_at(record, 0)?;
        if page == 0 || u64::from(page) == u64::from(LOCKED) / self.page_size as u64 + 1 {
            return None;
        }
        let bytes = &record[4..4 + self.page_size];
        if Order::Big.u32_at(record, 4 + self.page_size) != Some(sum(nonce, bytes)) {
            return Some(false);
        }
        if page <= self.count {
            self.pages.insert(page, at + 4);
        }
        Some(true)
    }
}

/// The checksum of a page (`pager_cksum`): every two hundredth byte, counted from the end, without the first ones.
fn sum(nonce: u32, page: &[u8]) -> u32 {
    let places = (1..).map_while(|step| page.len().checked_sub(step * STEP)).filter(|place| *place > 0);
    places.fold(nonce, |sum, place| sum.wrapping_add(u32::from(page[place])))
}
