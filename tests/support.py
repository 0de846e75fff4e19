"""The program under test, as the tests see it: a command line."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CLEAN, FINDINGS, FAILED = 0, 1, 2


def find_binary() -> Path:
    """`PICKLE_LSP_BINARY`, or the newest build of this checkout."""
    given = os.environ.get("PICKLE_LSP_BINARY")
    if given:
        return Path(given).resolve()
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = [path for path in (target / "release/pickle-lsp", target / "debug/pickle-lsp") if path.exists()]
    if not built:
        raise FileNotFoundError("no pickle-lsp below target: run `cargo build --release`, or set PICKLE_LSP_BINARY")
    return max(built, key=lambda path: path.stat().st_mtime)


@dataclass(frozen=True)
class Result:
    """How one call of the program ended."""

    status: int
    output: bytes
    errors: bytes

    @property
    def crashed(self) -> bool:
        """A panic, a signal, or a status that is not in the contract."""
        return self.status not in (CLEAN, FINDINGS, FAILED) or b"panicked" in self.errors


@dataclass(frozen=True)
class Binary:
    """The program under test."""

    path: Path

    def run(self, *arguments: str | Path, timeout: float = 60) -> Result:
        """One call."""
        command = [str(self.path), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def lint(self, path: Path) -> tuple[Result, list[dict[str, object]]]:
        """Findings of a file or folder."""
        result = self.run("lint", "--format", "json", path)
        return result, json.loads(result.output) if not result.crashed and result.output else []

    def pickletools(self, path: Path) -> bytes:
        """The text that `pickletools.dis` would print."""
        result = self.run("disassemble", "--format", "pickletools", path)
        assert not result.crashed, result
        return result.output

    def operations(self, path: Path) -> list[dict[str, object]]:
        """One record for every op."""
        result = self.run("disassemble", "--format", "json-lines", "--full", path)
        assert not result.crashed, result
        return [json.loads(line) for line in result.output.decode("utf-8", "surrogatepass").split("\n") if line]
