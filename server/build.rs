//! Gives the program a number that is another one when its sources, its lists of globals or what it depends on are: what an earlier build
//! found, and remembers in a cache, is not what this one finds.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;

/// What a build is made of, from the root of the package.
const SOURCES: &[&str] = &["Cargo.lock", "Cargo.toml", "server/build.rs", "server/src", "server/crates"];

fn main() -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        hash(Path::new(source), &mut hasher)?;
    }
    println!("cargo::rustc-env=PICKLE_LSP_SOURCES={:016x}", hasher.finish());
    Ok(())
}

/// Takes in a file, or all that is in a folder, by name.
fn hash(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    // Nothing that a build makes is in these folders, and tests decide nothing.
    if path.file_name().is_some_and(|name| name == "tests" || name == "target") {
        return Ok(());
    }
    if path.is_dir() {
        let mut inside = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?;
        inside.sort();
        return inside.iter().try_for_each(|path| hash(path, hasher));
    }
    if path.is_file() {
        path.hash(hasher);
        fs::read(path)?.hash(hasher);
    }
    Ok(())
}
