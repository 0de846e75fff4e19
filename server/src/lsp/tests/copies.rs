//! Listings on disk, for clients that know no other documents.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Client, Folder, HARMLESS, MALICIOUS};
use crate::lsp::virtual_documents::{Parsed, file_uri, parse};

async fn client(folder: &Folder) -> Client {
    Client::with(json!({}), json!({"cacheDirectory": folder.path("cache").to_str().unwrap()})).await
}

async fn open(client: &mut Client, uri: &str) -> (String, PathBuf) {
    let params = json!({"command": "pickle.openListing", "arguments": [uri]});
    let copy = client.ask("workspace/executeCommand", params).await.unwrap();
    let copy = copy.as_str().unwrap().to_owned();
    match parse(&copy, |_| false) {
        Some(Parsed::File(path)) => (copy, path),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_answers_as_its_listing() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", MALICIOUS);
    let mut first = client(&folder).await;
    let (copy, path) = open(&mut first, &file_uri(&folder.path("a.pkl"))).await;
    assert!(path.ends_with("a.pkl.pickleasm"), "{copy}");
    assert_eq!(fs::read_to_string(&path).unwrap(), first.text(&uri).await);
    assert!(fs::metadata(&path).unwrap().permissions().readonly());
    assert_eq!(open(&mut first, &uri).await.0, copy);
    first.leave().await;

    // A server that is started later still knows what it is a copy of.
    let mut second = client(&folder).await;
    let hover = second.at("textDocument/hover", &copy, 0, 8).await;
    assert!(hover["contents"]["value"].as_str().unwrap().contains("GLOBAL"));
    let definition = second.at("textDocument/definition", &copy, 6, 8).await;
    assert_eq!(definition[0]["uri"], copy.as_str(), "{definition}");
    let item = json!({"uri": copy, "languageId": "pickleasm", "version": 1, "text": ""});
    second.tell("textDocument/didOpen", json!({"textDocument": item})).await;
    assert!(!second.diagnostics(&copy).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_follows_its_source() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", MALICIOUS);
    let mut client = client(&folder).await;
    let (_, path) = open(&mut client, &uri).await;
    folder.write("a.pkl", HARMLESS);
    let change = json!({"uri": file_uri(&folder.path("a.pkl")), "type": 2});
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": [change]})).await;
    for _ in 0..1000 {
        if fs::read_to_string(&path).is_ok_and(|text| text.contains("é")) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the copy was not written again");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_make_no_sense() {
    let folder = Folder::new();
    let mut client = client(&folder).await;
    for (command, arguments) in [
        ("pickle.openListing", json!([])),
        ("pickle.openListing", json!([file_uri(&folder.path("nothing.txt"))])),
        ("other", Value::Null),
    ] {
        let params = json!({"command": command, "arguments": arguments});
        assert!(client.ask("workspace/executeCommand", params).await.is_err());
    }
}
