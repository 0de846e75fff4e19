//! Shapes of calls that are harmless.

/// How a global is called harmlessly, where not every call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// `getattr(object, 'name')`, where the name is no way out.
    GetAttr,
    /// `functools.partial(function, …)`: judged by the function.
    Partial,
    /// `copyreg._reconstructor(class, base, state)`.
    Reconstructor,
    /// `_codecs.encode(text, codec)`, the codec being one of text.
    Encode,
    /// `type(object)`: with three arguments it builds a class.
    TypeOf,
    /// `dill._dill._load_type(name)`: a class of builtins, of `types` or of files by its name; judged by the class. Likewise
    /// `_create_namedtuple(name, fields, module)`, and `_builtin_type(name)` of cloudpickle.
    TypeNamed,
    /// `iter(object)`: with two arguments it calls the first.
    Iter,
    /// Calls its argument of that number, if that is a global: judged by it.
    Calls(usize),
    /// Makes an instance of its argument of that number, a class, past the constructor of the class.
    Makes(usize),
    /// Calls its first argument, which takes nothing: judged by it.
    Factory,
    /// Sets attributes of what it is given, or of what it makes: harmless where that is looked at.
    Sets,
    /// Calls its second argument as `Calls` does, with its first: if that is a function that calls what it is given, the first is
    /// what it is judged by.
    CallsOn,
    /// `numpy.core._ufunc_reconstruct(module, name)`, the module being one of known libraries; scipy's has a third argument.
    UfuncOf,
    /// Calls its first argument as `Calls` does; of a class of arrays it makes one, past the constructor of the class.
    ArrayOf,
    /// A class of arrays, harmless as what such a function makes.
    Array,
    /// Created without its constructor (`NEWOBJ` and what stands for it), which does more than hold data.
    Instance,
    /// The same; what its instances do when they are called is to change what they are called with: nothing else than a
    /// container may hold them.
    Hook,
    /// Unpickles constant bytes, which are looked into.
    Nested,
    /// `torch._tensor._rebuild_from_type_v2`: calls its first argument, a function of torch, and sets attributes of the result.
    TensorOf,
    /// `jax._src.array._reconstruct_array`: calls its first argument, which makes an array of numpy, with its second, and gives that
    /// its third as a state.
    ArrayState,
    /// `dill._dill._create_array`: calls its first argument, which makes an array of numpy, with its second, gives that its third as a
    /// state, and its fourth as attributes.
    ArrayFilled,
    /// Gives an object that the program has as well: it must not be changed.
    Shared,
    /// The same, by a class and names that its first two arguments are; its state says them again, which `members.txt` asks for.
    Registered,
    /// Gives such an object when it is called; an instance that is made without constructor and arguments is another one.
    Cached,
    /// A function or method that objects keep for later: harmless as long as nothing calls it.
    Uncalled,
    /// The same, also with arguments in a `partial`; of a class, instances are made past the constructor.
    Kept,
    /// Harmless with the arguments that `members.txt` asks for: nothing else may call it.
    Called,
    /// Changes a cell, a class or a dict: harmless where the stream has made it, by value.
    Own,
    /// `types.new_class` with a callable that fills the namespace with constant items.
    ClassBody,
    /// Evaluates the text of a singleton or of a range.
    Repr,
    /// Imports a module by its name: harmless for some whose functions are compiled.
    Imports,
    /// An attribute of an object or else a builtin, by a name that is no way out.
    Lookup,
    /// Evaluates the name of a class in the text of its method, and gives the method.
    Descriptor,
}

impl Shape {
    /// The argument that is called, if one is.
    pub(crate) fn called(self) -> Option<usize> {
        match self {
            Self::Calls(number) => Some(number),
            Self::Factory | Self::Partial => Some(0),
            _ => None,
        }
    }

    /// Whether a loader that judges names alone may let such a global in: what it does with others that are let in is no more than what
    /// these do.
    pub(crate) fn holds_by_name(self) -> bool {
        !matches!(
            self,
            Self::GetAttr
                | Self::TypeNamed
                | Self::UfuncOf
                | Self::Imports
                | Self::Nested
                | Self::Hook
                | Self::Sets
                | Self::Uncalled
                | Self::Kept
                | Self::Called
                | Self::Own
                | Self::ClassBody
                | Self::Repr
                | Self::Lookup
                | Self::Descriptor
        )
    }

    /// Whether a call of this shape can call what is among its arguments, as one that is always harmless can.
    pub(crate) fn hands_on(self) -> bool {
        match self {
            Self::Makes(_)
            | Self::ArrayOf
            | Self::Reconstructor
            | Self::GetAttr
            | Self::TypeOf
            | Self::TensorOf
            | Self::ArrayState
            | Self::ArrayFilled
            | Self::TypeNamed
            | Self::Repr
            | Self::Called
            | Self::Lookup
            | Self::Descriptor => false,
            Self::Partial
            | Self::Encode
            | Self::Iter
            | Self::Calls(_)
            | Self::CallsOn
            | Self::Factory
            | Self::Sets
            | Self::Uncalled
            | Self::Kept
            | Self::Own
            | Self::ClassBody
            | Self::Imports
            | Self::UfuncOf
            | Self::Array
            | Self::Instance
            | Self::Hook
            | Self::Nested
            | Self::Shared
            | Self::Registered
            | Self::Cached => true,
        }
    }
}
