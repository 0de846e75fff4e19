"""CPython's own readers, run with inert classes and shown as the example `readings` shows its models."""

from __future__ import annotations

import _pickle
import io
import json
import os
import pickle
import pickletools
import re
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from support import ROOT

warnings.simplefilter("ignore")

Json = dict[str, Any]

MOST_ITEMS = 20
MOST_LEVELS = 6
MOST_BITS = 2000
"""Limits of what is shown: see the example."""


class Inert(type):
    """The class of the class that stands for every global: it takes whatever is asked of it, and does nothing."""

    def __call__(cls, *_args: object, **_keywords: object) -> object:
        """A call gives the class again."""
        return cls

    def __iter__(cls) -> Iterable[object]:
        """It has no items."""
        return iter(())

    def nothing(cls, *_args: object) -> None:
        """What its hooks do."""

    append = extend = add = __setitem__ = __setstate__ = nothing


class S(metaclass=Inert):
    """What stands for every global."""

    def __new__(cls, *_args: object, **_keywords: object) -> object:
        """An instance is the class."""
        return cls

    append = extend = add = __setitem__ = __setstate__ = classmethod(Inert.nothing)


S.__module__ = S.__new__.__module__ = "stubs"
Inert.__name__ = "type"


def reader(base: Any) -> Any:
    """A subclass that asks nobody, and remembers what it was asked for."""

    class Asking(base):  # type: ignore[misc]
        asked: list[list[str]]

        def find_class(self, module: str, name: str) -> object:
            self.asked.append([without_surrogates(module), without_surrogates(name)])
            return S

        def persistent_load(self, pid: object) -> object:
            return ("PID", pid if isinstance(pid, (str, int)) and not isinstance(pid, bool) else type(pid).__name__)

    return Asking


def without_surrogates(name: str) -> str:
    """A name as JSON can hold it."""
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in name)


C = reader(_pickle.Unpickler)
PYTHON = reader(pickle._Unpickler)


def shown(value: object, depth: int = 0) -> str:
    """The text of a value as the example shows it."""
    if depth > MOST_LEVELS:
        return "..."
    if value is S:
        return "<stub>"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > MOST_BITS:
        return f"int {value.bit_length()} bits"
    if isinstance(value, (tuple, list)):
        text = joined([shown(item, depth + 1) for item in value[:MOST_ITEMS]], len(value))
        if isinstance(value, list):
            return f"[{text}]"
        return f"({text},)" if len(value) == 1 else f"({text})"
    if isinstance(value, dict):
        items = list(value.items())[:MOST_ITEMS]
        return "{" + ", ".join(f"{shown(key, depth + 1)}: {shown(item, depth + 1)}" for key, item in items) + "}"
    if isinstance(value, (set, frozenset)):
        items = sorted(shown(item, depth + 1) for item in value)
        return f"{type(value).__name__}({joined(items[:MOST_ITEMS], len(items))})"
    if isinstance(value, memoryview):
        return "memoryview"
    return repr(value)


def joined(items: list[str], count: int) -> str:
    """Items with a sign that there are more."""
    return ", ".join(items) + ("..." if count > len(items) else "")


def run(cls: Any, stream: Any) -> Json:
    """What a reader makes of a stream."""
    unpickler = cls(stream)
    unpickler.asked = []
    try:
        value = unpickler.load()
    except Exception as error:  # whatever it raises is its answer
        return {"ok": False, "asked": unpickler.asked, "error": text_of(error)}
    return {"ok": True, "asked": unpickler.asked, "value": shown(value), "end": stream.tell()}


def text_of(error: Exception) -> str:
    """An exception as the models show it."""
    name = type(error).__name__
    return without_callee(f"{'struct.error' if name == 'error' else name}: {error}")


class Bytes(io.BytesIO):
    """A stream all of which can be peeked at, which the C unpickler then reads as `loads` does its bytes."""

    def peek(self, _count: int) -> bytes:
        """All that is left."""
        return self.getvalue()[self.tell() :]


def on_file(data: bytes) -> Json:
    """The C unpickler over a buffered file."""
    with tempfile.NamedTemporaryFile(dir=FOLDER) as file:
        file.write(data)
        file.flush()
        with open(file.name, "rb", buffering=4096) as stream:
            return run(C, stream)


FOLDER = "/dev/shm" if os.path.isdir("/dev/shm") else None


def genops(data: bytes) -> Json:
    """`pickletools.genops` up to where it raises."""
    asked, end = [], 0
    stream = io.BytesIO(data)
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            end = stream.tell()
            if opcode.name in ("GLOBAL", "INST"):
                asked.append(list(str(argument).split(" ", 1)))
    except Exception as error:  # its answer
        return {"ok": False, "asked": asked, "error": text_of(error)}
    return {"ok": True, "asked": asked, "value": None, "end": end}


READERS: dict[str, Callable[[bytes], Json]] = {
    "c_stream": lambda data: run(C, io.BytesIO(data)),
    "c_file": on_file,
    "python": lambda data: run(PYTHON, io.BytesIO(data)),
    "pickletools": genops,
}


def program(*options: str) -> list[str]:
    """The command line of the example, which is built if need be."""
    given = os.environ.get("PICKLE_LSP_READINGS")
    if given:
        return [given, *options]
    subprocess.run(["cargo", "build", "--quiet", "--example", "readings"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return [str(target / "debug" / "examples" / "readings"), *options]


def models(command: list[str], inputs: list[bytes]) -> list[Json]:
    """What the models make of inputs."""
    text = "".join(f"{data.hex()}\n" for data in inputs)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    # Lines end at line feeds alone: what `splitlines` takes for an end may be in a string.
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


def plain(answer: Json) -> Json:
    """An answer of the models without offsets."""
    answer = {**answer, "asked": [names for _, *names in answer["asked"]]}
    answer.pop("offset", None)
    if "error" in answer:
        answer["error"] = without_callee(answer["error"])
    return answer


def without_callee(error: str) -> str:
    """A message without the name of what is called or asked, which is that of the inert class or of a real one."""
    return ASKED.sub("an inert object has", CALLEE.sub("TypeError:", error))


ASKED = re.compile(r"(type object '[^']*'|'type' object) has")
CALLEE = re.compile(r"^TypeError: .*(?= argument after \*)", re.DOTALL)
