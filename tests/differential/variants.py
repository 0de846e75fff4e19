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


def holder(attribute: str) -> Callable[[bytes], bytes]:
    """An object that holds the function under a name that is called by an allowed function."""
    return lambda function: NAMESPACE + b")\x81}" + short(attribute) + function + b"sb"


def keyword(callee: Name, arguments: bytes, key: str) -> Callable[[bytes], bytes]:
    """`partial` hands the function on as a keyword."""
    return lambda function: (
        PARTIAL + text(callee) + b"\x85R(" + text(callee) + arguments + b"}" + short(key) + function + b"sNtb)R"
    )


def class_attribute(attribute: str) -> Callable[[bytes], bytes]:
    """`BUILD` sets an attribute of a class that `type` gives."""
    class_of = text(("builtins", "type")) + NAMESPACE + b")\x81\x85R"
    return lambda function: class_of + b"N}" + short(attribute) + function + b"s\x86b"


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
    "ordered-hook": lambda function: (
        NAMESPACE + b")\x81" + text(HARMLESS) + b")R" + short("append") + function + b"sbNa"
    ),
    "sorted-key": keyword(("builtins", "sorted"), b"]" + ARGUMENT + b"a\x85", "key"),
    "print-file": lambda function: keyword(("builtins", "print"), ARGUMENT + b"\x85", "file")(
        holder("write")(function)
    ),
    "class-attribute": class_attribute("__setitem__"),
    "class-by-value": lambda function: (
        text(("cloudpickle.cloudpickle", "_class_setstate"))
        + text(HARMLESS)
        + b"}"
        + short("append")
        + function
        + b"s}\x86\x86R"
    ),
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


@dataclass(frozen=True)
class Object:
    """Something harmless to make, and a method of it that is not."""

    maker: bytes
    asks: Name
    method: str
    # Whether a method of it leads to anything, so that to read it is an error.
    walks: bool = False


def made(name: Name, *arguments: str) -> bytes:
    """A call with arguments that are texts."""
    return text(name) + b"(" + b"".join(short(argument) for argument in arguments) + b"tR"


OBJECTS: list[Object] = [
    *(
        Object(made(("pathlib", path), "x"), ("pathlib", path), method)
        for path in ("Path", "PosixPath")
        for method in ("write_text", "read_bytes", "unlink", "touch", "open", "rename", "symlink_to", "rmdir")
    ),
    *(
        Object(made(("pandas", "DataFrame")), ("pandas", "DataFrame"), method)
        for method in ("to_pickle", "to_csv", "eval", "query", "apply", "pipe", "agg")
    ),
    *(Object(made(("numpy", "array"), "x"), ("numpy", "array"), method) for method in ("tofile", "dump")),
    Object(made(("string", "Formatter")), ("string", "Formatter"), "get_field", walks=True),
    Object(made(("configparser", "ConfigParser")), ("configparser", "ConfigParser"), "read"),
    Object(
        text(("xml.etree.ElementTree", "ElementTree")) + b")\x81", ("xml.etree.ElementTree", "ElementTree"), "write"
    ),
]


def methods() -> Iterator[Variant]:
    """Harmful methods of harmless objects, which `getattr` reads and every carrier hands on."""
    turns = itertools.count()
    for thing in OBJECTS:
        function = text(("builtins", "getattr")) + thing.maker + short(thing.method) + b"\x86R"
        for carrier, carry in CARRIERS.items():
            label = f"{thing.asks[0]}.{thing.asks[1]}().{thing.method} {carrier}"
            yield packed(label, carry(function), thing.asks, next(turns))


def call(callee: bytes, *arguments: bytes) -> bytes:
    """`REDUCE` on a tuple."""
    return callee + b"(" + b"".join(arguments) + b"tR"


def listed(*items: bytes) -> bytes:
    """A list."""
    return b"](" + b"".join(items) + b"e"


