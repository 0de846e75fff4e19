//! Bytes of a stream that belong to no pickle, and what stands around them.

use std::ops::Range;

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
    /// Whether they are the length of the pickle behind them, in four or eight bytes: what programs write that send pickles
    /// over a socket or a pipe (`logging.handlers.SocketHandler`, `multiprocessing.connection`).
    pub(crate) fn is_length(&self) -> bool {
        let Some(behind) = self.behind.filter(|behind| behind.stopped) else { return false };
        let length = (behind.end - behind.start) as u64;
        match self.bytes.len() {
            4 => {
                let length = u32::try_from(length).map(|length| [length.to_be_bytes(), length.to_le_bytes()]);
                length.is_ok_and(|both| both.iter().any(|bytes| bytes == self.bytes))
            }
            8 => [length.to_be_bytes(), length.to_le_bytes()].iter().any(|bytes| bytes == self.bytes),
            _ => false,
        }
    }
}
