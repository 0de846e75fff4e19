//! What projects decide, as the person in front of the editor sees it.

use std::fs;

use serde_json::{Value, json};

use super::{Client, Folder};
use crate::lsp::virtual_documents::file_uri;

/// An instance of a class that is on no list.
const UNLISTED: &[u8] = b"\x80\x02cmyapp.models\nModel\n)\x81.";

/// Codes of the diagnostics that are published next on a document.
async fn codes(client: &mut Client, uri: &str) -> Vec<String> {
    let code = |diagnostic: &Value| diagnostic["code"].as_str().unwrap_or_default().to_owned();
    client.diagnostics(uri).await.iter().map(code).collect()
}

fn changed(path: &std::path::Path) -> Value {
    json!({"changes": [{"uri": file_uri(path), "type": 2}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_configuration_holds_and_is_followed() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", UNLISTED);
    let path = folder.path("pickle-lsp.toml");
    fs::write(&path, "severity = { PG108 = \"error\" }").unwrap();
    let mut client = Client::new().await;
    client.text(&uri).await;
    let found = client.diagnostics(&uri).await;
    assert_eq!((&found[0]["code"], &found[0]["severity"]), (&json!("PG108"), &json!(1)));

    fs::write(&path, "allow-globals = [{ name = \"myapp.models.*\", reason = \"ours\" }]").unwrap();
    client.tell("workspace/didChangeWatchedFiles", changed(&path)).await;
    assert_eq!(client.diagnostics(&uri).await.len(), 0);

    fs::remove_file(&path).unwrap();
    client.tell("workspace/didChangeWatchedFiles", changed(&path)).await;
    assert_eq!(codes(&mut client, &uri).await, ["PG108"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hover_tells_what_a_global_is_worth_here() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", UNLISTED);
    let mut client = Client::new().await;
    let hover = async |client: &mut Client| {
        let hover = client.at("textDocument/hover", &uri, 1, 8).await;
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let text = hover(&mut client).await;
    assert!(text.contains("**unlisted**: On no list. Loading it imports `myapp.models`"), "{text}");

    let path = folder.path("pickle-lsp.toml");
    fs::write(&path, "allow-globals = [{ name = \"myapp.models.*\", reason = \"ours\" }]").unwrap();
    client.tell("workspace/didChangeWatchedFiles", changed(&path)).await;
    let text = hover(&mut client).await;
    assert!(text.contains("**allowed**: The configuration allows it."), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_noticed_by_the_next_question() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", UNLISTED);
    fs::write(folder.path("pickle-lsp.toml"), "ignore = [\"PD\"]\n").unwrap();
    let mut client = Client::new().await;
    client.text(&uri).await;
    assert_eq!(codes(&mut client, &uri).await, ["PG108"]);
    fs::write(folder.path("pickle-lsp.toml"), "ignore = [\"PG\"]\n\n").unwrap();
    client.text(&uri).await;
    assert_eq!(client.diagnostics(&uri).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_shown_where_they_are() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", UNLISTED);
    let path = folder.path("pickle-lsp.toml");
    fs::write(&path, "# ours\nselct = [\"PG\"]\n").unwrap();
    let mut client = Client::new().await;
    client.text(&uri).await;
    let found = client.diagnostics(&file_uri(&path)).await;
    assert!(found[0]["message"].as_str().unwrap().contains("did you mean `select`"), "{found:?}");
    assert_eq!(found[0]["range"]["start"], json!({"line": 1, "character": 0}));

    fs::write(&path, "select = [\"PG\"]\n").unwrap();
    client.tell("workspace/didChangeWatchedFiles", changed(&path)).await;
    assert_eq!(client.diagnostics(&file_uri(&path)).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_editor_hold_where_there_is_no_configuration() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", UNLISTED);
    let settings = json!({"configuration": {"severity": {"PG108": "error"}, "presets": {"numpy": true}}});
    let mut client = Client::with(json!({}), settings).await;
    client.text(&uri).await;
    assert_eq!(client.diagnostics(&uri).await[0]["severity"], 1);
    let allow = json!([{"name": "myapp.*", "reason": "mine"}]);
    let settings = json!({"settings": {"pickleLsp": {"configuration": {"allowGlobals": allow}}}});
    client.tell("workspace/didChangeConfiguration", settings).await;
    assert_eq!(client.diagnostics(&uri).await.len(), 0);
}
