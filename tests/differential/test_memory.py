"""What is not looked at is not read: the memory of a run is that of stack and memo, and not of constants."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from support import CLEAN, Binary

SIZE = 2 << 30
"""Bytes of the constant: a hole of the file, so that it takes no room on the disk."""
MOST = 64 << 20
"""Bytes of memory that a run may take: read pages of the file would be among them."""


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell the memory of a process")
@pytest.mark.parametrize("opcode", [b"\x8e", b"\x96"], ids=["bytes", "bytearray"])
def test_a_large_constant(binary: Binary, tmp_path: Path, opcode: bytes) -> None:
    path = tmp_path / "large.pkl"
    with path.open("wb") as file:
        file.write(b"\x80\x05" + opcode + struct.pack("<Q", SIZE))
        file.seek(SIZE, os.SEEK_CUR)
        file.write(b"\x94.")
    child = os.posix_spawn(binary.path, [str(binary.path), "lint", "--quiet", str(path)], os.environ)
    _, status, used = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == CLEAN
    assert used.ru_maxrss * 1024 < MOST, f"{used.ru_maxrss} KiB"
