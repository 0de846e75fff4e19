//! What tells where the bytes of an array end that follow a `BUILD` (see [`crate::hole`]): the class of the object, and
//! shape and dtype in its state.

use std::borrow::Cow;

use pickle_numpy::{Dtype, bytes_of};
use pickle_ops::{Integer, Op, Opcode, Operand};

use super::{Arena, Keep, Shape, Value};
use crate::domain::Collection;
use crate::global::{self, Names};
use crate::hole::{BESIDE, Content, Found, Hole, announces_arrays, pickle_at};

/// The class whose objects arrays are written as.
const WRAPPER: &str = "NumpyArrayWrapper";
/// Its module; older scikit-learn brings a copy of the library along.
const MODULE: &str = "joblib.numpy_pickle";

/// Where later versions keep the classes of older ones.
const OLD_MODULE: &str = "joblib.numpy_pickle_compat";

/// What the state of such an object is read for, in any order.
const FILENAME: &[u8] = b"filename";
const SHAPE: &[u8] = b"shape";
const DTYPE: &[u8] = b"dtype";
const ALIGNMENT: &[u8] = b"numpy_array_alignment_bytes";

/// Keys and values that such a state has at the most; a dict that is filled with more at once is none.
pub(super) const MOST_KEYS: usize = 32;
/// Items of the state of a dtype (`arraydescr_reduce` in numpy's `descriptor.c`, and the versions before it).
const DTYPE_STATE: std::ops::RangeInclusive<usize> = 5..=9;
/// Dimensions of an array: numpy has at most 64.
const MOST_DIMENSIONS: usize = 64;
/// Values in something called that are searched for the class; with more, it is taken for one that makes wrappers.
const MOST_VALUES: usize = 1 << 8;

/// Where the bytes of an array are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    /// Behind the `BUILD` of its wrapper.
    Behind,
    /// In a file beside.
    Beside,
}

/// What an arena has seen of arrays.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// All is read as an unpickler does that knows nothing of arrays.
    off: bool,
    /// A class of the name `dtype` was loaded: states that may be those of dtypes are kept.
    dtypes: bool,
    /// A class of the name of the wrapper was loaded.
    wrappers: bool,
    /// What the last `BUILD` leaves behind it.
    found: Option<Found>,
}

/// How attributes begin that are more than data even where their values are plain: the address of an array
/// (`__array_interface__` and its kin), all attributes at once, and source text that a class of scipy runs when it is given its state.
const TOLD: &[&[u8]] = &[b"__array_", b"__cuda_array_", b"__hip_array_", b"__dict__", b"_parse_arg_template"];
/// Bytes of a constant that is looked at; all of the name may be escaped.
const LONGEST_KEY: usize = 400;

/// Which texts are keys that an observer wants to see with their values.
pub type KeyFilter = fn(&[u8]) -> bool;

/// Whether a constant may be such an attribute, by its first byte.
#[inline(always)]
pub(crate) fn may_be_told(op: &Op<'_>) -> bool {
    use Opcode as O;
    match op.opcode {
        O::ShortBinUnicode | O::BinUnicode | O::BinUnicode8 | O::ShortBinString | O::BinString => {
            op.raw.first() == Some(&b'_')
        }
        O::Unicode | O::String => true,
        _ => false,
    }
}

