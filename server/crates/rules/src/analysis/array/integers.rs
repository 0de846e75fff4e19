//! Integers in the items of an array, and what they come to.

/// How an integer lies in an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct Layout {
    /// Where in the item.
    pub(super) offset: usize,
    /// Bytes of it.
    pub(super) width: usize,
    /// How many of them in a row.
    pub(super) repeat: usize,
    pub(super) signed: bool,
    pub(super) big: bool,
}

/// What integers come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct Range {
    pub(in crate::analysis) least: i64,
    pub(in crate::analysis) most: i64,
    /// The least difference to the item's own index.
    pub(in crate::analysis) lead: i64,
    pub(in crate::analysis) rises: bool,
    pub(in crate::analysis) count: usize,
}

impl Range {
    pub(in crate::analysis) const EMPTY: Self =
        Self { least: i64::MAX, most: i64::MIN, lead: i64::MAX, rises: true, count: 0 };

    /// Both, one behind the other.
    pub(in crate::analysis) fn joined(self, other: Self) -> Self {
        Self {
            least: self.least.min(other.least),
            most: self.most.max(other.most),
            lead: self.lead.min(other.lead),
            rises: self.rises && other.rises,
            count: self.count.saturating_add(other.count),
        }
    }

    /// The integers of a range with a step.
    pub(in crate::analysis) fn of_steps(start: i64, stop: i64, step: i64) -> Option<Self> {
        let (distance, stride) = (i128::from(stop) - i128::from(start), i128::from(step));
        if stride == 0 {
            return None;
        }
        let count = if (distance > 0) == (stride > 0) && distance != 0 {
            (distance.abs() + stride.abs() - 1) / stride.abs()
        } else {
            return Some(Self::EMPTY);
        };
        let last = i64::try_from(i128::from(start) + (count - 1) * stride).ok()?;
        let rises = count == 1 || step > 0;
        let (least, most) = (start.min(last), start.max(last));
        Some(Self { least, most, lead: least, rises, count: usize::try_from(count).ok()? })
    }

    /// One integer.
    pub(in crate::analysis) fn of(number: i64) -> Self {
        Self { least: number, most: number, lead: number, rises: true, count: 1 }
    }

    #[inline(always)]
    fn add(&mut self, index: usize, number: i64, before: i64) {
        self.least = self.least.min(number);
        self.most = self.most.max(number);
        self.lead = self.lead.min(number.saturating_sub(index as i64));
        self.rises &= number >= before;
        self.count += 1;
    }
}

/// The integer of a code: `i4`, `<u8`, `b1`.
pub(super) fn plain(code: &str) -> Option<Layout> {
    let big = code.starts_with('>');
    let code = code.trim_start_matches(['<', '>', '=', '|']);
    let (signed, width) = match code {
        "i1" => (true, 1),
        "i2" => (true, 2),
        "i4" => (true, 4),
        "i8" => (true, 8),
        "u1" | "b1" | "?" => (false, 1),
        "u2" => (false, 2),
        "u4" => (false, 4),
        "u8" => (false, 8),
        _ => return None,
    };
    Some(Layout { offset: 0, width, repeat: 1, signed, big })
}

/// One integer; what is too large for the type is the largest.
#[inline(always)]
pub(in crate::analysis) fn read(bytes: &[u8], signed: bool, big: bool) -> i64 {
    macro_rules! number {
        ($signed:ty, $unsigned:ty, $bytes:expr) => {{
            let bytes = if big {
                {
                    let mut bytes = $bytes;
                    bytes.reverse();
                    bytes
                }
            } else {
                $bytes
            };
            if signed {
                <$signed>::from_le_bytes(bytes) as i64
            } else {
                i64::try_from(<$unsigned>::from_le_bytes(bytes)).unwrap_or(i64::MAX)
            }
        }};
    }
    match *bytes {
        [a] => number!(i8, u8, [a]),
        [a, b] => number!(i16, u16, [a, b]),
        [a, b, c, d] => number!(i32, u32, [a, b, c, d]),
        [a, b, c, d, e, f, g, h] => number!(i64, u64, [a, b, c, d, e, f, g, h]),
        _ => i64::MAX,
    }
}

