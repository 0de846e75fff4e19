//! Listings as files on disk, for clients that know no other documents.
//!
//! A copy is a read-only file in a folder of its own below the cache folder; beside it stands which listing it is, so that a
//! server that is started later still knows. Requests about a copy are answered as those about its listing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::virtual_documents::{Address, SUFFIX};

/// Beside each copy: the URI of its listing.
const SOURCE: &str = "source.uri";

/// The folder of copies.
#[derive(Clone, Debug)]
pub(crate) struct Copies {
    /// `None`: the system names no folder for caches.
    folder: Option<PathBuf>,
}

impl Copies {
    /// In a folder that the client names, or else in that of the system.
    pub(crate) fn new(folder: Option<&str>) -> Self {
        let chosen = folder.filter(|folder| !folder.is_empty()).map(PathBuf::from);
        Self { folder: chosen.or_else(|| Some(system_cache()?.join("pickle-lsp").join("listings"))) }
    }

    /// Where the copy of a listing is.
    fn place(&self, address: &Address) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?.join(format!("{:016x}", hash(address.uri().as_bytes())));
        let name: String = address.stream.name().chars().map(plain).collect();
        // Systems allow 255 bytes; the end of a name says more than its beginning.
        let from = name.char_indices().rev().take(60).last().map_or(0, |(at, _)| at);
        Some(folder.join(format!("{}{SUFFIX}", &name[from..])))
    }

    /// Writes a copy, and gives its place.
    pub(crate) fn write(&self, address: &Address, text: &str) -> Result<PathBuf, Failure> {
        let place =
            self.place(address).ok_or_else(|| Failure::Other("no cache folder is known".to_owned()))?;
        write(&place, &address.uri(), text)
            .map_err(|error| Failure::Other(format!("{}: {error}", crate::output::shown(&place))))?;
        Ok(place)
    }

    /// Whether there is a copy of a listing.
    pub(crate) fn has(&self, address: &Address) -> bool {
        self.place(address).is_some_and(|place| place.is_file())
    }

    /// The URI of the listing that a file is a copy of.
    pub(crate) fn source_of(&self, copy: &Path) -> Option<String> {
        let folder = copy.parent()?;
        let cache = fs::canonicalize(self.folder.as_ref()?).ok()?;
        if fs::canonicalize(folder.parent()?).ok()? != cache {
            return None;
        }
        fs::read_to_string(folder.join(SOURCE)).ok()
    }
}

fn write(place: &Path, uri: &str, text: &str) -> io::Result<()> {
    let folder = place.parent().ok_or(io::ErrorKind::InvalidInput)?;
    create_private(folder)?;
    fs::write(folder.join(SOURCE), uri)?;
    // Written beside and moved, so that nobody ever sees half of it.
    let new = folder.join(format!("new-{}", std::process::id()));
    fs::write(&new, text)?;
    let mut permissions = fs::metadata(&new)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&new, permissions)?;
    if cfg!(windows) {
        make_writable(place)?;
    }
    fs::rename(&new, place)
}

/// Windows moves nothing onto a read-only file.
#[allow(
    clippy::permissions_set_readonly_false,
    reason = "only on Windows, where it is the opposite of setting it"
)]
fn make_writable(place: &Path) -> io::Result<()> {
    let Ok(metadata) = fs::metadata(place) else { return Ok(()) };
    let mut permissions = metadata.permissions();
    permissions.set_readonly(false);
    fs::set_permissions(place, permissions)
}

/// A folder that others cannot look into: listings hold what the pickles hold.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// What may stand in the name of a file on every system.
fn plain(character: char) -> char {
    if character.is_alphanumeric() || "._-+ ".contains(character) { character } else { '_' }
}

/// FNV-1a: the same in every version, which the standard library's is not.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Where the system wants caches to be.
fn system_cache() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return variable("LOCALAPPDATA");
    }
    variable("XDG_CACHE_HOME").or_else(|| {
        let home = variable("HOME")?;
        Some(if cfg!(target_os = "macos") { home.join("Library/Caches") } else { home.join(".cache") })
    })
}
