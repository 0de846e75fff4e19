//! bzip2: one string of bytes in streams one after the other, as `bz2.open` joins them. A block whose checksum does not fit
//! is handed out, and is the last one.

use ::bzip2::{Decompress, Status};

use super::compressed::{Behind, Compressed, Joblib};
use crate::pull::{self, Decoder, Inflated, Room};
use crate::sniff::is_bzip2;

/// See the module.
pub(crate) static BZIP2: Compressed = Compressed {
    name: "bzip2",
    extensions: &["pkl.bz2", "pickle.bz2", "joblib.bz2", "tar.bz2"],
    endings: &["bz2", "tbz", "tbz2"],
    begins: is_bzip2,
    decode,
    claimed: |_| 0,
    behind: Behind::Streams(is_bzip2),
    joblib: Joblib::AsOthers,
};

/// Decodes one stream.
pub(crate) fn decode(input: &[u8], room: Room<'_>) -> Inflated {
    pull::decode(Decompress::new(false), input, room)
}

impl Decoder for Decompress {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Option<bool> {
        let status = self.decompress(input, output).ok()?;
        Some(status == Status::StreamEnd)
    }

    fn totals(&self) -> (u64, u64) {
        (self.total_in(), self.total_out())
    }
}
