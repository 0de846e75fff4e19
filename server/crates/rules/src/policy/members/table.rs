//! The table of what is believed of members: found by class at once, understood when somebody asks for the class, as few of them are
//! in any one file.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Kind, Members, Requirement, Unless};
use crate::policy::{counts, evaluated};

/// The table.
#[derive(Debug)]
struct Table {
    blocks: Vec<Block>,
    globals: FxHashMap<(&'static str, &'static str), usize>,
}

/// What is said of some globals.
#[derive(Debug)]
struct Block {
    /// The lines, each with its number in the table.
    lines: Vec<(u32, &'static str)>,
    members: OnceLock<Members>,
}

const TEXT: &str = include_str!("../../../policy/members.txt");

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(TEXT));
    &TABLE
}

/// What is believed of the objects of a class, or of what a function is called with.
pub(crate) fn members_of(module: &str, name: &str) -> Option<&'static Members> {
    let table = table();
    table.globals.get(&(module, name)).and_then(|&number| table.blocks.get(number)).map(Block::members)
}

/// Whether a text is the name of a member that something is believed of.
pub(crate) fn is_member(key: &[u8]) -> bool {
    static KEYS: LazyLock<FxHashSet<&'static [u8]>> = LazyLock::new(|| keys(table()));
    KEYS.contains(key)
}

fn keys(table: &'static Table) -> FxHashSet<&'static [u8]> {
    let mut named = Vec::new();
    for requirement in table.blocks.iter().flat_map(|block| &block.members().requirements) {
        requirement.kind.members(&mut named);
        requirement.unless.iter().for_each(|unless| unless.member.members(&mut named));
    }
    let elsewhere = counts::names().chain(evaluated::names());
    named.into_iter().flat_map(|name| name.split('|')).chain(elsewhere).map(str::as_bytes).collect()
}

impl Table {
    /// Finds out what the lines are about.
    fn read(text: &'static str) -> Self {
        let mut table = Self { blocks: Vec::new(), globals: FxHashMap::default() };
        let mut is_header = false;
        for (number, line) in (0..).zip(text.lines()) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(body) = line.strip_prefix("  ") {
                is_header = false;
                table.blocks.last_mut().into_iter().for_each(|block| block.lines.push((number, body)));
                continue;
            }
            if !is_header {
                table.blocks.push(Block { lines: Vec::new(), members: OnceLock::new() });
            }
            is_header = true;
            let (module, names) = line.split_once(' ').unwrap_or((line, ""));
            let block = table.blocks.len() - 1;
            table.globals.extend(names.split(' ').map(|name| ((module, name), block)));
        }
        table
    }
}

impl Block {
    /// What it says. All of it is understood, says a test.
    fn members(&self) -> &Members {
        self.members.get_or_init(|| self.read().unwrap_or_default())
    }

    /// The line that is not understood, if there is one.
    fn read(&self) -> Result<Members, &'static str> {
        let mut members = Members::default();
        for &(number, line) in &self.lines {
            match line.split_once(' ') {
                Some(("arguments", names)) => members.arguments = names.split(' ').collect(),
                Some(("state", names)) => members.state = names.split(' ').collect(),
                Some(("at-least", count)) => members.least = count.parse().map_err(|_| line)?,
                None if line == "made-empty" => members.made_empty = true,
                None if line == "made-by-call" => members.made_by_call = true,
                None if line == "made-bare" => members.made_bare = true,
                None if line == "no-dict" => members.no_dict = true,
                None if line == "needs-state" => members.needs_state = true,
                None if line == "always-needs-state" => members.always_needs_state = true,
                _ => {
                    let requirement = requirement(number, line, &members.arguments).ok_or(line)?;
                    members.requirements.push(requirement);
                }
            }
        }
        Ok(members)
    }
}

fn requirement(number: u32, line: &'static str, arguments: &[&str]) -> Option<Requirement> {
    let (body, unless) = match line.split_once(" unless ") {
        Some((body, condition)) => (body, Some(Unless::read(condition)?)),
        None => (line, None),
    };
    let kind = Kind::read(body)?;
    // What an argument holds is there at the call, too.
    let mut roots = Vec::new();
    kind.roots(&mut roots);
    let at_call = roots.iter().all(|name| arguments.contains(name));
    Some(Requirement { number, at_call, unless, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, Verdict};

    #[test]
    fn the_table_is_understood() {
        assert!(table().globals.keys().all(|(module, name)| !module.is_empty() && !name.is_empty()));
        let all: Vec<_> = table().blocks.iter().map(|block| block.read().unwrap()).collect();
        let is_of_use = |members: &Members| {
            members.needs_state
                || members.always_needs_state
                || members.made_by_call
                || members.made_bare
                || !(members.requirements.is_empty()
                    && members.arguments.is_empty()
                    && members.state.is_empty())
        };
        assert!(all.iter().all(is_of_use));
        for members in &all {
            for requirement in &members.requirements {
                let mut named = Vec::new();
                requirement.kind.members(&mut named);
                assert!(!named.is_empty(), "{}", requirement.kind);
            }
        }
    }

    /// What is told to people is what the table says.
    #[test]
    fn requirements_are_written_as_they_are_read() {
        for line in TEXT.lines().filter_map(|line| line.strip_prefix("  ")) {
            let Some(kind) = Kind::read(line) else { continue };
            assert_eq!(kind.to_string(), line.replace('?', "").replace("+-", "-"));
        }
    }

    /// What is said of a global that is on no list says nothing.
    #[test]
    fn all_of_it_is_allowed() {
        for (module, name) in table().globals.keys() {
            let verdict = Policy::default().judge(module, name);
            assert!(
                matches!(verdict, Verdict::Allowed | Verdict::AllowedAs(_)),
                "{module} {name}: {verdict:?}"
            );
        }
    }

    /// What is said of a global in one place would not hold where another says something of it, too.
    #[test]
    fn no_global_is_listed_twice() {
        let headers = TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', ' ']));
        let names = headers.map(|line| line.split(' ').count() - 1).sum::<usize>();
        assert_eq!(table().globals.len(), names);
    }
}
