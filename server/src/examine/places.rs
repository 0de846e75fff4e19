//! What is called a pickle and stands for something else, by where it lies: marks of what is not there, and what a system keeps beside
//! the files of others. Nothing loads those.

use pickle_containers::{APPLE_DOUBLE, Kind};

/// The folder in which the cache of the Hugging Face hub notes, as empty files, which names a repository does not have.
const NOT_IN_REPOSITORY: &str = ".no_exist";

/// What the name of a file begins with that is removed in a layer of an image (OCI image specification, "Whiteouts").
const WHITEOUT: &str = ".wh.";

/// Folders in which macOS and netatalk keep what belongs to the files of another folder, under the same names.
const OF_APPLE: &[&str] = &["__MACOSX", ".AppleDouble"];

/// Whether what lies at `path`, in a folder or in an archive, is no file of its own.
pub(super) fn is_apparent(path: &str, kind: Kind) -> bool {
    let mut parts = path.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or(path);
    match kind {
        Kind::Empty => name.starts_with(WHITEOUT) || parts.any(|folder| folder == NOT_IN_REPOSITORY),
        Kind::Other(APPLE_DOUBLE) => name.starts_with("._") || parts.any(|folder| OF_APPLE.contains(&folder)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_what_is_not_there() {
        for path in [".wh.model.pkl", "layer/.wh.model.pt", "m/.no_exist/abc/model.pkl"] {
            assert!(is_apparent(path, Kind::Empty), "{path}");
            assert!(!is_apparent(path, Kind::Pickle) && !is_apparent(path, Kind::Unknown), "{path}");
        }
        for path in ["model.pkl", "m/wh.model.pkl", ".wh./model.pkl", "no_exist/model.pkl", ".no_exist"] {
            assert!(!is_apparent(path, Kind::Empty), "{path}");
        }
    }

    #[test]
    fn what_belongs_to_other_files() {
        for path in ["._model.pkl", "__MACOSX/m/._model.pkl", "m/.AppleDouble/model.pkl", r"m\._a.pkl"] {
            assert!(is_apparent(path, Kind::Other(APPLE_DOUBLE)), "{path}");
            assert!(!is_apparent(path, Kind::Pickle) && !is_apparent(path, Kind::Empty), "{path}");
        }
        assert!(!is_apparent("m/model.pkl", Kind::Other(APPLE_DOUBLE)));
    }
}
