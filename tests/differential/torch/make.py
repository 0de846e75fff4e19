"""Writes the files of this folder with torch itself: `python make.py [SERIALIZATION]`.

torch is far too large to be installed for a test, so that what it wrote is kept. What the files hold is said in
`../test_torch.py`.

SERIALIZATION is `torch/serialization.py` as it was before torch 0.1.10, in its last version that wrote tars. Its `save`
is run as it stands against the torch of today; `OldStorage` and `OldTensor` make up for what has gone since. Without
it, the tar is left as it is.
"""

from __future__ import annotations

import collections
import importlib.util
import linecache
import struct
import sys
import types
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import package

HERE = Path(__file__).parent


# Something small that has weights and a way to run. torch keeps sources and where they lie: `net.py`, wherever this
# is run.
NET = """
import torch

class Net(torch.nn.Module):
    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight
"""


def net(weight: torch.Tensor) -> torch.nn.Module:
    """A `net.Net`."""
    module = types.ModuleType("net")
    linecache.cache["net.py"] = (len(NET), None, NET.splitlines(keepends=True), "net.py")
    module.__file__ = "net.py"
    module = sys.modules.setdefault("net", module)
    if not hasattr(module, "Net"):
        exec(compile(NET, "net.py", "exec"), vars(module))
    return module.Net(weight)


def state() -> collections.OrderedDict[str, Any]:
    """Two tensors that share their numbers, one of another type, and what is no tensor."""
    numbers = torch.arange(6, dtype=torch.float32)
    tensors = {"all": numbers.reshape(2, 3), "end": numbers[4:], "counts": torch.tensor([7, 8])}
    return collections.OrderedDict(tensors, epoch=3)


def archives() -> None:
    """`torch.save`, in its two formats, and TorchScript, also as mobile devices load it."""
    torch.save(state(), HERE / "model.pt")
    module = net(torch.tensor([1.0, 2.0]))
    torch.save([state(), module], HERE / "legacy.pt", _use_new_zipfile_serialization=False)
    script = torch.jit.script(module)
    script.save(str(HERE / "script.pt"))
    script._save_for_lite_interpreter(str(HERE / "mobile.ff"), _use_flatbuffer=True)


def packaged() -> None:
    """A package of sources, of pickles that name them, of tensors, and of a module that is TorchScript."""
    package.package_exporter._gate_torchscript_serialization = False
    with package.PackageExporter(HERE / "package.pt") as exporter:
        exporter.extern("collections")
        exporter.save_source_string("shapes", "class Box:\n    def __init__(self, side):\n        self.side = side\n")
        exporter.save_source_string("shapes_of.nothing", "import shapes\n")
        exporter.save_text("texts", "read.me", "no pickle")
        exporter.save_binary("texts", "raw", b"\x80\x04}.")
        exporter.save_pickle("model", "state.pkl", state())
        exporter.save_pickle("model", "script.pkl", {"net": torch.jit.script(net(torch.tensor([1.0, 2.0])))})
    # An object of a class that lies in a package is pickled by who has imported it from there.
    importer = package.PackageImporter(HERE / "package.pt")
    with package.PackageExporter(HERE / "again.pt", importer=(importer, package.sys_importer)) as exporter:
        exporter.intern("shapes")
        exporter.save_pickle("model", "box.pkl", importer.import_module("shapes").Box(torch.tensor([1.0])))


class OldStorage:
    """A storage with the methods that a storage had."""

    def __init__(self, storage: torch.TypedStorage) -> None:
        """Of one of today."""
        self.storage = storage
        self._cdata = storage._cdata

    def _root_storage(self) -> tuple[OldStorage, int]:
        return self, 0

    def _write_file(self, file: Any) -> None:
        self.storage._untyped_storage._write_file(file, True, True, self.storage._element_size())


class OldTensor(torch.Tensor):
    """A tensor with the methods that a tensor had."""

    def storage(self) -> OldStorage:
        """The numbers."""
        return OLD[type(self).__name__.replace("Tensor", "Storage")](self._typed_storage())

    def _write_metadata(self, file: Any) -> None:
        # The number of dimensions was an `int`, of which eight bytes were written.
        numbers = [*self.shape, *self.stride(), self.storage_offset()]
        file.write(struct.pack(f"=q{len(numbers)}q", self.dim(), *numbers))


# A class for each type of numbers, under the names that stand in the file.
OLD = {
    f"{numbers}{what}": type(f"{numbers}{what}", (base,), {"__module__": "torch"})
    for numbers in ("Float", "Long")
    for what, base in (("Storage", OldStorage), ("Tensor", OldTensor))
}


def old_tar(serialization: Path) -> None:
    """The tar, by the `save` of that time."""
    spec = importlib.util.spec_from_file_location("torch._old_serialization", serialization)
    old = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(old)
    objects: dict[str, Any] = state()
    for name, value in objects.items():
        if isinstance(value, torch.Tensor):
            objects[name] = value.as_subclass(OLD[value.type().split(".")[1]])
    objects["net"] = net(objects["end"])
    with mock.patch.multiple(torch, **OLD):
        old.save(objects, str(HERE / "old.tar.pt"))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    archives()
    packaged()
    for given in sys.argv[1:]:
        old_tar(Path(given))
