//! What client and server say of themselves in `initialize`.

use pickle_ide::semantic_tokens::{MODIFIERS, TYPES};
use tower_lsp::gen_lsp_types::*;

use super::convert::Encoding;
use super::virtual_documents::SCHEME;

/// The command that writes a listing to disk, for clients that know no other documents than files.
pub(crate) const OPEN_LISTING: &str = "pickle.openListing";

/// The command that writes the bytes of a text to a file.
pub(crate) const ASSEMBLE: &str = "pickle.assemble";

/// What of the client's abilities makes a difference here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    /// How columns are counted.
    pub(crate) encoding: Encoding,
    /// `LocationLink` as an answer to go-to-definition.
    pub(crate) links: bool,
    /// Symbols in a tree.
    pub(crate) symbol_tree: bool,
    /// Text in place of what is folded.
    pub(crate) collapsed_text: bool,
    /// Markdown in a hover.
    pub(crate) markdown: bool,
    /// Markdown beside a completion.
    pub(crate) markdown_items: bool,
    /// Further places of a diagnostic.
    pub(crate) related: bool,
    /// Progress that the server begins.
    pub(crate) progress: bool,
    /// `workspace/configuration`.
    pub(crate) configuration: bool,
    /// Registration of watched files.
    pub(crate) watch: bool,
    /// Refresh of virtual documents.
    pub(crate) content: bool,
    /// Code actions that are shown with the reason why they are not possible.
    pub(crate) disabled_actions: bool,
    /// Code actions of which the edits are asked for when one is chosen.
    pub(crate) resolves_edits: bool,
    /// Refresh of inlay hints.
    pub(crate) refresh_hints: bool,
}

impl Abilities {
    /// Out of what the client says.
    pub(crate) fn new(client: &ClientCapabilities) -> Self {
        let text = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let encodings = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let definition = text.and_then(|text| text.definition.as_ref());
        let symbols = text.and_then(|text| text.document_symbol.as_ref());
        let folding = text.and_then(|text| text.folding_range.as_ref()?.folding_range.as_ref());
        let hover = text.and_then(|text| text.hover.as_ref()?.content_format.as_ref());
        let diagnostics = text.and_then(|text| text.publish_diagnostics.as_ref());
        let item = text.and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        let items = item.and_then(|item| item.documentation_format.as_ref());
        let actions = text.and_then(|text| text.code_action.as_ref());
        let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let hints = workspace.and_then(|workspace| workspace.inlay_hint.as_ref());
        Self {
            encoding: Encoding::negotiate(encodings.unwrap_or_default()),
            links: is(definition.and_then(|definition| definition.link_support)),
            symbol_tree: is(symbols.and_then(|symbols| symbols.hierarchical_document_symbol_support)),
            collapsed_text: is(folding.and_then(|folding| folding.collapsed_text)),
            markdown: hover.is_none_or(|formats| formats.contains(&MarkupKind::Markdown)),
            markdown_items: items.is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
            related: is(diagnostics.and_then(|client| client.diagnostics_capabilities.related_information)),
            progress: is(client.window.as_ref().and_then(|window| window.work_done_progress)),
            configuration: is(workspace.and_then(|workspace| workspace.configuration)),
            watch: is(watched.and_then(|watched| watched.dynamic_registration)),
            content: workspace.is_some_and(|workspace| workspace.text_document_content.is_some()),
            disabled_actions: is(actions.and_then(|actions| actions.disabled_support)),
            resolves_edits: is(actions.and_then(|actions| actions.data_support))
                && actions
                    .and_then(|actions| actions.resolve_support.as_ref())
                    .is_some_and(|resolve| resolve.properties.iter().any(|property| property == "edit")),
            refresh_hints: is(hints.and_then(|hints| hints.refresh_support)),
        }
    }
}

fn is(ability: Option<bool>) -> bool {
    ability == Some(true)
}

/// What the server can do.
pub(crate) fn server(encoding: Encoding) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        ..Default::default()
    };
    let names = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect();
    let tokens = SemanticTokensOptions {
        legend: SemanticTokensLegend { token_types: names(&TYPES), token_modifiers: names(&MODIFIERS) },
        range: Some(true.into()),
        full: Some(true.into()),
        ..Default::default()
    };
    let content = TextDocumentContentOptions { schemes: vec![SCHEME.to_owned()] };
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(sync.into()),
        hover_provider: Some(true.into()),
        definition_provider: Some(true.into()),
        references_provider: Some(true.into()),
        document_highlight_provider: Some(true.into()),
        document_symbol_provider: Some(true.into()),
        document_link_provider: Some(DocumentLinkOptions::default()),
        folding_range_provider: Some(true.into()),
        inlay_hint_provider: Some(true.into()),
        semantic_tokens_provider: Some(tokens.into()),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(names(&["$", "'", "\"", " "])),
            ..Default::default()
        }),
        rename_provider: Some(RenameOptions { prepare_provider: Some(true), ..Default::default() }.into()),
        selection_range_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
        document_range_formatting_provider: Some(true.into()),
        code_action_provider: Some(
            CodeActionOptions {
                code_action_kinds: Some(vec![
                    CodeActionKind::QuickFix,
                    CodeActionKind::RefactorRewrite,
                    CodeActionKind::Source,
                ]),
                resolve_provider: Some(true),
                ..Default::default()
            }
            .into(),
        ),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![OPEN_LISTING.to_owned(), ASSEMBLE.to_owned()],
            ..Default::default()
        }),
        workspace: Some(WorkspaceOptions {
            text_document_content: Some(content.into()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Files whose changes concern open listings: those under whose names pickles and containers of pickles are kept.
const WATCHED: &str = "**/*.{pkl,pickle,pck,pcl,pk,p,pkl2,pkl3,pickle2,sav,joblib,jl,dill,dump,debug_pkl,model,\
     pt,pth,th,bin,ckpt,npy,npz,mar,nemo,t7,gz,bz2,xz,lzma,zst,lz4,z,zip}";

/// Files whose changes concern all that is said: configurations.
const CONFIGURATIONS: &str = "**/{pickle-lsp,pyproject}.toml";

/// What the client is asked to watch.
pub(crate) fn watch() -> Vec<Registration> {
    let watcher = |glob| FileSystemWatcher { glob_pattern: Pattern::from(glob).into(), kind: None };
    let watchers = [WATCHED, CONFIGURATIONS].map(watcher).into();
    let options = DidChangeWatchedFilesRegistrationOptions { watchers };
    vec![Registration {
        id: "pickle-files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    }]
}
