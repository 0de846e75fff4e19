"""`disassemble` against CPython's own disassembler, on what CPython's own picklers write."""

from __future__ import annotations

from pathlib import Path

import pytest
from objects import all_objects, dump_all, special_pickles
from oracle import dis, genops, is_reference
from programs import by_hand, random_programs
from support import Binary

pytestmark = pytest.mark.skipif(not is_reference(), reason="the text is that of CPython 3.11")

PICKLES = {name: list(dump_all(value)) for name, value in all_objects().items()} | special_pickles()
PROGRAMS = dict(by_hand()) | dict(random_programs(300))
GROUP = 25
GROUPS = [list(PROGRAMS)[start : start + GROUP] for start in range(0, len(PROGRAMS), GROUP)]


@pytest.mark.parametrize("name", PICKLES)
def test_text_is_that_of_pickletools(binary: Binary, tmp_path: Path, name: str) -> None:
    """Byte for byte, in every protocol."""
    assert PICKLES[name]
    for number, data in enumerate(PICKLES[name]):
        check_text(binary, tmp_path / f"{number}.pkl", data)


@pytest.mark.parametrize("name", PICKLES)
def test_operations_are_those_of_genops(binary: Binary, tmp_path: Path, name: str) -> None:
    """Offset, opcode and argument of every op. We read on where genops raises, but the C unpickler does not."""
    for number, data in enumerate(PICKLES[name]):
        path = tmp_path / f"{number}.pkl"
        path.write_bytes(data)
        found = [(op["offset"], op["opcode"], op["arg"]) for op in binary.operations(path) if op["pickle"] == 0]
        expected, raised = genops(data)
        assert (found[: len(expected)] if raised else found) == expected


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0]}-{group[-1]}")
def test_text_of_programs_no_pickler_writes(binary: Binary, tmp_path: Path, group: list[str]) -> None:
    """Up to where pickletools raises, the same lines. All differences of a group are shown at once."""
    differences = []
    for name in group:
        try:
            check_text(binary, tmp_path / f"{name}.pkl", PROGRAMS[name])
        except AssertionError as error:
            differences.append(f"{name} {PROGRAMS[name]!r}: {error}")
    assert not differences, "\n\n".join(differences)


def check_text(binary: Binary, path: Path, data: bytes) -> None:
    """Compare one file. Behind an error at a STOP another caller may go on: then the texts begin alike."""
    path.write_bytes(data)
    expected, found = dis(data), binary.pickletools(path)
    if expected.error:
        found = found[: found.rfind(b"\n") + 1]
    if expected.rest:
        found = found[: len(expected.lines)]
    assert found == expected.lines, f"pickletools ends with {expected.error}" if expected.error else "texts differ"
