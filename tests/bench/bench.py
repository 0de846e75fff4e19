"""Measures pickle-lsp against its peers: `python3 tests/bench/bench.py [--quick]`.

One command makes the inputs, installs the peers, builds the release binary and the bare decode loop, runs all of them
on the same inputs in the same run (taking turns, so that a busy machine slows all alike), and prints ratios, peak
memory and whether the goals are held. Everything it makes is below `.cache/bench`. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from environment import HERE, ROOT, build, install_peers, progress, say
from goals import (
    Goal,
    deep_goals,
    folder_goals,
    peak_over_file,
    picklescan_goals,
    server_goals,
    speed_goals,
    start_goals,
)
from measure import Run, Series, run, warm

from server import ServerFigures, measure_server

CACHE = ROOT / ".cache" / "bench"
PEERS = ["genops", "loads", "loads-nogc", "picklescan", "fickling"]
MANY_OPERATIONS = [
    "records_p4.pkl",
    "records_p2.pkl",
    "integers.pkl",
    "small_integers.pkl",
    "strings.pkl",
    "globals.pkl",
]
INPUTS = [*MANY_OPERATIONS, "bytes.pkl", "tree"]
EIGHTEEN_MILLION = ["records_p4.pkl", "records_p2.pkl"]
TWENTY_MILLION = "small_integers.pkl"
FOLDER = "tree"
STARTS = 20

Results = dict[str, dict[str, Series]]


@dataclass(frozen=True)
class Programs:
    """What is measured."""

    binary: Path
    decode_loop: Path
    python: Path

    def command(self, subject: str, path: Path) -> list[str]:
        """The command line of one run."""
        if subject == "lint":
            return [str(self.binary), "lint", "--format", "json", str(path)]
        if subject == "decode-loop":
            return [str(self.decode_loop), str(path)]
        return [str(self.python), str(HERE / "peers.py"), subject, str(path)]


def main() -> int:
    """Command line."""
    options = arguments()
    folder = make_inputs(options.quick)
    made = programs(python_for(options.peers), options.binary)
    refuse_what_does_not_lint(made.binary)
    subjects = ["lint", "decode-loop", *options.peers]
    paths = {name: options.folder or folder / name if name == FOLDER else folder / name for name in options.inputs}
    results = {name: compare(made, subjects, path, options) for name, path in paths.items()}
    goals = [
        goal for name in EIGHTEEN_MILLION if name in results for goal in speed_goals(name, *of(results, folder, name))
    ]
    if TWENTY_MILLION in results:
        goals += picklescan_goals(TWENTY_MILLION, results[TWENTY_MILLION])
    if FOLDER in results:
        goals += folder_goals(FOLDER, results[FOLDER])
    starts = measure_start(made.binary)
    goals += start_goals(starts)
    goals += bytes_goals(results)
    deep = measure_deep(made.binary, folder / "deep") if options.deep else {}
    goals += deep_goals(deep)
    server = measure_view(made.binary, folder, options.rounds) if options.server else None
    goals += server_goals(server, lint_seconds(results)) if options.server else []
    print_goals(goals)
    if options.json:
        write_json(options.json, results, deep, server, goals)
    return 0


def arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="inputs of a tenth of the size, shorter time limit")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each subject (default 3)")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="default: all")
    parser.add_argument("--inputs", nargs="*", choices=INPUTS, default=INPUTS, help="default: all")
    parser.add_argument("--folder", type=Path, help=f"a folder of files to read in place of `{FOLDER}`")
    parser.add_argument("--timeout", type=float, help="seconds for one run of a peer (default 120, quick 20)")
    parser.add_argument("--no-server", dest="server", action="store_false", help="leave the server out")
    parser.add_argument("--no-deep", dest="deep", action="store_false", help="leave the nested inputs out")
    parser.add_argument("--binary", type=Path, help="measure this pickle-lsp instead of building one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    options = parser.parse_args()
    options.timeout = options.timeout or (20 if options.quick else 120)
    return options


# --- setting up -------------------------------------------------------------------------------------------------------


def make_inputs(quick: bool) -> Path:
    """The folder of inputs, filled by a process of its own: this one has to stay small to measure memory."""
    folder = CACHE / "inputs" / ("quick" if quick else "full")
    scale = "0.1" if quick else "1"
    say(f"inputs in {folder.relative_to(ROOT)}")
    subprocess.run(
        [sys.executable, HERE / "inputs.py", folder, "--scale", scale], check=True, stdout=subprocess.DEVNULL
    )
    return folder


def python_for(peers: list[str]) -> Path:
    """The Python of now, or one with the peers that do not come with it."""
    if not {"picklescan", "fickling"} & set(peers):
        return Path(sys.executable)
    return install_peers(CACHE / "venv", HERE / "requirements.txt")


def programs(python: Path, given: Path | None) -> Programs:
    """The release binary, unless there is one already, and the decode loop."""
    target = build("--example", "decode_loop", *([] if given else ["--bin", "pickle-lsp"]))
    binary = given.resolve() if given else target / "pickle-lsp"
    return Programs(binary, target / "examples" / "decode_loop", python)


def refuse_what_does_not_lint(binary: Path) -> None:
    """Stop where a call behind many operations is not found: nothing is faster than a program that does nothing."""
    path = CACHE / "hostile.pkl"
    path.write_bytes(b"\x80\x04](" + b"K\x01" * 100_000 + b"cos\nsystem\n\x8c\x04true\x85Re.")
    done = subprocess.run([binary, "lint", "--format", "json", path], capture_output=True, check=False)
    if done.returncode != 1 or b"system" not in done.stdout:
        sys.exit("lint does not find os.system in a pickle: there is nothing to measure")


# --- measuring --------------------------------------------------------------------------------------------------------


def compare(programs: Programs, subjects: list[str], path: Path, options: argparse.Namespace) -> dict[str, Series]:
    """All subjects over one input, in turns. One that failed once is not tried again."""
    warm(path)
    series = {subject: Series() for subject in subjects if applies(subject, path)}
    for number in range(options.rounds):
        for subject, runs in series.items():
            if not runs.failed:
                progress(f"{path.name} {subject} {number + 1}/{options.rounds}")
                runs.runs.append(measure(programs, subject, path, options.timeout))
    progress("")
    print_table(path, series)
    return series


def applies(subject: str, path: Path) -> bool:
    """Only the linters and the decode loop read folders, and a decode loop over one operation says nothing."""
    if path.is_dir():
        return subject in ("lint", "decode-loop", "picklescan", "fickling")
    return subject != "decode-loop" or path.name in MANY_OPERATIONS


def measure(programs: Programs, subject: str, path: Path, timeout: float) -> Run:
    """One run. Lint may have findings; everything but lint times itself."""
    allowed = (0, 1) if subject == "lint" else (0,)
    return run(programs.command(subject, path), timeout, reports=subject != "lint", allowed=allowed)


def measure_start(binary: Path) -> dict[str, Series]:
    """What it takes to begin at all: the whole process, many times."""
    path = CACHE / "none.pkl"
    path.write_bytes(b"\x80\x04N.")
    commands = {"--version": ["--version"], "lint of one object": ["lint", str(path)]}
    series = {name: Series() for name in commands}
    for _ in range(STARTS):
        for name, arguments in commands.items():
            series[name].runs.append(run([str(binary), *arguments], 60, reports=False))
    return series


def measure_deep(binary: Path, folder: Path) -> dict[str, Run]:
    """Lint and listing of every nested input, with a stack of one megabyte."""
    results = {}
    for path in sorted(folder.iterdir()):
        for verb in ("lint", "disassemble"):
            progress(f"{path.name} {verb}")
            command = ["prlimit", "--stack=1048576", str(binary), verb, str(path)]
            results[f"{path.stem} {verb}"] = run(command, 60, reports=False, allowed=(0, 1))
    progress("")
    return results


def measure_view(binary: Path, folder: Path, rounds: int) -> ServerFigures | None:
    """The server on the input with the most operations, the fastest of some sessions, or nothing where one failed."""
    progress("server")
    path = folder / EIGHTEEN_MILLION[0]
    warm(path)
    try:
        sessions = [measure_server(binary, path) for _ in range(rounds)]
        return min(sessions, key=lambda figures: figures.first_view)
    except (RuntimeError, OSError) as error:
        say(f"server: {error}")
        return None
    finally:
        progress("")


# --- goals ------------------------------------------------------------------------------------------------------------


def of(results: Results, folder: Path, name: str) -> tuple[dict[str, Series], int]:
    """The results for an input, and its size."""
    return results[name], (folder / name).stat().st_size


def bytes_goals(results: Results) -> list[Goal]:
    """A pickle of one long bytes object costs milliseconds and no memory."""
    lint = results.get("bytes.pkl", {}).get("lint")
    if not lint or lint.failed:
        return []
    return [
        Goal("bytes.pkl: lint", lint.fastest, 0.1, at_most=True, unit="s"),
        Goal("bytes.pkl: lint peak memory", lint.peak / 1e6, 64, at_most=True, unit="MB"),
    ]


def lint_seconds(results: Results) -> float | None:
    """Streaming time of the input that the server opens."""
    lint = results.get(EIGHTEEN_MILLION[0], {}).get("lint")
    return None if not lint or lint.failed else lint.fastest


# --- printing ---------------------------------------------------------------------------------------------------------


def print_table(path: Path, series: dict[str, Series]) -> None:
    """One input: a row a subject; the ratio is against lint."""
    size = (
        sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size
    )
    print(f"\n{path.name} ({size / 1e6:,.1f} MB)")
    print(f"  {'':12} {'median s':>10} {'min s':>10} {'x lint':>9} {'peak MB':>9} {'- file MB':>10}")
    lint = series["lint"]
    for subject, runs in series.items():
        if runs.failed:
            print(f"  {subject:12} {runs.failed} (peak {runs.peak / 1e6:,.0f} MB)")
            continue
        ratio = f"{runs.fastest / lint.fastest:9.2f}" if not lint.failed else f"{'-':>9}"
        over = f"{peak_over_file(runs, size):10,.1f}" if path.is_file() else ""
        print(f"  {subject:12} {runs.median:10.4f} {runs.fastest:10.4f} {ratio} {runs.peak / 1e6:9,.1f} {over}")
    loop = series.get("decode-loop")
    if loop and not loop.failed and path.is_file():
        operations = loop.runs[0].report["operations"]
        each = loop.median / operations * 1e9
        print(f"  {operations:,.0f} operations, {each:.2f} ns each in the decode loop")
    sys.stdout.flush()


def print_goals(goals: list[Goal]) -> None:
    """All goals, held or missed."""
    print("\ngoals")
    for goal in goals:
        print(f"  {'held  ' if goal.held else 'MISSED'} {goal.name}: {goal.figure} (goal {goal.bound})")
    print(f"\n{sum(goal.held for goal in goals)} of {len(goals)} goals held")


def write_json(
    path: Path, results: Results, deep: dict[str, Run], server: ServerFigures | None, goals: list[Goal]
) -> None:
    """All figures for other programs."""
    by_input = {
        name: {subject: [dataclasses.asdict(run) for run in runs.runs] for subject, runs in series.items()}
        for name, series in results.items()
    }
    report = {
        "inputs": by_input,
        "deep": {name: dataclasses.asdict(run) for name, run in deep.items()},
        "server": server.as_json() if server else None,
        "goals": [{**dataclasses.asdict(goal), "held": goal.held} for goal in goals],
    }
    path.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
