//! One direction of dependency: which crate of the workspace may know which.

use std::process::Command;

use serde_json::Value;

use crate::Problems;

/// Crate, and the crates of the workspace that it may depend on. An edge that is not here is an error.
const ALLOWED: &[(&str, &[&str])] = &[
    ("pickle-ops", &[]),
    ("pickle-numpy", &[]),
    ("pickle-containers", &["pickle-ops", "pickle-numpy"]),
    ("pickle-machine", &["pickle-ops", "pickle-numpy"]),
    ("pickle-listing", &["pickle-ops", "pickle-machine"]),
    ("pickle-objects", &["pickle-ops", "pickle-machine"]),
    // The listing is for tests: the examples of rules are listings.
    ("pickle-rules", &["pickle-ops", "pickle-machine", "pickle-readers", "pickle-listing"]),
    ("pickle-readers", &["pickle-ops", "pickle-machine"]),
    // The opcode table and recordings are for tests.
    ("pickle-syntax", &["tree-sitter-pickleasm", "pickle-listing", "pickle-ops", "pickle-machine"]),
    ("tree-sitter-pickleasm", &[]),
    ("pickle-config", &[]),
    ("pickle-ide", &["pickle-ops", "pickle-machine", "pickle-listing", "pickle-syntax"]),
    (
        "pickle-lsp",
        &[
            "pickle-ops",
            "pickle-config",
            "pickle-containers",
            "pickle-machine",
            "pickle-listing",
            "pickle-rules",
            "pickle-syntax",
            "pickle-readers",
            "pickle-ide",
            "pickle-objects",
        ],
    ),
    ("xtask", &["pickle-ops", "pickle-config", "pickle-containers", "pickle-machine", "pickle-rules"]),
];

/// Checks the dependencies that cargo reports, those of tests included.
pub(crate) fn check() -> Result<(), Problems> {
    let metadata = metadata().map_err(|problem| vec![problem])?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut problems = Problems::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            problems
                .push(format!("crate {name} has no place in the architecture (server/xtask/src/edges.rs)"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
        for dependency in dependencies.iter().filter_map(|dependency| dependency["name"].as_str()) {
            if names.contains(&dependency) && !allowed.contains(&dependency) {
                problems
                    .push(format!("{name} must not depend on {dependency} (server/docs/architecture.md)"));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

// This program is for developers of the project: it runs cargo, and nothing else.
#[allow(clippy::disallowed_methods)]
fn metadata() -> Result<Value, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--offline"];
    let output = Command::new(cargo).args(arguments).current_dir(crate::root()).output();
    let output = output.map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}
