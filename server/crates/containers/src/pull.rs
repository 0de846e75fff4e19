//! What comes out of a decoder, taken in pieces under a limit. Allocates as data comes; never trusts a size that a header
//! claims.

use std::io::{ErrorKind, Read};

use crate::budget::Interrupt;
use crate::fault::Fault;

/// Output is taken in pieces of this many bytes.
pub(crate) const PIECE: usize = 32 << 10;

/// Shown pieces of what comes out; `true` ends it.
pub(crate) type Watcher<'i> = &'i dyn Fn(&[u8]) -> bool;

/// How much may come out, and who may end it sooner.
#[derive(Clone, Copy)]
pub(crate) struct Room<'i> {
    /// Bytes.
    pub(crate) limit: u64,
    /// Asked between pieces; what it ends looks like the limit.
    pub(crate) interrupt: Interrupt<'i>,
    /// Shown what comes out, piece by piece, in place of its being kept; `true` ends it like the limit. A decoder may keep it all the same.
    pub(crate) watch: Option<Watcher<'i>>,
}

impl Room<'static> {
    /// Room for a look at the beginning.
    pub(crate) fn of(limit: u64) -> Self {
        Room { limit, interrupt: &|| false, watch: None }
    }
}

/// What has come out so far.
pub(crate) struct Taken<'i> {
    room: Room<'i>,
    /// The bytes, where they are kept.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes that is, those included that were shown and not kept.
    len: u64,
}

impl<'i> Taken<'i> {
    /// Nothing yet.
    pub(crate) fn new(room: Room<'i>) -> Self {
        Self { room, bytes: Vec::new(), len: 0 }
    }

    /// How many bytes there is still room for.
    pub(crate) fn left(&self) -> usize {
        usize::try_from(self.room.limit.saturating_sub(self.len)).unwrap_or(usize::MAX)
    }

    /// Takes a piece; whether that was enough.
    pub(crate) fn add(&mut self, piece: &[u8]) -> bool {
        self.len += piece.len() as u64;
        match self.room.watch {
            Some(watch) => watch(piece),
            None => {
                self.bytes.extend_from_slice(piece);
                false
            }
        }
    }
}

/// What came out of a compressed stream.
#[derive(Debug)]
pub(crate) struct Inflated {
    /// The decompressed bytes, as far as they could be had.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes of the input belong to the stream.
    pub(crate) consumed: usize,
    /// Why it ended.
    pub(crate) end: End,
    /// What else is wrong, at offsets of the stream.
    pub(crate) faults: Vec<Fault>,
}

/// How a compressed stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At its own end mark.
    Complete,
    /// Where a checksum does not fit, and the decoder goes no further.
    BadChecksum,
    /// The input ended before.
    Truncated,
    /// The input is no such stream from here on.
    Corrupt,
    /// There is more, beyond the limit.
    Limit,
    /// It needs a dictionary, a filter or a window that readers do not have.
    Unsupported,
}

impl Inflated {
    /// A stream of which nothing could be had.
    pub(crate) fn nothing(end: End) -> Self {
        Self { bytes: Vec::new(), consumed: 0, end, faults: Vec::new() }
    }
}

/// A decoder of streams that is handed its input and the place for its output, as those of zlib and bzip2 are.
pub(crate) trait Decoder {
    /// Decodes from `input` into `output`; whether the stream is at its end, or `None` for what is no such stream.
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Option<bool>;
    /// Bytes that were taken in, and given out.
    fn totals(&self) -> (u64, u64);
}

/// What `decoder` makes of the stream that `input` begins with, up to the room that there is.
pub(crate) fn decode(mut decoder: impl Decoder, input: &[u8], room: Room<'_>) -> Inflated {
    let consumed = |totals: (u64, u64)| usize::try_from(totals.0).unwrap_or(usize::MAX).min(input.len());
    let mut taken = Taken::new(room);
    let mut piece = vec![0; PIECE];
    let end = loop {
        let left = taken.left();
        // With no room left, one byte more tells a stream that ends here from one that goes on.
        let target = &mut piece[..left.clamp(1, PIECE)];
        let before = decoder.totals();
        let ended = decoder.decode(&input[consumed(before)..], target);
        let after = decoder.totals();
        let made = usize::try_from(after.1 - before.1).unwrap_or(0).min(target.len());
        if made > left || (room.interrupt)() {
            break End::Limit;
        }
        if taken.add(&target[..made]) {
            break End::Limit;
        }
        match ended {
            Some(true) => break End::Complete,
            Some(false) if made > 0 || after.0 > before.0 => {}
            Some(false) => break End::Truncated,
            None => break End::Corrupt,
        }
    };
    Inflated { bytes: taken.bytes, consumed: consumed(decoder.totals()), end, faults: Vec::new() }
}

/// What `reader` gives, up to the room that there is. `verdict` says what an error means that is not the end of the input.
pub(crate) fn pull(
    reader: &mut impl Read,
    room: Room<'_>,
    verdict: impl Fn(&std::io::Error) -> End,
) -> (Vec<u8>, End) {
    let mut taken = Taken::new(room);
    let mut piece = vec![0; PIECE];
    let end = loop {
        let left = taken.left();
        // With no room left, one byte more tells a stream that ends here from one that goes on.
        match reader.read(&mut piece[..left.clamp(1, PIECE)]) {
            Ok(0) => break End::Complete,
            Ok(made) if made > left || (room.interrupt)() => break End::Limit,
            Ok(made) if taken.add(&piece[..made]) => break End::Limit,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break End::Truncated,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => break verdict(&error),
        }
    };
    (taken.bytes, end)
}
