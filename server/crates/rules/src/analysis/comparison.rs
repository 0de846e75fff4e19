//! What other readers make of a pickle at which the C unpickler stops, and of lines that no pickler writes. Here the models of
//! those readers are run: over the whole of a pickle only where it is refused, and small.

use pickle_machine::Fault;
use pickle_machine::stream::Summary;
use pickle_ops::{Op, Opcode, Reader as Ops};
use pickle_readers::pickletools::{Argument, argument};
use pickle_readers::{Asked, Options, Outcome, Reader, Reading, read};

use crate::diagnostic::Severity;

/// Bytes of a pickle that is given to the models.
const MOST_BYTES: usize = 1 << 20;
/// Refused pickles of a stream that are.
pub(crate) const MOST_PICKLES: usize = 64;
/// Bytes of a line that is.
const MOST_LINE: usize = 1 << 14;
/// Characters of a value in a message.
const MOST_SHOWN: usize = 60;

/// What a reader says: the value, or the exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Value(String),
    Raises(String),
}

impl Said {
    fn of(reading: &Reading<'_>) -> Self {
        match &reading.outcome {
            Outcome::Loaded(_) => Self::Value(reading.rendered(MOST_SHOWN).unwrap_or_default()),
            Outcome::Raised(exception) => Self::Raises(first_line(&exception.to_string())),
        }
    }

    pub(crate) fn accepts(&self) -> bool {
        matches!(self, Self::Value(_))
    }

    /// To follow the name of the reader.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Value(value) if value.is_empty() => "accepts it".to_owned(),
            Self::Value(value) => format!("reads {value}"),
            Self::Raises(exception) => format!("raises {exception}"),
        }
    }
}

/// A message in a message: one line, and not all of a long one.
fn first_line(text: &str) -> String {
    let escaped = pickle_machine::render::escape(text);
    match escaped.char_indices().nth(2 * MOST_SHOWN) {
        Some((at, _)) => format!("{}…", &escaped[..at]),
        None => escaped,
    }
}

/// A pickle that the C unpickler refuses, as all readers see it.
#[derive(Debug)]
pub(crate) struct Comparison<'s> {
    /// Where it stops; in a frame that is too long, or at what else it stops at.
    pub(crate) fault: &'s Fault,
    pub(crate) c: Said,
    pub(crate) python: Said,
    pub(crate) pickletools: Said,
    /// Whether it stops at a line that readers do not agree on, whatever comes before it.
    pub(crate) at_line: bool,
    /// Globals that `pickle.py` asks for and the C unpickler does not, in order.
    pub(crate) more: Vec<Asked>,
}

impl<'s> Comparison<'s> {
    /// Runs the models; `None`: the pickle is too large.
    pub(crate) fn new(bytes: &[u8], summary: &Summary, fault: &'s Fault) -> Option<Self> {
        let pickle = bytes.get(summary.start..).filter(|rest| rest.len() <= MOST_BYTES)?;
        let run = |reader| read(pickle, 0, &Options { reader, ..Options::default() });
        let (c, python, pickletools) = (run(Reader::C), run(Reader::Python), run(Reader::Pickletools));
        let more = python.asked.get(c.asked.len()..).unwrap_or_default().to_vec();
        Some(Self {
            fault,
            c: Said::of(&c),
            python: Said::of(&python),
            pickletools: Said::of(&pickletools),
            at_line: is_at_line(bytes, fault),
            more,
        })
    }

    /// How much it matters: who would import or call something is an error, who would accept it a warning.
    pub(crate) fn severity(&self) -> Severity {
        if !self.more.is_empty() {
            Severity::Error
        } else if self.python.accepts() || self.pickletools.accepts() {
            Severity::Warning
        } else {
            Severity::Info
        }
    }

    /// Whether all refuse it, the unpicklers with exceptions of one class.
    pub(crate) fn is_same(&self) -> bool {
        let (Said::Raises(c), Said::Raises(python)) = (&self.c, &self.python) else { return false };
        let class = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
        class(c) == class(python) && !self.pickletools.accepts() && self.more.is_empty()
    }

