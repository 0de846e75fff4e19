//! What goes through its arguments: to give their items some of them read files or start processes, and some have no end.

use pickle_machine::Names;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Operand};

use super::looked::Waiting;
use super::numbers::{has_exponent_in_parts, is_type_of_numbers};
use super::shapes::Fit;
use super::{Analysis, CallSite, Callee, EntryId};
use crate::policy::goes_through;

impl<'a> Analysis<'_, 'a> {
    /// Judges what goes through its arguments: to give their items, some read files or start processes.
    pub(super) fn judge_iteration(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        arguments: Value,
        callee: EntryId,
    ) {
        if self.is_too_large(arena, call, arguments, callee)
            || self.makes_too_large(arena, op, arguments, callee)
        {
            let fit = Fit::Unusual("what it makes takes gigabytes of memory");
            self.site(arena, &CallSite { op, call, callee: Callee::Known(callee), fit });
            return;
        }
        if self.grows(arena, op, (call, arguments), callee) {
            let fit = Fit::Unusual("it makes so much of so little that it takes minutes, or all memory");
            self.site(arena, &CallSite { op, call, callee: Callee::Known(callee), fit });
            return;
        }
        if let Some(harm) = self.calls_held(arena, op, arguments, callee) {
            let fit = Fit::Unusual(harm);
            self.site(arena, &CallSite { op, call, callee: Callee::Known(callee), fit });
            return;
        }
        if !(self.lazy || self.endless) || is_exception(&self.ledger.entry(callee).names) {
            return;
        }
        let endless = self.endless && goes_through(&self.ledger.entry(callee).names.module);
        if endless
            && grows(&self.ledger.entry(callee).names)
            && self.has_huge_number(arena, callee, arguments)
        {
            let fit = Fit::Unusual("with a number so large it takes hours, or all memory");
            self.site(arena, &CallSite { op, call, callee: Callee::Known(callee), fit });
            return;
        }
        if endless && self.never_ends(arena, op, callee, arguments) {
            let fit = Fit::Unusual("it goes through something that has no end, or none in sight");
            self.site(arena, &CallSite { op, call, callee: Callee::Known(callee), fit });
            return;
        }
        if self.takes_lazy(arena, op, arguments, callee) {
            let why = "to give its items, an argument reads files, starts processes or calls what it holds";
            let (callee, fit) = (Callee::Known(callee), Fit::Unusual(why));
            self.site(arena, &CallSite { op, call, callee, fit });
        }
    }

    /// Whether a call goes through all of something that has no end, so that loading does not come to one either; to take one item
    /// goes through all that is left out before it.
    fn never_ends(&mut self, arena: &Arena<'a>, op: &Op<'a>, callee: EntryId, arguments: Value) -> bool {
        let names = &self.ledger.entry(callee).names;
        let takes_one = names.name == "next";
        // Iterators take what they are asked for, but those that combine all; these stop, or ask for one.
        let takes_all = (names.module != "itertools" || COMBINED.contains(&names.name.as_ref()))
            && ![
                "enumerate",
                "filter",
                "iter",
                "map",
                "next",
                "zip",
                "print",
                "id",
                "isinstance",
                "callable",
            ]
            .contains(&names.name.as_ref());
        let items = arena.tuple(arguments).unwrap_or_default();
        (takes_all || takes_one) && self.has_endless(arena, op, items, takes_one)
    }

    /// Whether one of some values is an iterator without an end; with `leaves_out`, one that may leave out items without an end.
    fn has_endless(&mut self, arena: &Arena<'a>, op: &Op<'a>, values: &[Value], leaves_out: bool) -> bool {
        let mut waiting = Waiting::new(values.iter().copied(), !leaves_out);
        while let Some((value, counts)) = self.next_of(&mut waiting, op) {
            let Some((callee, arguments)) = arena.call_of(value) else { continue };
            let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { continue };
            let names = &self.ledger.entry(id).names;
            let counts = counts || may_leave_out(names);
            let items = arena.tuple(arguments).unwrap_or_default();
            // Whose argument it is that there has to be an end of.
            let goes_on_with = match (names.module.as_ref(), names.name.as_ref()) {
                _ if self.has_no_end(arena, names, items) => {
                    if counts {
                        return true;
                    }
                    continue;
                }
                ("itertools", "islice") if items.iter().any(|&item| self.is_huge(arena, item)) => {
                    items.get(..1).unwrap_or_default()
                }
                // dill has text of a range evaluated.
                (_, "_eval_repr") => match items.first() {
                    Some(&text) if counts && self.has_in_text(arena, text, Sought::Digits) => return true,
                    _ => continue,
                },
                // These end with the first of theirs that does: a list, or text, is an end in sight.
                ("builtins", "map") if are_calls(arena, items.get(1..)) => &items[1..],
                ("builtins", "zip") if are_calls(arena, Some(items)) => items,
                ("builtins", "filter") | ("itertools", "filterfalse" | "dropwhile") => {
                    items.get(1..2).unwrap_or_default()
                }
                ("itertools", "chain" | "zip_longest") => items,
                ("builtins", "enumerate" | "iter" | "reversed")
                | ("itertools", "chain.from_iterable" | "tee")
                | ("operator" | "_operator", "getitem")
                | ("itertools", "accumulate" | "batched" | "groupby" | "pairwise" | "compress") => {
                    items.get(..1).unwrap_or_default()
                }
                // An object gives the items of what it holds, if its class is a container of whatever kind.
                _ => {
                    waiting.extend(self.held_by(arena, value), counts);
                    continue;
                }
            };
            waiting.extend(goes_on_with.iter().copied(), counts);
        }
        false
    }

    /// What the state of an object holds, as far as it is more than constants.
    fn held_by(&self, arena: &Arena<'a>, object: Value) -> Vec<Value> {
        let Some(state) = arena.contents_of_call(object).and_then(|contents| contents.state) else {
            return Vec::new();
        };
        let parts = arena.tuple(state).map_or_else(|| vec![state], <[Value]>::to_vec);
        let held = parts.into_iter().flat_map(|part| match arena.shape(part) {
            Made::Container(_, Some(contents)) => contents.pairs.iter().skip(1).step_by(2).copied().collect(),
            _ => vec![part],
        });
        held.filter(|&value| arena.call_of(value).is_some()).collect()
    }

    /// Whether one of the arguments of a call is a number that is huge. With three of them, `pow` computes with remainders.
    fn has_huge_number(&mut self, arena: &Arena<'a>, callee: EntryId, arguments: Value) -> bool {
        let items = arena.tuple(arguments).unwrap_or_default();
        if !takes_a_number(&self.ledger.entry(callee).names) {
            return items.len() < 3 && items.last().is_some_and(|&value| is_huge_constant(arena, value));
        }
        let Some(&item) = items.first() else { return false };
        // What these go through is taken for fractions.
        if self.ledger.entry(callee).names.module == "statistics" {
            return self.has_huge_decimal(arena, item);
        }
        // To round to that many digits before the point is to compute that power of ten.
        if self.ledger.entry(callee).names.name == "round"
            && items.get(1).is_some_and(|&digits| self.is_huge(arena, digits))
        {
            return true;
        }
        // `Decimal('1E+9999999')` is small until it is taken for a whole number.
        let inner = arena.call_of(item).and_then(|(_, inner)| arena.tuple(inner)?.first().copied());
        inner.is_some_and(|inner| self.is_computed_decimal(arena, item, inner))
            || self.has_in_text(arena, inner.unwrap_or(item), Sought::Exponent)
    }

    /// Whether one of a collection is a decimal number with a huge exponent.
    fn has_huge_decimal(&mut self, arena: &Arena<'a>, all: Value) -> bool {
        let items = match arena.shape(all) {
            Made::Tuple(items) => items.to_vec(),
            Made::Container(_, Some(contents)) => contents.items.clone(),
            Made::Call { arguments, .. } => arena.tuple(arguments).unwrap_or_default().to_vec(),
            _ => return false,
        };
        items.iter().any(|&item| match arena.shape(item) {
            Made::Call { arguments, .. } => {
                arena.tuple(arguments).and_then(<[Value]>::first).is_some_and(|&inner| {
                    self.is_computed_decimal(arena, item, inner)
                        || self.has_in_text(arena, inner, Sought::Exponent)
                })
            }
            _ => false,
        })
    }

    /// Whether the exponent of a decimal number is huge or computed: it is not in a text.
    fn is_computed_decimal(&self, arena: &Arena<'a>, number: Value, inner: Value) -> bool {
        let known = arena.call_of(number).and_then(|(called, _)| self.known_at(arena, called));
        let is_decimal = known.is_some_and(|id| self.ledger.entry(id).names.name == "Decimal");
        is_decimal && (arena.call_of(inner).is_some() || has_exponent_in_parts(arena, inner))
    }

    /// Whether a call makes something that has no end, or none in sight.
    fn has_no_end(&self, arena: &Arena<'a>, names: &Names<'_>, items: &[Value]) -> bool {
        let has_huge = || items.iter().any(|&item| self.is_huge(arena, item));
        match (names.module.as_ref(), names.name.as_ref()) {
            ("itertools", "count") => true,
            ("itertools", "cycle") => !items.is_empty(),
            ("itertools", "repeat") => {
                items.len() == 1 || items.get(1).is_some_and(|&times| self.is_huge(arena, times))
            }
            ("itertools", name) => COMBINED.contains(&name),
            ("ipaddress", name) => NETWORKS.contains(&name),
            ("dateutil.rrule", name) => RULES.contains(&name),
            ("builtins", "range" | "xrange") | ("pandas" | "pandas.core.indexes.range", "RangeIndex") => {
                has_huge()
            }
            _ => false,
        }
    }

    /// Whether a value is a number so large that to count to it takes too long, or one that is computed.
    fn is_huge(&self, arena: &Arena<'a>, value: Value) -> bool {
        match arena.shape(value) {
            Made::Call { .. } => {
                self.extent_of(arena, value).count().is_some_and(|count| count >= HUGE as f64)
            }
            _ => is_huge_constant(arena, value),
        }
    }

    /// Whether a value is a text with a huge number in it. A long text is read once, however many calls are given it.
    pub(super) fn has_in_text(&mut self, arena: &Arena<'a>, value: Value, sought: Sought) -> bool {
        let Made::Literal(op) = arena.shape(value) else { return false };
        let is_in = || {
            arena.text(value).is_some_and(|text| match sought {
                Sought::Digits => has_huge_digits(&text),
                Sought::Exponent => has_huge_exponent(&text),
            })
        };
        if op.end - op.start < LONG {
            return is_in();
        }
        *self.texts.entry((op.start, sought)).or_insert_with(is_in)
    }
}

