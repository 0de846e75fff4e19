//! The opcode table: everything else about opcodes is derived from it.

/// What a stack item is, as far as an opcode says so (the names of `pickletools.StackObject`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StackItem {
    Any,
    Bool,
    Buffer,
    ByteArray,
    Bytes,
    BytesOrStr,
    Dict,
    Float,
    FrozenSet,
    Int,
    IntOrBool,
    List,
    Mark,
    None,
    Set,
    /// All items above the topmost mark.
    StackSlice,
    Str,
    Tuple,
}

impl StackItem {
    /// The name `pickletools` gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Bool => "bool",
            Self::Buffer => "buffer",
            Self::ByteArray => "bytearray",
            Self::Bytes => "bytes",
            Self::BytesOrStr => "bytes_or_str",
            Self::Dict => "dict",
            Self::Float => "float",
            Self::FrozenSet => "frozenset",
            Self::Int => "int",
            Self::IntOrBool => "int_or_bool",
            Self::List => "list",
            Self::Mark => "mark",
            Self::None => "None",
            Self::Set => "set",
            Self::StackSlice => "stackslice",
            Self::Str => "str",
            Self::Tuple => "tuple",
        }
    }
}

/// How the operand of an opcode is written in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandKind {
    /// There is none.
    None,
    /// One unsigned byte.
    Uint1,
    /// Two bytes, little-endian, unsigned.
    Uint2,
    /// Four bytes, little-endian, signed.
    Int4,
    /// Four bytes, little-endian, unsigned.
    Uint4,
    /// Eight bytes, little-endian, unsigned.
    Uint8,
    /// Eight bytes, a big-endian IEEE 754 double.
    Float8,
    /// A line with an integer (`INT`, `GET`, `PUT`).
    DecimalLine,
    /// A line with an integer of any size, usually followed by `L`.
    LongLine,
    /// A line with a float.
    FloatLine,
    /// A line with a quoted byte string and Python 2 escapes.
    StringLine,
    /// A line of text in raw-unicode-escape.
    UnicodeLine,
    /// A line of text, nothing escaped.
    TextLine,
    /// Two lines: module and name.
    LinePair,
    /// Counted (one byte), integer in little-endian two's complement.
    Long1,
    /// Counted (four bytes, signed), integer in little-endian two's complement.
    Long4,
    /// Counted (one byte), Python 2 byte string.
    String1,
    /// Counted (four bytes, signed), Python 2 byte string.
    String4,
    /// Counted (one byte), bytes.
    Bytes1,
    /// Counted (four bytes), bytes.
    Bytes4,
    /// Counted (eight bytes), bytes.
    Bytes8,
    /// Counted (eight bytes), bytearray.
    ByteArray8,
    /// Counted (one byte), UTF-8 with surrogates allowed.
    Unicode1,
    /// Counted (four bytes), UTF-8 with surrogates allowed.
    Unicode4,
    /// Counted (eight bytes), UTF-8 with surrogates allowed.
    Unicode8,
}

/// Where an operand ends: all that a reader has to know of its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No such opcode.
    Unknown,
    /// A fixed number of bytes.
    Fixed(u8),
    /// Up to a newline.
    Line,
    /// Up to the second newline.
    TwoLines,
    /// A little-endian unsigned length of this many bytes, then that many bytes.
    Counted(u8),
    /// A little-endian signed length of four bytes, then that many bytes.
    CountedSigned,
}

impl OperandKind {
    /// How its end is found.
    #[must_use]
    pub const fn framing(self) -> Framing {
        match self {
            Self::None => Framing::Fixed(0),
            Self::Uint1 => Framing::Fixed(1),
            Self::Uint2 => Framing::Fixed(2),
            Self::Int4 | Self::Uint4 => Framing::Fixed(4),
            Self::Uint8 | Self::Float8 => Framing::Fixed(8),
            Self::DecimalLine
            | Self::LongLine
            | Self::FloatLine
            | Self::StringLine
            | Self::UnicodeLine
            | Self::TextLine => Framing::Line,
            Self::LinePair => Framing::TwoLines,
            Self::Long1 | Self::String1 | Self::Bytes1 | Self::Unicode1 => Framing::Counted(1),
            Self::Bytes4 | Self::Unicode4 => Framing::Counted(4),
            Self::Bytes8 | Self::ByteArray8 | Self::Unicode8 => Framing::Counted(8),
            Self::Long4 | Self::String4 => Framing::CountedSigned,
        }
    }

