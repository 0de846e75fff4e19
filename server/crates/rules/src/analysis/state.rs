//! What `BUILD` gives an object: what kind of state it is, and which attributes in it are more than data.

use std::borrow::Cow;

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Operand};

use super::borrowed::{gives_items, is_made_of_others, names_methods};
use super::distributions::{SOURCE, is_written_by_scipy};
use super::evaluated::Harm;
use super::{Analysis, Callee, EntryId};
use crate::policy::{Shape, Verdict};

/// What a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateKind {
    /// A dict that is empty.
    Empty,
    /// What an object without `__setstate__` takes, or something that is not known.
    Usual,
    /// Something that only `__setstate__` takes.
    Other,
}

/// An attribute that a state sets, and that is more than data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    /// It is called later, and is set to this global.
    Replaced(String, EntryId),
    /// It is called later, and is set to something that can be called and is not known.
    Unknown(String),
    /// Its name, or what names it, is computed when the file is loaded.
    Computed,
    /// numpy and what follows its protocol read an address out of it.
    Address(String),
    /// It is source text that the class of the object runs when it gets its state.
    Source(String),
    /// The class of the object runs source text out of a state that is not shown.
    Untold,
    /// The class of the object hands it on to another object, which may be one of the program.
    Setter(&'static str),
    /// The class of the object checks attributes that are set one by one, with functions that the object holds.
    Checked,
    /// A model in native memory, whose class takes its address out of a state that is not shown.
    Model,
    /// Compiled code takes what is no tuple of the length that it needs for one.
    NoTuple,
    /// A member is text that code evaluates, which does what no formula does: its name, the text, and that.
    Evaluated(&'static str, String, Harm),
    /// A function is pickled in bytes that the class of the object unpickles.
    Function,
    /// A folder of pickles: what uses the object unpickles what is there, and writes it.
    Cache,
}

/// Attributes that unpicklers, or what uses the object, call. `dict(object)` and states that are taken for dicts call `keys`, `items`
/// or `pop` of an object, arrays that are made of it `__array__`, marked texts `__html__`, trees of intervals `is_null`; messages `header_factory` of their policy, as
/// soon as they are asked for a header. Configurations of transformers are checked by `__validators__`. Sorted.
const HOOKS: &[&str] = &[
    "__array__",
    "__class__",
    "__deepcopy__",
    "__del__",
    "__getattr__",
    "__html__",
    "__reduce__",
    "__reduce_ex__",
    "__setitem__",
    "__setstate__",
    "__validators__",
    "add",
    "append",
    "extend",
    "find_class",
    "header_factory",
    "is_null",
    "items",
    "keys",
    "persistent_load",
    "pop",
    "update",
];

/// Attributes that a notebook calls when it shows the object, and takes HTML or JavaScript of, which can run code. They are methods
/// of classes; an object has none of its own. Sorted.
const DISPLAYS: &[&str] = &[
    "_html_repr",
    "_ipython_display_",
    "_repr_html_",
    "_repr_javascript_",
    "_repr_json_",
    "_repr_latex_",
    "_repr_markdown_",
    "_repr_mimebundle_",
    "_repr_svg_",
    "_sk_visual_block_",
];

/// Attributes that hold the address of an array. Sorted.
const ADDRESSES: &[&str] =
    &["__array_interface__", "__array_struct__", "__cuda_array_interface__", "__hip_array_interface__"];

/// Items in the state of a random generator of torch: seed, offset, tensor.
const GENERATOR_STATE: usize = 3;

/// Modules whose classes give data that is no text, so that it can be a key of an object's own dict. Sorted.
const DATA: &[&str] = &[
    "datetime",
    "decimal",
    "fractions",
    "ipaddress",
    "pathlib",
    "re",
    "uncertainties.core",
    "uuid",
    "zoneinfo",
];

/// Pairs of states that are looked through for hooks in a pickle. One that gives the same large dict to many objects is
/// reported for it.
const MOST_PAIRS: usize = 1 << 22;

/// Whether an attribute holds the address of an array.
pub(super) fn is_address(attribute: &str) -> bool {
    ADDRESSES.binary_search(&attribute).is_ok()
}

impl<'a> Analysis<'_, 'a> {
    /// An attribute that is set one by one, among pairs of names and values, and is more than data.
    pub(super) fn hook_in(&mut self, arena: &Arena<'a>, pairs: &[Value], op: &Op<'a>) -> Option<Hook> {
        if let Some(hook) = self.hook_among(arena, pairs, op) {
            return Some(hook);
        }
        // All attributes of an object are one of its attributes as well: the dict itself, which can change later.
        for pair in pairs.chunks_exact(2) {
            if arena.text(pair[0]).is_none_or(|name| name != "__dict__") {
                continue;
            }
            match arena.shape(pair[1]) {
                Made::Container(Collection::Dict, _) => return Some(Hook::Computed),
                // Dill's way to name the attribute of a class is judged by itself.
                Made::Call { callee, .. } => match self.resolve(arena, callee, op, 1) {
                    Callee::Known(id) if !matches!(self.ledger.entry(id).verdict, Verdict::Denied(_)) => {
                        return Some(Hook::Computed);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        None
    }

    /// The same of items of the dict that an object keeps its attributes in, where all are names like others.
    fn hook_among(&mut self, arena: &Arena<'a>, pairs: &[Value], op: &Op<'a>) -> Option<Hook> {
        self.tally.pairs = self.tally.pairs.saturating_add(pairs.len() / 2);
        if self.tally.pairs > MOST_PAIRS {
            return Some(Hook::Computed);
        }
        for pair in pairs.chunks_exact(2) {
            let Some(name) = arena.text(pair[0]) else {
                if self.is_computed(arena, pair[0], op) {
                    return Some(Hook::Computed);
                }
                continue;
            };
            if is_address(&name) {
                return Some(Hook::Address(name.into_owned()));
            }
            if name == SOURCE && !arena.text(pair[1]).is_some_and(|text| is_written_by_scipy(&text)) {
                return Some(Hook::Source(name.into_owned()));
            }
            if let Some(hook) = self.compiler(arena, pair[1], op, &name) {
                return Some(hook);
            }
            if let Some(hook) = self.hidden_method(arena, op, &name, pair[1]) {
                return Some(hook);
            }
            let is_display = DISPLAYS.binary_search(&name.as_ref()).is_ok();
            if !is_display && HOOKS.binary_search(&name.as_ref()).is_err() {
                continue;
            }
            match self.resolve(arena, pair[1], op, 1) {
                // What is bound to a harmless function is the text that is shown.
                Callee::Known(id) if is_display && self.is_bound(arena, pair[1], op) => {
                    return Some(Hook::Replaced(name.into_owned(), id));
                }
                // Of another class, an object has members that nobody has looked at.
                Callee::Known(id)
                    if name == "__class__" || self.ledger.entry(id).verdict != Verdict::Allowed =>
                {
                    return Some(Hook::Replaced(name.into_owned(), id));
                }
                Callee::Opaque if name == "__class__" || self.is_bound(arena, pair[1], op) => {
                    return Some(Hook::Unknown(name.into_owned()));
                }
                _ => {}
            }
        }
        None
    }

    /// Whether a value is what an allowed function computes: a text or a dict that the stream does not show.
    pub(super) fn is_computed(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let Made::Call { callee, arguments, .. } = arena.shape(value) else { return false };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        let entry = self.ledger.entry(id);
        let (module, name) = (entry.names.module.as_ref(), entry.names.name.as_ref());
        match entry.verdict {
            // These are reported themselves.
            Verdict::Unlisted | Verdict::Denied(_) => false,
            _ if name == "scalar" && module.starts_with("numpy.") => is_scalar_text(arena, arguments),
            // Protocols below 2 make an instance by a function.
            Verdict::AllowedAs(Shape::Reconstructor) => self.owner(arena, value, op, 1).is_none_or(|class| {
                let names = &self.ledger.entry(class).names;
                !is_data_class(&names.module, &names.name)
            }),
            _ => !is_data_class(module, name),
        }
    }

    /// Whether a value is an attribute of an object, or wraps something to be called.
    fn is_bound(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let Made::Call { callee, .. } = arena.shape(value) else { return false };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        matches!(self.ledger.entry(id).verdict, Verdict::AllowedAs(Shape::GetAttr | Shape::Partial))
    }

    /// What is more than data in the state of an object of certain classes only.
    pub(super) fn hook_of_class(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) -> Option<Hook> {
        arena.call_of(target)?;
        let class = self.owner(arena, target, op, 0)?;
        for &evaluated in self.ledger.entry(class).evaluated {
            if let Some(hook) = self.evaluates(arena, op, state, evaluated) {
                return Some(hook);
            }
        }
        if self.unpickles_function(arena, op, class, state) {
            return Some(Hook::Function);
        }
        let names = &self.ledger.entry(class).names;
        let (module, name) = (names.module.as_ref(), names.name.as_ref());
        let is_plain = matches!(arena.shape(state), Made::Container(Collection::Dict, _));
        // Attributes of a second dict are set one by one, as those are that have slots: properties among them run.
        let has_slots = arena.tuple(state).is_some();
        match (module, name) {
            ("lightgbm.basic" | "xgboost.core", "Booster") if !is_plain => Some(Hook::Model),
            ("torch" | "torch._C", "Generator")
                if arena.tuple(state).is_none_or(|items| items.len() != GENERATOR_STATE) =>
            {
                Some(Hook::NoTuple)
            }
            ("logging", "LoggerAdapter") if has_slots => Some(Hook::Setter("manager")),
            ("joblib._store_backends", _) => Some(Hook::Cache),
            ("joblib.numpy_pickle", "NumpyArrayWrapper" | "NDArrayWrapper" | "ZNDArrayWrapper") => {
                self.class_of_array(arena, op, state);
                reads_itself(arena, state).then(|| Hook::Unknown("read".to_owned()))
            }
            _ if has_slots && module.starts_with("scipy.stats.") && name.ends_with("_frozen") => {
                Some(Hook::Setter("random_state"))
            }
            _ if has_slots && module.starts_with("transformers.") => Some(Hook::Checked),
            ("scipy.odr._odrpack" | "scipy.odr.odrpack", "Data" | "RealData")
                if names_methods(arena, state) =>
            {
                Some(Hook::Unknown("__setstate__".to_owned()))
            }
            _ if is_optimizer(module) => {
                stands_in(arena, state).map(|member| Hook::Unknown(member.to_owned()))
            }
            _ if gives_items(module, name) && is_made_of_others(arena, target) => Some(Hook::Computed),
            _ => None,
        }
    }

    /// What a state is, and which hook it sets.
    pub(super) fn state(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        state: Value,
    ) -> (StateKind, Option<Hook>) {
        let hook = self.hook(arena, op, state);
        let kind = match arena.shape(state) {
            Made::Container(Collection::Dict, _) if is_empty_at(arena, state, op) => StateKind::Empty,
            Made::Container(Collection::Dict, _) => StateKind::Usual,
            Made::Container(..) => StateKind::Other,
            Made::Literal(literal) if literal.opcode == Opcode::None => StateKind::Usual,
            Made::Literal(_) => StateKind::Other,
            Made::Tuple(&[dict, slots]) => {
                let is_dict = |value| match arena.shape(value) {
                    Made::Container(kind, _) => kind == Collection::Dict,
                    Made::Literal(literal) => literal.opcode == Opcode::None,
                    Made::Tuple(_) => false,
                    _ => true,
                };
                if is_dict(dict) && is_dict(slots) { StateKind::Usual } else { StateKind::Other }
            }
            Made::Tuple(_) => StateKind::Other,
            _ => StateKind::Usual,
        };
        (kind, hook)
    }

    /// The hook that a state sets: a dict, a dict and slots, or the function, arguments and keywords of a `partial`.
    fn hook(&mut self, arena: &Arena<'a>, op: &Op<'a>, state: Value) -> Option<Hook> {
        match arena.shape(state) {
            // Items of the first dict go into the one that the object has, those of the second are set as attributes.
            Made::Tuple(parts) if parts.len() <= MOST_PARTS => {
                let mut numbered = parts.iter().enumerate();
                numbered.find_map(|(number, &part)| self.hook_of_dict(arena, op, part, number > 0))
            }
            Made::Tuple(_) => None,
            _ => self.hook_of_dict(arena, op, state, false),
        }
    }

    pub(super) fn hook_of_dict(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        dict: Value,
        one_by_one: bool,
    ) -> Option<Hook> {
        let mut among = |pairs: &[Value]| {
            if one_by_one { self.hook_in(arena, pairs, op) } else { self.hook_among(arena, pairs, op) }
        };
        match arena.shape(dict) {
            Made::Container(Collection::Dict, Some(contents)) => among(&contents.pairs),
            // A dict of another class takes its items from the stream as well.
            Made::Call { callee, arguments, contents, .. } => {
                let pairs = contents.map(|contents| contents.pairs.as_slice()).unwrap_or_default();
                let found = among(pairs);
                let has_state = contents.is_some_and(|contents| contents.state.is_some());
                found.or_else(|| {
                    let is_made = self.is_dict_of_others(arena, callee, arguments, op, has_state);
                    is_made.then_some(Hook::Computed)
                })
            }
            _ => None,
        }
    }

    /// Whether a call gives a dict that is made of its arguments, or of what a function computes.
    fn is_dict_of_others(
        &mut self,
        arena: &Arena<'a>,
        callee: Value,
        arguments: Value,
        op: &Op<'a>,
        has_state: bool,
    ) -> bool {
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        let names = &self.ledger.entry(id).names;
        let (module, name): (Cow<'_, str>, Cow<'_, str>) = (names.module.clone(), names.name.clone());
        // A partial brings arguments of its own.
        let is_partial = arena.call_of(callee).is_some();
        let is_given = is_partial || arena.tuple(arguments).is_none_or(|items| !items.is_empty());
        match (module.as_ref(), name.as_ref()) {
            ("builtins", "dict") | ("collections", "OrderedDict" | "Counter") => is_given,
            ("builtins", "dict.fromkeys") => true,
            ("collections", "defaultdict") => {
                is_partial || arena.tuple(arguments).is_none_or(|items| items.len() > 1)
            }
            // Readers in Python ask any object for its items.
            ("collections", "ChainMap" | "UserDict") | ("types", "MappingProxyType") => is_given || has_state,
            ("operator", _) => true,
            ("builtins", function) => ["max", "min", "next", "sum"].contains(&function),
            _ => false,
        }
    }
}

/// Parts of a tuple that can be a state with dicts in it: that of `partial` has four.
const MOST_PARTS: usize = 4;

/// Whether the arguments of `scalar` make it a text: a dtype `U…` comes first.
fn is_scalar_text(arena: &Arena<'_>, arguments: Value) -> bool {
    let dtype = arena.tuple(arguments).and_then(|items| items.first().copied());
    let Some(Made::Call { arguments, .. }) = dtype.map(|dtype| arena.shape(dtype)) else { return true };
    let code = arena.tuple(arguments).and_then(|items| arena.text(*items.first()?));
    code.is_none_or(|code| code.trim_start_matches(['<', '>', '=', '|']).starts_with('U'))
}

/// Whether a class gives data that is no text, so that it can be the key of an object's own dict.
fn is_data_class(module: &str, name: &str) -> bool {
    const CLASSES: &[&str] =
        &["bool", "bytearray", "bytes", "complex", "float", "frozenset", "int", "range", "slice", "tuple"];
    match module {
        "builtins" => CLASSES.contains(&name),
        "_codecs" | "codecs" => true,
        "torch" => ["Size", "device"].contains(&name),
        _ => DATA.binary_search(&module).is_ok() || module.starts_with("pandas._libs.tslibs"),
    }
}

/// Whether a state that is no dict is surely false: zero, False, or empty.
pub(super) fn is_false(arena: &Arena<'_>, state: Value, op: &Op<'_>) -> bool {
    match arena.shape(state) {
        Made::Tuple(items) => items.is_empty(),
        Made::Container(..) => is_empty_at(arena, state, op),
        Made::Literal(literal) => match literal.operand() {
            Ok(Operand::None) => literal.opcode == Opcode::NewFalse,
            Ok(Operand::Bool(value)) => !value,
            Ok(Operand::Int(value)) => value.to_i64() == Some(0),
            Ok(Operand::Float(value)) => value == 0.0,
            Ok(_) => literal.raw.is_empty() || literal.raw == b"''",
            Err(_) => false,
        },
        _ => false,
    }
}

/// Whether a state has joblib read an array by what it brings: its unpickler calls `read` of the wrapper itself.
fn reads_itself(arena: &Arena<'_>, state: Value) -> bool {
    let parts = arena.tuple(state).unwrap_or(std::slice::from_ref(&state));
    parts.iter().any(|&part| {
        let Made::Container(_, Some(contents)) = arena.shape(part) else { return false };
        let reads = |key: &Value| arena.text(*key).is_some_and(|name| name.starts_with("read"));
        contents.pairs.iter().step_by(2).any(reads)
    })
}

/// Whether a module has optimizers of torch, or such as are made like them.
fn is_optimizer(module: &str) -> bool {
    (module.starts_with("torch.optim.") || module.starts_with("timm.optim."))
        && !module.starts_with("torch.optim.lr_scheduler")
}

/// The member of an optimizer that is not what its class takes it for, as it goes through it when it is given a state
/// (`torch/optim/optimizer.py`): a list of dicts, and a dict.
fn stands_in(arena: &Arena<'_>, state: Value) -> Option<&'static str> {
    let Made::Container(_, Some(contents)) = arena.shape(state) else { return None };
    let is_dict = |value: &Value| matches!(arena.shape(*value), Made::Container(Collection::Dict, _));
    contents.pairs.chunks_exact(2).find_map(|pair| {
        let name = arena.text(pair[0])?;
        match (name.as_ref(), arena.shape(pair[1])) {
            ("param_groups", Made::Container(Collection::List, groups)) => {
                groups.is_some_and(|groups| !groups.items.iter().all(is_dict)).then_some("param_groups")
            }
            ("param_groups", _) => Some("param_groups"),
            // Most have one with a value for each key.
            ("state", Made::Call { callee, .. }) => {
                let is_default = matches!(arena.shape(callee), Made::Global(global)
                    if global.resolved().is_some_and(|names| names.module == "collections"));
                (!is_default).then_some("state")
            }
            _ => None,
        }
    })
}

/// Whether a dict was made just before an op, but for its place in the memo.
fn is_empty_at(arena: &Arena<'_>, dict: Value, op: &Op<'_>) -> bool {
    let Some(made) = arena.origin(dict).and_then(|at| arena.op_at(at)) else { return false };
    let bytes = arena.bytes();
    if made.opcode == Opcode::Dict && (made.start == 0 || bytes[made.start - 1] != Opcode::Mark as u8) {
        return false;
    }
    let mut end = made.end;
    if let Some(next) = arena.op_at(end)
        && next.opcode.fills_memo()
    {
        end = next.end;
    }
    end == op.start
}

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::HOOKS.is_sorted() && super::ADDRESSES.is_sorted() && super::DATA.is_sorted());
    }
}
