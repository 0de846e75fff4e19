//! `pickle-lsp config [PATH]`: what holds for a file or folder, each key with where it comes from; and the schema.

use std::io::Write;
use std::path::{Path, PathBuf};

use pickle_config::Options;

use super::options::{self, Judging, Rules};
use super::{Failure, Status};
use crate::output::{self, DIM, shown};
use crate::paths;

/// The schema, which is made of the options by `cargo xtask generate`.
const SCHEMA: &str = include_str!("../../docs/pickle-lsp.schema.json");

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file or folder
    #[arg(default_value = ".", value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    judging: Judging,
    /// Print the JSON schema of pickle-lsp.toml instead
    #[arg(long)]
    schema: bool,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let (mut out, paint) = output::stdout();
    if args.schema {
        out.write_all(SCHEMA.as_bytes())?;
        out.flush()?;
        return Ok(Status::Clean);
    }
    let resolver = options::resolver(None, &args.judging, &args.rules)?;
    let settings =
        if args.path.is_dir() { resolver.of_folder(&args.path) } else { resolver.of_file(&args.path) };
    let broken = resolver.take_broken();
    if !broken.is_empty() {
        let all: Vec<_> = broken.iter().map(ToString::to_string).collect();
        return Err(all.join("\n       ").into());
    }
    let origin =
        settings.file.as_ref().map_or("no configuration".to_owned(), |file| shown(&paths::near(&file.path)));
    writeln!(out, "{}", paint.paint(DIM, format_args!("# {}: {origin}", shown(&args.path))))?;
    let given = settings.given.given();
    for field in Options::FIELDS {
        let value = given.iter().find(|(key, _)| *key == field.name).map(|(_, value)| value.as_str());
        let place = settings.file.as_ref().and_then(|file| Some((file, file.places.get(field.name)?)));
        let (value, origin) = match (value, place) {
            (Some(value), Some((file, place))) => {
                let name = file.path.file_name().map_or(String::new(), |name| shown(Path::new(name)));
                (value, format!("{name}:{}", place.line))
            }
            (Some(value), None) => (value, "command line".to_owned()),
            (None, _) => (field.default, "default".to_owned()),
        };
        let origin = paint.paint(DIM, format_args!("# {origin}"));
        if value.is_empty() {
            writeln!(out, "# {} is not set", field.name)?;
        } else {
            writeln!(out, "{} = {value}  {origin}", field.name)?;
        }
    }
    out.flush()?;
    Ok(Status::Clean)
}
