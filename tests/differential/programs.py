"""Pickle programs that no pickler writes: by hand, by a random writer, and by damaging real ones."""

from __future__ import annotations

import pickle
import pickletools
import random
import struct
from collections.abc import Callable, Iterator

from objects import all_objects, dump_all

LINES = [
    b"0",
    b"-0",
    b"+1",
    b"007",
    b" 1",
    b"1 ",
    b"1\r",
    b"1_000",
    b"00",
    b"01",
    b"1L",
    b"-5L",
    b"0x10",
    b"L",
    b"",
    b"1\0",
    b"9" * 50,
]
FLOATS = [b"0", b"-0.0", b"1e400", b"nan", b"-inf", b" 1.5 ", b"1_0.5", b"1.5e-320", b"0x1p3", b"", b".", b"infinity"]
QUOTED = [
    b"'a'",
    b'"a"',
    b"'a",
    b"a'",
    b"'",
    b"''",
    b"'\\x41'",
    b"'\\''",
    b"'\xe9'",
    b"'\\400'",
    b"'\\N{x}'",
    b"'a' ",
    b"'\\\n",
]
UNICODE = [
    b"abc",
    b"\\u00e4",
    b"\\U0001f600",
    b"\\ud800",
    b"\\u12",
    b"\xe4",
    b"",
    b"a\\\\u0041",
    b"\\U00110000",
    b"a\rb",
]
NAMES = [b"os", b"a b", b"a.b.c", b"", b"m\xc3\xb6d", b"o\\x73", b"\\xZ", b"a\0b", b"trailing\\", b"\xff", b"tab\t"]


def by_hand() -> Iterator[tuple[str, bytes]]:
    """One program for every operand of text form, and for stacks, marks and memos in odd states."""
    for number, text in enumerate(LINES):
        for code in b"ILgp":
            head = b"Np5\n0" if code == ord("p") else b"Np0\np1\n0" if code == ord("g") else b""
            value = b"N" if code == ord("p") else b""
            yield f"line_{chr(code)}_{number}", head + value + bytes([code]) + text + b"\n."
    for code, operands in ((b"F", FLOATS), (b"S", QUOTED), (b"V", UNICODE), (b"P", NAMES)):
        for number, text in enumerate(operands):
            yield f"text_{code.decode()}_{number}", code + text + b"\n."
    for number, module in enumerate(NAMES):
        yield f"global_module_{number}", b"c" + module + b"\nname\n."
        yield f"global_name_{number}", b"cmodule\n" + module + b"\n."
        yield f"inst_{number}", b"(i" + module + b"\n" + module + b"\n."
    yield from ((f"odd_{number}", data) for number, data in enumerate(ODD))


ODD = [
    b"", b".", b"N", b"N.", b"NN.", b"(.", b"(N.", b"(1N.", b"0.", b"N0.", b"(0N.", b"1.", b"t.", b"N(t0.", b"(2t.", b"N2\x86.",
    b"]q\x00]q\x00.", b"h\x00.", b"g0\n.", b"]\x94h\x00\x86.", b"]r\x00\x00\x00\x80j\x00\x00\x00\x80\x86.", b"j\xff\xff\xff\xff.",
    b"\x80\x00N.", b"\x80\x05N.", b"\x80\x06N.", b"\x80\xffN.", b"N\x80\x02.", b"\x80\x02\x80\x04N.", b"\x80",
    b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00N.", b"\x95\xff\xff\xff\xff\xff\xff\xff\xffN.", b"\x95\x02\x00\x00\x00\x00\x00\x00\x00N.N.",
    b"B\xff\xff\xff\xff.", b"X\xff\xff\xff\xff.", b"T\xff\xff\xff\xff.", b"T\x00\x00\x00\x80.", b"\x8b\xff\xff\xff\xff.",
    b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", b"\x96\x01\x00\x00\x00\x00\x00\x00\x80.",
    b"\x8a\x00.", b"\x8a\x01\xff.", b"\x8a\x02\x00\x80.", b"\x8b\x00\x00\x00\x00.", b"\x8b\x01\x00\x00\x00\x80.", b"\x8a\x05ab",
    b"X\x01\x00\x00\x00\xff.", b"X\x03\x00\x00\x00\xed\xa0\x80.", b"\x8c\x02\xc0\x80.", b"X\x04\x00\x00\x00\xf4\x90\x80\x80.",
    b"U\x03\xe9\x00'.", b"C\x00.", b"K", b"M\x01", b"J\xff\xff\xff\xff.", b"G\x7f\xf0\x00\x00\x00\x00\x00\x00.", b"G\x7f\xf8\x00\x00\x00\x00\x00\x01.",
    b"\x82\x00.", b"\x82\xff.", b"\x83\x00\x00.", b"\x84\xff\xff\xff\xff.", b"\x84\xff\xff\xff\x7f.", b"\x97.", b"\x97\x98.", b"\x98.",
    b"(cos\ngetpid\no.", b"(o.", b"(lp0\nI1\na.", b"(dp0\nI1\nI2\ns.", b"(I1\nd.", b"}(I1\nu.", b"](e.", b"\x8f(\x90.", b"(\x91.",
    b"cos\ngetpid\n(tR.", b"cos\ngetpid\n)R.", b"R.", b"N)b.", b"N)}\x92.", b"N)\x81.", b"\x8c\x02os\x8c\x06getpid\x93.", b"NN\x93.",
    b"NQ.", b"Pid\n.", b"N.N.", b"N.\n", b"N.\x00", b"N.garbage", b"\nN.", b"\xef\xbb\xbfN.", b"N.\x80\x04N.", b"(((((N.", b"(((N1110N.",
    b"N" + b"2" * 50 + b"0" * 50 + b".", b"(" * 3 + b"t" * 3 + b".", b"I01\n.", b"I00\n.", b"\xc0N.", b"a.", b"]a.", b"]Na.", b"s.", b"]NNs.",
    b"\x8a\xff" + b"\x7f" * 255 + b".", b"\x8b\x00\x08\x00\x00" + b"\x7f" * 2048 + b".",
]  # fmt: skip


