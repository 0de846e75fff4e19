//! Prints what the full listing of byte strings assembles to: standard input has one a line, in hexadecimal, and so has the
//! output.

// A tool for tests: it may print, and end by a panic.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use pickle_listing::full;
use pickle_listing::row::Style;
use pickle_listing::text::assemble;
use pickle_machine::never;
use pickle_machine::record::record;

fn main() {
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let bytes: Vec<u8> = line
            .as_bytes()
            .chunks(2)
            .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap())
            .collect();
        let mut text = String::new();
        full::write(&mut text, &bytes, &record(&bytes, &never), Style::new(bytes.len(), true)).unwrap();
        let assembled = assemble(&text);
        let complete = assembled.diagnostics.is_empty();
        let hex: String = assembled.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("{hex}{}", if complete { "" } else { " with complaints" });
    }
}
