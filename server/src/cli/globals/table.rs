//! A line a global, the worst first: verdict, name, how often it is loaded and called, and where first.

use std::collections::BTreeMap;
use std::io::{self, Write};

use pickle_machine::render::escape;

use super::{File, Writer, dotted};
use crate::output::{ERROR, INFO, Output, Paint, WARNING, shown};

/// Places that are shown of a global; of more the number is given.
const MOST_PLACES: usize = 3;

/// See the module.
pub(super) struct Table {
    paint: Paint,
    /// By rank of the verdict and name.
    rows: BTreeMap<(u8, String), Row>,
}

/// What is counted of a global.
#[derive(Default)]
struct Row {
    loads: usize,
    called: bool,
    /// `path!/member:offset` of its first load in a file.
    places: Vec<String>,
    files: usize,
}

impl Table {
    /// Nothing counted yet.
    pub(super) fn new(paint: Paint) -> Self {
        Self { paint, rows: BTreeMap::new() }
    }
}

/// The worst first.
fn rank(verdict: &str) -> u8 {
    match verdict {
        "denied" => 0,
        "unlisted" => 1,
        _ => 2,
    }
}

impl Writer for Table {
    fn file(&mut self, file: &File, _: &mut Output) -> io::Result<()> {
        for member in &file.members {
            let mut seen = vec![false; member.globals.len()];
            for load in &member.loads {
                let Some(global) = member.globals.get(load.global) else { continue };
                let name = dotted(global.resolved.as_ref());
                let row = self.rows.entry((rank(global.verdict), name)).or_default();
                row.loads += 1;
                row.called |= load.called;
                if !std::mem::replace(&mut seen[load.global], true) {
                    row.files += 1;
                    if row.places.len() < MOST_PLACES {
                        let inside = member.member.as_ref().map_or(String::new(), |path| format!("!/{path}"));
                        row.places.push(format!("{}{}:{}", shown(&file.path), escape(&inside), load.offset));
                    }
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Output) -> io::Result<()> {
        for ((rank, name), row) in &self.rows {
            let (word, style) = match rank {
                0 => ("denied", ERROR),
                1 => ("unlisted", WARNING),
                _ => ("allowed", INFO),
            };
            let word = self.paint.paint(style, format_args!("{word:8}"));
            let called = if row.called { "called" } else { "loaded" };
            write!(out, "{word} {:>6} {called}  {}  {}", row.loads, escape(name), row.places.join(" "))?;
            match row.files.saturating_sub(row.places.len()) {
                0 => writeln!(out)?,
                more => writeln!(out, " and {more} more")?,
            }
        }
        Ok(())
    }
}
