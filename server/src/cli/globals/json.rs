//! An object for each place where a global is loaded: `path`, `member`, `pickle`, `offset`, `module`, `name`, `resolved`,
//! `called`, `verdict`.

use std::io::{self, Write};
use std::path::Path;

use pickle_rules::inventory::Load;

use super::{File, Listed, Writer, dotted};
use crate::json::string;
use crate::output::Output;
use crate::paths;

/// See the module.
#[derive(Default)]
pub(super) struct Json {
    begun: bool,
}

impl Writer for Json {
    fn file(&mut self, file: &File, out: &mut Output) -> io::Result<()> {
        for member in &file.members {
            for load in &member.loads {
                out.write_all(if self.begun { b",\n " } else { b"[\n " })?;
                self.begun = true;
                object(&file.path, member, load, out)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Output) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]\n" } else { b"[]\n" })
    }
}

fn object(path: &Path, member: &Listed, load: &Load, out: &mut Output) -> io::Result<()> {
    let global = &member.globals[load.global];
    let (module, name) = global.written.as_ref().map(|(module, name)| (module, name)).unzip();
    let resolved = global.resolved.as_ref().map(|names| dotted(Some(names)));
    text("{\"path\":", Some(&paths::text(path)), out)?;
    text(",\"member\":", member.member.as_deref(), out)?;
    write!(out, ",\"pickle\":{},\"offset\":{}", load.pickle, load.offset)?;
    text(",\"module\":", module.map(String::as_str), out)?;
    text(",\"name\":", name.map(String::as_str), out)?;
    text(",\"resolved\":", resolved.as_deref(), out)?;
    write!(out, ",\"called\":{},\"verdict\":\"{}\"}}", load.called, global.verdict)
}

/// A key, with what stands before it, and its value.
fn text(key: &str, value: Option<&str>, out: &mut Output) -> io::Result<()> {
    out.write_all(key.as_bytes())?;
    match value {
        Some(value) => string(out, value),
        None => out.write_all(b"null"),
    }
}
