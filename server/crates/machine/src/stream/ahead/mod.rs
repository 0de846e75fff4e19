//! What streaming mode reads ahead: stretches of plain data, of which nothing is told to an observer.

mod blind;
mod known;
mod pattern;
mod stretch;

pub(super) use stretch::{Stretch, stretches};

#[cfg(test)]
mod tests;
