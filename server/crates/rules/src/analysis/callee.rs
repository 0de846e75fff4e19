//! What a call calls: a global, or an attribute of one that `getattr` gives, or what `partial` wraps.

use std::borrow::Cow;

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::{Collection, Names};
use pickle_ops::{Op, Opcode, Operand};

use super::Analysis;
use super::ledger::EntryId;
use crate::pickle::persistent_id;
use crate::policy::{Category, Denial, Shape, Verdict};

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callee {
    /// A global, known by name.
    Known(EntryId),
    /// The type of code objects, by a helper of a pickler that stores functions by value.
    Code,
    /// A constant or container, which cannot be called.
    Data,
    /// The result of a call that is itself reported, which covers what it gives.
    Reported,
    /// Something that the stream does not tell.
    Opaque,
}

/// Calls that are looked through for a callee.
const MOST_LEVELS: usize = 16;

/// Attributes of a state that are looked through.
const MOST_NAMES: usize = 256;
/// Types that dill has names of its own for, and where they are.
const TYPES_OF_DILL: &[(&str, &str, &str)] = &[
    ("AttrGetterType", "operator", "attrgetter"),
    ("BufferedRandomType", "io", "BufferedRandom"),
    ("BufferedReaderType", "io", "BufferedReader"),
    ("BufferedWriterType", "io", "BufferedWriter"),
    ("ExitType", "_sitebuiltins", "Quitter"),
    ("FileType", "io", "FileIO"),
    ("InputType", "io", "StringIO"),
    ("ItemGetterType", "operator", "itemgetter"),
    ("OutputType", "io", "StringIO"),
    ("PartialType", "functools", "partial"),
    ("PyBufferedRandomType", "_pyio", "BufferedRandom"),
    ("PyBufferedReaderType", "_pyio", "BufferedReader"),
    ("PyBufferedWriterType", "_pyio", "BufferedWriter"),
    ("PyTextWrapperType", "_pyio", "TextIOWrapper"),
    ("SuperType", "builtins", "super"),
    ("TextWrapperType", "io", "TextIOWrapper"),
];

/// Bytes of an attribute's name that is looked at: a longer one is none; and of what stands for it in the stream.
const LONGEST_NAME: usize = 1024;
const LONGEST_LITERAL: usize = 10 * LONGEST_NAME;

