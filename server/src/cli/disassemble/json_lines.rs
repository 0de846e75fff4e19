//! The format `json-lines`: one object an op, for programs.

use std::io::{self, Write};

use pickle_machine::hole::Known;
use pickle_machine::segments::Segments;
use pickle_machine::stream::holes;
use pickle_machine::{Flow, Machine, never, run};
use pickle_ops::{Op, Reader};
use pickle_readers::pickletools::{Argument, argument_lenient};

use super::Stream;
use crate::json;
use crate::output::Output;

/// Prints all ops of a stream, and gives back the faults that ended a pickle before its STOP.
pub(super) fn print(stream: &Stream<'_>, out: &mut Output) -> io::Result<Vec<String>> {
    let mut segments = Segments::new(stream.bytes);
    let mut next = segments.first();
    let mut pickle = 0;
    while let Some(start) = next {
        let head = head(stream.member, pickle)?;
        match print_pickle(&head, stream, start, out)? {
            Ok(end) => next = segments.next(end),
            Err(fault) => return Ok(vec![fault]),
        }
        pickle += 1;
    }
    Ok(Vec::new())
}

/// What all objects of a pickle begin with.
fn head(member: Option<&str>, pickle: usize) -> io::Result<Vec<u8>> {
    let mut head = b"{\"member\":".to_vec();
    match member {
        Some(path) => json::string(&mut head, path)?,
        None => head.extend(b"null"),
    }
    write!(head, ",\"pickle\":{pickle},\"offset\":")?;
    Ok(head)
}

/// Prints the pickle at `start`, and gives back where it ends, or why it cannot be read to its end.
fn print_pickle(
    head: &[u8],
    stream: &Stream<'_>,
    start: usize,
    out: &mut Output,
) -> io::Result<Result<usize, String>> {
    let bytes = stream.bytes;
    let mut reader = Reader::new(bytes, start);
    let mut machine = Machine::<(), ()>::default();
    let holes = holes(bytes, start, stream.memory, &never);
    loop {
        let op = reader.clone().next_op();
        let flow = run(&mut reader, bytes.len(), &mut machine, &mut Known(&holes), 1);
        if let Ok(op) = op {
            out.write_all(head)?;
            object(&op, stream.base, &machine, out)?;
        }
        match flow {
            // Of a stack without values, marks are all that takes memory.
            Flow::Next if size_of_val(machine.marks()) > stream.memory.bytes() => {
                let most = stream.memory.bytes() >> 20;
                let at = reader.position();
                return Ok(Err(format!("at {at}: more than {most} MB of marks; the rest of it is not read")));
            }
            Flow::Next => {}
            Flow::Stop => return Ok(Ok(reader.position())),
            Flow::End(fault) => return Ok(Err(format!("at {}: {}", fault.start, fault.kind))),
        }
    }
}

/// The rest of the object of an op, after which `machine` is as it is.
fn object(op: &Op<'_>, base: u64, machine: &Machine<(), ()>, out: &mut Output) -> io::Result<()> {
    json::number(out, base + op.start as u64)?;
    out.write_all(b",\"opcode\":\"")?;
    out.write_all(op.opcode.name().as_bytes())?;
    out.write_all(b"\",\"arg\":")?;
    match argument_lenient(op) {
        Ok(Argument::None) | Err(_) => out.write_all(b"null")?,
        Ok(argument) => json::string_with(out, |text| argument.write_repr(text))?,
    }
    out.write_all(b",\"stack\":")?;
    json::number(out, machine.height() as u64)?;
    out.write_all(b",\"memo\":")?;
    json::number(out, machine.memo.len())?;
    out.write_all(b"}\n")
}
