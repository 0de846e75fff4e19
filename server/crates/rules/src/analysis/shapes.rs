//! Whether a call of a global has the shape in which the global is allowed.

use std::borrow::Cow;

use pickle_machine::Inner;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::inner::is_encode;
use pickle_ops::{Op, Opcode, Operand};

use super::tensors::pickles_of_file;
use super::{Analysis, Callee, EntryId, MOST_NESTED};
use crate::diagnostic::{Finding, Severity};
use crate::lint::lint_nested;
use crate::pickle::reconstructor_operands::takes_no_none;
use crate::policy::{Shape, Verdict, is_way_out};

/// How a call fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// As it is allowed.
    Harmless,
    /// In another way; why that matters.
    Unusual(&'static str),
    /// Harmless; what uses later what it makes may take long. What it does.
    Slow(&'static str),
    /// A look-up that leads out of the object.
    Walk,
    /// No call: the global is given to something that can call it, where no call is seen.
    HandedOn,
    /// `copyreg._reconstructor` with another number of arguments than three; or, without one, of a base that cannot be
    /// made out of None.
    Reconstructor(Option<usize>),
    /// `type` with three arguments; whether what the class gets is not plainly harmless.
    Class(bool),
    /// Evaluates a text among its arguments.
    Evaluates,
    /// Makes a type of this text, which is evaluated when somebody asks for types, and does that.
    Annotates(String, super::Harm),
    /// Calls a function of this name whose code is in the pickle.
    Stored(String),
    /// Makes loading call this method of a class that is stored in the pickle.
    StoredMethod(String),
    /// Computes with an instance of this class, whose methods are stored in the pickle.
    StoredMethods(String),
    /// Unpickles what is not constant.
    UnknownPickle,
    /// Unpickles constant bytes that hold this.
    Pickle(String),
}

/// Text codecs, as `bytes` are written with below protocol 3, or as a program may use them.
const TEXT_CODECS: &[&str] =
    &["ascii", "latin1", "latin-1", "latin_1", "iso-8859-1", "utf-8", "utf8", "utf_8"];
/// Bases and attributes of a class that are looked at.
pub(super) const MOST_PARTS: usize = 1 << 12;
/// Factories of factories that are looked through.
const MOST_FACTORIES: usize = 16;
/// Arguments of a helper that builds classes: those with namespaces are among the first.
const MOST_ARGUMENTS: usize = 8;
/// Modules that `_ufunc_reconstruct` may import.
const UFUNC_MODULES: &[&str] = &[
    "numpy",
    "numpy.core.umath",
    "numpy._core.umath",
    "numpy.core._multiarray_umath",
    "scipy.fft._basic",
    "scipy.fft._realtransforms",
    "scipy.special",
    "scipy.special._ufuncs",
];

impl<'a> Analysis<'_, 'a> {
    /// How a call with `arguments` fits `shape`, and which of them is called in its turn.
    pub(super) fn fit(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        shape: Shape,
        callee: EntryId,
        call: Value,
        arguments: Value,
    ) -> (Fit, Option<Value>) {
        let Some(items) = arena.tuple(arguments) else {
            return (Fit::Unusual("its arguments are not known"), None);
        };
        let fit = match shape {
            Shape::GetAttr if self.is_shim(arena, op, arguments) => Fit::Harmless,
            Shape::GetAttr => self.fit_getattr(arena, op, items),
            Shape::Reconstructor => self.fit_reconstructor(arena, op, items),
            Shape::Calls(number) => return self.fit_called(arena, op, items.get(number).copied()),
            Shape::Registered => return self.fit_calls(arena, op, items.first().copied()),
            Shape::CallsOn => return self.fit_calls_on(arena, op, items),
            Shape::Makes(number) => return self.fit_makes(arena, op, items.get(number).copied()),
            Shape::Factory => return self.fit_factory(arena, op, items.first().copied()),
            Shape::Sets => {
                self.judge_attributes(arena, op, call, arguments, callee);
                Fit::Harmless
            }
            Shape::ArrayOf => return self.fit_array(arena, op, items.first().copied()),
            Shape::Nested => self.fit_nested(arena, items),
            Shape::Partial => {
                if let Some(&[function, arguments, keywords]) = self.rebuilt_partial(arena, call, op) {
                    self.judge_file(arena, op, call, function, keywords);
                    let arguments = arena.tuple(arguments).unwrap_or_default();
                    self.judge_kept_size(arena, op, call, (function, arguments, Some(keywords)));
                } else if let Some((&function, arguments)) = items.split_first() {
                    self.judge_kept_size(arena, op, call, (function, arguments, None));
                }
                self.fit_partial(arena, op, items)
            }
            Shape::Lookup
            | Shape::Called
            | Shape::Shared
            | Shape::Cached
            | Shape::ClassBody
            | Shape::Descriptor
            | Shape::Own
            | Shape::Imports
            | Shape::Repr => Fit::Harmless,
            Shape::Encode => fit_encode(arena, items),
            Shape::TypeOf if items.len() == 1 => self.fit_class_of(arena, op, items[0]),
            Shape::TypeOf => {
                if let Some(&namespace) = items.get(2) {
                    self.class_built(arena, op, call, namespace);
                }
                Fit::Class(self.is_class_harmful(arena, op, items))
            }
            Shape::Iter if items.len() == 1 => Fit::Harmless,
            Shape::Iter => Fit::Unusual("with two arguments it calls the first"),
            Shape::UfuncOf => self.fit_ufunc(arena, op, items),
            Shape::TensorOf => return self.fit_tensor(arena, op, call, items),
            Shape::ArrayState => self.fit_array_state(arena, op, call, items),
            Shape::ArrayFilled => self.fit_array_filled(arena, op, call, items),
            Shape::TypeNamed => self.fit_type_named(arena, op, call),
            Shape::Instance | Shape::Hook | Shape::Kept
                if matches!(op.opcode, Opcode::NewObj | Opcode::NewObjEx) =>
            {
                Fit::Harmless
            }
            Shape::Instance | Shape::Hook | Shape::Array => {
                Fit::Unusual("its constructor does more than hold data")
            }
            Shape::Uncalled | Shape::Kept => {
                Fit::Unusual("objects keep it for later, and picklers hardly ever call it")
            }
        };
        let next = (shape == Shape::Reconstructor).then(|| items.first().copied()).flatten();
        (fit, next.filter(|&class| self.is_worth_judging(arena, class, op)))
    }

    /// What it wraps is judged when the result is called; that may be elsewhere, so what needs a shape is not wrapped.
    fn fit_partial(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> Fit {
        let Some(&function) = items.first() else { return Fit::Harmless };
        let id = match self.resolve(arena, function, op, 1) {
            Callee::Known(id) => id,
            Callee::Opaque if self.is_instance(arena, function, op) => {
                return Fit::Unusual("it wraps an object, and what that does when it is called is not known");
            }
            _ => return Fit::Harmless,
        };
        let is_own_method = self.is_own_method(arena, op, id, &items[1..]);
        match self.ledger.entry(id).verdict {
            Verdict::AllowedAs(Shape::Instance | Shape::Hook) => {
                Fit::Unusual("it wraps a class whose constructor does more than hold data")
            }
            Verdict::AllowedAs(Shape::TypeOf) => Fit::Unusual("it wraps what can build a class"),
            // What calls it says which function that is.
            Verdict::AllowedAs(Shape::Partial) => Fit::Unusual("it wraps what wraps another function"),
            Verdict::AllowedAs(Shape::Uncalled) if !is_own_method => {
                Fit::Unusual("it wraps a method that objects keep for later")
            }
            _ => Fit::Harmless,
        }
    }

    /// A text that a call of the global `callee` turns into bytes may be a pickle.
    pub(super) fn embedded_text(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        callee: EntryId,
        arguments: Value,
    ) {
        if is_encode(&self.ledger.entry(callee).names)
            && let Some(inner) = Inner::of_encoded(arena, arguments)
        {
            self.embedded.add(self.pickle, op.start..op.end, inner);
        }
    }

    /// `getattr` of a global is a dotted global; of another object it gives an attribute, which is opaque when called.
    fn fit_getattr(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> Fit {
        let &[object, name] = items else { return Fit::Walk };
        match arena.text(name) {
            Some(text) if text.split('.').any(is_way_out) => Fit::Walk,
            Some(_) => {
                match self.attribute(arena, object, name, op, 0) {
                    Some(id) => self.ledger.loaded_by_getattr(id),
                    None if matches!(arena.shape(object), Made::Persistent(..) | Made::External(_)) => {
                        return Fit::Unusual("it reads an attribute of an object that is not in the pickle");
                    }
                    None => {}
                }
                Fit::Harmless
            }
            None => {
                // That the name is computed is told, and what it comes to.
                if let Some(id) = self.attribute(arena, object, name, op, 0) {
                    self.ledger.loaded_by_getattr(id);
                }
                Fit::Walk
            }
        }
    }

    /// `base.__new__(class, state)` and `base.__init__(object, state)`.
    fn fit_reconstructor(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> Fit {
        let &[_, base, state] = items else { return Fit::Reconstructor(Some(items.len())) };
        if let Callee::Known(id) = self.resolve(arena, base, op, 1)
            && self.ledger.entry(id).names.module == "builtins"
            && takes_no_none(&self.ledger.entry(id).names.name)
            && is_none(arena, state)
        {
            return Fit::Reconstructor(None);
        }
        match self.resolve(arena, base, op, 1) {
            // `__init__` of the base is called with the state.
            Callee::Known(id) if matches!(self.ledger.entry(id).verdict, Verdict::AllowedAs(shape) if shape != Shape::Cached) => {
                Fit::Unusual("the base is no builtin class, and its constructor does more than hold data")
            }
            Callee::Known(_) | Callee::Reported => Fit::Harmless,
            Callee::Data | Callee::Opaque | Callee::Code => {
                Fit::Unusual("the base is not a class known by name")
            }
        }
    }

    /// Whether a class that is built gets a base or an attribute that is not plainly harmless.
    fn is_class_harmful(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> bool {
        let bases = items.get(1).and_then(|&bases| arena.tuple(bases)).unwrap_or_default();
        let namespace = match items.get(2).map(|&namespace| arena.shape(namespace)) {
            Some(Made::Container(_, contents)) => contents.map_or(&[][..], |contents| &contents.pairs),
            _ => return true,
        };
        if bases.len() + namespace.len() / 2 > MOST_PARTS {
            return true;
        }
        let values = namespace.iter().skip(1).step_by(2);
        bases.iter().chain(values).any(|&part| match self.resolve(arena, part, op, 1) {
            Callee::Known(id) => {
                !matches!(self.ledger.entry(id).verdict, Verdict::Allowed | Verdict::AllowedAs(Shape::Kept))
            }
            Callee::Opaque | Callee::Reported | Callee::Code => true,
            Callee::Data => false,
        })
    }

    /// Tells of the namespaces among the arguments of a helper that builds classes by value.
    pub(super) fn class_by_value(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, arguments: Value) {
        let items = arena.tuple(arguments).unwrap_or_default();
        for &namespace in items.iter().take(MOST_ARGUMENTS) {
            self.class_built(arena, op, call, namespace);
        }
    }

    pub(super) fn fit_calls(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        called: Option<Value>,
    ) -> (Fit, Option<Value>) {
        let Some(called) = called else { return (Fit::Harmless, None) };
        match self.resolve(arena, called, op, 1) {
            Callee::Data | Callee::Reported => (Fit::Harmless, None),
            Callee::Opaque if self.instance_call(arena, called, op).is_some() => {
                (Fit::Harmless, Some(called))
            }
            Callee::Opaque | Callee::Code => {
                (Fit::Unusual("it calls an argument that is not known by name"), None)
            }
            Callee::Known(id) => match self.ledger.entry(id).verdict {
                Verdict::Allowed | Verdict::AllowedAs(Shape::Cached) => {
                    if self.ledger.entry(id).gives_text {
                        self.ledger.called(id);
                    }
                    (Fit::Harmless, None)
                }
                Verdict::AllowedAs(Shape::Instance | Shape::Hook) => {
                    (Fit::Unusual("it calls a class whose constructor does more than hold data"), None)
                }
                Verdict::AllowedAs(_) => {
                    (Fit::Unusual("it calls an argument whose call has to be judged"), None)
                }
                _ => (Fit::Harmless, Some(called).filter(|&class| self.is_worth_judging(arena, class, op))),
            },
        }
    }

    /// Makes an instance by `__new__` of a class: the constructor is not called.
    fn fit_makes(&mut self, arena: &Arena<'a>, op: &Op<'a>, class: Option<Value>) -> (Fit, Option<Value>) {
        if let Some(Callee::Known(id)) = class.map(|class| self.resolve(arena, class, op, 1))
            && matches!(
                self.ledger.entry(id).verdict,
                Verdict::AllowedAs(Shape::Instance | Shape::Hook | Shape::Kept | Shape::Cached)
            )
        {
            return (Fit::Harmless, None);
        }
        self.fit_calls(arena, op, class)
    }

    /// What is missing in a `defaultdict` is made by its first argument, which may be a class of such dicts again.
    fn fit_factory(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        factory: Option<Value>,
    ) -> (Fit, Option<Value>) {
        let mut factory = factory;
        for _ in 0..MOST_FACTORIES {
            let Some(value) = factory else { break };
            let Callee::Known(id) = self.resolve(arena, value, op, 1) else { break };
            if self.must_be_called(id) {
                // That it is handed on is told.
                return (Fit::Harmless, None);
            }
            if self.ledger.entry(id).verdict != Verdict::AllowedAs(Shape::Factory) {
                break;
            }
            // `partial(defaultdict, list)`, as it is, or with a state that says so.
            let Made::Call { arguments, contents, .. } = arena.shape(value) else {
                return (Fit::Harmless, None);
            };
            let state = contents.and_then(|contents| arena.tuple(contents.state?));
            factory = match state.or_else(|| self.rebuilt_partial(arena, value, op)) {
                Some(&[_, arguments, ..]) => arena.tuple(arguments).and_then(|items| items.first().copied()),
                _ => arena.tuple(arguments).and_then(|items| items.get(1).copied()),
            };
        }
        if let Some(value) = factory
            && self.instance_call(arena, value, op).is_some()
        {
            return (Fit::Unusual("it keeps an object that it calls where something is missing"), None);
        }
        self.fit_calls(arena, op, factory)
    }

    /// `function(argument, called)` calls `called(argument)`.
    fn fit_calls_on(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> (Fit, Option<Value>) {
        if let Some(&called) = items.get(1)
            && let Callee::Known(id) = self.resolve(arena, called, op, 1)
            && self.ledger.entry(id).verdict == Verdict::AllowedAs(Shape::Calls(0))
        {
            self.ledger.called(id);
            return self.fit_calls(arena, op, items.first().copied());
        }
        self.fit_calls(arena, op, items.get(1).copied())
    }

    /// Whether a call that is passed on is to be judged: constructors of plain data and of what is reported anyway are
    /// not, but count as called.
    fn is_worth_judging(&mut self, arena: &Arena<'a>, class: Value, op: &Op<'a>) -> bool {
        let Callee::Known(id) = self.resolve(arena, class, op, 1) else { return true };
        self.ledger.called(id);
        matches!(self.ledger.entry(id).verdict, Verdict::Denied(_))
    }

    /// `_ufunc_reconstruct(module, name)` is an attribute of the module, whatever it is: a global like any other.
    fn fit_ufunc(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> Fit {
        let (&[module, name] | &[module, name, _]) = items else {
            return Fit::Unusual("it takes a module and a name");
        };
        let Some(id) = self.looked_up(arena, module, name, op) else {
            return Fit::Unusual("it imports what cannot be told");
        };
        self.ledger.loaded_by_getattr(id);
        if items.get(2).is_some_and(|&owner| !is_none(arena, owner)) {
            return Fit::Unusual("it binds the function to an object");
        }
        match arena.text(module) {
            Some(module) if UFUNC_MODULES.contains(&module.as_ref()) => Fit::Harmless,
            _ => Fit::Unusual("it imports the module that it is given"),
        }
    }

    /// Looks into the bytes, once for each constant.
    fn fit_nested(&mut self, arena: &Arena<'a>, items: &[Value]) -> Fit {
        let argument =
            items.first().and_then(|&bytes| Some((arena.origin(bytes)?, constant_bytes(arena, bytes)?)));
        let Some((at, bytes)) = argument.filter(|_| self.depth < MOST_NESTED) else {
            return Fit::UnknownPickle;
        };
        if let Some(fit) = self.nested.get(&at) {
            return fit.clone();
        }
        let pickles = pickles_of_file(&bytes);
        let report = lint_nested(pickles, self.options, self.interrupt, self.depth + 1);
        // Other warnings are about what follows the pickles: the bytes of the storages.
        let concerns = |finding: &&Finding| match finding.severity {
            Severity::Error => true,
            Severity::Warning => finding.rule.code.starts_with("PG"),
            Severity::Info => false,
        };
        let worst = report.findings.iter().filter(concerns).max_by_key(|finding| finding.severity);
        let fit = worst.map_or(Fit::Harmless, |finding| Fit::Pickle(finding.message.clone()));
        self.nested.insert(at, fit.clone());
        fit
    }
}

/// Constant bytes, also as protocols below 3 write them: `_codecs.encode(text, 'latin1')`.
fn constant_bytes<'a>(arena: &Arena<'a>, value: Value) -> Option<Cow<'a, [u8]>> {
    match arena.shape(value) {
        Made::Literal(op) => match op.operand() {
            Ok(Operand::Bytes(bytes)) => Some(Cow::Borrowed(bytes)),
            _ => None,
        },
        Made::Call { .. } => Inner::of_call(arena, value)?.bytes(arena.bytes()),
        _ => None,
    }
}

pub(super) fn is_none(arena: &Arena<'_>, value: Value) -> bool {
    matches!(arena.shape(value), Made::Literal(op) if op.opcode == Opcode::None)
}

fn fit_encode(arena: &Arena<'_>, items: &[Value]) -> Fit {
    match items {
        [_] => Fit::Harmless,
        [_, codec] | [_, codec, _] => match arena.text(*codec) {
            Some(codec) if TEXT_CODECS.iter().any(|known| codec.eq_ignore_ascii_case(known)) => Fit::Harmless,
            _ => Fit::Unusual("the codec is not one of plain text"),
        },
        _ => Fit::Unusual("it takes a text and a codec"),
    }
}
