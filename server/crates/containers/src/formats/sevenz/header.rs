//! The header of a 7z (`7zFormat.txt` of the LZMA SDK): which streams there are, how they are packed, which files they are.
//! Decodes nothing; no count is believed that the header has no bytes for.

use crate::bytes::{u32_at, u64_at};

/// Property ids.
const END: u8 = 0;
const HEADER: u8 = 1;
const ARCHIVE_PROPERTIES: u8 = 2;
const MAIN_STREAMS: u8 = 4;
const FILES: u8 = 5;
const PACK_INFO: u8 = 6;
const UNPACK_INFO: u8 = 7;
const SUBSTREAMS: u8 = 8;
const SIZE: u8 = 9;
const CRC: u8 = 10;
const FOLDER: u8 = 11;
const UNPACK_SIZE: u8 = 12;
const STREAM_COUNT: u8 = 13;
const EMPTY_STREAM: u8 = 14;
const NAMES: u8 = 17;
const ENCODED_HEADER: u8 = 23;

/// Where the header is, from the 32 bytes at the start of the file.
pub(super) fn place(file: &[u8]) -> Option<(usize, usize, u32)> {
    let offset = usize::try_from(u64_at(file, 12)?).ok()?.checked_add(32)?;
    Some((offset, usize::try_from(u64_at(file, 20)?).ok()?, u32_at(file, 28)?))
}

/// One step of decoding.
#[derive(Debug, Clone, Default)]
pub(super) struct Coder {
    /// The method.
    pub(super) id: u64,
    /// What the decoder has to know.
    pub(super) properties: Vec<u8>,
    /// Length of what comes out.
    pub(super) size: u64,
}

/// A step, and what it is given.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// What is done.
    pub(super) coder: Coder,
    /// A stream for each of its inputs.
    pub(super) inputs: Vec<Stream>,
}

/// A stream of bytes in a folder.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    /// The packed stream of this number.
    Packed(usize),
    /// What the step of this number made.
    Made(usize),
}

/// Files that were packed together.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    /// In the order in which they are to be done, the last of which makes the files; `None`: there is no such order.
    pub(super) steps: Option<Vec<Step>>,
    /// Where each of its packed streams is in the file, and how long it is.
    pub(super) packed: Vec<(u64, u64)>,
    /// Length and CRC of each file in it.
    pub(super) files: Vec<(u64, Option<u32>)>,
    streams: usize,
    crc: Option<u32>,
    size: u64,
}

/// What a header says.
#[derive(Debug)]
pub(super) enum Header {
    /// It is itself packed: as the only file of this folder.
    Packed(Folder),
    /// The folders, and the files.
    Plain(Vec<Folder>, Files),
}

/// Files in their order.
#[derive(Debug, Default)]
pub(super) struct Files {
    names: Vec<String>,
    /// Of each whether it has content. There may be more of these than names.
    content: Vec<bool>,
}

impl Files {
    /// Name of each, and whether it has content.
    pub(super) fn into_iter(self) -> impl Iterator<Item = (String, bool)> {
        self.names.into_iter().chain(std::iter::repeat("unnamed".to_owned())).zip(self.content)
    }
}

