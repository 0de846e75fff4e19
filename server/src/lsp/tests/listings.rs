//! Texts, features and diagnostics of listings.

use serde_json::{Value, json};

use super::{Client, Folder, HARMLESS, MALICIOUS};
use crate::lsp::virtual_documents::{Stream, file_uri};

fn start(value: &Value) -> (u64, u64) {
    (
        value["range"]["start"]["line"].as_u64().unwrap(),
        value["range"]["start"]["character"].as_u64().unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn text_and_features() {
    let folder = Folder::new();
    let uri = folder.write("a #?%ü.pkl", HARMLESS);
    let mut client = Client::new().await;
    let text = client.text(&uri).await;
    let rows: Vec<_> = text.lines().collect();
    assert_eq!(rows.len(), 9, "{text}");
    let same = client.ask("workspace/textDocumentContent", json!({"uri": uri})).await.unwrap();
    assert_eq!(same["text"], text.as_str());

    let get = rows.iter().position(|row| row.contains("BINGET")).unwrap() as u64;
    let hover = client.at("textDocument/hover", &uri, get, 8).await;
    assert!(hover["contents"]["value"].as_str().unwrap().contains("BINGET"));
    let definition = client.at("textDocument/definition", &uri, get, 8).await;
    assert_eq!((&definition[0]["uri"], start(&definition[0]).0), (&json!(uri), get - 1));
    let references = client.at("textDocument/references", &uri, get, 8).await;
    assert!(references.as_array().unwrap().iter().any(|found| start(found).0 == get));
    let highlights = client.at("textDocument/documentHighlight", &uri, get, 8).await;
    assert_eq!(highlights[0]["kind"], 3);
    for method in ["documentSymbol", "foldingRange", "documentLink", "semanticTokens/full"] {
        assert!(!client.about(&format!("textDocument/{method}"), &uri).await.is_null(), "{method}");
    }
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let document = json!({"textDocument": {"uri": uri}, "range": range});
    let hints = client.ask("textDocument/inlayHint", document.clone()).await.unwrap();
    assert!(hints.as_array().unwrap().iter().any(|hint| hint["label"] == "= 'é😀'"), "{hints}");
    let some = client.ask("textDocument/semanticTokens/range", document).await.unwrap();
    let all = client.about("textDocument/semanticTokens/full", &uri).await;
    assert_eq!(some, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_and_positions() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", HARMLESS);
    let mut client = Client::new().await;
    for (offset, line, bytes) in
        [(0, 0, (0, 2)), (1, 0, (0, 2)), (5, 4, (5, 13)), (9, 4, (5, 13)), (17, 8, (17, 18))]
    {
        let place = json!({"textDocument": {"uri": uri}, "offset": offset});
        let found = client.ask("pickle/offsetToPosition", place).await.unwrap();
        assert_eq!(start(&found).0, line, "{offset}");
        let back = json!({"textDocument": {"uri": uri}, "position": found["range"]["start"]});
        let back = client.ask("pickle/positionToOffset", back).await.unwrap();
        assert_eq!(back, json!({"offset": bytes.0, "endOffset": bytes.1}));
    }
    let behind =
        client.ask("pickle/offsetToPosition", json!({"textDocument": {"uri": uri}, "offset": 99})).await;
    assert_eq!(behind, Ok(Value::Null));
    let negative =
        client.ask("pickle/offsetToPosition", json!({"textDocument": {"uri": uri}, "offset": -1})).await;
    assert_eq!(negative.unwrap_err()["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn encodings() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", HARMLESS);
    for (encodings, chosen, end) in [
        (json!(["utf-8", "utf-16"]), "utf-8", 8),
        (json!(["utf-16", "utf-8"]), "utf-16", 5),
        (json!(["utf-32"]), "utf-32", 4),
        (json!(["utf-7"]), "utf-16", 5),
    ] {
        let mut client =
            Client::with(json!({"general": {"positionEncodings": encodings}}), Value::Null).await;
        let place = json!({"textDocument": {"uri": uri}, "offset": 5});
        let range = client.ask("pickle/offsetToPosition", place).await.unwrap()["range"].take();
        let length =
            range["end"]["character"].as_u64().unwrap() - range["start"]["character"].as_u64().unwrap();
        assert_eq!(length, "SHORT_BINUNICODE ".len() as u64 + end, "{chosen}");
        let hover =
            client.at("textDocument/hover", &uri, 4, range["end"]["character"].as_u64().unwrap()).await;
        assert_eq!(hover["range"]["end"], range["end"], "{chosen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn diagnostics_of_a_listing_that_was_never_opened() {
    let folder = Folder::new();
    let uri = folder.write("bad.pkl", MALICIOUS);
    let mut client = Client::new().await;
    let text = client.text(&uri).await;
    let found = client.diagnostics(&uri).await;
    let worst = found.iter().find(|found| found["severity"] == 1).unwrap();
    assert_eq!(worst["source"], "pickle-lsp");
    assert!(worst["codeDescription"]["href"].as_str().unwrap().starts_with("https://"));
    let row = text.lines().nth(start(worst).0 as usize).unwrap();
    assert!(row[start(worst).1 as usize..].starts_with("REDUCE") || row.contains("GLOBAL"), "{worst}");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_a_container() {
    let folder = Folder::new();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [("m/data.pkl", HARMLESS), ("m/bad 1.pkl", MALICIOUS), ("m/version", b"3\n")] {
        zip.start_file(name, stored).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
    }
    let uri = folder.write("model.pt", &zip.finish().unwrap().into_inner());
    let mut client = Client::new().await;
    let sniffed =
        client.ask("pickle/sniff", json!({"uri": file_uri(&folder.path("model.pt"))})).await.unwrap();
    assert_eq!(sniffed, json!({"kind": "container", "listing": uri}));

    let overview = client.text(&uri).await;
    assert!(overview.starts_with("# model.pt: zip, 3 members, 2 pickles\n"), "{overview}");
    let links = client.about("textDocument/documentLink", &uri).await;
    let targets: Vec<_> =
        links.as_array().unwrap().iter().map(|link| link["target"].as_str().unwrap()).collect();
    let member = |name| Stream::of_member(&folder.path("model.pt"), Some(name)).uri();
    assert_eq!(targets, [member("m/data.pkl"), member("m/bad 1.pkl")]);
    assert!(client.at("textDocument/hover", &uri, 0, 3).await.is_null());

    assert!(client.text(&member("m/data.pkl")).await.contains("SHORT_BINUNICODE"));
    assert!(!client.diagnostics(&member("m/bad 1.pkl")).await.is_empty());
    let missing =
        client.ask("pickle/virtualDocument", json!({"uri": member("nothing.pkl")})).await.unwrap_err();
    assert!(missing["message"].as_str().unwrap().contains("no such member"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_to_the_editor() {
    let folder = Folder::new();
    let mut client = Client::new().await;
    for (name, bytes, kind) in [
        ("a.pkl", HARMLESS, "pickle"),
        ("protocol0.pkl", b"(lp0\nI1\naI2\na.".as_slice(), "pickle"),
        ("none.pkl", b"N.\n", "pickle"),
        ("apple.pkl", b"module x\n\nfoo = 1\nbar {\n  a = 2\n}\n", "text"),
        ("prose.txt", b"N. B.: this is text\n", "text"),
        ("code.py", b"import os\n", "text"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01", "other"),
    ] {
        let uri = folder.write(name, bytes);
        let file = file_uri(&folder.path(name));
        let sniffed = client.ask("pickle/sniff", json!({"uri": file})).await.unwrap();
        let listing = if kind == "pickle" { json!(uri) } else { Value::Null };
        assert_eq!(sniffed, json!({"kind": kind, "listing": listing}), "{name}");
        let symbols = client.about("textDocument/documentSymbol", &file).await;
        assert_eq!(symbols.is_null(), kind != "pickle", "{name}");
        if kind == "pickle" {
            assert_eq!(client.text(&file).await, client.text(&uri).await);
        }
    }
    let text = folder.write("notes.pickleasm", b"0: STOP\n");
    assert!(
        client.at("textDocument/hover", &file_uri(&folder.path("notes.pickleasm")), 0, 4).await.is_null()
    );
    assert!(client.at("textDocument/hover", "untitled:Untitled-1", 0, 0).await.is_null());
    assert!(client.text(&text).await.contains("BYTES"));
}

/// A list too long for one view: targets behind elisions are in the views that the elisions link to.
#[tokio::test(flavor = "multi_thread")]
async fn elided_rows() {
    let folder = Folder::new();
    let mut bytes = b"\x80\x04]\x94(X\x03\0\0\0key\x94".to_vec();
    for index in 0..80_000 {
        bytes.extend(b"]\x94(h\x01e");
        if index == 50_000 {
            bytes.extend(b"\x8c\x06hiddenr\xff\xff\xff\0");
        }
    }
    bytes.extend(b"j\xff\xff\xff\0e.");
    let uri = folder.write("long.pkl", &bytes);
    let mut client = Client::new().await;
    let text = client.text(&uri).await;
    let row_of = |text: &str, what: &str| text.lines().position(|row| row.contains(what)).unwrap() as u64;

    // From an elided page to the head of the main view.
    let links = client.about("textDocument/documentLink", &uri).await;
    let page = links[0]["target"].as_str().unwrap();
    assert!(page.contains("?rows=60000-120000"), "{page}");
    let shown = client.text(page).await;
    let definition = client.at("textDocument/definition", page, row_of(&shown, "BINGET"), 20).await;
    assert_eq!((&definition[0]["uri"], start(&definition[0]).0), (&json!(uri), row_of(&text, "'key'") + 1));

    // From the tail of the main view to an elided page.
    let definition = client.at("textDocument/definition", &uri, row_of(&text, "LONG_BINGET"), 20).await;
    let page = definition[0]["uri"].as_str().unwrap();
    let shown = client.text(page).await;
    let row = row_of(&shown, "LONG_BINPUT");
    let column = shown.lines().nth(row as usize).unwrap().find("LONG_BINPUT").unwrap() as u64;
    assert_eq!(start(&definition[0]), (row, column), "{definition}");

    let offset = bytes.windows(6).position(|at| at == b"hidden").unwrap();
    let place =
        client.ask("pickle/offsetToPosition", json!({"textDocument": {"uri": uri}, "offset": offset}));
    let line = start(&place.await.unwrap()).0;
    assert!(text.lines().nth(line as usize).unwrap().contains("... 60000 rows"), "{line}");
    let place =
        client.ask("pickle/offsetToPosition", json!({"textDocument": {"uri": page}, "offset": offset}));
    assert_eq!(start(&place.await.unwrap()).0, row - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pickle_in_a_constant() {
    let folder = Folder::new();
    let inner = MALICIOUS;
    let length = u32::try_from(inner.len()).unwrap().to_le_bytes();
    let bytes = [b"\x80\x04]B".as_slice(), length.as_slice(), inner, b"a."].concat();
    let uri = folder.write("outer.pkl", &bytes);
    let mut client = Client::new().await;
    let text = client.text(&uri).await;
    let row = text.lines().position(|row| row.contains("BINBYTES")).unwrap() as u64;
    let links = client.about("textDocument/documentLink", &uri).await;
    let targets = links.as_array().unwrap().iter().filter(|link| start(link).0 == row);
    let mut targets = targets.map(|link| link["target"].as_str().unwrap());
    let target = targets.find(|target| target.contains("!/")).unwrap().to_owned();
    assert!(target.ends_with("!/bytes%403.pickleasm"), "{target}");
    let inside = client.text(&target).await;
    assert!(inside.contains("GLOBAL 'os' 'system'"), "{inside}");
    assert!(!client.about("textDocument/documentSymbol", &target).await.is_null());
}