impl<'a> Analysis<'_, 'a> {
    /// What `value` is when it is called.
    pub(super) fn resolve(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>, levels: usize) -> Callee {
        if let Some(id) = self.known_at(arena, value) {
            return Callee::Known(id);
        }
        if levels >= MOST_LEVELS {
            return Callee::Opaque;
        }
        match arena.shape(value) {
            Made::Global(global) => match global.resolved() {
                Some(names) => {
                    let id = self.ledger.find_or_add(names, op, &self.options.policy);
                    if !is_inst(arena, global.at) {
                        self.ledger.remember(global.at, id);
                    }
                    Callee::Known(id)
                }
                None => Callee::Opaque,
            },
            Made::Call { callee, arguments, contents, .. } => {
                let state = contents.and_then(|contents| contents.state);
                self.result_of(arena, callee, arguments, state, op, levels)
            }
            Made::Literal(_) | Made::Tuple(_) | Made::Container(..) => Callee::Data,
            Made::Persistent(..) => match persistent_id::module_class(arena, value) {
                Some(class) => self.resolve(arena, class, op, levels + 1),
                None => Callee::Opaque,
            },
            Made::External(_) | Made::Deferred(_) | Made::Unknown => Callee::Opaque,
        }
    }

    /// A callee by the offset of the op that made it. `INST` makes two values, of which the other is a call.
    #[inline]
    pub(super) fn known_at(&self, arena: &Arena<'a>, value: Value) -> Option<EntryId> {
        let at = arena.origin(value)?;
        self.ledger.loaded_at(at).filter(|_| !is_inst(arena, at))
    }

    /// What is called when the result of a call is.
    fn result_of(
        &mut self,
        arena: &Arena<'a>,
        callee: Value,
        arguments: Value,
        state: Option<Value>,
        op: &Op<'a>,
        levels: usize,
    ) -> Callee {
        let id = match self.resolve(arena, callee, op, levels + 1) {
            Callee::Known(id) => id,
            Callee::Reported => return Callee::Reported,
            Callee::Code => return Callee::Reported,
            Callee::Data | Callee::Opaque => return Callee::Opaque,
        };
        let arguments = arena.tuple(arguments).unwrap_or_default();
        match (&self.ledger.entry(id).verdict, arguments) {
            (Verdict::AllowedAs(Shape::GetAttr), &[object, name, ..]) => {
                self.attribute(arena, object, name, op, levels).map_or(Callee::Opaque, Callee::Known)
            }
            (Verdict::AllowedAs(Shape::Partial), &[function, ..]) => {
                // `BUILD` gives a partial another function: the first item of its state.
                let replaced = state.and_then(|state| arena.tuple(state)?.first().copied());
                self.resolve(arena, replaced.unwrap_or(function), op, levels + 1)
            }
            (Verdict::AllowedAs(Shape::TypeOf), &[object]) if arena.call_of(object).is_some() => {
                self.owner(arena, object, op, levels + 1).map_or(Callee::Opaque, Callee::Known)
            }
            (Verdict::AllowedAs(Shape::TypeNamed), items) => self.named_type(arena, id, items, op),
            (Verdict::AllowedAs(Shape::UfuncOf), &[module, name] | &[module, name, _]) => {
                self.looked_up(arena, module, name, op).map_or(Callee::Opaque, Callee::Known)
            }
            (Verdict::Denied(Denial { category: Category::ByValue, .. }), items) => {
                match self.imported_by_value(arena, id, items, op, true) {
                    Some(imported) => imported,
                    None => self.named_type(arena, id, items, op),
                }
            }
            (Verdict::Denied(Denial { unless: Some(Shape::Lookup), .. }), &[object, name]) => self
                .attribute_or_builtin(arena, op, object, name, levels)
                .map_or(Callee::Opaque, Callee::Known),
            (Verdict::Denied(Denial { unless: Some(Shape::Descriptor), .. }), &[class, name, _]) => {
                self.attribute(arena, class, name, op, levels).map_or(Callee::Opaque, Callee::Known)
            }
            (Verdict::Unlisted | Verdict::Denied(_), _) => Callee::Reported,
            _ => Callee::Opaque,
        }
    }

    /// Whether a value is an instance that the pickle makes, and no attribute or what wraps another.
    pub(super) fn is_instance(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let Some((callee, _)) = arena.call_of(value) else { return false };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        !matches!(
            self.ledger.entry(id).verdict,
            Verdict::AllowedAs(Shape::GetAttr | Shape::Partial | Shape::UfuncOf)
        )
    }

    /// What runs when an instance is called that the stream makes, or a `partial` of one: `__call__` of its class, if that is denied.
    pub(super) fn instance_call(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
    ) -> Option<Names<'a>> {
        let mut instance = value;
        for _ in 0..MOST_LEVELS {
            let (callee, arguments) = arena.call_of(instance)?;
            let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
            if self.ledger.entry(id).verdict != Verdict::AllowedAs(Shape::Partial) {
                break;
            }
            let state = arena.contents_of_call(instance).and_then(|contents| arena.tuple(contents.state?));
            instance = *state.or_else(|| arena.tuple(arguments))?.first()?;
        }
        arena.call_of(instance)?;
        let class = self.owner(arena, instance, op, 1)?;
        // What a function gives may be of any class.
        let is_class = matches!(
            self.ledger.entry(class).verdict,
            Verdict::AllowedAs(Shape::Instance | Shape::Hook | Shape::Kept)
        );
        let Names { module, name } = self.ledger.entry(class).names.clone();
        let names = Names { module, name: Cow::Owned(format!("{name}.__call__")) };
        let is_denied = matches!(self.options.policy.judge(&names.module, &names.name), Verdict::Denied(_));
        (is_class && is_denied).then_some(names)
    }

    /// The global that a call looks up by constant names of a module and of what is in it.
    pub(super) fn looked_up(
        &mut self,
        arena: &Arena<'a>,
        module: Value,
        name: Value,
        op: &Op<'a>,
    ) -> Option<EntryId> {
        let (module, name) = (self.name_of(arena, module, op)?, self.name_of(arena, name, op)?);
        // The modules that numpy keeps its functions in are parts of it.
        let module = if is_core_of_numpy(&module) { "numpy".to_owned() } else { module };
        let names = Names { module: module.into(), name: name.into() };
        Some(self.ledger.find_or_add(names, op, &self.options.policy))
    }

    /// What a helper gives that looks types up by name: `_builtin_type('CodeType')`, `_create_namedtuple('name', fields, 'module')`.
    fn named_type(&mut self, arena: &Arena<'a>, helper: EntryId, items: &[Value], op: &Op<'a>) -> Callee {
        let is_of_dill = match self.ledger.entry(helper).names.name.as_ref() {
            "_builtin_type" => false,
            "_load_type" => true,
            "_create_namedtuple" => return self.named_tuple(arena, items, op),
            _ => return Callee::Reported,
        };
        let &[name] = items else { return Callee::Reported };
        match arena.text(name) {
            Some(name) if name == "CodeType" => Callee::Code,
            Some(name) => {
                let known = TYPES_OF_DILL.iter().find(|row| is_of_dill && row.0 == name);
                let names = match known {
                    Some(&(_, module, name)) => Names { module: module.into(), name: name.into() },
                    // Types that have no name in `types` have one of their own.
                    None if is_of_dill && !name.ends_with("Type") => {
                        Names { module: "builtins".into(), name }
                    }
                    None => Names { module: "types".into(), name },
                };
                Callee::Known(self.ledger.find_or_add(names, op, &self.options.policy))
            }
            None => Callee::Opaque,
        }
    }

    /// The class that is found by a name and a module, or is made of these if it is not there: then it holds data alone.
    fn named_tuple(&mut self, arena: &Arena<'a>, items: &[Value], op: &Op<'a>) -> Callee {
        let Some((&[name, fields, module], defaults)) = items.split_first_chunk() else {
            return Callee::Reported;
        };
        // Where the class is not there, its constructor goes through them.
        if arena.tuple(fields).is_none_or(|fields| fields.iter().any(|&field| arena.text(field).is_none())) {
            return Callee::Opaque;
        }
        let (Some(module), Some(name)) = (arena.text(module), arena.text(name)) else {
            return Callee::Opaque;
        };
        // The constructor goes through the defaults as well, which its writer has in a list.
        let is_list = |value: &Value| matches!(arena.shape(*value), Made::Container(Collection::List, _));
        if defaults.len() > 1 || !defaults.iter().all(is_list) {
            return Callee::Opaque;
        }
        let path = format!("{module}.{name}");
        let (module, name) = path.rsplit_once('.').unwrap_or(("", &path));
        let names = Names { module: module.to_owned().into(), name: name.to_owned().into() };
        Callee::Known(self.ledger.find_or_add(names, op, &self.options.policy))
    }

    /// What a helper of dill gives that imports by names, be it a module or not: a denied global, or any that is not told with
    /// the helper if it is called.
    pub(super) fn imported_by_value(
        &mut self,
        arena: &Arena<'a>,
        helper: EntryId,
        items: &[Value],
        op: &Op<'a>,
        is_called: bool,
    ) -> Option<Callee> {
        let path = match (self.ledger.entry(helper).names.name.as_ref(), items) {
            ("_import_module", &[path, ..]) => self.name_of(arena, path, op),
            _ => return None,
        };
        let Some(path) = path else { return Some(Callee::Opaque) };
        let (module, name) = path.rsplit_once('.')?;
        let names = Names { module: module.to_owned().into(), name: name.to_owned().into() };
        let matters = match self.options.policy.judge(&names.module, &names.name) {
            Verdict::Denied(_) => true,
            Verdict::Unlisted | Verdict::Allowed | Verdict::AllowedAs(_) => is_called,
        };
        matters.then(|| Callee::Known(self.ledger.find_or_add(names, op, &self.options.policy)))
    }

    /// The module that a call imports by a constant name.
    fn imported(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>, levels: usize) -> Option<String> {
        let Made::Call { callee, arguments, .. } = arena.shape(value) else { return None };
        let Callee::Known(id) = self.resolve(arena, callee, op, levels + 1) else { return None };
        let is_importer = is_importer(&self.ledger.entry(id).names);
        let first = arena.tuple(arguments)?.first().copied().filter(|_| is_importer)?;
        self.name_of(arena, first, op)
    }

    /// A value that is taken for a name.
    pub(super) fn name_of(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<String> {
        // A long constant is not to be read again for each op of five bytes that uses it.
        if matches!(arena.shape(value), Made::Literal(literal) if literal.raw.len() > LONGEST_LITERAL) {
            return None;
        }
        self.text_of(arena, value, op).filter(|text| text.len() <= LONGEST_NAME).map(Cow::into_owned)
    }

    /// The class of an object of which an attribute is read: that of an instance, or of a constant. An attribute of what an
    /// allowed function gives counts as one of the function.
    pub(super) fn owner(
        &mut self,
        arena: &Arena<'a>,
        object: Value,
        op: &Op<'a>,
        levels: usize,
    ) -> Option<EntryId> {
        let name = match arena.shape(object) {
            Made::Call { callee, arguments, .. } => {
                let Callee::Known(id) = self.resolve(arena, callee, op, levels + 1) else { return None };
                if let Some(class) = made_by(&self.ledger.entry(id).names) {
                    return Some(self.ledger.find_or_add(class, op, &self.options.policy));
                }
                let class = match self.ledger.entry(id).verdict {
                    Verdict::Denied(_) => return None,
                    Verdict::AllowedAs(Shape::Calls(number) | Shape::Makes(number)) => Some(number),
                    Verdict::AllowedAs(Shape::ArrayOf) => Some(0),
                    Verdict::AllowedAs(Shape::Reconstructor) => Some(0),
                    _ => None,
                };
                let given = class.and_then(|number| arena.tuple(arguments)?.get(number).copied());
                return match given.map(|class| self.resolve(arena, class, op, levels + 1)) {
                    Some(Callee::Known(class)) => Some(class),
                    _ => Some(id),
                };
            }
            Made::Literal(literal) => match literal.operand() {
                Ok(Operand::Bytes(_)) => "bytes",
                Ok(Operand::Int(_)) => "int",
                Ok(Operand::Float(_)) => "float",
                _ if literal.opcode.is_text() => "str",
                _ => "object",
            },
            Made::Tuple(_) => "tuple",
            Made::Container(Collection::List, _) => "list",
            Made::Container(Collection::Dict, _) => "dict",
            Made::Container(Collection::Set, _) => "set",
            Made::Container(..) => "frozenset",
            _ => return None,
        };
        let names = Names { module: "builtins".into(), name: name.into() };
        Some(self.ledger.find_or_add(names, op, &self.options.policy))
    }

    /// The entry of an attribute of a global, or of an object of a class that is one.
    pub(super) fn attribute(
        &mut self,
        arena: &Arena<'a>,
        object: Value,
        name: Value,
        op: &Op<'a>,
        levels: usize,
    ) -> Option<EntryId> {
        let text = self.name_of(arena, name, op)?;
        if let Some(module) = self.imported(arena, object, op, levels) {
            let names = Names { module: module.into(), name: text.into() };
            return Some(self.ledger.find_or_add(names, op, &self.options.policy));
        }
        // An attribute that the state of the object sets hides the method of that name.
        if let Some(state) = arena.contents_of_call(object).and_then(|contents| contents.state)
            && sets(arena, state, &text)
        {
            return None;
        }
        let base_id = match self.resolve(arena, object, op, levels + 1) {
            Callee::Known(base) => base,
            _ => self.owner(arena, object, op, levels)?,
        };
        let base = self.ledger.entry(base_id);
        let unlisted = base.verdict == Verdict::Unlisted || base.part_of_unlisted.is_some();
        let names = Names {
            module: base.names.module.clone(),
            name: Cow::Owned(format!("{}.{text}", base.names.name)),
        };
        if let Some(id) = self.ledger.find(&names) {
            return Some(id);
        }
        let id = self.ledger.find_or_add(names, op, &self.options.policy);
        if unlisted {
            self.ledger.mark_part_of_unlisted(id, base_id);
        }
        Some(id)
    }
}

