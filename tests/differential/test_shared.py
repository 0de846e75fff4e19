"""The conformance checks that lie beside a checkout, where they do. `PICKLE_LSP_SHARED` names another place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, Binary

SHARED = Path(os.environ.get("PICKLE_LSP_SHARED", ROOT.parent / "shared"))
CHECK = SHARED / "checks" / "check.py"
CHECKS = [
    ("decode", "data/pickles"),
    ("dis", "data/pickles"),
    ("robust", "data/pickles/malformed"),
    ("robust", "data/pickles/divergence"),
    ("robust", "data/hostile"),
]


@pytest.mark.skipif(
    not CHECK.exists(), reason=f"SKIPPED: no {CHECK} here, so the shared conformance checks did not run"
)
@pytest.mark.parametrize(("what", "data"), CHECKS, ids=lambda value: value.replace("/", "_"))
def test_conformance(binary: Binary, what: str, data: str) -> None:
    """Every case of one check holds."""
    command = [sys.executable, str(CHECK), str(binary.path), what, str(SHARED / data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
