"""Rewrites of the text: what is loaded stays the same. CPython loads both."""

from __future__ import annotations

import collections
import io
import json
import os
import pickle
import pickletools
import subprocess
from pathlib import Path

import pytest
from objects import all_objects, dump_all, special_pickles
from support import ROOT

REFUSED = {
    "extension_codes": "the registry of the program",
    "buffers_in_band": "out-of-band buffer",
    "buffers_out_of_band": "out-of-band buffer",
    "shared_memo": "the memo slot is not filled in this pickle",
    "digits_4301": "at most 4300 decimal digits",
    "recursive_set": "a set that is used before it is whole",
}
"""Pickles that some rewrite refuses, and why."""

LARGE = {"memo_over_65536.4", "large_frames.0"}
"""Of the samples that are large in every protocol, the ones that are compared."""


class Unpickler(pickle.Unpickler):
    """Takes ids for what they name."""

    def persistent_load(self, pid: object) -> object:
        """An id as an object."""
        return ("persistent", pid)


def load(data: bytes) -> list[object]:
    """All objects of a file."""
    stream, found = io.BytesIO(data), []
    while stream.tell() < len(data):
        found.append(Unpickler(stream).load())
    return found


def picture(value: object) -> bytes:
    """Bytes that are the same for equal objects with the same parts in common."""
    return pickle.dumps(value, 4)


def samples() -> dict[str, bytes]:
    """Pickles by name, in every protocol."""
    pickles = {name: list(dump_all(value)) for name, value in all_objects().items()} | special_pickles()
    named = {f"{name}.{number}": data for name, group in pickles.items() for number, data in enumerate(group)}
    # A hundred thousand rows are enough once.
    return {name: data for name, data in named.items() if len(data) < 1 << 19 or name in LARGE}


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, object]]]:
    """What became of each sample, by rewrite."""
    folder = tmp_path_factory.mktemp("rewrites")
    subprocess.run(["cargo", "build", "--quiet", "--example", "rewrites"], cwd=ROOT, check=True)
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "examples" / "rewrites"
    for name, data in samples().items():
        (folder / name).write_bytes(data)
    found: dict[str, dict[str, dict[str, object]]] = collections.defaultdict(dict)
    paths = sorted(map(str, folder.iterdir()))
    for first in range(0, len(paths), 100):
        output = subprocess.run([str(program), *paths[first : first + 100]], capture_output=True, check=True).stdout
        for result in map(json.loads, output.decode().splitlines()):
            found[Path(result["file"]).name][result["rewrite"]] = result
    return found


REWRITES = ["format", "label", "renumber", "drop_unused", "reframe", *(f"convert {protocol}" for protocol in range(6))]


@pytest.mark.parametrize("rewrite", REWRITES)
def test_what_is_loaded_stays_the_same(
    rewritten: dict[str, dict[str, dict[str, object]]], rewrite: str
) -> None:
    """For every sample; what is refused is known."""
    wrong, count = [], 0
    for name, data in samples().items():
        result = rewritten[name][rewrite]
        if result["bytes"] is None:
            expected = REFUSED.get(name.split(".")[0])
            said = [message for _, message in result["reasons"]]
            if not expected or not all(expected in message for message in said):
                wrong.append(f"{name}: refused: {said[:3]}")
            continue
        count += 1
        new = bytes.fromhex(result["bytes"])
        if result["complaints"]:
            wrong.append(f"{name}: {result['complaints'][:2]}")
        try:
            before = load(data)
        except Exception:  # what nobody loads is not compared
            continue
        try:
            if picture(load(new)) != picture(before):
                wrong.append(f"{name}: {new[:200]!r}")
        except Exception as error:
            wrong.append(f"{name}: {error!r} {new[:200]!r}")
    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n".join(wrong[:40])
    assert count > 300


@pytest.mark.parametrize("protocol", range(6))
def test_no_opcode_is_newer(rewritten: dict[str, dict[str, dict[str, object]]], protocol: int) -> None:
    """A converted pickle has no opcode of a higher protocol."""
    newer = {info.name for info in pickletools.opcodes if info.proto > protocol}
    for name, results in rewritten.items():
        result = results[f"convert {protocol}"]
        if result["text"] is None:
            continue
        words = {word for line in str(result["text"]).splitlines() for word in line.split()[1:2]}
        assert not words & newer, name


def test_unused_slots_go(rewritten: dict[str, dict[str, dict[str, object]]]) -> None:
    """As `pickletools.optimize` leaves them out."""
    compared = 0
    for name, data in samples().items():
        result = rewritten[name]["drop_unused"]
        if result["bytes"] is None or data.count(b".") == 0:
            continue
        try:
            best = pickletools.optimize(data)
        except Exception:
            continue
        memo = ("PUT", "MEMOIZE")
        expected = sum(op.name.endswith(memo) for op, _, _ in pickletools.genops(best))
        new = bytes.fromhex(str(result["bytes"]))
        assert sum(op.name.endswith(memo) for op, _, _ in pickletools.genops(new)) == expected, name
        compared += 1
    assert compared > 300


def test_frames_are_those_of_a_pickler(rewritten: dict[str, dict[str, dict[str, object]]]) -> None:
    """Frames of 64 KiB and a little more, up to the last one."""
    new = bytes.fromhex(str(rewritten["large_frames.0"]["reframe"]["bytes"]))
    lengths = [arg for op, arg, _ in pickletools.genops(new) if op.name == "FRAME"]
    assert len(lengths) > 3
    assert all(64 << 10 <= length < 70 << 10 for length in lengths[:-1])
