"""Objects of many kinds, and the pickles that CPython's picklers write for them."""

from __future__ import annotations

import array
import ast
import collections
import copyreg
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import ipaddress
import itertools
import math
import operator
import pathlib
import pickle
import pickletools
import random
import re
import string
import struct
import types
import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


# --- classes with every form of reduce --------------------------------------------------------------------------------


class Plain:
    """State in `__dict__`."""

    def __init__(self, **state: object) -> None:
        """Takes any attributes."""
        self.__dict__.update(state)


class Slots:
    """State in slots, as a pair of which the first is None."""

    __slots__ = ("first", "second")

    def __init__(self) -> None:
        """Fills the slots."""
        self.first, self.second = 1, "zwei"


class SlotsAndDict(Slots):
    """State in slots and in `__dict__`."""

    def __init__(self) -> None:
        """Fills both."""
        super().__init__()
        self.third = [3]


class Größe(Plain):
    """A name that is not ASCII."""


class NewArguments(tuple):
    """`__getnewargs__`."""

    __slots__ = ()

    def __getnewargs__(self) -> tuple[object, ...]:
        """Arguments of `__new__`."""
        return (list(self),)


class NewKeywords:
    """`__getnewargs_ex__`."""

    def __new__(cls, *, key: str) -> NewKeywords:
        """Takes a keyword."""
        self = super().__new__(cls)
        self.key = key
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, str]]:
        """Arguments and keywords of `__new__`."""
        return (), {"key": self.key}


class Reduced:
    """`__reduce__` that gives what it was made with."""

    def __init__(self, reduced: object) -> None:
        """Keeps the answer."""
        self.reduced = reduced

    def __reduce__(self) -> object:
        """The answer."""
        return self.reduced


SINGLETON = Reduced("SINGLETON")
"""Reduces to its own global name."""


class Outer:
    """Holds a nested class."""

    class Inner(Plain):
        """A dotted qualified name."""

    @classmethod
    def method(cls) -> None:
        """A bound class method."""


class ListWithState(list):
    """Items and state."""


class DictWithState(dict):
    """Items and state."""


class Colour(enum.Enum):
    """An enumeration."""

    RED = 1
    GREEN = "grün"


class Flags(enum.IntFlag):
    """A flag enumeration."""

    A = 1
    B = 2


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: float


@dataclasses.dataclass
class Record:
    """A data class."""

    name: str
    values: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenRecord:
    """A data class with slots."""

    name: str


class Extended(Plain):
    """Registered in the extension registry with one code byte."""


class Extended2(Plain):
    """Two code bytes."""


class Extended4(Plain):
    """Four code bytes."""


EXTENSION_CODES = {Extended: 0xF0, Extended2: 0xF0F0, Extended4: 0xF0F0F0}


# --- objects ----------------------------------------------------------------------------------------------------------


def scalars() -> dict[str, object]:
    """Values without parts."""
    edges = [
        sign * (2**bits) + delta
        for bits in (7, 8, 15, 16, 31, 32, 63, 64, 2040)
        for sign in (1, -1)
        for delta in (-1, 0, 1)
    ]
    floats = [0.0, -0.0, 1.5, 1e-320, 1e308, math.pi, math.inf, -math.inf, math.nan, 1e16, 123456789.123, 1e22, 5e-324]
    return {
        "none": None,
        "booleans": [True, False],
        "small_integers": list(range(-5, 300)),
        "integer_edges": edges,
        "huge_integer": 7**3000,
        "huge_negative_integer": -(11**1200),
        "long4": 1 << (255 * 8 + 3),
        "digits_4300": 10**4299,
        "digits_4301": 10**4300,
        "floats": floats,
        "random_floats": [struct.unpack("<d", random.Random(n).randbytes(8))[0] for n in range(200)],
        "complex": [1j, complex(-0.0, math.inf)],
        "ellipsis": [Ellipsis, NotImplemented],
        "types": [type(None), type(NotImplemented), type(...), int, type],
    }


