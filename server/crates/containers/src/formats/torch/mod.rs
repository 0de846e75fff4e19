//! Files of torch that are no zip: the format of `torch.save(…, _use_new_zipfile_serialization=False)`, which was the only one
//! before 1.6, and the tar before 0.1.10. Numbers of tensors are told apart from pickles here, and never decoded.

pub(crate) mod bytecode;
pub(crate) mod elements;
pub(crate) mod graph;
mod heads;
pub(crate) mod instructions;
pub(crate) mod legacy;
pub(crate) mod mobile;
pub(crate) mod routines;
pub(crate) mod script;
pub(crate) mod tar;

use std::borrow::Cow;

use crate::fault::{Fault, FaultKind};
use crate::member::{Member, Opened};
use crate::sniff::{Kind, hides_pickle};
pub(crate) use legacy::Legacy;
pub(crate) use mobile::Mobile;

/// What the raw numbers of a tensor are called.
pub const STORAGE: Kind = Kind::Other("torch storage");

/// What is to be said of the numbers of a tensor, which begin with `head` and lie at `offset` of the container. That they begin
/// with a pickle is worth a word: no loader looks for one there.
pub(crate) fn look_at_storage(name: &str, head: &[u8], offset: usize, opened: &mut Opened<'_>) {
    if hides_pickle(head) {
        let message =
            "the numbers of a tensor begin with a pickle that calls something; torch does not load it";
        opened.faults.push(Fault::new(FaultKind::PickleInNumbers, offset, message).of(name));
    }
}

/// Adds the numbers of a tensor, which lie at `offset` of the container.
pub(crate) fn add_storage<'a>(name: String, data: &'a [u8], offset: usize, opened: &mut Opened<'a>) {
    look_at_storage(&name, data, offset, opened);
    opened.members.push(Member {
        path: Some(name),
        kind: STORAGE,
        bytes: Some(Cow::Borrowed(data)),
        file_offset: Some(offset as u64),
        size: data.len() as u64,
        named_pickle: false,
        beside: false,
    });
}
