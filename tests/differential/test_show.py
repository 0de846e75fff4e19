"""What `show` prints, evaluated by Python: it is the object that was pickled."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import functools
import json
import pathlib
import pickle
import random
import re
import types
import typing
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import CLEAN, FINDINGS, Binary

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def new(cls: type, *arguments: Any, **attributes: Any) -> Any:
    """As the notation of `show` has it: an instance made without its constructor."""
    made = cls.__new__(cls, *arguments)
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


NAMES: dict[str, Any] = {
    "new": new,
    "OrderedDict": collections.OrderedDict,
    "defaultdict": collections.defaultdict,
    "deque": collections.deque,
    "Counter": collections.Counter,
    "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction,
    "UUID": uuid.UUID,
    "PurePosixPath": pathlib.PurePosixPath,
    "PureWindowsPath": pathlib.PureWindowsPath,
    "datetime": datetime.datetime,
    "date": datetime.date,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
    "timezone": datetime.timezone,
    "re": re,
    "types": types,
    "typing": typing,
}

UTC = datetime.timezone.utc
SHAPES: list[Any] = [
    collections.OrderedDict(a=1, b=[2]),
    collections.OrderedDict(),
    collections.defaultdict(list, {"a": [1]}),
    collections.deque([1, 2, 3], 5),
    collections.deque("abc"),
    collections.Counter("abracadabra"),
    datetime.datetime(2020, 1, 2, 3, 4, 5, 678),
    datetime.datetime(1, 1, 1),
    datetime.datetime(2020, 1, 2, 3, 4, tzinfo=UTC),
    datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=-3))),
    datetime.date(9999, 12, 31),
    datetime.time(23, 59, 59, 999_999),
    datetime.time(0, 0),
    datetime.timedelta(days=-1, microseconds=5),
    datetime.timedelta(0),
    decimal.Decimal("1.50"),
    fractions.Fraction(-1, 3),
    uuid.UUID(int=5),
    pathlib.PurePosixPath("/a/b"),
    pathlib.PurePosixPath("a/b"),
    pathlib.PureWindowsPath("c:\\a\\b"),
    re.compile("a+", re.IGNORECASE | re.MULTILINE),
    re.compile(b"x", re.VERBOSE),
    range(1, 10, 2),
    slice(1, None),
    complex(1.5, -2),
    {1, 2, 3},
    frozenset(),
    frozenset({("a", 1)}),
    set(),
    bytearray(b"it's \x00"),
    b"",
    b"'\"\\\n\xff",
    type(None),
    typing.List[int],  # noqa: UP006 (the spelling is what is tested)
    list[int],
    dict[str, list],
    int,
    ValueError,
]


def shown(binary: Binary, tmp_path: Path, data: bytes, *options: str) -> str:
    """The text of one pickle."""
    path = tmp_path / "object.pkl"
    path.write_bytes(data)
    result = binary.run("show", *options, path)
    assert result.status == CLEAN, result.errors
    return result.output.decode()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_shapes(binary: Binary, tmp_path: Path, protocol: int) -> None:
    """Every object, under the name that a person would write."""
    text = shown(binary, tmp_path, pickle.dumps(SHAPES, protocol))
    again = eval(text, dict(NAMES))
    for one, other in zip(SHAPES, again, strict=True):
        assert type(one) is type(other)
        assert one == other
        assert getattr(one, "maxlen", None) == getattr(other, "maxlen", None)


ATOMS: list[Callable[[random.Random], Any]] = [
    lambda _: None,
    lambda chance: chance.random() < 0.5,
    lambda chance: chance.randrange(-(2**70), 2**70),
    lambda chance: chance.randrange(256),
    lambda chance: chance.choice([0.0, -0.0, 1e300, 5e-324, chance.gauss(0, 1e5), float("inf")]),
    lambda chance: "".join(chance.choices("ab'\"\\\n\té€\U0001f600\u202e\x00", k=chance.randrange(12))),
    lambda chance: chance.randbytes(chance.randrange(12)),
]


def plain(chance: random.Random, depth: int = 4) -> Any:
    """An object of builtin types, nothing of it twice."""
    kind = chance.randrange(10) if depth else 9
    if kind < 2:
        return [plain(chance, depth - 1) for _ in range(chance.randrange(6))]
    if kind < 4:
        return {atom(chance): plain(chance, depth - 1) for _ in range(chance.randrange(6))}
    if kind == 4:
        return tuple(plain(chance, depth - 1) for _ in range(chance.randrange(5)))
    if kind == 5:
        return {atom(chance) for _ in range(chance.randrange(4))}
    return atom(chance)


def atom(chance: random.Random) -> Any:
    """A constant."""
    return chance.choice(ATOMS)(chance)


def same(one: Any, other: Any) -> bool:
    """Equal, of equal types, and in the same order where there is one."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other if isinstance(one, set) else repr(one) == repr(other)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plain_data(binary: Binary, tmp_path: Path, protocol: int) -> None:
    """Data of any kind: the text is a literal of it."""
    chance = random.Random(protocol)
    for _ in range(40):
        value = plain(chance)
        text = shown(binary, tmp_path, pickle.dumps(value, protocol), "--full")
        assert same(eval(text, {"inf": float("inf")}), value)