/// Bytes of a text of which is remembered what is in it.
const LONG: usize = 1 << 10;

/// What a text is looked through for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sought {
    /// A number that is huge.
    Digits,
    /// A huge exponent at its end.
    Exponent,
}

/// Whether instances of a class do more than to give items, or a text, when they are iterated, compared or shown: frames of a traceback
/// read the line of source that they are of, loaders of torch start processes, views of edges and degrees call methods of what their
/// state says that the graph is, cards of sentence-transformers write their examples into a folder, states of accelerate ask the
/// machine what it has, names of systems ask `uname` for the processor.
pub(super) fn is_lazy(names: &Names<'_>) -> bool {
    match (names.module.as_ref(), names.name.as_ref()) {
        ("platform", "uname_result")
        | ("traceback", "FrameSummary")
        | ("torch.utils.data.dataloader", "DataLoader") => true,
        ("networkx.classes.reportviews", name) => !name.starts_with("Node"),
        ("accelerate.state", name) => name.ends_with("State"),
        (module, "SentenceTransformerModelCardData") => module.starts_with("sentence_transformers."),
        _ => false,
    }
}

/// What gives so many items of few that no pickler has anything go through them.
const COMBINED: &[&str] = &["combinations", "combinations_with_replacement", "permutations", "product"];
/// What gives all addresses of a network.
const NETWORKS: &[&str] = &["IPv4Network", "IPv6Network"];