    /// What the operand is, in words (for hovers and the opcode page).
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Uint1 => "one unsigned byte",
            Self::Uint2 => "two bytes, little-endian, unsigned",
            Self::Int4 => "four bytes, little-endian, signed",
            Self::Uint4 => "four bytes, little-endian, unsigned",
            Self::Uint8 => "eight bytes, little-endian, unsigned",
            Self::Float8 => "eight bytes, big-endian IEEE 754 double",
            Self::DecimalLine => "a line with an integer",
            Self::LongLine => "a line with an integer of any size, usually followed by L",
            Self::FloatLine => "a line with a float",
            Self::StringLine => "a line with a quoted string and Python 2 escapes",
            Self::UnicodeLine => "a line of text in raw-unicode-escape",
            Self::TextLine => "a line of text",
            Self::LinePair => "two lines of text: module and name",
            Self::Long1 => "one-byte length, then an integer in little-endian two's complement",
            Self::Long4 => "four-byte signed length, then an integer in little-endian two's complement",
            Self::String1 => "one-byte length, then a Python 2 byte string",
            Self::String4 => "four-byte signed length, then a Python 2 byte string",
            Self::Bytes1 => "one-byte length, then bytes",
            Self::Bytes4 => "four-byte length, then bytes",
            Self::Bytes8 | Self::ByteArray8 => "eight-byte length, then bytes",
            Self::Unicode1 => "one-byte length, then UTF-8 (lone surrogates allowed)",
            Self::Unicode4 => "four-byte length, then UTF-8 (lone surrogates allowed)",
            Self::Unicode8 => "eight-byte length, then UTF-8 (lone surrogates allowed)",
        }
    }
}

/// A row of the opcode table.
#[derive(Clone, Copy, Debug)]
pub struct OpcodeInfo {
    /// The opcode.
    pub opcode: Opcode,
    /// Its name in `pickletools`.
    pub name: &'static str,
    /// The protocol that brought it.
    pub protocol: u8,
    /// How its operand is written.
    pub operand: OperandKind,
    /// What it takes from the stack, the top last.
    pub before: &'static [StackItem],
    /// What it leaves on the stack, the top last.
    pub after: &'static [StackItem],
    /// What it does, in one line.
    pub doc: &'static str,
}

/// Expands the rows of the table into the enum, the table, and the look-ups by byte.
macro_rules! opcodes {
    ($($code:literal $variant:ident $name:literal $protocol:literal $operand:ident [$($before:ident),*] => [$($after:ident),*] $doc:literal;)*) => {
        /// An opcode; its discriminant is its byte.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = $doc] $variant = $code,)*
        }

        /// All opcodes of protocols 0 to 5, in the order of `pickletools.opcodes`.
        pub static OPCODES: [OpcodeInfo; 68] = [
            $(OpcodeInfo {
                opcode: Opcode::$variant,
                name: $name,
                protocol: $protocol,
                operand: OperandKind::$operand,
                before: &[$(StackItem::$before),*],
                after: &[$(StackItem::$after),*],
                doc: $doc,
            },)*
        ];

        /// What a reader asks of each byte: opcode and framing.
        pub(crate) static BY_BYTE: [(Option<Opcode>, Framing); 256] = {
            let mut table = [(None, Framing::Unknown); 256];
            $(table[$code] = (Some(Opcode::$variant), OperandKind::$operand.framing());)*
            table
        };

        /// Protocol by byte; 0 where there is no opcode.
        static PROTOCOL_BY_BYTE: [u8; 256] = {
            let mut table = [0; 256];
            $(table[$code] = $protocol;)*
            table
        };
    };
}

