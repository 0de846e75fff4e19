"""The models of CPython's readers against what was recorded of those readers, and against those that are here.

What cannot be judged is listed in `unjudged`, with the reason.
"""

from __future__ import annotations

import base64
import collections
import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fuzz_readers import compare, inputs
from oracle import is_reference
from readers import Json, models, plain, program, without_callee
from support import ROOT

SHARED = Path(os.environ.get("PICKLE_LSP_SHARED", ROOT.parent / "shared"))
DATA = SHARED / "data" / "pickles"

SHOWN = ("items=20", "depth=6", "text=200")
"""What the recorded values leave out."""
GRANTED = "memory=2147000000"
"""What the system that recorded them granted."""

OPEN, FORBIDDEN = 0, 1
RECORDED: dict[str, tuple[str, int]] = {
    "stub_C": ("c_stream", OPEN),
    "stub_Py": ("python", OPEN),
    "stub_C_file": ("c_file", OPEN),
    "restricted_C": ("c_stream", FORBIDDEN),
    "restricted_Py": ("python", FORBIDDEN),
    "loads_C": ("c_bytes", FORBIDDEN),
    "genops": ("pickletools", OPEN),
}
"""Which model a recorded reader is, and whether its `find_class` gave inert classes or raised."""
MOST_ASKED = 16
"""Calls of `find_class` that were recorded."""


@dataclass(frozen=True)
class Case:
    """An input with what each reader made of it."""

    name: str
    data: bytes
    outcomes: dict[str, Json]


def lines(path: Path) -> Iterator[Json]:
    """The records of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def divergence() -> Iterator[Case]:
    """Inputs on which readers differ."""
    for record in lines(DATA / "divergence" / "outcomes.jsonl.gz"):
        path = DATA / "divergence" / "files" / f"{record['name']}.pkl"
        yield Case(record["name"], path.read_bytes(), record["outcomes"])


def malformed() -> Iterator[Case]:
    """Damaged inputs."""
    for record in lines(DATA / "malformed" / "outcomes.jsonl.gz"):
        yield Case(record["file"], (DATA / record["file"]).read_bytes(), record["py3.11.7"])


def of_cpython() -> Iterator[Case]:
    """What CPython's own tests read and write."""
    for record in lines(DATA / "cpython_tests.jsonl.gz"):
        yield Case(record["sha1"], base64.b64decode(record["b64"]), record["outcomes_py3.11.7"])


SETS = {"divergence": divergence, "malformed": malformed, "of CPython": of_cpython}


def unjudged(case: Case, reader: str) -> str | None:
    """Why the outcome of a reader cannot be judged, if it cannot."""
    outcome = case.outcomes[reader]
    if str(outcome.get("error", "")).startswith("PROCESS DIED"):
        return "the reader crashed: no model does that"
    asked = case.outcomes["stub_C"].get("find_class", []) + case.outcomes["stub_Py"].get("find_class", [])
    if reader.startswith("stub") and any(module == "corpus" for module, _ in asked):
        return "the classes of the module `corpus` were real ones"
    return None


def without_limits(text: str) -> str:
    """A value without what was recorded by other means: items of large sets, ids that are neither str nor int."""
    return SET.sub("set(...)", ID.sub("('PID', ...)", text))


SET = re.compile(r"set\((?:[^(),]+, ){19}[^(),]+\)")
ID = re.compile(r"\('PID', (?!'[^']*\\)(?:b'[^']*'|'[A-Za-z]\w*')\)")


def difference(want: Json, got: Json) -> str | None:
    """In what an answer of a model differs from what was recorded."""
    if "find_class" in want:
        recorded, asked = want["find_class"], got["asked"]
        if asked[:MOST_ASKED] != recorded[:MOST_ASKED] or (len(recorded) < MOST_ASKED and asked != recorded):
            return f"asked for {asked}, not {recorded}"
    if want["ok"] != got["ok"]:
        return f"{got.get('error', 'loaded')}, not {want.get('error', 'loaded')}"
    if want["ok"]:
        want, got = ({**answer, "value": without_limits(str(answer.get("value")))} for answer in (want, got))
        pairs = ((name, want[name], got[name]) for name in ("end", "value") if name in want)
        return next((f"{name} {found!r}, not {wanted!r}" for name, wanted, found in pairs if found != wanted), None)
    # Long messages were cut.
    error = without_callee(want["error"].replace("error: unpack", "struct.error: unpack"))
    shown = error.removesuffix("...")
    matches = got["error"].startswith(shown) if error.endswith("...") else got["error"] == error
    return None if matches else f"{got['error']!r}, not {error!r}"


@pytest.mark.skipif(not DATA.exists(), reason=f"no {DATA} here: the recorded outcomes were NOT compared")
@pytest.mark.parametrize("name", SETS)
def test_recorded_outcomes(name: str) -> None:
    """Acceptance, globals in order, value and end, or class and text of the exception are the same."""
    cases = list(SETS[name]())
    answers = [models(program(*SHOWN, GRANTED, *more), [case.data for case in cases]) for more in ((), ("refuse",))]
    judged, same, left_out, failures = 0, 0, collections.Counter(), []
    for number, case in enumerate(cases):
        for reader, (model, which) in RECORDED.items():
            reason = unjudged(case, reader)
            if reason:
                left_out[reason] += 1
                continue
            found = difference(case.outcomes[reader], plain(answers[which][number][model]))
            judged += 1
            same += found is None
            if found:
                failures.append(f"{case.name} {reader}: {found}")
    print(f"{name}: {same} of {judged} outcomes of {len(cases)} inputs; not judged: {dict(left_out)}")
    assert judged > 1000
    assert not failures, "\n".join(failures[:20])


@pytest.mark.skipif(not is_reference(), reason="the models are of CPython 3.11")
def test_readers_that_are_here() -> None:
    """The same few thousand programs each time; `fuzz_readers.py` runs as long as one likes."""
    clusters: dict[str, tuple[bytes, Json, Json]] = {}
    compare(inputs(seed=311, start=0, count=4000), program("one", "items=20"), clusters)
    assert not clusters, clusters