/// What integers of a width come to that stand one behind the other.
pub(in crate::analysis) fn integers(bytes: &[u8], width: usize, signed: bool) -> Range {
    range(bytes, width, Layout { offset: 0, width, repeat: 1, signed, big: false }, None, None)
}

/// What integers come to in items of a size, within which they fit.
pub(super) fn range(
    items: &[u8],
    size: usize,
    layout: Layout,
    value: Option<i64>,
    skip: Option<(Layout, i64)>,
) -> Range {
    let plain = layout == Layout { offset: 0, width: size, repeat: 1, signed: true, big: false };
    match (plain && value.is_none() && skip.is_none(), size) {
        // The usual ones, in a loop that knows how wide they are.
        (true, 4) => row(items.as_chunks().0.iter().map(|&bytes| i64::from(i32::from_le_bytes(bytes)))),
        (true, 8) => row(items.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes))),
        _ => general(items, size, layout, value, skip),
    }
}

#[inline(always)]
fn row(numbers: impl Iterator<Item = i64>) -> Range {
    let mut range = Range::EMPTY;
    let mut before = i64::MIN;
    for (index, number) in numbers.enumerate() {
        range.add(index, number, before);
        before = number;
    }
    range
}

fn general(
    items: &[u8],
    size: usize,
    layout: Layout,
    value: Option<i64>,
    skip: Option<(Layout, i64)>,
) -> Range {
    let mut range = Range::EMPTY;
    let mut before = i64::MIN;
    for (index, item) in items.chunks_exact(size).enumerate() {
        if let Some((layout, value)) = skip
            && read(&item[layout.offset..layout.offset + layout.width], layout.signed, layout.big) == value
        {
            continue;
        }
        if layout.width == 0 {
            range.add(index, index as i64, before);
            continue;
        }
        let numbers = &item[layout.offset..layout.offset + layout.width * layout.repeat];
        for number in numbers.chunks_exact(layout.width) {
            let number = read(number, layout.signed, layout.big);
            if value != Some(number) {
                range.add(index, number, before);
                before = number;
            }
        }
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: &[u8], size: usize, layout: Layout) -> (i64, i64, bool, usize) {
        let Range { least, most, rises, count, .. } = range(items, size, layout, None, None);
        (least, most, rises, count)
    }

    #[test]
    fn integers_of_all_widths() {
        let items: Vec<u8> = [3_i32, -1, 7].iter().flat_map(|number| number.to_le_bytes()).collect();
        let little = plain("<i4").unwrap();
        assert_eq!(of(&items, 4, little), (-1, 7, false, 3));
        // The same by the way that takes everything.
        assert_eq!(general(&items, 4, little, None, None), range(&items, 4, little, None, None));
        assert_eq!(general(&items, 4, little, Some(-1), None).least, 3);
        assert_eq!(of(&[0, 1, 0, 2], 2, plain(">u2").unwrap()), (1, 2, true, 2));
        assert_eq!(of(&[255; 8], 8, plain("u8").unwrap()).1, i64::MAX);
        assert_eq!(of(&[255; 1], 1, plain("|i1").unwrap()), (-1, -1, true, 1));
        assert_eq!(plain("f8"), None);
    }

    #[test]
    fn fields_of_items() {
        let items = [1_u8, 9, 9, 0, 5, 2];
        let layout = Layout { offset: 1, width: 1, repeat: 2, ..plain("u1").unwrap() };
        assert_eq!(of(&items, 3, layout), (2, 9, false, 4));
        let flag = plain("u1").unwrap();
        assert_eq!(general(&items, 3, layout, None, Some((flag, 1))).count, 2);
    }
}
