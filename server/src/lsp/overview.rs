//! What a container holds, as text: a comment a member, with a link to its listing.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use pickle_containers::Kind;
use pickle_machine::render::escape;
use pickle_ops::counted;

use super::content::{Content, Held};
use super::failure::Failure;
use super::virtual_documents::Stream;
use super::work::Work;
use crate::examine::other_than_pickle;

/// The text, and where its links are.
#[derive(Debug, Default)]
pub(crate) struct Overview {
    /// The text.
    pub(crate) text: String,
    /// Row, columns in bytes, and the stream that the name there links to.
    pub(crate) links: Vec<(usize, Range<usize>, Stream)>,
    rows: usize,
}

/// Bytes of all pickles of a file up to which their number is counted.
const COUNTED: u64 = 32 << 20;

/// The overview of a container.
pub(crate) fn overview(work: &Work, content: &Arc<Content>) -> Result<Overview, Failure> {
    work.session.library.follow(content, &|| work.is_cancelled())?;
    let mut overview = Overview::default();
    let pickles = content.pickles().count();
    let name = content.path.file_name().map(|name| escape(&name.to_string_lossy())).unwrap_or_default();
    let members = content.members().count();
    overview.row(&format!(
        "{name}: {}, {}, {}",
        content.format,
        counted(members, "member"),
        counted(pickles, "pickle")
    ));
    let width = content.members().map(|member| shown(member).chars().count()).max().unwrap_or(0).min(80);
    let is_small =
        content.pickles().filter_map(|index| content.get(index)).map(|member| member.size).sum::<u64>()
            <= COUNTED;
    for (index, member) in content.members().enumerate() {
        let readable = member.candidate && content.can_be_read(index);
        let what = match readable && is_small {
            true => count_pickles(work, content, index)?,
            false => kind(member),
        };
        let name = shown(member);
        if readable {
            // "# " stands before it.
            overview.links.push((overview.rows, 2..2 + name.len(), content.stream_of(index)));
        }
        let blanks = width.saturating_sub(name.chars().count());
        overview.row(&format!("{name}{:blanks$}  {:>12} bytes  {what}", "", member.size));
    }
    for fault in content.faults() {
        let member =
            fault.member.as_deref().map(|member| format!(" {}:", escape(member))).unwrap_or_default();
        overview.row(&format!("fault:{member} {}", escape(&fault.message)));
    }
    Ok(overview)
}

impl Overview {
    fn row(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "# {}", text.trim_end());
        self.rows += 1;
    }
}

/// The name of a member; the nameless one has none of its own.
fn shown(member: &Held) -> String {
    member.path.as_deref().map_or_else(|| "(the file itself)".to_owned(), escape)
}

fn kind(member: &Held) -> String {
    match member.kind {
        Kind::Pickle => "pickle".to_owned(),
        Kind::Container(name) => name.to_owned(),
        Kind::Unknown => "data".to_owned(),
        other => other_than_pickle(other).unwrap_or_default(),
    }
}

fn count_pickles(work: &Work, content: &Arc<Content>, member: usize) -> Result<String, Failure> {
    let indexed = work.session.library.indexed(content, member, &|| work.is_cancelled())?;
    Ok(counted(indexed.recording.pickles().count(), "pickle"))
}
