//! Mapped files that may lose their pages: a read of what is gone gives zeros instead of ending the process.
//!
//! When a file is cut, or its disk fails, the system answers a read of the mapping with the signal `SIGBUS`. The handler
//! here looks up the address in the list of our mappings, puts anonymous zeros in place of that page and all behind it
//! (when one page of a cut file is gone, so are those), marks the mapping as torn, and returns: the read is tried again
//! and goes on. Any other `SIGBUS` goes to the handler that was there before (Rust's own, or the end of the process).
//!
//! # Why this is sound
//! - The handler calls nothing that is not safe in a signal: atomics, `mmap` (a bare system call; it saves `errno`),
//!   and `sigaction` when it gives up. It takes no lock and allocates nothing.
//! - Nodes of the list are never freed, only used again, so that the handler can walk it at any time. Start and length
//!   are read under a version, so that a node that is being used again is never seen half-written. The node that is
//!   concerned cannot change: the thread that faulted holds a borrow of its mapping.
//! - Zeros go only into a range that is mapped by us and alive, and that is only ever read.
//! - A mapped file that another process writes changes under a `&[u8]`. Everything that reads it here takes bytes as
//!   data without any promise: each byte is read, checked and used, and no length that was checked is read again.
//!   That is the bargain of every tool that maps files; [`super::Source::disturbed`] is how it is noticed.
#![allow(
    unsafe_code,
    reason = "a signal handler and a memory map are unsafe by nature; this is the only place"
)]

use std::fs::File;
use std::io;
use std::ptr::{null_mut, without_provenance_mut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::SeqCst};

use memmap2::Mmap;

/// A mapped file that is in the list of the handler as long as it lives.
#[derive(Debug)]
pub(super) struct Mapping {
    map: Mmap,
    node: &'static Node,
}

impl Mapping {
    /// Maps all of a file.
    pub(super) fn new(file: &File) -> io::Result<Self> {
        install()?;
        // SAFETY: read-only and private to this module; see "Why this is sound".
        let map = unsafe { Mmap::map(file) }?;
        let node = Node::take();
        node.describe(map.as_ptr().addr(), map.len());
        Ok(Self { map, node })
    }

    /// All its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Whether zeros had to be put in place of some of it.
    pub(super) fn torn(&self) -> bool {
        self.node.torn.load(SeqCst)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // Out of the list first; the range is unmapped afterwards.
        self.node.describe(0, 0);
        self.node.used.store(false, SeqCst);
    }
}

/// An entry of the list.
#[derive(Debug)]
struct Node {
    used: AtomicBool,
    torn: AtomicBool,
    /// Odd while start and length are being written.
    version: AtomicUsize,
    start: AtomicUsize,
    length: AtomicUsize,
    next: AtomicPtr<Node>,
}

/// The latest node, from which all others are reached.
static NODES: AtomicPtr<Node> = AtomicPtr::new(null_mut());

/// All nodes.
fn nodes() -> impl Iterator<Item = &'static Node> {
    let follow = |node: &AtomicPtr<Node>| {
        // SAFETY: null, or a node that was leaked by `Node::take`, which nobody frees or borrows mutably.
        unsafe { node.load(SeqCst).as_ref() }
    };
    std::iter::successors(follow(&NODES), move |node| follow(&node.next))
}

impl Node {
    /// A node that nobody uses: an old one, or a new one at the head of the list.
    fn take() -> &'static Self {
        if let Some(node) =
            nodes().find(|node| node.used.compare_exchange(false, true, SeqCst, SeqCst).is_ok())
        {
            return node;
        }
        let node: &'static Self = Box::leak(Box::new(Self {
            used: AtomicBool::new(true),
            torn: AtomicBool::new(false),
            version: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
            length: AtomicUsize::new(0),
            next: AtomicPtr::new(null_mut()),
        }));
        let mut head = NODES.load(SeqCst);
        loop {
            node.next.store(head, SeqCst);
            match NODES.compare_exchange(head, std::ptr::from_ref(node).cast_mut(), SeqCst, SeqCst) {
                Ok(_) => return node,
                Err(other) => head = other,
            }
        }
    }

    /// Writes what it stands for. Only the owner of the node does.
    fn describe(&self, start: usize, length: usize) {
        self.version.fetch_add(1, SeqCst);
        self.start.store(start, SeqCst);
        self.length.store(length, SeqCst);
        self.torn.store(false, SeqCst);
        self.version.fetch_add(1, SeqCst);
    }

    /// Where it ends, if `address` is in it.
    fn end_if_covers(&self, address: usize) -> Option<usize> {
        let version = self.version.load(SeqCst);
        let (start, length) = (self.start.load(SeqCst), self.length.load(SeqCst));
        let whole = version.is_multiple_of(2) && version == self.version.load(SeqCst);
        (whole && address.checked_sub(start)? < length).then_some(start + length)
    }
}

