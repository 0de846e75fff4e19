//! What is wrong with a container, as data. Never decides how bad it is: that is for the rules.

/// One thing that is wrong, or that a reader would trip over, in a file or in a container inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The kind of fault.
    pub kind: FaultKind,
    /// The path of the member concerned; `None`: the file itself.
    pub member: Option<String>,
    /// Where, in bytes from the start of the file; `None` inside a compressed container, whose bytes lie nowhere in
    /// the file.
    pub offset: Option<u64>,
    /// What was expected and what stands there: one sentence without a full stop, ready to be shown.
    pub message: String,
}

impl Fault {
    /// A fault at `offset` of the container that is being read.
    pub(crate) fn new(kind: FaultKind, offset: usize, message: impl Into<String>) -> Self {
        Self { kind, member: None, offset: Some(offset as u64), message: message.into() }
    }

    /// The same fault, said of the member called `path`.
    pub(crate) fn of(self, path: &str) -> Self {
        Self { member: Some(path.to_owned()), ..self }
    }
}

/// The kinds of [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// Bytes that contradict the format.
    Damaged,
    /// The bytes end before the format says that they do.
    Truncated,
    /// A CRC that does not fit. The bytes are handed out all the same.
    BadChecksum,
    /// A member that is, or says that it is, encrypted.
    Encrypted,
    /// A format, or a compression method, that is recognised but not read.
    Unsupported,
    /// The same, of what is in no honest file and that readers read.
    Unread,
    /// One of [`Limits`](crate::Limits) was reached: what follows was not read.
    LimitReached,
    /// There are more faults than are kept; the first one of a limit always is.
    TooMany,
    /// Two places of a container say different things: readers that believe the one or the other disagree.
    Mismatch,
    /// Two members have one name. Both are members here; a loader takes one of them.
    Duplicate,
    /// A member's name leads out of the folder that it would be extracted to, or the links on the way to it do.
    PathEscape,
    /// A link leads out of the folder that it would be extracted to. By itself it does nothing.
    LinkEscape,
    /// An array of Python objects, which numpy does not load unless it is told to.
    ObjectArray,
    /// Chunks of an array that its readers unpickle. They are members here, or are found by themselves.
    PickledChunks,
    /// The same, of an array without chunks where it is described.
    ChunksElsewhere,
    /// The same, of chunks that could not be looked at.
    UnreadChunks,
    /// The bytes are valid as two formats at once.
    Polyglot,
    /// A pickle that nothing leads to, found by searching all bytes.
    Carved,
    /// The same, in bytes that nothing is recognised in and that are not called a pickle: of interest where it does harm.
    CarvedInPassing,
    /// Bytes before the container begins.
    PrefixBytes,
    /// Bytes after the container ends.
    TrailingBytes,
    /// More stands behind the first compressed stream of a pickle, at which the reader of the file, which is joblib, never comes to an
    /// end: it takes ever more memory.
    Endless,
    /// Numbers of a tensor that begin with a pickle. No loader of the format takes them for one.
    PickleInNumbers,
    /// Source of TorchScript, which its loader compiles and runs: tensors are all it knows.
    ScriptCode,
    /// Python that a loader of the container imports or runs, or native code that it loads.
    PackageCode,
    /// Code that a loader of the container runs, and that calls what it should not. Nothing here says so: it is for whoever judges
    /// what [`Code`](crate::Code) calls.
    HarmfulCode,
}

impl FaultKind {
    /// Whether bytes were left unread, so that an analysis of the file is not complete.
    #[must_use]
    pub fn hides_bytes(self) -> bool {
        matches!(
            self,
            Self::Damaged
                | Self::Truncated
                | Self::Encrypted
                | Self::Unsupported
                | Self::Unread
                | Self::LimitReached
                | Self::UnreadChunks
        )
    }
}
