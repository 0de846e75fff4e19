//! The requests and notifications that are answered, in one list. What each does is in [`handlers`].
//!
//! A notification that changes something does so before it awaits anything: the framework runs handlers concurrently, and the
//! next request must find the change. Nothing here waits for the client.

use std::sync::Arc;

use serde_json::Value;
use tower_lsp::gen_lsp_types::*;
use tower_lsp::jsonrpc::Result;
use tower_lsp::{Client, ClientSocket, LanguageServer, LspService};

use super::cache::lock;
use super::configuration::Configuration;
use super::document::is_text;
use super::frames::{REFUSE, Refusal};
use super::handlers::{self, editable_text, offsets, sniff, virtual_document};
use super::outbox::Message;
use super::session::Session;
use super::virtual_documents::{Parsed, parse};
use super::work::{self, Work, about, run};
use super::{capabilities, check, diagnostics};

/// The server.
#[derive(Debug)]
pub(crate) struct Server {
    session: Arc<Session>,
}

/// The service with all methods, and its session.
pub(crate) fn service() -> (LspService<Server>, ClientSocket, Arc<Session>) {
    let start = |client: Client| Server { session: Session::new(client, tokio::runtime::Handle::current()) };
    let (service, socket) = LspService::build(start)
        .custom_method(REFUSE, Server::refuse)
        .custom_method("pickle/sniff", Server::sniff)
        .custom_method("pickle/virtualDocument", Server::virtual_document)
        .custom_method("pickle/editableText", Server::editable_text)
        .custom_method("pickle/offsetToPosition", Server::offset_to_position)
        .custom_method("pickle/positionToOffset", Server::position_to_offset)
        .custom_method("window/workDoneProgress/cancel", Server::cancel_progress)
        .finish();
    let session = service.inner().session.clone();
    (service, socket, session)
}

/// A request about a document that is answered by a handler.
macro_rules! answer {
    ($server:expr, $uri:expr, $handler:path, $params:expr) => {{
        let (about, params) = (about(&$uri.0), $params);
        run(&$server.session, &about, move |work: &Work| $handler(work, &params)).await
    }};
}

