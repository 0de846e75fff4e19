//! Arrays that are in files beside the pickle that they are part of: `joblib` wrote them so before version 0.10, and every version
//! since reads them. The pickle names each file in the state of a wrapper (`NDArrayWrapper`); an array of objects is a pickle in
//! that file, and loaded with the rest.

use std::collections::HashSet;
use std::path::Path;

use pickle_containers::{Fault, FaultKind, Input, Item, Limits, Member, SEPARATOR};
use pickle_machine::stream::Beside;
use pickle_rules::MOST_BESIDE;

use super::code::Judged;
use super::{Folder, is_plain};
use crate::output::shown;
use crate::source::Source;

/// Hands out what the files hold that `named` names, which a stream of the file at `path` asks for. Of numbers there is a member
/// without its bytes; what cannot be read is a fault.
pub(crate) fn visit_beside(
    path: &Path,
    named: &[Beside],
    limits: &Limits,
    interrupt: &dyn Fn() -> bool,
    sink: &mut dyn FnMut(Item<'_>),
) {
    let folder = Folder::of(path);
    let mut seen = HashSet::new();
    for one in named.iter().take(MOST_BESIDE) {
        if interrupt() {
            return;
        }
        match one.file.as_deref() {
            Some(name) if !seen.insert(name) => {}
            Some(name) if is_plain(name) => file(&folder, name, one.at, limits, interrupt, sink),
            Some(name) => {
                let message = format!(
                    "an array is to be read from the file {name:?}, which is not in the same folder; it was not read"
                );
                sink(Item::Fault(fault(FaultKind::PathEscape, one.at, message)));
            }
            None => {
                let message =
                    "an array is to be read from a file whose name the stream does not tell; it was not read";
                sink(Item::Fault(fault(FaultKind::Unsupported, one.at, message.to_owned())));
            }
        }
    }
    if named.len() > MOST_BESIDE {
        let message =
            format!("arrays are in more files than the limit of {MOST_BESIDE}; the rest is not read");
        sink(Item::Fault(fault(FaultKind::LimitReached, named[MOST_BESIDE].at, message)));
    }
}

pub(super) fn fault(kind: FaultKind, at: usize, message: String) -> Fault {
    Fault { kind, member: None, offset: Some(at as u64), message }
}

/// Hands out what one file holds, under its name.
fn file(
    folder: &Folder,
    name: &str,
    at: usize,
    limits: &Limits,
    interrupt: &dyn Fn() -> bool,
    sink: &mut dyn FnMut(Item<'_>),
) {
    let source = match Source::open(&folder.0.join(name)) {
        Ok(source) => source,
        Err(error) => {
            let message =
                format!("an array is in the file {name:?} beside it, which cannot be read: {error}");
            return sink(Item::Fault(fault(FaultKind::Damaged, at, message)));
        }
    };
    hand_out(name, Some(name), source.bytes(), limits, interrupt, sink);
    if source.disturbed() {
        let message = format!("the file {:?} changed while it was read", shown(Path::new(name)));
        sink(Item::Fault(fault(FaultKind::Damaged, at, message)));
    }
}

/// Hands out what the bytes hold that are another file or a part of one, under `name`; `called`: what goes for its name.
pub(super) fn hand_out(
    name: &str,
    called: Option<&str>,
    bytes: &[u8],
    limits: &Limits,
    interrupt: &dyn Fn() -> bool,
    sink: &mut dyn FnMut(Item<'_>),
) {
    let path = |inner: Option<String>| match inner {
        Some(inner) => Some(format!("{name}{SEPARATOR}{inner}")),
        None => Some(name.to_owned()),
    };
    let input = Input::new(called.map(str::to_owned), bytes);
    let mut judged = Judged::default();
    let mut take = |item: Item<'_>| match item {
        Item::Member(member) => {
            let worth = member.is_candidate() || member.named_pickle;
            let bytes = member.bytes.filter(|_| worth);
            // It lies nowhere in the file that was opened.
            let path = path(member.path);
            sink(Item::Member(Member { path, bytes, file_offset: None, beside: true, ..member }));
        }
        Item::Fault(fault) => {
            sink(Item::Fault(Fault { member: path(fault.member), offset: None, ..fault }));
        }
        Item::Code(_) => {}
    };
    pickle_containers::visit(&input, limits, interrupt, &mut |item| match item {
        Item::Code(code) => judged.judge(&code, &mut take),
        item => take(item),
    });
    judged.finish(&mut take);
}
