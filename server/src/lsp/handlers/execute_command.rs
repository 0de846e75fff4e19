//! `workspace/executeCommand`.

use serde_json::Value;
use tower_lsp::gen_lsp_types::{ExecuteCommandParams, Uri};

use super::Answer;
use crate::lsp::cache::lock;
use crate::lsp::capabilities::{ASSEMBLE, OPEN_LISTING};
use crate::lsp::failure::Failure;
use crate::lsp::virtual_documents::file_uri;
use crate::lsp::work::Work;

/// Runs one of our commands.
pub(crate) fn handle(work: &Work, params: &ExecuteCommandParams) -> Answer<Option<Value>> {
    match params.command.as_str() {
        OPEN_LISTING => {}
        ASSEMBLE => {
            return super::assemble::handle(work, params.arguments.as_deref().unwrap_or_default()).map(Some);
        }
        other => return Err(Failure::Invalid(format!("unknown command {other}"))),
    }
    let uri = params.arguments.as_ref().and_then(|arguments| arguments.first()?.as_str());
    let uri =
        uri.ok_or_else(|| Failure::Invalid(format!("{OPEN_LISTING} takes the URI of a pickle or listing")))?;
    open_listing(work, &Uri(uri.to_owned())).map(Some)
}

/// Writes a listing to disk, and gives the URI of the file.
fn open_listing(work: &Work, uri: &Uri) -> Answer<Value> {
    let not_ours = || Failure::Invalid(format!("no pickle is there: {}", uri.0));
    let (address, content) = work.address(uri)?.ok_or_else(not_ours)?;
    let document = work.document(uri)?.ok_or_else(not_ours)?;
    let copies = work.session.copies.get().ok_or_else(|| Failure::Other("not initialized".to_owned()))?;
    let place = copies.write(&address, document.text())?;
    let copy = file_uri(&place);
    lock(&work.session.documents).asked(&copy, &address, true, *content.source.stamp());
    Ok(Value::String(copy))
}
