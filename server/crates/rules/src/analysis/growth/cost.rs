//! What calls take together. How long whole numbers take to compute with (CPython's `Objects/longobject.c`): a product as Karatsuba
//! does it, a quotient with the square of the digits. What is made without content, and gone through. One such call may take a second
//! and a gigabyte, and a file of few bytes may have thousands of them: all is added up.

use super::{DIGIT, Extent, Growth, UNKNOWN_BITS};
use Extent::{Items, Number, Unknown};

/// Steps of one call, and of all together, that take longer than anybody waits: 2^40 take a second or two, whatever is computed.
const MOST_OF_CALL: f64 = (1_u64 << 41) as f64;
const MOST: f64 = (1_u64 << 43) as f64;
/// What a product of two equal numbers takes: so many steps for each of their bits to this power.
const KARATSUBA: f64 = 1.58;
const PRODUCT: f64 = 16.0;
/// Powers are made of few products, and the factorial of many.
const POWER: f64 = 8.0;
const FACTORIAL: f64 = 20.0;
/// What a root takes, of the square of its bits.
const ROOT: f64 = 0.2;

/// Bytes that are made without content, and items that are gone through, which are too many all together.
const MOST_BYTES: f64 = (1_u64 << 33) as f64;
const MOST_ITEMS: f64 = (1_u64 << 28) as f64;
/// As often as that what a file has may be in what is made of it.
const COPIES: f64 = 8.0;

/// What calls took so far.
#[derive(Debug)]
pub(in crate::analysis) struct Spent {
    steps: Total,
    bytes: Total,
    items: Total,
}

impl Spent {
    /// For a stream of so many bytes.
    pub(in crate::analysis) fn new(len: usize) -> Self {
        let content = len as f64 * COPIES;
        Self {
            steps: Total::new(MOST),
            bytes: Total::new(MOST_BYTES.max(content)),
            items: Total::new(MOST_ITEMS.max(content)),
        }
    }

    /// Adds a call that computes; whether that is too much.
    pub(super) fn compute(&mut self, steps: f64) -> bool {
        self.steps.add(steps) || steps > MOST_OF_CALL
    }

    /// Adds what takes so many bytes without content; whether all together is too much.
    pub(in crate::analysis) fn make(&mut self, bytes: f64) -> bool {
        self.bytes.add(bytes)
    }

    /// Adds items that are gone through; whether all together are too many.
    pub(super) fn go_through(&mut self, items: f64) -> bool {
        self.items.add(items)
    }
}

/// A sum that may be too large.
#[derive(Debug)]
struct Total {
    sum: f64,
    most: f64,
}

impl Total {
    fn new(most: f64) -> Self {
        Self { sum: 0.0, most }
    }

    /// Whether it becomes too large, which is told once.
    fn add(&mut self, more: f64) -> bool {
        let was_told = self.sum > self.most;
        self.sum += more;
        self.sum > self.most && !was_told
    }
}

/// The steps of a call of that name that makes `made` of its arguments.
pub(super) fn steps(growth: Growth, name: &str, arguments: &[Extent], made: Extent) -> f64 {
    let bits = |number: usize| arguments.get(number).map_or(0.0, |&extent| bits_of(extent));
    let (one, other, third) = (bits(0), bits(1), bits(2));
    match growth {
        Growth::Multiply | Growth::Product => PRODUCT * bits_of(made).powf(KARATSUBA),
        // With remainders: one for each bit of the power, and one to begin with.
        Growth::Power if third > 0.0 => third * (other * third).max(one).max(third),
        Growth::Power => POWER * bits_of(made).powf(KARATSUBA),
        Growth::Factorial => FACTORIAL * bits_of(made).powf(KARATSUBA),
        Growth::Divide if arguments.len() > 2 => {
            let all: f64 = arguments.iter().map(|&extent| bits_of(extent)).sum();
            all * all / 2.0
        }
        Growth::Divide | Growth::Format => one * other,
        Growth::Root => ROOT * one * one,
        Growth::Exact if name == "Decimal" => one * one,
        Growth::Exact => one * other,
        // Digits are read with the square of their number; releases of Python since 2022 refuse many.
        Growth::Whole if ["int", "long"].contains(&name) => match arguments.first() {
            Some(&Items(digits)) => (digits * DIGIT).powi(2) / 2.0,
            _ => 0.0,
        },
        _ => 0.0,
    }
}

/// Bits of what may be a number.
fn bits_of(extent: Extent) -> f64 {
    match extent {
        Number(bits) => bits,
        Unknown(_) => UNKNOWN_BITS,
        Items(_) => 0.0,
    }
}
