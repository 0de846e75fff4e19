//! Members of an archive that its loader runs, or evaluates texts of, though they are no pickles: which they are, and what loads
//! them.

use std::collections::HashSet;

use crate::code::Loader;
use crate::fault::{Fault, FaultKind};

/// The names in an archive. torch looks them up without regard to case.
pub(super) struct Names {
    all: HashSet<String>,
    has_graphs: bool,
}

impl Names {
    pub(super) fn new(names: &[String]) -> Self {
        let all: HashSet<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        let is_exported = |name: &String| {
            matches!(name.rsplit('/').next(), Some("archive_format" | "serialized_exported_program.json"))
        };
        let has_graphs = all.iter().any(is_exported);
        Self { all, has_graphs }
    }

    fn has(&self, name: &str) -> bool {
        self.all.contains(name)
    }

    /// What runs the member of this name, or follows it, besides what is done with pickles.
    pub(super) fn loader(&self, name: &str) -> Option<Loader> {
        let name = name.to_ascii_lowercase();
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
        if self.is_script(folder, file) {
            Some(Loader::TorchScript)
        } else if file == "bytecode.pkl" {
            Some(Loader::TorchMobile)
        } else if name == "config.json" {
            // Its loader makes the layers before it looks for anything else.
            Some(Loader::Keras)
        } else if name == "schema.json" {
            Some(Loader::Skops)
        } else {
            (self.has_graphs && file.ends_with(".json")).then_some(Loader::TorchExport)
        }
    }

    fn is_script(&self, folder: &str, file: &str) -> bool {
        file.ends_with(".py")
            && folder.split('/').any(|part| part == "code")
            && self.has(&format!("{}/constants.pkl", root(folder)))
    }

    /// Whether a source is one of torch.package, whose loader reads which modules are not in it. TorchScript has its version where packages
    /// have theirs if it calls what not every version has.
    fn is_package(&self, root: &str, folder: &str, file: &str) -> bool {
        self.has(&format!("{root}/.data/extern_modules"))
            || self.has(&format!("{root}/.data/version")) && !self.is_script(folder, file)
    }

    /// The name of the module that a member is in an archive of torch.package, as its loader makes it of the path.
    pub(super) fn module(&self, name: &str) -> Option<String> {
        let (root, path) = name.split_once('/')?;
        let plain = path.strip_suffix(".py")?;
        let lower = name.to_ascii_lowercase();
        let (folder, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let is_data = plain.starts_with(".data/");
        if is_data || !self.is_package(&root.to_ascii_lowercase(), folder, file) {
            return None;
        }
        Some(plain.strip_suffix("/__init__").unwrap_or(plain).replace('/', "."))
    }

    /// Whether a folder is in an archive of torch.package, which is one by what its loader reads first.
    pub(super) fn is_in_package(&self, folder: &str) -> bool {
        self.has(&format!("{}/.data/extern_modules", root(&folder.to_ascii_lowercase())))
    }

    /// Sources that loaders of an archive run, and how they come to: said once, of the first of them.
    pub(super) fn code(&self, names: &[String], at: impl Fn(usize) -> usize) -> Vec<Fault> {
        let (mut scripts, mut packages, mut handlers) = (Vec::new(), Vec::new(), Vec::new());
        let mut native = Vec::new();
        let is_handled = self.has("mar-inf/manifest.json");
        for (index, name) in names.iter().enumerate() {
            let name = name.to_ascii_lowercase();
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
            if !file.is_empty() && folder.split('/').any(|part| part == "aotinductor") {
                native.push(index);
            } else if !file.ends_with(".py") {
            } else if self.is_package(root(&name), folder, file) {
                packages.push(index);
            } else if self.is_script(folder, file) {
                scripts.push(index);
            } else if is_handled {
                handlers.push(index);
            }
        }
        let said = |found: Vec<usize>, kind, what: &str, of: &str| {
            let first = *found.first()?;
            let count = match found.len() {
                1 => format!("one {of}"),
                many => format!("{many} {of}s"),
            };
            let name = names.get(first)?;
            let message = format!("{what} with {count}, of which this is the first");
            Some(Fault::new(kind, at(first), message).of(name))
        };
        [
            said(scripts, FaultKind::ScriptCode, "a TorchScript archive", "source file"),
            said(packages, FaultKind::PackageCode, "an archive of torch.package", "source file"),
            said(handlers, FaultKind::PackageCode, "a model archive of TorchServe", "source file"),
            said(native, FaultKind::PackageCode, "a package of compiled code of AOTInductor", "file"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn root(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}
