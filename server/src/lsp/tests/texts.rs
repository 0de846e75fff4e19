//! Listings that are edited: what is published as they change, and what is answered about them.

use serde_json::{Value, json};

use super::{Client, Folder};
use crate::lsp::virtual_documents::file_uri;

/// `os.system('id')`, with a label, a comment, and columns that are not bytes.
pub(super) const TEXT: &str = "PROTO 4
GLOBAL 'os' 'system'
PUT $f   # größe 🥒
MARK
  UNICODE 'é🥒'
TUPLE
GET $f
STOP
";

pub(super) async fn open(client: &mut Client, uri: &str, text: &str) {
    let item = json!({"uri": uri, "languageId": "pickle-listing", "version": 1, "text": text});
    client.tell("textDocument/didOpen", json!({"textDocument": item})).await;
}

async fn change(client: &mut Client, uri: &str, version: i32, changes: Value) {
    let document = json!({"uri": uri, "version": version});
    let params = json!({"textDocument": document, "contentChanges": changes});
    client.tell("textDocument/didChange", params).await;
}

pub(super) fn range(start: (u32, u32), end: (u32, u32)) -> Value {
    let place = |(line, character)| json!({"line": line, "character": character});
    json!({"start": place(start), "end": place(end)})
}

/// Codes and ranges of what is published for a version.
async fn published(client: &mut Client, uri: &str, version: i32) -> Vec<(String, Value)> {
    let wanted = |params: &Value| params["uri"] == uri && params["version"] == version;
    let params = client.wait("textDocument/publishDiagnostics", wanted).await;
    let found = params["diagnostics"].as_array().unwrap().iter();
    found.map(|one| (one["code"].as_str().unwrap().to_owned(), one["range"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_follow_the_text() {
    let folder = Folder::new();
    let uri = file_uri(&folder.path("a.pickleasm"));
    let mut client = Client::new().await;
    open(&mut client, &uri, TEXT).await;
    let found = published(&mut client, &uri, 1).await;
    let import = ("PK001".to_owned(), range((1, 0), (1, 20)));
    assert!(found.iter().any(|(_, place)| *place == import.1), "{found:?}");

    // In UTF-16, behind a character of two units: `$f` of the comment's row becomes `$g`.
    change(&mut client, &uri, 2, json!([{"range": range((2, 5), (2, 6)), "text": "g"}])).await;
    let found = published(&mut client, &uri, 2).await;
    assert!(found.contains(&("syntax".to_owned(), range((6, 4), (6, 6)))), "{found:?}");
    // What stands before the mistake is still judged.
    assert!(found.iter().any(|(_, place)| *place == import.1), "{found:?}");

    let changes = json!([
        {"range": range((6, 5), (6, 6)), "text": "g"},
        {"range": range((4, 14), (4, 15)), "text": "'\nBININT1 7 # "},
    ]);
    change(&mut client, &uri, 3, changes).await;
    let found = published(&mut client, &uri, 3).await;
    assert!(found.iter().all(|(code, _)| code != "syntax"), "{found:?}");
    let text = client.text(&uri).await;
    assert_eq!(text.lines().nth(4), Some("  UNICODE 'é🥒'"));
    assert_eq!(text.lines().nth(5), Some("BININT1 7 # "));

    change(&mut client, &uri, 4, json!([{"text": "NONE\nSTOP\n"}])).await;
    assert_eq!(published(&mut client, &uri, 4).await, []);
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}})).await;
    let cleared = |params: &Value| params["uri"] == uri.as_str() && params["version"].is_null();
    client.wait("textDocument/publishDiagnostics", cleared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn features_of_a_text() {
    let uri = "untitled:Untitled-1";
    let mut client = Client::new().await;
    open(&mut client, uri, TEXT).await;
    let hover = client.at("textDocument/hover", uri, 6, 1).await;
    assert!(hover["contents"]["value"].as_str().unwrap().contains("os.system"), "{hover}");
    let definition = client.at("textDocument/definition", uri, 6, 5).await;
    assert_eq!(definition[0]["range"], range((2, 0), (2, 6)));
    let references = client.at("textDocument/references", uri, 2, 5).await;
    assert_eq!(references.as_array().unwrap().len(), 2);
    let highlights = client.at("textDocument/documentHighlight", uri, 3, 1).await;
    assert_eq!(highlights.as_array().unwrap().len(), 2);
    let folds = client.about("textDocument/foldingRange", uri).await;
    assert!(folds.as_array().unwrap().iter().any(|fold| fold["startLine"] == 3), "{folds}");
    let symbols = client.about("textDocument/documentSymbol", uri).await;
    assert_eq!(symbols[0]["location"]["uri"], uri);
    let tokens = client.about("textDocument/semanticTokens/full", uri).await;
    assert!(tokens["data"].as_array().unwrap().len() > 50);
    let document = json!({"textDocument": {"uri": uri}, "range": range((0, 0), (99, 0))});
    let hints = client.ask("textDocument/inlayHint", document).await.unwrap();
    assert!(hints.as_array().unwrap().iter().any(|hint| hint["label"] == "= os.system"), "{hints}");
    let place = json!({"textDocument": {"uri": uri}, "offset": 2});
    assert_eq!(client.ask("pickle/offsetToPosition", place).await.unwrap()["range"]["start"]["line"], 1);
}
