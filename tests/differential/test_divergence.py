"""Inputs on which CPython's readers disagree, as recorded beside a checkout: each gets a finding of the family PD2."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support import ROOT, Binary

SHARED = Path(os.environ.get("PICKLE_LSP_SHARED", ROOT.parent / "shared"))
DATA = SHARED / "data" / "pickles"

ELSEWHERE = {"PD110", "PD112", "PD302"}
"""What STOP leaves on the stack, text that is hardly a pickle, and memo slots that ask for gigabytes."""

NOT_IN_THE_BYTES = {
    "ext1_1": "whether a code is registered",
    "next_buffer_none": "whether buffers are given",
    "computed_str_as_global": "what a call gives",
    "strsubclass_as_global": "what a call gives",
    "type_append_on_extendspy": "what a class does in append and extend",
    "type_appends_empty_on_extendspy": "what a class does in extend",
    "type_additems_on_setspy": "what a class does in update",
    "type_append_bad_on_array": "what a class takes",
    "build_empty_dict_on_slots": "whether instances of a class have a __dict__",
    "build_pair_none_none": "whether a class has __setstate__",
    "build_pair_emptydict_none": "whether a class has __setstate__",
    "build_pair_zero_zero": "whether a class has __setstate__",
    "build_list": "whether a class has __setstate__",
    "build_str": "whether a class has __setstate__",
    "build_triple": "whether a class has __setstate__",
    "build_slot_missing": "which attributes a class has",
    "build_slotstate_on_dictless": "which attributes a class has",
    "call_newobjex_nonstr_kw": "what a class takes",
}
"""Differences that depend on more than the bytes."""

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason=f"no {DATA} here: the recorded differences were NOT looked at"
)


def test_every_difference_is_a_finding(binary: Binary) -> None:
    """All recorded kinds of differences, but for those that the bytes do not tell."""
    manifest = [json.loads(line) for line in (DATA / "divergence" / "manifest.jsonl").read_text("utf-8").splitlines()]
    _, findings = binary.lint(DATA / "divergence" / "files")
    codes: dict[str, set[str]] = {}
    for finding in findings:
        codes.setdefault(Path(str(finding["path"])).stem, set()).add(str(finding["code"]))
    differing = [entry for entry in manifest if entry["kinds"]]
    names = {Path(entry["file"]).stem: f"{entry['area']}: {', '.join(entry['kinds'])}" for entry in differing}
    told = {name for name, found in codes.items() if any(code.startswith("PD2") for code in found | {""})}
    told |= {name for name, found in codes.items() if ELSEWHERE & found}
    print(f"{len(names.keys() & told)} of {len(names)} inputs on which readers differ")
    missing = {name: kinds for name, kinds in names.items() if name not in told | NOT_IN_THE_BYTES.keys()}
    assert len(names) > 150
    assert not missing, missing
