//! What is to be said of a file: its containers unwrapped, every pickle in them judged.
//!
//! Bytes in, diagnostics out. It opens nothing and prints nothing; the command line and the language server both ask here.

mod embedded;
mod faults;
mod kinds;
mod names;
mod places;
mod records;
mod rows;
mod shadowed;

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use pickle_containers::{
    Fault, FaultKind, Item, Kind, Limits, Member, NPY, SEPARATOR, TextKind, is_pickle_name,
};
use pickle_machine::segments::Segments;
use pickle_machine::stream::Memory;
use pickle_rules::{
    Alone, Completion, Finding, Interrupt, Options, Severity, Storages, container, lint_stream_within,
    policy::Policy,
};

use crate::cache::{Cache, WORTH_IT};
use crate::inner::Room;
use crate::members::{self, Carve, Modules, Wrapped};
use crate::report::Diagnostic;
pub(crate) use kinds::{is_named_model, look, other_than_pickle};
use names::Names;
pub(crate) use names::promises_text;
pub(crate) use records::Records;

/// How a file came to be examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Someone named it: it should be a pickle.
    ByName,
    /// It lay in a folder that someone named: it may be anything.
    InPassing,
}

/// What is to be known of the place of a finding, cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Its bytes.
    Offsets,
    /// Also its rows and columns in the listing.
    Places,
    /// Also the text of the rows around it.
    Excerpts,
}

/// What to examine, and how.
#[derive(Clone, Copy)]
pub(crate) struct Question<'q> {
    /// Where the file is: its name is a hint, and others may be beside it.
    pub(crate) path: &'q Path,
    /// The file's name.
    pub(crate) name: &'q str,
    /// Where pickles are looked for that nothing leads to.
    pub(crate) carve: Carve,
    /// How it came to be examined.
    pub(crate) asked: Asked,
    /// What lies beside it.
    pub(crate) modules: Modules,
    /// Rules and policy.
    pub(crate) options: &'q Options,
    /// How much of containers is unpacked.
    pub(crate) limits: &'q Limits,
    /// What a pickle may take.
    pub(crate) memory: Memory,
    /// What is wanted besides offsets.
    pub(crate) detail: Detail,
    /// What was found before, where that is wanted.
    pub(crate) cache: Option<&'q Cache>,
    /// Where pickles of torch have the numbers of tensors, where that is known.
    pub(crate) records: Option<&'q Records<'q>>,
    /// Is told the numbers of allowed patterns that allowed something.
    pub(crate) allowed: &'q (dyn Fn(&[usize]) + Sync),
    /// Asked from time to time; when it says yes, the answer is cut short.
    pub(crate) interrupt: Interrupt<'q>,
}

/// All that is to be said of a file with these bytes: of it as a container, then by member, then by offset. No more than one
/// decompressed member is in memory at a time.
pub(crate) fn examine(bytes: &[u8], question: &Question<'_>) -> Vec<Diagnostic> {
    let &Question { path, limits, interrupt, .. } = question;
    let carve = if question.carve == Carve::Everywhere { Carve::Everywhere } else { Carve::Harm };
    let records = Records::new(bytes, limits, interrupt);
    let question = &Question { records: Some(&records), ..*question };
    let mut examination = Examination::new(question);
    let (mut named, mut slices) = (Vec::new(), Vec::new());
    let file = Wrapped { path, bytes, limits, carve, only: None, interrupt };
    let format = file.visit(&mut |item| {
        let is_file = matches!(&item, Item::Member(Member { path: None, .. }));
        examination.item(item);
        named.extend(examination.room.beside.drain(..).filter(|_| is_file));
        slices.extend(examination.room.slices.drain(..).filter(|_| is_file));
    });
    members::visit_beside(path, &named, limits, interrupt, &mut |item| examination.item(item));
    members::visit_slices(path, &slices, limits, interrupt, &mut |item| examination.item(item));
    examination.finish(format)
}

/// All that is to be said of a file that is unwrapped already.
pub(crate) fn examine_members<'m>(
    bytes: &[u8],
    format: &str,
    faults: impl Iterator<Item = &'m Fault>,
    members: impl Iterator<Item = Member<'m>>,
    question: &Question<'_>,
) -> Vec<Diagnostic> {
    let records = Records::new(bytes, question.limits, question.interrupt);
    let question = &Question { records: Some(&records), ..*question };
    let mut examination = Examination::new(question);
    faults.for_each(|fault| examination.fault(fault.clone()));
    members.for_each(|member| examination.member(&member));
    examination.finish(format)
}