def random_programs(count: int) -> Iterator[tuple[str, bytes]]:
    """Streams of well-formed ops whose effects make no sense."""
    for seed in range(count):
        rng = random.Random(seed)
        body = b"".join(random_op(rng) for _ in range(rng.randrange(1, 60)))
        yield f"program_{seed}", body + b"."


def random_op(rng: random.Random) -> bytes:
    """One op with an operand of its form; those that keep a stack going are more frequent."""
    if rng.random() < 0.4:
        return rng.choice([b"N", b"K\x05", b"]", b"}", b")", b"\x8c\x01a", b"(", b"\x94", b"q\x01", b"U\x01b"])
    opcode = rng.choice([op for op in pickletools.opcodes if op.name != "STOP"])
    return opcode.code.encode("latin-1") + operand(opcode.arg, rng)


def operand(kind: pickletools.ArgumentDescriptor | None, rng: random.Random) -> bytes:
    """Bytes for an operand."""
    return OPERANDS[kind.name](rng) if kind else b""


def sized(form: str) -> Callable[[random.Random], bytes]:
    """A length and as many bytes."""

    def make(rng: random.Random) -> bytes:
        body = bytes(rng.choice(b"abc'\\\xc3\xa4\x00\n") for _ in range(rng.randrange(12)))
        return struct.pack(form, len(body)) + body

    return make


def any_line(lines: list[bytes]) -> Callable[[random.Random], bytes]:
    """One of some lines."""
    return lambda rng: rng.choice(lines) + b"\n"


def fixed(size: int) -> Callable[[random.Random], bytes]:
    """That many bytes, small numbers more often."""
    return lambda rng: rng.choice([bytes([rng.randrange(4)]) + bytes(size - 1), rng.randbytes(size)])


OPERANDS: dict[str, Callable[[random.Random], bytes]] = {
    "decimalnl_short": any_line(LINES[:9]),
    "decimalnl_long": any_line([b"1L", b"-7L", b"12", b"007L"]),
    "floatnl": any_line(FLOATS[:6]),
    "stringnl": any_line(QUOTED),
    "stringnl_noescape": any_line(NAMES[:5]),
    "stringnl_noescape_pair": lambda rng: rng.choice(NAMES[:5]) + b"\n" + rng.choice(NAMES[:3]) + b"\n",
    "unicodestringnl": any_line(UNICODE),
    "float8": fixed(8),
    "int4": fixed(4),
    "uint1": fixed(1),
    "uint2": fixed(2),
    "uint4": fixed(4),
    "uint8": lambda rng: struct.pack("<Q", rng.randrange(40)),
    "long1": sized("<B"),
    "long4": sized("<i"),
    "string1": sized("<B"),
    "string4": sized("<i"),
    "bytes1": sized("<B"),
    "bytes4": sized("<I"),
    "bytes8": sized("<Q"),
    "bytearray8": sized("<Q"),
    "unicodestring1": sized("<B"),
    "unicodestring4": sized("<I"),
    "unicodestring8": sized("<Q"),
}


def mutations(count: int) -> Iterator[tuple[str, bytes]]:
    """Real pickles with a byte changed, taken out, put in, or with their end cut off."""
    sources = [data for value in all_objects().values() for data in dump_all(value) if len(data) < 4000]
    sources.append(pickle.dumps(print))
    for seed in range(count):
        rng = random.Random(seed)
        data = bytearray(rng.choice(sources))
        for _ in range(rng.choice([1, 1, 1, 3])):
            rng.choice(DAMAGES)(data, rng)
        yield f"mutation_{seed}", bytes(data)


def flip(data: bytearray, rng: random.Random) -> None:
    """Changes one bit."""
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def replace(data: bytearray, rng: random.Random) -> None:
    """Changes one byte."""
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def insert(data: bytearray, rng: random.Random) -> None:
    """Puts some bytes in."""
    place = rng.randrange(len(data) + 1)
    data[place:place] = rng.choice([rng.randbytes(rng.randrange(1, 5)), random_op(rng)])


def delete(data: bytearray, rng: random.Random) -> None:
    """Takes some bytes out."""
    place = rng.randrange(len(data) + 1)
    del data[place : place + rng.randrange(1, 4)]


def truncate(data: bytearray, rng: random.Random) -> None:
    """Cuts the end off."""
    del data[rng.randrange(len(data) + 1) :]


DAMAGES = [flip, replace, insert, delete, truncate]