/// What the handler has to know, written before it is installed.
struct Before {
    page: usize,
    action: libc::sigaction,
}

static BEFORE: OnceLock<Result<Before, i32>> = OnceLock::new();

/// Installs the handler, once.
fn install() -> io::Result<()> {
    let before = BEFORE.get_or_init(|| current().map_err(|error| error.raw_os_error().unwrap_or(0)));
    static INSTALLED: OnceLock<i32> = OnceLock::new();
    let code = match before {
        Err(code) => *code,
        Ok(_) => *INSTALLED.get_or_init(|| set_handler().err().and_then(|e| e.raw_os_error()).unwrap_or(0)),
    };
    if code == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(code)) }
}

/// The size of a page, and the handler that is there now.
fn current() -> io::Result<Before> {
    // SAFETY: plain queries. All zeros is a valid `sigaction`.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGBUS, std::ptr::null(), &raw mut action) != 0 {
            return Err(io::Error::last_os_error());
        }
        let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).map_err(io::Error::other)?;
        Ok(Before { page, action })
    }
}

fn set_handler() -> io::Result<()> {
    // SAFETY: `on_bus_error` has the signature that SA_SIGINFO asks for, and runs on the alternate stack that Rust
    // gives to every thread.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_bus_error as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut action.sa_mask);
        if libc::sigaction(libc::SIGBUS, &raw const action, null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// The handler.
extern "C" fn on_bus_error(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the system passes a valid `info`. Only a signal of its own (a positive code) comes with an address.
    let address = unsafe { if (*info).si_code > 0 { Some((*info).si_addr().addr()) } else { None } };
    if !address.is_some_and(replace) {
        // SAFETY: with the very arguments that the system gave.
        unsafe { pass_on(signal, info, context) };
    }
}

/// Puts zeros from the page of `address` to the end of its mapping, if it is one of ours.
fn replace(address: usize) -> bool {
    let Some(Ok(before)) = BEFORE.get() else { return false };
    let covers = |node: &'static Node| node.end_if_covers(address).map(|end| (node, end));
    let Some((node, end)) = nodes().find_map(covers) else { return false };
    node.torn.store(true, SeqCst);
    let page = address & !(before.page - 1);
    // SAFETY: the range is the rest of a mapping of ours, which stays alive: its reader is in this very read. `errno` is
    // put back, as whoever was interrupted may be about to ask for it.
    unsafe {
        let errno = io::Error::last_os_error().raw_os_error();
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
        let zeros = libc::mmap(without_provenance_mut(page), end - page, libc::PROT_READ, flags, -1, 0);
        set_errno(errno.unwrap_or(0));
        zeros != libc::MAP_FAILED
    }
}

/// Sets the calling thread's `errno`.
unsafe fn set_errno(value: i32) {
    #[cfg(any(target_os = "linux", target_os = "emscripten"))]
    // SAFETY: the address of a variable of this thread.
    unsafe {
        *libc::__errno_location() = value;
    }
    #[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
    // SAFETY: as above.
    unsafe {
        *libc::__error() = value;
    }
}

/// Lets the handler that was there before have it; where there is none, the read is tried again and ends the process.
unsafe fn pass_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    let before = BEFORE.get().and_then(|before| before.as_ref().ok());
    match before.map(|before| &before.action) {
        Some(action)
            if action.sa_flags & libc::SA_SIGINFO != 0
                && action.sa_sigaction != libc::SIG_DFL
                && action.sa_sigaction != libc::SIG_IGN =>
        {
            // SAFETY: what is registered with SA_SIGINFO has this signature.
            let handler: Handler = unsafe { std::mem::transmute(action.sa_sigaction) };
            handler(signal, info, context);
        }
        // SAFETY: all zeros is the default action, which is safe to set in a handler.
        _ => unsafe {
            let default: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, &raw const default, null_mut());
        },
    }
}