# How something harmless is given a function, or a partial of it, that is not called where it can be seen.
HOLDERS: dict[str, Callable[[bytes], bytes]] = {
    "partial": lambda function: call(PARTIAL, function),
    "partial-new": lambda function: PARTIAL + function + b"\x85\x81",
    "partial-obj": lambda function: b"(" + PARTIAL + function + b"o",
    "partial-state": lambda function: call(PARTIAL, text(HARMLESS)) + b"(" + function + b")}Ntb",
    "method": lambda function: call(text(("types", "MethodType")), function, short("a")),
    "factory": lambda function: call(text(("collections", "defaultdict")), function),
    "static": lambda function: call(text(("builtins", "staticmethod")), function),
    "property": lambda function: call(text(("builtins", "property")), function),
    "attribute": lambda function: NAMESPACE + b")\x81}" + short("transpose") + function + b"sb",
    "slot": lambda function: NAMESPACE + b")\x81N}" + short("transpose") + function + b"s\x86b",
    "list": listed,
    "old-list": lambda function: b"(" + function + b"l",
    "dict": lambda function: b"}" + short("a") + function + b"s",
    "old-dict": lambda function: b"(" + short("a") + function + b"d",
    "set": lambda function: b"\x8f(" + function + b"\x90",
    "frozen": lambda function: b"(" + function + b"\x91",
    "nested-tuple": lambda function: function + b"\x85\x85\x85",
    "inst": lambda function: b"(" + function + b"icollections\ndefaultdict\n",
    "keyword": lambda function: NAMESPACE + b")}" + short("a") + function + b"s\x92",
    "put": lambda function: call(text(HARMLESS)) + short("a") + function + b"s",
    "reduce": lambda function: call(text(("functools", "reduce")), function, listed(short("a"), short("b"))),
}

# What is judged by how it is called.
JUDGED_BY_CALL: list[Name] = [
    ("builtins", "getattr"), ("numpy.core", "_ufunc_reconstruct"), ("torch.storage", "_load_from_bytes"),
    ("copyreg", "_reconstructor"), ("torch._tensor", "_rebuild_from_type_v2"),
]  # fmt: skip


def handed_on() -> Iterator[Variant]:
    """Functions that are harmless in the shape in which they are called, and are called by something else."""
    turns = itertools.count()
    for name in JUDGED_BY_CALL:
        for (form, write), (holder_, hold) in itertools.product(FORMS.items(), HOLDERS.items()):
            yield packed(f"{name[1]} {form} {holder_}", hold(write(name)), name, next(turns))
        # That it is called as it should be before changes nothing.
        called = text(name) + b"q\xf60" + call(b"h\xf6", short("a"), short("b")) + b"0"
        for holder_, hold in HOLDERS.items():
            yield packed(f"{name[1]} called {holder_}", called + hold(b"h\xf6"), name, next(turns))


DISTRIBUTIONS: list[Name] = [
    ("scipy.stats._continuous_distns", "norm_gen"), ("scipy.stats._discrete_distns", "binom_gen"),
]  # fmt: skip

INSTANCES: dict[str, Callable[[bytes], bytes]] = {
    "new": lambda class_: class_ + b")\x81",
    "reduce": lambda class_: class_ + b")R",
    "newobj-ex": lambda class_: class_ + b")}\x92",
    "obj": lambda class_: b"(" + class_ + b"o",
    "newobj-function": lambda class_: call(text(("copyreg", "__newobj__")), class_),
    "reconstructor": lambda class_: call(
        text(("copyreg", "_reconstructor")), class_, text(("builtins", "object")), b"N"
    ),
    "object-new": lambda class_: call(b"\x8c\x08builtins\x8c\x0eobject.__new__\x93", class_),
}


