//! The server in this process, behind a pair of pipes, and a client that speaks JSON to it.

mod changes;
mod configuration;
mod copies;
mod listings;
mod protocol;
mod stores;
mod texts;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Farewell;
use super::virtual_documents::Stream;

/// Longer than anything takes here, even on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client, with the server that it talks to.
pub(super) struct Client {
    to: Option<DuplexStream>,
    from: BufReader<DuplexStream>,
    server: JoinHandle<Farewell>,
    last: i64,
    /// Those that nobody has taken yet.
    answers: HashMap<i64, Value>,
    /// Notifications and requests of the server, in order.
    pub(super) heard: Vec<Value>,
}

impl Client {
    /// One that can do what is usual.
    pub(super) async fn new() -> Self {
        Self::with(json!({"workspace": {"textDocumentContent": {}}}), Value::Null).await
    }

    /// One with these abilities and options.
    pub(super) async fn with(capabilities: Value, options: Value) -> Self {
        let (to, input) = duplex(1 << 16);
        let (output, from) = duplex(1 << 16);
        let server = tokio::spawn(super::serve(input, output));
        let mut client = Self {
            to: Some(to),
            from: BufReader::new(from),
            server,
            last: 0,
            answers: HashMap::new(),
            heard: Vec::new(),
        };
        let params = json!({"processId": null, "rootUri": null, "capabilities": capabilities, "initializationOptions": options});
        client.ask("initialize", params).await.unwrap();
        client.tell("initialized", json!({})).await;
        client
    }

    /// Bytes that may be no message.
    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.to.as_mut().unwrap().write_all(bytes).await.unwrap();
    }

    /// The error that has no request.
    pub(super) async fn error_of_nobody(&mut self) -> Value {
        loop {
            let mut message = self.receive().await;
            if message["id"].is_null() && message.get("error").is_some() {
                return message["error"].take();
            }
            self.hear(message).await;
        }
    }

    async fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = "2.0".into();
        let body = message.to_string();
        let text = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.to.as_mut().unwrap().write_all(text.as_bytes()).await.unwrap();
    }

    /// A notification.
    pub(super) async fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({"method": method, "params": params})).await;
    }

    /// A request; its number.
    pub(super) async fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        self.send(json!({"id": self.last, "method": method, "params": params})).await;
        self.last
    }

    /// A request; its result or its error.
    pub(super) async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.begin(method, params).await;
        self.answer(id).await
    }

    /// The answer to a request.
    pub(super) async fn answer(&mut self, id: i64) -> Result<Value, Value> {
        loop {
            if let Some(mut message) = self.answers.remove(&id) {
                let error = message["error"].take();
                return if error.is_null() { Ok(message["result"].take()) } else { Err(error) };
            }
            let message = self.receive().await;
            self.hear(message).await;
        }
    }

    /// The parameters of the next message of the server with this method that satisfy a condition.
    pub(super) async fn wait(&mut self, method: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let fits = |message: &Value| message["method"] == method && wanted(&message["params"]);
            if let Some(at) = self.heard.iter().position(fits) {
                return self.heard.remove(at)["params"].take();
            }
            let message = self.receive().await;
            self.hear(message).await;
        }
    }

    /// The next diagnostics of a document.
    pub(super) async fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let mut params = self.wait("textDocument/publishDiagnostics", |params| params["uri"] == uri).await;
        serde_json::from_value(params["diagnostics"].take()).unwrap()
    }

    async fn hear(&mut self, message: Value) {
        if message.get("method").is_none() {
            self.answers.insert(message["id"].as_i64().unwrap(), message);
            return;
        }
        if let Some(id) = message.get("id") {
            self.send(json!({"id": id, "result": null})).await;
        }
        self.heard.push(message);
    }

    async fn receive(&mut self) -> Value {
        timeout(PATIENCE, self.message())
            .await
            .unwrap_or_else(|_| panic!("no answer; heard {:?}", self.heard))
    }

    async fn message(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.from.read_line(&mut line).await.unwrap(), 0, "the server has ended");
            match line.trim().split_once(": ") {
                Some(("Content-Length", number)) => length = number.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// The text of a listing.
    pub(super) async fn text(&mut self, uri: &str) -> String {
        let answer = self.ask("pickle/virtualDocument", json!({"uri": uri})).await.unwrap();
        answer["text"].as_str().unwrap().to_owned()
    }

    /// A request at a place.
    pub(super) async fn at(&mut self, method: &str, uri: &str, line: u64, character: u64) -> Value {
        let place = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character},
            "context": {"includeDeclaration": true}});
        self.ask(method, place).await.unwrap()
    }

    /// A request about a whole document.
    pub(super) async fn about(&mut self, method: &str, uri: &str) -> Value {
        self.ask(method, json!({"textDocument": {"uri": uri}})).await.unwrap()
    }

    /// Closes the server's input; how the server ended.
    pub(super) async fn leave(mut self) -> Farewell {
        drop(self.to.take());
        timeout(PATIENCE, self.server).await.unwrap().unwrap()
    }
}

/// A folder that goes when the test ends.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("pickle-lsp test {}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(fs::canonicalize(path).unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file; its listing's URI.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        listing(&path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The URI of the listing of a file.
pub(super) fn listing(path: &Path) -> String {
    Stream::of_file(path).uri()
}

/// `os.system('id')` in protocol 0.
pub(super) const MALICIOUS: &[u8] = b"cos\nsystem\np0\n(S'id'\np1\ntp2\nRp3\n.";
/// A list that holds a string twice, the second time from the memo.
pub(super) const HARMLESS: &[u8] = b"\x80\x04]\x94(\x8c\x06\xc3\xa9\xf0\x9f\x98\x80\x94h\x01e.";
