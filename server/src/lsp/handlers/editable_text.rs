//! `pickle/editableText`: the text of a pickle with nothing left out, which assembles to its bytes.

use std::fmt;

use pickle_listing::full;
use pickle_listing::row::Style;
use serde::Serialize;
use tower_lsp::gen_lsp_types::Uri;

use super::Answer;
use crate::lsp::failure::Failure;
use crate::lsp::work::Work;

/// The answer.
#[derive(Debug, Serialize)]
pub(crate) struct Text {
    text: String,
}

/// Bytes of text, at the most: above 20 MB editors do little with a text, and above 50 MB VS Code sends us none of it.
const MOST: usize = 20 << 20;

/// The text; of a text that is edited, the text itself.
pub(crate) fn handle(work: &Work, uri: &Uri) -> Answer<Text> {
    let shown = work.shown(uri)?.ok_or_else(|| Failure::Invalid(format!("no pickle is there: {}", uri.0)))?;
    if shown.sheet().is_some() {
        return Ok(Text { text: shown.rows().text().to_owned() });
    }
    let context = shown.context();
    let mut out = Bounded { text: String::new(), work };
    let style = Style::new(context.bytes.len(), true);
    full::write(&mut out, context.bytes, context.recording, style).map_err(|_| {
        work.check().err().unwrap_or_else(|| {
            let size = MOST >> 20;
            Failure::Other(format!(
                "the whole text has more than {size} MB: write it with `pickle-lsp disassemble --full`"
            ))
        })
    })?;
    Ok(Text { text: out.text })
}

/// Takes text up to a limit, and as long as somebody wants it.
struct Bounded<'w> {
    text: String,
    work: &'w Work,
}

impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > MOST || self.work.is_cancelled() {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}
