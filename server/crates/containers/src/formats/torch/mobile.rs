//! Models for mobile devices as a FlatBuffer (`_save_for_lite_interpreter(…, _use_flatbuffer=True)`), which `torch.jit.load` takes
//! as well: instructions of TorchScript and numbers, no pickles.

use std::borrow::Cow;

use crate::budget::Budget;
use crate::code::{Code, Loader};
use crate::formats::Format;
use crate::member::{Member, Opened};
use crate::sniff::Kind;
use crate::unwrap::Input;

/// The name of the format.
pub(crate) const NAME: &str = "torch mobile";

/// What stands behind the first four bytes.
const IDENTIFIER: &[u8] = b"PTMF";

/// See the module.
pub(crate) struct Mobile;

/// Whether a file that begins so is one.
pub(crate) fn begins(head: &[u8]) -> bool {
    head.get(4..8) == Some(IDENTIFIER)
}

impl Format for Mobile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ff"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        begins(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        budget.code(Code {
            member: None,
            offset: Some(0),
            loader: Loader::TorchMobile,
            bytes: Cow::Borrowed(input.bytes),
        });
        opened.members.push(Member {
            path: None,
            kind: Kind::Other(NAME),
            bytes: None,
            file_offset: None,
            size: input.bytes.len() as u64,
            named_pickle: false,
            beside: false,
        });
        opened
    }
}
