"""Whatever CPython's unpicklers ask for, the program lists: over all that lies beside a checkout, where it does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support import Binary
from test_shared import SHARED

HERE = Path(__file__).resolve().parent
DATA = SHARED / "data"
FOLDERS = ["pickles/files", "pickles/malformed/files", "pickles/divergence/files", "hostile"]
LARGEST = 1 << 24

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"no {DATA} here: the shared data was NOT looked at")

Names = set[tuple[str, str]]


def is_read_by_joblib(path: Path) -> bool:
    """Whether arrays lie between its opcodes: what an unpickler that does not know makes of those is no global of the file."""
    return path.parent.name.startswith("joblib") or path.suffix == ".joblib"


def pickles(folder: Path) -> list[Path]:
    """Files that an unpickler would begin to read: not containers, not joblib's, and not too large."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".py" and not is_read_by_joblib(path) and 0 < path.stat().st_size < LARGEST:
            head = path.read_bytes()[:2]
            if head not in (b"PK", b"\x1f\x8b", b"BZ", b"\xfd7"):
                found.append(path)
    return found


def asked(paths: list[Path]) -> dict[Path, dict[str, Names]]:
    """What each unpickler asks for; without files that bring the interpreter down."""
    answers: dict[Path, dict[str, Names]] = {}
    while paths:
        done = subprocess.run(
            [sys.executable, str(HERE / "asking.py")],
            input="".join(f"{path}\n" for path in paths).encode(),
            capture_output=True,
            check=False,
        )
        lines = done.stdout.decode().splitlines()
        for path, line in zip(paths, lines, strict=False):
            answers[path] = {reader: {(m, n) for m, n in names} for reader, names in json.loads(line).items()}
        paths = paths[len(lines) + 1 :]
    return answers


def listed(binary: Binary, folder: Path) -> dict[Path, Names]:
    """What the program lists."""
    result = binary.run("globals", "--format", "json", folder, timeout=300)
    assert not result.crashed, result.errors
    found: dict[Path, Names] = {}
    for entry in json.loads(result.output):
        found.setdefault(Path(entry["path"]), set()).add((entry["module"], entry["name"]))
    return found


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("reader", ["C", "Py"])
def test_what_is_asked_for_is_listed(binary: Binary, folder: str, reader: str) -> None:
    """None is missing, whatever a file does to hide it."""
    answers = asked(pickles(DATA / folder))
    assert answers
    found = listed(binary, DATA / folder)
    missing = {
        str(path.relative_to(DATA)): sorted(names[reader] - found.get(path, set()))
        for path, names in answers.items()
        if names[reader] - found.get(path, set())
    }
    assert missing == {}