def texts() -> dict[str, object]:
    """Strings and bytes."""
    latin = "".join(map(chr, range(256)))
    return {
        "empty_text": "",
        "ascii": string.printable,
        "latin1": latin,
        "astral": "Grüße, 世界 🥒 \U0010ffff",
        "surrogates": ["\ud800", "\udfff", "a\udc80b", "\ud83d\udd25"],
        "escapes": ["\\", "\\u0041", "'", '"', "'\"", "\r\n\t\0\x1a", "\\U0001f600\n"],
        "invisible": ["\u200b\u202e\u2066\ufeff", "\u2028\u2029\x85\x7f\xa0\xad", "\u0378\ue000\ufffe"],
        "combining": ["e\u0301", "\u0300alone", "\U000e0100"],
        "quotes": ["it's", 'say "it"', "both ' and \""],
        "long_text": "x" * 300 + "ä" * 70_000,
        "text_255": ["a" * 255, "a" * 256, "ä" * 127 + "a", "ä" * 128],
        "all_planes": "".join(chr(c) for c in range(0x20, 0x11_0000, 251) if not 0xD800 <= c < 0xE000),
        "bytes": [b"", b"abc", bytes(range(256)), b"'", b'"', b"'\""],
        "long_bytes": [b"x" * 255, b"x" * 256, b"\xff" * 70_000],
        "bytearrays": [bytearray(), bytearray(b"abc"), bytearray(300)],
    }


def containers() -> dict[str, object]:
    """Values with parts."""
    return {
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((((),),),)],
        "lists": [[], [1], list(range(1001)), [[[]]]],
        "dicts": [{}, {1: 2}, {str(n): n for n in range(1002)}, {(): {}}],
        "sets": [set(), {1, 2}, frozenset(), frozenset({1}), set(range(1003))],
        "shared": shared(),
        "memo_over_256": [[] for _ in range(300)] * 2,
        "memo_over_65536": [[str(n) for n in range(70_000)], "5", ["69999"]],
        "deep_lists": functools.reduce(lambda inner, _: [inner], range(150), []),
        "deep_tuples": functools.reduce(lambda inner, _: (inner,), range(150), ()),
        "ordered": collections.OrderedDict(a=1, b=2),
        "default_dict": collections.defaultdict(list, {"a": [1]}),
        "counter": collections.Counter("abracadabra"),
        "deque": collections.deque([1, 2, 3], maxlen=5),
        "chain_map": collections.ChainMap({"a": 1}, {"b": 2}),
        "ranges": [range(5), range(0, 10**20, 3), slice(1, None, 2)],
    }


def shared() -> list[object]:
    """Parts that are met again."""
    part: list[object] = ["part"]
    return [part, part, (part, part), {"key": part, "again": part}]


def recursive() -> dict[str, object]:
    """Values that hold themselves."""
    in_list: list[object] = []
    in_list.append(in_list)
    in_dict: dict[str, object] = {}
    in_dict["self"] = in_dict
    inner: list[object] = []
    in_tuple = (inner, 1, 2, 3)
    inner.append(in_tuple)
    short: list[object] = []
    in_pair = (short, 1)
    short.append(in_pair)
    instance = Plain()
    instance.me = instance
    member = Plain()
    member.holders = {member}
    frozen = Plain()
    frozen.holder = frozenset({frozen})
    return {
        "recursive_list": in_list,
        "recursive_dict": in_dict,
        "recursive_tuple": in_tuple,
        "recursive_pair": in_pair,
        "recursive_instance": instance,
        "recursive_set": member,
        "recursive_frozenset": frozen.holder,
    }


def library() -> dict[str, object]:
    """Classes of the standard library."""
    zone = datetime.timezone(datetime.timedelta(hours=2), "sümmer")
    moment = datetime.datetime(2024, 2, 29, 12, 30, 1, 5, zone)
    return {
        "datetime": [moment, moment.date(), moment.time(), datetime.timedelta(days=-1, seconds=3)],
        "decimal": [decimal.Decimal("1.10"), decimal.Decimal("NaN"), decimal.Decimal("-Infinity")],
        "fraction": fractions.Fraction(22, 7),
        "uuid": uuid.UUID(int=2**127 + 5),
        "paths": [pathlib.PurePosixPath("/tmp/ä b"), pathlib.PureWindowsPath("c:\\x")],
        "regex": [re.compile("a+", re.I), re.compile(b"\xff")],
        "arrays": [array.array("i", [1, -2]), array.array("d", [0.5]), array.array("u", "äb")],
        "addresses": [ipaddress.ip_address("::1"), ipaddress.ip_network("10.0.0.0/8")],
        "functions": [len, math.sin, operator.add, str.join, "".join, [].append, dict.fromkeys],
        "partial": functools.partial(int, base=2),
        "operators": [operator.itemgetter(1, 2), operator.attrgetter("a.b"), operator.methodcaller("f", 1, k=2)],
        "iterators": [iter([1, 2]), iter((1,)), iter({1: 2}), reversed([1]), iter("ä"), itertools.count(3)],
        "itertools": [itertools.chain([1], [2]), itertools.product("ab", repeat=2), itertools.islice(range(9), 2)],
        "map_zip": [map(abs, [1]), zip([1], [2]), enumerate("ab"), filter(None, [0])],
        "exceptions": [
            ValueError("x", 1),
            KeyError("k"),
            OSError(2, "no", "file"),
            UnicodeDecodeError("utf-8", b"x", 0, 1, "why"),
        ],
        "exception_state": with_state(RuntimeError("x"), note="ä"),
        "random_state": random.Random(5),
        "namespace": types.SimpleNamespace(a=1, b=[2]),
        "generic_alias": list[int],
        "union": int | None,
        "bytes_io": io.BytesIO(b"abc"),
        "string_io": io.StringIO("ä\n"),
        "ast": ast.parse("f(x, *y)[0] = 'ä'"),
        "error_classes": [ValueError, OSError, ModuleNotFoundError, BlockingIOError],
        "renamed_in_2": [range, zip, map, filter, functools.reduce, intern_name(), Exception, collections.UserDict],
    }