def test_attributes(binary: Binary, tmp_path: Path) -> None:
    """Instances, by their class and attributes."""
    text = shown(binary, tmp_path, pickle.dumps(types.SimpleNamespace(a=1, b=[2]), 4))
    assert text == "SimpleNamespace(a=1, b=[2])\n"
    text = shown(binary, tmp_path, pickle.dumps(functools.partial(print, 1, end=""), 4))
    assert text == "functools.partial(print, 1, end='')\n"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_of_the_library(binary: Binary, tmp_path: Path, protocol: int) -> None:
    """As they are written in a program, whatever the protocol says of their bytes."""
    chance = random.Random(protocol)
    for code in "bBhHiIlLqQ":
        width = 8 * array.array(code).itemsize
        lowest = 0 if code.isupper() else -(1 << (width - 1))
        numbers = [chance.randrange(lowest, lowest + (1 << width)) for _ in range(chance.randrange(20))]
        value = array.array(code, numbers)
        text = shown(binary, tmp_path, pickle.dumps(value, protocol), "--full")
        assert eval(text, {"array": array}) == value, text
    for code in "fd":
        value = array.array(code, [chance.uniform(-1e30, 1e30) for _ in range(9)])
        text = shown(binary, tmp_path, pickle.dumps(value, protocol), "--full")
        assert eval(text, {"array": array}) == value, text


def test_cycles_and_sharing(binary: Binary, tmp_path: Path) -> None:
    """By name."""
    inner: list[Any] = [1]
    inner.append(inner)
    assert shown(binary, tmp_path, pickle.dumps([inner, inner], 4)) == "[x1 := [1, x1], x1]\n"


def test_calls_without_a_trace(binary: Binary, tmp_path: Path) -> None:
    """What was called and dropped is there all the same."""
    text = shown(binary, tmp_path, b"cos\nsystem\n(S'id'\ntR0]cos\npath\na.")
    assert text.splitlines()[1] == "os.system('id')"
    assert text.splitlines()[-1] == "[os.path]"


def test_broken_off(binary: Binary, tmp_path: Path) -> None:
    """What was there until then, and why it ended; JSON says the same."""
    path = tmp_path / "cut.pkl"
    path.write_bytes(b"\x80\x04]K\x01ah\x09")
    result = binary.run("show", path)
    assert result.status == FINDINGS
    assert b"broken off at 6: " in result.output
    (one,) = json.loads(binary.run("show", "--format", "json", path).output)
    assert one["fault"]["offset"] == 6


def test_hostile_sizes(binary: Binary, tmp_path: Path) -> None:
    """Depth, and sharing that would be gigabytes when written out."""
    deep = b"(" * 200_000 + b"l" * 200_000 + b"."
    assert "…" in shown(binary, tmp_path, deep, "--full")
    doubled = b"]" + b"2\x86" * 60 + b"."
    for form in ("python", "tree", "json"):
        assert len(shown(binary, tmp_path, doubled, "--format", form, "--full")) < 1_000_000
