//! What Redis and Valkey write to disk (`src/rdb.c`, `src/aof.c`): dumps of all keys, and logs of commands, which may begin with a dump.
//! Caches of Django, queues of Celery and jobs of rq lie in them. Each string of a value is a value; keys are no more than names.

mod checksum;
mod log;
mod objects;
mod packs;
mod reader;

use super::Format;
use crate::budget::Budget;
use crate::bytes::u64_at;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};
use reader::{Read, Reader, Stop};

/// The name of the format of dumps.
pub(crate) const DUMP: &str = "Redis dump";

/// The name of the format of logs.
pub(crate) const LOG: &str = "Redis log";

/// Dumps have a checksum from this version on.
const CHECKED: u32 = 5;

/// What stands before a key, or in its place.
mod code {
    pub(super) const SLOT: u8 = 244;
    pub(super) const FUNCTION: u8 = 245;
    pub(super) const MODULE: u8 = 247;
    pub(super) const IDLE: u8 = 248;
    pub(super) const FREQUENCY: u8 = 249;
    pub(super) const AUXILIARY: u8 = 250;
    pub(super) const SIZES: u8 = 251;
    pub(super) const EXPIRES_MILLISECONDS: u8 = 252;
    pub(super) const EXPIRES_SECONDS: u8 = 253;
    pub(super) const DATABASE: u8 = 254;
    pub(super) const END: u8 = 255;
}

/// Dumps, `dump.rdb`.
pub(crate) struct Dump;

impl Format for Dump {
    fn name(&self) -> &'static str {
        DUMP
    }

    fn extensions(&self) -> &'static [&'static str] {
        // Packages of R have files that end in `.rdb`, too.
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        is_dump(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(DUMP);
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        let end = dump(input.bytes, &mut values);
        log::finish(end, &mut values);
        opened
    }
}

/// Logs, `appendonly.aof`.
pub(crate) struct Log;

impl Format for Log {
    fn name(&self) -> &'static str {
        LOG
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["aof"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        log::is_log(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(LOG);
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        let end = log::commands(input.bytes, 0, &mut values);
        log::finish(end, &mut values);
        opened
    }
}

/// Whether `head` begins a log of commands.
pub(crate) fn is_log(head: &[u8]) -> bool {
    log::is_log(head)
}

/// Whether `head` begins a dump: the name of the program and a version.
pub(crate) fn is_dump(head: &[u8]) -> bool {
    version(head).is_some()
}

/// The version of a dump, and where what it holds begins. Both programs write nine bytes.
fn version(head: &[u8]) -> Option<(u32, bool)> {
    let of_redis = head.strip_prefix(b"REDIS").and_then(|rest| rest.get(..4));
    let of_valkey = head.strip_prefix(b"VALKEY").and_then(|rest| rest.get(..3));
    let digits = of_redis.or(of_valkey)?;
    let version = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit))?;
    Some((version.parse().ok()?, of_valkey.is_some()))
}

/// Length of what [`version`] reads.
const HEADER: usize = 9;

/// Where a value stands: the number of its database, and its key.
struct Place<'a> {
    database: u64,
    key: Value<'a>,
}

impl Place<'_> {
    fn name(&self) -> String {
        format!("{}/{}", self.database, key_name(&self.key.bytes))
    }
}

/// Takes all values of a dump, and of the log behind it.
fn dump<'a>(bytes: &'a [u8], values: &mut Values<'_, 'a, '_>) -> Read<()> {
    let (version, of_valkey) = version(bytes).unwrap_or_default();
    let mut reader = Reader::new(bytes, HEADER);
    let mut database = 0;
    loop {
        let start = reader.at();
        match reader.byte()? {
            code::END => break,
            code::AUXILIARY => {
                reader.string(values)?;
                reader.string(values)?;
            }
            code::FUNCTION => drop(reader.string(values)?),
            code::DATABASE => database = reader.number()?,
            code::SIZES => reader.numbers(2)?,
            code::SLOT => reader.numbers(3)?,
            code::IDLE => reader.numbers(1)?,
            code::FREQUENCY => reader.skip(1)?,
            code::EXPIRES_SECONDS => reader.skip(4)?,
            code::EXPIRES_MILLISECONDS => reader.skip(8)?,
            code::MODULE => {
                let key = Value::made(b"module".to_vec());
                objects::module(&mut reader, &Place { database, key }, values)?;
            }
            kind => {
                let key = reader.string(values)?;
                let place = Place { database, key };
                if !objects::object(kind, of_valkey, &mut reader, &place, values)? {
                    let message = format!(
                        "expected a value of a type up to 25, found {kind}; from here on nothing is read"
                    );
                    return Err(Fault::new(FaultKind::Unsupported, start, message).into());
                }
            }
        }
    }
    let mut end = reader.at();
    if version >= CHECKED {
        check(bytes, end, values)?;
        end += 8;
    }
    match bytes.get(end) {
        None => Ok(()),
        Some(_) if log::is_log(&bytes[end..]) => log::commands(bytes, end, values),
        Some(_) => {
            let message = "bytes follow on the end of the dump";
            Err(Fault::new(FaultKind::TrailingBytes, end, message).into())
        }
    }
}

/// Compares the checksum at `at` with that of what stands before; zeros stand for none.
fn check(bytes: &[u8], at: usize, values: &mut Values<'_, '_, '_>) -> Read<()> {
    let Some(stated) = u64_at(bytes, at) else {
        let message = "the file ends inside the checksum of the dump";
        return Err(Fault::new(FaultKind::Truncated, at, message).into());
    };
    let room = values.room_of(0);
    let found = checksum::of(&bytes[..at], room.interrupt).ok_or(Stop::Enough)?;
    if stated != 0 && stated != found {
        let message = format!("expected the checksum {found:016x}, found {stated:016x}");
        values.fault(Fault::new(FaultKind::BadChecksum, at, message));
    }
    Ok(())
}
