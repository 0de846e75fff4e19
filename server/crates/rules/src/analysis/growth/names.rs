//! What functions do with lengths, by their names.

use pickle_machine::Names;

/// What a function does with lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Growth {
    /// Both behind each other, or the sum of numbers.
    Add,
    /// One as often as the other says, or the product of numbers.
    Multiply,
    Power,
    /// Of two numbers: takes as long as both are long together.
    Divide,
    Shift,
    /// Items of a text, with another between them.
    Join,
    Replace,
    /// As wide as a number says: `str.zfill`.
    Width,
    /// `'%9d' % 1`: as wide as the format says.
    Format,
    /// A number as text.
    Digits,
    /// A whole number of a text, bytes or another number.
    Whole,
    Factorial,
    /// The items of a range.
    Range,
    /// As many items as the argument has, which are gone through; of a number, so many for `bytes`.
    Collect,
    /// As many, without going through them.
    Lazy,
    /// All of all arguments.
    Chain,
    /// As many as the shortest has.
    Zip,
    /// Goes through its arguments before it gives the first item.
    Hoard,
    /// The product of all items.
    Product,
    /// A number that is about as large as the first argument.
    Same,
    /// Half as many digits.
    Root,
    /// A decimal number or a fraction: nothing is known of it but how long it takes to make one of whole numbers.
    Exact,
    /// How long something is, or a place in it.
    Length,
    /// An item of the arguments, or the sum of them.
    Pick,
    /// As long as a number says, with hardly anything in it: what gives its items gives all of them.
    Sparse,
    /// As many rows as an index has, for each column.
    Frame,
    /// A text with other texts in place of its characters, by a table.
    Translate,
    /// Such a table: the longest text that is in it.
    Table,
}

/// What a function makes longer, if it does.
pub(crate) fn growth(names: &Names<'_>) -> Option<Growth> {
    use Growth as G;
    let module = names.module.as_ref();
    let name = names.name.as_ref();
    Some(match (module.trim_start_matches('_'), name) {
        ("operator", "add" | "and_" | "concat" | "or_" | "sub" | "xor") => G::Add,
        ("operator", "mul") => G::Multiply,
        ("operator", "pow") | ("builtins" | "builtin__", "pow") => G::Power,
        ("operator", "floordiv") | ("builtins" | "builtin__", "divmod") | ("math", "gcd" | "lcm") => {
            G::Divide
        }
        ("operator", "lshift") => G::Shift,
        ("operator", "mod") => G::Format,
        ("operator", "contains" | "countOf" | "indexOf") => G::Collect,
        ("operator", "abs" | "index" | "inv" | "invert" | "neg" | "pos" | "rshift" | "truediv")
        | ("math", "ceil" | "fabs" | "floor" | "trunc") => G::Same,
        ("math", "isqrt") => G::Root,
        ("decimal" | "pydecimal", "Decimal") | ("fractions", "Fraction") => G::Exact,
        ("operator", "length_hint") => G::Length,
        ("operator", "getitem") | ("statistics", "median" | "mode") => G::Pick,
        ("pandas" | "pandas.core.indexes.range", "RangeIndex") => G::Range,
        ("pandas.libs.sparse" | "pandas._libs.sparse", "BlockIndex" | "IntIndex") => G::Sparse,
        ("pandas" | "pandas.core.frame", "DataFrame") | ("pandas" | "pandas.core.series", "Series") => {
            G::Frame
        }
        ("math", "factorial" | "perm" | "comb") => G::Factorial,
        ("math", "prod") => G::Product,
        ("math", "fsum" | "sumprod") => G::Collect,
        ("itertools", "chain") => G::Chain,
        ("itertools", "product" | "permutations" | "combinations" | "combinations_with_replacement") => {
            G::Hoard
        }
        ("itertools", "accumulate" | "batched" | "compress" | "pairwise" | "chain.from_iterable") => G::Lazy,
        ("collections", "Counter" | "OrderedDict" | "OrderedDict.fromkeys" | "UserList" | "deque") => {
            G::Collect
        }
        ("array", "array") => G::Collect,
        ("builtins" | "builtin__", name) => match name {
            "str.join" | "bytes.join" => G::Join,
            "str.replace" | "bytes.replace" => G::Replace,
            "str.zfill" => G::Width,
            "str" | "repr" | "ascii" | "format" | "bin" | "hex" | "oct" => G::Digits,
            "str.translate" => G::Translate,
            "str.maketrans" => G::Table,
            "float" | "int" | "int.from_bytes" | "long" => G::Whole,
            "abs" | "round" => G::Same,
            "len" | "list.index" | "str.count" | "str.find" | "str.index" => G::Length,
            "dict.get" | "max" | "min" | "next" | "sum" => G::Pick,
            "range" | "xrange" => G::Range,
            "enumerate" | "iter" | "reversed" => G::Lazy,
            "zip" => G::Zip,
            "all" | "any" | "bytearray" | "bytes" | "dict.fromkeys" | "frozenset" | "list" | "set"
            | "sorted" | "tuple" => G::Collect,
            _ => return None,
        },
        _ => return None,
    })
}

impl Growth {
    /// Whether nothing is gone through to make what it says.
    pub(super) fn is_lazy(self) -> bool {
        matches!(self, Self::Chain | Self::Lazy | Self::Range | Self::Sparse | Self::Table | Self::Zip)
    }

    /// Whether it computes with whole numbers, in more than the time that it takes to read them.
    pub(super) fn computes(self) -> bool {
        matches!(self, Self::Divide | Self::Exact | Self::Factorial | Self::Format | Self::Multiply)
            || matches!(self, Self::Power | Self::Product | Self::Root | Self::Whole)
    }

    /// Whether a number that it gives is told already where it was made.
    pub(super) fn is_passed_on(self) -> bool {
        matches!(self, Self::Add | Self::Length | Self::Pick | Self::Same)
    }
}
