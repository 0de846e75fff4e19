//! Frames of Blosc, as zarr keeps chunks of arrays in: those of objects are pickles. How they are packed is in
//! [`super::hdf5::blosc`].

use super::compressed::{Behind, Compressed, Joblib};
use super::hdf5::blosc;
use crate::bytes::u32_at;
use crate::sniff::{Kind, sniff};

/// The name of the format.
pub(crate) const NAME: &str = "Blosc";

/// See the module.
pub(crate) static BLOSC: Compressed = Compressed {
    name: NAME,
    extensions: &[],
    endings: &["blosc"],
    begins: |bytes| blosc::is_frame(bytes) && sniff(bytes, bytes.len() as u64) == Kind::Container(NAME),
    decode: blosc::decode,
    claimed: |bytes| u32_at(bytes, 4).map_or(0, u64::from),
    behind: Behind::Bound,
    joblib: Joblib::AsOthers,
};

#[cfg(test)]
mod tests {
    use crate::fault::FaultKind;
    use crate::limits::Limits;
    use crate::unwrap::open;

    /// A frame whose data are copied.
    fn frame(data: &[u8], stated: usize) -> Vec<u8> {
        let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        [&[2, 1, 0x33, 1][..], &number(stated), &number(stated.max(1)), &number(16 + stated), data].concat()
    }

    /// `numcodecs.blosc.compress(…, b"lz4", 5, …)`: bits of single bytes, of which there are not eight times as many, are not sorted; nor are those of
    /// two, by a frame that says that bytes are sorted as well.
    #[test]
    fn what_is_sorted() {
        let pickle = [b"\x80\x04(", &[b'N'; 137][..], b"l."].concat();
        for frame in [
            &b"\x02\x01\x24\x01\x8e\0\0\0\x8e\0\0\0\x2a\0\0\0\x14\0\0\0\x12\0\0\0\x8f\x80\x04(NNNNN\x05\0nPNNNl."[..],
            b"\x02\x01\x35\x02\x8e\0\0\0\x8e\0\0\0\x31\0\0\0\x14\0\0\0\x19\0\0\0\x7f\x80(NNNNN\x05\0\x2c\x2fl\x04\x41\0\x2cpNNNNNN.",
        ] {
            let opened = open(Some("0.0"), frame, &Limits::default());
            assert_eq!((opened.format, opened.faults.len()), ("Blosc", 0));
            assert_eq!(opened.members[0].bytes.as_deref(), Some(pickle.as_slice()));
        }
    }

    #[test]
    fn chunks_of_objects() {
        let pickle = b"\x80\x04cposix\ngetcwd\n)R.";
        let (whole, short) = (frame(pickle, pickle.len()), frame(pickle, 100));
        let opened = open(Some("0.0"), &whole, &Limits::default());
        assert_eq!((opened.format, opened.faults.len()), ("Blosc", 0));
        assert_eq!(opened.members[0].bytes.as_deref(), Some(pickle.as_slice()));
        let cut = open(Some("0.0"), &short, &Limits::default());
        assert_eq!((cut.format, cut.faults[0].kind), ("Blosc", FaultKind::Damaged));
        // A block of a gigabyte is said to be there.
        let mut large = frame(&[0; 8], 1 << 30);
        large[2] = 0x21;
        let opened = open(Some("0.0"), &large, &Limits::default());
        assert_eq!((opened.format, opened.faults[0].kind), ("Blosc", FaultKind::Unsupported));
        assert_ne!(
            open(Some("0.0"), b"\x02\x01\x08\x01abcdefghijklmnop", &Limits::default()).format,
            "Blosc"
        );
    }
}
