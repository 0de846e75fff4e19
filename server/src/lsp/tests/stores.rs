//! Pickles in databases, in texts and between other bytes are documents like any other.

use std::io::Read;

use serde_json::json;

use super::{Client, Folder, HARMLESS, MALICIOUS};
use crate::lsp::virtual_documents::{Stream, file_uri};

#[tokio::test(flavor = "multi_thread")]
async fn a_shelf_in_two_files() {
    let folder = Folder::new();
    let mut data = HARMLESS.to_vec();
    data.resize(512, 0);
    data.extend(MALICIOUS);
    let uri = folder.write("shelf.dat", &data);
    let index = format!("'fine', (0, {})\n'bad key', (512, {})\n", HARMLESS.len(), MALICIOUS.len());
    folder.write("shelf.dir", index.as_bytes());
    let mut client = Client::new().await;
    let overview = client.text(&uri).await;
    assert!(overview.starts_with("# shelf.dat: dbm.dumb, 2 members, 2 pickles\n"), "{overview}");
    let member = |name| Stream::of_member(&folder.path("shelf.dat"), Some(name)).uri();
    assert!(client.text(&member("fine")).await.contains("SHORT_BINUNICODE"));
    assert!(client.text(&member("bad key")).await.contains("GLOBAL"));
    let found = client.diagnostics(&member("bad key")).await;
    assert!(found.iter().any(|found| found["code"] == "PG101"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database() {
    let packed = include_bytes!("../../../crates/containers/tests/fixtures/tables.sqlite.gz");
    let mut database = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut database).unwrap();
    let folder = Folder::new();
    let uri = folder.write("results.db", &database);
    let mut client = Client::new().await;
    let file = file_uri(&folder.path("results.db"));
    let sniffed = client.ask("pickle/sniff", json!({"uri": file})).await.unwrap();
    assert_eq!(sniffed, json!({"kind": "container", "listing": uri}));
    assert!(client.text(&uri).await.contains(": SQLite, "));
    let links = client.about("textDocument/documentLink", &uri).await;
    let targets: Vec<_> =
        links.as_array().unwrap().iter().map(|link| link["target"].as_str().unwrap()).collect();
    assert_eq!(targets.len(), 9);
    // Stored as it is, compressed, and as base64.
    for name in ["results/0/result", "results/100/result", "cache/#2/value"] {
        let member = Stream::of_member(&folder.path("results.db"), Some(name)).uri();
        assert!(targets.contains(&&*member), "{member} in {targets:?}");
        let text = client.text(&member).await;
        assert!(text.contains("STOP"), "{text}");
        let hover = client.at("textDocument/hover", &member, 0, 6).await;
        assert!(hover["contents"]["value"].as_str().unwrap().contains("PROTO"), "{hover}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pickles_in_a_text_and_in_a_picture() {
    let folder = Folder::new();
    let mut client = Client::new().await;
    // {} in protocol 4 with a memo.
    folder.write("settings.json", b"{\"model\": \"gASVAgAAAAAAAAB9lC4=\"}\n");
    let file = file_uri(&folder.path("settings.json"));
    let sniffed = client.ask("pickle/sniff", json!({"uri": file})).await.unwrap();
    assert_eq!(sniffed, json!({"kind": "text", "listing": null}), "the text is the editor's");
    let member = Stream::of_member(&folder.path("settings.json"), Some("@11")).uri();
    assert!(client.text(&member).await.contains("EMPTY_DICT"));

    let picture = [b"\x89PNG\r\n\x1a\n\0\0\0\0IEND".as_slice(), MALICIOUS].concat();
    folder.write("picture.pkl", &picture);
    let member = Stream::of_member(&folder.path("picture.pkl"), Some("@16")).uri();
    assert!(client.text(&member).await.contains("GLOBAL"));
    assert!(client.diagnostics(&member).await.iter().any(|found| found["code"] == "PG101"));
}
