"""Puts pickle-lsp beside its peers: `python3 tests/bench/compare.py HOSTILE CLEAN [--binary PATH] [--peers a,b]`.

HOSTILE is a folder with an `index.json` that says of each file what is expected of it (`file`, `expect`); CLEAN is a
folder of files of which none does harm, or one with a `manifest.jsonl` (`file`). One command installs the peers below
`.cache/compare`, runs all of them on the same files in the same run, and prints for each how many harmful files it
misses, how many harmless ones it calls bad, on how many it fails, and what that takes. A global that a tool merely
does not know counts as calling a file bad. It prints totals only: which file is missed is not said.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".cache" / "compare"
PEERS = ["picklescan", "fickling", "modelscan", "modelaudit"]
SECONDS = 60

Answer = tuple[bool, bool]
"""Whether a file is called bad, and whether the tool failed on it."""


@dataclass
class Figures:
    """What a tool comes to."""

    hostile: int = 0
    misses: int = 0
    clean: int = 0
    alarms: int = 0
    errors: int = 0
    seconds: float = 0.0
    peak: int = 0
    skipped: str = ""


@dataclass(frozen=True)
class File:
    """A file, and whether it is harmful."""

    path: Path
    hostile: bool


def main() -> int:
    """Command line."""
    options = arguments()
    files = [*hostile_files(options.hostile), *clean_files(options.clean, options.limit)]
    print(
        f"{sum(file.hostile for file in files)} harmful files, {sum(not file.hostile for file in files)} harmless ones"
    )
    python = install(options.peers) if options.peers else Path(sys.executable)
    tools: dict[str, Callable[[Path], list[str]]] = {
        "pickle-lsp": lambda path: [str(options.binary), "lint", "--format", "json", str(path)],
        **{peer: command(python.parent, peer) for peer in options.peers},
    }
    results = {}
    for name, make in tools.items():
        results[name] = measure(name, make, files)
    print_table(results)
    return 0


def arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hostile", type=Path, help="folder with an index.json")
    parser.add_argument("clean", type=Path, help="folder of harmless files, or one with a manifest.jsonl")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "pickle-lsp")
    parser.add_argument("--peers", type=lambda text: [peer for peer in text.split(",") if peer], default=PEERS)
    parser.add_argument("--limit", type=int, default=0, help="only so many harmless files, evenly chosen")
    return parser.parse_args()


def hostile_files(folder: Path) -> list[File]:
    """Those that harm, or that nobody can vouch for."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    wanted = [entry for entry in index if entry["expect"] in ("malicious", "suspicious")]
    clean = [entry for entry in index if entry["expect"] == "clean"]
    return [File(folder / e["file"], True) for e in wanted] + [File(folder / e["file"], False) for e in clean]


def clean_files(folder: Path, limit: int) -> list[File]:
    """Those that do no harm; of the manifest's, none that imports what is meant to look harmful."""
    manifest = folder / "manifest.jsonl"
    if manifest.exists():
        entries = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
        paths = [
            folder / entry["file"] for entry in entries if entry.get("family") not in ("callables", "cpython_data")
        ]
    else:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
    step = max(1, len(paths) // limit) if limit else 1
    return [File(path, False) for path in paths[::step]]


def install(peers: list[str]) -> Path:
    """A virtual environment with the peers; what cannot be installed is left out when it is run."""
    python = CACHE / "bin" / "python"
    if not python.exists():
        venv.create(CACHE, with_pip=True)
    missing = [peer for peer in peers if not (python.parent / peer).exists()]
    if missing:
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *missing], check=False)
    return python


def command(folder: Path, peer: str) -> Callable[[Path], list[str]]:
    """The command line of a peer for one file."""
    program = str(folder / peer)
    return {
        "picklescan": lambda path: [program, "--path", str(path)],
        "fickling": lambda path: [program, "--check-safety", str(path)],
        "modelscan": lambda path: [program, "--path", str(path)],
        "modelaudit": lambda path: [program, "scan", "--format", "json", str(path)],
    }[peer]


def measure(name: str, make: Callable[[Path], list[str]], files: list[File]) -> Figures:
    """Runs a tool on every file by itself."""
    figures = Figures()
    program = make(files[0].path)[0]
    if not Path(program).exists():
        figures.skipped = "not installed"
        return figures
    for file in files:
        started = time.perf_counter()
        bad, failed, peak = answer(name, make(file.path))
        figures.seconds += time.perf_counter() - started
        figures.peak = max(figures.peak, peak)
        figures.errors += failed
        if file.hostile:
            figures.hostile += 1
            figures.misses += not bad and not failed
        else:
            figures.clean += 1
            figures.alarms += bad
    return figures


def answer(name: str, arguments: list[str]) -> tuple[bool, bool, int]:
    """What a tool says of a file: whether it is bad, whether it failed, and its peak memory in bytes."""
    timed = ["/usr/bin/time", "-f", "%M", "-o", str(CACHE / "peak")]
    has_time = Path(timed[0]).exists() and CACHE.exists()
    try:
        done = subprocess.run(
            [*timed, *arguments] if has_time else arguments,
            capture_output=True,
            cwd=CACHE,  # one of them leaves files where it runs
            timeout=SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "NO_COLOR": "1", "NO_ANALYTICS": "1", "PROMPTFOO_DISABLE_TELEMETRY": "1"},
        )
    except subprocess.TimeoutExpired:
        return False, True, 0
    peak = 0
    if has_time:
        lines = (CACHE / "peak").read_text(encoding="utf-8").split()
        peak = int(lines[-1]) * 1024 if lines and lines[-1].isdigit() else 0
    bad, failed = judge(name, done)
    return bad, failed, peak


def judge(name: str, done: subprocess.CompletedProcess[bytes]) -> Answer:
    """By the exit status, as each tool documents it; where it says the same of a finding and a failure, by the text."""
    status = done.returncode
    text = done.stdout + done.stderr
    match name:
        case "pickle-lsp":
            return status == 1 or (status == 2 and b'"severity":"error"' in text), status not in (0, 1, 2)
        case "fickling":
            return status == 1 and b"Traceback" not in text, status not in (0, 1) or b"Traceback" in text
        case "modelaudit":
            return status == 1, status not in (0, 1)
        case "modelscan":
            # 2: the scan failed, 3: no supported file, 4: usage.
            return status == 1, status in (2, 3, 4)
        case _:
            return status == 1, status not in (0, 1)


def print_table(results: dict[str, Figures]) -> None:
    """A line a tool: totals only."""
    print(f"{'':12} {'misses':>14} {'false alarms':>14} {'failures':>9} {'seconds':>8} {'peak MB':>8}")
    for name, figures in results.items():
        if figures.skipped:
            print(f"{name:12} {figures.skipped}")
            continue
        misses = f"{figures.misses} of {figures.hostile}"
        alarms = f"{figures.alarms} of {figures.clean}"
        memory = figures.peak / 1e6
        print(f"{name:12} {misses:>14} {alarms:>14} {figures.errors:>9} {figures.seconds:8.1f} {memory:8.0f}")


if __name__ == "__main__":
    sys.exit(main())
