//! What makes something as large as an argument says ([`crate::policy::size_of`]): arrays, storages, bytes.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Operand};

use super::growth::Extent;
use super::iteration::Sought;
use super::{Analysis, CallSite, Callee, Entry, EntryId, Fit};
use crate::policy::{Shape, Verdict, kept_size_of};

mod texts;

/// Arguments that are looked at.
const MOST_ARGUMENTS: usize = 1 << 12;
/// Dimensions of an array.
const MOST_DIMENSIONS: usize = 64;
/// Where the state of a dtype has the size of an item.
const SIZE_IN_STATE: usize = 5;
/// Bytes from on which nothing is made without its content: what is so large is in no pickle.
const LARGEST: f64 = (1_u64 << 30) as f64;
/// What makes an array of the items that it is given.
const OF_ITEMS: [&str; 6] =
    ["array", "asanyarray", "asarray", "ascontiguousarray", "asfortranarray", "matrix"];
/// Bytes that do not matter, however often they are made.
const SMALL: f64 = (1_u64 << 16) as f64;

/// Functions and classes of numpy that take any sequence of numbers for a shape.
const SHAPED: &[&str] = &[
    "MaskedRecords",
    "_mareconstruct",
    "_mrreconstruct",
    "_reconstruct",
    "chararray",
    "empty",
    "full",
    "ndarray",
    "ones",
    "recarray",
    "zeros",
];
/// Sequences of numbers that a stream does not show as such.
const SEQUENCES: &[&str] = &["array", "bytearray", "bytes", "deque", "memoryview", "range"];

