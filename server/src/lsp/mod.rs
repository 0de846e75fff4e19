//! The language server, over standard input and output.
//!
//! - [`server`]: the list of requests; [`handlers`]: what each does, in plain code; [`work`]: how such code runs;
//! - [`virtual_documents`]: URIs of listings; [`document`]: from a URI to a view; [`convert`]: the only place that knows both
//!   our types and those of LSP;
//! - [`library`]: what is known of files, in [`cache`]s; [`content`]: a file, unwrapped; [`overview`]: a container as text;
//! - [`frames`]: messages as they come in; [`session`]: the client, its settings, what it asked; [`diagnostics`], [`outbox`], [`progress`]: what it is told;
//! - [`texts`]: listings that are edited; [`check`]: what is wrong with them;
//! - [`configuration`]: what the project decides; [`copies`]: listings on disk, for clients that know no other documents.

mod cache;
mod capabilities;
mod check;
mod configuration;
mod content;
mod convert;
mod copies;
mod diagnostics;
mod document;
mod documents;
mod failure;
mod frames;
mod handlers;
mod library;
mod outbox;
mod overview;
mod progress;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod texts;
mod virtual_documents;
mod work;

use std::io;

use tower_lsp::Server;

/// Requests that are being answered at the same time. They wait on threads of their own; what waits here is small, and a
/// cancellation that waits behind them would come too late.
const REQUESTS: usize = 256;
/// Threads for work that blocks: enough for all requests, what goes on in the background, and standard input, which is read
/// on one of them.
const THREADS: usize = 2 * REQUESTS;

/// Bytes of messages that wait to be read by the framework.
const PIPE: usize = 64 << 10;

/// How the client left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// It asked for a shutdown before.
    Clean,
    /// It just went.
    Abrupt,
}

/// Serves until the client says goodbye, or closes our standard input.
///
/// # Errors
/// The runtime cannot be started.
pub(crate) fn run() -> io::Result<Farewell> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(THREADS)
        .enable_time()
        .build()?;
    let farewell = runtime.block_on(serve(tokio::io::stdin(), tokio::io::stdout()));
    // The thread that reads standard input may wait for a client that keeps it open.
    runtime.shutdown_background();
    Ok(farewell)
}

async fn serve(input: impl tokio::io::AsyncRead + Unpin, output: impl tokio::io::AsyncWrite) -> Farewell {
    let (service, socket, session) = server::service();
    let (to, messages) = tokio::io::duplex(PIPE);
    let served = Server::new(messages, output, socket).concurrency_level(REQUESTS).serve(service);
    tokio::pin!(served);
    tokio::select! {
        // The client may say goodbye and keep our standard input open.
        () = &mut served => {}
        // When the input has ended, what was asked is answered.
        _ = frames::relay(input, to) => served.await,
    }
    if session.is_shut_down() { Farewell::Clean } else { Farewell::Abrupt }
}
