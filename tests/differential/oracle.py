"""What CPython 3.11's pickletools says about a byte string."""

from __future__ import annotations

import contextlib
import io
import pickletools
import sys
from collections.abc import Iterator
from dataclasses import dataclass

EXPECTED_PYTHON = (3, 11)


def is_reference() -> bool:
    """Whether this Python prints what the program promises to print."""
    return sys.version_info[:2] == EXPECTED_PYTHON


@dataclass(frozen=True)
class Text:
    """Everything `dis` prints, called again and again until the end or until it raises."""

    lines: bytes
    """Complete lines only: a raise may leave half a line."""
    error: str | None
    rest: bool
    """Whether it raised behind a STOP with bytes left, so that another caller might go on from there."""


def dis(data: bytes) -> Text:
    """The text of all pickles in the data."""
    stream, out = io.BytesIO(data), io.StringIO()
    while True:
        begin = stream.tell()
        try:
            pickletools.dis(stream, out)
        except Exception as error:  # whatever it raises is the end of its text
            position = stream.tell()
            stopped = position > begin and "stack not empty after STOP" in str(error)
            return Text(complete_lines(out.getvalue()), str(error), stopped and position < len(data))
        if stream.tell() == len(data):
            return Text(complete_lines(out.getvalue()), None, rest=False)


def complete_lines(text: str) -> bytes:
    """The text up to its last newline."""
    return text[: text.rfind("\n") + 1].encode("utf-8", "surrogatepass")


def genops(data: bytes) -> tuple[list[tuple[int, str, str | None]], bool]:
    """Offset, name and shown argument of every op of the first pickle up to where it raises, and whether it did."""
    found = []
    with any_number_of_digits():
        try:
            for opcode, argument, position in pickletools.genops(data):
                found.append((position, opcode.name, None if argument is None else repr(argument)))
        except Exception:  # what was read before it counts
            return found, True
    return found, False


@contextlib.contextmanager
def any_number_of_digits() -> Iterator[None]:
    """Lift the limit for showing integers: it is of the Python that shows them, not of genops."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(limit)
