//! `pickle/virtualDocument` and `workspace/textDocumentContent`: the text of a listing.

use serde::{Deserialize, Serialize, Serializer};
use tower_lsp::gen_lsp_types::Uri;

use super::Answer;
use crate::lsp::document::{Document, Shown};
use crate::lsp::failure::Failure;
use crate::lsp::work::Work;

/// Parameters of `pickle/virtualDocument`.
#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    /// The listing, or the file.
    pub(crate) uri: Uri,
}

/// The answer; the text is copied only when it is written.
#[derive(Debug, Serialize)]
pub(crate) struct Text {
    text: Shared,
}

#[derive(Debug)]
enum Shared {
    Rows(Shown),
    Own(String),
}

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Rows(shown) => shown.rows().text(),
            Self::Own(text) => text,
        })
    }
}

/// The text.
pub(crate) fn handle(work: &Work, uri: &Uri) -> Answer<Text> {
    let text = match work.document(uri)? {
        Some(Document::Listing(shown)) => Shared::Rows(shown),
        Some(Document::Overview(overview)) => Shared::Own(overview.text),
        None => return Err(Failure::Invalid(format!("no pickle is there: {}", uri.0))),
    };
    Ok(Text { text })
}

/// The same in the type that the framework wants.
pub(crate) fn content(work: &Work, uri: &Uri) -> Answer<String> {
    Ok(match handle(work, uri)?.text {
        Shared::Rows(shown) => shown.rows().text().to_owned(),
        Shared::Own(text) => text,
    })
}
