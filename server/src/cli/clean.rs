//! `pickle-lsp clean`: removes the results that `lint --cache` remembers, and nothing else.

use std::path::PathBuf;

use super::{Failure, Status};
use crate::cache::Cache;
use crate::output::{self, shown};

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where they are, if not where they usually are
    #[arg(long, value_name = "FOLDER")]
    cache_dir: Option<PathBuf>,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let Some(folder) = args.cache_dir.clone().or_else(Cache::usual_folder) else {
        return Err("there is no folder for caches: give one with --cache-dir".to_owned().into());
    };
    let cache = Cache::new(&folder);
    let removed = cache.clean().map_err(|error| format!("{}: {error}", shown(cache.folder())))?;
    let said = if removed { "removed" } else { "nothing to remove:" };
    output::note(&format!("{said} {}", shown(cache.folder())));
    Ok(Status::Clean)
}
