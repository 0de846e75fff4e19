//! Text form of a pickle and the two-way map between text and bytes.

pub mod pickletools;
