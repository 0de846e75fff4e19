//! The write-ahead log beside a database, `NAME-wal` (section 4 of the format's description): pages that go before those of the
//! database. As SQLite reads it: frames up to the last commit, as long as salts and checksums are those that the ones before lead
//! to.

use std::collections::HashMap;

use crate::budget::Budget;
use crate::bytes::{Order, span};
use crate::fault::{Fault, FaultKind};

/// Length of the header, without more than which a log holds nothing.
pub(super) const HEADER: usize = 32;

/// Length of the header of a frame, which a page follows.
const FRAME: usize = 24;

/// What a log begins with; one more where checksums are of numbers that begin with their highest byte.
const MAGIC: u32 = 0x377f_0682;

/// The only version there is.
const VERSION: u32 = 3_007_000;

/// Frames between two questions whether anybody waits.
const STRIDE: usize = 4096;

/// The pages of a log.
#[derive(Debug)]
pub(super) struct Log<'a> {
    bytes: &'a [u8],
    /// Where the last version of each page begins.
    pages: HashMap<u32, usize>,
    page_size: usize,
    /// How many pages the database has with it, if it says so.
    count: Option<u32>,
}

/// What goes from frame to frame.
struct Chain {
    order: Order,
    salts: (u32, u32),
    sums: (u32, u32),
}

/// The size of pages that a log says it has.
pub(super) fn page_size(bytes: &[u8]) -> Option<usize> {
    Order::Big.usize32_at(bytes, 8).filter(|size| size.is_power_of_two() && (512..=65536).contains(size))
}

impl<'a> Log<'a> {
    /// Of a database with pages of this size, and what is wrong with it. A log of which nothing counts has no pages.
    ///
    /// # Errors
    /// Why nothing of it can be read.
    pub(super) fn read(
        bytes: &'a [u8],
        page_size: usize,
        budget: &Budget<'_>,
    ) -> Result<(Self, Option<String>), String> {
        let mut chain = Chain::of_header(bytes, page_size)?;
        let mut log = Self { bytes, pages: HashMap::new(), page_size, count: None };
        let (mut open, mut at, mut number) = (Vec::new(), HEADER, 0);
        let mut wrong = None;
        while let Some(frame) = span(bytes, at, FRAME + page_size) {
            number += 1;
            if number % STRIDE == 0 && budget.is_interrupted() {
                break;
            }
            match chain.next(frame) {
                Next::Frame { page, commits } => {
                    open.push((page, at + FRAME));
                    if commits {
                        log.pages.extend(open.drain(..));
                    }
                }
                // What an earlier round has left behind.
                Next::Other => break,
                Next::Damaged => {
                    wrong = Some(format!(
                        "the checksum of frame {number} is wrong; what follows was not read, which SQLite does not read either"
                    ));
                    break;
                }
            }
            at += frame.len();
        }
        Ok((log, wrong))
    }

    /// Pages that begin at these places of `bytes`, of a database that has `count`.
    pub(super) fn of_pages(
        bytes: &'a [u8],
        pages: HashMap<u32, usize>,
        page_size: usize,
        count: u32,
    ) -> Self {
        Self { bytes, pages, page_size, count: Some(count) }
    }

    /// Bytes of a page.
    pub(super) fn page_size(&self) -> usize {
        self.page_size
    }

    /// Whether it says that there is no page of this number.
    pub(super) fn cuts(&self, number: u32) -> bool {
        self.count.is_some_and(|count| number > count)
    }

    /// The log's version of a page.
    pub(super) fn page(&self, number: u32) -> Option<&'a [u8]> {
        span(self.bytes, *self.pages.get(&number)?, self.page_size)
    }

    /// Its bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.count.is_none()
    }
}

/// What stands where the next frame should be.
enum Next {
    /// A frame with this page; whether it is the last of a change.
    Frame { page: u32, commits: bool },
    /// A frame with other salts, or none.
    Other,
    /// A frame whose checksum is not that of its bytes.
    Damaged,
}

impl Chain {
    fn of_header(bytes: &[u8], page_size: usize) -> Result<Self, String> {
        let number = |at| Order::Big.u32_at(bytes, at);
        let order = match number(0) {
            Some(MAGIC) => Order::Little,
            Some(magic) if magic == MAGIC + 1 => Order::Big,
            _ => return Err("it does not begin as a log".to_owned()),
        };
        if number(4) != Some(VERSION) {
            return Err(format!("it is of version {}", number(4).unwrap_or(0)));
        }
        if number(8) != u32::try_from(page_size).ok() {
            return Err(format!(
                "its pages have {} bytes, those of the database {page_size}",
                number(8).unwrap_or(0)
            ));
        }
        let head = span(bytes, 0, HEADER).ok_or("it ends within its header")?;
        let sums = sum(order, (0, 0), &head[..24]);
        if (number(24), number(28)) != (Some(sums.0), Some(sums.1)) {
            return Err("the checksum of its header is wrong".to_owned());
        }
        let salts = (number(16).unwrap_or(0), number(20).unwrap_or(0));
        Ok(Self { order, salts, sums })
    }

    fn next(&mut self, frame: &[u8]) -> Next {
        let number = |at| Order::Big.u32_at(frame, at).unwrap_or(0);
        let page = number(0);
        if (number(8), number(12)) != self.salts || page == 0 {
            return Next::Other;
        }
        let sums = sum(self.order, sum(self.order, self.sums, &frame[..8]), &frame[FRAME..]);
        if (number(16), number(20)) != sums {
            return Next::Damaged;
        }
        self.sums = sums;
        Next::Frame { page, commits: number(4) != 0 }
    }
}

/// The checksum of bytes, a multiple of eight, behind others that had `sums` (section 4.2).
fn sum(order: Order, sums: (u32, u32), bytes: &[u8]) -> (u32, u32) {
    bytes.chunks_exact(8).fold(sums, |(first, second), pair| {
        let number = |at| order.u32_at(pair, at).unwrap_or(0);
        let first = first.wrapping_add(number(0)).wrapping_add(second);
        (first, second.wrapping_add(number(4)).wrapping_add(first))
    })
}

/// That a log could not be read, and why.
pub(super) fn unread(name: &str, why: &str) -> Fault {
    let message = format!("changes to the database that are in {name} are not read: {why}");
    Fault::new(FaultKind::Unsupported, 0, message)
}