/// Whether a constant is such an attribute, or one that an observer asked for.
#[inline(never)]
fn is_told(op: &Op<'_>, asked: Option<KeyFilter>) -> bool {
    if op.raw.len() > LONGEST_KEY {
        return false;
    }
    // Lines of text have quotes and escapes, which the name may be hidden behind.
    let is_line = matches!(op.opcode, Opcode::Unicode | Opcode::String);
    let escaped = if is_line && op.raw.contains(&b'\\') { global::text_of(op) } else { None };
    let text = match (&escaped, op.raw) {
        (Some(text), _) => text.as_bytes(),
        (None, [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"']) if op.opcode == Opcode::String => inner,
        (None, raw) => raw,
    };
    TOLD.iter().any(|name| text.starts_with(name)) || asked.is_some_and(|asked| asked(text))
}

impl<'a> Arena<'a> {
    /// Whether there was a constant that is, as a key, more than data with a plain value. From there on such keys are kept.
    #[must_use]
    pub fn may_name_told(&self) -> bool {
        self.told
    }

    /// Looks at a constant that may be such a key.
    #[inline(always)]
    pub(super) fn notice_constant(&mut self, op: &Op<'a>) {
        if may_be_told(op) && !self.told {
            self.told = is_told(op, None);
        }
    }

    /// Whether a key is such an attribute.
    pub(super) fn is_told_key(&self, key: Value) -> bool {
        matches!(self.shape(key), Shape::Literal(op) if is_told(&op, self.asked))
    }

    /// Keeps keys with plain values from the op at `from` on, too, to which `asked` says yes, and with `short` plain items of short lists and dicts.
    pub(crate) fn keep_keys(&mut self, from: usize, asked: KeyFilter, short: bool) {
        if self.asked.is_none() {
            self.late.begin(from);
        }
        self.asked = Some(asked);
        self.told = true;
        self.short |= short;
    }

    /// Reads as an unpickler does that knows nothing of arrays between ops.
    pub fn ignore_arrays(&mut self) {
        self.arrays.off = true;
    }

    /// What the last `BUILD` leaves behind it, if it is anything.
    #[must_use]
    #[inline(always)]
    pub fn found(&self) -> Option<&Found> {
        self.arrays.found.as_ref()
    }

    /// The hole that `op`, a `BUILD` and the last one, leaves behind it.
    #[must_use]
    #[inline(always)]
    pub fn hole(&self, op: &Op<'_>) -> Option<&Hole> {
        match &self.arrays.found {
            Some(Found::Hole(hole)) if hole.build == op.start => Some(hole),
            _ => None,
        }
    }

    pub(super) fn forget_arrays(&mut self) {
        self.arrays = Watch { off: self.arrays.off, ..Watch::default() };
        if self.keep == Keep::NotableAndArrays {
            self.keep = Keep::Notable;
        }
    }

    /// A global is loaded; `raw` ends with its name.
    pub(super) fn notice_global(&mut self, raw: &[u8]) {
        if raw.ends_with(DTYPE) {
            self.arrays.dtypes = true;
        } else if announces_arrays(raw) && !self.arrays.off {
            self.arrays.wrappers = true;
            if self.keep == Keep::Notable {
                self.keep = Keep::NotableAndArrays;
            }
        }
    }

    /// Whether a key of a dict is one of those that tell the size of an array.
    pub(super) fn is_array_key(&self, key: Value) -> bool {
        match self.shape(key) {
            Shape::Literal(op) => match op.raw.len() {
                // Protocol 0 writes a str with quotes around it.
                5 | 7 | 8 | 10 | 27 | 29 => {
                    let raw =
                        op.raw.strip_prefix(b"'").and_then(|raw| raw.strip_suffix(b"'")).unwrap_or(op.raw);
                    [SHAPE, DTYPE, ALIGNMENT, FILENAME].contains(&raw)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether this may be the state of a dtype, and there are dtypes.
    #[inline]
    pub(super) fn is_dtype_state(&self, state: Value) -> bool {
        self.arrays.dtypes && self.tuple(state).is_some_and(|items| DTYPE_STATE.contains(&items.len()))
    }

    /// An object is given its state.
    #[inline(always)]
    pub(super) fn notice_build(&mut self, op: &Op<'a>, target: Value, state: Value) {
        if self.arrays.wrappers {
            self.arrays.found = self.wrapper(target).map(|name| match name {
                Wrapper::Behind => self.behind(op, state),
                Wrapper::Beside => Found::Beside(self.file_name(state)),
            });
        }
    }

    /// Which wrapper an object is an instance of: made by a call of the class, or by one that is given the class first, as
    /// `copyreg._reconstructor` and `object.__new__` are, or by what else has the class in it: `partial(class)()`, `type(object)()`.
    fn wrapper(&self, object: Value) -> Option<Wrapper> {
        let Shape::Call { callee, arguments, .. } = self.shape(object) else { return None };
        let first = self.tuple(arguments).and_then(|items| items.first().copied());
        let direct =
            [Some(callee), first].into_iter().flatten().find_map(|class| self.class_of_wrapper(class));
        direct.or_else(|| self.wrapper_within(callee))
    }

    /// Which wrapper a global is the class of.
    fn class_of_wrapper(&self, class: Value) -> Option<Wrapper> {
        let names = self.resolved(class)?;
        let is_of = |module: &str| {
            let package = names.module.strip_suffix(module);
            package.is_some_and(|package| package.is_empty() || package.ends_with('.'))
        };
        match names.name.as_ref() {
            WRAPPER if is_of(MODULE) => Some(Wrapper::Behind),
            name if name.strip_prefix('Z').unwrap_or(name) == BESIDE => {
                (is_of(MODULE) || is_of(OLD_MODULE)).then_some(Wrapper::Beside)
            }
            _ => None,
        }
    }

    /// The class of wrappers that is in what is called, where that is the result of a call itself. No library writes that.
    #[inline(never)]
    fn wrapper_within(&self, callee: Value) -> Option<Wrapper> {
        let mut waiting = vec![callee];
        let mut looked = 0;
        while let Some(value) = waiting.pop() {
            looked += 1;
            if looked > MOST_VALUES {
                return Some(Wrapper::Behind);
            }
            match self.shape(value) {
                Shape::Global(_) => {
                    if let Some(wrapper) = self.class_of_wrapper(value) {
                        return Some(wrapper);
                    }
                }
                Shape::Call { callee, arguments, contents, .. } => {
                    let is_type = self.resolved(callee).is_some_and(|names| names.name == "type");
                    let object = self.tuple(arguments).and_then(|items| items.first().copied());
                    if is_type
                        && let Some(Shape::Call { callee, arguments, .. }) =
                            object.map(|object| self.shape(object))
                    {
                        waiting.extend([callee, arguments]);
                    }
                    // Such an object is an array by now, but for its class.
                    if self.class_of_wrapper(callee).is_none() {
                        waiting.extend([callee, arguments]);
                        waiting.extend(contents.and_then(|contents| contents.state));
                    }
                }
                Shape::Tuple(items) => waiting.extend(items),
                Shape::Container(_, Some(contents)) => {
                    waiting.extend(contents.items.iter().chain(&contents.pairs));
                }
                _ => {}
            }
        }
        None
    }

    /// The name of the file that an array is in, if its state tells it.
    #[cold]
    fn file_name(&self, state: Value) -> Option<String> {
        let Shape::Container(Collection::Dict, Some(contents)) = self.shape(state) else { return None };
        let is_name = |key: Value| self.text(key).is_some_and(|text| text.as_bytes() == FILENAME);
        let pair = contents.pairs.chunks_exact(2).rfind(|pair| is_name(pair[0]))?;
        self.text(pair[1]).map(Cow::into_owned)
    }

    fn resolved(&self, value: Value) -> Option<Names<'a>> {
        match self.shape(value) {
            Shape::Global(global) => global.resolved(),
            _ => None,
        }
    }

    /// What follows the `BUILD` that gives a wrapper its state.
    #[cold]
    fn behind(&self, op: &Op<'a>, state: Value) -> Found {
        let Shape::Container(Collection::Dict, Some(contents)) = self.shape(state) else {
            return Found::Unclear("the state of the array is no dict that the stream builds");
        };
        let get = |name: &[u8]| {
            let is = |key: Value| self.text(key).is_some_and(|text| text.as_bytes() == name);
            contents.pairs.chunks_exact(2).rfind(|pair| is(pair[0])).map(|pair| pair[1])
        };
        let Some(dtype) = get(DTYPE).and_then(|dtype| self.dtype(dtype)) else {
            return Found::Unclear("the dtype of the array is not known");
        };
        let Some(shape) = get(SHAPE).and_then(|shape| self.dimensions(shape)) else {
            return Found::Unclear("the shape of the array is not known");
        };
        let (all, start) = (self.bytes, op.end);
        if dtype.objects {
            let bytes = pickle_at(all, start);
            return Found::Hole(Hole { build: op.start, bytes, missing: 0, content: Content::Pickle });
        }
        let Some(size) = bytes_of(&shape, dtype.size) else {
            return Found::Unclear("the shape is larger than any array can be");
        };
        let aligned = get(ALIGNMENT).is_some_and(|value| !self.is_none(value));
        let padding = match all.get(start) {
            Some(&length) if aligned => 1 + usize::from(length),
            _ => 0,
        };
        let wanted = size.saturating_add(padding as u64);
        let left = (all.len() - start) as u64;
        // What is there is no longer than what can be counted.
        let end = start + usize::try_from(wanted.min(left)).unwrap_or(0);
        Found::Hole(Hole {
            build: op.start,
            bytes: start..end,
            missing: wanted.saturating_sub(left),
            content: Content::Items { dtype: dtype.name, shape, padding },
        })
    }

    fn is_none(&self, value: Value) -> bool {
        matches!(self.shape(value), Shape::Literal(op) if op.opcode == Opcode::None)
    }

    /// A shape: a tuple of whole numbers that are not negative.
    fn dimensions(&self, shape: Value) -> Option<Vec<u64>> {
        let items = self.tuple(shape).filter(|items| items.len() <= MOST_DIMENSIONS)?;
        items.iter().map(|&item| u64::try_from(self.integer(item)?).ok()).collect()
    }

    fn integer(&self, value: Value) -> Option<i64> {
        let Shape::Literal(op) = self.shape(value) else { return None };
        match op.operand().ok()? {
            Operand::Int(Integer::Small(number)) => Some(number),
            Operand::Bool(bool) => Some(i64::from(bool)),
            _ => None,
        }
    }

    /// A dtype: `numpy.dtype(short form, align, copy)`, and its state `(version, byte order, subarray, names, fields, size,
    /// alignment, flags)`.
    fn dtype(&self, value: Value) -> Option<Dtype> {
        let Shape::Call { callee, arguments, contents, .. } = self.shape(value) else { return None };
        let class = self.resolved(callee)?;
        if class.module.split('.').next() != Some("numpy") {
            return None;
        }
        match class.name.as_ref() {
            "dtype" => {}
            // Strings of any length (numpy 2) are written as objects are.
            "StringDType" | "_convert_to_stringdtype_kwargs" => return Some(Dtype::object()),
            _ => return None,
        }
        let short = self.short_form(*self.tuple(arguments)?.first()?)?;
        let mut dtype = Dtype::parse(&short)?;
        let Some(state) = contents.and_then(|contents| contents.state) else { return Some(dtype) };
        let state = self.tuple(state)?;
        if dtype.objects {
            return Some(dtype);
        }
        if state.get(1).and_then(|&order| self.text(order)).is_some_and(|order| order == ">")
            && dtype.size > 1
        {
            dtype.name = format!(">{short}");
        }
        // Only of strings and of what has fields does the state tell the size; numbers have theirs.
        if short.starts_with(['S', 'U', 'V', 'a']) {
            let size = state.get(5).and_then(|&size| self.integer(size))?;
            if size != -1 {
                dtype.size = u64::try_from(size).ok()?;
            }
            if short.starts_with('V') {
                dtype.name = format!("void{}", dtype.size);
            }
            let flags = state.get(7).and_then(|&flags| self.integer(flags));
            let fields = state.get(4).is_some_and(|&fields| !self.is_none(fields));
            let subarray = state.get(2).is_some_and(|&subarray| !self.is_none(subarray));
            match flags {
                Some(flags) if flags & HAS_OBJECT != 0 => dtype.objects = true,
                None if fields || subarray => return None,
                _ => {}
            }
        }
        Some(dtype)
    }

    /// What a dtype is made of; a record has its class there.
    fn short_form(&self, value: Value) -> Option<Cow<'a, str>> {
        if let Some(text) = self.text(value) {
            return Some(text);
        }
        let class = self.resolved(value)?;
        let record = class.module.split('.').next() == Some("numpy")
            && matches!(class.name.as_ref(), "record" | "void");
        record.then_some(Cow::Borrowed("V0"))
    }
}

/// The flag of a dtype whose items hold Python objects (`NPY_ITEM_REFCOUNT`).
const HAS_OBJECT: i64 = 1;
