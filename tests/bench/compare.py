"""Puts pickle-lsp beside its peers: `python3 tests/bench/compare.py HOSTILE CLEAN [--limit N] [--peers a,b]`.

HOSTILE is a folder with an `index.json` that says of each file what is expected of it (`file`, `expect`); CLEAN is a
folder of files of which none does harm, or one with a `manifest.jsonl` (`file`). One command installs the peers in
their pinned versions below `.cache/compare`, builds the release binary, runs all of them on the same files in the same
run, a process a file as in CI, and prints a line a tool. How answers are judged: README.md beside this file.

It prints totals: which file a peer misses is not said. `--own FILE` writes what pickle-lsp itself misses or flags.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from environment import HERE, ROOT, build, install_peers, progress
from measure import life

CACHE = ROOT / ".cache" / "compare"
PEERS = ["picklescan", "fickling", "modelscan", "modelaudit"]
KNOWN_ONLY = "pickle-lsp -PG108"
"""pickle-lsp without its finding for globals that are merely on no list."""
NO_MODELS = ("callables", "cpython_data")
"""Families of the manifest that import what is meant to look harmful."""

Tools = dict[str, Callable[[Path], list[str]]]
"""The command line of each tool for a file."""

FLAGGED, REFUSED, PASSED = "flagged", "refused", "passed"


@dataclass(frozen=True)
class File:
    """A file, and whether it is harmful."""

    path: Path
    hostile: bool


@dataclass(frozen=True)
class Answer:
    """What a tool made of a file."""

    verdict: str
    seconds: float
    cpu: float
    peak: int


@dataclass
class Figures:
    """What a tool comes to."""

    hostile: Counter[str] = field(default_factory=Counter)
    clean: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu: float = 0.0
    peak: int = 0

    def add(self, file: File, answer: Answer) -> None:
        """One more file."""
        (self.hostile if file.hostile else self.clean)[answer.verdict] += 1
        self.seconds += answer.seconds
        self.cpu += answer.cpu
        self.peak = max(self.peak, answer.peak)


def main() -> int:
    """Command line."""
    options = arguments()
    files = [*hostile_files(options.hostile.resolve()), *clean_files(options.clean.resolve(), options.limit)]
    hostile = sum(file.hostile for file in files)
    print(f"{hostile} harmful files, {len(files) - hostile} harmless ones", flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    binary = options.binary.resolve() if options.binary else build("--bin", "pickle-lsp") / "pickle-lsp"
    tools = commands(binary, options.peers)
    figures = {name: Figures() for name in tools}
    wrong: list[str] = []
    try:
        run_all(files, tools, options.timeout, figures, wrong)
    except KeyboardInterrupt:
        print("interrupted: of some files the answers are missing")
    progress("")
    print_table(figures)
    if options.own:
        options.own.write_text("".join(f"{line}\n" for line in wrong), encoding="utf-8")
    if options.json:
        report = {name: vars(each) for name, each in figures.items()}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


def run_all(files: list[File], tools: Tools, timeout: float, figures: dict[str, Figures], wrong: list[str]) -> None:
    """All tools on all files, in turns, so that whatever else the machine does slows all alike."""
    for number, file in enumerate(files, 1):
        for name, make in tools.items():
            progress(f"{number}/{len(files)} {name}")
            answer = ask(name, make(file.path), timeout)
            figures[name].add(file, answer)
            if name == "pickle-lsp" and answer.verdict != (FLAGGED if file.hostile else PASSED):
                wrong.append(f"{'hostile' if file.hostile else 'clean'} {answer.verdict} {file.path}")


def arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hostile", type=Path, help="folder with an index.json")
    parser.add_argument("clean", type=Path, help="folder of harmless files, or one with a manifest.jsonl")
    parser.add_argument("--binary", type=Path, help="run this pickle-lsp instead of building one")
    parser.add_argument("--peers", type=peers, default=PEERS, help="some of the peers, with commas; default: all")
    parser.add_argument("--limit", type=int, default=0, help="only so many harmless files, evenly chosen")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one file (default 120)")
    parser.add_argument("--own", type=Path, metavar="FILE", help="write there what pickle-lsp misses or flags wrongly")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    return parser.parse_args()


def peers(text: str) -> list[str]:
    """Names with commas between them."""
    names = [name for name in text.split(",") if name]
    if unknown := set(names) - set(PEERS):
        raise argparse.ArgumentTypeError(f"no peer: {', '.join(sorted(unknown))}")
    return names


# --- the files --------------------------------------------------------------------------------------------------------


def hostile_files(folder: Path) -> list[File]:
    """Those that harm, or that nobody can vouch for, and those beside them that do neither."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    judged = {"malicious": True, "suspicious": True, "clean": False}
    return [File(folder / entry["file"], judged[entry["expect"]]) for entry in index if entry["expect"] in judged]


