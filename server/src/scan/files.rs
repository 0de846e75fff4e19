//! Which files there are, in a stable order: folders are walked by name ([`super::folder`]), links in them are not followed unless
//! that is asked for, and nothing is left out for being hidden or, unless that is asked for, ignored by git. Opens no file but
//! lists of files.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder};
use pickle_config::{FileGlobs, Glob, Options};

use super::folder::Folders;
use super::interrupt::is_interrupted;
use super::links::Links;
use crate::cli::Inputs;
use crate::members::Modules;
use crate::output::shown;
use crate::paths;
use crate::settings::{Resolver, Settings};
use crate::source::Stamp;

/// Something to look at.
#[derive(Debug)]
pub(crate) enum Found {
    /// Standard input.
    Input,
    /// A path that was given.
    Named(PathBuf),
    /// A path in a list: what the list was made for is not known, and most of what it names may be no pickle.
    Listed(PathBuf),
    /// A regular file in a folder that was given, what lies beside it, and what holds for it.
    InFolder(PathBuf, Modules, Arc<Settings>),
    /// A folder or a list that cannot be read, and why.
    Unreadable(PathBuf, String),
}

/// All files, one after the other.
pub(crate) struct Walk {
    files: Iter,
    links: Arc<Links>,
    /// Whether somebody else says what there is, and may take their time.
    may_wait: bool,
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if is_interrupted() { None } else { self.files.next() }
    }
}

impl Walk {
    /// How each file is: what changes when it does.
    pub(crate) fn states(self) -> impl Iterator<Item = (PathBuf, Option<Stamp>)> {
        self.filter_map(|found| match found {
            Found::Input => None,
            Found::Named(path)
            | Found::Listed(path)
            | Found::InFolder(path, ..)
            | Found::Unreadable(path, _) => {
                let stamp = Stamp::of(&path).ok();
                Some((path, stamp))
            }
        })
    }
}

/// What decides which files are left out.
#[derive(Clone)]
pub(super) struct Filter {
    resolver: Arc<Resolver>,
    /// Patterns of the command line, relative to the folder of the process.
    globs: Arc<FileGlobs>,
    here: PathBuf,
    /// The paths that were given, without links: what is given is not looked at as part of a folder once more.
    given: Arc<HashSet<PathBuf>>,
    links: Arc<Links>,
}

impl Filter {
    /// What holds for the files of a folder.
    pub(super) fn settings_in(&self, folder: &Path) -> Arc<Settings> {
        self.resolver.of_folder(folder)
    }

    /// Whether a file or folder for which `settings` hold is left out.
    pub(super) fn excludes(&self, path: &Path, settings: &Settings) -> bool {
        !self.globs.takes_all() && self.globs.excludes(&paths::relative(path, &self.here))
            || settings.excludes(path)
    }

    /// Whether a file in a folder for which `settings` hold is looked at.
    pub(super) fn takes(&self, path: &Path, settings: &Settings) -> bool {
        (self.globs.takes_all() || self.globs.takes(&paths::relative(path, &self.here)))
            && settings.takes(path)
    }

    /// Whether what is in a folder may have been given itself.
    pub(super) fn has_given(&self) -> bool {
        self.given.len() > 1
    }

    /// Takes note of a link that is not followed.
    pub(super) fn pass_link(&self, path: &Path, settings: &Settings) {
        if !self.excludes(path, settings) && self.takes(path, settings) {
            let git = settings.given.respect_gitignore == Some(true);
            let is_below = |path: &Path| git && path.ancestors().any(|path| self.is_given(path));
            let is_seen = |path: &Path| self.is_given(path) || self.is_walked(path) || is_below(path);
            self.links.pass(path, settings, is_seen);
        }
    }

    /// Whether a path, without links, was given itself.
    pub(super) fn is_given(&self, path: &Path) -> bool {
        self.given.contains(path)
    }

    /// What is below a path of a list, but for what was looked at before.
    fn below_once(&mut self, path: PathBuf) -> Iter {
        let real = real(&path);
        if self.is_given(&real) || self.is_walked(&real) {
            return Box::new(std::iter::empty());
        }
        // Folders that were walked hold on to what was given by then; the last one is done.
        Arc::make_mut(&mut self.given).insert(real);
        below(path, self, Found::Listed)
    }

    /// Whether a path, without links, is in a folder that was given, and surely was not left out there.
    fn is_walked(&self, path: &Path) -> bool {
        let Some(folder) = path.ancestors().skip(1).find(|folder| self.is_given(folder)) else {
            return false;
        };
        let options = &self.settings_in(folder).given;
        let is_link = options.follow_links != Some(true) && path.is_symlink();
        // What git ignores is known to the walk alone.
        if is_link || options.respect_gitignore == Some(true) {
            return false;
        }
        let settings = |path: &Path| self.resolver.of_file(path);
        let mut between = path.ancestors().skip(1).take_while(|ancestor| *ancestor != folder);
        !between.any(|path| self.excludes(path, &settings(path)))
            && match path.metadata() {
                Ok(kind) if kind.is_dir() => !self.excludes(path, &settings(path)),
                Ok(kind) if kind.is_file() => self.takes(path, &settings(path)),
                _ => false,
            }
    }