/// A file that is being examined, as it is unwrapped: the faults of a member before the member.
struct Examination<'q> {
    question: &'q Question<'q>,
    faults: Vec<Fault>,
    /// Members of which bytes could not be had.
    hidden: HashSet<Option<String>>,
    names: Names,
    /// What is left of the limits for what lies in constants.
    room: Room,
    holds_pickles: bool,
    /// The pickles of objects in tars of torch.
    of_torch_tars: HashSet<String>,
    /// Pickles in bytes that nothing is recognised in.
    in_passing: HashSet<String>,
    found: Vec<Diagnostic>,
}

impl<'q> Examination<'q> {
    /// Nothing was seen yet.
    fn new(question: &'q Question<'q>) -> Self {
        let names = Names::new(question.name);
        let (faults, hidden, found) = (Vec::new(), HashSet::new(), Vec::new());
        let room = Room::new(question.limits);
        Self {
            question,
            faults,
            hidden,
            names,
            room,
            holds_pickles: false,
            of_torch_tars: HashSet::new(),
            in_passing: HashSet::new(),
            found,
        }
    }

    fn item(&mut self, item: Item<'_>) {
        match item {
            Item::Fault(fault) => self.fault(fault),
            // What is wrong with it is a fault.
            Item::Code(_) => {}
            Item::Member(member) => self.member(&member),
        }
    }

    /// Takes note of a fault.
    fn fault(&mut self, fault: Fault) {
        if fault.kind.hides_bytes() {
            self.hidden.insert(fault.member.clone());
        }
        if fault.kind == FaultKind::CarvedInPassing {
            self.in_passing.extend(fault.member.clone());
        }
        self.faults.push(fault);
    }

    /// Examines a member.
    fn member(&mut self, member: &Member<'_>) {
        if (self.question.interrupt)() {
            return;
        }
        let in_passing = member.path.as_ref().is_some_and(|path| self.in_passing.contains(path));
        self.holds_pickles |= member.is_candidate() && !in_passing;
        self.of_torch_tars.extend(kinds::pickle_of_torch_tar(member));
        // Of a member whose bytes could not be had, the fault says enough.
        let hidden = self.hidden.contains(&member.path);
        if hidden && member.bytes.as_deref().is_none_or(<[u8]>::is_empty) {
            return;
        }
        let is_told = self.question.options.selection.includes(container::HIDDEN_BY_NAME) && !in_passing;
        if member.kind == Kind::Pickle && is_told {
            self.found.extend(self.names.hide(member.path.as_deref()));
        }
        if let Some(bytes) = member.bytes.as_deref().filter(|_| member.is_candidate()) {
            self.found.extend(shadowed::shadowed(bytes, member, self.question));
        }
        let said = examine_member(member, self.question, &mut self.room);
        if member.path.is_none() && !member.is_candidate() {
            // What nothing is recognised in is no pickle as a whole when there are some between other bytes.
            let first = self.faults.iter().filter(|fault| fault.kind == FaultKind::Carved);
            let first = first.filter_map(|fault| fault.offset).min();
            self.found
                .extend(said.into_iter().filter(|said| !first.is_some_and(|at| is_about_rest(said, at))));
        } else {
            self.found.extend(said);
        }
    }

    /// Leaves of what was found in passing what does harm: nothing says that such bytes are loaded, or are pickles at all.
    fn leave_harm(&mut self) {
        let in_passing = std::mem::take(&mut self.in_passing);
        // The pickle itself, or something in it.
        let of = |member: Option<&str>| {
            let member = member?;
            let ends = member.match_indices(SEPARATOR).map(|(at, _)| at).chain([member.len()]);
            ends.filter_map(|end| in_passing.get(&member[..end])).next()
        };
        self.found.retain(|said| is_harm_of_known(said) || of(said.member.as_deref()).is_none());
        let harmful: HashSet<_> = self.found.iter().filter_map(|said| of(said.member.as_deref())).collect();
        self.faults.retain(|fault| {
            of(fault.member.as_deref())
                .is_none_or(|path| fault.kind == FaultKind::CarvedInPassing && harmful.contains(path))
        });
    }

