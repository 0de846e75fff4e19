//! The command `pickle.assemble`: the bytes of a text, written to a file.
//!
//! Without a target the file is beside the text: `model.pkl` for `model.pkl.pickleasm`. A file that this server did not write is
//! not overwritten unless the target was named: it may be the only copy of what the text was made from.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pickle_ide::Sheet;
use pickle_listing::text::Severity;
use serde_json::Value;
use tower_lsp::gen_lsp_types::MessageType;

use super::Answer;
use crate::lsp::cache::lock;
use crate::lsp::capabilities::ASSEMBLE;
use crate::lsp::failure::Failure;
use crate::lsp::outbox::Message;
use crate::lsp::texts::Text;
use crate::lsp::virtual_documents::{SUFFIX, file_uri, path_of};
use crate::lsp::work::Work;
use crate::output::shown;

/// Assembles the text of the first argument, a URI; to the file of the second one if there is one. Gives the URI of the file.
pub(crate) fn handle(work: &Work, arguments: &[Value]) -> Answer<Value> {
    let argument = |index: usize| arguments.get(index).and_then(Value::as_str);
    let uri = argument(0)
        .ok_or_else(|| Failure::Invalid(format!("{ASSEMBLE} takes the URI of a text, and that of a file")))?;
    let sheet = sheet(work, uri)?;
    if let Some(error) =
        sheet.assembled.diagnostics.iter().find(|found| found.problem.severity == Severity::Error)
    {
        return Err(Failure::Other(format!("line {}: {}", error.line + 1, error.problem.message)));
    }
    let target = match argument(1) {
        Some(target) => {
            path_of(target).ok_or_else(|| Failure::Invalid(format!("not the URI of a file: {target}")))?
        }
        None => beside(work, uri)?,
    };
    let bytes = &sheet.assembled.bytes;
    write(&target, bytes).map_err(|error| Failure::Other(format!("{}: {error}", shown(&target))))?;
    lock(&work.session.assembled).insert(target.clone());
    let message = format!("wrote {} to {}", pickle_ops::counted(bytes.len(), "byte"), shown(&target));
    // Who named the target knows where it is.
    work.session.outbox.post(match argument(1) {
        Some(_) => Message::Log(MessageType::Info, message),
        None => Message::Show(MessageType::Info, message),
    });
    Ok(Value::String(file_uri(&target)))
}

/// The text: as it is in the editor, or else on disk.
fn sheet(work: &Work, uri: &str) -> Answer<Arc<Sheet>> {
    let stop = || work.is_cancelled();
    if let Some(text) = work.session.texts.get(uri) {
        return text.sheet(&stop);
    }
    let path = path_of(uri).filter(|path| path.to_string_lossy().ends_with(SUFFIX));
    let path = path.ok_or_else(|| Failure::Invalid(format!("not a text that can be assembled: {uri}")))?;
    let source = crate::source::Source::open(&path).map_err(Failure::source(&path))?;
    let text = std::str::from_utf8(source.bytes())
        .map_err(|error| Failure::Other(format!("{}: {error}", shown(&path))))?;
    Text::new(0, text).sheet(&stop)
}

/// A file beside the text that is not there yet, or that we wrote.
fn beside(work: &Work, uri: &str) -> Answer<PathBuf> {
    let no_place = || {
        Failure::Invalid(format!("the text is in no file; {ASSEMBLE} takes the URI of one to write as well"))
    };
    let text = path_of(uri).ok_or_else(no_place)?;
    let name = text.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.strip_suffix(SUFFIX).filter(|stem| !stem.is_empty()).unwrap_or("pickle");
    let plain = if Path::new(stem).extension().is_some() { stem.to_owned() } else { format!("{stem}.pkl") };
    let other = match plain.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.assembled.{extension}"),
        None => format!("{plain}.assembled"),
    };
    let written = lock(&work.session.assembled);
    let free = |path: &PathBuf| written.contains(path) || fs::symlink_metadata(path).is_err();
    let mut candidates = [plain, other].into_iter().map(|name| text.with_file_name(name));
    candidates.find(free).ok_or_else(|| {
        Failure::Other(format!("the files to write beside {} exist already; name one", shown(&text)))
    })
}

/// Written beside and moved, so that nobody ever sees half of it.
fn write(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let new = target.with_file_name(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    fs::write(&new, bytes).and_then(|()| fs::rename(&new, target)).inspect_err(|_| {
        // What could not be moved is of no use.
        let _ = fs::remove_file(&new);
    })
}
