//! What the server says of its own accord, in the order in which it is said.
//!
//! Handlers never wait for the client: they leave a message here, and one task hands them over.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_lsp::Client;
use tower_lsp::gen_lsp_types::{Diagnostic, MessageType, Registration, Uri};

/// A message.
#[derive(Debug)]
pub(crate) enum Message {
    /// The diagnostics of a document; none: what was shown goes away.
    Diagnostics(Uri, Vec<Diagnostic>),
    /// The diagnostics of a text in this version of it.
    TextDiagnostics(Uri, i32, Vec<Diagnostic>),
    /// For the log.
    Log(MessageType, String),
    /// For the person in front of the editor.
    Show(MessageType, String),
    /// The text of a virtual document is no longer what it was.
    Refresh(Uri),
    /// Inlay hints are no longer what they were.
    RefreshHints,
    /// What the server wants to be told of.
    Register(Vec<Registration>),
}

/// Takes messages.
#[derive(Clone, Debug)]
pub(crate) struct Outbox(UnboundedSender<Message>);

impl Outbox {
    /// An outbox, and where its messages come out.
    pub(crate) fn new() -> (Self, UnboundedReceiver<Message>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Leaves a message. After the end of the server nobody reads it.
    pub(crate) fn post(&self, message: Message) {
        let _ = self.0.send(message);
    }

    /// Leaves a message for the log.
    pub(crate) fn log(&self, kind: MessageType, message: String) {
        self.post(Message::Log(kind, message));
    }
}

/// Hands messages to the client until there is no session any more.
pub(crate) async fn deliver(client: Client, mut messages: UnboundedReceiver<Message>) {
    let client = Arc::new(client);
    while let Some(message) = messages.recv().await {
        match message {
            Message::Diagnostics(uri, diagnostics) => {
                client.publish_diagnostics(uri, diagnostics, None).await;
            }
            Message::TextDiagnostics(uri, version, diagnostics) => {
                client.publish_diagnostics(uri, diagnostics, Some(version)).await;
            }
            Message::Log(kind, message) => client.log_message(kind, message).await,
            Message::Show(kind, message) => client.show_message(kind, message).await,
            // Requests: their answers are nothing to wait for.
            Message::Refresh(uri) => {
                ask(&client, async move |client| client.text_document_content_refresh(uri).await);
            }
            Message::RefreshHints => ask(&client, async |client| client.inlay_hint_refresh().await),
            Message::Register(wanted) => {
                ask(&client, async move |client| client.register_capability(wanted).await);
            }
        }
    }
}

fn ask<F>(client: &Arc<Client>, request: impl FnOnce(Arc<Client>) -> F + Send + 'static)
where
    F: Future<Output = tower_lsp::jsonrpc::Result<()>> + Send,
{
    let client = client.clone();
    tokio::spawn(async move {
        // A client that refuses lives without.
        let _ = request(client).await;
    });
}
