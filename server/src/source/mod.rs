//! The bytes of a file, read-only: memory-mapped, so that a pickle of many gigabytes costs what is looked at.
//!
//! A file that vanishes, shrinks or changes while it is open never crashes the process: [`guard`] puts zeros in place
//! of pages that are gone, and [`Source::disturbed`] says so afterwards; whoever reads has to ask. Only regular files
//! are opened: a named pipe would wait for ever, and a device may do something when it is read. Nothing is ever
//! written, locked or created.

#[cfg(unix)]
mod guard;
#[cfg(not(unix))]
#[path = "unguarded.rs"]
mod guard;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use guard::Mapping;
use pickle_containers::begins_behind;

/// Up to this many bytes a file is read: mapping costs more, and what was read cannot change.
const READ_UP_TO: u64 = 64 << 10;

/// Up to this many bytes it is read before it is known whether it is wanted.
const READ_AT_ONCE: u64 = 16 << 10;

/// The bytes of one file.
#[derive(Debug)]
pub(crate) struct Source {
    bytes: Bytes,
    /// Kept open, to ask how the file is later; `None` for bytes that come from elsewhere.
    file: Option<File>,
    stamp: Stamp,
}

#[derive(Debug)]
enum Bytes {
    Read(Vec<u8>),
    Mapped(Mapping),
}

/// By what a change of a file is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Stamp {
    /// Length in bytes.
    pub(crate) size: u64,
    /// When it was written last.
    pub(crate) modified: Option<SystemTime>,
    /// Its number in its file system: another one when it was replaced. 0 where there is none.
    pub(crate) inode: u64,
    /// When anything of it changed last, in seconds and nanoseconds: whoever may write it can say when it was written, and not this. 0
    /// where there is none.
    changed: (i64, i64),
}

impl Source {
    /// Opens a regular file.
    ///
    /// # Errors
    /// [`SourceError`]: it is not there, may not be read, or is no regular file.
    pub(crate) fn open(path: &Path) -> Result<Self, SourceError> {
        require_regular(path)?;
        let (file, metadata) = open_regular(path)?;
        Self::from_file(file, &metadata, Vec::new())
    }

    /// Opens what was a regular file a moment ago, if `wanted` says so of its first [`HEAD`] bytes and its length, or of more of it
    /// (up to [`MORE`] bytes) where it asks for that, or if another format begins behind them. Where it asks even then, `holds` is asked of the
    /// rest, [`MORE`] bytes at a time.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub(crate) fn open_if(
        path: &Path,
        wanted: impl Fn(&[u8], u64) -> Wanted,
        holds: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Self>, SourceError> {
        let (mut file, metadata) = open_regular(path)?;
        // Of most files that is all: to read a little more costs less than to ask for it later.
        let first = if metadata.len() <= READ_AT_ONCE { READ_AT_ONCE } else { HEAD };
        let mut read = Vec::new();
        read_up_to(first, &mut file, &metadata, &mut read)?;
        let head = &read[..read.len().min(HEAD as usize)];
        let first = wanted(head, metadata.len());
        let first = match first {
            Wanted::Yes => first,
            _ if is_behind(&mut file, &metadata, &read)? => Wanted::Yes,
            Wanted::No => return Ok(None),
            Wanted::More => first,
        };
        let source = Self::from_file(file, &metadata, read)?;
        if first == Wanted::Yes {
            return Ok(Some(source));
        }
        let bytes = source.bytes();
        let is_wanted = match wanted(&bytes[..bytes.len().min(MORE)], metadata.len()) {
            Wanted::More => {
                let starts = (MORE - OVERLAP..bytes.len()).step_by(MORE - OVERLAP);
                starts.map(|start| &bytes[start..bytes.len().min(start + MORE)]).any(holds)
            }
            answer => answer == Wanted::Yes,
        };
        Ok(is_wanted.then_some(source))
    }

    /// Bytes that come from elsewhere: standard input, an editor.
    #[must_use]
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        let stamp = Stamp { size: bytes.len() as u64, ..Stamp::default() };
        Self { bytes: Bytes::Read(bytes), file: None, stamp }
    }

    /// `read` are the bytes that were read of it already.
    fn from_file(mut file: File, metadata: &Metadata, mut read: Vec<u8>) -> Result<Self, SourceError> {
        let stamp = Stamp::new(metadata);
        let bytes = if stamp.size <= READ_UP_TO {
            read_up_to(READ_UP_TO, &mut file, metadata, &mut read)?;
            Bytes::Read(read)
        } else {
            Bytes::Mapped(Mapping::new(&file)?)
        };
        Ok(Self { bytes, file: Some(file), stamp })
    }

    /// All its bytes. Where a part of the file is gone they are zeros, and [`Source::disturbed`] is true.
    #[must_use]
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Read(bytes) => bytes,
            Bytes::Mapped(mapping) => mapping.bytes(),
        }
    }

    /// Whether the file was written or cut since it was opened: what was read of it until now may be a mixture.
    #[must_use]
    pub(crate) fn disturbed(&self) -> bool {
        let torn = matches!(&self.bytes, Bytes::Mapped(mapping) if mapping.torn());
        torn || self.bytes().len() as u64 != self.stamp.size || self.is_written()
    }

    fn is_written(&self) -> bool {
        let Some(file) = &self.file else { return false };
        // A new name or other rights change no byte.
        let now = |metadata: &Metadata| Stamp { changed: self.stamp.changed, ..Stamp::new(metadata) };
        file.metadata().map_or(true, |metadata| now(&metadata) != self.stamp)
    }

    /// How the file was when it was opened.
    #[allow(dead_code, reason = "for the language server")]
    #[must_use]
    pub(crate) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Whether this is not the file, or not the state of it, that `stamp` was taken of.
    #[allow(dead_code, reason = "for the language server")]
    #[must_use]
    pub(crate) fn changed_since(&self, stamp: &Stamp) -> bool {
        self.stamp != *stamp
    }
}

