//! `assemble --into`: a zip archive in which one member has other bytes. All others are copied as they are, compressed or not;
//! lengths and checksum of the new one are right.

use std::io::{Cursor, Seek, Write};

use pickle_containers::{FaultKind, Limits};
use pickle_machine::render::escape;
use zip::result::ZipError;
use zip::{ZipArchive, ZipWriter};

/// Writes `archive` with `bytes` as its member `member`, compressed as the member was.
pub(super) fn replace(
    archive: &[u8],
    member: &str,
    bytes: &[u8],
    out: &mut (impl Write + Seek),
) -> Result<(), String> {
    refuse_two_readings(archive)?;
    let mut old = ZipArchive::new(Cursor::new(archive)).map_err(|error| said(&error))?;
    let Some(target) = old.index_for_name(member) else {
        let names =
            old.file_names().flatten().map(|name| format!("\n  {}", escape(&name))).collect::<String>();
        return Err(format!("it holds no member {}; its members are:{names}", escape(member)));
    };
    let mut new = ZipWriter::new(out);
    copy(&mut old, &mut new, target, bytes).map_err(|error| said(&error))?;
    new.finish().map(drop).map_err(|error| said(&error))
}

fn copy<W: Write + Seek>(
    old: &mut ZipArchive<Cursor<&[u8]>>,
    new: &mut ZipWriter<W>,
    target: usize,
    bytes: &[u8],
) -> Result<(), ZipError> {
    new.set_raw_comment(old.comment().into())?;
    for index in 0..old.len() {
        let file = old.by_index_raw(index)?;
        if index == target {
            let options = file.options().large_file(bytes.len() as u64 >= u64::from(u32::MAX));
            let name = file.name()?.into_owned();
            drop(file);
            new.start_file(name, options)?;
            new.write_all(bytes)?;
        } else {
            new.raw_copy_file(file)?;
        }
    }
    Ok(())
}

/// An archive that readers read in different ways would lose one of them: that is for a person to decide.
fn refuse_two_readings(archive: &[u8]) -> Result<(), String> {
    let opened = pickle_containers::open(None, archive, &Limits::default());
    let ambiguous = opened.faults.iter().find(|fault| {
        matches!(
            fault.kind,
            FaultKind::Damaged
                | FaultKind::Truncated
                | FaultKind::Encrypted
                | FaultKind::Mismatch
                | FaultKind::Duplicate
                | FaultKind::Polyglot
                | FaultKind::PrefixBytes
                | FaultKind::TrailingBytes
        )
    });
    match ambiguous {
        Some(fault) => Err(format!(
            "it is not a plain zip archive, and would not be the same: {}",
            escape(&fault.message)
        )),
        None => Ok(()),
    }
}

fn said(error: &ZipError) -> String {
    format!("as a zip archive: {}", escape(&error.to_string()))
}