    /// Whether a path that was given is left out.
    fn excludes_given(&self, path: &Path) -> bool {
        let settings = self.resolver.of_file(path);
        settings.given.force_exclude == Some(true) && self.excludes(path, &settings)
    }
}

impl Walk {
    /// Everything below the paths, which are taken in order and once each, and then what a list names and they do not hold.
    ///
    /// # Errors
    /// A pattern that is none, or a list that cannot be read.
    pub(crate) fn new(inputs: &Inputs, resolver: &Arc<Resolver>) -> Result<Self, String> {
        Self::without(None, inputs, resolver)
    }

    /// The same without a file that is being written meanwhile.
    ///
    /// # Errors
    /// As [`Walk::new`].
    pub(crate) fn without(
        written: Option<&Path>,
        inputs: &Inputs,
        resolver: &Arc<Resolver>,
    ) -> Result<Self, String> {
        let patterns =
            |texts: &[String]| texts.iter().map(|text| Glob::parse(text)).collect::<Result<Vec<_>, _>>();
        let mut given = Options { exclude: Some(patterns(&inputs.exclude)?), ..Options::default() };
        given.include = Some(patterns(&inputs.include)?).filter(|include| !include.is_empty());
        let mut filter = Filter {
            resolver: resolver.clone(),
            globs: Arc::new(FileGlobs::new(&given)),
            here: std::env::current_dir().unwrap_or_default(),
            given: Arc::default(),
            links: Arc::default(),
        };
        let mut paths = inputs.paths.clone();
        if paths.is_empty() && inputs.files_from.is_none() {
            paths.push(PathBuf::from("."));
        }
        paths.sort();
        // `a`, `./a` and `b/../a` are the same file.
        let mut seen = HashSet::new();
        let is_input = |path: &Path| path == Path::new("-");
        paths.retain(|path| seen.insert(if is_input(path) { path.clone() } else { real(path) }));
        seen.extend(written.map(real));
        filter.given = Arc::new(seen);
        let listed = match &inputs.files_from {
            Some(list) => Some(listed(list, inputs.null)?),
            None => None,
        };
        let mut of_list = filter.clone();
        let listed = listed.into_iter().flatten().flat_map(move |path| match path {
            Ok(path) => of_list.below_once(path),
            Err((list, reason)) => one(Found::Unreadable(list, reason)),
        });
        let file = if inputs.in_passing { Found::Listed } else { Found::Named };
        let links = filter.links.clone();
        let given = paths.into_iter().flat_map(move |path| below(path, &filter, file));
        Ok(Self { files: Box::new(given.chain(listed)), links, may_wait: inputs.files_from.is_some() })
    }

    /// The links that are not followed, as far as the walk has come.
    pub(crate) fn links(&self) -> Arc<Links> {
        self.links.clone()
    }

    /// How many files may be looked for ahead of those that are worked on.
    pub(super) fn ahead(&self) -> usize {
        if self.may_wait { 0 } else { AHEAD }
    }
}

/// A path without links: but for its last part if that is no folder, as a link to a file is a name of its own.
pub(super) fn real(path: &Path) -> PathBuf {
    let absolute = || std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder_of = || {
        let parent =
            path.parent().map(|parent| if parent == Path::new("") { Path::new(".") } else { parent });
        Some(parent?.canonicalize().ok()?.join(path.file_name()?))
    };
    let found = if path.is_dir() { path.canonicalize().ok() } else { folder_of() };
    found.unwrap_or_else(absolute)
}

type Iter = Box<dyn Iterator<Item = Found> + Send>;

/// Files that are looked for before a thread is free for them: to wait for one takes longer than to open it.
const AHEAD: usize = 32;

fn one(found: Found) -> Iter {
    Box::new(std::iter::once(found))
}

fn below(path: PathBuf, filter: &Filter, file: fn(PathBuf) -> Found) -> Iter {
    if path == Path::new("-") {
        one(Found::Input)
    } else if filter.excludes_given(&path) {
        Box::new(std::iter::empty())
    } else if path.is_dir() {
        folder(&path, filter)
    } else {
        one(file(path))
    }
}

fn folder(path: &Path, filter: &Filter) -> Iter {
    let settings = filter.settings_in(path);
    let (links, git) = (settings.given.follow_links, settings.given.respect_gitignore);
    if links == Some(true) || git == Some(true) {
        Box::new(folder_with(path, filter, links == Some(true), git == Some(true)))
    } else {
        Box::new(Folders::new(path, filter.clone()))
    }
}

