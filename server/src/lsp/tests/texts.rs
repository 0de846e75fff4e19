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
    let import = range((1, 0), (1, 20));
    assert!(found.iter().any(|(_, place)| *place == import), "{found:?}");

    // In UTF-16, behind a character of two units: `$f` of the comment's row becomes `$g`.
    change(&mut client, &uri, 2, json!([{"range": range((2, 5), (2, 6)), "text": "g"}])).await;
    let found = published(&mut client, &uri, 2).await;
    assert!(found.contains(&("syntax".to_owned(), range((6, 4), (6, 6)))), "{found:?}");
    // What stands before the mistake is still judged.
    assert!(found.iter().any(|(_, place)| *place == import), "{found:?}");

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

/// A row that is being written makes no bytes; that its frame is too long for those that are there is no news.
#[tokio::test(flavor = "multi_thread")]
async fn frames_around_a_mistake() {
    let uri = "untitled:/nowhere/model.pkl.pickleasm";
    let mut client = Client::new().await;
    let text = "PROTO 4\nFRAME 6\nNONE\nBINGE\nPOP\nFRAME 1\nNONE\nSTOP\n";
    open(&mut client, uri, text).await;
    let found = published(&mut client, uri, 1).await;
    assert_eq!(found.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["syntax"]);
    let text = text.replace("BINGE", "DUP");
    change(&mut client, uri, 2, json!([{"text": text}])).await;
    let found = published(&mut client, uri, 2).await;
    assert!(!found.is_empty() && found.iter().all(|(code, _)| code != "syntax"), "{found:?}");
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
    let highlights = client.at("textDocument/documentHighlight", uri, 6, 5).await;
    assert_eq!(highlights[0]["range"], range((2, 4), (2, 6)));
    assert_eq!(highlights[1]["range"], range((6, 4), (6, 6)));
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

async fn complete(client: &mut Client, uri: &str, line: u32, character: u32) -> Value {
    let position = json!({"line": line, "character": character});
    let params = json!({"textDocument": {"uri": uri}, "position": position});
    client.ask("textDocument/completion", params).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn completion_and_rename() {
    let uri = "untitled:a";
    let mut client = Client::new().await;
    open(&mut client, uri, &format!("{TEXT}GE\nGET $\nGLOBAL 'coll")).await;
    let labels = |answer: &Value| {
        let items = answer.as_array().unwrap().iter();
        items.map(|item| item["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let found = complete(&mut client, uri, 8, 2).await;
    assert!(labels(&found).contains(&"GET".to_owned()));
    assert_eq!(found[0]["textEdit"]["range"], range((8, 0), (8, 2)));
    assert!(found[0]["documentation"]["value"].as_str().unwrap().contains("Since protocol"));
    let found = complete(&mut client, uri, 6, 4).await;
    assert_eq!(labels(&found), ["$f"]);
    assert!(found[0]["detail"].as_str().unwrap().contains("os.system"), "{found}");
    let found = complete(&mut client, uri, 10, 12).await;
    assert_eq!(labels(&found)[0], "os.system");
    assert!(labels(&found).contains(&"collections.OrderedDict".to_owned()));
    assert_eq!(found[0]["textEdit"]["range"], range((10, 7), (10, 12)));

    // A blank before the first word indents; behind an opcode it asks for an operand.
    for (line, character, count) in [(7, 0, 0), (6, 4, 1)] {
        let position = json!({"line": line, "character": character});
        let context = json!({"triggerKind": 2, "triggerCharacter": " "});
        let params = json!({"textDocument": {"uri": uri}, "position": position, "context": context});
        let found = client.ask("textDocument/completion", params).await.unwrap();
        assert_eq!(found.as_array().unwrap().len(), count, "{found}");
    }

    let place = |line: u32, character: u32| json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}, "newName": "run"});
    let prepared = client.ask("textDocument/prepareRename", place(6, 5)).await.unwrap();
    assert_eq!(prepared, json!({"range": range((6, 4), (6, 6)), "placeholder": "$f"}));
    assert!(client.ask("textDocument/prepareRename", place(3, 1)).await.unwrap().is_null());
    let renamed = client.ask("textDocument/rename", place(6, 5)).await.unwrap();
    let edits = &renamed["changes"][uri];
    assert_eq!(edits[0], json!({"range": range((2, 4), (2, 6)), "newText": "$run"}));
    assert_eq!(edits[1]["range"], range((6, 4), (6, 6)));
    let error = client.ask("textDocument/rename", place(3, 1)).await.unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("no memo slot"), "{error}");

    let places = json!({"textDocument": {"uri": uri}, "positions": [{"line": 4, "character": 12}]});
    let selection = client.ask("textDocument/selectionRange", places).await.unwrap();
    // In UTF-16 the literal has five units, two of them for one character.
    assert_eq!(selection[0]["range"], range((4, 11), (4, 14)));
    assert_eq!(selection[0]["parent"]["range"], range((4, 10), (4, 15)));
}

/// The abilities of a client that asks again for the edits of the action that was chosen.
fn resolving() -> Value {
    let resolve = json!({"properties": ["edit"]});
    json!({"textDocument": {"codeAction": {"disabledSupport": true, "dataSupport": true, "resolveSupport": resolve}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_the_rewrite_that_is_chosen() {
    let uri = "untitled:a";
    let mut client = Client::with(resolving(), Value::Null).await;
    open(&mut client, uri, "PROTO 2\nNONE\nBINPUT 7\nPOP\nBINGET 7\nSTOP\n").await;
    let all = actions(&mut client, uri, (0, 0), json!(["refactor"])).await;
    assert_eq!(all.len(), 10);
    assert!(all.iter().all(|action| action["edit"].is_null()), "{all:?}");
    assert_eq!(titled(&all, "Drop unused memo slots")["disabled"]["reason"], "nothing would change");
    let renumber = titled(&all, "Renumber the memo");
    let resolved = client.ask("codeAction/resolve", renumber.clone()).await.unwrap();
    let edits = &resolved["edit"]["changes"][uri];
    assert_eq!(edits[0], json!({"range": range((2, 0), (2, 8)), "newText": "BINPUT 0"}));
    // As the text is when it is chosen.
    change(&mut client, uri, 2, json!([{"range": range((0, 7), (0, 7)), "text": "\nNONE\nPOP"}])).await;
    let resolved = client.ask("codeAction/resolve", renumber.clone()).await.unwrap();
    assert_eq!(resolved["edit"]["changes"][uri][0]["range"], range((4, 0), (4, 8)));
    // Not possible any more: said to the person, whom the editor would tell nothing.
    change(&mut client, uri, 3, json!([{"text": "STOPP"}])).await;
    let resolved = client.ask("codeAction/resolve", renumber).await.unwrap();
    assert!(resolved["edit"].is_null());
    let said = client.wait("window/showMessage", |_| true).await;
    assert!(said["message"].as_str().unwrap().starts_with("Renumber the memo: line 1: "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rewrites_of_a_long_text_are_not_tried_before_one_is_chosen() {
    let uri = "untitled:a";
    let mut client = Client::with(resolving(), Value::Null).await;
    let body = "NONE\nPOP\n".repeat(200_000);
    open(&mut client, uri, &format!("PROTO 2\n{body}NONE\nSTOP\n")).await;
    let all = actions(&mut client, uri, (0, 0), json!(["refactor"])).await;
    // It would change nothing, and nobody has found out.
    let renumber = titled(&all, "Renumber the memo");
    assert!(renumber["disabled"].is_null() && renumber["edit"].is_null());
    client.ask("codeAction/resolve", renumber).await.unwrap();
    let said = client.wait("window/showMessage", |_| true).await;
    assert_eq!(said["message"], "Renumber the memo: nothing would change");
    // A mistake is known.
    change(&mut client, uri, 2, json!([{"range": range((0, 0), (0, 0)), "text": "OOPS\n"}])).await;
    let all = actions(&mut client, uri, (0, 0), json!(["refactor"])).await;
    let reason = &titled(&all, "Renumber the memo")["disabled"]["reason"];
    assert!(reason.as_str().unwrap().starts_with("line 1: "), "{reason}");
}

async fn actions(client: &mut Client, uri: &str, lines: (u32, u32), only: Value) -> Vec<Value> {
    let params = json!({"textDocument": {"uri": uri}, "range": range((lines.0, 0), (lines.1, 0)),
        "context": {"diagnostics": [], "only": only}});
    let found = client.ask("textDocument/codeAction", params).await.unwrap();
    serde_json::from_value(found).unwrap()
}

fn titled(actions: &[Value], title: &str) -> Value {
    let found = actions.iter().find(|action| action["title"] == title);
    found.unwrap_or_else(|| panic!("no {title} in {actions:?}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_and_formatting() {
    let uri = "untitled:a";
    let capabilities = json!({"textDocument": {"codeAction": {"disabledSupport": true}}});
    let mut client = Client::with(capabilities, Value::Null).await;
    open(&mut client, uri, "PROTO 2\nNONE\nBINPUT 7\nPOP\nBINGET 7\nSTOPP\n").await;
    let fixes = actions(&mut client, uri, (5, 6), json!(["quickfix"])).await;
    assert_eq!(fixes.len(), 1, "{fixes:?}");
    let edit = &titled(&fixes, "Replace with STOP")["edit"]["changes"][uri][0];
    assert_eq!(edit, &json!({"range": range((5, 0), (5, 5)), "newText": "STOP"}));
    let all = actions(&mut client, uri, (0, 0), Value::Null).await;
    let reason = &titled(&all, "Renumber the memo")["disabled"]["reason"];
    assert!(reason.as_str().unwrap().starts_with("line 6: "), "{reason}");
    assert!(titled(&all, "Assemble to a pickle")["disabled"].is_object());

    change(&mut client, uri, 2, json!([{"range": range((5, 0), (5, 5)), "text": "STOP"}])).await;
    let all = actions(&mut client, uri, (0, 0), json!(["refactor"])).await;
    let edits = &titled(&all, "Renumber the memo")["edit"]["changes"][uri];
    assert_eq!(edits[0], json!({"range": range((2, 0), (2, 8)), "newText": "BINPUT 0"}));
    assert_eq!(titled(&all, "Drop unused memo slots")["disabled"]["reason"], "nothing would change");
    assert!(titled(&all, "Convert to protocol 4")["edit"].is_object());
    assert!(all.iter().all(|action| action["kind"] == "refactor.rewrite"));

    change(&mut client, uri, 3, json!([{"text": "MARK\nNONE\nTUPLE\n  STOP"}])).await;
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let params = json!({"textDocument": {"uri": uri}, "options": options});
    let edits = client.ask("textDocument/formatting", params).await.unwrap();
    assert_eq!(edits[0], json!({"range": range((1, 0), (1, 4)), "newText": "  NONE"}));
    assert_eq!(edits[1], json!({"range": range((3, 0), (3, 6)), "newText": "STOP"}));
    let params = json!({"textDocument": {"uri": uri}, "options": options, "range": range((3, 0), (4, 0))});
    let edits = client.ask("textDocument/rangeFormatting", params).await.unwrap();
    assert_eq!(edits.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn assembling() {
    let folder = Folder::new();
    let text = folder.path("model.pkl.pickleasm");
    let uri = file_uri(&text);
    let mut client = Client::new().await;
    open(&mut client, &uri, "PROTO 4\nNONE\nSTOP\n").await;
    let run = |arguments: Value| json!({"command": "pickle.assemble", "arguments": arguments});
    let written = client.ask("workspace/executeCommand", run(json!([uri]))).await.unwrap();
    assert_eq!(written, file_uri(&folder.path("model.pkl")));
    assert_eq!(std::fs::read(folder.path("model.pkl")).unwrap(), b"\x80\x04N.");
    // What we wrote may be written again; what was there before may not.
    change(&mut client, &uri, 2, json!([{"range": range((1, 0), (1, 4)), "text": "NEWTRUE"}])).await;
    client.ask("workspace/executeCommand", run(json!([uri]))).await.unwrap();
    assert_eq!(std::fs::read(folder.path("model.pkl")).unwrap(), b"\x80\x04\x88.");
    let other = file_uri(&folder.path("other.pickleasm"));
    std::fs::write(folder.path("other.pkl"), b"dear").unwrap();
    std::fs::write(folder.path("other.pickleasm"), "NONE\nSTOP\n").unwrap();
    let written = client.ask("workspace/executeCommand", run(json!([other]))).await.unwrap();
    assert_eq!(written, file_uri(&folder.path("other.assembled.pkl")));
    assert_eq!(std::fs::read(folder.path("other.pkl")).unwrap(), b"dear");
    let named = file_uri(&folder.path("other.pkl"));
    client.ask("workspace/executeCommand", run(json!([other, named]))).await.unwrap();
    assert_eq!(std::fs::read(folder.path("other.pkl")).unwrap(), b"N.");

    change(&mut client, &uri, 3, json!([{"range": range((1, 0), (1, 7)), "text": "OOPS"}])).await;
    let error = client.ask("workspace/executeCommand", run(json!([uri]))).await.unwrap_err();
    assert!(error["message"].as_str().unwrap().starts_with("line 2: "), "{error}");
    for arguments in [json!([]), json!(["untitled:x"]), json!([file_uri(&folder.path("no.pickleasm"))])] {
        assert!(client.ask("workspace/executeCommand", run(arguments)).await.is_err());
    }
}

/// Many edits at once, with questions between them: every answer is about a state of the text that was.
#[tokio::test(flavor = "multi_thread")]
async fn edits_faster_than_answers() {
    let uri = "untitled:a";
    let mut client = Client::new().await;
    open(&mut client, uri, &"BININT1 1\n".repeat(5_000)).await;
    for version in 2..100 {
        change(&mut client, uri, version, json!([{"range": range((0, 8), (0, 9)), "text": "1"}])).await;
        client.begin("textDocument/foldingRange", json!({"textDocument": {"uri": uri}})).await;
    }
    let changes = json!([{"range": range((0, 0), (5_000, 0)), "text": "NONE\nSTOP\n"}]);
    change(&mut client, uri, 100, changes).await;
    assert_eq!(published(&mut client, uri, 100).await, []);
    assert_eq!(client.text(uri).await, "NONE\nSTOP\n");
}

/// A malicious pickle, made harmless in the text.
#[tokio::test(flavor = "multi_thread")]
async fn from_a_listing_to_a_text_and_back() {
    let folder = Folder::new();
    let listing = folder.write("bad.pkl", super::MALICIOUS);
    let mut client = Client::new().await;
    let answer = client.ask("pickle/editableText", json!({"uri": listing})).await.unwrap();
    let text = answer["text"].as_str().unwrap().to_owned();
    let uri = "untitled:bad";
    open(&mut client, uri, &text).await;
    assert!(!published(&mut client, uri, 1).await.is_empty());
    let again = client.ask("pickle/editableText", json!({"uri": uri})).await.unwrap();
    assert_eq!(again["text"], text.as_str());
    let target = file_uri(&folder.path("good.pkl"));
    let run = json!({"command": "pickle.assemble", "arguments": [uri, target]});
    client.ask("workspace/executeCommand", run.clone()).await.unwrap();
    assert_eq!(std::fs::read(folder.path("good.pkl")).unwrap(), super::MALICIOUS);

    let row = text.lines().position(|row| row.contains("GLOBAL")).unwrap();
    let at = text.lines().nth(row).unwrap().find("'os'").unwrap();
    let place = |column: usize| (u32::try_from(row).unwrap(), u32::try_from(column).unwrap());
    let changes = json!([{"range": range(place(at), place(at + 13)), "text": "'builtins' 'str'"}]);
    change(&mut client, uri, 2, changes).await;
    let found = published(&mut client, uri, 2).await;
    assert!(found.iter().all(|(code, _)| code == "syntax"), "{found:?}");
    client.ask("workspace/executeCommand", run).await.unwrap();
    let written = std::fs::read(folder.path("good.pkl")).unwrap();
    assert!(written.starts_with(b"cbuiltins\nstr\n"), "{written:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_project_decides_holds_for_texts() {
    let folder = Folder::new();
    let uri = file_uri(&folder.path("a.pickleasm"));
    std::fs::write(folder.path("pickle-lsp.toml"), "ignore = [\"PG\"]\n").unwrap();
    let mut client = Client::new().await;
    open(&mut client, &uri, &format!("{TEXT}OOPS\n")).await;
    let found = published(&mut client, &uri, 1).await;
    assert!(found.iter().any(|(code, _)| code == "syntax"), "{found:?}");
    assert!(found.iter().all(|(code, _)| !code.starts_with("PG")), "{found:?}");
    std::fs::write(folder.path("pickle-lsp.toml"), "ignore = []\n# and nothing more\n").unwrap();
    change(&mut client, &uri, 2, json!([{"text": TEXT}])).await;
    let found = published(&mut client, &uri, 2).await;
    assert!(found.iter().any(|(code, _)| code.starts_with("PG")), "{found:?}");
}
