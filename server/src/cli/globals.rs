//! `pickle-lsp globals`: every global of files and folders, with what it is worth and where it is loaded.

mod json;
mod table;
mod toml;
mod torch;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use clap::ValueEnum;
use pickle_containers::{FaultKind, Item as Found, Kind, Member, SEPARATOR, TextKind};
use pickle_machine::stream::Memory;
use pickle_ops::counted;
use pickle_rules::inventory::{Completion, Inventory, inventory};

use super::options::{self, Inputs, Judging, Rules};
use super::{Failure, Status};
use crate::inner::{Room, inner_members};
use crate::members::Wrapped;
use crate::output::{self, Output, Paint, shown};
use crate::scan::{Item, Walk, interrupt, scan};
use crate::settings::Settings;

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    judging: Judging,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print the `torch.serialization.add_safe_globals([...])` that these files need
    #[arg(long, conflicts_with = "format")]
    torch: bool,
    /// Only globals of these verdicts, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "VERDICT")]
    verdict: Vec<Verdict>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line a global: verdict, name, how often, where
    #[default]
    Table,
    /// One JSON array with an object for each place where a global is loaded
    Json,
    /// An `allow-globals` block of what no list knows, for the configuration
    Toml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Verdict {
    Allowed,
    Unlisted,
    Denied,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Unlisted => "unlisted",
            Self::Denied => "denied",
        }
    }
}

/// A global of a stream.
#[derive(Clone, Debug)]
struct Global {
    /// Module and name as the bytes say, where they are constants.
    written: Option<(String, String)>,
    /// Module and name as looked up.
    resolved: Option<(String, String)>,
    verdict: &'static str,
    /// Whether it is harmless to a loader that judges names alone.
    holds_by_name: bool,
}

/// The globals of a member of a file.
#[derive(Debug)]
struct Listed {
    member: Option<String>,
    globals: Vec<Global>,
    loads: Vec<pickle_rules::inventory::Load>,
}

/// The globals of a file.
#[derive(Debug)]
struct File {
    path: PathBuf,
    members: Vec<Listed>,
    /// Why it was not read, or not whole.
    failure: Option<String>,
}

/// Writes globals in one format.
trait Writer {
    fn file(&mut self, file: &File, out: &mut Output) -> io::Result<()>;
    fn end(&mut self, out: &mut Output) -> io::Result<()>;
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let resolver = options::resolver(Some(&args.inputs), &args.judging, &Rules::default())?;
    let walk = Walk::new(&args.inputs, &resolver)?;
    let (mut out, paint) = output::stdout();
    let mut writer = args.writer(paint);
    let mut failed = false;
    let (mut files, mut found) = (0, false);
    let stop = AtomicBool::new(false);
    interrupt::listen();
    let take = |file: Option<File>| -> io::Result<()> {
        if let Some(mut file) = file {
            if let Some(failure) = &file.failure {
                failed = true;
                output::complain(&format!("{}: {failure}", shown(&file.path)));
            }
            args.keep_wanted(&mut file);
            files += usize::from(file.failure.is_none());
            found |= file.members.iter().any(|member| !member.loads.is_empty());
            writer.file(&file, &mut out)?;
        }
        Ok(())
    };
    let done = scan(walk, &args.inputs, &resolver, |item| list(item, &stop), take);
    stop.store(true, Relaxed);
    done?;
    writer.end(&mut out)?;
    out.flush()?;
    for broken in resolver.take_broken() {
        failed = true;
        output::complain(&broken.to_string());
    }
    if !found && !args.inputs.quiet && args.is_table() {
        output::note(&format!("No globals ({} looked at)", counted(files, "file")));
    }
    Ok(match () {
        () if interrupt::is_interrupted() => Status::Interrupted,
        () if failed => Status::Failed,
        () => Status::Clean,
    })
}

impl Args {
    fn is_table(&self) -> bool {
        !self.torch && self.format == Format::Table
    }

