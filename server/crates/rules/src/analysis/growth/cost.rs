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

/// Steps for each item, or byte, of what is made without content.
const ITEM: f64 = 1024.0;
/// Items for each byte of the file that are no more than its content.
const COPIES: f64 = 8.0;

/// What calls took so far.
#[derive(Debug)]
pub(in crate::analysis) struct Spent {
    steps: f64,
    /// More are too much.
    most: f64,
}

impl Spent {
    /// For a stream of so many bytes.
    pub(in crate::analysis) fn new(bytes: usize) -> Self {
        Self { steps: 0.0, most: MOST.max(bytes as f64 * COPIES * ITEM) }
    }

    /// Adds a call that computes; whether that is too much.
    pub(super) fn add(&mut self, steps: f64) -> bool {
        steps > MOST_OF_CALL || self.is_too_much(steps)
    }

    /// Adds what has so many items, or bytes; whether all together is too much.
    pub(in crate::analysis) fn add_items(&mut self, count: f64) -> bool {
        self.is_too_much(count * ITEM)
    }

    /// Of all together that is told once.
    fn is_too_much(&mut self, steps: f64) -> bool {
        self.steps += steps;
        let is_told = self.steps > self.most;
        if is_told {
            self.most = f64::INFINITY;
        }
        is_told
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
