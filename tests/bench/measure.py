"""Runs a command once and says how long it took and how much memory it had at its peak."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

OK = "ok"
TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Run:
    """One run of one command."""

    outcome: str
    seconds: float
    """Of the work: what the command itself reports, or the life of the process."""
    peak: int
    """Peak resident memory of the process in bytes. Cannot be seen below that of this script, some 20 MB."""
    report: dict[str, float] = field(default_factory=dict)


def run(command: list[str], timeout: float, *, reports: bool, allowed: tuple[int, ...] = (0,)) -> Run:
    """Runs a command; with `reports`, its time is the one that it prints as JSON."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        sink = output if reports else subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.DEVNULL)
        status, peak, timed_out = wait(process, timeout)
        seconds = time.perf_counter() - start
        output.seek(0)
        printed = output.read()
    if timed_out:
        return Run(TIMED_OUT, seconds, peak)
    if status not in allowed:
        return Run(f"status {status}", seconds, peak)
    return Run(OK, seconds, peak) if not reports else reported(printed, peak)


def wait(process: subprocess.Popen[bytes], timeout: float) -> tuple[int, int, bool]:
    """Status, peak memory, and whether the process had to be stopped."""
    expired = threading.Event()

    def stop() -> None:
        expired.set()
        process.kill()

    timer = threading.Timer(timeout, stop)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss * 1024, expired.is_set()


def reported(printed: bytes, peak: int) -> Run:
    """A run whose command timed itself."""
    answer = json.loads(printed)
    if "error" in answer:
        return Run(answer["error"], 0.0, peak)
    numbers = {key: value for key, value in answer.items() if isinstance(value, int | float)}
    return Run(OK, answer["seconds"], peak, numbers)


@dataclass
class Series:
    """All runs of one command on one input."""

    runs: list[Run] = field(default_factory=list)

    @property
    def failed(self) -> str | None:
        """The outcome that is not ok."""
        return next((run.outcome for run in self.runs if run.outcome != OK), None)

    @property
    def median(self) -> float:
        """Median time in seconds."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def fastest(self) -> float:
        """Shortest time in seconds."""
        return min(run.seconds for run in self.runs)

    @property
    def peak(self) -> int:
        """Highest peak memory of the runs."""
        return max(run.peak for run in self.runs)


def warm(path: Path) -> None:
    """Reads a file or folder once, so that the first subject does not pay for the disk."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    for file in files:
        with file.open("rb", buffering=0) as stream:
            while stream.read(1 << 20):
                pass
