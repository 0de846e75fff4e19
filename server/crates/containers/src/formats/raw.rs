//! A file that is no container: its one member is the file itself. Takes every byte string, and names what it
//! recognises and cannot open.

use std::borrow::Cow;

use super::{Format, weights};
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::member::{Member, Opened, is_pickle_name};
use crate::sniff::Kind;
use crate::unwrap::{Input, is_nestable};

/// The name of the format.
pub(crate) const NAME: &str = "raw";

/// See the module.
pub(crate) struct Raw;

impl Format for Raw {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pkl", "pickle", "pck", "joblib", "sav", "dill", "pth"]
    }

    fn sniff(&self, _: &Input<'_>) -> bool {
        true
    }

    fn begins_with_pickle(&self) -> bool {
        true
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let kind = input.kind();
        opened.faults.extend(unsupported(kind));
        opened.faults.extend(super::npy::faults(input.bytes));
        if let Kind::Other(format) = kind {
            weights::tell(format, input.bytes, budget);
        }
        add_itself(input, kind, &mut opened, budget);
        opened
    }
}

/// Adds a file as its own only member.
pub(super) fn add_itself<'a>(
    input: &Input<'a>,
    kind: Kind,
    opened: &mut Opened<'a>,
    budget: &mut Budget<'_>,
) {
    if let Err(limit) = budget.add_member() {
        return opened.faults.push(Fault::new(FaultKind::LimitReached, 0, members_message(limit)));
    }
    opened.members.push(Member {
        path: None,
        kind,
        bytes: Some(Cow::Borrowed(input.bytes)),
        file_offset: Some(0),
        size: input.bytes.len() as u64,
        named_pickle: input.name.as_deref().is_some_and(is_pickle_name),
        beside: false,
    });
}

/// The fault of a container that is recognised, and that no format reads.
pub(crate) fn unsupported(kind: Kind) -> Option<Fault> {
    match kind {
        Kind::Container(name) if !is_nestable(kind) => {
            let message =
                format!("{name} containers are recognised but not opened; what is inside was not read");
            Some(Fault::new(FaultKind::Unsupported, 0, message))
        }
        _ => None,
    }
}

/// What is said when there are more members than [`Limits::members`](crate::Limits).
pub(crate) fn members_message(limit: usize) -> String {
    format!("the file holds more members than the limit of {limit}; the rest is not listed")
}
