//! ## What it does
//! Reports objects with numbers that the code of their class believes and that are not true: indices beyond what they are indices
//! into, lengths that do not fit, storages of torch that are longer than their record. Also where such numbers cannot be known before the file is loaded, and arrays and dtypes that are
//! changed after others have taken them over.
//!
//! ## Why is this bad?
//! Compiled code follows these numbers without a look. A sparse matrix with an index beyond its shape writes over memory that is not
//! its own as soon as somebody adds it up or prints it; a decision tree whose node names a child that is none reads whatever lies
//! there. That crashes the process, shows what is in its memory, or is the first step to running native code, without a single
//! global that is harmful.
//!
//! Numbers of torch are in other records of an archive, which are read where they are indices: of sparse and nested tensors, of packed
//! sequences. Its loader before 2.7 takes the length of a storage from the pickle, also with `weights_only=True`, and reads on behind
//! the record.
//!
//! Models of XGBoost and LightGBM are constants in formats of their own. Both libraries go from node to node without a look, also where
//! a tree leads back to itself, and down by recursion where one is shown or explained. Geometries of Shapely are bytes whose reader
//! goes down by recursion, also a hundred thousand levels; numbers of gmpy2 are bytes with lengths in them, which its reader follows
//! beyond their end.
//!
//! Other numbers say how many steps are taken or how large something is: an estimator of scikit-learn that is said to have been given two
//! thousand million features makes a name for each of them, until the memory ends.
//!
//! Texts of a configuration of OmegaConf that refer to another one twice, which refers to another one twice, and so on, are worked out until
//! nobody waits for it any more.
//!
//! A decision tree, or a placement of a tensor of torch, that is made and never given a state has none of its own memory: using it
//! reads whatever lies there.
//!
//! The help says what the code takes for granted: `indices in 0..len(data)` that each number in `indices` is 0 or more and less
//! than the length of `data`, `dim(data,1)` the size of axis 1, `nodes.left` a field of records (`index` the place of the record),
//! `a/b` the member `b` of what `a` holds, `a|b` a member that has had two names.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'scipy.sparse._dia'
//! SHORT_BINUNICODE 'dia_matrix'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! MARK
//!   SHORT_BINUNICODE 'offsets'
//!   SHORT_BINUNICODE 'numpy.core.numeric'
//!   SHORT_BINUNICODE '_frombuffer'
//!   STACK_GLOBAL
//!   MARK
//!     SHORT_BINBYTES b'\x00\x01\x02'
//!     SHORT_BINUNICODE 'numpy'
//!     SHORT_BINUNICODE 'dtype'
//!     STACK_GLOBAL
//!     SHORT_BINUNICODE 'i1'
//!     NEWFALSE
//!     NEWTRUE
//!     TUPLE3
//!     REDUCE
//!     BININT1 3
//!     TUPLE1
//!     SHORT_BINUNICODE 'C'
//!   TUPLE
//!   REDUCE
//!   SHORT_BINUNICODE 'data'
//!   SHORT_BINUNICODE 'numpy.core.numeric'
//!   SHORT_BINUNICODE '_frombuffer'
//!   STACK_GLOBAL
//!   MARK
//!     SHORT_BINBYTES b'\x01\x02'
//!     SHORT_BINUNICODE 'numpy'
//!     SHORT_BINUNICODE 'dtype'
//!     STACK_GLOBAL
//!     SHORT_BINUNICODE 'i1'
//!     NEWFALSE
//!     NEWTRUE
//!     TUPLE3
//!     REDUCE
//!     BININT1 1
//!     BININT1 2
//!     TUPLE2
//!     SHORT_BINUNICODE 'C'
//!   TUPLE
//!   REDUCE
//! SETITEMS
//! BUILD
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load the file. What the libraries write themselves fits: here, a row of data for each offset.
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'scipy.sparse._dia'
//! SHORT_BINUNICODE 'dia_matrix'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! MARK
//!   SHORT_BINUNICODE 'offsets'
//!   SHORT_BINUNICODE 'numpy.core.numeric'
//!   SHORT_BINUNICODE '_frombuffer'
//!   STACK_GLOBAL
//!   MARK
//!     SHORT_BINBYTES b'\x00'
//!     SHORT_BINUNICODE 'numpy'
//!     SHORT_BINUNICODE 'dtype'
//!     STACK_GLOBAL
//!     SHORT_BINUNICODE 'i1'
//!     NEWFALSE
//!     NEWTRUE
//!     TUPLE3
//!     REDUCE
//!     BININT1 1
//!     TUPLE1
//!     SHORT_BINUNICODE 'C'
//!   TUPLE
//!   REDUCE
//!   SHORT_BINUNICODE 'data'
//!   SHORT_BINUNICODE 'numpy.core.numeric'
//!   SHORT_BINUNICODE '_frombuffer'
//!   STACK_GLOBAL
//!   MARK
//!     SHORT_BINBYTES b'\x01\x02'
//!     SHORT_BINUNICODE 'numpy'
//!     SHORT_BINUNICODE 'dtype'
//!     STACK_GLOBAL
//!     SHORT_BINUNICODE 'i1'
//!     NEWFALSE
//!     NEWTRUE
//!     TUPLE3
//!     REDUCE
//!     BININT1 1
//!     BININT1 2
//!     TUPLE2
//!     SHORT_BINUNICODE 'C'
//!   TUPLE
//!   REDUCE
//! SETITEMS
//! BUILD
//! STOP
//! ```
//!
//! ## References
//! - `scipy/sparse/sparsetools/csr.h`, `sklearn/tree/_tree.pyx`: loops that go where the numbers say
//! - `numpy/_core/src/multiarray/descriptor.c`, `arraydescr_setstate`: changes a dtype that arrays have
//! - [CWE-129](https://cwe.mitre.org/data/definitions/129.html): improper validation of array index