    /// All that is to be said.
    fn finish(mut self, format: &str) -> Vec<Diagnostic> {
        if !self.in_passing.is_empty() {
            self.leave_harm();
        }
        if format == pickle_containers::CACHE_ENTRY {
            // What a cache puts in front of its entries is known.
            self.found.retain(|said| said.rule.code != container::BYTES_BEFORE.code);
            // By accident, it may be the signature of compressed data that are damaged.
            self.faults.retain(|fault| fault.member.is_some() || fault.kind == FaultKind::LimitReached);
        }
        let is_text = [pickle_containers::TEXT, pickle_containers::ZARR].contains(&format);
        if is_text && names::promises_text(self.question.name) {
            self.found
                .retain(|said| said.rule.code != container::HIDDEN_BY_NAME.code || said.member.is_some());
        }
        if format == pickle_containers::TEXT && self.question.asked == Asked::InPassing {
            self.found.retain_mut(|said| names::matters_in_text(self.question.name, said));
        }
        if self.question.asked == Asked::InPassing {
            self.found.retain_mut(|said| {
                let text = said.member.as_deref().and_then(names::text_of).map(str::to_owned);
                text.is_none_or(|text| names::matters_in_text(&text, said))
            });
        }
        let of_torch = |said: &&mut Diagnostic| {
            said.member.as_ref().is_some_and(|member| self.of_torch_tars.contains(member))
        };
        for said in self.found.iter_mut().filter(of_torch) {
            // The loader of such a file takes an id for the number of a tensor in it, and for nothing else.
            if said.rule.code == container::PERSISTENT_ID.code {
                said.severity = Severity::Info;
                said.message.push_str(", as torch kept tensors before 0.1.10");
            }
        }
        let question = self.question;
        let relevant =
            self.holds_pickles || question.asked == Asked::ByName || kinds::is_named_pickle(question.name);
        let faults = self.faults.iter().filter_map(|fault| faults::diagnostic(fault, relevant, question));
        faults.chain(self.found).collect()
    }
}

/// Whether a finding tells of harm that something does which lists know of: hyphens of a dictionary, and what else looks like a pickle by
/// accident, name what nobody knows.
fn is_harm_of_known(said: &Diagnostic) -> bool {
    let package = said.global.as_deref().and_then(|global| global.split('.').next());
    said.severity == Severity::Error
        && said.rule.code.starts_with("PG")
        && package.is_some_and(Policy::knows_package_as)
}

/// Whether a finding in a file in which nothing is recognised says no more than those in the pickles that lie in it, the first
/// of them at `first`.
fn is_about_rest(said: &Diagnostic, first: u64) -> bool {
    let before = said.span.as_ref().is_some_and(|span| (span.start as u64) < first);
    said.rule.code != container::NOT_A_PICKLE.code && !(said.global.is_some() && before)
}

