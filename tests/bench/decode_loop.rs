//! The bare decode loop: the lower bound of everything that reads a pickle op by op.
//!
//! `decode_loop FILE [REPETITIONS]` reads the file, divides it into ops and does nothing with them. Only the loop is timed; the figures
//! are printed as JSON, the time being the median of the repetitions. Part of `tests/bench/bench.py`.
//!
//! Of a folder it finds and reads every file, one after the other, which is timed as well: what a linter of small files spends in
//! the system.
#![allow(clippy::print_stdout, reason = "a program for measuring, not part of the product")]

use std::error::Error;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::time::Instant;

use pickle_ops::{Opcode, Reader};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: decode_loop FILE [REPETITIONS]")?;
    let repetitions = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let file = Path::new(&file);
    let bytes = if file.is_dir() { Vec::new() } else { std::fs::read(file)? };

    let mut operations = 0;
    let mut seconds = Vec::new();
    for _ in 0..repetitions {
        let start = Instant::now();
        operations = if file.is_dir() { decode_folder(file)? } else { decode(black_box(&bytes)) };
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).ok_or("no repetitions")?;
    println!("{{\"seconds\": {median:.9}, \"operations\": {operations}}}");
    Ok(())
}

/// Decodes all files below a folder.
fn decode_folder(folder: &Path) -> io::Result<usize> {
    let mut operations = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                operations += decode(&std::fs::read(entry.path())?);
            }
        }
    }
    Ok(operations)
}

/// Reads the next op in code of its own for each opcode that is named, as the machine does: a bound that a fast caller
/// could undercut would be none.
macro_rules! next {
    ($reader:ident, $byte:ident; $($common:ident)*) => {
        match $byte {
            $(_ if $byte == Opcode::$common as u8 => $reader.read(Opcode::$common),)*
            _ => $reader.next_op(),
        }
    };
}

/// Counts the ops up to the first fault, which for a whole file is its end. The sum keeps the compiler from leaving
/// out what a caller would use of an op.
fn decode(bytes: &[u8]) -> usize {
    let mut reader = Reader::new(bytes, 0);
    let (mut count, mut sum) = (0, 0_usize);
    while let Some(byte) = reader.peek() {
        let next = next!(reader, byte; BinInt BinInt1 BinInt2 BinFloat BinUnicode ShortBinUnicode ShortBinBytes None
            NewTrue NewFalse EmptyList EmptyTuple EmptyDict Mark BinGet LongBinGet BinPut LongBinPut Memoize Append
            Appends SetItem SetItems Tuple Tuple1 Tuple2 Tuple3 Reduce NewObj Build);
        let Ok(op) = next else { break };
        count += 1;
        sum = sum.wrapping_add(op.opcode as usize ^ op.end ^ op.raw.len());
    }
    black_box(sum);
    count
}
