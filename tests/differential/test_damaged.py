"""Damaged pickles: never a crash, and everything in front of the damage is read as CPython reads it."""

from __future__ import annotations

import os
import pickle
import pickletools
from pathlib import Path

import pytest
from objects import PROTOCOLS, Reduced, all_objects, dump_all
from oracle import is_reference
from programs import mutations
from support import CLEAN, FINDINGS, Binary
from test_against_cpython import check_text

MUTATIONS = dict(mutations(400))
GROUP = 40
GROUPS = [list(MUTATIONS)[start : start + GROUP] for start in range(0, len(MUTATIONS), GROUP)]


def write_all(folder: Path, names: list[str]) -> list[Path]:
    """The mutations as files."""
    paths = []
    for name in names:
        paths.append(folder / f"{name}.pkl")
        paths[-1].write_bytes(MUTATIONS[name])
    return paths


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
def test_lint_reports_and_never_crashes(binary: Binary, tmp_path: Path, group: list[str]) -> None:
    """A readable file is never a failure of the tool, and a folder has the findings of its files."""
    together = []
    for path in write_all(tmp_path, group):
        result, findings = binary.lint(path)
        assert not result.crashed, (path.name, result)
        assert result.status in (CLEAN, FINDINGS), (path.name, result)
        together += [(finding["path"], finding["code"], finding["offset"]) for finding in findings]
    result, findings = binary.lint(tmp_path)
    assert not result.crashed, result
    found = [(finding["path"], finding["code"], finding["offset"]) for finding in findings]
    assert sorted(found, key=str) == sorted(together, key=str)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
def test_every_format_of_disassemble_ends(binary: Binary, tmp_path: Path, group: list[str]) -> None:
    """Listing and records of every damaged file."""
    for path in write_all(tmp_path, group):
        for form in ("listing", "json-lines"):
            result = binary.run("disassemble", "--format", form, path)
            assert not result.crashed, (path.name, form, result)


@pytest.mark.skipif(not is_reference(), reason="the text is that of CPython 3.11")
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
def test_text_in_front_of_the_damage(binary: Binary, tmp_path: Path, group: list[str]) -> None:
    """Up to where pickletools raises, the same lines."""
    differences = []
    for name in group:
        try:
            check_text(binary, tmp_path / f"{name}.pkl", MUTATIONS[name])
        except AssertionError as error:
            differences.append(f"{name} {MUTATIONS[name]!r}: {error}")
    assert not differences, "\n\n".join(differences)


def test_every_truncation_is_a_finding(binary: Binary, tmp_path: Path) -> None:
    """A pickle without its last byte, and one cut in the middle, are never silently clean."""
    for name, value in all_objects().items():
        for protocol, data in enumerate(dump_all(value)):
            if len(data) < 100_000:
                (tmp_path / f"{name}_{protocol}_last.pkl").write_bytes(data[:-1])
                (tmp_path / f"{name}_{protocol}_half.pkl").write_bytes(data[: max(1, len(data) // 2)])
    _, findings = binary.lint(tmp_path)
    reported = {Path(str(finding["path"])).name for finding in findings}
    silent = [path.name for path in sorted(tmp_path.iterdir()) if path.name not in reported]
    assert not silent, silent


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_ran_before_the_cut_is_reported(binary: Binary, tmp_path: Path, protocol: int) -> None:
    """A pickle without its end has called all that stands in front of the cut. A damaged end hides no call either."""
    whole = pickle.dumps(["before", Reduced((os.system, ("true",))), "behind"], protocol)
    called = next(end for end, name in ends_of(whole) if name == "REDUCE")
    for end in range(called, len(whole)):
        (tmp_path / f"cut_{end}.pkl").write_bytes(whole[:end])
        (tmp_path / f"damaged_{end}.pkl").write_bytes(whole[:end] + b"\xff" + whole[end:])
    _, findings = binary.lint(tmp_path)
    reported = {Path(str(finding["path"])).name for finding in findings if "system" in str(finding["global"])}
    assert reported == {path.name for path in tmp_path.iterdir()}


def ends_of(data: bytes) -> list[tuple[int, str]]:
    """Where every op ends, and its name."""
    starts = [(position, opcode.name) for opcode, _, position in pickletools.genops(data)]
    return [(end, name) for (_, name), (end, _) in zip(starts, [*starts[1:], (len(data), "")], strict=True)]