def states() -> Iterator[Variant]:
    """Source text in states that `dict.update` takes, and that are no dict."""
    turns = itertools.count()
    key, source = short("_parse_arg_template"), short("print(1)")
    pair = key + source + b"\x86"
    both = key + source
    dict_ = b"}" + both + b"s"
    forms = {
        "list": listed(pair), "tuple": pair + b"\x85", "lists": listed(listed(key, source)),
        "set": b"\x8f(" + pair + b"\x90", "frozen": b"(" + pair + b"\x91",
        "keys-of-dict": b"}(" + key + b"N" + source + b"Nu" + b"\x85",
        "fromkeys": call(b"\x8c\x08builtins\x8c\x0ddict.fromkeys\x93", listed(key), source),
        "partial": call(call(PARTIAL, text(("builtins", "dict")), listed(pair))),
    }  # fmt: skip
    one = {
        "proxy": ("types", "MappingProxyType"), "chain-map": ("collections", "ChainMap"),
        "user-dict": ("collections", "UserDict"), "ordered": ("collections", "OrderedDict"),
        "items-view": ("collections.abc", "ItemsView"), "dict-class": ("builtins", "dict"),
    }  # fmt: skip
    forms |= {label: call(text(name), dict_) for label, name in one.items()}
    several = {
        "deque": ("collections", "deque"), "user-list": ("collections", "UserList"),
        "reversed": ("builtins", "reversed"),
        "sorted": ("builtins", "sorted"), "iter": ("builtins", "iter"), "chain": ("itertools", "chain"),
        "tuple-class": ("builtins", "tuple"), "array": ("numpy", "array"), "mode": ("statistics", "mode"),
        "next": ("builtins", "next"),
    }  # fmt: skip
    forms |= {label: call(text(name), listed(pair)) for label, name in several.items()}
    columns = {"zip": ("builtins", "zip"), "product": ("itertools", "product"), "longest": ("itertools", "zip_longest")}
    forms |= {label: call(text(name), listed(key), listed(source)) for label, name in columns.items()}
    for name in DISTRIBUTIONS:
        for (form, state), (made_, make) in itertools.product(forms.items(), INSTANCES.items()):
            yield packed(f"{name[1]} {form} {made_}", make(text(name)) + state + b"b", name, next(turns))


def laundered() -> Iterator[Variant]:
    """Classes, functions and shared objects that come out of something else, and are changed then."""
    turns = itertools.count()
    things = {
        "class": (text(("configparser", "ConfigParser")), ("configparser", "ConfigParser")),
        "function": (text(("statistics", "mean")), ("statistics", "mean")),
        "logger": (made(("logging", "getLogger"), "a"), ("logging", "getLogger")),
        "zone": (made(("pytz", "_p"), "UTC"), ("pytz", "_p")),
    }
    getitem, function = text(("operator", "getitem")), b"h\xf7"
    ways: dict[str, bytes] = {
        "getitem-list": call(getitem, listed(function), b"K\x00"),
        "getitem-tuple": call(getitem, function + b"\x85", b"K\x00"),
        "getitem-deque": call(getitem, call(text(("collections", "deque")), listed(function)), b"K\x00"),
        "getitem-missing": call(
            getitem, call(text(("collections", "defaultdict")), call(PARTIAL, text(("builtins", "max")))), b"K\x00"
        ) + b"0" + call(getitem, listed(function), b"K\x00"),
        "get": call(b"\x8c\x08builtins\x8c\x08dict.get\x93", b"}K\x00" + function + b"s", b"K\x00"),
        "next": call(text(("builtins", "next")), call(text(("builtins", "iter")), listed(function))),
        "max": call(text(("builtins", "max")), listed(function)),
        "partial-max": call(call(PARTIAL, text(("builtins", "max"))), listed(function)),
        "reduce": call(text(("functools", "reduce")), text(("operator", "or_")), listed(function)),
        "mode": call(text(("statistics", "mode")), listed(function)),
        "numpy": call(text(("numpy", "maximum")), function, function),
    }  # fmt: skip
    changes = {
        "state": b"}" + short("a") + b"Nsb", "slots": b"N}" + short("a") + b"Ns\x86b", "item": short("a") + b"Ns",
        "items": b"(" + short("a") + b"Nu", "append": b"Na",
    }  # fmt: skip
    for label, (thing, asks) in things.items():
        for (way, take), (how, change) in itertools.product(ways.items(), changes.items()):
            yield packed(f"{label} {way} {how}", thing + b"q\xf70" + take + change, asks, next(turns))


