"""What the figures are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from measure import OK

if TYPE_CHECKING:
    from measure import Run, Series

    from server import ServerFigures

MEGABYTE = 1e6


@dataclass(frozen=True)
class Goal:
    """One figure and its bound."""

    name: str
    value: float
    limit: float
    at_most: bool
    unit: str

    @property
    def held(self) -> bool:
        """Whether the figure is on the right side of the bound."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    @property
    def figure(self) -> str:
        """The figure with its unit."""
        return f"{self.value:,.3g} {self.unit}"

    @property
    def bound(self) -> str:
        """The bound with its unit."""
        return f"{'<=' if self.at_most else '>='} {self.limit:g} {self.unit}"


def peak_over_file(series: Series, size: int) -> float:
    """Peak memory without the mapped file, in megabytes."""
    return (series.peak - size) / MEGABYTE


def speed_goals(name: str, series: dict[str, Series], size: int) -> list[Goal]:
    """Streaming lint against the readers, and its memory."""
    lint = series["lint"]
    if lint.failed:
        return [Goal(f"{name}: lint runs ({lint.failed})", 0, 1, at_most=False, unit="run")]
    goals = [
        Goal(f"{name}: lint against {peer}", series[peer].fastest / lint.fastest, bound, at_most=False, unit="x")
        for peer, bound in (("genops", 100), ("loads", 5))
        if peer in series and not series[peer].failed
    ]
    loop = series.get("decode-loop")
    if loop and not loop.failed:
        goals.append(Goal(f"{name}: lint in decode loops", lint.fastest / loop.fastest, 2.5, at_most=True, unit="x"))
    goals.append(Goal(f"{name}: lint peak less the file", peak_over_file(lint, size), 64, at_most=True, unit="MB"))
    return goals


def picklescan_goals(name: str, series: dict[str, Series]) -> list[Goal]:
    """A pickle of many operations against a scanner in Python, in time and memory."""
    lint, peer = series["lint"], series.get("picklescan")
    if lint.failed or not peer or peer.failed:
        return []
    times, memory = peer.fastest / lint.fastest, lint.peak / peer.peak
    return [
        Goal(f"{name}: lint against picklescan", times, 100, at_most=False, unit="x"),
        Goal(f"{name}: lint peak memory of picklescan's", memory, 0.1, at_most=True, unit="x"),
    ]


def folder_goals(name: str, series: dict[str, Series]) -> list[Goal]:
    """A folder of mixed files against scanners in Python."""
    lint = series["lint"]
    if lint.failed:
        return [Goal(f"{name}: lint runs ({lint.failed})", 0, 1, at_most=False, unit="run")]
    return [
        Goal(f"{name}: lint against {peer}", series[peer].fastest / lint.fastest, bound, at_most=False, unit="x")
        for peer, bound in (("picklescan", 50), ("fickling", 100))
        if peer in series and not series[peer].failed
    ]


def start_goals(starts: dict[str, Series]) -> list[Goal]:
    """A process that does next to nothing, from its start to its end."""
    return [
        Goal(f"start: {name}", series.fastest * 1000, 10, at_most=True, unit="ms")
        for name, series in starts.items()
        if not series.failed
    ]


def deep_goals(deep: dict[str, Run]) -> list[Goal]:
    """Every nested input ends as it should on a small stack."""
    if not deep:
        return []
    bad = [f"{name} {run.outcome}" for name, run in deep.items() if run.outcome != OK]
    slowest = max(run.seconds for run in deep.values())
    label = (
        f"100,000 levels: failures of {len(deep)} runs{': ' + ', '.join(bad) if bad else ''} (slowest {slowest:.2f} s)"
    )
    return [Goal(label, len(bad), 0, at_most=True, unit="failures")]


def server_goals(figures: ServerFigures | None, lint_seconds: float | None) -> list[Goal]:
    """Opening a large pickle and asking about places in it."""
    if not figures:
        return [Goal("server: answers", 0, 1, at_most=False, unit="run")]
    goals = []
    if lint_seconds:
        ratio = figures.first_view / lint_seconds
        name = f"server: first view ({figures.first_view:.3f} s, {figures.rows:,} rows) in streaming lints"
        goals.append(Goal(name, ratio, 2, at_most=True, unit="x"))
    requests = {
        "hover": figures.hover,
        "definition": figures.definition,
        "hover in a distant view": figures.distant_hover,
    }
    for name, times in requests.items():
        if times:
            label = f"server: slowest {name} (median {times.median * 1000:.2f} ms)"
            goals.append(Goal(label, times.slowest * 1000, 20, at_most=True, unit="ms"))
    goals.append(
        Goal("server: resident memory against the file", figures.resident / figures.file, 3, at_most=True, unit="x")
    )
    goals.append(Goal("server: peak memory against the file", figures.peak / figures.file, 3, at_most=True, unit="x"))
    return goals
