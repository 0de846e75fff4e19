"""Harmful globals in thousands of disguises: an unpickler asks for each, and lint reports it as an error."""

from __future__ import annotations

import contextlib
import io
import pickle
from collections.abc import Iterable
from pathlib import Path

import pytest

from asking import Inert
from support import Binary
from variants import (
    CARRIERS,
    FORMS,
    GADGETS,
    HARMLESS,
    Name,
    Variant,
    handed_on,
    laundered,
    looked_up,
    memory,
    methods,
    states,
    variants,
    walks,
)


class Recorder(pickle.Unpickler):
    """An unpickler that imports nothing, and remembers what it is asked for."""

    def __init__(self, data: bytes) -> None:
        """Of a stream."""
        super().__init__(io.BytesIO(data))
        self.asked: set[Name] = set()

    def find_class(self, module: str, name: str) -> type:
        """Gives something inert for anything."""
        self.asked.add((module, name))
        return Inert


# Carriers that load a global without calling it.
ONLY_LOAD = ["not-called", "dict-factory", "print-file"]
# Those that hand a harmless global on in a way that is an error by itself.
ERRORS_BY_THEMSELVES = ["append-hook", "ordered-hook", "class-attribute", "class-by-value"]


def asked(stream: bytes) -> set[Name]:
    """What an unpickler asks for before it stops, at the end or at a fault."""
    recorder = Recorder(stream)
    # How it ends says nothing.
    with contextlib.suppress(Exception):
        recorder.load()
    return recorder.asked


def severities(
    binary: Binary, folder: Path, all_variants: Iterable[Variant]
) -> list[tuple[Variant, set[str], set[str]]]:
    """Writes the files, lints them in one run, and gives the severities and codes of each."""
    paths = {}
    for number, variant in enumerate(all_variants):
        path = folder / f"{number}{variant.suffix}"
        path.write_bytes(variant.data)
        paths[str(path)] = (variant, set(), set())
    result, findings = binary.lint(folder)
    assert not result.crashed, result.errors
    for finding in findings:
        _, found, codes = paths[finding["path"]]
        if finding["code"].startswith("PG"):
            found.add(finding["severity"])
            codes.add(finding["code"])
    return list(paths.values())


def test_every_variant_asks_for_its_global() -> None:
    """Otherwise what lint says of it would prove nothing."""
    made = [*variants(GADGETS), *walks(), *methods(), *looked_up(), *memory()]
    made += [*handed_on(), *states(), *laundered()]
    assert len(made) > len(GADGETS) * len(FORMS) * len(CARRIERS)
    assert [variant.label for variant in made if variant.asks not in asked(variant.stream)] == []


def unreported(found: list[tuple[Variant, set[str], set[str]]]) -> list[str]:
    """What is not at the bar; what calls must be an error, what only loads may be a warning."""

    def reported(variant: Variant, severity: set[str]) -> bool:
        only_loads = any(f" {carrier} " in variant.label for carrier in ONLY_LOAD)
        return "error" in severity or (only_loads and "warning" in severity)

    return [variant.label for variant, severity, _ in found if not reported(variant, severity)]


@pytest.mark.parametrize("part", range(5))
def test_lint_reports_every_variant(binary: Binary, tmp_path: Path, part: int) -> None:
    """As an error, since the global is known to be harmful."""
    assert unreported(severities(binary, tmp_path, variants(GADGETS[part::5]))) == []


def test_lint_reports_every_walk(binary: Binary, tmp_path: Path) -> None:
    """A harmless module is no way to a harmful one."""
    assert unreported(severities(binary, tmp_path, walks())) == []


def test_lint_reports_every_method(binary: Binary, tmp_path: Path) -> None:
    """What an object can do is judged where `getattr` reads it, whoever calls it."""
    assert unreported(severities(binary, tmp_path, methods())) == []


def test_lint_reports_every_look_up(binary: Binary, tmp_path: Path) -> None:
    """What stands for a function of arrays may stand for anything of its module."""
    assert unreported(severities(binary, tmp_path, looked_up())) == []


def test_lint_reports_what_is_handed_on(binary: Binary, tmp_path: Path) -> None:
    """What is harmless only as it is called is not to be called by something else."""
    found = severities(binary, tmp_path, handed_on())
    assert [variant.label for variant, severity, _ in found if not severity & {"error", "warning"}] == []
    look_ups = ("getattr ", "_ufunc_reconstruct ")
    assert unreported([one for one in found if one[0].label.startswith(look_ups)]) == []


def test_lint_reports_every_state_with_source(binary: Binary, tmp_path: Path) -> None:
    """No harmful global is needed to run source text, and no dict."""
    assert unreported(severities(binary, tmp_path, states())) == []


def test_lint_reports_changes_of_what_is_taken_out(binary: Binary, tmp_path: Path) -> None:
    """What comes out of something else can be an object of the program."""
    assert unreported(severities(binary, tmp_path, laundered())) == []


def test_lint_reports_every_address(binary: Binary, tmp_path: Path) -> None:
    """No harmful global is needed to write to any memory."""
    assert unreported(severities(binary, tmp_path, memory())) == []


def test_the_disguise_alone_is_no_error(binary: Binary, tmp_path: Path) -> None:
    """With a harmless global nothing of this is an error: it is the global that is judged, not its surroundings."""
    found = severities(binary, tmp_path, variants([HARMLESS]))
    alone = [one for one in found if not any(f" {carrier} " in one[0].label for carrier in ERRORS_BY_THEMSELVES)]
    assert [(variant.label, codes) for variant, severity, codes in alone if "error" in severity] == []
