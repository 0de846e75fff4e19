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

    /// Puts it in its place.
    ///
    /// # Errors
    /// Those of the file system; what stood there stands there still.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        let Some((beside, place)) = &self.names else { return Ok(()) };
        self.file.get_ref().sync_all()?;
        fs::rename(beside, place)?;
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
