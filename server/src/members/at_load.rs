//! Code of TorchScript that is run when a file is loaded, all its sources together: what loops for long in it, or takes any memory.

use std::collections::{HashMap, HashSet};

use pickle_containers::{Code, Fault, FaultKind, Item, Loader, Routine, SETSTATE};
use pickle_rules::policy::loaders;

/// Functions of one file that are followed.
const MOST_ROUTINES: usize = 1 << 16;
/// Findings of one file.
const MOST: usize = 20;

/// Functions of one file by their names. Which of several with one name is called nobody knows without their types.
#[derive(Default)]
pub(super) struct AtLoad {
    routines: HashMap<String, Named>,
    count: usize,
    /// There were more of them.
    is_cut: bool,
}

/// Functions of one name.
#[derive(Default)]
struct Named {
    calls: HashSet<String>,
    /// What one of them does, with where it is.
    harm: Vec<Harm>,
}

struct Harm {
    member: Option<String>,
    offset: Option<u64>,
    what: String,
}

impl AtLoad {
    /// Takes note of the functions in code.
    pub(super) fn take(&mut self, code: &Code<'_>) {
        if !matches!(code.loader, Loader::TorchScript | Loader::TorchMobile) {
            return;
        }
        code.routines(&mut |routine| {
            self.is_cut |= self.count == MOST_ROUTINES;
            self.count += 1;
            if !self.is_cut {
                self.add(code, routine);
            }
            self.is_cut
        });
    }

    fn add(&mut self, code: &Code<'_>, routine: Routine) {
        let is_source = code.loader == Loader::TorchScript;
        let place = |at| if is_source { format!(" in line {}", code.line(at)) } else { String::new() };
        let harm = |at: usize, what: &str, reason: Option<&str>| Harm {
            member: code.member.clone(),
            offset: code.offset,
            what: format!(
                "{what}{}{}",
                place(at),
                reason.map(|reason| format!(", which {reason}")).unwrap_or_default()
            ),
        };
        let named = self.routines.entry(routine.name).or_default();
        let has = |at: Option<usize>, what| at.map(|at| harm(at, what, None));
        named.harm.extend(has(routine.long_loop, "has a loop that may go on for any time"));
        named.harm.extend(has(routine.large_number, "has numbers that make a large one"));
        for call in routine.calls {
            if let Some(reason) = loaders::grows(&call.name, call.is_fixed) {
                named.harm.push(harm(
                    call.at,
                    &format!("calls `{}`", call.name.escape_debug()),
                    Some(reason),
                ));
            }
            named.calls.insert(call.name);
        }
        named.harm.truncate(MOST);
    }

    /// Tells `sink` what the functions do that are run when the file is loaded.
    pub(super) fn finish(self, sink: &mut dyn FnMut(Item<'_>)) {
        let (mut waiting, mut seen) = (vec![SETSTATE], HashSet::from([SETSTATE]));
        let mut faults = Vec::new();
        while let Some(named) = waiting.pop().and_then(|name| self.routines.get(name)) {
            faults.extend(&named.harm);
            // In their order, so that what is said is the same each time.
            let mut calls: Vec<_> =
                named.calls.iter().map(String::as_str).filter(|name| seen.insert(name)).collect();
            calls.sort_unstable();
            waiting.extend(calls.into_iter().filter(|name| self.routines.contains_key(*name)));
        }
        for harm in faults.into_iter().take(MOST) {
            let message = format!("code that is run when the file is loaded (`{SETSTATE}`) {}", harm.what);
            let (member, offset) = (harm.member.clone(), harm.offset);
            sink(Item::Fault(Fault { kind: FaultKind::PackageCode, member, offset, message }));
        }
        if self.is_cut && self.routines.contains_key(SETSTATE) {
            let message = format!(
                "the code has more functions than {MOST_ROUTINES}; what is run when it is loaded was not followed"
            );
            sink(Item::Fault(Fault { kind: FaultKind::LimitReached, member: None, offset: None, message }));
        }
    }
}
