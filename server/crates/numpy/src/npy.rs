//! The header of a `.npy` file (numpy's `lib/format.py`, NEP 1): signature, version, length, a dict as text.

use std::ops::Range;

use crate::dtype::{Dtype, bytes_of, dimensions};
use crate::literal::{self, Literal};

/// What a file begins with.
pub const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes of a header that are read. numpy refuses more than 10,000 unless it is told to trust the file.
const LONGEST: usize = 1 << 20;

/// A header, and where what it describes begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The items.
    pub dtype: Dtype,
    /// The shape of the array.
    pub shape: Vec<u64>,
    /// Where the header ends, from its first byte.
    pub end: usize,
    /// Bytes of the items; `None` for objects, which are a pickle.
    pub data: Option<u64>,
}

/// A header that cannot be read, and where it ends all the same, if it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where the header ends, from its first byte.
    pub end: Option<usize>,
    /// What was expected, and what stands there.
    pub why: String,
}

/// Reads the header that `bytes` begin with.
///
/// # Errors
/// What is wrong with it.
pub fn header(bytes: &[u8]) -> Result<Header, Unreadable> {
    let unreadable = |end, why: &str| Unreadable { end, why: why.to_owned() };
    let Some(&[major, minor]) = bytes.strip_prefix(MAGIC).and_then(|rest| rest.get(..2)) else {
        return Err(unreadable(None, "expected the signature of a .npy and its version"));
    };
    if !matches!((major, minor), (1..=3, 0)) {
        return Err(unreadable(None, &format!("expected version 1.0, 2.0 or 3.0, found {major}.{minor}")));
    }
    let start = MAGIC.len() + 2;
    let width = if major == 1 { 2 } else { 4 };
    let Some(length) = bytes.get(start..start + width) else {
        return Err(unreadable(None, "the file ends in the length of the header"));
    };
    let length = length.iter().rev().fold(0usize, |length, &byte| length << 8 | usize::from(byte));
    let text = start + width..(start + width).saturating_add(length);
    let Some(raw) = bytes.get(text.clone()) else {
        return Err(unreadable(
            None,
            &format!("expected a header of {length} bytes, found the end of the file"),
        ));
    };
    let end = text.end;
    if raw.len() > LONGEST {
        return Err(unreadable(
            Some(end),
            &format!("expected a header of at most {LONGEST} bytes, found {length}"),
        ));
    }
    let latin1 = || raw.iter().map(|&byte| char::from(byte)).collect::<String>();
    let text = if major == 3 { String::from_utf8_lossy(raw).into_owned() } else { latin1() };
    let Some(Literal::Dict(pairs)) = literal::parse(&text) else {
        return Err(unreadable(Some(end), "expected a dict of literals as header, found something else"));
    };
    fields(&pairs, end).map_err(|why| unreadable(Some(end), why))
}

fn fields(pairs: &[(Literal, Literal)], end: usize) -> Result<Header, &'static str> {
    let find = |name: &str| {
        let is = |key: &Literal| matches!(key, Literal::Str(text) if text == name);
        pairs.iter().rfind(|(key, _)| is(key)).map(|(_, value)| value)
    };
    if pairs.len() != 3 || !matches!(find("fortran_order"), Some(Literal::Bool(_))) {
        return Err("expected the keys descr, fortran_order and shape in the header");
    }
    let dtype = find("descr").and_then(Dtype::of_descr).ok_or("expected a dtype as descr of the header")?;
    let shape = match find("shape") {
        Some(Literal::Tuple(shape)) => dimensions(shape),
        _ => None,
    };
    let shape = shape.ok_or("expected a tuple of sizes as shape of the header")?;
    let data = if dtype.objects {
        None
    } else {
        Some(bytes_of(&shape, dtype.size).ok_or("the shape is larger than any array can be")?)
    };
    Ok(Header { dtype, shape, end, data })
}

/// What stands at a place where a `.npy` begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Header and items, which end there; or the end of the bytes, if they are cut.
    Items(Range<usize>),
    /// A header, behind which a pickle follows; or may follow, where the header cannot be read.
    Pickle(Range<usize>),
}

/// The `.npy` that begins at `at`: several may be written one behind the other. `None`: there is none.
#[must_use]
pub fn part(bytes: &[u8], at: usize) -> Option<Part> {
    let rest = bytes.get(at..).filter(|rest| rest.starts_with(MAGIC))?;
    let until = |length: u64| {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        at..at.saturating_add(length).min(bytes.len())
    };
    Some(match header(rest) {
        Ok(Header { end, data: Some(data), .. }) => Part::Items(until(data.saturating_add(end as u64))),
        Ok(Header { end, data: None, .. }) => Part::Pickle(until(end as u64)),
        Err(Unreadable { end: Some(end), .. }) => Part::Pickle(until(end as u64)),
        Err(Unreadable { end: None, .. }) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(version: u8, header: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        let length = u32::try_from(header.len()).unwrap().to_le_bytes();
        bytes.extend(&length[..if version == 1 { 2 } else { 4 }]);
        bytes.extend(header.as_bytes());
        bytes
    }

    #[test]
    fn headers() {
        for version in 1..=3 {
            let bytes = npy(version, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n");
            let found = header(&bytes).unwrap();
            assert_eq!((found.data, found.end, found.shape), (Some(96), bytes.len(), vec![3, 4]));
        }
        let bytes = npy(1, "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }");
        assert_eq!(header(&bytes).unwrap().data, None);
    }

    #[test]
    fn headers_that_lie() {
        let whole = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }";
        let why = |bytes: &[u8]| header(bytes).unwrap_err().why;
        assert!(why(b"\x93NUMPY\x09\0").contains("found 9.0"));
        assert!(why(b"\x93NUMPY\x01\0\xff\xff{}").contains("65535 bytes"));
        assert!(why(&npy(1, "__import__('os')")).contains("dict of literals"));
        assert!(why(&npy(1, &whole.replace('3', "-3"))).contains("shape"));
        assert!(why(&npy(1, &whole.replace('3', "9999999999999999999"))).contains("larger"));
        assert!(why(&npy(1, &whole.replace("<f8", "<f9"))).contains("descr"));
        assert!(why(&npy(1, &whole.replace("'shape'", "'form'"))).contains("shape"));
        assert_eq!(header(b"\x93NUMPY").unwrap_err().end, None);
    }

    #[test]
    fn one_behind_the_other() {
        let mut bytes = npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }");
        bytes.extend(b"abc");
        let second = bytes.len();
        bytes.extend(npy(2, "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }"));
        assert_eq!(part(&bytes, 0), Some(Part::Items(0..second)));
        assert_eq!(part(&bytes, second), Some(Part::Pickle(second..bytes.len())));
        assert_eq!(part(&bytes, 1), None);
        assert_eq!(part(&bytes[..second - 1], 0), Some(Part::Items(0..second - 1)));
    }
}
