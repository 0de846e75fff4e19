//! Tables of categories: a hash of what an object has leads to numbers that were counted in the training. The reader takes their offsets for
//! what they say, goes from bucket to bucket until one is empty, and takes what is there for a place in the numbers.

use rustc_hash::FxHashMap;

use super::super::flat::Table;
use super::{Wrong, sized};

/// A bucket: a hash of eight bytes, all bits of which are set if it is empty, and a place.
const BUCKET: usize = 12;

/// Fields of `TCtrValueTable`.
mod table {
    pub(super) const BASE: usize = 0;
    pub(super) const BUCKETS: usize = 1;
    pub(super) const NUMBERS: usize = 2;
    pub(super) const DENOMINATOR: usize = 3;
    pub(super) const CLASSES: usize = 4;
}

/// What a table is found by: the features that it combines, and what is counted.
type Base<'a> = (Vec<&'a [u8]>, u8);

/// The classes of each table whose numbers are counted by class.
pub(super) struct Categories {
    classes: FxHashMap<u64, i32>,
    /// Bytes that may be read still: many places may refer to the same ones.
    left: usize,
}

impl Categories {
    pub(super) fn new(length: usize) -> Self {
        Self { classes: FxHashMap::default(), left: length.saturating_mul(2) }
    }

    /// Tables, with how many there are in front.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        let (count, mut rest) = bytes.split_first_chunk().ok_or("its tables of categories are missing")?;
        let count = u32::from_le_bytes(*count);
        if usize::try_from(count).is_ok_and(|count| count > rest.len()) {
            return Err(format!("it has {count} tables of categories in {} bytes", rest.len()));
        }
        for number in 0..count {
            let (buffer, after) = sized(rest)?;
            rest = after;
            self.table(buffer).map_err(|wrong| format!("in table {number} of categories, {wrong}"))?;
        }
        Ok(())
    }

    fn table(&mut self, buffer: &[u8]) -> Result<(), Wrong> {
        let values = Table::root(buffer)?;
        let base = values.table(table::BASE)?.ok_or("it is not said of what")?;
        let (key, kind) = self.base(&base)?;
        let buckets = values.vector(table::BUCKETS, 1)?.ok_or("there are no buckets")?;
        let numbers = values.vector(table::NUMBERS, 1)?.ok_or("there are no numbers")?;
        values.integer(table::DENOMINATOR, 0)?;
        let classes = values.integer(table::CLASSES, 0)?;
        let rows = numbers.len() / row(kind, classes)?;
        self.buckets(buckets, rows)?;
        let known = self.classes.entry(key).or_insert(classes);
        *known = classes.min(*known);
        Ok(())
    }

    /// Whether a search ends, and its place is one of so many.
    fn buckets(&mut self, buckets: &[u8], rows: usize) -> Result<(), Wrong> {
        self.spend(buckets.len())?;
        let count = buckets.len() / BUCKET;
        if !count.is_power_of_two() || !buckets.len().is_multiple_of(BUCKET) {
            return Err(format!("there are {count} buckets, and their number has to be a power of two"));
        }
        let mut is_full = true;
        for bucket in buckets.as_chunks::<BUCKET>().0 {
            let [hash @ .., a, b, c, d] = bucket;
            if hash == &[0xff; 8] {
                is_full = false;
                continue;
            }
            let place = u32::from_le_bytes([*a, *b, *c, *d]);
            if usize::try_from(place).map_or(true, |place| place >= rows) {
                return Err(format!("a bucket leads to row {place}, of {rows}"));
            }
        }
        if is_full {
            return Err("no bucket is empty, so that a search does not end".to_owned());
        }
        Ok(())
    }

    /// A counter that trees ask: its class is one of those of its table. What has no table is refused by the reader.
    pub(super) fn asked(&mut self, counter: &Table<'_>) -> Result<(), Wrong> {
        let base = counter.table(0)?.ok_or("a counter of categories does not say of what")?;
        let (key, kind) = self.base(&base)?;
        let border = counter.integer(1, 0)?;
        let Some(&classes) = self.classes.get(&key) else { return Ok(()) };
        let least = if kind == BUCKETS { 0 } else { 2 };
        if is_by_class(kind) && !(0..classes.max(least)).contains(&border) {
            return Err(format!("a counter of categories asks for class {border}, of {classes}"));
        }
        Ok(())
    }

    /// What a table is found by, as a number, and its kind.
    fn base(&mut self, base: &Table<'_>) -> Result<(u64, u8), Wrong> {
        let combination = base.table(0)?.ok_or("the features of a counter are missing")?;
        let features = [combination.vector(0, 4)?, combination.vector(1, 8)?, combination.vector(2, 8)?];
        let features: Vec<&[u8]> = features.into_iter().map(Option::unwrap_or_default).collect();
        self.spend(features.iter().map(|features| features.len()).sum())?;
        let kind = base.byte(1, 0)?;
        let found_by: Base<'_> = (features, kind);
        Ok((std::hash::BuildHasher::hash_one(&rustc_hash::FxBuildHasher, &found_by), kind))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Wrong> {
        self.left = self.left.checked_sub(bytes).ok_or("its tables of categories lie one over the other")?;
        Ok(())
    }
}

/// The kind of a counter that has a number for each class, however few there are.
const BUCKETS: u8 = 1;

/// Whether numbers are counted by class: those below and above a border, or those of each.
fn is_by_class(kind: u8) -> bool {
    !(2..=5).contains(&kind)
}

/// How long a row is, in bytes: a mean and a count, a count, or one of each class.
fn row(kind: u8, classes: i32) -> Result<usize, Wrong> {
    match (kind, usize::try_from(classes)) {
        (2 | 3, _) => Ok(8),
        (4 | 5, _) => Ok(4),
        (BUCKETS, Ok(classes)) if (1..1 << 24).contains(&classes) => Ok(4 * classes),
        (_, Ok(classes)) if kind != BUCKETS && classes < 1 << 24 => Ok(4 * classes.max(2)),
        _ => Err(format!("there are {classes} classes")),
    }
}
