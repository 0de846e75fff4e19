//! Says what a byte string is, from its beginning. Never decodes, and never claims more than the bytes show: a
//! string that may be anything is [`Kind::Unknown`], and a decoder has to be asked.

mod magic;
mod pickle;
mod text;

pub(crate) use magic::{is_bzip2, is_lzma};
pub use text::TextKind;

/// How many bytes from the start are looked at for text and signatures.
pub const SNIFF_BYTES: usize = 64 << 10;

/// What kind of content a byte string is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A pickle of any protocol.
    Pickle,
    /// Something that holds byte strings; the name of the format, whether it is read or not.
    Container(&'static str),
    /// Text for people or programs; a text file called `.pkl` is left to the editor's own handling.
    Text(TextKind),
    /// A format that is recognised and is none of the above; its name.
    Other(&'static str),
    /// Nothing at all.
    Empty,
    /// Data that nothing is recognised in.
    Unknown,
}

/// Whether `bytes`, the numbers of a tensor by all that is known, begin with a pickle that does something when it is loaded.
pub(crate) fn hides_pickle(bytes: &[u8]) -> bool {
    pickle::calls_something(&bytes[..bytes.len().min(SNIFF_BYTES)], bytes.len() as u64)
}

/// The opcodes that `bytes` begin with, each with its operand, up to the first that is none or is cut off.
pub(crate) fn opcodes(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    pickle::opcodes(bytes)
}

/// What the byte string is that begins with `head` and is `whole_len` bytes long. `head` may as well be all
/// of a memory-mapped file: of the first opcodes, operands are skipped unseen, and nothing else behind the first
/// [`SNIFF_BYTES`] is touched.
///
/// A pickle goes before a signature: `GGUF` is the signature of a format and the beginning of a BINFLOAT, and what
/// an unpickler can run is a pickle whatever else it looks like.
#[must_use]
pub fn sniff(head: &[u8], whole_len: u64) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    let all = head;
    let head = &head[..head.len().min(SNIFF_BYTES)];
    let is_whole = head.len() as u64 >= whole_len;
    let text = text::decode(head, is_whole);
    if pickle::is_pickle(all, whole_len, text.is_some()) {
        return Kind::Pickle;
    }
    magic::recognise(head, whole_len)
        .or_else(|| text.map(|text| Kind::Text(text::kind(text))))
        .unwrap_or(Kind::Unknown)
}
