//! Code in a file that is no pickle, and descriptions that name code: what it calls. Never says whether it may.

use std::borrow::Cow;

use crate::formats::torch::{bytecode, graph, instructions, mobile, routines, script};
use crate::formats::{documents, json, keras, recipes, skops};

/// Who loads code, and so how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loader {
    /// Compiles it: source of TorchScript.
    TorchScript,
    /// Follows its instructions: TorchScript for mobile devices.
    TorchMobile,
    /// Builds a graph of it, whose sizes and conditions are evaluated: `torch.export`.
    TorchExport,
    /// Makes layers of it: the description of a model of Keras.
    Keras,
    /// Makes objects of it: the description of what skops keeps.
    Skops,
    /// Calls what it names: a text in YAML or JSON out of which a library makes objects.
    Recipe,
    /// The same, and evaluates the expressions in it.
    Bundle,
    /// Calls what it names: a checkpoint of LangGraph in MessagePack.
    Checkpoint,
    /// Writes the messages of a chat with it: a template of Jinja.
    Template,
    /// Imports it: a module in an archive of torch.package, of which this is the name.
    TorchPackage,
}

/// A member, or a value in one, that a loader runs or follows though it is no pickle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code<'a> {
    /// The path of the member; `None`: the file itself.
    pub member: Option<String>,
    /// Where it is, in bytes from the start of the file; `None` where it lies in a compressed container.
    pub offset: Option<u64>,
    /// What loads it.
    pub loader: Loader,
    /// The code.
    pub(crate) bytes: Cow<'a, [u8]>,
}

/// Something that code calls, or that its loader evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention<'m> {
    /// What it is.
    pub what: Called<'m>,
    /// The text that says so, as it is written.
    pub text: &'m str,
    /// Where the text ends, in bytes from the start of the code; 0 where that would tell nobody anything.
    pub at: usize,
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called<'m> {
    /// An operator of TorchScript, without its overload. No namespace: the code does not say which, or in words of its own.
    Operator {
        /// What stands before the colons: `aten`.
        namespace: Option<&'m str>,
        /// What stands behind them.
        name: &'m str,
    },
    /// An operator whose name is put together or escaped, which no printer of code does.
    HiddenOperator,
    /// A function of Python that a description names: its module and its name, where it has them.
    Function {
        /// The module.
        module: Option<&'m str>,
        /// The name in it.
        name: Option<&'m str>,
    },
    /// A function of Python that a reader of checkpoints or of objects in texts calls, whatever it is.
    Revived {
        /// Its module.
        module: &'m str,
        /// Its name in the module, with that of a method.
        name: &'m str,
    },
    /// A function that it calls as well, whose name is what another call gives.
    RevivedByName,
    /// What stands behind a key that is a word like any other (`type: os.system`): the text is its name, if it is that of a function.
    Word,
    /// A method, or any attribute, of an object that the description makes.
    Method {
        /// Its name.
        name: &'m str,
    },
    /// A function of Python's module `operator`, which is called.
    Operation {
        /// Its name.
        name: &'m str,
    },
    /// What the description of a model calls with numbers.
    Sizes {
        /// The module of the function.
        module: &'m str,
        /// The name in it.
        name: &'m str,
        /// The largest of the numbers.
        number: u64,
        /// The most that the numbers of a list come to multiplied.
        product: u64,
    },
    /// A number that the weights of a layer are counted by: the text is its key.
    Weights {
        /// The number.
        number: u64,
        /// Whether it is what two keys come to multiplied.
        is_product: bool,
    },
    /// A file that a loader reads: the text is where it is.
    File,
    /// An expression of Python that is evaluated: the text is all of it.
    Expression,
    /// Bytecode of Python, which lies in the description.
    Bytecode,
    /// A module of Python: the text is its name.
    Module,
    /// A file of Python beside the text, of which that is the name.
    Pipeline,
    /// Code in a repository, of which the text is the name.
    Kernel,
}

/// A function of TorchScript, as far as it matters when it is run without being asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routine {
    /// Its name, without that of its class.
    pub name: String,
    /// What it calls: functions of the archive, methods and operators, by the last of their names.
    pub calls: Vec<Call>,
    /// Where a loop is, if one may go on for long: the byte in the code.
    pub long_loop: Option<usize>,
    /// Where a number is, if those that are written down make a large one together.
    pub large_number: Option<usize>,
}

/// A call in a [`Routine`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is called.
    pub name: String,
    /// Whether all that it is given is written down.
    pub is_fixed: bool,
    /// Where it is called: the byte in the code.
    pub at: usize,
}

/// What a loader of TorchScript runs when it makes an object.
pub const SETSTATE: &str = "__setstate__";

impl Code<'_> {
    /// Tells `told` the functions of TorchScript, one after the other, until it says that this is enough. Of instructions, only those that
    /// are run when the file is loaded.
    pub fn routines(&self, told: &mut dyn FnMut(Routine) -> bool) {
        match self.loader {
            Loader::TorchScript => routines::of_source(&self.bytes, told),
            Loader::TorchMobile if mobile::begins(&self.bytes) => {
                instructions::of_flatbuffer(&self.bytes, told);
            }
            Loader::TorchMobile => instructions::of_pickle(&self.bytes, told),
            Loader::TorchExport
            | Loader::Keras
            | Loader::Skops
            | Loader::Recipe
            | Loader::Bundle
            | Loader::Checkpoint
            | Loader::Template
            | Loader::TorchPackage => {}
        }
    }

    /// Tells `told` all that the code calls, in its order, until it says that this is enough.
    pub fn mentions(&self, told: &mut dyn FnMut(Mention<'_>) -> bool) {
        match self.loader {
            Loader::TorchScript => script::mentions(&self.bytes, told),
            Loader::TorchMobile => bytecode::mentions(&self.bytes, told),
            Loader::TorchExport => graph::mentions(&self.bytes, told),
            Loader::Keras => keras::mentions(&json::utf8(&self.bytes), told),
            Loader::Skops => skops::mentions(&json::utf8(&self.bytes), told),
            Loader::Recipe | Loader::Bundle => {
                recipes::mentions(&json::utf8(&self.bytes), self.loader == Loader::Bundle, told);
            }
            Loader::Checkpoint => documents::checkpoint(&self.bytes, told),
            Loader::TorchPackage | Loader::Template => {
                let text = String::from_utf8_lossy(&self.bytes);
                let is_template = self.loader == Loader::Template;
                let what = if is_template { Called::Expression } else { Called::Module };
                told(Mention { what, text: &text, at: 0 });
            }
        }
    }

    /// The number of the line, from 1, that the byte `at` of the code is in.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        1 + memchr::memchr_iter(b'\n', &self.bytes[..at.min(self.bytes.len())]).count()
    }

    /// Without ties to the bytes of the file.
    pub(crate) fn into_owned(self) -> Code<'static> {
        let bytes = Cow::Owned(self.bytes.into_owned());
        Code { bytes, ..self }
    }
}
