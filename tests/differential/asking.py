"""Run as a program: what CPython's unpicklers ask `find_class` for, for each file that standard input names, as JSON lines.

Nothing is imported: `find_class` gives something inert. Memory is limited, since some files ask for gigabytes; a file that
brings the interpreter down is one that the caller leaves out.
"""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import resource
import sys
from pathlib import Path

MEMORY = 1 << 30


class Inert(dict):
    """Stands for whatever a pickle asks for: can be called, filled and given a state, and does nothing."""

    def __new__(cls, *_: object, **__: object) -> Inert:
        """Takes any arguments."""
        return dict.__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        """Takes any arguments."""

    def __hash__(self) -> int:
        """Can be a key."""
        return id(self)

    def __call__(self, *_: object, **__: object) -> Inert:
        """Is what it gives."""
        return self

    def __setstate__(self, _: object) -> None:
        """Takes any state."""

    def append(self, _: object) -> None:
        """Takes any item."""

    def add(self, _: object) -> None:
        """Takes any item."""


def asked(data: bytes, base: type) -> list[tuple[str, str]]:
    """What an unpickler asks for before it stops, at the end or at a fault."""
    found: list[tuple[str, str]] = []

    class Recorder(base):
        """Imports nothing, and remembers what it is asked for."""

        def find_class(self, module: str, name: str) -> type:
            """Gives something inert for anything."""
            found.append((module, name))
            return Inert

        def persistent_load(self, _: object) -> Inert:
            """Gives something inert for any id."""
            return Inert()

    # How it ends says nothing. A reader that can look ahead takes lines across the ends of frames, as one of bytes does.
    with contextlib.suppress(Exception):
        Recorder(io.BufferedReader(io.BytesIO(data), len(data) + 1)).load()
    return found


def main() -> None:
    """Files in, a line each out."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin:
        data = Path(line.rstrip("\n")).read_bytes()
        # `pickle.py` takes a line that the end of the file cuts for a whole one, without its last character.
        names = asked(data, pickle._Unpickler)
        whole = [pair for pair in names if "\n".join([*pair, ""]).encode() in data or b"\x93" in data]
        answers = {"C": asked(data, pickle.Unpickler), "Py": whole}
        print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main()
