//! ## What it does
//! Tells of an array of Python objects in a `.npy`, or in a `.npz`, which is an archive of those. Its items are a pickle, and
//! that pickle is analysed like any other. Likewise of an array of zarr or N5 whose description names the codec `pickle` of numcodecs,
//! whatever its items are said to be: its chunks are files beside the description, members of the same zip, or written down in the
//! same JSON (references, as kerchunk makes them), and what other codecs did to them is undone. A warning where no chunk is there: who
//! reads one unpickles it, wherever it comes from.
//!
//! ## Why is this bad?
//! A file of numbers cannot do anything; this one can. numpy refuses it unless it is told `allow_pickle=True`, and who
//! writes that for one file tends to write it for all.
//!
//! ## Example
//! `numpy.save("names.npy", numpy.array(["a", None], dtype=object))`
//!
//! ## Use instead
//! An array of strings or numbers, or JSON for what is neither. Load others with `allow_pickle=True` only where you made
//! them, or have looked at their globals.
//!
//! ## References
//! - `numpy/lib/format.py`, `read_array`
//! - `numcodecs/pickles.py`; `zarr/core.py`, `_decode_chunk`; `zarr/meta.py`, `decode_fill_value`
//! - CVE-2019-6446: `allow_pickle` was on by default before numpy 1.16.3

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC110",
        name: "object-array",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("object_array.rs"),
    },
    checks: &[],
};
