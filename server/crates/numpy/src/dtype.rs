//! Dtypes, as far as it matters how many bytes an item takes and whether it is a Python object.

use crate::literal::Literal;

/// What an item of an array is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dtype {
    /// Bytes of an item.
    pub size: u64,
    /// Whether an item is, or holds, a Python object: then the array is written as a pickle.
    pub objects: bool,
    /// As numpy shows it: `float64`, `>f8`, `S10`, `void16`.
    pub name: String,
}

/// Levels of fields in fields.
const DEPTH: usize = 16;

impl Dtype {
    /// Of the short form that numpy writes: byte order, kind, size (`<f8`, `|S10`, `M8[ns]`, `O`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let swapped = text.starts_with('>');
        let rest = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text);
        let kind = rest.chars().next().filter(char::is_ascii)?;
        let digits = &rest[1..];
        let (digits, unit) = match digits.find('[') {
            Some(at) if matches!(kind, 'M' | 'm') && digits.ends_with(']') => digits.split_at(at),
            _ => (digits, ""),
        };
        let number = match digits {
            "" => None,
            _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse::<u64>().ok()?),
            _ => return None,
        };
        if kind == 'O' {
            return matches!(number, None | Some(4 | 8)).then(Self::object);
        }
        let (size, name) = match (kind, number) {
            ('?', None) | ('b', Some(1)) => (1, "bool".to_owned()),
            ('i', Some(size @ (1 | 2 | 4 | 8))) => (size, format!("int{}", size * 8)),
            ('u', Some(size @ (1 | 2 | 4 | 8))) => (size, format!("uint{}", size * 8)),
            ('f', Some(size @ (2 | 4 | 8 | 10 | 12 | 16))) => (size, format!("float{}", size * 8)),
            ('c', Some(size @ (8 | 16 | 20 | 24 | 32))) => (size, format!("complex{}", size * 8)),
            ('M', Some(8)) => (8, format!("datetime64{unit}")),
            ('m', Some(8)) => (8, format!("timedelta64{unit}")),
            ('S' | 'a', size) => (size.unwrap_or(0), format!("S{}", size.unwrap_or(0))),
            ('U', count) => (count.unwrap_or(0).checked_mul(4)?, format!("U{}", count.unwrap_or(0))),
            ('V', size) => (size.unwrap_or(0), format!("void{}", size.unwrap_or(0))),
            _ => return None,
        };
        let name = if swapped && size > 1 && !matches!(kind, 'S' | 'V') { format!(">{rest}") } else { name };
        Some(Self { size, objects: false, name })
    }

    /// A Python object.
    #[must_use]
    pub fn object() -> Self {
        Self { size: 8, objects: true, name: "object".to_owned() }
    }

    /// Of the `descr` of a `.npy` header: the short form, or a list of fields `(name, descr[, shape])`.
    #[must_use]
    pub fn of_descr(descr: &Literal) -> Option<Self> {
        of_descr(descr, DEPTH)
    }
}

fn of_descr(descr: &Literal, depth: usize) -> Option<Dtype> {
    match descr {
        Literal::Str(text) => Dtype::parse(text),
        // A subarray: its base and its shape.
        Literal::Tuple(parts) => match parts.as_slice() {
            [base, Literal::Tuple(shape)] => {
                let base = of_descr(base, depth.checked_sub(1)?)?;
                let size = bytes_of(&dimensions(shape)?, base.size)?;
                Some(Dtype { size, name: format!("void{size}"), ..base })
            }
            _ => None,
        },
        Literal::List(fields) => {
            let depth = depth.checked_sub(1)?;
            let (mut size, mut objects) = (0u64, false);
            for field in fields {
                let (descr, shape) = match field {
                    Literal::Tuple(parts) => match parts.as_slice() {
                        [_, descr] => (descr, Vec::new()),
                        [_, descr, Literal::Tuple(shape)] => (descr, dimensions(shape)?),
                        [_, descr, Literal::Int(count)] => (descr, vec![u64::try_from(*count).ok()?]),
                        _ => return None,
                    },
                    _ => return None,
                };
                let dtype = of_descr(descr, depth)?;
                size = size.checked_add(bytes_of(&shape, dtype.size)?)?;
                objects |= dtype.objects;
            }
            Some(Dtype { size, objects, name: format!("void{size}") })
        }
        _ => None,
    }
}

/// A shape: whole numbers that are not negative.
pub(crate) fn dimensions(shape: &[Literal]) -> Option<Vec<u64>> {
    let of = |item: &Literal| match item {
        Literal::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    };
    shape.iter().map(of).collect()
}

/// Bytes of an array of this shape; `None` if that is no number of bytes that there can be.
#[must_use]
pub fn bytes_of(shape: &[u64], size: u64) -> Option<u64> {
    // A dimension of zero makes nothing of the others, however large.
    if shape.contains(&0) {
        return Some(0);
    }
    let count = shape.iter().try_fold(1u64, |count, &dimension| count.checked_mul(dimension))?;
    count.checked_mul(size).filter(|&bytes| i64::try_from(bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::literal;

    fn shown(text: &str) -> String {
        Dtype::parse(text).map_or("?".into(), |dtype| {
            format!("{} {}{}", dtype.name, dtype.size, if dtype.objects { " objects" } else { "" })
        })
    }

    #[test]
    fn short_forms() {
        assert_eq!(
            ["f8", "<f8", ">f8", "|b1", "?", "u1", "S10", "U5", ">U5", "M8[ns]", "V16", "O", "|O8"]
                .map(shown),
            [
                "float64 8",
                "float64 8",
                ">f8 8",
                "bool 1",
                "bool 1",
                "uint8 1",
                "S10 10",
                "U5 20",
                ">U5 20",
                "datetime64[ns] 8",
                "void16 16",
                "object 8 objects",
                "object 8 objects"
            ]
        );
        for none in ["", "f", "f7", "float64", "b2", "i8x", "<", "é8", "M8[ns", "V99999999999999999999", "O2"]
        {
            assert_eq!(shown(none), "?", "{none}");
        }
    }

    #[test]
    fn fields() {
        let of = |text: &str| Dtype::of_descr(&literal::parse(text).unwrap());
        assert_eq!(of("[('a', '<f8'), ('', '|V4'), ('b', '<i4', (2, 3))]").unwrap().size, 8 + 4 + 24);
        assert!(of("[('a', '<f8'), ('b', [('c', '|O')])]").unwrap().objects);
        assert_eq!(of("('<f8', (2,))").unwrap().size, 16);
        assert_eq!(of("[('a',)]"), None);
        assert_eq!(of("[('a', '<f8', (-1,))]"), None);
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes_of(&[], 8), Some(8));
        assert_eq!(bytes_of(&[3, 4], 8), Some(96));
        assert_eq!(bytes_of(&[u64::MAX, 0], 8), Some(0));
        assert_eq!(bytes_of(&[u64::MAX, 2], 8), None);
        assert_eq!(bytes_of(&[1 << 62], 2), None);
    }
}
