//! Code and docs generation, repository checks.
fn main() {}
