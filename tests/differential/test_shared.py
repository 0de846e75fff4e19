"""The conformance checks that lie beside a checkout, where they do. `PICKLE_LSP_SHARED` names another place."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, Binary

SHARED = Path(os.environ.get("PICKLE_LSP_SHARED", ROOT.parent / "shared"))
CHECK = SHARED / "checks" / "check.py"
DATA = SHARED / "data" / "pickles"
READ = {"raw", "zip", "gzip", "dumbdbm", "sqlite", "djcache", "cachelib", "lenprefix_be32"}
"""Containers that are opened. In others, and in the layouts below, streams are not found yet."""
BY_MEMBER = {"raw", "zip", "gzip"}
"""Containers whose members have the names and offsets of the truth."""
UNREAD_LAYOUTS = {"joblib", "npy", "npz", "opaque"}

WRONG_TRUTH = {"files/torch/torchscript_linear.pt"}
"""The truth has other paths in its strings than the file."""

pytestmark = pytest.mark.skipif(
    not CHECK.exists(), reason=f"no {CHECK} here: the shared conformance checks did NOT run"
)


def check(binary: Binary, what: str, data: str) -> list[str]:
    """Run one check; the cases that do not hold, a line each."""
    command = [sys.executable, str(CHECK), str(binary.path), what, str(SHARED / data), "--show", "100000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    *failures, figure = done.stdout.splitlines() or [done.stderr]
    print(figure)
    assert figure.startswith(f"{what}: "), figure
    return failures


def is_read(entry: dict[str, str]) -> bool:
    """Whether the streams of a file are expected to be found."""
    return entry["container"] in READ and entry["layout"] not in UNREAD_LAYOUTS


def test_decode(binary: Binary) -> None:
    """Ops of every stream in the containers that are opened."""
    manifest = [json.loads(line) for line in (DATA / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    read = {entry["file"] for entry in manifest if is_read(entry)} - WRONG_TRUTH
    failures = check(binary, "decode", "data/pickles")
    assert not [failure for failure in failures if failure.split(": ")[0] in read]


def test_text_of_pickletools(binary: Binary) -> None:
    """Every raw file that pickletools accepts."""
    assert not check(binary, "dis", "data/pickles")


@pytest.mark.parametrize("data", ["data/pickles/malformed", "data/pickles/divergence", "data/hostile"])
def test_robust(binary: Binary, data: str) -> None:
    """No verb crashes or hangs on any file."""
    assert not check(binary, "robust", data)


def test_text_form_is_lossless(binary: Binary) -> None:
    """Every file, damaged ones and containers of all kinds included."""
    assert not check(binary, "roundtrip", "data/pickles")


def test_text_form_of_cpythons_own_streams() -> None:
    """What the pickle tests of CPython read and write."""
    records = map(json.loads, gzip.open(DATA / "cpython_tests.jsonl.gz", "rt", encoding="utf-8"))
    streams = [base64.b64decode(record["b64"]) for record in records]
    assert len(streams) > 6000
    build = ["cargo", "build", "--quiet", "--example", "round_trip"]
    subprocess.run(build, cwd=ROOT, check=True)
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "examples" / "round_trip"
    lines = "\n".join(stream.hex() for stream in streams)
    done = subprocess.run([str(program)], input=lines, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [stream.hex() for stream in streams]


def streams() -> dict[tuple[str, str | None, int], dict[str, list[list[object]]]]:
    """Globals and calls of every stream of the containers that are opened, as recorded, by file, member and offset."""
    manifest = map(json.loads, (DATA / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
    wanted = (entry for entry in manifest if is_read(entry) and entry["container"] in BY_MEMBER)
    read = {entry["file"] for entry in wanted if not entry.get("ext_registry")}
    recorded = {}
    for path in sorted((DATA / "truth").iterdir()):
        for line in gzip.open(path, "rt", encoding="utf-8"):
            stream = json.loads(line)
            if stream["file"] in read:
                summary = stream["summary"]
                recorded[stream["file"], stream["member"], stream["start"]] = {
                    # What an extension code stands for is known to those who have the registry.
                    "globals": [
                        [g["offset"], g["op"], g["module"], g["name"]]
                        for g in summary["globals"]
                        if not g["op"].startswith("EXT")
                    ],
                    # A callee that is a constant has no name.
                    "calls": [
                        [c["offset"], c["op"], None if c["callee"] == "value:const" else c["callee"], c["nargs"]]
                        for c in summary["calls"]
                        if c["op"] != "BUILD"
                    ],
                }
    return recorded


def test_globals_and_calls() -> None:
    """What the machine sees of globals and calls is what was recorded."""
    recorded = streams()
    build = ["cargo", "build", "--quiet", "--example", "events"]
    subprocess.run(build, cwd=ROOT, check=True)
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "examples" / "events"
    files = sorted({file for file, _, _ in recorded})
    seen = {}
    for first in range(0, len(files), 200):
        paths = [str(DATA / file) for file in files[first : first + 200]]
        output = subprocess.run([str(program), *paths], capture_output=True, text=True, check=True).stdout
        for event in map(json.loads, output.splitlines()):
            key = (os.path.relpath(event["file"], DATA), event["member"], event["start"])
            seen[key] = {"globals": event["globals"], "calls": event["calls"]}
    assert len(recorded) > 2000
    assert [key for key, events in recorded.items() if seen.get(key) != events] == []
