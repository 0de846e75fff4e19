//! Bytes of a stream that belong to no pickle, and what stands around them.

use std::ops::Range;

use pickle_machine::segments::lengths;
use pickle_machine::stream::Summary;

/// Bytes that belong to no pickle.
#[derive(Debug)]
pub(crate) struct Gap<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where they are in the stream.
    pub(crate) span: Range<usize>,
    /// The pickle before them.
    pub(crate) before: Option<Summary>,
    /// The pickle behind them.
    pub(crate) behind: Option<Summary>,
}

impl Gap<'_> {
    /// Whether they are the length of the pickle behind them, in four, eight or twelve bytes: what programs write that send pickles
    /// over a socket or a pipe (`logging.handlers.SocketHandler`, `multiprocessing.connection`).
    pub(crate) fn is_length(&self) -> bool {
        let Some(behind) = self.behind.filter(|behind| behind.stopped) else { return false };
        let length = (behind.end - behind.start) as u64;
        lengths(self.bytes).is_some_and(|both| both.contains(&length))
    }
}
