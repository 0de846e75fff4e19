//! Why a request has no answer, in words for the person in front of the editor.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use pickle_machine::render::escape;
use tower_lsp::jsonrpc::{Error, ErrorCode};

use crate::output::shown;
use crate::source::SourceError;

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The file cannot be opened.
    Source(PathBuf, SourceError),
    /// The file changed while it was read.
    Changed(PathBuf),
    /// The file has no such member, or not its bytes; why.
    Member(PathBuf, String, String),
    /// Nobody wants to know any more.
    Cancelled,
    /// The request makes no sense; why.
    Invalid(String),
    /// Something else went wrong, such as a copy that could not be written.
    Other(String),
}

impl Failure {
    /// For [`Result::map_err`].
    pub(crate) fn source(path: &Path) -> impl FnOnce(SourceError) -> Self {
        move |error| Self::Source(path.to_owned(), error)
    }
}

/// Of the range that LSP leaves to servers: a request that is all right, but has no answer.
const REQUEST_FAILED: i64 = -32803;

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (code, message) = match failure {
            Failure::Cancelled => return Self::request_cancelled(),
            Failure::Source(path, error) => (REQUEST_FAILED.into(), format!("{}: {error}", shown(&path))),
            Failure::Changed(path) => {
                (ErrorCode::ContentModified, format!("{}: the file changes while it is read", shown(&path)))
            }
            Failure::Member(path, member, why) => {
                (REQUEST_FAILED.into(), format!("{}: member {}: {why}", shown(&path), escape(&member)))
            }
            Failure::Invalid(message) => (ErrorCode::InvalidParams, message),
            Failure::Other(message) => (REQUEST_FAILED.into(), message),
        };
        Self { code, message: Cow::Owned(message), data: None }
    }
}