    fn writer(&self, paint: Paint) -> Box<dyn Writer> {
        match self.format {
            _ if self.torch => Box::new(torch::Torch::default()),
            Format::Table => Box::new(table::Table::new(paint)),
            Format::Json => Box::new(json::Json::default()),
            Format::Toml => Box::new(toml::Toml::default()),
        }
    }

    fn keep_wanted(&self, file: &mut File) {
        if self.verdict.is_empty() {
            return;
        }
        for member in &mut file.members {
            let Listed { globals, loads, .. } = member;
            let wanted = |verdict| self.verdict.iter().any(|wanted| wanted.name() == verdict);
            loads.retain(|load| globals.get(load.global).is_some_and(|global| wanted(global.verdict)));
        }
    }
}

/// Lists the globals of a file: of all that is or may be a pickle in it.
fn list(item: Item, stop: &AtomicBool) -> File {
    let Item { path, source, settings, .. } = item;
    let source = match source {
        Ok(source) => source,
        Err(failure) => return File { path, members: Vec::new(), failure: Some(failure) },
    };
    let halt = || stop.load(Relaxed) || interrupt::is_interrupted();
    let mut failure = None;
    let mut members = Vec::new();
    let Settings { limits, carve, .. } = &*settings;
    let file =
        Wrapped { path: &path, bytes: source.bytes(), limits, carve: *carve, only: None, interrupt: &halt };
    file.visit_all(&mut |item| {
        let member = match item {
            Found::Member(member) => member,
            // What lies beyond a limit may ask for anything.
            Found::Fault(fault) if fault.kind == FaultKind::LimitReached => {
                failure.get_or_insert(fault.message);
                return;
            }
            Found::Fault(_) | Found::Code(_) => return,
        };
        let unclear = matches!(member.kind, Kind::Unknown | Kind::Text(TextKind::Plain));
        let Some(bytes) = member.bytes.as_deref() else { return };
        if !(member.is_candidate() || member.path.is_none() && unclear) {
            return;
        }
        let mut list = |member: &Member<'_>| {
            let bytes = member.bytes.as_deref().unwrap_or_default();
            let memory = member.bytes.as_ref().map(Memory::from).unwrap_or_default();
            let found = inventory(bytes, &settings.rules.policy, memory, &halt);
            if found.completion != Completion::Whole {
                failure.get_or_insert_with(|| "not all of it was read".to_owned());
            }
            members.push(listed(member, found));
        };
        list(&member);
        // Of pickles in constants, those that a loader surely reads: the items of joblib's arrays of objects.
        if memchr::memmem::find(bytes, WRAPPER).is_some() {
            let inside =
                inner_members(std::slice::from_ref(&member), &mut Room::new(&settings.limits), &halt);
            inside.iter().map(|inner| &inner.member).filter(|member| is_of_array(member)).for_each(list);
        }
    });
    if source.disturbed() {
        failure = Some("the file changed while it was read".to_owned());
    }
    File { path, members, failure }
}

/// The class of arrays of which a pickle of their own may lie behind them.
const WRAPPER: &[u8] = b"NumpyArrayWrapper";

/// Whether a member lies in a pickle as the items of an array.
fn is_of_array(member: &Member<'_>) -> bool {
    let last = member.path.as_deref().and_then(|path| path.rsplit(SEPARATOR).next());
    last.is_some_and(|name| name.starts_with("array@"))
}

fn listed(member: &Member<'_>, found: Inventory<'_>) -> Listed {
    let own = |names: &pickle_machine::Names<'_>| (names.module.to_string(), names.name.to_string());
    let globals = found.globals.iter().map(|global| Global {
        written: global.written.as_ref().map(own),
        resolved: global.resolved.as_ref().map(own),
        verdict: global.verdict.name(),
        holds_by_name: global.verdict.holds_by_name(),
    });
    Listed { member: member.path.clone(), globals: globals.collect(), loads: found.loads }
}

/// `module.name`, or what stands for names that are no constants.
fn dotted(names: Option<&(String, String)>) -> String {
    names.map_or_else(|| "(computed)".to_owned(), |(module, name)| format!("{module}.{name}"))
}
