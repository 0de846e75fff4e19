//! Members of an archive that its loader runs, or evaluates texts of, though they are no pickles: which they are, and what
//! of it does more than to compute.

use std::collections::HashSet;

use crate::fault::{Fault, FaultKind};
use crate::formats::keras;
use crate::formats::torch::{graph, script};

/// What a loader makes of a member.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// Compiles it: TorchScript.
    Script,
    /// Follows its instructions: TorchScript for mobile devices.
    Bytecode,
    /// Builds a graph of it, whose sizes and conditions are evaluated: `torch.export`.
    Graph,
    /// Makes layers of it: Keras.
    Layers,
}

impl Source {
    /// What of it, which lies at `at`, does more than to compute.
    pub(super) fn code(self, bytes: &[u8], at: usize) -> Option<Fault> {
        let message = match self {
            Self::Script => script::outside(bytes).map(|operator| script::calls(&operator)),
            Self::Bytecode => script::outside_bytecode(bytes).map(|operator| script::calls(&operator)),
            Self::Graph => graph::outside(bytes).map(|text| format!("a loader of the graph runs {text}")),
            Self::Layers => return keras::code(bytes, at),
        };
        Some(Fault::new(FaultKind::HarmfulCode, at, message?))
    }
}

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

    /// What a loader makes of the member of this name, besides what it does with pickles.
    pub(super) fn source(&self, name: &str) -> Option<Source> {
        let name = name.to_ascii_lowercase();
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
        if self.is_script(folder, file) {
            Some(Source::Script)
        } else if file == "bytecode.pkl" {
            Some(Source::Bytecode)
        } else if name == "config.json" && self.has("metadata.json") {
            Some(Source::Layers)
        } else {
            (self.has_graphs && file.ends_with(".json")).then_some(Source::Graph)
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
