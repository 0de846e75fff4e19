//! Opcode table and zero-copy reader of pickles. Knows bytes only.
