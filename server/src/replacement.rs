//! A file that takes the place of another when it is whole, and not before.
//!
//! It is written beside its place under another name and renamed at the end; when it is given up, nothing is left of it.
//! What is no regular file (a device, a named pipe) is written to directly.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// See the module.
#[derive(Debug)]
pub(crate) struct Replacement {
    file: BufWriter<File>,
    /// Where it is and where it belongs; `None`: it is there already.
    names: Option<(PathBuf, PathBuf)>,
}

/// Names that are tried for the file beside.
const ATTEMPTS: u32 = 100;

impl Replacement {
    /// Begins a file that is to stand at `path`; a link is followed.
    ///
    /// # Errors
    /// Those of the file system; nothing at `path` was changed.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let old = fs::metadata(&place).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            let file = OpenOptions::new().write(true).open(&place)?;
            return Ok(Self { file: BufWriter::new(file), names: None });
        }
        let (file, beside) = create_beside(&place)?;
        let new = Self { file: BufWriter::new(file), names: Some((beside, place)) };
        if let (Some(old), Some((beside, _))) = (old, &new.names) {
            fs::set_permissions(beside, old.permissions())?;
        }
        Ok(new)
    }

    /// The same for a report, which many runs write under one name: through no link, as whoever put that there would say which file the
    /// report takes the place of. Where no file can be put beside, it is written to directly.
    ///
    /// # Errors
    /// Those of the file system, and that it is a link; nothing at `path` was changed.
    pub(crate) fn of_report(path: &Path) -> io::Result<Self> {
        // Links of the system lead to what the process has open.
        let is_of_system = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
        let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        if is_of_system || is_link && fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            let file = OpenOptions::new().write(true).truncate(true).open(path)?;
            return Ok(Self { file: BufWriter::new(file), names: None });
        }
        if is_link {
            return Err(io::Error::other("a link, which no report is written through: remove it"));
        }
        Self::new(path).or_else(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                let file = OpenOptions::new().write(true).truncate(true).open(path).map_err(|_| error)?;
                Ok(Self { file: BufWriter::new(file), names: None })
            }
            _ => Err(error),
        })
    }

    /// The file, to be written to.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.file.get_ref().try_clone()
    }

    /// Where it is until it is in its place, if that is elsewhere.
    pub(crate) fn beside(&self) -> Option<&Path> {
        self.names.as_ref().map(|(beside, _)| beside.as_path())
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// Those of the file system; what stood there stands there still.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        let Some((beside, place)) = &self.names else { return Ok(()) };
        self.file.get_ref().sync_all()?;
        if fs::rename(beside, place).is_err() {
            // A file that is mounted cannot be replaced.
            fs::copy(beside, place)?;
            return Ok(());
        }
        self.names = None;
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Replacement {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some((beside, _)) = &self.names {
            let _ = fs::remove_file(beside);
        }
    }
}

/// A new file in the folder of `place`, and its name.
fn create_beside(place: &Path) -> io::Result<(File, PathBuf)> {
    let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let mut attempt = 0;
    loop {
        let beside = place.with_file_name(format!(".{name}.{}-{attempt}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((file, beside)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}
