//! What is known of how keys are hashed.

use super::{lists, properties};

/// What an allowed function or class hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hashing {
    /// The items of what it is given.
    Items,
    /// The same, and they tell how it is hashed itself.
    FrozenSet,
    /// Its objects are hashed as real and imaginary part.
    Complex,
    /// As numerator and denominator.
    Ratio,
    /// As how many numbers there are, the first, and the step.
    Range,
    /// It makes numbers of others: items that it makes are no keys of a file.
    Computed,
}

impl Hashing {
    /// By its name in the list.
    pub(super) fn named(how: &str) -> Option<Self> {
        Some(match how {
            "items" => Self::Items,
            "set" => Self::FrozenSet,
            "complex" => Self::Complex,
            "ratio" => Self::Ratio,
            "range" => Self::Range,
            "computed" => Self::Computed,
            _ => return None,
        })
    }
}

/// What an allowed function or class hashes, by its names.
pub(crate) fn hashing(module: &str, name: &str) -> Option<Hashing> {
    properties::hashing().get(&(lists::canonical(module), name)).copied()
}

/// All of those.
pub(crate) fn hashings() -> impl Iterator<Item = (&'static str, &'static str, Hashing)> {
    properties::hashing().iter().map(|(&(module, name), &hashing)| (module, name, hashing))
}
