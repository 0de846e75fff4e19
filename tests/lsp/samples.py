"""Pickles for the tests, written by Python's own picklers."""

from __future__ import annotations

import collections
import gzip
import io
import pickle
import zipfile
from pathlib import Path

PART = "größe 🥒 part"


def shared(protocol: int = 4) -> bytes:
    """A text with characters of one, two and four bytes that is stored once and read twice."""
    text = "".join(PART)
    return pickle.dumps([text, {"key": text}, (1, 2, 3, 4), [text]], protocol)


class Hostile:
    """Runs a command when it is loaded: a harmless one."""

    def __reduce__(self) -> tuple[object, ...]:
        """The call."""
        import os

        return os.system, ("echo ö🥒",)


def hostile(protocol: int = 4) -> bytes:
    """A pickle that executes a command, with text before it that makes columns differ."""
    return pickle.dumps([PART, Hostile()], protocol)


def call(protocol: int = 4) -> bytes:
    """A pickle with calls of harmless classes."""
    return pickle.dumps(collections.OrderedDict([("ä", collections.Counter("aab"))]), protocol)


def large(rows: int = 400_000) -> bytes:
    """Several megabytes."""
    return pickle.dumps([{"n": n, "text": f"text {n}"} for n in range(rows)], 4)


def write(path: Path, data: bytes) -> Path:
    """A file."""
    path.write_bytes(data)
    return path


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    """A stored zip, as torch writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return write(path, buffer.getvalue())


def write_gzip(path: Path, data: bytes) -> Path:
    """A gzip file."""
    return write(path, gzip.compress(data))
