"""Files that torch wrote (`torch/make.py`): which pickles are in them, what these load, and what is said of them.

The globals of each pickle are those that torch's own loaders ask for, in that order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from test_stores import read

if TYPE_CHECKING:
    from support import Binary

HERE = Path(__file__).parent / "torch"

REBUILD, ORDERED = "torch._utils._rebuild_tensor_v2", "collections.OrderedDict"
STATE = [ORDERED, REBUILD, "torch.FloatStorage", "torch.LongStorage"]
SCRIPT = ["__torch__.net.Net", REBUILD, "torch.FloatStorage", ORDERED]
LISTS = ["torch.jit._pickle.build_intlist"]

SHOWN = """OrderedDict({
    'all': torch.tensor(..., dtype=float32, shape=(2, 3), storage=0),
    'end': torch.tensor(..., dtype=float32, shape=(2,), storage=0, offset=4),
    'counts': torch.tensor(..., dtype=int64, shape=(2,), storage=1),
    'epoch': 3,
})
"""


def globals_of(binary: Binary, name: str) -> dict[str | None, list[str]]:
    """Each global of each member that has one, where it is first loaded."""
    found: dict[str | None, list[str]] = {}
    for one in json.loads(binary.run("globals", "--format", "json", HERE / name).output):
        names = found.setdefault(one["member"], [])
        if one["resolved"] not in names:
            names.append(one["resolved"])
    return found


def members_of(binary: Binary, name: str) -> list[str | None]:
    """The members that are pickles, each of which is read to its end."""
    ops = read(binary, HERE / name)
    assert all(names[-1] == "STOP" for names in ops.values())
    return list(ops)


def said_of(binary: Binary, name: str) -> list[tuple[str | None, str, str]]:
    """Findings: member, code, severity."""
    _, findings = binary.lint(HERE / name)
    return [(str(finding["member"] or ""), str(finding["code"]), str(finding["severity"])) for finding in findings]


def shown(binary: Binary, name: str, member: str) -> str:
    """The object of a member."""
    return binary.run("show", HERE / name, "--member", member).output.decode()


def test_saved(binary: Binary) -> None:
    """`torch.save`: tensors, of which two share their numbers."""
    assert members_of(binary, "model.pt") == ["model/data.pkl"]
    assert globals_of(binary, "model.pt") == {"model/data.pkl": STATE}
    assert said_of(binary, "model.pt") == [("model/data.pkl", "PB121", "info")]
    text = binary.run("show", HERE / "model.pt").output.decode()
    assert text.count("storage='0'") == 2
    assert text.count("storage='1'") == 1
    assert "shape=(2,), storage='0', offset=4)" in text


def test_legacy(binary: Binary) -> None:
    """`torch.save` as it was before 1.6: a module beside the tensors, of which the class is kept with its source."""
    assert members_of(binary, "legacy.pt") == [None]
    expected = [ORDERED, REBUILD, "torch.FloatStorage", "torch.LongStorage", "net.Net", "builtins.set"]
    assert sorted(globals_of(binary, "legacy.pt")[None]) == sorted(expected)
    assert said_of(binary, "legacy.pt") == [("", "PB121", "info"), ("", "PG108", "warning"), ("", "PG115", "info")]


def test_script(binary: Binary) -> None:
    """TorchScript: attributes, constants, and places in the source, which are pickles too."""
    debug = "script/code/__torch__/net.py.debug_pkl"
    assert sorted(members_of(binary, "script.pt")) == [debug, "script/constants.pkl", "script/data.pkl"]
    assert globals_of(binary, "script.pt") == {"script/data.pkl": SCRIPT, debug: LISTS}
    assert said_of(binary, "script.pt") == [
        ("script/code/__torch__/net.py", "PC112", "info"),
        ("script/data.pkl", "PG115", "info"),
        ("script/data.pkl", "PB121", "info"),
        (debug, "PG115", "info"),
    ]


def test_mobile(binary: Binary) -> None:
    """A model for mobile devices: no pickles, and operators that only compute."""
    assert members_of(binary, "mobile.ff") == []
    assert said_of(binary, "mobile.ff") == []


def test_package(binary: Binary) -> None:
    """torch.package: pickles by name, a resource that is one, a module of TorchScript by a persistent id."""
    script, debug = "package/.data/ts_code/0/data.pkl", "package/.data/ts_code/code/__torch__/net.py.debug_pkl"
    state, caller = "package/model/state.pkl", "package/model/script.pkl"
    constants = "package/.data/ts_code/0/constants.pkl"
    members = [caller, state, script, debug, constants, "package/texts/raw"]
    assert sorted(members_of(binary, "package.pt")) == sorted(members)
    called = ["torch.jit._script.unpackage_script_module"]
    assert globals_of(binary, "package.pt") == {state: STATE, caller: called, script: SCRIPT, debug: LISTS}
    said = said_of(binary, "package.pt")
    # What runs code is the import of a module that lies in the package, of which there are two, and TorchScript.
    assert [finding for finding in said if finding[2] != "info"] == [("package/shapes.py", "PC112", "warning")]
    assert [finding[:2] for finding in said if finding[1] == "PB121"] == [
        (state, "PB121"),
        (script, "PB121"),
        (caller, "PB121"),
    ]
    assert SHOWN in shown(binary, "package.pt", state)


def test_object_of_a_package(binary: Binary) -> None:
    """An object whose class is source in the package."""
    assert members_of(binary, "again.pt") == ["again/model/box.pkl"]
    expected = ["shapes.Box", REBUILD, "torch.FloatStorage", ORDERED]
    assert globals_of(binary, "again.pt") == {"again/model/box.pkl": expected}
    warnings = [finding for finding in said_of(binary, "again.pt") if finding[2] != "info"]
    assert warnings == [("again/shapes.py", "PC112", "warning"), ("again/model/box.pkl", "PG108", "warning")]


def test_old_tar(binary: Binary) -> None:
    """The tar before 0.1.10: objects, layouts of tensors and storages, with numbers between their pickles."""
    tensors = ["tensors", "tensors/1", "tensors/2", "tensors/3"]
    storages = ["storages", "storages/1", "storages/2", "storages/3"]
    assert members_of(binary, "old.tar.pt") == ["sys_info", "pickle", *tensors, *storages]
    found = globals_of(binary, "old.tar.pt")
    assert sorted(found.pop("pickle")) == sorted([ORDERED, "net.Net", "builtins.set"])
    assert found == {
        "tensors/1": ["torch.FloatTensor"],
        "tensors/2": ["torch.FloatTensor"],
        "tensors/3": ["torch.LongTensor"],
        "storages/1": ["torch.FloatStorage"],
        "storages/2": ["torch.LongStorage"],
    }
    # A tensor is referred to by its number, which is no more than that to the loader of such files.
    assert said_of(binary, "old.tar.pt") == [("pickle", "PB121", "info"), ("pickle", "PG108", "warning")]
    numbers = [
        json.loads(shown(binary, "old.tar.pt", f"tensors/{at}").strip().lstrip("(").split(",")[0]) for at in (1, 2, 3)
    ]
    for number in numbers:
        assert f"persistent_load('{number}')" in shown(binary, "old.tar.pt", "pickle")
