"""One run of one peer over one input, timed inside the process: `python peers.py NAME PATH`.

Prints `{"seconds": ...}`. The time is that of the work alone, so that the start of the interpreter, imports and
(where the peer takes bytes) the reading of the file are not held against a peer.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import pickletools
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

Work = Callable[[], object]

MEMORY_LIMIT = 8 << 30


class Inert:
    """Stands for every global: takes any call, state or item and does nothing with it."""

    def __new__(cls, *_arguments: object, **_keywords: object) -> Inert:
        """Any constructor."""
        return object.__new__(cls)

    def __setstate__(self, _state: object) -> None:
        """Any state."""

    def append(self, _item: object) -> None:
        """Any list item."""

    def extend(self, _items: object) -> None:
        """Any list items."""

    def add(self, _item: object) -> None:
        """Any set item."""

    def __setitem__(self, _key: object, _value: object) -> None:
        """Any dict item."""


class InertUnpickler(pickle.Unpickler):
    """The C unpickler, with nothing imported."""

    def find_class(self, _module: str, _name: str) -> type:
        """Never imports."""
        return Inert

    def persistent_load(self, _pid: object) -> Inert:
        """Takes every persistent id."""
        return Inert()


def genops(path: Path) -> Work:
    """All operations of the file by `pickletools.genops`."""
    data = path.read_bytes()

    def work() -> None:
        for _ in pickletools.genops(data):
            pass

    return work


def loads(path: Path) -> Work:
    """The C unpickler as `pickle.loads` runs it."""
    return InertUnpickler(io.BytesIO(path.read_bytes())).load


def loads_nogc(path: Path) -> Work:
    """The C unpickler with the cycle collector off, its fastest form."""
    import gc

    gc.disable()
    return loads(path)


def picklescan(path: Path) -> Work:
    """picklescan over a file, or over those files of a folder that it reads."""
    import logging

    from picklescan import scanner

    logging.disable(logging.CRITICAL)
    if not path.is_dir():
        return lambda: scanner.scan_file_path(str(path))
    # Its own walk ends at the first file that it fails on.
    known = scanner._zip_file_extensions | scanner._pickle_file_extensions | scanner._pytorch_file_extensions
    return each(path, known, scanner.scan_file_path)


def fickling(path: Path) -> Work:
    """fickling's safety analysis of a file, or of each pickle and each zip archive of a folder.

    Giving up for a limit of its own is no answer.
    """
    from fickling.analysis import check_safety
    from fickling.fickle import Pickled
    from fickling.loader import scan_file, scan_zip_archive

    def work() -> object:
        with path.open("rb") as file:
            pickled = Pickled.load(file)
        result = check_safety(pickled)
        if getattr(pickled, "has_resource_exhaustion", False):
            raise RuntimeError("gave up at its own limit")
        return result

    def scan(name: str) -> object:
        with open(name, "rb") as file:
            is_zip = file.read(4) == b"PK\x03\x04"
        return scan_zip_archive(name, graceful=True) if is_zip else scan_file(name, graceful=True)

    # It reads no folders. These are the names that it looks for in archives.
    known = {".pkl", ".pickle", ".bin", ".pt", ".pth"}
    return each(path, known, scan) if path.is_dir() else work


def each(folder: Path, extensions: set[str], scan: Callable[[str], object]) -> Work:
    """A peer over the files of a folder that it reads, by their names; one that it fails on does not end it."""

    def work() -> dict[str, int]:
        counts = {"files": 0, "failed": 0}
        for root, _, names in os.walk(folder):
            for name in names:
                if os.path.splitext(name)[1] in extensions:
                    counts["files"] += 1
                    try:
                        scan(os.path.join(root, name))
                    except Exception:
                        counts["failed"] += 1
        return counts

    return work


PEERS: dict[str, Callable[[Path], Work]] = {
    "genops": genops,
    "loads": loads,
    "loads-nogc": loads_nogc,
    "picklescan": picklescan,
    "fickling": fickling,
}


def main() -> None:
    """Runs, prints, and leaves without tearing down what was loaded."""
    name, path = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    try:
        work = PEERS[name](Path(path))
        start = time.perf_counter()
        result = work()  # kept, so that its destruction is not timed
        answer: dict[str, object] = {"seconds": time.perf_counter() - start, "result": type(result).__name__}
        answer |= result if isinstance(result, dict) else {}
    except MemoryError:
        answer = {"error": "out of memory"}
    except Exception as error:  # any failure of a peer is a result to report
        answer = {"error": f"{type(error).__name__}: {error}"[:80]}
    print(json.dumps(answer), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