use crate::analysis::{Misfit, Seen, View, Why};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::CountKind;
use crate::rule::{Check, Meta, Rule};

const STATE_BEHIND: &str = "picklers give it its state right behind it";

/// Objects without a state that are told, of a pickle.
const MOST_TOLD: usize = 64;

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG117",
        name: "numbers-believed",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("numbers_believed.rs"),
    },
    checks: &[Check::Misfit(check), Check::Pickle(check_stateless)],
};

fn check(view: &View<'_, '_>, misfit: &Misfit<'_, '_>, report: &mut Reporter<'_>) {
    let Misfit { op, object, of, why } = misfit;
    let (severity, message, help) = match why {
        Why::Broken(requirement, there) => (
            Severity::Error,
            format!("`{of}` is given numbers that do not fit: {there}"),
            format!(
                "its code follows these numbers without a look, into memory that is not its own or for longer than \
                 anybody waits; it takes for granted: `{requirement}`"
            ),
        ),
        Why::Leads(there) => (
            Severity::Error,
            format!("`{of}` leads to what is no file of its checkpoint: {there}"),
            "loading the checkpoint unpickles the file that it names, which is not looked into with this one"
                .to_owned(),
        ),
        Why::Text(there) => (
            Severity::Error,
            format!("`{of}` is made of a text that no file of its library has: {there}"),
            "reading the text opens the file that it names, or takes as long as the text is deep; its library keeps names \
             and numbers there"
                .to_owned(),
        ),
        Why::Renamed(there) => (
            Severity::Error,
            format!("`{of}` gives an object that the program has another state: {there}"),
            "the object is that of the program, where it has one of this name, and all of the program sees the change; \
             picklers write the state that it has"
                .to_owned(),
        ),
        Why::Expands(there) => (
            Severity::Error,
            format!("`{of}` has texts that refer to each other: {there}"),
            "what a text refers to is worked out again each time; no configuration needs so many".to_owned(),
        ),
        Why::Unknown(requirement, member, why) => (
            Severity::Warning,
            format!("`{of}` is given numbers that cannot be checked: `{member}` {why}"),
            format!(
                "its code follows these numbers without a look, into memory or for as long as they say, and no file of its \
                 library leaves them open; it takes for granted: `{requirement}`"
            ),
        ),
        Why::Excess { member, number, most, kind } => {
            let (message, help) = excess(of, member, (*number, *most), *kind);
            (Severity::Error, message, help)
        }
        Why::Uncounted(member, why) => (
            Severity::Warning,
            format!("`{of}` is given a number that cannot be checked: `{member}` {why}"),
            "its code takes so many steps, or makes something of that size, as soon as it is used".to_owned(),
        ),
        Why::Stateless => (Severity::Error, stateless(of), STATE_BEHIND.to_owned()),
        Why::Earlier => (
            Severity::Warning,
            format!("`{of}` is given a state that was made before it, whose numbers cannot be checked"),
            "picklers write the state of an object behind it; its code believes the numbers in it".to_owned(),
        ),
        Why::Constructed => (
            Severity::Warning,
            format!("`{of}` is called, which takes numbers without a look at them"),
            "picklers create it without its constructor, and give it a state".to_owned(),
        ),
        Why::Unmade => (
            Severity::Error,
            format!("`{of}` is created without its constructor, and its code follows pointers that only that sets"),
            "picklers call its constructor".to_owned(),
        ),
        Why::Given => (
            Severity::Warning,
            format!("`{of}` is created with arguments, and goes through all that is in them"),
            "picklers create it without any; what refers to itself over and over takes longer than anybody waits".to_owned(),
        ),
        Why::Changed => (
            Severity::Error,
            format!(
                "{} changes `{}` after others have taken it over",
                op.opcode.name(),
                view.render(*object)
            ),
            "what has it believes what it was: code then reads and writes memory that is not its own, or takes as many \
             steps as there are now"
                .to_owned(),
        ),
    };
    report.push(report.finding(op.start..op.end, message).of_severity(severity).help(help));
}

/// What is said of a number that no file needs, and what to know about it.
fn excess(of: &str, member: &str, (number, most): (i64, i64), kind: CountKind) -> (String, String) {
    let (what, granted) = match kind {
        CountKind::Product => (format!("the product of `{member}`"), format!("product({member})")),
        CountKind::Lengths => {
            (format!("the number of combinations in `{member}`"), format!("combinations({member})"))
        }
        CountKind::Largest | CountKind::Factor => (format!("`{member}`"), member.to_owned()),
    };
    (
        format!("`{of}` is given a number that no file needs: {what} is {number}"),
        format!(
            "its code takes so many steps, or makes something of that size, as soon as it is used; it takes for granted: \
             `{granted} in 0..{most}`"
        ),
    )
}

/// What is said of an object without a state.
fn stateless(class: &str) -> String {
    format!("`{class}` is made and never given a state, and its code reads memory that holds anything")
}

/// Objects that were never given a state.
fn check_stateless(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let mut all: Vec<_> = seen.tally.stateless.iter().collect();
    all.sort_unstable();
    for (&start, (end, class)) in all.into_iter().take(MOST_TOLD) {
        let finding = report.finding(start..*end, stateless(class));
        report.push(finding.help(STATE_BEHIND));
    }
}
