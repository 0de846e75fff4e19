//! Helpers of picklers that store functions and classes by value: what they do is harmless to what the stream itself makes.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::{Collection, Names};
use pickle_ops::{Op, Opcode};

use super::shapes::is_none;
use super::{Analysis, Callee, EntryId, Hook};
use crate::policy::{Category, Denial, Shape, Verdict, is_way_out};

/// Whether a shape is harmless in calls that are judged one by one, so that nothing else may call such a global.
pub(super) fn watched(shape: Shape) -> bool {
    use Shape::{ClassBody, Descriptor, Imports, Lookup, Own, Repr};
    matches!(shape, ClassBody | Descriptor | Imports | Lookup | Own | Repr)
}

/// Modules that dill before 0.3.5 imports to look a compiled function up in them, as for each array; what it looks up is told. None holds
/// another module, or does anything when it is imported. Sorted.
const COMPILED: &[&str] = &[
    "_codecs",
    "_collections",
    "_operator",
    "cmath",
    "itertools",
    "math",
    "numpy._core._multiarray_umath",
    "numpy._core.multiarray",
    "numpy.core._multiarray_umath",
    "numpy.core.multiarray",
];

/// Tuples that are remembered.
const MOST_LENT: usize = 4096;
/// Arguments of a helper that are looked at.
const MOST_ARGUMENTS: usize = 8;
/// Namespaces that are remembered.
const MOST_NAMESPACES: usize = 1 << 16;

