//! Runs what takes time on threads that may block, with cancellation, isolation and progress.
//!
//! A handler is plain code that gets a [`Work`]. When the client cancels its request, the framework drops the future that
//! waits for it; that raises the flag which the work looks at from time to time. A panic ends the work alone and becomes an
//! error of its request.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tower_lsp::gen_lsp_types::MessageType;
use tower_lsp::jsonrpc::{Error, Result};

use super::failure::Failure;
use super::progress;
use super::session::Session;

/// A piece of work: what it may use, and whether anybody still wants it.
#[derive(Debug)]
pub(crate) struct Work {
    /// Everything there is.
    pub(crate) session: Arc<Session>,
    /// Raised when nobody wants it any more.
    pub(crate) cancelled: Arc<AtomicBool>,
}

impl Work {
    /// Asked by long work: whether to end.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Ends the work if nobody wants it any more.
    pub(crate) fn check(&self) -> std::result::Result<(), Failure> {
        if self.is_cancelled() { Err(Failure::Cancelled) } else { Ok(()) }
    }
}

/// Raises a flag when it goes.
struct RaiseOnDrop(Arc<AtomicBool>);

impl Drop for RaiseOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a handler; `about` is what it concerns, for people.
///
/// # Errors
/// What the handler says, or that it panicked.
pub(crate) async fn run<T: Send + 'static>(
    session: &Arc<Session>,
    about: &str,
    handler: impl FnOnce(&Work) -> std::result::Result<T, Failure> + Send + 'static,
) -> Result<T> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let raise = RaiseOnDrop(cancelled.clone());
    let progress = progress::watch(session, about, &cancelled);
    let work = Work { session: session.clone(), cancelled };
    let ended = tokio::task::spawn_blocking(move || handler(&work)).await;
    drop(progress);
    drop(raise);
    match ended {
        Ok(answer) => Ok(answer?),
        Err(error) => Err(panicked(session, about, error)),
    }
}

/// Runs something that no request waits for.
pub(crate) fn spawn(
    session: &Arc<Session>,
    about: &str,
    job: impl FnOnce(&Work) -> std::result::Result<(), Failure> + Send + 'static,
) {
    let (owned, about) = (session.clone(), about.to_owned());
    session.runtime.spawn(async move {
        // A failure concerns a file, and is told to those who ask for it.
        let _ = run(&owned, &about, job).await;
    });
}

fn panicked(session: &Session, about: &str, error: tokio::task::JoinError) -> Error {
    let reason = match error.try_into_panic() {
        Ok(payload) => payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default(),
        Err(_) => return Error::request_cancelled(),
    };
    session.outbox.log(MessageType::Error, format!("internal error, {about}: {reason}"));
    let mut error = Error::internal_error();
    error.message = format!("internal error: {reason}").into();
    error
}

/// What a request is about, from its URI: the name of the file.
pub(crate) fn about(uri: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(uri).decode_utf8_lossy();
    let path = decoded.split(['?', '#']).next().unwrap_or_default();
    let name =
        Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(super::virtual_documents::SUFFIX).unwrap_or(&name).to_owned()
}
