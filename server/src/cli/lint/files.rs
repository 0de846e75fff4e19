//! Which files there are, in a stable order: folders are walked by name, links in them are not followed, and nothing
//! is left out for being hidden or ignored by git. Opens no file.

use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

/// Something to look at.
pub(super) enum Found {
    /// Standard input.
    Input,
    /// A path that was given.
    Named(PathBuf),
    /// A regular file in a folder that was given.
    InFolder(PathBuf),
    /// A folder that cannot be read, and why.
    Unreadable(PathBuf, String),
}

/// Everything below the paths, which are taken in order and once each.
pub(super) fn walk(paths: &[PathBuf]) -> impl Iterator<Item = Found> + Send + use<> {
    let mut paths = paths.to_vec();
    paths.sort();
    paths.dedup();
    paths.into_iter().flat_map(|path| -> Box<dyn Iterator<Item = Found> + Send> {
        if path == Path::new("-") {
            Box::new(std::iter::once(Found::Input))
        } else if path.is_dir() {
            Box::new(folder(&path))
        } else {
            Box::new(std::iter::once(Found::Named(path)))
        }
    })
}

fn folder(path: &Path) -> impl Iterator<Item = Found> + Send + use<> {
    let root = path.to_owned();
    let walk = WalkBuilder::new(path).standard_filters(false).sort_by_file_name(Ord::cmp).build();
    walk.filter_map(move |entry| match entry {
        Ok(entry) => is_file(&entry).then(|| Found::InFolder(tidy(entry.into_path()))),
        Err(error) => {
            let (path, reason) = explain(&error);
            Some(Found::Unreadable(path.unwrap_or_else(|| root.clone()), reason))
        }
    })
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

/// `./a` as people write it.
fn tidy(path: PathBuf) -> PathBuf {
    path.strip_prefix("./").map(Path::to_owned).unwrap_or(path)
}

/// The path and the reason in an error of the walk.
fn explain(error: &ignore::Error) -> (Option<PathBuf>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path.clone()), explain(err).1),
        ignore::Error::WithDepth { err, .. } => explain(err),
        ignore::Error::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            (None, "permission denied".to_owned())
        }
        other => (None, other.to_string()),
    }
}