/// Reads a header; `None`: it breaks off or contradicts the format.
pub(super) fn read(bytes: &[u8]) -> Option<Header> {
    let mut reader = Reader { bytes, at: 0 };
    match reader.byte()? {
        ENCODED_HEADER => reader.streams()?.into_iter().next().map(Header::Packed),
        HEADER => {
            let (mut folders, mut files) = (Vec::new(), Files::default());
            loop {
                match reader.byte()? {
                    END => return Some(Header::Plain(folders, files)),
                    ARCHIVE_PROPERTIES => {
                        while reader.byte()? != END {
                            reader.block()?;
                        }
                    }
                    MAIN_STREAMS => folders = reader.streams()?,
                    FILES => files = reader.files()?,
                    _ => return None,
                }
            }
        }
        _ => None,
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(taken)
    }

    /// A number: the leading ones of the first byte say how many bytes follow, lowest first.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let more = first.leading_ones() as usize;
        let mut low = [0; 8];
        low[..more].copy_from_slice(self.take(more)?);
        let high = if more >= 7 { 0 } else { u64::from(first) & ((1 << (7 - more)) - 1) };
        Some(u64::from_le_bytes(low) | high.checked_shl(8 * u32::try_from(more).ok()?).unwrap_or(0))
    }

    /// A count of things each of which takes at least a bit of what follows.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= (self.bytes.len() - self.at).saturating_mul(8)).then_some(count)
    }

    /// A length, and so many bytes.
    fn block(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        self.take(len)
    }

    fn bits(&mut self, count: usize) -> Option<Vec<bool>> {
        let bytes = self.take(count.div_ceil(8))?;
        Some((0..count).map(|bit| bytes[bit / 8] & (0x80 >> (bit % 8)) != 0).collect())
    }

    /// CRCs of some of `count` things.
    fn digests(&mut self, count: usize) -> Option<Vec<Option<u32>>> {
        let defined = if self.byte()? != 0 { vec![true; count] } else { self.bits(count)? };
        defined.into_iter().map(|is| if is { Some(u32_at(self.take(4)?, 0)) } else { Some(None) }).collect()
    }

    fn streams(&mut self) -> Option<Vec<Folder>> {
        let (mut packs, mut folders) = (Vec::new(), Vec::new());
        loop {
            match self.byte()? {
                END => break,
                PACK_INFO => packs = self.packs()?,
                UNPACK_INFO => folders = self.folders()?,
                SUBSTREAMS => self.substreams(&mut folders)?,
                _ => return None,
            }
        }
        // Folders take packed streams in their order.
        let mut packs = packs.into_iter();
        for folder in &mut folders {
            folder.packed.extend(packs.by_ref().take(folder.streams));
            (folder.packed.len() == folder.streams).then_some(())?;
            if folder.files.is_empty() {
                folder.files.push((folder.size, folder.crc));
            }
        }
        Some(folders)
    }

    /// Places and lengths of packed streams.
    fn packs(&mut self) -> Option<Vec<(u64, u64)>> {
        let mut at = self.number()?.checked_add(32)?;
        let count = self.count()?;
        let mut packs = Vec::new();
        loop {
            match self.byte()? {
                END => return Some(packs),
                SIZE => {
                    for _ in 0..count {
                        let size = self.number()?;
                        packs.push((at, size));
                        at = at.checked_add(size)?;
                    }
                }
                CRC => drop(self.digests(count)?),
                _ => return None,
            }
        }
    }

    fn folders(&mut self) -> Option<Vec<Folder>> {
        (self.byte()? == FOLDER).then_some(())?;
        let count = self.count()?;
        // Definitions elsewhere are in no file that is written.
        (self.byte()? == 0).then_some(())?;
        let mut graphs = (0..count).map(|_| self.graph()).collect::<Option<Vec<_>>>()?;
        (self.byte()? == UNPACK_SIZE).then_some(())?;
        for graph in &mut graphs {
            for coder in &mut graph.coders {
                coder.size = self.number()?;
            }
        }
        let mut crcs = vec![None; count];
        loop {
            match self.byte()? {
                END => break,
                CRC => crcs = self.digests(count)?,
                _ => return None,
            }
        }
        Some(graphs.into_iter().zip(crcs).map(|(graph, crc)| graph.folder(crc)).collect())
    }

    fn graph(&mut self) -> Option<Graph> {
        let count = self.count()?;
        let (mut graph, mut inputs, mut outputs) = (Graph::default(), 0usize, 0usize);
        for _ in 0..count {
            let flags = self.byte()?;
            let id = self.take(usize::from(flags & 15))?;
            let id = id.iter().fold(0u64, |id, byte| id << 8 | u64::from(*byte));
            let (ins, outs) = if flags & 16 != 0 { (self.count()?, self.count()?) } else { (1, 1) };
            graph.is_tangled |= outs != 1;
            graph.inputs.push(inputs);
            let properties = if flags & 32 != 0 { self.block()?.to_vec() } else { Vec::new() };
            inputs = inputs.checked_add(ins)?;
            outputs = outputs.checked_add(outs)?;
            graph.coders.push(Coder { id, properties, size: 0 });
        }
        for _ in 0..outputs.checked_sub(1)? {
            graph.pairs.push((self.number()?, self.number()?));
        }
        let streams = inputs.checked_sub(graph.pairs.len())?;
        graph.inputs.push(inputs);
        if streams > 1 {
            for _ in 0..streams {
                graph.packed.push(self.number()?);
            }
        } else {
            let is_bound = |input: &u64| graph.pairs.iter().any(|(bound, _)| bound == input);
            graph
                .packed
                .extend((0..inputs as u64).take(graph.pairs.len() + 1).find(|input| !is_bound(input)));
        }
        // More outputs than coders state more sizes than there is room for here.
        (outputs == count).then_some(graph)
    }

    fn substreams(&mut self, folders: &mut [Folder]) -> Option<()> {
        let mut id = self.byte()?;
        let mut counts = vec![1; folders.len()];
        if id == STREAM_COUNT {
            for count in &mut counts {
                *count = self.count()?;
            }
            id = self.byte()?;
        }
        for (folder, count) in folders.iter_mut().zip(&counts) {
            // Each size but the last takes a byte.
            (*count <= 1 || id == SIZE).then_some(())?;
            let mut left = folder.size;
            for index in 0..*count {
                let is_last = index + 1 == *count;
                let size = if is_last { left } else { self.number()? };
                left = left.checked_sub(size)?;
                folder.files.push((size, None));
            }
        }
        if id == SIZE {
            id = self.byte()?;
        }
        loop {
            match id {
                END => return Some(()),
                CRC => self.substream_digests(folders)?,
                _ => drop(self.block()?),
            }
            id = self.byte()?;
        }
    }

    /// Only those that the folder's own does not give.
    fn substream_digests(&mut self, folders: &mut [Folder]) -> Option<()> {
        let known = |folder: &Folder| folder.files.len() == 1 && folder.crc.is_some();
        let count = folders.iter().filter(|folder| !known(folder)).map(|folder| folder.files.len()).sum();
        let mut digests = self.digests(count)?.into_iter();
        for folder in folders {
            let own = folder.crc.filter(|_| folder.files.len() == 1);
            for file in &mut folder.files {
                file.1 = if own.is_some() { own } else { digests.next()? };
            }
        }
        Some(())
    }

    fn files(&mut self) -> Option<Files> {
        let count = self.count()?;
        let mut files = Files { names: Vec::new(), content: vec![true; count] };
        loop {
            let id = self.byte()?;
            if id == END {
                return Some(files);
            }
            let mut inside = Reader { bytes: self.block()?, at: 0 };
            match id {
                EMPTY_STREAM => files.content = inside.bits(count)?.into_iter().map(|empty| !empty).collect(),
                NAMES => {
                    (inside.byte()? == 0).then_some(())?;
                    files.names = inside.names();
                }
                _ => {}
            }
        }
    }

    /// UTF-16, each with a zero behind it.
    fn names(&self) -> Vec<String> {
        let units: Vec<u16> =
            self.bytes[self.at..].chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
        units.split(|unit| *unit == 0).map(String::from_utf16_lossy).collect()
    }
}

