//! Beginning, end, cancellation, isolation, settings.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Client, Folder, HARMLESS};
use crate::lsp::failure::Failure;
use crate::lsp::server::service;
use crate::lsp::{Farewell, work};

#[tokio::test(flavor = "multi_thread")]
async fn farewells() {
    let mut polite = Client::new().await;
    polite.ask("shutdown", Value::Null).await.unwrap();
    polite.tell("exit", Value::Null).await;
    let Client { server, to, .. } = polite;
    // Standard input stays open.
    assert_eq!(server.await.unwrap(), Farewell::Clean);
    drop(to);
    let abrupt = Client::new().await;
    assert_eq!(abrupt.leave().await, Farewell::Abrupt);
    let mut exits = Client::new().await;
    exits.tell("exit", Value::Null).await;
    assert_eq!(exits.leave().await, Farewell::Abrupt);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_says_it_can_do() {
    let (service, ..) = service();
    drop(service);
    let mut client = Client::new().await;
    let error = client.ask("initialize", json!({"capabilities": {}})).await.unwrap_err();
    assert_eq!(error["code"], -32600);
    let capabilities = serde_json::to_value(crate::lsp::capabilities::server(Default::default())).unwrap();
    assert_eq!(capabilities["workspace"]["textDocumentContent"]["schemes"], json!(["pickle-listing"]));
    assert_eq!(capabilities["positionEncoding"], "utf-16");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_one_request() {
    let (_service, _socket, session) = service();
    let failed = work::run(&session, "x", |_| -> Result<(), Failure> { panic!("on purpose") }).await;
    assert!(failed.unwrap_err().message.contains("on purpose"));
    assert_eq!(work::run(&session, "x", |_| Ok(1)).await, Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_nobody_waits_for_ends() {
    let (_service, _socket, session) = service();
    let (sender, receiver) = mpsc::channel();
    let endless = work::run(&session, "x", move |work| {
        while !work.is_cancelled() {
            std::thread::sleep(Duration::from_millis(1));
        }
        sender.send(()).unwrap();
        Ok(())
    });
    assert!(tokio::time::timeout(Duration::from_millis(20), endless).await.is_err());
    receiver.recv_timeout(Duration::from_secs(30)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_request() {
    let folder = Folder::new();
    let uri = folder.write("long.pkl", &b"N0".repeat(20_000_000));
    let small = folder.write("small.pkl", HARMLESS);
    let mut client = Client::new().await;
    let ids = [0; 8];
    let mut begun = Vec::new();
    for _ in ids {
        begun.push(client.begin("pickle/virtualDocument", json!({"uri": uri})).await);
    }
    for id in &begun {
        client.tell("$/cancelRequest", json!({"id": id})).await;
    }
    let start = Instant::now();
    for id in begun {
        assert_eq!(client.answer(id).await.unwrap_err()["code"], -32800);
    }
    assert!(client.text(&small).await.contains("STOP"));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_for_the_same() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", &[b"(".as_slice(), &b"N".repeat(300_000), b"t."].concat());
    let mut client = Client::new().await;
    let mut begun = Vec::new();
    for _ in 0..16 {
        begun.push(client.begin("pickle/virtualDocument", json!({"uri": uri})).await);
    }
    let mut texts = Vec::new();
    for id in begun {
        texts.push(client.answer(id).await.unwrap());
    }
    assert!(texts.windows(2).all(|two| two[0] == two[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", HARMLESS);
    let mut client = Client::new().await;
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let hints = json!({"textDocument": {"uri": uri}, "range": range});
    assert_ne!(client.ask("textDocument/inlayHint", hints.clone()).await, Ok(json!([])));
    let settings = json!({"pickleLsp": {"inlayHints": {"memo": false, "calls": false}}});
    client.tell("workspace/didChangeConfiguration", json!({"settings": settings})).await;
    assert_eq!(client.ask("textDocument/inlayHint", hints).await, Ok(json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_of_long_work() {
    let capabilities = json!({"window": {"workDoneProgress": true}});
    let mut client = Client::with(capabilities, Value::Null).await;
    let folder = Folder::new();
    let uri = folder.write("long.pkl", &b"N0".repeat(20_000_000));
    let id = client.begin("pickle/virtualDocument", json!({"uri": uri})).await;
    let token = client.wait("window/workDoneProgress/create", |_| true).await["token"].take();
    let begin = client.wait("$/progress", |params| params["token"] == token).await;
    assert_eq!((&begin["value"]["kind"], &begin["value"]["cancellable"]), (&json!("begin"), &json!(true)));
    client.tell("window/workDoneProgress/cancel", json!({"token": token})).await;
    let ended = client.wait("$/progress", |params| params["value"]["kind"] == "end").await;
    assert_eq!(ended["token"], token);
    // Unless it was done just before.
    if let Err(error) = client.answer(id).await {
        assert_eq!(error["code"], -32800);
    }
}

/// Nothing that a client sends ends the server.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_answered_and_passed_over() {
    let folder = Folder::new();
    let uri = folder.write("a.pkl", HARMLESS);
    let mut client = Client::new().await;
    let deep = "[".repeat(100_000);
    let bodies = [
        ("hello", -32700),
        ("", -32700),
        (deep.as_str(), -32700),
        ("\u{feff}{}", -32700),
        ("[]", -32600),
        ("12", -32600),
        ("{}", -32600),
        ("{\"jsonrpc\":\"1.0\",\"method\":\"x\"}", -32600),
    ];
    for (body, code) in bodies {
        client.send_bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await;
        let error = client.error_of_nobody().await;
        assert_eq!(error["code"], code, "{body:.20}: {error}");
        assert!(client.text(&uri).await.contains("STOP"));
    }
    for header in ["\r\n", "Content-Length: many\r\n\r\n", "Content-Length: -1\r\n\r\n", "Kind: none\r\n\r\n"]
    {
        client.send_bytes(header.as_bytes()).await;
        assert_eq!(client.error_of_nobody().await["code"], -32700, "{header:?}");
        assert!(client.text(&uri).await.contains("STOP"));
    }
    let body = "{\"jsonrpc\":\"2.0\",\"method\":\"$/nothing\"}";
    client.send_bytes(format!("Content-Type: x\ncontent-length: {}\n\n{body}", body.len()).as_bytes()).await;
    assert_eq!(client.ask("$/nothing", json!({})).await.unwrap_err()["code"], -32601);
}
