//! An `allow-globals` block of the globals that no list knows. The reasons are for a person to fill in: an empty one is an
//! error when the configuration is read, so that nothing is allowed by accident.

use std::collections::BTreeSet;
use std::io::{self, Write};

use pickle_config::{Pattern, Toml as Shown};
use pickle_machine::render::escape;

use super::{File, Writer, dotted};
use crate::output::Output;

/// See the module.
#[derive(Default)]
pub(super) struct Toml {
    names: BTreeSet<String>,
    denied: BTreeSet<String>,
    left_out: BTreeSet<String>,
}

impl Writer for Toml {
    fn file(&mut self, file: &File, _: &mut Output) -> io::Result<()> {
        for member in &file.members {
            let globals = member.loads.iter().filter_map(|load| member.globals.get(load.global));
            for global in globals.filter(|global| global.resolved.is_some()) {
                let name = dotted(global.resolved.as_ref());
                match global.verdict {
                    _ if !is_plain(&name) => drop(self.left_out.insert(name)),
                    "unlisted" => drop(self.names.insert(name)),
                    "denied" => drop(self.denied.insert(name)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Output) -> io::Result<()> {
        for name in &self.left_out {
            writeln!(out, "# left out, for no module or class is called so: {}", escape(name))?;
        }
        for name in &self.denied {
            writeln!(out, "# denied, and not meant to be allowed: {}", Shown(&Pattern(name.clone())))?;
        }
        if self.names.is_empty() {
            return writeln!(out, "allow-globals = []");
        }
        writeln!(out, "# Say of each why it is trusted: the configuration takes no empty reason.")?;
        writeln!(out, "allow-globals = [")?;
        for name in &self.names {
            writeln!(out, "  {{ name = {}, reason = \"\" }},", Shown(&Pattern(name.clone())))?;
        }
        writeln!(out, "]")
    }
}

/// Whether a name stands for itself alone and looks like it: a star in it would be a pattern that allows others, and what is not
/// to be seen is no part of what a person has reviewed.
fn is_plain(name: &str) -> bool {
    !name.contains(['*', '?']) && escape(name) == name
}
