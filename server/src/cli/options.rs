//! Options that several verbs share: what is looked at, and how it is judged.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pickle_config::{Entry, Format, Options, Pattern, PresetName, RuleSelector, Text};
use pickle_rules::policy::presets;

use super::Failure;
use crate::settings::{Resolver, Scope, vocabulary};

/// Files that are looked at at a time, at most: each takes a thread, and to start a million of them takes a machine down.
const MOST_JOBS: i64 = 256;

/// What is looked at.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Inputs {
    /// Files and folders; `-` is standard input [default: .]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Also what this file lists, a path a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,
    /// Paths of --files-from end at NUL bytes, as `find -print0` and `git ls-files -z` write them
    #[arg(short = '0', long, requires = "files_from")]
    pub(crate) null: bool,
    /// Take files that are given like those of a folder: what is no pickle, and need not be one by its name, is passed over
    #[arg(long)]
    pub(crate) in_passing: bool,
    /// What standard input is called in the report
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// Leave out files and folders that fit this pattern
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Of folders, look only at files that fit this pattern
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Leave out what is excluded even where it is given on the command line
    #[arg(long)]
    pub(crate) force_exclude: bool,
    /// Leave out what git ignores (off: a model that git ignores is still loaded)
    #[arg(long)]
    pub(crate) respect_gitignore: bool,
    /// Follow symbolic links in folders
    #[arg(long)]
    pub(crate) follow: bool,
    /// Look for pickles at any offset of any file, not only of those that are called pickles
    #[arg(long)]
    pub(crate) carve: bool,
    /// Files that are looked at at a time [default: as many as there are processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_JOBS))]
    pub(crate) jobs: Option<u16>,
    /// Show no progress bar
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// Print results only: no summary, no notes, no progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// How it is judged.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Judging {
    /// Use this configuration (pickle-lsp.toml, or pyproject.toml) instead of the nearest of each file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Use no configuration: for folders from elsewhere, which may bring their own
    #[arg(long, conflicts_with = "config")]
    isolated: bool,
    /// Use the configuration of this folder, or the nearest above it, for all files: none that lies deeper holds
    #[arg(long)]
    root_config: bool,
    /// Trust globals that fit this pattern, such as `myapp.models.*`
    #[arg(long, value_name = "PATTERN")]
    allow_global: Vec<String>,
    /// Presets of allowed globals that are on: names, `all` or `none`, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_name = "PRESET")]
    preset: Vec<String>,
}

/// Which rules are on.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Rules {
    /// Only these rules: codes, beginnings of codes, or names, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    select: Vec<String>,
    /// These rules as well
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    extend_select: Vec<String>,
    /// Not these rules
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    ignore: Vec<String>,
}

/// The first of the arguments that is taken for an option and is the name of a file at once: hooks and shells pass names of files
/// as they are, and one of `--exclude=*.pkl` would switch off what looks at it.
pub(super) fn also_a_file(arguments: impl Iterator<Item = OsString>) -> Option<OsString> {
    let mut options = arguments
        .take_while(|argument| argument != "--")
        .filter(|argument| argument.as_encoded_bytes().starts_with(b"-") && argument != "-");
    options.find(|argument| Path::new(argument).symlink_metadata().is_ok())
}

/// Where configurations are looked for, and what the command line puts on top.
///
/// # Errors
/// A rule, preset or pattern that there is none of.
pub(crate) fn resolver(
    inputs: Option<&Inputs>,
    judging: &Judging,
    rules: &Rules,
) -> Result<Arc<Resolver>, Failure> {
    let mut over = Options {
        select: selectors(&rules.select),
        extend_select: selectors(&rules.extend_select),
        ignore: selectors(&rules.ignore),
        presets: enabled(&judging.preset)?,
        ..Options::default()
    };
    check("--select", Format::Rule, &rules.select)?;
    check("--extend-select", Format::Rule, &rules.extend_select)?;
    check("--ignore", Format::Rule, &rules.ignore)?;
    check("--allow-global", Format::Global, &judging.allow_global)?;
    if let Some(inputs) = inputs {
        inputs.check()?;
    }
    if !judging.allow_global.is_empty() {
        over.allow_globals = Some(judging.allow_global.iter().map(|text| entry(text)).collect());
    }
    if let Some(inputs) = inputs {
        over.force_exclude = inputs.force_exclude.then_some(true);
        over.respect_gitignore = inputs.respect_gitignore.then_some(true);
        over.follow_links = inputs.follow.then_some(true);
        over.carve = inputs.carve.then_some(true);
    }
    let scope = match &judging.config {
        _ if judging.isolated => Scope::Isolated,
        Some(path) => Scope::Fixed(path.clone()),
        None if judging.root_config => Scope::Here,
        None => Scope::Nearest,
    };
    let resolver = Resolver::new(scope, over);
    if judging.config.is_some() {
        // What was asked for and cannot be had is no matter of single files.
        resolver.of_folder(Path::new(""));
        if let Some(broken) = resolver.take_broken().first() {
            return Err(broken.to_string().into());
        }
    }
    Ok(Arc::new(resolver))
}

fn selectors(texts: &[String]) -> Option<Vec<RuleSelector>> {
    (!texts.is_empty()).then(|| texts.iter().map(|text| RuleSelector(text.clone())).collect())
}

impl Inputs {
    /// Whether standard input is among what is looked at.
    pub(crate) fn has_stdin(&self) -> bool {
        self.paths.iter().any(|path| path == Path::new("-"))
    }

    /// Whether they can be had all at once.
    fn check(&self) -> Result<(), Failure> {
        if self.has_stdin() && self.files_from.as_deref() == Some(Path::new("-")) {
            let message = "standard input cannot be a file to look at and the list for --files-from at once";
            return Err(message.to_owned().into());
        }
        if self.stdin_filename.is_some() && !self.has_stdin() {
            let message =
                "--stdin-filename is the name of standard input, which is not among the paths: add `-`";
            return Err(message.to_owned().into());
        }
        Ok(())
    }
}

/// The same as for the configuration, and said the same way.
fn check(option: &str, format: Format, texts: &[String]) -> Result<(), Failure> {
    let vocabulary = vocabulary();
    let objection = texts.iter().find_map(|text| vocabulary.objection(format, text));
    objection.map_or(Ok(()), |objection| {
        Err(format!("{option}: {}", pickle_machine::render::escape(&objection)).into())
    })
}

fn entry(pattern: &str) -> Entry {
    Entry {
        name: Some(Pattern(pattern.to_owned())),
        reason: Some(Text("given on the command line".to_owned())),
    }
}

/// The presets that are on, as a table of switches.
fn enabled(names: &[String]) -> Result<Option<std::collections::BTreeMap<PresetName, bool>>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut switches = std::collections::BTreeMap::from([(PresetName("all".to_owned()), false)]);
    for name in names {
        if name != "none" && name != "all" && !presets().any(|preset| preset == name) {
            let known: Vec<_> = presets().collect();
            let name = pickle_machine::render::escape(name);
            return Err(
                format!("no preset is called `{name}`: there are {}, all, none", known.join(", ")).into()
            );
        }
        if name != "none" {
            switches.insert(PresetName(name.clone()), true);
        }
    }
    Ok(Some(switches))
}
