//! ## What it does
//! Reports an archive that holds source code which its loader runs: TorchScript, which is only worth knowing, and the Python
//! modules of a `torch.package` or a model archive of TorchServe, which are a warning.
//!
//! ## Why is this bad?
//! Loading is running, without any pickle that would show it. The interpreter of TorchScript knows little besides tensors, yet
//! it can fill memory and read and write files of tensors. Python modules can do anything.
//!
//! ## Example
//! An archive with `constants.pkl` and `code/__torch__.py`.
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
