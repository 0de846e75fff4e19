//! The `pickle-lsp` binary.
fn main() {}
