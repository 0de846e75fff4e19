//! The shapes in which picklers and libraries write their objects, and what they stand for.
//!
//! One file for a family; each takes the names of the callee that it knows and gives `None` for a call that is not of the
//! shape, which then shows as the call that it is. Which opcodes make the shapes is in `save_reduce` of CPython's `_pickle.c`
//! and in the `__reduce__` of the libraries.

mod arrays;
mod collections;
mod dates;
mod geometry;
mod numpy;
mod pandas;
mod precision;
mod protocol;
mod torch;

use pickle_machine::hole::Hole;

use crate::node::Node;
use crate::objects::{Call, Objects};

/// What an object stands for whose bytes lie behind it.
pub(crate) fn behind(objects: &Objects<'_, '_>, call: &Call<'_, '_>, hole: &Hole) -> Option<Node> {
    numpy::wrapped(objects, call, hole)
}

/// What a call stands for.
pub(crate) fn recognise(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    [
        protocol::node,
        collections::node,
        arrays::node,
        dates::node,
        numpy::node,
        pandas::node,
        torch::node,
        geometry::node,
        precision::node,
    ]
    .iter()
    .find_map(|shape| shape(objects, call))
}