impl Opcode {
    /// The opcode of a byte of a stream.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        BY_BYTE[byte as usize].0
    }

    /// The opcode of a `pickletools` name such as `"SHORT_BINUNICODE"` (upper case).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        OPCODES.iter().find(|info| info.name == name).map(|info| info.opcode)
    }

    /// Its row of the table.
    #[must_use]
    pub fn info(self) -> &'static OpcodeInfo {
        &OPCODES[INDEX_BY_BYTE[self as usize] as usize]
    }

    /// Its name in `pickletools`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The protocol that brought it.
    #[must_use]
    #[inline]
    pub fn protocol(self) -> u8 {
        PROTOCOL_BY_BYTE[self as usize]
    }

    /// Whether it pushes a constant that its bytes describe: a number, bool, str, bytes or None.
    #[must_use]
    #[inline(always)]
    pub fn is_literal(self) -> bool {
        LITERAL_BY_BYTE[self as usize]
    }

    /// Whether it pushes a str, or a Python 2 string, which is loaded as one.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.is_literal() && matches!(self.info().after, [StackItem::Str | StackItem::BytesOrStr])
    }

    /// Whether it puts the top of the stack into a memo slot.
    #[must_use]
    pub fn fills_memo(self) -> bool {
        matches!(self, Self::Memoize | Self::Put | Self::BinPut | Self::LongBinPut)
    }

    /// Whether its operand is the number of a memo slot.
    #[must_use]
    pub fn names_slot(self) -> bool {
        matches!(
            self,
            Self::Get | Self::Put | Self::BinGet | Self::BinPut | Self::LongBinGet | Self::LongBinPut
        )
    }

    /// Whether it takes the topmost mark and all above it.
    #[must_use]
    pub fn takes_mark(self) -> bool {
        self.info().before.contains(&StackItem::Mark)
    }
}

/// Row of [`OPCODES`] by byte; 255 where there is no opcode.
static INDEX_BY_BYTE: [u8; 256] = {
    let mut table = [255; 256];
    let mut row = 0;
    while row < OPCODES.len() {
        table[OPCODES[row].opcode as usize] = row as u8;
        row += 1;
    }
    table
};

/// Whether an opcode pushes a constant, by byte.
static LITERAL_BY_BYTE: [bool; 256] = {
    let mut table = [false; 256];
    let mut row = 0;
    while row < OPCODES.len() {
        table[OPCODES[row].opcode as usize] = matches!(
            OPCODES[row].after,
            [StackItem::Bool
                | StackItem::ByteArray
                | StackItem::Bytes
                | StackItem::BytesOrStr
                | StackItem::Float
                | StackItem::Int
                | StackItem::IntOrBool
                | StackItem::None
                | StackItem::Str]
        );
        row += 1;
    }
    table
};