/// How many items a shape comes to that is bytes, or another sequence of numbers than a tuple or a list: as many as may be.
fn elements_in_bytes(arena: &Arena<'_>, shape: Value) -> Option<f64> {
    match arena.shape(shape) {
        // A long text may be given to many calls.
        Made::Literal(op) if op.opcode.is_text() => None,
        Made::Literal(op) => match op.operand() {
            Ok(Operand::Bytes(bytes)) => {
                Some(bytes.iter().take(MOST_DIMENSIONS).map(|&byte| f64::from(byte)).product())
            }
            _ => None,
        },
        Made::Call { callee, .. } => match arena.shape(callee) {
            Made::Global(global) => {
                let names = global.resolved()?;
                let is_of_python = !names.module.starts_with("numpy");
                (is_of_python && SEQUENCES.contains(&names.name.as_ref())).then_some(f64::INFINITY)
            }
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Analysis<'_, 'a> {
    /// Whether what a call makes is as large as an argument says, and that is more than any file needs. In a `partial`, arguments have
    /// other places, and names.
    pub(super) fn is_too_large(
        &mut self,
        arena: &Arena<'a>,
        call: Value,
        arguments: Value,
        callee: EntryId,
    ) -> bool {
        let entry = self.ledger.entry(callee);
        let Some(number) = entry.size else { return false };
        // The width of a text stands in the text of its format.
        if entry.names.name == "format" {
            let format = arena.tuple(arguments).and_then(|items| items.get(number).copied());
            return format.is_some_and(|format| self.has_in_text(arena, format, Sought::Digits));
        }
        let name = entry.names.name.as_ref();
        let items = arena.tuple(arguments).unwrap_or_default();
        // A number of numpy without its bytes is as large as its type.
        if name == "scalar" {
            return matches!(items, &[dtype] if self.size_of_dtype(arena, dtype) >= LARGEST);
        }
        // `NEWOBJ_EX` gives names to arguments.
        if let Made::Call { keywords: Some(keywords), .. } = arena.shape(call)
            && self.has_large(arena, keywords)
        {
            return true;
        }
        let made_by = arena.call_of(call).and_then(|(callee, _)| arena.call_of(callee));
        let Some((_, partial)) = made_by else {
            if is_made_of_data(name) && items.get(number).is_some_and(|&item| self.is_unknown(arena, item)) {
                return false;
            }
            let width = self.width_of(arena, items).max(usual_width(entry));
            let size = self.elements_of(arena, name, items, number) * width;
            let texts = if OF_ITEMS.contains(&name) { self.size_of_texts(arena, call, items) } else { 0.0 };
            return self.takes_memory(size.max(texts));
        };
        let state = arena.call_of(call).and_then(|(callee, _)| arena.contents_of_call(callee)?.state);
        let state = state.and_then(|state| arena.tuple(state)).unwrap_or_default();
        // What the `partial` itself has of it is told where it is made.
        let is_told = kept_size_of(&entry.names.module, name).is_some();
        let (partial, state) =
            if is_told { (&[][..], &[][..]) } else { (arena.tuple(partial).unwrap_or_default(), state) };
        let all = items.iter().chain(partial).chain(state);
        all.take(MOST_ARGUMENTS).any(|&value| match arena.shape(value) {
            Made::Container(..) => self.has_large(arena, value),
            _ => !self.is_unknown(arena, value) && self.elements(arena, value) >= LARGEST,
        })
    }

    /// The same of what makes an instance of a class that it is given: `copyreg.__newobj__(bytes, 10**10)`.
    pub(super) fn makes_too_large(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        arguments: Value,
        callee: EntryId,
    ) -> bool {
        let Verdict::AllowedAs(Shape::Makes(place)) = self.ledger.entry(callee).verdict else { return false };
        let items = arena.tuple(arguments).unwrap_or_default();
        let given = items.get(place).map(|&class| self.resolve(arena, class, op, 1));
        let Some(Callee::Known(class)) = given else { return false };
        let entry = self.ledger.entry(class);
        let Some(number) = entry.size else { return false };
        let name = entry.names.name.as_ref();
        let own = items.get(place + 1..).unwrap_or_default();
        // `__newobj_ex__` has them in a tuple, with keywords behind it.
        let own = match *own {
            [_, keywords] if self.has_large(arena, keywords) => return true,
            [arguments, _] => arena.tuple(arguments).unwrap_or(own),
            _ => own,
        };
        if is_made_of_data(name) && own.get(number).is_some_and(|&item| self.is_unknown(arena, item)) {
            return false;
        }
        let width = self.width_of(arena, own).max(usual_width(entry));
        let size = self.elements_of(arena, name, own, number) * width;
        self.takes_memory(size)
    }

    /// Whether so many bytes without content are too much, by themselves or with all that were before.
    fn takes_memory(&mut self, size: f64) -> bool {
        size >= LARGEST || (size > SMALL && self.spent.make(size))
    }

    /// Whether a call makes an array of bytes that it is given, or at a place in them: numpy takes them for objects, if the type
    /// says so, and the place as it is. What makes the array may be given the class first.
    pub(super) fn lies_in_bytes(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        (call, arguments): (Value, Value),
        callee: EntryId,
    ) -> bool {
        let mut own = arena.tuple(arguments).unwrap_or_default();
        let mut class = callee;
        let by_helper = match self.ledger.entry(callee).verdict {
            Verdict::AllowedAs(Shape::Makes(number)) => Some(number),
            _ => None,
        };
        if let Some(number) = by_helper {
            let given = own.get(number).map(|&class| self.resolve(arena, class, op, 1));
            let Some(Callee::Known(given)) = given else { return false };
            (class, own) = (given, own.get(number + 1..).unwrap_or_default());
        }
        // What rebuilds masked arrays is given the class of their data, a shape and a type, and no bytes.
        if by_helper.is_some() && self.ledger.entry(callee).names.name.ends_with("reconstruct") {
            return false;
        }
        let entry = self.ledger.entry(class);
        // Without a value, what holds objects has none.
        if entry.names.name == "scalar" {
            let &[dtype] = own else { return false };
            return self.item(arena, op, dtype).is_none_or(|item| item.objects);
        }
        let plain = match entry.names.name.as_ref() {
            "MaskedRecords" | "ndarray" | "recarray" => 2,
            "chararray" => 3,
            _ => return false,
        };
        if entry.size.is_none() {
            return false;
        }
        if by_helper.is_some() {
            return own.len() > plain;
        }
        let is_given = |value: Option<Value>| {
            value.is_some_and(|value| matches!(arena.shape(value), Made::Container(..) | Made::Call { .. }))
        };
        let keywords = match arena.shape(call) {
            Made::Call { keywords, .. } => keywords,
            _ => None,
        };
        let (partial, _) = arena.call_of(call).unwrap_or((call, arguments));
        let state = arena.contents_of_call(partial).and_then(|contents| contents.state);
        let of_partial = state.and_then(|state| arena.tuple(state)?.get(2).copied());
        let count = self.with_held(arena, op, call, own).map_or(own.len(), |all| all.len());
        count > plain || is_given(keywords) || is_given(of_partial)
    }

    /// Tells of a `partial` of a function that makes something as large as an argument says, with a number for it that no file needs:
    /// whatever keeps it will call it.
    pub(super) fn judge_kept_size(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        partial: Value,
        parts: (Value, &[Value], Option<Value>),
    ) {
        let (function, arguments, keywords) = parts;
        let Some((wrapper, _)) = arena.call_of(partial) else { return };
        let callee = self.resolve(arena, wrapper, op, 1);
        let is_partial = matches!(callee, Callee::Known(id)
            if self.ledger.entry(id).verdict == Verdict::AllowedAs(Shape::Partial));
        let Callee::Known(function) = self.resolve(arena, function, op, 1) else { return };
        let names = &self.ledger.entry(function).names;
        let Some((number, keyword)) = kept_size_of(&names.module, &names.name).filter(|_| is_partial) else {
            return;
        };
        let is_large = |value: Value| self.elements(arena, value) >= LARGEST;
        if arguments.get(number).copied().is_some_and(is_large)
            || keywords.is_some_and(|keywords| self.has_large_keyword(arena, keywords, keyword))
        {
            let fit = Fit::Unusual(
                "what it wraps makes something that takes gigabytes of memory when it is called",
            );
            self.site(arena, &CallSite { op, call: partial, callee, fit });
            return;
        }
        let Some(dict) = keywords.filter(|&dict| matches!(arena.shape(dict), Made::Container(..))) else {
            return;
        };
        // It is kept as it is, so that it matters what is put into it afterwards, too.
        let is_known = self.rely_on(arena, dict).is_ok();
        if !is_known || arena.origin(dict).is_some_and(|made| self.ledger.is_before_asked(made)) {
            let fit =
                Fit::Unusual("what it wraps is given arguments by a dict that was made or filled elsewhere");
            self.site(arena, &CallSite { op, call: partial, callee, fit });
        }
    }

    /// Whether a dict of keywords has a size of that name that is too large.
    fn has_large_keyword(&self, arena: &Arena<'a>, keywords: Value, name: &str) -> bool {
        let is_large = |arena: &Arena<'a>, keywords: Value| {
            let Made::Container(_, Some(contents)) = arena.shape(keywords) else { return false };
            let mut all = contents.pairs.chunks_exact(2).take(MOST_ARGUMENTS);
            // A key out of the memo may be any.
            all.any(|pair| {
                arena.text(pair[0]).is_none_or(|key| key == name) && self.elements(arena, pair[1]) >= LARGEST
            })
        };
        // Plain data are not kept: they are read again.
        is_large(arena, keywords)
            || arena.reread(keywords).is_some_and(|(again, keywords)| is_large(&again, keywords))
    }

    /// Whether a dict of keywords, or another collection, has a size in it that is too large.
    fn has_large(&self, arena: &Arena<'a>, value: Value) -> bool {
        let is_large = |arena: &Arena<'a>, value: Value| {
            let Made::Container(_, Some(contents)) = arena.shape(value) else { return false };
            let mut all = contents.pairs.iter().chain(&contents.items).take(MOST_ARGUMENTS);
            all.any(|&value| self.elements(arena, value) >= LARGEST)
        };
        // Plain data are not kept: they are read again.
        is_large(arena, value) || arena.reread(value).is_some_and(|(again, value)| is_large(&again, value))
    }

    /// How many items a call of that name makes.
    fn elements_of(&self, arena: &Arena<'a>, name: &str, items: &[Value], number: usize) -> f64 {
        let of = |number: usize| items.get(number).map(|&item| self.elements(arena, item));
        let shape = items.get(number).filter(|_| SHAPED.contains(&name));
        let first =
            shape.and_then(|&shape| elements_in_bytes(arena, shape)).or_else(|| of(number)).unwrap_or(0.0);
        match name {
            "eye" | "identity" => first * of(number + 1).filter(|&other| other > 1.0).unwrap_or(first),
            "arange" => {
                let bounds = of(1).map_or(first, |end| end - first).abs();
                // Both are computed.
                let bounds = if bounds.is_nan() { f64::INFINITY } else { bounds };
                bounds / of(2).filter(|&step| step != 0.0).map_or(1.0, f64::abs)
            }
            // They have the items that they are given.
            name if OF_ITEMS.contains(&name) => {
                match items.first().map(|&item| self.extent_of(arena, item)) {
                    Some(Extent::Items(length)) => length,
                    _ => 1.0,
                }
            }
            // Each argument is a dimension.
            name if name.ends_with("Tensor") => {
                let all = items.iter().take(MOST_DIMENSIONS).map(|&item| self.elements(arena, item));
                all.product()
            }
            _ => first,
        }
    }

    /// How many items a size comes to: a number, or several that are multiplied.
    fn elements(&self, arena: &Arena<'a>, size: Value) -> f64 {
        let items = match arena.shape(size) {
            // No text is a size, and a long one may be given to many calls.
            Made::Literal(op) if op.opcode.is_text() => return 1.0,
            Made::Literal(op) => {
                return match op.operand() {
                    Ok(Operand::Int(number)) => number.to_i64().map_or(f64::INFINITY, |number| number as f64),
                    Ok(Operand::Float(number)) if number.is_finite() => number,
                    _ => 1.0,
                };
            }
            Made::Tuple(items) => items,
            Made::Container(_, Some(contents)) => &contents.items,
            Made::Container(_, None) => {
                let Some((again, size)) = arena.reread(size) else { return 1.0 };
                let Made::Container(_, Some(contents)) = again.shape(size) else { return 1.0 };
                let all = contents.items.iter().take(MOST_DIMENSIONS);
                return all.map(|&item| self.number_in(&again, item)).product();
            }
            Made::Call { .. } => {
                let in_call = self.elements_in_call(arena, size);
                return in_call.or_else(|| self.extent_of(arena, size).count()).unwrap_or(1.0);
            }
            _ => return 1.0,
        };
        items.iter().take(MOST_DIMENSIONS).map(|&item| self.number_in(arena, item)).product()
    }

    /// A number among others.
    fn number_in(&self, arena: &Arena<'a>, value: Value) -> f64 {
        match arena.shape(value) {
            Made::Literal(_) => self.elements(arena, value),
            Made::Call { .. } => self.extent_of(arena, value).count().unwrap_or(1.0),
            _ => 1.0,
        }
    }

    /// Whether a value is what a call gives of which nothing is known.
    fn is_unknown(&self, arena: &Arena<'a>, value: Value) -> bool {
        arena.call_of(value).is_some() && matches!(self.extent_of(arena, value), Extent::Unknown(_))
    }

    /// A size that a tuple or a list was made of by a call: `tuple([9, 9])`.
    fn elements_in_call(&self, arena: &Arena<'a>, call: Value) -> Option<f64> {
        let arguments = arena.call_of(call).and_then(|(_, arguments)| arena.tuple(arguments));
        match arguments {
            Some(&[items]) if matches!(arena.shape(items), Made::Tuple(_) | Made::Container(..)) => {
                Some(self.elements(arena, items))
            }
            _ => None,
        }
    }

    /// Bytes of an item of a dtype, by its code and by its state.
    fn size_of_dtype(&self, arena: &Arena<'a>, dtype: Value) -> f64 {
        let Made::Call { arguments, contents, .. } = arena.shape(dtype) else { return 1.0 };
        let code = arena.tuple(arguments).and_then(|items| arena.text(*items.first()?));
        let state = contents.and_then(|contents| arena.tuple(contents.state?));
        let of_state =
            state.and_then(|items| items.get(SIZE_IN_STATE)).map(|&size| self.elements(arena, size));
        of_state.unwrap_or(1.0).max(code.map_or(1.0, |code| width(&code)))
    }

    /// Bytes of an item, of the widest type that is among arguments.
    fn width_of(&self, arena: &Arena<'a>, items: &[Value]) -> f64 {
        let widths = items.iter().skip(1).take(MOST_DIMENSIONS).map(|&item| match arena.call_of(item) {
            Some((_, arguments)) => match arena.tuple(arguments).and_then(|items| items.first().copied()) {
                // Rows of a type: `('i4', (9, 9))`.
                Some(kind) => match arena.tuple(kind) {
                    Some(&[_, shape]) => self.elements(arena, shape),
                    _ => width_in(arena, kind),
                },
                None => 1.0,
            },
            None => width_in(arena, item),
        });
        widths.fold(1.0, f64::max)
    }
}

/// Bytes of an item where no type is given: of numpy a number, or more than the type needs.
fn usual_width(entry: &Entry<'_>) -> f64 {
    let is_array = entry.names.module.starts_with("numpy") && !is_made_of_data(&entry.names.name);
    if is_array { 8.0 } else { 1.0 }
}

/// Whether something may be given its content in place of how large it is, by a call as well.
fn is_made_of_data(name: &str) -> bool {
    name.ends_with("Tensor")
        || name.ends_with("Storage")
        || OF_ITEMS.contains(&name)
        || ["bytes", "bytearray", "bytes_", "string_", "tee", "void"].contains(&name)
}

/// The same of the text of a code. Not all of a long text is looked at, as it may be given to many calls: what ends as codes do is none
/// that a library writes.
fn width_in(arena: &Arena<'_>, value: Value) -> f64 {
    /// Bytes that a code may have, with its opcode.
    const LONGEST: usize = 1 << 10;
    /// Bytes at its end that are looked at, without a newline.
    const TAIL: usize = 64;
    match arena.shape(value) {
        Made::Literal(op) if op.end - op.start > LONGEST => {
            let tail = &arena.bytes()[op.end - 1 - TAIL..op.end - 1];
            if tail.iter().all(|byte| byte.is_ascii_digit() || b" <>=|,()SaUVbif".contains(byte)) {
                f64::INFINITY
            } else {
                1.0
            }
        }
        _ => arena.text(value).map_or(1.0, |code| width(&code)),
    }
}

/// Bytes of an item of a type by its code, in so far as the code says how many there are: `S9`, `<U9`, `(3,4)V9`, and of a record those
/// of all fields: `S9,i4`.
fn width(code: &str) -> f64 {
    let (mut rest, mut all) = (code, 0.0);
    while !rest.is_empty() {
        let (repeats, code) = repeats(without_order(rest));
        let (field, behind) = without_order(code).split_once(',').unwrap_or((without_order(code), ""));
        let Some(one) = width_of_field(field) else { return 1.0 };
        all += repeats * one;
        rest = behind.trim_start();
    }
    all
}

fn without_order(code: &str) -> &str {
    code.trim_start_matches(['<', '>', '=', '|'])
}

/// How often a field is repeated, `9i4` or `(3,4)i4`, and the rest of the code.
fn repeats(code: &str) -> (f64, &str) {
    let (numbers, rest) = match code.strip_prefix('(').and_then(|inside| inside.split_once(')')) {
        Some(inside) => inside,
        None => code.split_at(code.len() - code.trim_start_matches(|one: char| one.is_ascii_digit()).len()),
    };
    let numbers = numbers.split(',').filter_map(|number| number.trim().parse::<f64>().ok());
    (numbers.product(), rest)
}

/// Bytes of a field by its code; `None`: it is no code.
fn width_of_field(code: &str) -> Option<f64> {
    let mut chars = code.trim_end().chars();
    let unit = match chars.next()? {
        'S' | 'a' | 'V' => 1.0,
        'U' => 4.0,
        first if first.is_ascii_alphabetic() || first == '?' => 0.0,
        _ => return None,
    };
    let number = chars.as_str();
    match number.parse::<f64>() {
        _ if unit == 0.0 || number.is_empty() => {
            number.chars().all(|one| one.is_ascii_alphanumeric() || "[].".contains(one)).then_some(1.0)
        }
        count => Some(count.ok()? * unit),
    }
}

#[cfg(test)]
mod tests {
    use super::width;

    #[test]
    fn widths_of_codes() {
        for (code, bytes) in [
            ("S9", 9.0),
            ("<U9", 36.0),
            ("S0000000000000000000000000000000000000000000000000000000000000000000000009", 9.0),
            ("S9,i4,U2", 18.0),
            ("(3,4)V9", 108.0),
            ("<(3,4)>S2", 24.0),
            ("9i4", 9.0),
            ("i4", 1.0),
            ("S", 1.0),
            ("?", 1.0),
            ("datetime64[25s]", 1.0),
            // No codes.
            ("999 bottles", 1.0),
            ("S9 and more", 1.0),
            ("Some text, 99", 1.0),
            ("(99", 1.0),
        ] {
            assert_eq!(width(code), bytes, "{code}");
        }
        assert_eq!(width(""), 0.0);
    }
}
