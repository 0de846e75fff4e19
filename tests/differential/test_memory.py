"""What is not looked at is not read: the memory of a run is that of stack and memo, and not of constants. Of what was unpacked, stack
and memo are no more than there may be."""

from __future__ import annotations

import gzip
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from support import CLEAN, FAILED, Binary

SIZE = 2 << 30
"""Bytes of the constant: a hole of the file, so that it takes no room on the disk."""
MOST = 64 << 20
"""Bytes of memory that a run may take: read pages of the file would be among them."""


LAUNCHER = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
"""Runs a command and prints its status and its peak memory in bytes. It is a small process of its own because the peak of a
process begins with that of the one that started it: the memory of all the tests before would count."""


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell the memory of a process")
@pytest.mark.parametrize("opcode", [b"\x8e", b"\x96"], ids=["bytes", "bytearray"])
def test_a_large_constant(binary: Binary, tmp_path: Path, opcode: bytes) -> None:
    path = tmp_path / "large.pkl"
    with path.open("wb") as file:
        file.write(b"\x80\x05" + opcode + struct.pack("<Q", SIZE))
        file.seek(SIZE, 1)
        file.write(b"\x94.")
    status, peak = run(binary, "lint", path)
    assert status == CLEAN
    assert peak < MOST, f"{peak} bytes"


def run(binary: Binary, verb: str, path: Path) -> tuple[int, int]:
    """The status and the peak memory of a verb."""
    command = [sys.executable, "-c", LAUNCHER, str(binary.path), verb, str(path)]
    status, peak = map(int, subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.split())
    return status, peak


MARKS = 80_000_000
"""More than fit into the 512 MB that there are for what was unpacked."""
MOST_UNPACKED = 1 << 30
"""Those 512 MB, what was unpacked, and what a vector that grows takes besides."""


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell the memory of a process")
@pytest.mark.parametrize("verb, status", [("lint", FAILED), ("disassemble", CLEAN)], ids=["lint", "disassemble"])
def test_a_small_file_with_a_large_stack(binary: Binary, tmp_path: Path, verb: str, status: int) -> None:
    path = tmp_path / "marks.pkl.gz"
    # Else the file would be too small for what it becomes.
    noise = random.Random(1).randbytes(MARKS // 200)
    path.write_bytes(gzip.compress(b"(" * MARKS + noise, 1))
    found, peak = run(binary, verb, path)
    assert found == status
    assert peak < MOST_UNPACKED, f"{peak} bytes"