#[rustfmt::skip]
opcodes! {
    0x49 Int "INT" 0 DecimalLine [] => [IntOrBool] "Pushes an integer written as decimal text; the texts 00 and 01 are False and True.";
    0x4a BinInt "BININT" 1 Int4 [] => [Int] "Pushes a four-byte signed integer.";
    0x4b BinInt1 "BININT1" 1 Uint1 [] => [Int] "Pushes a one-byte unsigned integer.";
    0x4d BinInt2 "BININT2" 1 Uint2 [] => [Int] "Pushes a two-byte unsigned integer.";
    0x4c Long "LONG" 0 LongLine [] => [Int] "Pushes an integer of any size written as decimal text, usually with a final L.";
    0x8a Long1 "LONG1" 2 Long1 [] => [Int] "Pushes an integer of up to 255 bytes, little-endian two's complement.";
    0x8b Long4 "LONG4" 2 Long4 [] => [Int] "Pushes an integer of up to 2 GiB of bytes, little-endian two's complement.";
    0x53 String "STRING" 0 StringLine [] => [BytesOrStr] "Pushes a Python 2 byte string written as a quoted literal.";
    0x54 BinString "BINSTRING" 1 String4 [] => [BytesOrStr] "Pushes a Python 2 byte string with a four-byte length.";
    0x55 ShortBinString "SHORT_BINSTRING" 1 String1 [] => [BytesOrStr] "Pushes a Python 2 byte string of up to 255 bytes.";
    0x42 BinBytes "BINBYTES" 3 Bytes4 [] => [Bytes] "Pushes a bytes object with a four-byte length.";
    0x43 ShortBinBytes "SHORT_BINBYTES" 3 Bytes1 [] => [Bytes] "Pushes a bytes object of up to 255 bytes.";
    0x8e BinBytes8 "BINBYTES8" 4 Bytes8 [] => [Bytes] "Pushes a bytes object with an eight-byte length.";
    0x96 ByteArray8 "BYTEARRAY8" 5 ByteArray8 [] => [ByteArray] "Pushes a bytearray with an eight-byte length.";
    0x97 NextBuffer "NEXT_BUFFER" 5 None [] => [Buffer] "Pushes the next out-of-band buffer that the caller of the unpickler provides.";
    0x98 ReadonlyBuffer "READONLY_BUFFER" 5 None [Buffer] => [Buffer] "Makes the buffer on top of the stack read-only.";
    0x4e None "NONE" 0 None [] => [None] "Pushes None.";
    0x88 NewTrue "NEWTRUE" 2 None [] => [Bool] "Pushes True.";
    0x89 NewFalse "NEWFALSE" 2 None [] => [Bool] "Pushes False.";
    0x56 Unicode "UNICODE" 0 UnicodeLine [] => [Str] "Pushes a str written in raw-unicode-escape up to a newline.";
    0x8c ShortBinUnicode "SHORT_BINUNICODE" 4 Unicode1 [] => [Str] "Pushes a str of up to 255 bytes of UTF-8.";
    0x58 BinUnicode "BINUNICODE" 1 Unicode4 [] => [Str] "Pushes a str in UTF-8 with a four-byte length.";
    0x8d BinUnicode8 "BINUNICODE8" 4 Unicode8 [] => [Str] "Pushes a str in UTF-8 with an eight-byte length.";
    0x46 Float "FLOAT" 0 FloatLine [] => [Float] "Pushes a float written as decimal text.";
    0x47 BinFloat "BINFLOAT" 1 Float8 [] => [Float] "Pushes an eight-byte big-endian IEEE 754 float.";
    0x5d EmptyList "EMPTY_LIST" 1 None [] => [List] "Pushes a new empty list.";
    0x61 Append "APPEND" 0 None [List, Any] => [List] "Appends the top item to the list below it.";
    0x65 Appends "APPENDS" 1 None [List, Mark, StackSlice] => [List] "Extends the list below the topmost mark by the items above the mark.";
    0x6c List "LIST" 0 None [Mark, StackSlice] => [List] "Builds a list of the items above the topmost mark.";
    0x29 EmptyTuple "EMPTY_TUPLE" 1 None [] => [Tuple] "Pushes the empty tuple.";
    0x74 Tuple "TUPLE" 0 None [Mark, StackSlice] => [Tuple] "Builds a tuple of the items above the topmost mark.";
    0x85 Tuple1 "TUPLE1" 2 None [Any] => [Tuple] "Builds a tuple of the top item.";
    0x86 Tuple2 "TUPLE2" 2 None [Any, Any] => [Tuple] "Builds a tuple of the top two items.";
    0x87 Tuple3 "TUPLE3" 2 None [Any, Any, Any] => [Tuple] "Builds a tuple of the top three items.";
    0x7d EmptyDict "EMPTY_DICT" 1 None [] => [Dict] "Pushes a new empty dict.";
    0x64 Dict "DICT" 0 None [Mark, StackSlice] => [Dict] "Builds a dict of the keys and values above the topmost mark.";
    0x73 SetItem "SETITEM" 0 None [Dict, Any, Any] => [Dict] "Stores the top item under the key below it in the dict (or object) below both.";
    0x75 SetItems "SETITEMS" 1 None [Dict, Mark, StackSlice] => [Dict] "Stores the keys and values above the topmost mark in the dict (or object) below the mark.";
    0x8f EmptySet "EMPTY_SET" 4 None [] => [Set] "Pushes a new empty set.";
    0x90 AddItems "ADDITEMS" 4 None [Set, Mark, StackSlice] => [Set] "Adds the items above the topmost mark to the set below the mark.";
    0x91 FrozenSet "FROZENSET" 4 None [Mark, StackSlice] => [FrozenSet] "Builds a frozenset of the items above the topmost mark.";
    0x30 Pop "POP" 0 None [Any] => [] "Drops the top item, or the topmost mark when nothing lies above it.";
    0x32 Dup "DUP" 0 None [Any] => [Any, Any] "Pushes the top item once more.";
    0x28 Mark "MARK" 0 None [] => [Mark] "Remembers this height of the stack for an opcode that takes all items above it.";
    0x31 PopMark "POP_MARK" 1 None [Mark, StackSlice] => [] "Drops the topmost mark and the items above it.";
    0x67 Get "GET" 0 DecimalLine [] => [Any] "Pushes the object of a memo slot; the slot is written as decimal text.";
    0x68 BinGet "BINGET" 1 Uint1 [] => [Any] "Pushes the object of a memo slot below 256.";
    0x6a LongBinGet "LONG_BINGET" 1 Uint4 [] => [Any] "Pushes the object of a memo slot with a four-byte number.";
    0x70 Put "PUT" 0 DecimalLine [] => [] "Stores the top item in a memo slot, without popping it; the slot is written as decimal text.";
    0x71 BinPut "BINPUT" 1 Uint1 [] => [] "Stores the top item in a memo slot below 256, without popping it.";
    0x72 LongBinPut "LONG_BINPUT" 1 Uint4 [] => [] "Stores the top item in a memo slot with a four-byte number, without popping it.";
    0x94 Memoize "MEMOIZE" 4 None [Any] => [Any] "Stores the top item in the next memo slot (the number of slots in use), without popping it.";
    0x82 Ext1 "EXT1" 2 Uint1 [] => [Any] "Pushes the global that the extension registry (copyreg) has under a one-byte code.";
    0x83 Ext2 "EXT2" 2 Uint2 [] => [Any] "Pushes the global that the extension registry (copyreg) has under a two-byte code.";
    0x84 Ext4 "EXT4" 2 Int4 [] => [Any] "Pushes the global that the extension registry (copyreg) has under a four-byte code.";
    0x63 Global "GLOBAL" 0 LinePair [] => [Any] "Imports a module and pushes one of its attributes: a class, a function, anything.";
    0x93 StackGlobal "STACK_GLOBAL" 4 None [Str, Str] => [Any] "Imports the module, and pushes the attribute, that the top two strings name.";
    0x52 Reduce "REDUCE" 0 None [Any, Any] => [Any] "Calls the callable below the top item with the top item, a tuple, as arguments.";
    0x62 Build "BUILD" 0 None [Any, Any] => [Any] "Sets the state of the object below the top item: __setstate__(state), or an update of its __dict__.";
    0x69 Inst "INST" 0 LinePair [Mark, StackSlice] => [Any] "Imports a class and calls it with the items above the topmost mark as arguments.";
    0x6f Obj "OBJ" 1 None [Mark, Any, StackSlice] => [Any] "Calls the first item above the topmost mark with the items that follow it as arguments.";
    0x81 NewObj "NEWOBJ" 2 None [Any, Any] => [Any] "Makes an instance by cls.__new__(cls, *args), without __init__.";
    0x92 NewObjEx "NEWOBJ_EX" 4 None [Any, Any, Any] => [Any] "Makes an instance by cls.__new__(cls, *args, **kwargs), without __init__.";
    0x80 Proto "PROTO" 2 Uint1 [] => [] "Declares the protocol of the pickle.";
    0x2e Stop "STOP" 0 None [Any] => [] "Ends the pickle; the top item is its result.";
    0x95 Frame "FRAME" 4 Uint8 [] => [] "Announces how many of the following bytes may be read at once.";
    0x50 PersId "PERSID" 0 TextLine [] => [Any] "Pushes what persistent_load returns for an id written as a line of text.";
    0x51 BinPersId "BINPERSID" 1 None [Any] => [Any] "Pushes what persistent_load returns for the id on top of the stack.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_consistent() {
        assert_eq!(OPCODES.len(), 68);
        for info in &OPCODES {
            assert_eq!(Opcode::from_byte(info.opcode as u8), Some(info.opcode));
            assert_eq!(Opcode::from_name(info.name), Some(info.opcode));
            assert_eq!(info.opcode.info().name, info.name);
            assert_eq!(info.opcode.protocol(), info.protocol);
            assert!(info.doc.ends_with('.') && !info.doc.contains('\n'), "{}", info.name);
        }
        assert_eq!(OPCODES.iter().filter(|info| info.opcode.is_literal()).count(), 23);
        assert!(Opcode::Unicode.is_text() && !Opcode::BinInt.is_text() && !Opcode::EmptyList.is_literal());
        assert_eq!((0..=255).filter(|&b| Opcode::from_byte(b).is_some()).count(), 68);
    }
}
