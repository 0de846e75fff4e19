//! Containers that real libraries wrote; skipped where they are not at hand.

use std::path::{Path, PathBuf};

use pickle_containers::{Fault, FaultKind, Kind, Limits, open};

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let root = std::env::var_os("PICKLE_LSP_SHARED").map_or(beside, PathBuf::from);
    Some(root.join("data/pickles/files")).filter(|folder| folder.is_dir())
}

#[test]
fn containers_of_real_libraries_open_without_a_fault() {
    let Some(folder) = folder() else { return };
    let expected = [FaultKind::ScriptCode, FaultKind::ObjectArray];
    let mut opened_containers = 0;
    for family in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(family.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let opened = open(path.to_str(), &bytes, &Limits::default());
            // Several streams are a fault to joblib only, which is told wherever it may be the loader.
            let is_expected = |fault: &Fault| {
                expected.contains(&fault.kind)
                    || fault.kind == FaultKind::TrailingBytes && fault.message.contains("joblib, if it is")
            };
            let faults: Vec<_> = opened.faults.iter().filter(|fault| !is_expected(fault)).collect();
            assert!(faults.is_empty(), "{}: {faults:?}", path.display());
            if opened.format != "raw" {
                opened_containers += 1;
                // Some of those hold no pickle.
                if path.components().any(|part| part.as_os_str() == "negatives") {
                    continue;
                }
                let useful = |kind| matches!(kind, Kind::Pickle | Kind::Other("numpy .npy") | Kind::Text(_));
                assert!(opened.members.iter().any(|member| useful(member.kind)), "{}", path.display());
            }
        }
    }
    assert!(opened_containers > 20, "{opened_containers}");
}
