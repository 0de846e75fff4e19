//! Messages as they come in, between standard input and the framework, which ends at the first one that it cannot read.
//!
//! What is no message is answered with an error, under the `id` that it has or none, and what comes behind it is read as
//! ever. The error is made by [`REFUSE`], a method that the framework calls: only one may write to standard output.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{
    self, AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
};
use tower_lsp::jsonrpc::{Error, ErrorCode, Request, Response};

/// The method that answers what is no message.
pub(super) const REFUSE: &str = "pickle/refuse";

/// Bytes of a header, which has two lines.
const LONGEST_HEADER: u64 = 4 << 10;

/// The error for what is no message.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Refusal {
    code: i64,
    message: String,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self { code: ErrorCode::from(refusal.code), message: refusal.message.into(), data: None }
    }
}

/// What a header says.
enum Header {
    /// A message of so many bytes follows.
    Length(u64),
    /// It says nothing of the kind.
    None,
    /// The input has ended.
    End,
}

/// Hands on what is a message, until the input ends.
///
/// # Errors
/// The input cannot be read, or nobody takes what is read.
pub(super) async fn relay(input: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut input = BufReader::new(input);
    loop {
        match header(&mut input).await? {
            Header::End => return Ok(()),
            Header::None => {
                let message = "expected a header with a Content-Length, found none";
                send(&mut to, &refusal(&Value::Null, ErrorCode::ParseError, message)).await?;
            }
            Header::Length(length) => {
                // Grows as bytes come: a length is easily said.
                let mut body = Vec::new();
                (&mut input).take(length).read_to_end(&mut body).await?;
                if body.len() as u64 != length {
                    return Ok(());
                }
                match objection(&body) {
                    Some(refusal) => send(&mut to, &refusal).await?,
                    None => send(&mut to, &body).await?,
                }
            }
        }
    }
}

async fn send(to: &mut (impl AsyncWrite + Unpin), body: &[u8]) -> io::Result<()> {
    to.write_all(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await?;
    to.write_all(body).await
}

/// Reads the lines of a header and the empty one behind them.
async fn header(input: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Header> {
    let mut length = None;
    let mut lines = input.take(LONGEST_HEADER);
    loop {
        let mut line = Vec::new();
        lines.read_until(b'\n', &mut line).await?;
        if line.last() != Some(&b'\n') {
            let is_too_long = lines.limit() == 0;
            return Ok(if is_too_long { Header::None } else { Header::End });
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(length.map_or(Header::None, Header::Length));
        }
        let text = std::str::from_utf8(line).unwrap_or_default();
        if let Some((name, value)) = text.split_once(':')
            && name.trim().eq_ignore_ascii_case("Content-Length")
        {
            length = value.trim().parse().ok();
        }
    }
}

/// What is to be handed on in place of a message that the framework cannot read, or would not answer.
fn objection(body: &[u8]) -> Option<Vec<u8>> {
    if body.is_empty() {
        return Some(refusal(&Value::Null, ErrorCode::ParseError, "expected a message, found no bytes"));
    }
    let wrong = match serde_json::from_slice::<Request>(body) {
        // Methods of this kind may be passed over when they are notifications.
        Ok(request) if request.method().starts_with("$/") && request.method() != "$/cancelRequest" => {
            let id = serde_json::to_value(request.id()?).ok()?;
            return Some(refusal(&id, ErrorCode::MethodNotFound, "Method not found"));
        }
        Ok(_) => return None,
        Err(error) => error,
    };
    if serde_json::from_slice::<Response>(body).is_ok() {
        return None;
    }
    let Ok(message) = serde_json::from_slice::<Value>(body) else {
        return Some(refusal(&Value::Null, ErrorCode::ParseError, &format!("expected JSON: {wrong}")));
    };
    let id = message.get("id").filter(|id| id.is_string() || id.is_i64()).cloned().unwrap_or_default();
    let expected = "expected a request, a notification or a response of JSON-RPC 2.0";
    Some(refusal(&id, ErrorCode::InvalidRequest, &format!("{expected}: {wrong}")))
}

/// The call of [`REFUSE`] that gives this error.
fn refusal(id: &Value, code: ErrorCode, message: &str) -> Vec<u8> {
    let refusal = Refusal { code: code.code(), message: message.to_owned() };
    json!({"jsonrpc": "2.0", "id": id, "method": REFUSE, "params": refusal}).to_string().into_bytes()
}