def clean_files(folder: Path, limit: int) -> list[File]:
    """Those that do no harm; of the manifest's, none that imports what is meant to look harmful."""
    manifest = folder / "manifest.jsonl"
    if manifest.exists():
        entries = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
        paths = [folder / entry["file"] for entry in entries if entry.get("family") not in NO_MODELS]
    else:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if limit and limit < len(paths):
        paths = [paths[number * len(paths) // limit] for number in range(limit)]
    return [File(path, False) for path in paths]


# --- the tools --------------------------------------------------------------------------------------------------------


def commands(binary: Path, wanted: list[str]) -> Tools:
    """The command line of each tool for one file; all with their default settings but for the format."""
    lint = [str(binary), "lint", "--isolated", "--format", "json"]
    own: Tools = {
        "pickle-lsp": lambda path: [*lint, str(path)],
        KNOWN_ONLY: lambda path: [*lint, "--ignore", "PG108", str(path)],
    }
    if not wanted:
        return own
    programs = install_peers(CACHE / "venv", HERE / "compare-requirements.txt").parent
    arguments = {
        "picklescan": ["--path"],
        "fickling": ["--check-safety"],
        "modelscan": ["--path"],
        "modelaudit": ["scan", "--no-cache", "--format", "json"],
    }

    def command(peer: str) -> Callable[[Path], list[str]]:
        return lambda path: [str(programs / peer), *arguments[peer], str(path)]

    return own | {peer: command(peer) for peer in wanted}


def ask(name: str, command: list[str], timeout: float) -> Answer:
    """Runs a tool on a file."""
    # Some leave files in the folder where they run or in the home folder, or call home.
    quiet = {"HOME": str(CACHE), "NO_COLOR": "1", "NO_ANALYTICS": "1", "PROMPTFOO_DISABLE_TELEMETRY": "1"}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        ended = life(command, timeout, stdout=output, stderr=errors, cwd=CACHE, env={**os.environ, **quiet})
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    verdict = REFUSED if ended.timed_out else judge(name, ended.status, *texts)
    return Answer(verdict, ended.seconds, ended.cpu, ended.peak)


def judge(name: str, status: int, output: str, errors: str) -> str:
    """What a tool said of a file.

    Flagged where it reports a finding at its own bar, whatever else went wrong; passed where it ends with success;
    refused for everything between: it failed, gave up, or says that it reads no such file.
    """
    if status == 0:
        return PASSED
    if status == 1 and "Traceback (most recent call last)" not in errors:
        return FLAGGED
    return FLAGGED if has_findings(name, output) else REFUSED


def has_findings(name: str, output: str) -> bool:
    """Whether there are findings in the report of a tool that also failed."""
    if name == "picklescan":
        return re.search(r"^Infected files: [1-9]", output, re.MULTILINE) is not None
    if name == "modelscan":
        return re.search(r"^Total Issues: [1-9]", output, re.MULTILINE) is not None
    if name == "fickling":  # writes its report to a file, whatever happens
        return False
    try:
        report = json.loads(output)
    except ValueError:
        return False
    findings = report.get("issues", []) if isinstance(report, dict) else report
    return any(finding["severity"] in ("error", "critical", "warning") for finding in findings)


# --- printing ---------------------------------------------------------------------------------------------------------


def print_table(figures: dict[str, Figures]) -> None:
    """A line a tool: totals only."""
    print(f"{'':17} {'harmful':>24}   {'harmless':>24}")
    print(f"{'':17} {'missed':>15} {'refused':>8}   {'flagged':>15} {'refused':>8} {'s':>8} {'CPU s':>8} {'MB':>6}")
    for name, each in figures.items():
        missed = f"{each.hostile[PASSED]} of {each.hostile.total()}"
        flagged = f"{each.clean[FLAGGED]} of {each.clean.total()}"
        print(
            f"{name:17} {missed:>15} {each.hostile[REFUSED]:>8}   {flagged:>15} {each.clean[REFUSED]:>8}"
            f" {each.seconds:8.1f} {each.cpu:8.1f} {each.peak / 1e6:6.0f}"
        )


if __name__ == "__main__":
    sys.exit(main())