/// The files of a folder where links are followed, or what git ignores is left out.
fn folder_with(
    path: &Path,
    filter: &Filter,
    links: bool,
    git: bool,
) -> impl Iterator<Item = Found> + Send + use<> {
    let root = path.to_owned();
    let mut builder = WalkBuilder::new(path);
    // By name: what is compared lies in one folder. To take the name out of a path would cost more than all the rest.
    builder.standard_filters(false).sort_by_file_path(|a, b| a.as_os_str().cmp(b.as_os_str()));
    builder.follow_links(links);
    if git {
        builder.git_ignore(true).git_exclude(true).git_global(true).parents(true);
    }
    let folders = filter.clone();
    let (top, real_top) = (root.clone(), real(&root));
    builder.filter_entry(move |entry| {
        let is_given = || {
            let inside = entry.path().strip_prefix(&top);
            folders.has_given() && inside.is_ok_and(|inside| folders.is_given(&real_top.join(inside)))
        };
        let excludes = |path: &Path| folders.excludes(path, &folders.resolver.of_file(path));
        entry.depth() == 0 || !is_given() && (is_file(entry) || !excludes(&tidy(entry.path().to_owned())))
    });
    let files = filter.clone();
    builder.build().filter_map(move |entry| match entry {
        Ok(entry) if is_file(&entry) => {
            let path = tidy(entry.into_path());
            let settings = files.resolver.of_file(&path);
            files.takes(&path, &settings).then_some(Found::InFolder(path, Modules::Unknown, settings))
        }
        Ok(entry) if entry.path_is_symlink() && !links => {
            let path = tidy(entry.into_path());
            files.pass_link(&path, &files.resolver.of_file(&path));
            None
        }
        Ok(_) => None,
        Err(error) => {
            let (path, reason) = explain(&error);
            Some(Found::Unreadable(path.unwrap_or_else(|| root.clone()), reason))
        }
    })
}

/// Bytes of a line that can be no path any more: what is given as a list may be `/dev/zero`.
const LONGEST_PATH: u64 = 64 << 10;

/// The paths in a list, read as they are needed.
#[allow(clippy::type_complexity, reason = "what it says is what it is")]
fn listed(
    list: &Path,
    null: bool,
) -> Result<impl Iterator<Item = Result<PathBuf, (PathBuf, String)>> + Send + use<>, String> {
    let mut reader: Box<dyn BufRead + Send> = if list == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(list).map_err(|error| format!("{}: {error}", shown(list)))?;
        Box::new(BufReader::new(file))
    };
    let list = list.to_owned();
    let end = if null { 0 } else { b'\n' };
    let mut ended = false;
    let mut also = None;
    Ok(std::iter::from_fn(move || {
        if let Some(line) = also.take() {
            return Some(Ok(paths::from_bytes(line)));
        }
        while !ended {
            let mut line = Vec::new();
            match (&mut reader).take(LONGEST_PATH).read_until(end, &mut line) {
                Ok(0) => ended = true,
                Ok(_) if line.len() as u64 == LONGEST_PATH => {
                    ended = true;
                    let reason = format!("expected paths, found a line of {LONGEST_PATH} bytes or more");
                    return Some(Err((list.clone(), reason)));
                }
                Ok(_) => {
                    if line.last() == Some(&end) {
                        line.pop();
                    }
                    if !null && line.last() == Some(&b'\r') {
                        // It ends the line, or the name, or nobody can tell.
                        let whole = line.clone();
                        line.pop();
                        if is_there(&whole) {
                            also = Some(line).filter(|line| is_there(line));
                            return Some(Ok(paths::from_bytes(whole)));
                        }
                    }
                    if !line.is_empty() {
                        return Some(Ok(paths::from_bytes(line)));
                    }
                }
                Err(error) => {
                    ended = true;
                    return Some(Err((list.clone(), error.to_string())));
                }
            }
        }
        None
    }))
}

/// Whether there is something of the name that a line is.
fn is_there(line: &[u8]) -> bool {
    !line.is_empty() && paths::from_bytes(line.to_vec()).symlink_metadata().is_ok()
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

/// `./a` as people write it.
pub(super) fn tidy(path: PathBuf) -> PathBuf {
    path.strip_prefix("./").map(Path::to_owned).unwrap_or(path)
}

/// The path and the reason in an error of the walk.
fn explain(error: &ignore::Error) -> (Option<PathBuf>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(tidy(path.clone())), explain(err).1),
        ignore::Error::WithDepth { err, .. } => explain(err),
        ignore::Error::Io(error) => {
            // The crate of the walk puts the path into the text; beneath is what the system said.
            let beneath = error.get_ref().and_then(|walk| walk.source()?.downcast_ref());
            (None, explain_io(beneath.unwrap_or(error)))
        }
        ignore::Error::Loop { child, ancestor } => (
            Some(tidy(child.clone())),
            format!("a link to {}, which it is in: it is not followed", shown(ancestor)),
        ),
        other => (None, other.to_string()),
    }
}

/// Why a folder, or what is in it, cannot be read.
pub(super) fn explain_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        _ => error.to_string(),
    }
}