def intern_name() -> object:
    """A function that Python 2 kept among the builtins."""
    import sys

    return sys.intern


def with_state(value: object, **state: object) -> object:
    """A value with attributes."""
    vars(value).update(state)
    return value


def classes() -> dict[str, object]:
    """Our own classes: every form of reduce."""
    reduced = Reduced
    return {
        "plain": Plain(a=1, b="ä"),
        "plain_many": [Plain(n=n) for n in range(50)],
        "slots": Slots(),
        "slots_and_dict": SlotsAndDict(),
        "new_arguments": NewArguments([1, 2]),
        "new_keywords": NewKeywords(key="wert"),
        "nested_class": [Outer.Inner, Outer.Inner(a=1), Outer.method],
        "non_ascii_name": [Größe, Größe(a=1)],
        "list_with_state": with_state(ListWithState([1, 2]), a=1),
        "dict_with_state": with_state(DictWithState(a=1), b=2),
        "enums": [Colour.RED, Colour.GREEN, Flags.A | Flags.B],
        "named_tuple": Point(1, 2.5),
        "records": [Record("ä", [1]), FrozenRecord("x")],
        "reduce_to_name": SINGLETON,
        "reduce_to_call": reduced((list, ((1, 2),))),
        "reduce_no_arguments": reduced((dict, ())),
        "reduce_state": reduced((Plain, (), {"a": 1})),
        "reduce_list_items": reduced((list, (), None, iter(range(5)))),
        "reduce_dict_items": reduced((dict, (), None, None, iter([("a", 1)]))),
        "reduce_state_setter": reduced((Plain, (), {"a": 1}, None, None, operator.setitem)),
        "reduce_one_item": reduced((list, (), None, iter([1]), iter([]))),
        "reduce_newobj": reduced((copyreg.__newobj__, (Plain,), {"a": 1})),
        "reduce_newobj_ex": reduced((copyreg.__newobj_ex__, (NewKeywords, (), {"key": "k"}))),
        "reduce_nested": reduced((eval, (reduced((str, ("1 + 1",))),))),
        "reduce_system": reduced((print, ("harmless",))),
    }


def random_values() -> dict[str, object]:
    """Values that nobody thought of, the same in every run."""
    return {f"random_{seed}": random_value(random.Random(seed), 5) for seed in range(40)}


def random_value(rng: random.Random, depth: int) -> object:
    """One random value with random parts."""
    leaves: list[Callable[[], object]] = [
        lambda: rng.randrange(-(2 ** rng.randrange(1, 90)), 2**90),
        lambda: rng.choice([None, True, False, ..., math.nan]),
        lambda: rng.uniform(-1, 1) * 10.0 ** rng.randrange(-300, 300),
        lambda: "".join(
            chr(rng.choice([rng.randrange(128), rng.randrange(0x11_0000)])) for _ in range(rng.randrange(20))
        ),
        lambda: rng.randbytes(rng.randrange(300)),
        lambda: rng.choice([Plain, len, Colour.RED, decimal.Decimal]),
    ]
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(leaves)()
    parts = [random_value(rng, depth - 1) for _ in range(rng.randrange(6))]
    parts += rng.choices(parts, k=2) if parts else []
    nodes: list[Callable[[], object]] = [
        lambda: parts,
        lambda: tuple(parts),
        lambda: dict(enumerate(parts)),
        lambda: {str(n): part for n, part in enumerate(parts)},
        lambda: Plain(parts=parts),
        lambda: Reduced((list, (tuple(parts),))),
        lambda: collections.OrderedDict(enumerate(parts)),
    ]
    return rng.choice(nodes)()


