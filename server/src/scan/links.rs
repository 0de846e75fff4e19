//! Links in folders that are not followed: those that lead to something that would be looked at, and is not looked at where it
//! lies, are told of, so that nobody takes a folder of links for a clean one. So are those that are called like a model and lead
//! nowhere: git-annex, DVC and others leave such where a file was not fetched.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::{is_worth_opening, name, seems_to_hold_pickle_as};
use crate::examine::is_named_model;
use crate::settings::Settings;
use crate::source::Source;

/// Those of a run.
#[derive(Debug, Default)]
pub(crate) struct Links {
    count: AtomicUsize,
    first: OnceLock<PathBuf>,
    nowhere: AtomicUsize,
    first_nowhere: OnceLock<PathBuf>,
}

impl Links {
    /// Takes note of a link that is passed over, if what it leads to is not looked at where it lies, which `is_seen` tells.
    pub(super) fn pass(&self, path: &Path, settings: &Settings, is_seen: impl Fn(&Path) -> bool) {
        let Ok(target) = path.canonicalize() else {
            if is_named_model(&name(path)) {
                self.nowhere.fetch_add(1, Relaxed);
                let _ = self.first_nowhere.set(path.to_owned());
            }
            return;
        };
        if is_seen(&target) {
            return;
        }
        let named = name(path);
        let worth = |head: &[u8], len| is_worth_opening(&named, head, len, settings);
        let holds = |piece: &[u8]| seems_to_hold_pickle_as(Some(&named), piece);
        if target.is_dir() || Source::open_if(&target, worth, holds).is_ok_and(|source| source.is_some()) {
            self.count.fetch_add(1, Relaxed);
            let _ = self.first.set(path.to_owned());
        }
    }

    /// How many there are, and the first of them.
    pub(crate) fn passed(&self) -> Option<(usize, &Path)> {
        self.first.get().map(|first| (self.count.load(Relaxed), first.as_path()))
    }

    /// How many models there should be that links lead to, and are not, and the first of them.
    pub(crate) fn nowhere(&self) -> Option<(usize, &Path)> {
        self.first_nowhere.get().map(|first| (self.nowhere.load(Relaxed), first.as_path()))
    }
}
