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