    /// What each reader says.
    pub(crate) fn described(&self) -> String {
        let mut text =
            format!("the C unpickler {}, pickle.py {}", self.c.described(), self.python.described());
        if self.pickletools.accepts() {
            text.push_str(", pickletools accepts it");
        }
        text
    }
}

/// Whether readers do not agree on the line that an op has.
fn is_at_line(bytes: &[u8], fault: &Fault) -> bool {
    let Ok(op) = Ops::new(bytes, fault.start).next_op() else { return false };
    !op.is_plain_line() && LineReadings::new(&op).is_some_and(|readings| readings.severity().is_some())
}

/// A line as all readers see it.
#[derive(Debug)]
pub(crate) struct LineReadings {
    pub(crate) c: Said,
    pub(crate) python: Said,
    pub(crate) pickletools: Said,
}

impl LineReadings {
    /// Has all readers read an op with a line. `None` for one that is very long.
    pub(crate) fn new(op: &Op<'_>) -> Option<Self> {
        if op.raw.len() > MOST_LINE {
            return None;
        }
        // The number of a slot shows where it is empty.
        let code = if op.opcode == Opcode::Put { Opcode::Get } else { op.opcode };
        let before: &[u8] = if op.opcode == Opcode::Inst { b"(" } else { b"" };
        let program = [before, &[code as u8], op.raw, b"\n."].concat();
        let run =
            |reader| line_said(op.opcode, &read(&program, 0, &Options { reader, ..Options::default() }));
        Some(Self { c: run(Reader::C), python: run(Reader::Python), pickletools: shown(op) })
    }

    /// How much the difference matters; `None`: there is none that does not go without saying.
    pub(crate) fn severity(&self) -> Option<Severity> {
        let all = [&self.c, &self.python, &self.pickletools];
        let mut values = all.iter().filter(|said| said.accepts());
        let first = values.next()?;
        if values.any(|said| said != first) {
            Some(Severity::Error)
        } else if all.iter().all(|said| said.accepts()) {
            None
        } else {
            Some(Severity::Warning)
        }
    }

    /// What each reader says.
    pub(crate) fn described(&self) -> String {
        format!(
            "the C unpickler {}, pickle.py {}, pickletools {}",
            self.c.described(),
            self.python.described(),
            self.pickletools.described()
        )
    }
}

/// What an unpickler makes of a program of one line.
fn line_said(opcode: Opcode, reading: &Reading<'_>) -> Said {
    match (opcode, &reading.outcome) {
        (Opcode::Global | Opcode::Inst, _) => match reading.asked.first() {
            Some(asked) => Said::Value(names(&asked.module, &asked.name)),
            None => Said::of(reading),
        },
        (Opcode::Get | Opcode::Put, Outcome::Raised(exception)) => {
            match exception.message.strip_prefix("Memo value not found at index ") {
                Some(slot) if opcode == Opcode::Put && slot.starts_with('-') => {
                    Said::Raises("ValueError: negative PUT argument".to_owned())
                }
                Some(slot) => Said::Value(slot.to_owned()),
                None => Said::of(reading),
            }
        }
        (Opcode::PersId, Outcome::Loaded(_)) => {
            let text = reading.rendered(MOST_SHOWN).unwrap_or_default();
            let id = text.strip_prefix("persistent_load(").and_then(|text| text.strip_suffix(')'));
            Said::Value(id.map_or_else(|| text.clone(), str::to_owned))
        }
        _ => Said::of(reading),
    }
}

fn names(module: &str, name: &str) -> String {
    first_line(&format!("{module} {name}"))
}

/// What `genops` shows.
fn shown(op: &Op<'_>) -> Said {
    match argument(op) {
        Ok(Argument::Pair(module, name)) => {
            Said::Value(names(&String::from_utf8_lossy(&module), &String::from_utf8_lossy(&name)))
        }
        // As a slot, True is 1.
        Ok(Argument::Bool(slot)) if matches!(op.opcode, Opcode::Get | Opcode::Put) => {
            Said::Value(u8::from(slot).to_string())
        }
        Ok(argument) => {
            let mut text = argument.repr();
            if let Some((at, _)) = text.char_indices().nth(MOST_SHOWN) {
                text.truncate(at);
                text.push('…');
            }
            Said::Value(text)
        }
        Err(error) => Said::Raises(first_line(&error.to_string())),
    }
}