/// Whether a state may set an attribute: a dict of any class, or a dict and one for slots.
fn sets(arena: &Arena<'_>, state: Value, name: &str) -> bool {
    let parts = arena.tuple(state).unwrap_or(std::slice::from_ref(&state));
    parts.iter().take(2).any(|&part| {
        let (Made::Container(_, Some(contents)) | Made::Call { contents: Some(contents), .. }) =
            arena.shape(part)
        else {
            return false;
        };
        let mut keys = contents.pairs.iter().step_by(2);
        contents.pairs.len() / 2 > MOST_NAMES
            || keys.any(|&key| arena.text(key).is_some_and(|key| key == name || key == "__dict__"))
    })
}

/// Whether a function gives the module whose name it is given.
pub(super) fn is_importer(function: &Names<'_>) -> bool {
    ["subimport", "import_module", "__import__", "_import_module"].contains(&function.name.as_ref())
}

fn is_inst(arena: &Arena<'_>, at: usize) -> bool {
    arena.bytes().get(at) == Some(&(Opcode::Inst as u8))
}

/// The class of what functions of numpy give that are written in place of a class.
fn made_by(function: &Names<'_>) -> Option<Names<'static>> {
    let (module, name) = match (function.module.as_ref(), function.name.as_ref()) {
        ("numpy.random._pickle", "__randomstate_ctor") | ("numpy.random", "__RandomState_ctor") => {
            ("numpy.random.mtrand", "RandomState")
        }
        ("numpy.random._pickle", "__generator_ctor") => ("numpy.random._generator", "Generator"),
        _ => return None,
    };
    Some(Names { module: module.into(), name: name.into() })
}

fn is_core_of_numpy(module: &str) -> bool {
    let core = module.strip_prefix("numpy.core.").or_else(|| module.strip_prefix("numpy._core."));
    matches!(core, Some("umath" | "_multiarray_umath"))
}