/// Bytes that [`Source::open_if`] shows.
pub(crate) const HEAD: u64 = 4096;

/// Bytes that it shows at a time where the first do not tell: of a file that is mapped, no more are in memory than can be looked at.
pub(crate) const MORE: usize = 16 << 20;

/// Bytes that are shown twice, so that what lies across an end is seen as a whole: as much as a string is looked at.
const OVERLAP: usize = 1 << 20;

/// Whether a file is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Yes,
    No,
    /// More of it tells.
    More,
}

impl Stamp {
    fn new(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let (inode, changed) = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ino(), (metadata.ctime(), metadata.ctime_nsec()))
        };
        #[cfg(not(unix))]
        let (inode, changed) = (0, (0, 0));
        Self { size: metadata.len(), modified: metadata.modified().ok(), inode, changed }
    }

    /// How the file at `path` is now.
    ///
    /// # Errors
    /// Those of the file system.
    #[allow(dead_code, reason = "for the language server")]
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::new(&metadata))
    }
}

/// Reads on until there are `most` bytes, or as many as the file has: with one call of the system where that is enough. Whether
/// it has more by now is [`Source::disturbed`]'s to say.
fn read_up_to(most: u64, file: &mut File, metadata: &Metadata, into: &mut Vec<u8>) -> io::Result<()> {
    if metadata.len() == 0 {
        // Files of the system say that they are empty, whatever is in them.
        file.by_ref().take(most).read_to_end(into)?;
        return Ok(());
    }
    let begin = into.len();
    let end = usize::try_from(most.min(metadata.len())).unwrap_or(usize::MAX);
    into.resize(end.max(begin), 0);
    let mut at = begin;
    while at < into.len() {
        match file.read(&mut into[at..]) {
            Ok(0) => break,
            Ok(read) => at += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    into.truncate(at);
    Ok(())
}

/// Whether a format begins behind the first bytes, which were `read`, and its library looks for it there.
fn is_behind(file: &mut File, metadata: &Metadata, read: &[u8]) -> io::Result<bool> {
    let found = begins_behind(metadata.len(), |at, signature| is_at(file, read, at, signature));
    if metadata.len() > read.len() as u64 {
        file.seek(SeekFrom::Start(read.len() as u64))?;
    }
    Ok(found)
}

/// Whether `bytes` are at this offset of a file whose beginning was `read`. What cannot be read is nothing.
fn is_at(file: &mut File, read: &[u8], at: u64, bytes: &[u8]) -> bool {
    let known = usize::try_from(at).ok().and_then(|at| read.get(at..at.checked_add(bytes.len())?));
    if let Some(known) = known {
        return known == bytes;
    }
    let mut found = Vec::with_capacity(bytes.len());
    let is_read = file.seek(SeekFrom::Start(at)).is_ok()
        && file.take(bytes.len() as u64).read_to_end(&mut found).is_ok();
    is_read && found == bytes
}

/// Opens, and asks of what was really opened what it is. A named pipe does not make it wait.
fn open_regular(path: &Path) -> Result<(File, Metadata), SourceError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    regular(metadata.file_type())?;
    Ok((file, metadata))
}

/// Asks what a path is before it is opened, which alone may block or act.
///
/// # Errors
/// [`SourceError`]: it is not there, may not be asked, or is no regular file.
pub(crate) fn require_regular(path: &Path) -> Result<(), SourceError> {
    regular(std::fs::metadata(path)?.file_type())
}

fn regular(kind: FileType) -> Result<(), SourceError> {
    if kind.is_file() { Ok(()) } else { Err(SourceError::NotAFile(describe(kind))) }
}

fn describe(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "no regular file" }
}

/// Why a file was not opened.
#[derive(Debug)]
pub(crate) enum SourceError {
    /// The system refuses.
    Io(io::Error),
    /// It is something that is never read; what it is.
    NotAFile(&'static str),
}

impl From<io::Error> for SourceError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl SourceError {
    /// Whether there is nothing of that name.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => match error.kind() {
                io::ErrorKind::NotFound => f.write_str("no such file or folder"),
                io::ErrorKind::PermissionDenied => f.write_str("permission denied"),
                _ => error.fmt(f),
            },
            Self::NotAFile(what) => write!(f, "{what}, not a regular file: it is not read"),
        }
    }
}

impl std::error::Error for SourceError {}
