//! What the server knows: client, settings, documents, and what was computed of files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use pickle_ide::inlay_hints::HintSettings;
use pickle_machine::Interrupt;
use serde_json::Value;
use tokio::runtime::Handle;
use tower_lsp::Client;
use tower_lsp::gen_lsp_types::{ConfigurationItem, InitializeParams};

use super::cache::lock;
use super::capabilities::Abilities;
use super::configuration::Configuration;
use super::content::Content;
use super::copies::Copies;
use super::diagnostics;
use super::documents::Documents;
use super::failure::Failure;
use super::library::Library;
use super::outbox::{self, Message, Outbox};
use super::progress;
use super::texts::Texts;

/// Everything there is.
#[derive(Debug)]
pub(crate) struct Session {
    /// Where the client is asked. Handlers use the outbox.
    pub(crate) client: Client,
    /// What is said to the client.
    pub(crate) outbox: Outbox,
    /// Where background work goes.
    pub(crate) runtime: Handle,
    /// What is known of files.
    pub(crate) library: Library,
    /// What the client asked about, and what it was told.
    pub(crate) documents: Mutex<Documents>,
    /// What the client edits.
    pub(crate) texts: Texts,
    /// Files that were assembled: they may be written again.
    pub(crate) assembled: Mutex<HashSet<PathBuf>>,
    /// What projects decide.
    pub(crate) configuration: Configuration,
    /// Listings on disk.
    pub(crate) copies: OnceLock<Copies>,
    /// Work that is being shown.
    pub(crate) progress: progress::Shown,
    abilities: OnceLock<Abilities>,
    settings: Mutex<HintSettings>,
    shut_down: AtomicBool,
}

/// The section of the client's settings.
pub(crate) const SECTION: &str = "pickleLsp";

impl Session {
    /// Before the client says who it is.
    pub(crate) fn new(client: Client, runtime: Handle) -> Arc<Self> {
        let (outbox, messages) = Outbox::new();
        runtime.spawn(outbox::deliver(client.clone(), messages));
        Arc::new(Self {
            client,
            outbox,
            runtime,
            library: Library::new(),
            documents: Mutex::default(),
            texts: Texts::default(),
            assembled: Mutex::default(),
            configuration: Configuration::new(),
            copies: OnceLock::new(),
            progress: progress::Shown::default(),
            abilities: OnceLock::new(),
            settings: Mutex::default(),
            shut_down: AtomicBool::new(false),
        })
    }

    /// The client says who it is.
    pub(crate) fn initialize(self: &Arc<Self>, params: &InitializeParams) {
        let _ = self.abilities.set(Abilities::new(&params.capabilities));
        let options = params.initialization_options.as_ref();
        let folder = options.and_then(|options| options.get("cacheDirectory")).and_then(Value::as_str);
        let _ = self.copies.set(Copies::new(folder));
        if let Some(options) = options {
            self.configure(options);
        }
    }

    /// What the client can do; nothing special until it says so.
    pub(crate) fn client_can(&self) -> Abilities {
        self.abilities.get().copied().unwrap_or_default()
    }

    /// A file as it is now, with what its settings have looked for in it.
    pub(crate) fn content(&self, path: &Path, stop: Interrupt<'_>) -> Result<Arc<Content>, Failure> {
        let settings = self.configuration.of_file(path, &self.outbox);
        self.library.content(path, settings.carve, stop)
    }

    /// Which inlay hints are shown.
    pub(crate) fn hints(&self) -> HintSettings {
        *lock(&self.settings)
    }

    /// Takes settings; what they do not mention stays as it is.
    pub(crate) fn configure(self: &Arc<Self>, settings: &Value) {
        let settings = settings.get(SECTION).unwrap_or(settings);
        if let Some(personal) = settings.get("configuration")
            && self.configuration.set_personal(personal, &self.outbox)
        {
            diagnostics::reconfigure(self);
        }
        let flag = |name: &str| settings.get("inlayHints")?.get(name)?.as_bool();
        let mut current = lock(&self.settings);
        let wanted = HintSettings {
            memo: flag("memo").unwrap_or(current.memo),
            calls: flag("calls").unwrap_or(current.calls),
        };
        let changed = (wanted.memo, wanted.calls) != (current.memo, current.calls);
        *current = wanted;
        if changed && self.client_can().refresh_hints {
            self.outbox.post(Message::RefreshHints);
        }
    }

    /// Asks the client for its settings, if it can be asked.
    pub(crate) fn ask_for_settings(self: &Arc<Self>) {
        if !self.client_can().configuration {
            return;
        }
        let session = self.clone();
        self.runtime.spawn(async move {
            let wanted = vec![ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) }];
            if let Ok(settings) = session.client.configuration(wanted).await {
                settings.iter().for_each(|settings| session.configure(settings));
            }
        });
    }

    /// The client says that it is about to go.
    pub(crate) fn shut_down(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
    }

    /// Whether it said so.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }
}
