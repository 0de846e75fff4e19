//! Geometries in well-known binary, as Shapely keeps them: how deep they are nested. Bytes in, what is wrong out.
//!
//! The reader of GEOS, `io/WKBReader.cpp`, looks whether what a count announces is there, and goes down by recursion without an end: a
//! collection of a collection, and so on, ends the process.

use crate::boosters::Wrong;

/// Levels of collections; those that programs make have two.
const MOST_LEVELS: usize = 64;

/// What in a geometry leads its reader astray.
pub(crate) fn judge(bytes: &[u8]) -> Result<(), Wrong> {
    let mut input = Input { bytes, little: false };
    // How many geometries are still to come, on each level.
    let mut ahead = vec![1_u32];
    while let Some(count) = ahead.last_mut() {
        if *count == 0 {
            ahead.pop();
            continue;
        }
        *count -= 1;
        if let Some(parts) = geometry(&mut input)? {
            if ahead.len() >= MOST_LEVELS {
                return Err(format!(
                    "it is nested deeper than {MOST_LEVELS} levels, and its reader goes down by recursion"
                ));
            }
            ahead.push(parts);
        }
    }
    Ok(())
}

/// Reads a geometry, but for the geometries in it: how many these are.
fn geometry(input: &mut Input<'_>) -> Result<Option<u32>, Wrong> {
    input.little = match input.take(1)? {
        [0] => false,
        [1] => true,
        _ => return Err("it begins with no order of bytes".to_owned()),
    };
    let written = input.number()?;
    if written & HAS_SRID != 0 {
        input.number()?;
    }
    let (kind, dimensions) = match written & 0xffff {
        kind @ 0..1000 => (kind, 2 + usize::from(written & HAS_Z != 0) + usize::from(written & HAS_M != 0)),
        kind @ 1000..2000 => (kind - 1000, 3),
        kind @ 2000..3000 => (kind - 2000, 3),
        kind => (kind % 1000, 4),
    };
    let point = 8 * dimensions;
    match kind {
        POINT => input.take(point).map(|_| None),
        LINE | CIRCULAR_LINE => input.points(point).map(|()| None),
        POLYGON => {
            for _ in 0..input.number()? {
                input.points(point)?;
            }
            Ok(None)
        }
        FIRST_OF_MANY..=LAST_OF_MANY => input.number().map(Some),
        other => Err(format!("it has a geometry of kind {other}, which is none")),
    }
}

const HAS_Z: u32 = 0x8000_0000;
const HAS_M: u32 = 0x4000_0000;
const HAS_SRID: u32 = 0x2000_0000;
const POINT: u32 = 1;
const LINE: u32 = 2;
const POLYGON: u32 = 3;
const CIRCULAR_LINE: u32 = 8;
/// Kinds that are made of other geometries, from those of many points to those of surfaces; the circular line is between them.
const FIRST_OF_MANY: u32 = 4;
const LAST_OF_MANY: u32 = 12;

/// What is left of the bytes.
struct Input<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        let (head, rest) = self.bytes.split_at_checked(count).ok_or("it ends in the middle of a geometry")?;
        self.bytes = rest;
        Ok(head)
    }

    fn number(&mut self) -> Result<u32, Wrong> {
        let bytes: [u8; 4] = self.take(4)?.try_into().unwrap_or_default();
        Ok(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A count, and as many points of a size.
    fn points(&mut self, size: usize) -> Result<(), Wrong> {
        let count = self.number()? as usize;
        self.take(count.saturating_mul(size)).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT_AT_1_2: &str = "0101000000000000000000f03f0000000000000040";

    fn wrong(hexadecimal: &str) -> String {
        let digit = |at: usize| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..hexadecimal.len()).step_by(2).map(digit).collect();
        judge(&bytes).err().unwrap_or_default()
    }

    /// As `shapely.to_wkb` writes them.
    #[test]
    fn geometries() {
        let line = "01020000000200000000000000000000000000000000000000000000000000f03f000000000000f03f";
        let polygon = "0103000000010000000400000000000000000000000000000000000000000000000000f03f000000\
                       0000000000000000000000f03f000000000000f03f00000000000000000000000000000000";
        for whole in [
            POINT_AT_1_2,
            "0101000080000000000000f03f00000000000000400000000000000840",
            "0101000020e6100000000000000000f03f0000000000000040",
            "00000000013ff00000000000004000000000000000",
            line,
            polygon,
            "010300000000000000",
            "010700000000000000",
        ] {
            assert_eq!(wrong(whole), "", "{whole}");
        }
        assert_eq!(wrong(&format!("010700000003000000{POINT_AT_1_2}{line}{polygon}")), "");
    }

    /// Each of these was given to `shapely.from_wkb`: the first ended the process, the others are refused.
    #[test]
    fn what_is_none() {
        let nested = format!("{}{POINT_AT_1_2}", "010700000001000000".repeat(100_000));
        assert_eq!(
            wrong(&nested),
            "it is nested deeper than 64 levels, and its reader goes down by recursion"
        );
        assert_eq!(wrong("0102000000f0ffffff"), "it ends in the middle of a geometry");
        assert_eq!(wrong("0107000000f0ffffff"), "it ends in the middle of a geometry");
        assert_eq!(wrong("0201000000"), "it begins with no order of bytes");
        assert_eq!(wrong("0163000000"), "it has a geometry of kind 99, which is none");
        assert_eq!(wrong(""), "it ends in the middle of a geometry");
    }
}
