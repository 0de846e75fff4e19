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


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_journal(binary: Binary, tmp_path: Path, page_size: int) -> None:
    """A table in the middle of a change: whoever opens it goes back to what the rollback journal says."""
    written, path = tmp_path / "written.db", tmp_path / "copy.db"
    database = sqlite3.connect(written, isolation_level=None)
    for setting in (f"page_size = {page_size}", "journal_mode = DELETE", "cache_size = 1"):
        database.execute(f"PRAGMA {setting}")
    database.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, state BLOB)")
    rows = [(number, pickle.dumps(value, 4)) for number, value in enumerate(VALUES.values()) if value is not None]
    database.executemany("INSERT INTO jobs VALUES (?, ?)", rows)
    database.execute("BEGIN")
    database.execute("UPDATE jobs SET state = zeroblob(length(state))")
    database.executemany("INSERT INTO jobs (state) VALUES (?)", [(bytes(3000),)] * (page_size // 20))
    for end in ("", "-journal"):
        shutil.copy(f"{written}{end}", f"{path}{end}")
    database.execute("ROLLBACK")
    database.close()
    expected = {f"jobs/{number}/state": names_of_ops(pickled) for number, pickled in rows}
    assert read(binary, path) == expected
    Path(f"{path}-journal").write_bytes(bytes(28) + Path(f"{path}-journal").read_bytes()[28:])
    assert len(read(binary, path)) < len(expected) or page_size == 65536, "pages as large as the table stay in memory"


PICKLED = pickle.dumps({"a": [1, 2, "xyz"]}, 4)
OLD = "cposix\ngetcwd\n(tR."
COMPUTED = {
    "concatenation": "SELECT CAST(a || b AS BLOB) FROM halves",
    "literals": "SELECT CAST(x'63706f7369780a' || 'getcwd' || char(10) || '(tR.' AS BLOB)",
    "replace": "SELECT replace(replace('Xposix|getcwd|(tR.', '|', char(10)), 'X', 'c') FROM halves",
    "substr": "SELECT substr('yyyy' || old, 1 + 2 * 2, (2 << 10) - 0) FROM halves",
    "substr_from_end": f"SELECT substr('yy' || old, -{len(OLD)}) FROM halves",
    "substr_backwards": f"SELECT substr(old, length(old) + 1, -{len(OLD)}) FROM halves",
    "trim": "SELECT rtrim(ltrim('xy' || old || 'zz', 'xy'), 'z') FROM halves",
    "case": "SELECT lower('CPOSIX' || char(10) || 'GETCWD' || char(10)) || '(t' || upper('r') || '.'",
    "printf": "SELECT printf('%s%c%s', substr(old, 1, 3), substr(old, 4), substr(old, 5)) FROM halves",
    "coalesce": "SELECT coalesce(NULL, nullif(1, 1), CAST(a || b AS BLOB)) FROM halves",
    "iif": "SELECT iif(n > 4, CAST(a || b AS BLOB), NULL) FROM halves",
    "case_when": "SELECT CASE n WHEN 1 THEN 2 WHEN 5 THEN CAST(a || b AS BLOB) ELSE 'x' END FROM halves",
    "not_known": "SELECT CASE WHEN random() THEN CAST(a || b AS BLOB) END FROM halves WHERE n LIKE '5' AND abs(n) > 2",
    "join": "SELECT CAST(x.part || y.part AS BLOB) FROM parts x JOIN parts y USING (k) WHERE x.i = 1 AND y.i = 2",
    "comma": "SELECT CAST(x.part || y.part AS BLOB) FROM parts x, parts y WHERE x.k = y.k AND x.i < y.i",
    "outer": "SELECT CAST(x.a || x.b AS BLOB) FROM halves x LEFT JOIN parts y ON y.k = 99",
    "grouped": "SELECT CAST(group_concat(part, '') AS BLOB) FROM (SELECT * FROM parts ORDER BY k, i) GROUP BY k",
    "descending": "SELECT CAST(group_concat(part, '') AS BLOB)"
    " FROM (SELECT part FROM parts ORDER BY i * -1 DESC LIMIT 2)",
    "scalar": "SELECT CAST((SELECT part FROM parts WHERE i = 1) || (SELECT part FROM parts WHERE i = 2) AS BLOB)",
    "correlated": "SELECT CAST(part || (SELECT part FROM parts q WHERE q.k = p.k AND i = 2) AS BLOB)"
    " FROM parts p WHERE i = 1",
    "named": "WITH z (q) AS (SELECT a || b FROM halves) SELECT CAST(q AS BLOB) FROM z",
    "values": "WITH z (a, b) AS (VALUES ('cposix' || char(10), 'getcwd' || char(10) || '(tR.')) SELECT a || b FROM z",
    "recursive": "WITH RECURSIVE r (i, s) AS (SELECT 1, '' UNION ALL SELECT i + 1, s || substr(reversed, -i, 1)"
    " FROM r, halves WHERE i <= length(reversed)) SELECT s FROM r ORDER BY i DESC LIMIT 1",
    "union": "SELECT NULL UNION ALL SELECT CAST(a || b AS BLOB) FROM halves EXCEPT SELECT x'01'",
    "quoted": 'SELECT "cposix" || char(10) || "getcwd" || char(10) || "(tR."',
    "without_rowid": "SELECT CAST(y || x AS BLOB) FROM keyed",
}


@pytest.mark.parametrize("name", COMPUTED)
def test_computed(binary: Binary, tmp_path: Path, name: str) -> None:
    """A view whose value SQLite makes out of what is no pickle."""
    path = tmp_path / "computed.db"
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(
        "CREATE TABLE halves (a BLOB, b BLOB, n INTEGER, old TEXT, reversed TEXT);"
        "CREATE TABLE parts (k INTEGER, i INTEGER, part BLOB);"
        "CREATE TABLE keyed (x BLOB, n INTEGER, y BLOB, PRIMARY KEY (y)) WITHOUT ROWID;"
    )
    halves = PICKLED[:1], PICKLED[1:]
    database.execute("INSERT INTO halves VALUES (?, ?, 5, ?, ?)", (*halves, OLD, OLD[::-1]))
    database.executemany("INSERT INTO parts VALUES (3, ?, ?)", [(2, halves[1]), (1, halves[0])])
    database.execute("INSERT INTO keyed VALUES (?, 1, ?)", halves[::-1])
    database.execute(f'CREATE VIEW "{name}" (value) AS {COMPUTED[name]}')
    values = [value for (value,) in database.execute(f'SELECT value FROM "{name}"') if value not in {None, b"\x01"}]
    database.close()
    expected = PICKLED if isinstance(values[0], bytes) and values[0][:1] == b"\x80" else OLD.encode()
    assert [value if isinstance(value, bytes) else value.encode() for value in values] == [expected]
    found = {member: ops for member, ops in read(binary, path).items() if member.startswith(f"{name}/")}
    assert list(found.values()) == [names_of_ops(expected)]


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("cut", [1, 2, 13])
def test_computed_of_wide_characters(binary: Binary, tmp_path: Path, encoding: str, cut: int) -> None:
    """Halves that are joined where texts are kept in UTF-16, which they are no text in."""
    # SQLite keeps no half of a character, which the last byte would be.
    pickled = pickle.dumps({"a": [1, 2, "four"]}, 4)
    path = tmp_path / "computed.db"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(f"PRAGMA encoding = '{encoding}'")
    columns = "a BLOB, b BLOB, value AS (CAST(a || b AS BLOB)), old AS (c || char(10) || d), c, d"
    database.execute(f"CREATE TABLE halves ({columns})")
    row = pickled[:cut], pickled[cut:], "cposix", "getcwd\n(tR."
    database.execute("INSERT INTO halves (a, b, c, d) VALUES (?, ?, ?, ?)", row)
    assert database.execute("SELECT value, old FROM halves").fetchall() == [(pickled, OLD)]
    database.close()
    found = read(binary, path)
    assert found["halves/#1/value"] == names_of_ops(pickled)
    assert found["halves/#1/old"] == names_of_ops(OLD.encode())


@pytest.mark.parametrize("junk", ["*", "-", "=", "!!!!", "\0", "é"])
def test_base64_among_other_characters(binary: Binary, tmp_path: Path, junk: str) -> None:
    """Python's decoder passes over them, and so over what makes a text look like none: as caches and fields of Django are read."""
    path = tmp_path / "cache.db"
    encoded = base64.b64encode(PICKLED).decode()
    mixed = f"{encoded[:21]}{junk}{encoded[21:]}"
    assert base64.b64decode(mixed.encode()) == PICKLED
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("CREATE TABLE cache (key TEXT, value TEXT)")
    database.execute("INSERT INTO cache VALUES ('k', ?)", (mixed,))
    database.execute("INSERT INTO cache VALUES ('words', 'Ti4 and gARO some words, which are no pickle at all')")
    database.execute("CREATE VIEW other (value) AS SELECT replace(value, 'zzz', '') FROM cache")
    database.close()
    # The digits in front of the others may be found by themselves, as a pickle that is cut off.
    assert list(read(binary, path).values()).count(names_of_ops(PICKLED)) == 2


@pytest.mark.parametrize(
    ("file", "setting", "told"),
    [
        ("'/' || 'etc'", "computed", ["a value is in the file '/etc'"]),
        ("ab/cd.val", "disk_min_file_size", []),
        ("/etc/passwd", "size_limit", ["a value is in the file '/etc/passwd'"]),
        ("../x.val", "tag_index", ["a value is in the file '../x.val'"]),
        ("ab/cd.val", "_directory", ["the settings have diskcache go on in another folder"]),
    ],
)
def test_diskcache_elsewhere(binary: Binary, tmp_path: Path, file: str, setting: str, told: list[str]) -> None:
    """Rows of a diskcache that lead out of its folder."""
    path = tmp_path / "cache.db"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("CREATE TABLE Settings (key TEXT NOT NULL UNIQUE, value)")
    filename = f"filename TEXT AS ({file})" if setting == "computed" else "filename TEXT"
    columns = f"rowid INTEGER PRIMARY KEY, key BLOB, access_count INTEGER, tag BLOB, mode INTEGER, value BLOB, {filename}"
    database.execute(f"CREATE TABLE Cache ({columns})")
    database.execute("CREATE TABLE other (filename TEXT)")
    database.execute("INSERT INTO other VALUES ('/etc/passwd')")
    database.execute("INSERT INTO Settings VALUES (?, 'there')", (setting,))
    database.execute("INSERT INTO Cache (key, access_count, mode) VALUES ('k', 0, 4)")
    if setting != "computed":
        database.execute("UPDATE Cache SET filename = ?", (file,))
    database.close()
    _, found = binary.lint(path)
    assert [finding["code"] for finding in found] == ["PC113"] * len(told)
    assert all(str(finding["message"]).startswith(said) for finding, said in zip(found, told, strict=True))


# What many databases have, and what makes no pickle of anything.
HARMLESS = """
CREATE TABLE people (id INTEGER PRIMARY KEY, first TEXT, last TEXT, data TEXT, photo BLOB,
  city TEXT AS (json_extract(data, '$.city')), label AS (first || ' ' || last) STORED,
  initial AS (substr(first, 1, 1)));
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT DEFAULT 'nothing at all') WITHOUT ROWID;
CREATE TABLE orders (id INTEGER PRIMARY KEY, person INTEGER, at TEXT DEFAULT (datetime('now')), total REAL);
CREATE INDEX by_name ON people (lower(last), first) WHERE city IS NOT NULL;
CREATE INDEX everything ON people (last, first, data, photo);
CREATE VIEW names AS SELECT id, first || ' ' || last AS full, upper(first) AS loud, hex(photo) AS photo FROM people;
CREATE VIEW report AS SELECT full, count(*) AS n, sum(total), group_concat(strftime('%Y', at), ', ') AS years,
  json_group_array(total) AS list, CASE WHEN total > 5 THEN 'large order' ELSE 'small order' END AS size,
  row_number() OVER (ORDER BY total) AS place
  FROM orders JOIN names ON names.id = orders.person GROUP BY full HAVING n > 0 ORDER BY n DESC LIMIT 10;
CREATE VIEW flat AS SELECT key, coalesce(value, '') || '' AS value, json_extract(value, '$.a') AS a FROM settings;
CREATE VIEW tree AS WITH RECURSIVE t (n, path) AS (SELECT 1, 'root' UNION ALL
  SELECT n + 1, path || '/' || n FROM t WHERE n < 50) SELECT * FROM t;
CREATE VIEW shapes AS SELECT id, ST_Buffer(photo, 5) AS photo, CAST(data AS BLOB) AS raw FROM people;
CREATE TRIGGER counts AFTER INSERT ON orders BEGIN
  INSERT OR REPLACE INTO settings VALUES ('orders', (SELECT group_concat(total || 'x') FROM orders));
  UPDATE people SET first = trim(first) || '!', data = json_set(data, '$.n', new.id) WHERE id = new.person; END;
CREATE TRIGGER renames INSTEAD OF UPDATE ON names BEGIN
  UPDATE people SET first = substr(new.full, 1, instr(new.full, ' ')) WHERE id = old.id; END;
CREATE VIRTUAL TABLE search USING fts4 (title, body);
INSERT INTO search VALUES ('import os', 'a text about cos system and what pickles are');
"""


def test_nothing_of_harmless_schemas(binary: Binary, tmp_path: Path) -> None:
    """Views, triggers, generated columns and indexes of everyday databases are no finding."""
    path = tmp_path / "everyday.db"
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(HARMLESS)
    for number in range(50):
        row = (f"Ann{number}", f"Smith{number}", json.dumps({"city": "X" * number}), bytes(range(number + 20)))
        database.execute("INSERT INTO people (first, last, data, photo) VALUES (?, ?, ?, ?)", row)
        database.execute("INSERT INTO orders (person, total) VALUES (?, ?)", (number, number / 2))
        database.execute("INSERT INTO settings VALUES (?, ?)", (f"key {number}", json.dumps({"a": "b" * number})))
    database.close()
    result = binary.run("lint", path)
    assert (result.status, result.errors) == (0, b""), result.output.decode()


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