/// What gives the dates of a rule, of which there may be one each second, or none.
const RULES: &[&str] = &["rrule", "rruleset"];

/// Whether something may go through many items, or all, before it gives one.
fn may_leave_out(names: &Names<'_>) -> bool {
    match names.module.as_ref() {
        "itertools" => ["compress", "dropwhile", "filterfalse", "islice"].contains(&names.name.as_ref()),
        "builtins" => names.name == "filter",
        "dateutil.rrule" => RULES.contains(&names.name.as_ref()),
        _ => false,
    }
}

/// Whether there are values, and all are results of calls.
fn are_calls(arena: &Arena<'_>, values: Option<&[Value]>) -> bool {
    values.is_some_and(|values| {
        !values.is_empty() && values.iter().all(|&value| arena.call_of(value).is_some())
    })
}

/// Whether something gives items without an end, or numbers that are much longer than what it is given.
pub(super) fn is_endless(names: &Names<'_>) -> bool {
    let name = names.name.as_ref();
    grows(names)
        || match names.module.as_ref() {
            "itertools" => ["count", "cycle", "repeat"].contains(&name) || COMBINED.contains(&name),
            "builtins" | "__builtin__" => ["range", "xrange"].contains(&name),
            "ipaddress" => NETWORKS.contains(&name),
            "dateutil.rrule" => RULES.contains(&name),
            "pandas" | "pandas.core.indexes.range" => name == "RangeIndex",
            "dill._dill" | "dill.dill" => name == "_eval_repr",
            _ => false,
        }
}

