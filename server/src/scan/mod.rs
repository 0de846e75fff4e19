//! Many files, in parallel, in order: found, opened, worked on, and handed out one after the other. A folder of any size is
//! reported as it is read, and what is done is dropped.

mod files;
mod folder;
pub(crate) mod interrupt;
mod links;
mod pipeline;
mod progress;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memmem;
use pickle_containers::{Glance, carries_behind_header, may_carry, seems_to_hold_pickle_as};

use crate::cli::Inputs;
use crate::examine::{Asked, look};
use crate::members::{Carve, Modules, may_be_headed};
use crate::pool::on_pool;
use crate::settings::{Resolver, Settings};
use crate::source::{Source, SourceError, Wanted, require_regular};
use files::Found;
pub(crate) use files::Walk;
pub(crate) use links::Links;
pub(crate) use progress::Progress;

/// A file to work on.
#[derive(Debug)]
pub(crate) struct Item {
    /// Its path as it was given or found.
    pub(crate) path: PathBuf,
    /// Its bytes, or why there are none.
    pub(crate) source: Result<Source, String>,
    /// How it was come by.
    pub(crate) asked: Asked,
    /// What lies beside it.
    pub(crate) modules: Modules,
    /// What holds for it.
    pub(crate) settings: Arc<Settings>,
}

impl Item {
    /// The file's name.
    pub(crate) fn name(&self) -> String {
        name(&self.path)
    }
}

/// Does `work` on every file, and gives what it makes of them to `take`, in order. While nothing is ready `take` is called
/// with `None` from time to time.
///
/// # Errors
/// The first error of `take`, which ends it.
pub(crate) fn scan<T: Send, E>(
    walk: Walk,
    inputs: &Inputs,
    resolver: &Resolver,
    work: impl Fn(Item) -> T + Sync,
    take: impl FnMut(Option<T>) -> Result<(), E>,
) -> Result<(), E> {
    let stdin_name = inputs.stdin_filename.as_deref().unwrap_or(Path::new("<stdin>"));
    let jobs = inputs.jobs.map(usize::from);
    if let Some(jobs) = jobs {
        // Long streams are read ahead by threads of the pool. Fails only when it was called before.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs).build_global();
    }
    let threads = jobs.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    let work = |found| {
        let item = open(found, stdin_name, resolver)?;
        let length = item.source.as_ref().map_or(0, |source| source.bytes().len());
        Some(on_pool(length, || work(item)))
    };
    let ahead = walk.ahead();
    pipeline::ordered(walk, ahead, threads.unwrap_or(1), work, take)
}

/// Opens what was found; `None` when it is nothing to look at.
fn open(found: Found, stdin_name: &Path, resolver: &Resolver) -> Option<Item> {
    if interrupt::is_interrupted() {
        return None;
    }
    let (path, source, asked) = match found {
        Found::InFolder(path, modules, settings) => {
            let source = open_if_worth(&path, &settings).map_err(|error| error.to_string()).transpose()?;
            return Some(Item { path, source, asked: Asked::InPassing, modules, settings });
        }
        Found::Unreadable(path, failure) => (path, Err(failure), Asked::ByName),
        Found::Input => {
            (stdin_name.to_owned(), read_input().map_err(|error| error.to_string()), Asked::ByName)
        }
        Found::Named(path) => {
            let source = Source::open(&path).map_err(|error| explain(&path, &error));
            (path, source, Asked::ByName)
        }
        Found::Listed(path) => {
            let settings = resolver.of_file(&path);
            let source = require_regular(&path).and_then(|()| open_if_worth(&path, &settings));
            let source = source.map_err(|error| error.to_string()).transpose()?;
            return Some(Item { path, source, asked: Asked::InPassing, modules: Modules::Unknown, settings });
        }
    };
    Some(Item { settings: resolver.of_file(&path), path, source, asked, modules: Modules::Unknown })
}

/// Why a path that was given cannot be read. One with signs of a pattern is one that no shell put names in place of.
fn explain(path: &Path, error: &SourceError) -> String {
    let is_pattern = path.to_string_lossy().contains(['*', '?', '[', '{']);
    match path.try_exists() {
        Ok(false) if is_pattern => {
            format!(
                "{error}; patterns are for the shell, without quotes, or for --include, which looks in folders"
            )
        }
        _ => error.to_string(),
    }
}

fn open_if_worth(path: &Path, settings: &Settings) -> Result<Option<Source>, SourceError> {
    let is_wanted = |head: &[u8], len| is_worth_opening(&name(path), head, len, settings);
    let named = name(path);
    let holds = |piece: &[u8]| {
        seems_to_hold_pickle_as(Some(&named), piece) || may_carry(piece) || holds_archive(piece)
    };
    Source::open_if(path, is_wanted, holds)
}

/// Whether a file of a folder is looked at, by its name, its first bytes and its length.
fn is_worth_opening(name: &str, head: &[u8], len: u64, settings: &Settings) -> Wanted {
    if settings.carve == Carve::Everywhere {
        return Wanted::Yes;
    }
    match look(name, head, len) {
        Glance::Wanted => Wanted::Yes,
        Glance::Text | Glance::Nothing if may_be_headed(name) && carries_behind_header(head) => Wanted::Yes,
        Glance::Text if (head.len() as u64) < len => Wanted::More,
        Glance::Unknown if may_carry(head) => Wanted::Yes,
        Glance::Unknown if (head.len() as u64) < len => Wanted::More,
        Glance::Text | Glance::Unknown | Glance::Nothing => Wanted::No,
    }
}

/// Whether a member of a zip begins in a piece of a file: an archive may have anything in front.
pub(crate) fn holds_archive(piece: &[u8]) -> bool {
    memmem::find(piece, b"PK\x03\x04").is_some()
}

fn read_input() -> io::Result<Source> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(Source::from_bytes(bytes))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
