//! Prints what becomes of the text of pickles when it is rewritten, an object a line, for comparison by those who can load
//! them.
//!
//! `rewrites FILE…` → `{"file","rewrite","bytes":hex|null,"text","reasons":[…]}`

// A tool for tests: it may print, and end by a panic.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic)]

use pickle_listing::edit::{Edited, Refusal, apply, convert, drop_unused, format, label, reframe, renumber};
use pickle_listing::full;
use pickle_listing::row::Style;
use pickle_listing::text::assemble;
use pickle_machine::never;
use pickle_machine::record::record;
use serde_json::json;

/// A rewrite and what it is called.
type Rewrite = (String, Box<dyn Fn(&str) -> Edited>);

fn rewrites() -> Vec<Rewrite> {
    let mut all: Vec<Rewrite> = vec![
        ("format".into(), Box::new(|text| Ok(format(text, &never).unwrap()))),
        ("label".into(), Box::new(|text| label(text, &never))),
        ("renumber".into(), Box::new(|text| renumber(text, &never))),
        ("drop_unused".into(), Box::new(|text| drop_unused(text, &never))),
        ("reframe".into(), Box::new(|text| reframe(text, &never))),
    ];
    for protocol in 0..=5 {
        all.push((format!("convert {protocol}"), Box::new(move |text| convert(text, protocol, &never))));
    }
    all
}

fn main() {
    let rewrites = rewrites();
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file).unwrap();
        let mut text = String::new();
        full::write(&mut text, &bytes, &record(&bytes, &never), Style::new(bytes.len(), true)).unwrap();
        for (name, rewrite) in &rewrites {
            let edited = rewrite(&text);
            let reasons = match &edited {
                Err(Refusal::Reasons(reasons)) => reasons.as_slice(),
                _ => &[],
            };
            let reasons: Vec<_> = reasons.iter().map(|reason| json!([reason.line, reason.message])).collect();
            let result = edited.ok().map(|edits| apply(&text, &edits));
            let assembled = result.as_deref().map(assemble);
            let complaints = assembled.iter().flat_map(|assembled| &assembled.diagnostics);
            let complaints: Vec<_> = complaints.map(|found| format!("{found:?}")).collect();
            let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let line = json!({
                "file": file, "rewrite": name, "bytes": assembled.as_ref().map(|assembled| hex(&assembled.bytes)),
                "text": result, "reasons": reasons, "complaints": complaints,
            });
            println!("{line}");
        }
    }
}