impl<'a> Analysis<'_, 'a> {
    /// Whether a global is denied but for calls that are judged one by one.
    pub(super) fn is_watched(&self, id: EntryId) -> bool {
        let verdict = &self.ledger.entry(id).verdict;
        matches!(verdict, Verdict::Denied(Denial { unless: Some(shape), .. }) if watched(*shape))
    }

    /// Notes that such a global is an item of what an op makes or fills: a tuple may be the arguments of a call that is
    /// known.
    pub(super) fn lend(&mut self, op: &Op<'a>, id: EntryId) {
        let is_tuple = matches!(op.opcode, Opcode::Tuple | Opcode::Tuple1 | Opcode::Tuple2 | Opcode::Tuple3);
        if is_tuple && self.lent.len() < MOST_LENT {
            self.lent.insert(op.start, id);
        } else {
            self.ledger.stray(id);
        }
    }

    /// Notes that a tuple was what it may be.
    fn returned(&mut self, arena: &Arena<'a>, tuple: Value) {
        if let Some(at) = arena.origin(tuple) {
            self.lent.remove(&at);
        }
    }

    /// `getattr(dill._dill, '_setattr', setattr)`, as dill writes it for versions that have no such function.
    pub(super) fn is_shim(&mut self, arena: &Arena<'a>, op: &Op<'a>, arguments: Value) -> bool {
        let Some(&[module, name, default]) = arena.tuple(arguments) else { return false };
        let plain = match arena.text(name).as_deref() {
            Some("_setattr") => "setattr",
            Some("_delattr") => "delattr",
            _ => return false,
        };
        let mut is = |value, module: &str, name: &str| match self.resolve(arena, value, op, 1) {
            Callee::Known(id) => {
                let names = &self.ledger.entry(id).names;
                names.module == module && names.name == name
            }
            _ => false,
        };
        let fits = is(module, "dill", "_dill")
            && (is(default, "builtins", plain) || is(default, "__builtin__", plain));
        if fits {
            self.returned(arena, arguments);
            if let Callee::Known(id) = self.resolve(arena, default, op, 1) {
                self.ledger.called(id);
            }
        }
        fits
    }

    /// Whether a call of what is harmless in such calls only is one of them.
    pub(super) fn is_harmless_change(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        shape: Shape,
        callee: EntryId,
        items: &[Value],
    ) -> bool {
        match shape {
            Shape::Own => self.changes_its_own(arena, op, callee, items),
            Shape::Repr => {
                matches!(items, &[text] if arena.text(text).is_some_and(|text| is_plain_repr(&text)))
            }
            Shape::Imports => {
                let is_compiled = |name: &str| COMPILED.binary_search(&name).is_ok();
                matches!(items, &[name] if arena.text(name).is_some_and(|name| is_compiled(&name)))
            }
            Shape::Descriptor => self.is_descriptor(arena, op, items),
            Shape::ClassBody => self.is_class_body(arena, op, items),
            Shape::Lookup => self.is_lookup(arena, op, items),
            _ => false,
        }
    }

    /// Notes the dicts among the arguments of a helper: the namespaces of functions are filled when those are made.
    pub(super) fn note_namespaces(&mut self, arena: &Arena<'a>, items: &[Value]) {
        for &item in items.iter().take(MOST_ARGUMENTS) {
            if matches!(arena.shape(item), Made::Container(Collection::Dict, _))
                && let Some(at) = arena.origin(item).filter(|_| self.namespaces.len() < MOST_NAMESPACES)
            {
                self.namespaces.insert(at);
            }
        }
    }

    /// `setattr`, `delattr` and what puts items into a dict, of something that the stream makes.
    fn changes_its_own(&mut self, arena: &Arena<'a>, op: &Op<'a>, callee: EntryId, items: &[Value]) -> bool {
        let name = self.ledger.entry(callee).names.name.as_ref();
        let function = name.rsplit(['.', '_']).next().unwrap_or_default().to_owned();
        match (function.as_str(), items) {
            // In other dicts nobody would look for what they get so.
            ("setitems", &[dict, source]) => {
                matches!(arena.shape(dict), Made::Container(Collection::Dict, _))
                    && arena.origin(dict).is_some_and(|at| self.namespaces.contains(&at))
                    && self.holds_no_hook(arena, op, source)
            }
            ("delattr", &[target, name]) => {
                arena.text(name).is_some_and(|name| name == "cell_contents")
                    && self.is_own_cell(arena, op, target)
            }
            ("setattr", &[target, name, value]) => match arena.text(name).as_deref() {
                Some("cell_contents") => self.is_own_cell(arena, op, target),
                // It is a text for people. Picklers find classes of the program by it, which are given the one that they have.
                Some("__qualname__") => {
                    let classes = ["_create_namedtuple", "_create_type"];
                    let Some(text) = arena.text(value) else { return false };
                    match self.resolve(arena, target, op, 1) {
                        Callee::Known(id) if arena.is_global(target) => {
                            self.ledger.entry(id).names.name == text
                        }
                        _ => {
                            self.made_by_helper(arena, op, target, &classes).is_some()
                                || self.is_new_class(arena, op, target)
                        }
                    }
                }
                Some(_) => self.is_own_class(arena, op, target) && self.is_method(arena, op, name, value),
                None => false,
            },
            _ => false,
        }
    }

    /// Whether a dict holds nothing that a class must not get.
    fn holds_no_hook(&mut self, arena: &Arena<'a>, op: &Op<'a>, dict: Value) -> bool {
        let Made::Container(Collection::Dict, contents) = arena.shape(dict) else { return false };
        let pairs = contents.map_or(&[][..], |contents| &contents.pairs);
        self.may_be_set(arena, op, pairs)
    }

    /// `_get_attr(object, name)`: what it gives is told as a global.
    fn is_lookup(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> bool {
        let &[object, name] = items else { return false };
        let Some(text) = arena.text(name).filter(|text| !is_way_out(text)) else { return false };
        if matches!(arena.shape(object), Made::Persistent(..) | Made::External(_)) || text.contains('.') {
            return false;
        }
        if let Some(id) = self.attribute_or_builtin(arena, op, object, name, 0) {
            self.ledger.loaded_by_getattr(id);
        }
        true
    }

    /// The entry of `getattr(object, name, None) or getattr(builtins, name)`: the builtin, where that is denied or the object
    /// is a text, as dill gives the name of the module of builtins.
    pub(super) fn attribute_or_builtin(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: Value,
        name: Value,
        levels: usize,
    ) -> Option<EntryId> {
        let text = arena.text(name)?;
        let verdict = self.options.policy.judge("builtins", &text);
        // Texts have a method of that name, which reads attributes.
        let is_text = arena.text(object).is_some() && verdict != Verdict::Unlisted && text != "format";
        if !is_text && !matches!(verdict, Verdict::Denied(_)) {
            let own = self.attribute(arena, object, name, op, levels);
            let is_denied = |id| matches!(self.ledger.entry(id).verdict, Verdict::Denied(_));
            // The builtin may be what it comes to, and its calls have to be judged.
            if !matches!(verdict, Verdict::AllowedAs(_)) || own.is_some_and(is_denied) {
                return own;
            }
        }
        let names = Names { module: "builtins".into(), name: text.into_owned().into() };
        Some(self.ledger.find_or_add(names, op, &self.options.policy))
    }

    /// Whether a call makes a function of a code object that the stream makes, as cloudpickle did before 2:
    /// `_builtin_type('LambdaType')(code, …)`. It is told with the code.
    pub(super) fn is_function_by_value(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        called: Value,
        callee: EntryId,
        arguments: Value,
    ) -> bool {
        let names = &self.ledger.entry(callee).names;
        let is_function =
            names.module == "types" && ["FunctionType", "LambdaType"].contains(&names.name.as_ref());
        let code = arena.tuple(arguments).and_then(|items| arena.call_of(*items.first()?));
        is_function
            && self.made_by_helper(arena, op, called, &["_builtin_type"]).is_some()
            && code.is_some_and(|(maker, _)| self.resolve(arena, maker, op, 1) == Callee::Code)
    }

    /// Whether a class may get an attribute: any function as a method, if it is not a hook that is denied.
    fn is_method(&mut self, arena: &Arena<'a>, op: &Op<'a>, name: Value, value: Value) -> bool {
        self.may_be_set(arena, op, &[name, value])
    }

    fn may_be_set(&mut self, arena: &Arena<'a>, op: &Op<'a>, pairs: &[Value]) -> bool {
        match self.hook_in(arena, pairs, op) {
            None => true,
            Some(Hook::Replaced(_, id)) => !matches!(self.ledger.entry(id).verdict, Verdict::Denied(_)),
            Some(_) => false,
        }
    }

    /// The arguments of a helper, if it has one of these names.
    fn made_by_helper<'s>(
        &mut self,
        arena: &'s Arena<'a>,
        op: &Op<'a>,
        value: Value,
        helpers: &[&str],
    ) -> Option<&'s [Value]> {
        let (callee, arguments) = arena.call_of(value)?;
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
        let entry = self.ledger.entry(id);
        let is_helper = matches!(
            entry.verdict,
            Verdict::Denied(Denial { category: Category::ByValue, .. })
                | Verdict::AllowedAs(Shape::TypeNamed)
        );
        let is_one = is_helper && helpers.contains(&entry.names.name.as_ref());
        is_one.then(|| arena.tuple(arguments)).flatten()
    }

    fn is_own_cell(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        self.made_by_helper(arena, op, value, &["_create_cell", "_make_cell", "_make_empty_cell"]).is_some()
    }

    /// Whether a value is what `types.new_class` gives in the shape in which it is harmless.
    fn is_new_class(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        let Some((callee, arguments)) = arena.call_of(value) else { return false };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        let shape = Some(Shape::ClassBody);
        let is_one =
            matches!(&self.ledger.entry(id).verdict, Verdict::Denied(denial) if denial.unless == shape);
        is_one && self.is_class_body(arena, op, arena.tuple(arguments).unwrap_or_default())
    }

    /// Whether what makes a class is known: a metaclass, by name or of the stream itself.
    fn is_metaclass(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        match self.resolve(arena, value, op, 1) {
            Callee::Known(id) => !matches!(self.ledger.entry(id).verdict, Verdict::Denied(_)),
            Callee::Reported => true,
            Callee::Code | Callee::Data | Callee::Opaque => false,
        }
    }

    /// `new_class(name, bases, {'metaclass': …}, partial(_setitems, source={…}))`, as dill writes a class with bases that are
    /// generic. The last argument is called with the namespace, which is new; it is told with other namespaces.
    fn is_class_body(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> bool {
        let &[name, bases, keywords, body] = items else { return false };
        let Made::Container(Collection::Dict, Some(keywords)) = arena.shape(keywords) else { return false };
        let &[key, metaclass] = keywords.pairs.as_slice() else { return false };
        let is_class = arena.text(name).is_some()
            && arena.tuple(bases).is_some()
            && arena.text(key).as_deref() == Some("metaclass")
            && self.is_metaclass(arena, op, metaclass);
        is_class && (is_none(arena, body) || self.is_filling(arena, op, body))
    }

    /// `partial(_setitems, source={…})`.
    fn is_filling(&mut self, arena: &Arena<'a>, op: &Op<'a>, body: Value) -> bool {
        let (Some((partial, arguments)), Some(contents)) =
            (arena.call_of(body), arena.contents_of_call(body))
        else {
            return false;
        };
        let Callee::Known(id) = self.resolve(arena, partial, op, 1) else { return false };
        let Some(state) = contents.state else { return false };
        let (Some(&[_]), Some(&[_, given, keywords, _])) = (arena.tuple(arguments), arena.tuple(state))
        else {
            return false;
        };
        // A dict of constants is not kept.
        let namespace = match arena.shape(keywords) {
            Made::Container(Collection::Dict, contents) => {
                match contents.map(|contents| contents.pairs.as_slice()) {
                    None | Some([]) => None,
                    Some(&[source, namespace]) if arena.text(source).as_deref() == Some("source") => {
                        Some(namespace)
                    }
                    Some(_) => return false,
                }
            }
            _ => return false,
        };
        let fills = matches!(self.resolve(arena, body, op, 1),
            Callee::Known(id) if self.ledger.entry(id).names.name == "_setitems" && self.is_watched(id));
        let fits = self.ledger.entry(id).verdict == Verdict::AllowedAs(Shape::Partial)
            && fills
            && arena.tuple(given).is_some_and(<[Value]>::is_empty);
        if fits {
            self.returned(arena, arguments);
            self.returned(arena, state);
            if let Callee::Known(id) = self.resolve(arena, body, op, 1) {
                self.ledger.called(id);
            }
            if let Some(namespace) = namespace {
                self.class_built(arena, op, body, namespace);
            }
        }
        fits
    }

    /// Whether a value is a class that the stream makes: `_create_type(metaclass, name, bases, namespace)`.
    fn is_own_class(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        let made = self.made_by_helper(arena, op, value, &["_create_type"]);
        let Some(items) = made else { return false };
        match *items {
            [metaclass, name, bases, namespace] => {
                arena.text(name).is_some()
                    && arena.tuple(bases).is_some()
                    && matches!(arena.shape(namespace), Made::Container(Collection::Dict, _))
                    && self.is_metaclass(arena, op, metaclass)
            }
            _ => false,
        }
    }

    /// `_getattr(class, name, text)`, where the text is that of a method or attribute of the class: `dill` evaluates the name of
    /// the class in it.
    fn is_descriptor(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> bool {
        let &[class, name, text] = items else { return false };
        let (Some(name), Some(text)) = (arena.text(name), arena.text(text)) else { return false };
        let Some(owner) = class_in_descriptor(&text, &name) else { return false };
        let is_slot = ["__dict__", "__weakref__"].contains(&name.as_ref());
        // What it gives is an attribute of the class, as `getattr` gives it.
        if let Some(id) = self.attribute(arena, class, items[1], op, 0).filter(|_| !is_slot) {
            if matches!(self.ledger.entry(id).verdict, Verdict::Denied(_)) {
                return false;
            }
            self.ledger.loaded_by_getattr(id);
        }
        if let Callee::Known(id) = self.resolve(arena, class, op, 1)
            && matches!(self.ledger.entry(id).verdict, Verdict::Allowed | Verdict::AllowedAs(Shape::Kept))
            && owner.contains('.')
        {
            return self.ledger.entry(id).names.dotted() == owner;
        }
        let known = match self.resolve(arena, class, op, 1) {
            Callee::Known(id) => Some(self.ledger.entry(id).names.name.rsplit('.').next() == Some(owner)),
            // Modules, which dill's own module has imported, begin with small letters.
            _ => owner.starts_with(|first: char| first.is_ascii_uppercase()).then(|| {
                let made = self.made_by_helper(arena, op, class, &["_create_type"]).unwrap_or_default();
                made.get(1).and_then(|&name| arena.text(name)).as_deref() == Some(owner)
            }),
        };
        // The name is looked up among those of dill's own module first.
        let dotted = format!("{owner}.{name}");
        let of_dill = self.options.policy.judge("dill._dill", &dotted);
        known == Some(true)
            && !owner.contains('.')
            && owner.starts_with(|first: char| first.is_ascii_alphabetic())
            && (is_slot || !matches!(of_dill, Verdict::Denied(_)))
            && !matches!(self.options.policy.judge("dill._dill", owner), Verdict::Denied(_))
            && !matches!(self.options.policy.judge("dill._dill", &format!("{owner}.x")), Verdict::Denied(_))
    }

    /// Tells when a helper that fills functions, classes and cells is given one that the program has.
    pub(super) fn changed_by_value(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        helper: EntryId,
        items: &[Value],
    ) {
        const FILLERS: &[&str] = &[
            "_class_setstate",
            "_fill_function",
            "_function_setstate",
            "_rehydrate_skeleton_class",
            "cell_set",
        ];
        let is_filler = FILLERS.contains(&self.ledger.entry(helper).names.name.as_ref());
        if let Some(&target) = items.first().filter(|_| is_filler)
            && let Some(id) = self.global_of(arena, target, op)
        {
            self.changed_by_call(arena, op, call, id);
        }
    }
}

/// Whether a text is what `repr` gives for a singleton or a range.
fn is_plain_repr(text: &str) -> bool {
    if ["Ellipsis", "NotImplemented", "None", "True", "False"].contains(&text) {
        return true;
    }
    let numbers = text.strip_prefix("range(").or_else(|| text.strip_prefix("xrange("));
    let numbers = numbers.and_then(|text| text.strip_suffix(')'));
    let is_number = |number: &str| {
        let digits = number.trim_start_matches([' ', '-']);
        (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    numbers.is_some_and(|numbers| {
        numbers.split(',').count() <= 3
            && numbers.split(',').all(|number| number.len() <= 24 && is_number(number))
    })
}

/// The class in what `repr` gives for a method or attribute `name` of it: `<method 'join' of 'str' objects>`.
fn class_in_descriptor<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text.len() <= 256
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
    };
    let kinds = ["<attribute '", "<member '", "<method '", "<slot wrapper '"];
    let rest = kinds.iter().find_map(|kind| text.strip_prefix(kind))?;
    let rest = rest.strip_prefix(name)?.strip_prefix("' of '")?;
    let class = rest.strip_suffix("' objects>")?;
    (is_word(name) && is_word(class)).then_some(class)
}

#[cfg(test)]
mod tests {
    use super::{class_in_descriptor, is_plain_repr};

    #[test]
    fn texts_that_are_evaluated() {
        for good in ["Ellipsis", "NotImplemented", "range(0, 3)", "range(5, -1, -2)"] {
            assert!(is_plain_repr(good), "{good}");
        }
        for bad in
            ["", "range()", "range(1)(2)", "range(print(1))", "exit()", "range(1, 2, 3, 4)", "range(1) "]
        {
            assert!(!is_plain_repr(bad), "{bad}");
        }
    }

    #[test]
    fn classes_of_methods() {
        assert_eq!(class_in_descriptor("<method 'join' of 'str' objects>", "join"), Some("str"));
        assert_eq!(class_in_descriptor("<slot wrapper '__len__' of 'A' objects>", "__len__"), Some("A"));
        for (text, name) in [
            ("<method 'join' of 'str' objects>", "split"),
            ("<method 'x' of 'exit()' objects>", "x"),
            ("' ' 'exit()' '", "x"),
            ("<method '\"]+exit()' of 'A' objects>", "\"]+exit()"),
        ] {
            assert_eq!(class_in_descriptor(text, name), None, "{text}");
        }
    }
}
