//! An object for each place where a global is loaded: `path`, `member`, `pickle`, `offset`, `module`, `name`, `resolved`,
//! `called`, `verdict`.

use std::io::{self, Write};
use std::path::Path;

use super::{File, Global, Listed, Writer, dotted};
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
                let Some(global) = member.globals.get(load.global) else { continue };
                out.write_all(if self.begun { b",\n " } else { b"[\n " })?;
                self.begun = true;
                object(&file.path, member, global, out)?;
                write!(
                    out,
                    ",\"pickle\":{},\"offset\":{},\"called\":{}}}",
                    load.pickle, load.offset, load.called
                )?;
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Output) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]\n" } else { b"[]\n" })
    }
}

/// What does not depend on the place.
fn object(path: &Path, member: &Listed, global: &Global, out: &mut Output) -> io::Result<()> {
    let (module, name) = global.written.as_ref().map(|(module, name)| (module, name)).unzip();
    let resolved = global.resolved.as_ref().map(|names| dotted(Some(names)));
    out.write_all(b"{\"path\":")?;
    string(out, &paths::text(path))?;
    let texts = [
        ("member", member.member.as_ref()),
        ("module", module),
        ("name", name),
        ("resolved", resolved.as_ref()),
    ];
    for (key, value) in texts {
        write!(out, ",\"{key}\":")?;
        match value {
            Some(value) => string(out, value)?,
            None => out.write_all(b"null")?,
        }
    }
    write!(out, ",\"verdict\":\"{}\"", global.verdict)
}