/// Coders and how they are joined.
#[derive(Default)]
struct Graph {
    coders: Vec<Coder>,
    /// Number of the first input of each, and of all inputs.
    inputs: Vec<usize>,
    /// Input and output that are one.
    pairs: Vec<(u64, u64)>,
    /// The input that each packed stream is for.
    packed: Vec<u64>,
    /// Some coder has several outputs.
    is_tangled: bool,
}

/// Coders of one folder: 7-Zip itself has four at the most, and reads up to 64.
const MOST_CODERS: usize = 64;
/// Inputs of one coder: BCJ2 has four.
const MOST_INPUTS: usize = 4;

impl Graph {
    fn folder(self, crc: Option<u32>) -> Folder {
        // What comes out last is what is not bound.
        let bound = |index: usize| self.pairs.iter().any(|(_, output)| *output == index as u64);
        let last = (0..self.coders.len()).find(|index| !bound(*index));
        let size = last.map_or(0, |index| self.coders[index].size);
        let steps = last.and_then(|last| self.steps(last));
        Folder { steps, packed: Vec::new(), files: Vec::new(), streams: self.packed.len(), crc, size }
    }

    /// The coders in an order in which each comes behind those whose output it takes, `last` behind all others.
    fn steps(&self, last: usize) -> Option<Vec<Step>> {
        if self.is_tangled || self.coders.len() > MOST_CODERS {
            return None;
        }
        let mut steps: Vec<Step> = Vec::new();
        // Of each coder, which step it is.
        let mut done: Vec<Option<usize>> = vec![None; self.coders.len()];
        while steps.len() < self.coders.len() {
            let (index, inputs) = (0..self.coders.len())
                .filter(|index| {
                    done[*index].is_none() && (*index != last || steps.len() + 1 == self.coders.len())
                })
                .find_map(|index| Some((index, self.streams(index, &done)?)))?;
            done[index] = Some(steps.len());
            steps.push(Step { coder: self.coders[index].clone(), inputs });
        }
        Some(steps)
    }

    /// The streams that a coder is given; `None`: one of them is not made yet, or there is none.
    fn streams(&self, index: usize, done: &[Option<usize>]) -> Option<Vec<Stream>> {
        let inputs = *self.inputs.get(index)?..*self.inputs.get(index + 1)?;
        let stream = |input: usize| {
            let input = input as u64;
            if let Some((_, output)) = self.pairs.iter().find(|(bound, _)| *bound == input) {
                return done.get(usize::try_from(*output).ok()?).copied()?.map(Stream::Made);
            }
            self.packed.iter().position(|packed| *packed == input).map(Stream::Packed)
        };
        (inputs.len() <= MOST_INPUTS).then(|| inputs.map(stream).collect::<Option<Vec<_>>>()).flatten()
    }
}
