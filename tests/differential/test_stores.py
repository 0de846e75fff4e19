"""Values of databases that the libraries of Python write: every one is found, under its key, and reads the same."""

from __future__ import annotations

import base64
import collections
import json
import pickle
import pickletools
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import lmdb
import pytest
import queuelib

if TYPE_CHECKING:
    from support import Binary

VALUES = {f"key {number}": {"number": number, "items": ["x" * number] * 3} for number in range(60)}
VALUES |= {"größe": collections.OrderedDict(a=1), "none": None, "long": list(range(5000))}

Ops = dict[str, list[str]]


def names_of_ops(pickled: bytes) -> list[str]:
    """What the ops of a pickle are called."""
    return [op.name for op, _, _ in pickletools.genops(pickled)]


def read(binary: Binary, path: Path) -> Ops:
    """The ops of every member."""
    result = binary.run("disassemble", "--format", "json-lines", path)
    assert not result.crashed, result.errors
    found: Ops = collections.defaultdict(list)
    for line in result.output.decode().splitlines():
        op = json.loads(line)
        found[op["member"]].append(op["opcode"])
    return dict(found)


def python_with(module: str) -> str:
    """A Python that has a module: this one, or that of the system, which is built with more libraries."""
    for python in (sys.executable, "/usr/bin/python3"):
        if (
            Path(python).exists()
            and subprocess.run([python, "-c", f"import {module}"], check=False, capture_output=True).returncode == 0
        ):
            return python
    pytest.skip(f"no Python here has {module}")


# A shelf of the values that come through a pipe, in which one was replaced and another one deleted.
WRITER = """
import importlib, pickle, shelve, sys
module, path, protocol = sys.argv[1:]
with shelve.Shelf(importlib.import_module(module).open(path, "n"), protocol=int(protocol)) as shelf:
    shelf["none"] = "to be replaced"
    shelf["gone"] = "to be deleted"
    shelf.update(pickle.load(sys.stdin.buffer))
    del shelf["gone"]
"""


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", ["dumb", "ndbm", "gnu"])
def test_shelf(binary: Binary, tmp_path: Path, kind: str, protocol: int) -> None:
    """A shelf of each back end."""
    module = f"dbm.{kind}"
    command = [python_with(module), "-c", WRITER, module, str(tmp_path / "shelf"), str(protocol)]
    subprocess.run(command, input=pickle.dumps(VALUES), check=True)
    # The data of `dbm.dumb` are in the file with this ending, of `dbm.ndbm` in one of the names that it may choose.
    paths = [path for path in tmp_path.iterdir() if path.suffix in {"", ".dat", ".db", ".pag"}]
    found = read(binary, paths[0])
    assert found == {key: names_of_ops(pickle.dumps(value, protocol)) for key, value in VALUES.items()}


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_table(binary: Binary, tmp_path: Path, page_size: int) -> None:
    """A table with pickles as bytes and as base64, and with other values beside them."""
    path = tmp_path / "results.db"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(f"PRAGMA page_size = {page_size}")
    database.execute("CREATE TABLE results (id INTEGER PRIMARY KEY, name TEXT, raw BLOB, coded TEXT, other BLOB)")
    expected = {}
    for number, (key, value) in enumerate(item for item in VALUES.items() if item[1] is not None):
        pickled = pickle.dumps(value, 4)
        row = (number, key, pickled, base64.b64encode(pickled).decode(), bytes(range(256)))
        database.execute("INSERT INTO results VALUES (?, ?, ?, ?, ?)", row)
        for column in ("raw", "coded"):
            expected[f"results/{number}/{column}"] = names_of_ops(pickled)
    database.close()
    assert read(binary, path) == expected


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_log(binary: Binary, tmp_path: Path, page_size: int) -> None:
    """A table of which the newer rows are in the write-ahead log, beside others that were not committed."""
    written, path = tmp_path / "written.db", tmp_path / "copy.db"
    database = sqlite3.connect(written, isolation_level=None)
    for setting in (f"page_size = {page_size}", "journal_mode = WAL", "wal_autocheckpoint = 0"):
        database.execute(f"PRAGMA {setting}")
    database.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, state BLOB)")
    rows = [(number, pickle.dumps(value, 4)) for number, value in enumerate(VALUES.values()) if value is not None]
    database.executemany("INSERT INTO jobs VALUES (?, ?)", rows[:30])
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.executemany("INSERT INTO jobs VALUES (?, ?)", rows[30:])
    database.execute("UPDATE jobs SET state = ? WHERE id = 0", (pickle.dumps("replaced", 4),))
    database.execute("DELETE FROM jobs WHERE id = 1")
    database.execute("BEGIN")
    database.execute("UPDATE jobs SET state = ? WHERE id = 2", (pickle.dumps("not committed", 4),))
    for end in ("", "-wal"):
        shutil.copy(f"{written}{end}", f"{path}{end}")
    database.execute("ROLLBACK")
    database.close()
    expected = {f"jobs/{number}/state": names_of_ops(pickled) for number, pickled in rows}
    expected["jobs/0/state#2"] = expected["jobs/0/state"]
    expected["jobs/0/state"] = names_of_ops(pickle.dumps("replaced", 4))
    assert read(binary, path) == expected


def test_lmdb(binary: Binary, tmp_path: Path) -> None:
    """A database of LMDB in which a value was replaced and another one deleted."""
    path = tmp_path / "data.mdb"
    with lmdb.open(str(path), subdir=False, lock=False, map_size=1 << 24) as database:
        for values in ({"none": "to be replaced", "gone": "to be deleted"}, VALUES):
            with database.begin(write=True) as transaction:
                for key, value in values.items():
                    transaction.put(key.encode(), pickle.dumps(value, 4))
        with database.begin(write=True) as transaction:
            transaction.delete(b"gone")
    assert read(binary, path) == {key: names_of_ops(pickle.dumps(value, 4)) for key, value in VALUES.items()}


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_stack(binary: Binary, tmp_path: Path, protocol: int) -> None:
    """What waits in a stack on disk, as crawlers keep their requests: the last one comes first."""
    path = tmp_path / "p0"
    queue = queuelib.LifoDiskQueue(str(path))
    for value in ({"url": "taken again"}, *VALUES.values()):
        queue.push(pickle.dumps(value, protocol))
        if isinstance(value, dict) and value.get("url"):
            queue.pop()
    queue.close()
    waiting = [names_of_ops(pickle.dumps(value, protocol)) for value in VALUES.values()]
    assert list(read(binary, path).values()) == waiting[::-1]