/// Whether a text has a number in it that is huge.
fn has_huge_digits(text: &str) -> bool {
    let numbers = text.split(|character: char| !character.is_ascii_digit());
    let mut numbers = numbers.filter(|number| !number.is_empty()).map(|number| number.parse::<i64>().ok());
    numbers.any(|number| number.is_none_or(|number| number >= HUGE))
}

/// Whether a function gives numbers that are much longer than its arguments.
fn grows(names: &Names<'_>) -> bool {
    match names.module.as_ref() {
        "math" => ["ceil", "comb", "factorial", "floor", "perm", "trunc"].contains(&names.name.as_ref()),
        "fractions" => names.name == "Fraction",
        "numpy" => is_type_of_numbers(&names.name),
        "statistics" => names.name.starts_with(|first: char| first.is_ascii_lowercase()),
        "builtins" | "__builtin__" | "operator" | "_operator" => {
            ["int", "lshift", "mul", "pow", "round", "str.zfill"].contains(&names.name.as_ref())
        }
        _ => false,
    }
}

/// Numbers from which on such a function takes longer than anybody waits.
const HUGE: i64 = 1 << 22;

/// Whether a function makes a whole number, or a fraction, of a text or of another number.
fn takes_a_number(names: &Names<'_>) -> bool {
    ["numpy", "statistics"].contains(&names.module.as_ref())
        || ["Fraction", "ceil", "floor", "int", "round", "trunc"].contains(&names.name.as_ref())
}

pub(super) fn has_huge_exponent(text: &str) -> bool {
    let exponent =
        text.rsplit_once(['e', 'E']).map(|(_, exponent)| exponent.trim_start_matches(['+', '-', '0']));
    exponent.is_some_and(|digits| {
        digits.len() > MOST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
    })
}

/// Digits of an exponent that is not huge.
const MOST_DIGITS: usize = 5;

fn is_huge_constant(arena: &Arena<'_>, value: Value) -> bool {
    let Made::Literal(op) = arena.shape(value) else { return false };
    match op.operand() {
        Ok(Operand::Int(number)) => {
            number.to_i64().is_none_or(|number| number.unsigned_abs() >= HUGE.unsigned_abs())
        }
        _ => false,
    }
}

/// Whether something is an exception of Python: those hold their arguments.
pub(super) fn is_exception(names: &Names<'_>) -> bool {
    names.module == "builtins" && names.name.starts_with(|first: char| first.is_ascii_uppercase())
}