def looked_up() -> Iterator[Variant]:
    """Harmful functions that are looked up by what numpy writes for its own."""
    turns = itertools.count()
    lookup = ("numpy.core", "_ufunc_reconstruct")
    for name in ("fromfile", "save", "memmap", "load", "__builtins__", "__dict__"):
        function = text(lookup) + short("numpy") + short(name) + b"\x86R"
        for carrier, carry in CARRIERS.items():
            yield packed(f"ufunc {name} {carrier}", carry(function), lookup, next(turns))


def address(key: bytes) -> list[bytes]:
    """An object with an attribute that numpy takes for an address, in the ways to give it one."""
    interface = b"}" + short("data") + b"M\x00\x10\x89\x86s"
    pairs = b"](" + key + interface + b"\x86e"
    simple = text(("types", "SimpleNamespace"))
    return [
        NAMESPACE + b")\x81}" + key + interface + b"sb",
        NAMESPACE + b")\x81N}" + key + interface + b"s\x86b",
        NAMESPACE + b")\x81" + text(HARMLESS) + b")R" + key + interface + b"sb",
        NAMESPACE + b")\x81" + text(("builtins", "dict")) + pairs + b"\x85Rb",
        text(("builtins", "ValueError")) + b")R}" + key + interface + b"sb",
        PARTIAL + simple + b"\x85R(" + simple + b")}" + key + interface + b"sNtb)R",
        text(("sklearn.utils", "Bunch")) + b")R" + key + interface + b"s",
        text(("torch._tensor", "_rebuild_from_type_v2")) + b"(" + NAMESPACE * 2 + b")}" + key + interface + b"stR",
    ]


def memory() -> Iterator[Variant]:
    """Arrays over memory that is not theirs."""
    turns = itertools.count()
    for name in ("__array_interface__", "__array_struct__", "__cuda_array_interface__"):
        joined = text(("operator", "concat")) + short(name[:7]) + short(name[7:]) + b"\x86R"
        other = text(("collections", "UserString")) + short(name) + b"\x85R"
        chosen = text(("statistics", "mode")) + b"]" + short(name) + b"a\x85R"
        computed = {"joined": joined, "other-class": other, "chosen": chosen}
        octal = b"S'" + "".join(f"\\{ord(character):o}" for character in name).encode() + b"'\n"
        keys = {**computed, "quoted": quoted(name), "octal": octal, "short": short(name),
                "binunicode": binunicode(name), "escaped": escaped(name),
                "from-memo": short(name) + b"q\xf50h\xf5"}  # fmt: skip
        for form, key in keys.items():
            for number, body in enumerate(address(key)):
                # An item that is put into an object is an attribute of few classes: its name has to be seen.
                if form in computed and body.startswith(text(("sklearn.utils", "Bunch"))):
                    continue
                array = text(("numpy", "array")) + body + b"\x85R"
                yield packed(f"{name} {form} {number}", array, ("numpy", "array"), next(turns))
    none = b"NNN"
    fields = short("a") + b"\x85}" + short("a")
    int8 = text(("numpy", "dtype")) + short("i8") + b"\x89\x88\x87R"
    lies = {
        "objects": ("O8", none + b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00"),
        "field-beyond": ("V8", b"N" + fields + int8 + b"M\x90\x01\x86sK\x08K\x01K\x10"),
        "field-before": ("V8", b"N" + fields + int8 + b"J\xf0\xff\xff\xff\x86sK\x08K\x01K\x10"),
    }
    for label, (code, state) in lies.items():
        dtype = text(("numpy", "dtype")) + short(code) + b"\x89\x88\x87R(K\x03" + short("|") + state + b"tb"
        yield packed(f"dtype {label}", dtype, ("numpy", "dtype"), next(turns))


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
    for name in (("torch", "hub.load"), ("logging", "config.dictConfig"), ("numpy", "f2py.crackfortran.myeval"),
                 ("concurrent", "futures.ThreadPoolExecutor"), ("multiprocessing", "util.spawnv_passfds"),
                 ("pandas", "io.pickle.read_pickle"), ("joblib", "numpy_pickle.load")):  # fmt: skip
        for form, write in FORMS.items():
            label = f"{name[0]}.{name[1]} {form}"
            yield packed(label, write(name) + ARGUMENT + b"\x85R", name, next(turns))
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