def all_objects() -> dict[str, object]:
    """Everything, by name."""
    return scalars() | texts() | containers() | recursive() | library() | classes() | random_values()


# --- pickles ----------------------------------------------------------------------------------------------------------


class PersistentPickler(pickle.Pickler):
    """Puts strings and numbers outside of the pickle. Protocol 0 takes text without newlines only."""

    def persistent_id(self, value: object) -> object:
        """The id of values that are kept elsewhere."""
        return f"id-{value}" if isinstance(value, int) else None


class OverridingPickler(pickle.Pickler):
    """`reducer_override` and a dispatch table of its own."""

    dispatch_table = copyreg.dispatch_table | {Slots: lambda _: (Plain, (), {"from": "table"})}

    def reducer_override(self, value: object) -> object:
        """Replaces functions."""
        return (getattr, (Outer, "method")) if value is len else NotImplemented


def dump_all(value: object) -> Iterator[bytes]:
    """The pickle of a value in every protocol that takes it."""
    for protocol in PROTOCOLS:
        try:
            yield pickle.dumps(value, protocol)
        except (pickle.PicklingError, UnicodeEncodeError, TypeError, ValueError):
            continue


def dumped(value: object, protocol: int, pickler: type[pickle.Pickler] = pickle.Pickler, **options: object) -> bytes:
    """A pickle by another pickler or with other options."""
    buffer = io.BytesIO()
    pickler(buffer, protocol, **options).dump(value)
    return buffer.getvalue()


def special_pickles() -> dict[str, list[bytes]]:
    """Pickles that `pickle.dumps` alone does not write."""
    value = {"a": [1, "zwei", (3.0, Plain(x=1))], "b": [len, "a"], "c": [1, 2] * 3}
    return {
        "optimized": [pickletools.optimize(data) for data in dump_all(value)],
        "no_fix_imports": [dumped(library()["renamed_in_2"], p, fix_imports=False) for p in PROTOCOLS],
        "pure_python": [pickle._dumps(value, p) for p in PROTOCOLS],
        "persistent": [dumped(value, p, PersistentPickler) for p in PROTOCOLS],
        "overridden": [dumped([value, Slots()], p, OverridingPickler) for p in PROTOCOLS],
        "fast": [fast(value, p) for p in PROTOCOLS],
        "extension_codes": [with_extension_codes(p) for p in PROTOCOLS],
        "buffers_in_band": [
            pickle.dumps(pickle.PickleBuffer(b"abc" * 9), 5),
            pickle.dumps(pickle.PickleBuffer(bytearray(9)), 5),
        ],
        "buffers_out_of_band": [out_of_band()],
        "several": [b"".join(dump_all(value)), pickle.dumps(1) * 5],
        "shared_memo": [shared_memo(p) for p in PROTOCOLS],
        "large_frames": [pickle.dumps(["x" * 1000] * 3 + [str(n) * 50 for n in range(3000)], p) for p in (4, 5)],
    }


def fast(value: object, protocol: int) -> bytes:
    """Without a memo."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol)
    pickler.fast = True
    pickler.dump(value)
    return buffer.getvalue()


def with_extension_codes(protocol: int) -> bytes:
    """EXT1, EXT2 and EXT4, in the protocols that have them."""
    for cls, code in EXTENSION_CODES.items():
        copyreg.add_extension(cls.__module__, cls.__qualname__, code)
    try:
        return pickle.dumps([cls(a=1) for cls in EXTENSION_CODES], protocol)
    finally:
        for cls, code in EXTENSION_CODES.items():
            copyreg.remove_extension(cls.__module__, cls.__qualname__, code)


def out_of_band() -> bytes:
    """NEXT_BUFFER and READONLY_BUFFER."""
    buffers: list[pickle.PickleBuffer] = []
    value = [pickle.PickleBuffer(b"read only"), pickle.PickleBuffer(bytearray(b"writable"))]
    return pickle.dumps(value, 5, buffer_callback=buffers.append)


def shared_memo(protocol: int) -> bytes:
    """Two pickles of one pickler: the second one reads what the first one stored."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol)
    part = ["part"]
    pickler.dump([part])
    pickler.dump([part, part])
    return buffer.getvalue()
