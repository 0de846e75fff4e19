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
from typing import Any

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
        sink = output if reports else subprocess.DEVNULL
        ended = life(command, timeout, stdout=sink, stderr=subprocess.DEVNULL)
        output.seek(0)
        printed = output.read()
    if ended.timed_out:
        return Run(TIMED_OUT, ended.seconds, ended.peak)
    if ended.status not in allowed:
        return Run(f"status {ended.status}", ended.seconds, ended.peak)
    return Run(OK, ended.seconds, ended.peak) if not reports else reported(printed, ended.peak)


@dataclass(frozen=True)
class Ended:
    """How a process went."""

    status: int
    timed_out: bool
    """Whether it had to be stopped."""
    seconds: float
    """From its start to its end."""
    cpu: float
    """Seconds of processors that it took."""
    peak: int
    """Peak resident memory in bytes."""


def life(command: list[str], timeout: float, **options: Any) -> Ended:
    """Starts a process with these options of `Popen` and no input, and waits for its end."""
    expired = threading.Event()

    def stop() -> None:
        expired.set()
        process.kill()

    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    timer = threading.Timer(timeout, stop)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Ended(process.returncode, expired.is_set(), seconds, cpu, usage.ru_maxrss * 1024)


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
