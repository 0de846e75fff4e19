//! ## What it does
//! Reports an archive that holds code which its loader runs: TorchScript, which is only worth knowing; the Python modules of a
//! `torch.package` or a model archive of TorchServe, the bytecode in `Lambda` layers of Keras, and what AOTInductor compiled, which
//! are a warning, as is code of TorchScript that is run when the file is loaded (`__setstate__`) and may loop for any time or make
//! tensors of any size, a graph of `torch.export` that has its loader import a module which no list knows, and a description of Keras
//! that names what no model is made of, or numbers that none needs (`units` of two billions). It is an error where TorchScript calls
//! operators that read or write files (`torch.save`, `torch.from_file`) or call other machines, where the graph of `torch.export` has texts for
//! sizes and conditions that are no such thing, which its loader evaluates as Python, and where the description of a model of Keras, or
//! of an object of skops, names functions such as `os.system`, which its loader calls or hands over. JSON by itself that describes a
//! model of Keras is read as such.
//!
//! So are texts out of which libraries make objects, and what they name that runs something is an error: `os.system` in a tag of YAML for
//! Python (PyYAML, ruamel.yaml), under the key `_target_` of Hydra, NeMo and MONAI, or in JSON of jsonpickle and GluonTS. That an
//! `MLmodel` has MLflow import a module that is none of its own, or run a file, is a warning.
//!
//! It is an error as well where a `torch.package` has a module of its own for one of the standard library, of torch, or of a library
//! that is partly compiled (`collections.py`, `numpy/__init__.py`): its loader runs that in place of the module, and names that lists
//! allow stand for other code. No exporter puts them there. Of other libraries that lists know, it is a warning. So is it where the
//! package was unpacked, of what its pickles load.
//!
//! A module in the folder of a pickle that is called like the library which the pickle loads from (`numpy.py` beside `model.pkl`) is a
//! warning as well: a program that runs in that folder imports it first. That is not said of folders that are packages, and of
//! checkouts of libraries.
//!
//! ## Why is this bad?
//! Loading is running, without any pickle that would show it. The interpreter of TorchScript knows little besides tensors, yet
//! it can fill memory and read and write files of any name, also when it is loaded: `__setstate__` runs then, and `torch.load`
//! hands such an archive on. Python modules, native code and what is evaluated can do anything.
//!
//! ## Example
//! An archive of `torch.package` with a `collections.py`; one with `constants.pkl` and `code/__torch__.py`, in which stands
//! `torch.save(self.weight, "/home/user/.profile")`.
//!
//! ## Use instead
//! Weights alone (`state_dict`, safetensors) and a class that comes with your own code; or read the sources.
//!
//! ## References
//! - [torch.package: security](https://docs.pytorch.org/docs/stable/package.html)
//! - [torch.jit.load](https://docs.pytorch.org/docs/stable/generated/torch.jit.load.html)

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC112",
        name: "torchscript-code",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("torchscript_code.rs"),
    },
    checks: &[],
};
