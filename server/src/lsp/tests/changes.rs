//! Files that change, shrink or go while they are shown, and files that are none.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::{Client, Folder, HARMLESS, MALICIOUS, listing};
use crate::lsp::virtual_documents::file_uri;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", MALICIOUS);
    let mut client = Client::new().await;
    assert!(client.text(&uri).await.contains("'system'"));
    assert!(!client.diagnostics(&uri).await.is_empty());

    folder.write("a.pkl", HARMLESS);
    assert!(client.text(&uri).await.contains("é"));
    assert_eq!(client.diagnostics(&uri).await.len(), 0);
    client.wait("workspace/textDocumentContent/refresh", |params| params["uri"] == uri).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_only_the_client_notices() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", HARMLESS);
    let watch = json!({"dynamicRegistration": true});
    let workspace = json!({"didChangeWatchedFiles": watch, "textDocumentContent": {}});
    let mut client = Client::with(json!({"workspace": workspace}), json!(null)).await;
    client.wait("client/registerCapability", |_| true).await;
    client.text(&uri).await;
    folder.write("a.pkl", MALICIOUS);
    let change = json!({"uri": file_uri(&folder.path("a.pkl")), "type": 2});
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": [change]})).await;
    client.wait("workspace/textDocumentContent/refresh", |params| params["uri"] == uri).await;
    let is_bad = |params: &serde_json::Value| params["uri"] == uri && params["diagnostics"][0].is_object();
    client.wait("textDocument/publishDiagnostics", is_bad).await;

    fs::remove_file(folder.path("a.pkl")).unwrap();
    let change = json!({"uri": file_uri(&folder.path("a.pkl")), "type": 3});
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": [change]})).await;
    assert_eq!(client.diagnostics(&uri).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_goes_and_comes_back() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", MALICIOUS);
    let mut client = Client::new().await;
    client.text(&uri).await;
    assert!(!client.diagnostics(&uri).await.is_empty());
    fs::remove_file(folder.path("a.pkl")).unwrap();
    let place = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 8}});
    let error = client.ask("textDocument/hover", place.clone()).await.unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("no such file"), "{error}");
    assert_eq!(client.diagnostics(&uri).await.len(), 0);

    folder.write("a.pkl", MALICIOUS);
    assert!(client.ask("textDocument/hover", place).await.unwrap().is_object());
    assert!(!client.diagnostics(&uri).await.is_empty());
}

/// Large enough to be mapped: cut, its pages are gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_mapped_file_that_is_cut() {
    let folder = Folder::new();
    let mut bytes = b"\x80\x04]\x94(".to_vec();
    (0..200_000).for_each(|_| bytes.extend(b"K\x01"));
    bytes.extend(b"e.");
    let uri = folder.write("a.pkl", &bytes);
    let mut client = Client::new().await;
    let whole = client.text(&uri).await;
    fs::OpenOptions::new().write(true).open(folder.path("a.pkl")).unwrap().set_len(1000).unwrap();
    let cut = client.text(&uri).await;
    assert!(cut.len() < whole.len() && cut.contains("# "), "{cut}");
    // The end of the data is where the findings are now.
    assert!(!client.diagnostics(&uri).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read() {
    let folder = Folder::new();
    let mut client = Client::new().await;
    fs::create_dir(folder.path("folder.pkl")).unwrap();
    for (name, expected) in [("folder.pkl", "a folder"), ("nothing.pkl", "no such file")] {
        let uri = listing(&folder.path(name));
        let error = client.ask("pickle/virtualDocument", json!({"uri": uri})).await.unwrap_err();
        assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
    }
    for uri in ["pickle-listing:///x.pickleasm?rows=1", "pickle-listing:relative.pickleasm", "http://x/y.pkl"]
    {
        assert!(client.ask("pickle/virtualDocument", json!({"uri": uri})).await.is_err(), "{uri}");
    }
    let empty = folder.write("empty.pkl", b"");
    assert_eq!(client.text(&empty).await, "");
    assert_eq!(client.diagnostics(&empty).await.len(), 1);
    let truncated = folder.write("truncated.pkl", &MALICIOUS[..20]);
    assert!(client.text(&truncated).await.contains("GLOBAL"));
    assert!(!client.diagnostics(&truncated).await.is_empty());
}

/// Hammers a file that is rewritten all the time: every answer is one, or a clear error.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_never_rests() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", HARMLESS);
    let path = folder.path("a.pkl");
    let writer = std::thread::spawn(move || {
        for round in 0..60 {
            let bytes = [HARMLESS, MALICIOUS].concat().repeat(1 + 3000 * (round % 2));
            fs::write(&path, bytes).unwrap();
            std::thread::sleep(Duration::from_millis(3));
        }
    });
    let mut client = Client::new().await;
    while !writer.is_finished() {
        let place = json!({"textDocument": {"uri": uri}, "position": {"line": 4, "character": 8}});
        if let Err(error) = client.ask("textDocument/hover", place).await {
            assert!(error["message"].as_str().unwrap().contains("changes while"), "{error}");
        }
    }
    writer.join().unwrap();
    assert!(client.text(&uri).await.contains("# pickle 1"));
}