fn examine_member(member: &Member<'_>, question: &Question<'_>, room: &mut Room) -> Vec<Diagnostic> {
    let is_file = member.path.is_none();
    let Some(bytes) = member.bytes.as_deref() else { return Vec::new() };
    let passed = !is_file || question.asked == Asked::InPassing;
    let path = || member.path.as_deref().map_or_else(|| question.path.to_string_lossy(), Cow::Borrowed);
    if passed && places::is_apparent(&path(), member.kind) {
        return Vec::new();
    }
    let lost = is_file && member.kind == Kind::Empty && kinds::is_never_empty(question.name);
    if member.is_candidate() || lost {
        return stream(bytes, member, question, room);
    }
    // Looked at only for what may lie between its bytes: nobody says that it is a pickle itself.
    let is_passed = question.asked == Asked::InPassing;
    let in_passing = is_passed && !kinds::is_named_pickle(question.name);
    match member.kind {
        Kind::Unknown | Kind::Text(TextKind::Plain) if is_file && in_passing => Vec::new(),
        // Nothing says that it is a pickle, and nothing says that it is none: what an unpickler would do decides.
        Kind::Unknown | Kind::Text(TextKind::Plain) if is_file => unknown(bytes, member, question, room),
        // Numbers are what a `.npy` is for.
        Kind::Other(NPY) => Vec::new(),
        Kind::Text(_) if is_file && is_passed && kinds::is_plainly_text(question.name, member.kind) => {
            Vec::new()
        }
        Kind::Empty | Kind::Text(_) | Kind::Other(_) if is_file || member.named_pickle => {
            not_a_pickle(member, question).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Findings in a stream and in what lies in its constants, remembered or new.
fn stream(bytes: &[u8], member: &Member<'_>, question: &Question<'_>, room: &mut Room) -> Vec<Diagnostic> {
    // Few bytes of a file can be many of a member.
    let is_unpacked = matches!(member.bytes, Some(Cow::Owned(_)));
    let memory = if is_unpacked { Memory::OF_UNPACKED } else { question.memory };
    let path = member.path.as_deref();
    let mut found = remembered(bytes, path, &Question { memory, ..*question }, room);
    let Some(path) = &member.path else { return found };
    for diagnostic in &mut found {
        diagnostic.member = Some(join(Some(path), diagnostic.member.as_deref()));
    }
    found
}

/// The path of a member of the member `outer`.
fn join(outer: Option<&str>, inner: Option<&str>) -> String {
    let parts: Vec<_> = [outer, inner].into_iter().flatten().collect();
    parts.join(SEPARATOR)
}

/// The same of the stream at `path`, with paths that begin at it.
fn remembered(bytes: &[u8], path: Option<&str>, question: &Question<'_>, room: &mut Room) -> Vec<Diagnostic> {
    let Some(cache) = question.cache.filter(|_| bytes.len() >= WORTH_IT) else {
        return judge(bytes, path, question, room).0;
    };
    let deciding = format!("{:?} {:?} {:?}", question.options, question.detail, question.memory);
    let key = Cache::key(bytes, &deciding);
    if let Some((found, allowed_by)) = cache.get(&key) {
        (question.allowed)(&allowed_by);
        return found;
    }
    let (found, allowed_by) = judge(bytes, path, question, room);
    // Bytes that changed under us would be remembered for what they were before, or were not.
    // What is in files beside, or in other members, is looked up each time.
    let by_itself = room.beside.is_empty()
        && room.slices.is_empty()
        && !question.records.is_some_and(Records::were_asked);
    let whole = !(question.interrupt)() && by_itself;
    if whole && Cache::key(bytes, &deciding) == key {
        cache.put(&key, &found, allowed_by);
    }
    found
}

/// The findings, and the numbers of allowed patterns that allowed something.
fn judge(
    bytes: &[u8],
    path: Option<&str>,
    question: &Question<'_>,
    room: &mut Room,
) -> (Vec<Diagnostic>, Vec<usize>) {
    let records = question.records.map(|records| records.of(path));
    let storages = records.as_ref().map_or(&Alone as &dyn Storages, |records| records);
    let &Question { options, memory, interrupt, .. } = question;
    let report = lint_stream_within(bytes, options, memory, storages, interrupt);
    (question.allowed)(&report.allowed_by);
    room.beside.extend(report.beside);
    room.slices.extend(report.slices);
    let mut found: Vec<_> = report.findings.into_iter().map(diagnostic).collect();
    let beyond = match report.completion {
        Completion::SearchExhausted => {
            Some("the search for further pickles between other bytes gave up; there may be more".to_owned())
        }
        Completion::TooLarge => {
            let most = question.memory.bytes() >> 20;
            let which = if question.memory == Memory::OF_UNPACKED { "unpacked pickle" } else { "pickle" };
            Some(format!("the {which} needs more than {most} MB of memory; the rest of it is not read"))
        }
        Completion::Whole | Completion::Interrupted => None,
    };
    if let Some(message) = beyond.filter(|_| question.options.selection.includes(container::LIMIT)) {
        found.push(Diagnostic::new(container::LIMIT, message));
    }
    if report.more_embedded
        && let Some(last) = report.embedded.last()
    {
        let message = "more constants look like pickles than are looked into".to_owned();
        found.extend(embedded::limit_reached(last, message, question));
    }
    let own = (room.beside.len(), room.slices.len());
    let inside = embedded::examine(bytes, &report.embedded, question, room);
    // Who unpickles a constant does not know in which folder to look.
    room.beside.truncate(own.0);
    room.slices.truncate(own.1);
    // The members in constants have rows of their own.
    let (notes, inside): (Vec<_>, Vec<_>) =
        inside.into_iter().partition(|diagnostic| diagnostic.member.is_none());
    found.extend(notes);
    rows::project(bytes, &mut found, question);
    found.extend(inside);
    (found, report.allowed_by)
}

/// What a rule found.
pub(crate) fn diagnostic(finding: Finding) -> Diagnostic {
    Diagnostic {
        rule: finding.rule,
        severity: finding.severity,
        message: finding.message,
        member: None,
        pickle: finding.pickle,
        span: Some(finding.span),
        place: None,
        global: finding.global,
        related: finding.related,
        help: finding.help,
        excerpt: Vec::new(),
    }
}

/// Whether there may be anything of this name: numbers of an array that look like GLOBAL have bytes
/// that no reader decodes, or no name before a NUL. What stands behind a NUL does not count: CPython may not read it either.
fn may_be_loaded(global: &str) -> bool {
    let name = global.split('\0').next().unwrap_or(global);
    !name.is_empty() && !name.contains('\u{fffd}')
}

/// Bytes in which nothing is recognised, or only that they are text, as pickles of protocol 0 are: if an unpickler would load anything before it gives up, all is said of it.
fn unknown(bytes: &[u8], member: &Member<'_>, question: &Question<'_>, room: &mut Room) -> Vec<Diagnostic> {
    let found = stream(bytes, member, question, room);
    // Behind other bytes, only a whole pickle is taken for one.
    let behind_others = Segments::new(bytes).first().is_some_and(|start| start > 0);
    // What a text copy did to a pickle explains more than that it is none.
    let is_damaged = found.iter().any(|diagnostic| diagnostic.rule.name == "text-mode-damage");
    let loads = |diagnostic: &Diagnostic| diagnostic.global.as_deref().is_some_and(may_be_loaded);
    if behind_others || is_damaged || found.iter().any(loads) {
        return found;
    }
    let Some(mut verdict) = not_a_pickle(member, question) else { return Vec::new() };
    // A pickle of protocol 0 that is damaged is a text as well, of which readers get beyond the first line.
    let first_line = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    let stops = found.iter().find_map(|diagnostic| diagnostic.span.as_ref()).map(|span| span.start);
    if verdict.severity == Severity::Info
        && kinds::is_plainly_text(question.name, member.kind)
        && stops.is_some_and(|stops| stops < first_line)
    {
        return Vec::new();
    }
    // What a reader that takes it for one stops at says what is there.
    if let Some(fault) = found.into_iter().find(|diagnostic| diagnostic.span.is_some()) {
        verdict.message = format!("{}; read as one, {}", verdict.message, fault.message);
        verdict.span = fault.span;
        verdict.place = fault.place;
        verdict.excerpt = fault.excerpt;
    }
    vec![verdict]
}

/// That a file or member is no pickle, if its name or whoever gave it says that it should be one.
fn not_a_pickle(member: &Member<'_>, question: &Question<'_>) -> Option<Diagnostic> {
    let by_name = question.asked == Asked::ByName && member.path.is_none();
    let unpacked = member.kind == Kind::Unknown && kinds::is_compressed_pickle(question.name);
    let is_called = is_pickle_name(question.name) || unpacked;
    let named = member.named_pickle || member.path.is_none() && is_called;
    // What was not fetched will be, and nobody has looked at it.
    let unfetched =
        member.path.is_none() && kinds::is_pointer(member.kind) && kinds::is_named_opened(question.name);
    let rule = container::NOT_A_PICKLE;
    if !(by_name || named || unfetched) || !question.options.selection.includes(rule) {
        return None;
    }
    let what =
        other_than_pickle(member.kind).unwrap_or_else(|| "data in which nothing is recognised".to_owned());
    let help = kinds::advice(member.kind).map(str::to_owned);
    Some(Diagnostic {
        severity: if by_name || unfetched { rule.severity } else { Severity::Info },
        member: member.path.clone(),
        span: Some(0..0),
        help,
        ..Diagnostic::new(rule, format!("not a pickle: {what}"))
    })
}
