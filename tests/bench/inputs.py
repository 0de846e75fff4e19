"""Makes the large inputs of the benchmarks: `python3 inputs.py FOLDER [--scale 0.1]`.

Every input is a function of the scale alone, so two machines measure the same bytes. An input that is already in the
folder is left as it is. Nothing here is ever committed: the full set takes about 1.6 GB.
"""

from __future__ import annotations

import argparse
import datetime
import decimal
import gzip
import hashlib
import io
import os
import pickle
import random
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path, PurePosixPath

Writer = Callable[[Path, float], None]

MEGA = 1_000_000
NESTING = 100_000


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="size against the full set (default 1)")
    options = parser.parse_args()
    for path in make_all(options.folder, options.scale):
        print(path)


def make_all(folder: Path, scale: float) -> Iterator[Path]:
    """Writes what is missing and yields every input."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, write in WRITERS.items():
        target = folder / name
        if not target.exists():
            partial = folder / (name + ".partial")
            write(partial, scale)
            partial.rename(target)
        yield target


# --- many opcodes -----------------------------------------------------------------------------------------------------


def records(protocol: int) -> Writer:
    """A list of one million small dicts: 18 operations each, most of them memo reads and short strings."""

    def write(path: Path, scale: float) -> None:
        rng = random.Random(0)
        rows = [
            {
                "id": i,
                "name": f"user{i % 5000}",
                "score": rng.random(),
                "active": i % 2 == 0,
                "tags": ("a", "b"),
                "email": f"user{i}@example{i % 97}.com",
            }
            for i in range(int(MEGA * scale))
        ]
        dump(rows, path, protocol)

    return write


def integers(path: Path, scale: float) -> None:
    """A flat list of ten million integers of every width."""
    rng = random.Random(1)
    values = [rng.randrange(-(2**34), 2**34) >> rng.randrange(30) for _ in range(int(10 * MEGA * scale))]
    dump(values, path, 4)


def small_integers(path: Path, scale: float) -> None:
    """A flat list of twenty million integers of one, two and four bytes: 57 MB."""
    rng = random.Random(2)
    largest = rng.choices([2**8, 2**16, 2**31], weights=[35, 55, 10], k=MEGA)
    values = [rng.randrange(limit >> 8 if limit > 2**8 else 0, limit) for limit in largest]
    dump(values * int(20 * scale), path, 4)


def strings(path: Path, scale: float) -> None:
    """One million distinct strings, each of them memoised."""
    dump([f"string number {i}" for i in range(int(MEGA * scale))], path, 4)


def global_names(path: Path, scale: float) -> None:
    """One million GLOBAL operations with distinct names: as many findings as there can be."""
    with path.open("wb") as file:
        file.write(b"\x80\x02](")
        for i in range(int(MEGA * scale)):
            file.write(b"cmod%d\nname%d\n" % (i % 1000, i))
        file.write(b"e.")


def one_long_bytes(path: Path, scale: float) -> None:
    """A pickle of a single bytes object of 1 GiB."""
    block = hashlib.sha512(b"block").digest() * 16384
    blocks = int((1 << 30) * scale) // len(block)
    with path.open("wb") as file:
        file.write(b"\x80\x05B" + struct.pack("<I", blocks * len(block)))
        for _ in range(blocks):
            file.write(block)
        file.write(b"\x94.")


def dump(value: object, path: Path, protocol: int) -> None:
    """`pickle.dump` to a path."""
    with path.open("wb") as file:
        pickle.dump(value, file, protocol)


# --- deep nesting -----------------------------------------------------------------------------------------------------

DEEP: dict[str, bytes] = {
    "lists": b"\x80\x04" + b"]" * NESTING + b"a" * (NESTING - 1) + b".",
    "lists_marks": b"\x80\x04" + b"](" * NESTING + b"N" + b"e" * NESTING + b".",
    "tuples": b"\x80\x04)" + b"\x85" * NESTING + b".",
    "tuples_marks": b"\x80\x04" + b"(" * NESTING + b"t" * NESTING + b".",
    "dicts": b"\x80\x04}" + b"K\x00}" * NESTING + b"s" * NESTING + b".",
    "dicts_marks": b"\x80\x04}" + b"(K\x00}" * NESTING + b"u" * NESTING + b".",
    "frozensets": b"\x80\x04" + b"(" * NESTING + b"\x91" * NESTING + b".",
    "calls": b"\x80\x02cbuiltins\nlist\nq\x000" + b"h\x00" * NESTING + b")" + b"R\x85" * NESTING + b".",
    "builds": b"\x80\x02cbuiltins\nlist\nq\x000" + b"h\x00)R" * NESTING + b"b" * (NESTING - 1) + b".",
    "persistent_ids": b"\x80\x02N" + b"Q" * NESTING + b".",
    "open_marks": b"(" * NESTING + b"N.",
}


def deep(path: Path, scale: float) -> None:
    """A folder with one file for each way to nest 100,000 levels; the depth does not scale."""
    path.mkdir()
    for name, data in DEEP.items():
        (path / f"{name}.pkl").write_bytes(data)


# --- a tree of files --------------------------------------------------------------------------------------------------

FOLDERS = ["data", "models", "cache", "src", "tests", *(f"exp{i:02}" for i in range(30))]
EXTENSIONS = [".pkl", ".pickle", ".p", ".pt", ".bin", ".dat", ".txt", ""]


def tree(path: Path, scale: float) -> None:
    """2,000 assorted files in nested folders: pickles, containers, damaged ones, text, a link loop."""
    rng = random.Random(3)
    for number in range(int(2000 * scale)):
        folder = path.joinpath(*rng.choices(FOLDERS, k=rng.randrange(1, 5)))
        folder.mkdir(parents=True, exist_ok=True)
        name, data = assorted_file(rng)
        (folder / f"{number:04}{name}").write_bytes(data)
    (path / "loop").symlink_to("..")


def assorted_file(rng: random.Random) -> tuple[str, bytes]:
    """An extension and a content that may or may not fit it."""
    data = pickle.dumps(assorted_value(rng), rng.randrange(6))
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(EXTENSIONS[:4]), data
    if kind < 0.65:
        return rng.choice(EXTENSIONS), data
    if kind < 0.7:
        return ".pkl.gz", gzip.compress(data, mtime=0)
    if kind < 0.75:
        return ".pt", zipped({"archive/data.pkl": data, "archive/data/0": rng.randbytes(2000)})
    if kind < 0.8:
        return ".pkl", data[: rng.randrange(len(data))]
    if kind < 0.85:
        return ".pkl", flipped(data, rng)
    if kind < 0.95:
        return ".py", b"import pickle\nvalue = pickle.load(open('a.pkl', 'rb'))\n" * rng.randrange(1, 50)
    return rng.choice([".bin", ".pkl"]), rng.randbytes(rng.randrange(3000))


def assorted_value(rng: random.Random) -> object:
    """A value with or without classes in it."""
    numbers = [rng.randrange(-(2**40), 2**40) for _ in range(rng.randrange(1, 400))]
    plain: list[object] = [numbers, {str(n): [n, n / 3] for n in numbers}, ("text " * 50, b"bytes" * 40, None, True)]
    classes: list[object] = [
        OrderedDict((str(n), Fraction(n, 7)) for n in numbers[:50]),
        [datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=n % 10**6) for n in numbers],
        [decimal.Decimal(n) / 8 for n in numbers],
        {"complex": [complex(n, 1) for n in numbers], "path": PurePosixPath("/a/b"), "exception": ValueError("x")},
    ]
    return rng.choice(plain if rng.random() < 0.5 else classes)


def flipped(data: bytes, rng: random.Random) -> bytes:
    """The data with one byte changed."""
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


def zipped(members: dict[str, bytes]) -> bytes:
    """A stored zip with fixed time stamps."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


WRITERS: dict[str, Writer] = {
    "records_p4.pkl": records(4),
    "records_p2.pkl": records(2),
    "integers.pkl": integers,
    "small_integers.pkl": small_integers,
    "strings.pkl": strings,
    "globals.pkl": global_names,
    "bytes.pkl": one_long_bytes,
    "deep": deep,
    "tree": tree,
}

if __name__ == "__main__":
    os.umask(0o022)
    main()