impl LanguageServer for Server {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        self.session.initialize(&params);
        let info = ServerInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        };
        let capabilities = capabilities::server(self.session.client_can().encoding);
        Ok(InitializeResult { capabilities, server_info: Some(info) })
    }

    async fn initialized(&self, _: InitializedParams) {
        if self.session.client_can().watch {
            self.session.outbox.post(Message::Register(capabilities::watch()));
        }
        self.session.ask_for_settings();
    }

    async fn shutdown(&self) -> Result<()> {
        self.session.shut_down();
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let TextDocumentItem { uri, language_id, version, text } = params.text_document;
        if is_text(&self.session, &uri.0, &String::from(language_id)) {
            self.session.texts.open(&uri.0, version, &text);
            return check::notice(&self.session, &uri);
        }
        lock(&self.session.documents).opened(&uri.0);
        work::spawn(&self.session, &about(&uri.0), move |work| work.document(&uri).map(drop));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { version, text_document_identifier: document } =
            params.text_document;
        // What an editor makes of the bytes of a pickle is of no use, and our listings do not change that way.
        let Some(text) = self.session.texts.get(&document.uri.0) else { return };
        text.change(version, &params.content_changes, self.session.client_can().encoding);
        check::notice(&self.session, &document.uri);
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {}

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        if self.session.texts.close(&uri.0) {
            return self.session.outbox.post(Message::Diagnostics(uri, Vec::new()));
        }
        lock(&self.session.documents).closed(&uri.0);
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let mut configured = false;
        for change in params.changes {
            let Some(Parsed::File(path)) = parse(&change.uri.0, |_| false) else { continue };
            if Configuration::is_one(&path) {
                configured = true;
            } else {
                diagnostics::look_again(&self.session, &path);
            }
        }
        if configured {
            diagnostics::reconfigure(&self.session);
        }
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        if params.settings.is_object() {
            self.session.configure(&params.settings);
        }
        self.session.ask_for_settings();
    }

    async fn text_document_content(
        &self,
        params: TextDocumentContentParams,
    ) -> Result<TextDocumentContentResult> {
        let text = answer!(self, params.uri, virtual_document::content, params.uri)?;
        Ok(TextDocumentContentResult { text })
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        answer!(self, params.text_document_position_params.text_document.uri, handlers::hover::handle, params)
    }

    async fn goto_definition(&self, params: DefinitionParams) -> Result<Option<DefinitionResponse>> {
        answer!(
            self,
            params.text_document_position_params.text_document.uri,
            handlers::definition::handle,
            params
        )
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        answer!(
            self,
            params.text_document_position_params.text_document.uri,
            handlers::references::handle,
            params
        )
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let uri = params.text_document_position_params.text_document.uri.clone();
        answer!(self, uri, handlers::document_highlight::handle, params)
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        answer!(self, params.text_document.uri, handlers::document_symbol::handle, params)
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        answer!(self, params.text_document.uri, handlers::document_link::handle, params)
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        answer!(self, params.text_document.uri, handlers::folding_range::handle, params)
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        answer!(self, params.text_document.uri, handlers::inlay_hint::handle, params)
    }

    async fn semantic_tokens_full(&self, params: SemanticTokensParams) -> Result<Option<SemanticTokens>> {
        answer!(self, params.text_document.uri, handlers::semantic_tokens::full, params)
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokens>> {
        answer!(self, params.text_document.uri, handlers::semantic_tokens::range, params)
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let uri = params.text_document_position_params.text_document.uri.clone();
        answer!(self, uri, handlers::completion::handle, params)
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResult>> {
        answer!(self, params.text_document.uri, handlers::rename::prepare, params)
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let uri = params.text_document_position_params.text_document.uri.clone();
        answer!(self, uri, handlers::rename::handle, params)
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        answer!(self, params.text_document.uri, handlers::selection_range::handle, params)
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        answer!(self, params.text_document.uri, handlers::formatting::full, params)
    }

    async fn range_formatting(&self, params: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        answer!(self, params.text_document.uri, handlers::formatting::range, params)
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<Vec<CodeActionResponse>>> {
        answer!(self, params.text_document.uri, handlers::code_action::handle, params)
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let uri = handlers::code_action::Chosen::of(&action).map(|chosen| chosen.uri).unwrap_or_default();
        answer!(self, Uri(uri), handlers::code_action::resolve, action)
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        run(&self.session, &params.command.clone(), move |work| {
            handlers::execute_command::handle(work, &params)
        })
        .await
    }
}

/// What is not in LSP, or not in the framework.
impl Server {
    async fn sniff(&self, params: virtual_document::Params) -> Result<sniff::Sniffed> {
        answer!(self, params.uri, sniff::handle, params.uri)
    }

    #[allow(clippy::unused_async, reason = "the framework wants it so")]
    async fn refuse(&self, refusal: Refusal) -> Result<()> {
        Err(refusal.into())
    }

    async fn virtual_document(&self, params: virtual_document::Params) -> Result<virtual_document::Text> {
        answer!(self, params.uri, virtual_document::handle, params.uri)
    }

    async fn editable_text(&self, params: virtual_document::Params) -> Result<editable_text::Text> {
        answer!(self, params.uri, editable_text::handle, params.uri)
    }

    async fn offset_to_position(&self, params: offsets::OffsetParams) -> Result<Option<offsets::Place>> {
        answer!(self, params.text_document.uri, offsets::to_position, params)
    }

    async fn position_to_offset(&self, params: offsets::PositionParams) -> Result<Option<offsets::Bytes>> {
        answer!(self, params.text_document.uri, offsets::to_offset, params)
    }

    async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.session.progress.cancel(&params);
    }
}
