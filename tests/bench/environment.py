"""What the measurements run: the peers in a virtual environment, and the optimised binary."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def install_peers(folder: Path, requirements: Path) -> Path:
    """The Python of a virtual environment with the peers; made again when the pinned versions change."""
    stamp, wanted = folder / "installed.txt", pins(requirements)
    if not stamp.exists() or stamp.read_text() != wanted:
        say("installing the peers")
        venv.create(folder, with_pip=True, clear=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", requirements], check=True)
        stamp.write_text(wanted)
    return folder / "bin" / "python"


def pins(requirements: Path) -> str:
    """All lines of a file of requirements and of those that it names."""
    lines = requirements.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(
        pins(requirements.parent / line.removeprefix("-r ").strip()) if line.startswith("-r ") else line
        for line in lines
    )


def build(*targets: str) -> Path:
    """The folder of release builds, after these targets (`--bin pickle-lsp`) were built."""
    say("building")
    subprocess.run(["cargo", "build", "--quiet", "--release", *targets], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"


def say(text: str) -> None:
    """A line about what is being done."""
    print(text, file=sys.stderr, flush=True)


def progress(text: str) -> None:
    """What runs now, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
