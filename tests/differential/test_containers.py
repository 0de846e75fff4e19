"""Containers as their own libraries write them: every pickle in them is found, whole, and nothing else is said of them.

Databases are in `test_stores.py`, files of torch in `test_torch.py`; who writes what is a table of `tests/README.md`.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import collections
import gzip
import io
import json
import lzma
import pickle
import re
import shutil
import subprocess
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cachelib
import joblib
import lz4.frame
import numpy
import pytest
import zstandard
from django.conf import settings
from django.core.cache.backends.filebased import FileBasedCache
from joblib import numpy_pickle_compat
from support import ROOT
from test_stores import names_of_ops, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from support import Binary

VALUE = collections.OrderedDict(text="x" * 100, numbers=list(range(300)), nothing=None)
PICKLE = pickle.dumps(VALUE, 4)
OLD_PICKLE = pickle.dumps(VALUE, 0)
ARRAYS = {"floats": numpy.array([0.0, 1.5]), "bytes": numpy.arange(4, dtype="u1")}


def check(binary: Binary, path: Path, expected: dict[str | None, bytes]) -> None:
    """The pickles of the members, which are said to be as harmless as they are."""
    assert read(binary, path) == {member: names_of_ops(pickled) for member, pickled in expected.items()}
    assert [finding for finding in binary.lint(path)[1] if finding["severity"] != "info"] == []


@pytest.mark.parametrize("method", ["STORED", "DEFLATED", "BZIP2", "LZMA"])
def test_zip(binary: Binary, tmp_path: Path, method: str) -> None:
    """By every method of `zipfile`, also to a file that it cannot seek in."""
    path, streamed = tmp_path / "a.zip", tmp_path / "streamed.zip"
    buffer = io.BytesIO()
    buffer.seekable = lambda: False  # sizes follow the data
    for file in (path, buffer):
        with zipfile.ZipFile(file, "w", getattr(zipfile, f"ZIP_{method}")) as archive:
            archive.writestr("folder/a.pkl", PICKLE)
            archive.writestr("größe.bin", OLD_PICKLE)
            archive.writestr("a.txt", "no pickle")
    streamed.write_bytes(buffer.getvalue())
    for written in (path, streamed):
        check(binary, written, {"folder/a.pkl": PICKLE, "größe.bin": OLD_PICKLE})


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
@pytest.mark.parametrize("form", ["USTAR", "GNU", "PAX"])
def test_tar(binary: Binary, tmp_path: Path, form: str, compression: str) -> None:
    """In every form of `tarfile`; `.nemo` is such a file."""
    path, long = tmp_path / f"a.tar.{compression}".rstrip("."), "/".join(["folder"] * 30) + "/a.pkl"
    with tarfile.open(path, f"w:{compression}", format=getattr(tarfile, f"{form}_FORMAT")) as archive:
        for name, content in {"./a.pkl": PICKLE, long: OLD_PICKLE, "a.txt": b"no pickle"}.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    check(binary, path, {"./a.pkl": PICKLE, long: OLD_PICKLE})


def zstd_stream(data: bytes) -> bytes:
    """Without the length in front."""
    compressor = zstandard.ZstdCompressor().compressobj()
    return compressor.compress(data) + compressor.flush()


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "zstd-stream": zstd_stream,
    "lz4": lz4.frame.compress,
    "lz4-checked": lambda data: lz4.frame.compress(data, content_checksum=True, block_checksum=True, store_size=False),
}


@pytest.mark.parametrize("library", COMPRESSED)
def test_compressed(binary: Binary, tmp_path: Path, library: str) -> None:
    """A pickle that a program compressed."""
    path = tmp_path / "a.pkl.packed"
    for pickled in (PICKLE, OLD_PICKLE):
        path.write_bytes(COMPRESSED[library](pickled))
        check(binary, path, {None: pickled})


def without_arrays(path: Path, packed: str) -> bytes:
    """What joblib wrote before it compressed it."""
    data = path.read_bytes()
    opened = {
        "": bytes,
        "zlib": zlib.decompress,
        "gzip": gzip.decompress,
        "bz2": bz2.decompress,
        "lz4": lz4.frame.decompress,
    }
    return opened.get(packed, lzma.decompress)(data)


@pytest.mark.parametrize("packed", ["", "zlib", "gzip", "bz2", "xz", "lzma", "lz4"])
def test_joblib(binary: Binary, tmp_path: Path, packed: str) -> None:
    """Pickles of joblib, and those with arrays between their opcodes."""
    path, arrays = tmp_path / "a.joblib", tmp_path / "arrays.joblib"
    joblib.dump(VALUE, path, compress=(packed, 3) if packed else 0)
    check(binary, path, {None: without_arrays(path, packed)})
    joblib.dump(ARRAYS, arrays, compress=(packed, 3) if packed else 0)
    shown = binary.run("show", arrays)
    assert b"'floats': np.array([0.0, 1.5], dtype=float64, shape=(2,))" in shown.output, shown
    assert b"'bytes': np.array([0, 1, 2, 3], dtype=uint8, shape=(4,))" in shown.output, shown
    assert read(binary, arrays)[None][-1] == "STOP"
    assert binary.lint(arrays)[1] == []


def test_joblib_zfile(binary: Binary, tmp_path: Path) -> None:
    """The compressed files of joblib before 0.10, which it can still write."""
    path = tmp_path / "a.pkl"
    with path.open("wb") as file:
        numpy_pickle_compat.write_zfile(file, PICKLE)
    check(binary, path, {None: PICKLE})


def test_numpy(binary: Binary, tmp_path: Path) -> None:
    """Arrays of objects, alone and beside others in an archive."""
    objects = numpy.array([VALUE, "text", None], dtype=object)
    numpy.save(tmp_path / "a.npy", objects)
    pickled = (tmp_path / "a.npy").read_bytes()
    pickled = pickled[pickled.index(b"\n") + 1 :]
    check(binary, tmp_path / "a.npy", {None: pickled})
    for save, name in ((numpy.savez, "stored.npz"), (numpy.savez_compressed, "packed.npz")):
        save(tmp_path / name, objects=objects, numbers=numpy.arange(5))
        check(binary, tmp_path / name, {"objects.npy": pickled})


def test_django_cache(binary: Binary, tmp_path: Path) -> None:
    """Entries of Django's cache in files: when one expires, and its value."""
    if not settings.configured:
        settings.configure()
    cache = FileBasedCache(str(tmp_path), {})
    cache.set("long", VALUE, timeout=1000)
    cache.set("ever", VALUE, timeout=None)
    paths = list(tmp_path.glob("*.djcache"))
    assert len(paths) == 2
    for path in paths:
        found = read(binary, path)
        assert found.keys() == {"expires", "value"}
        assert found["value"] == names_of_ops(pickle.dumps(VALUE, pickle.HIGHEST_PROTOCOL))
        assert binary.lint(path)[1] == []


def test_cachelib(binary: Binary, tmp_path: Path) -> None:
    """Entries of cachelib's cache in files, as Flask's extensions write them."""
    cache = cachelib.FileSystemCache(str(tmp_path), threshold=0)
    for key, timeout in {"long": 1000, "ever": 0}.items():
        cache.set(key, VALUE, timeout=timeout)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2 and min(sizes) > 4 + 300, sizes
    for path in tmp_path.iterdir():
        check(binary, path, {None: path.read_bytes()[4:]})


def test_cachelib_at_any_time(binary: Binary, tmp_path: Path) -> None:
    """Whatever the bytes look like that say when an entry expires: opcodes, or the signature of something else."""
    value = pickle.dumps({"name": "a\nb", "items": list(range(300)), "more": VALUE}, 4)
    for low in range(256):
        for second in (0x00, 0x04, 0x28, 0x5D, 0x78, 0x80, 0x93, 0x95, 0x9C):
            moment = bytes([low, second, 0x0B, 0x6B])
            (tmp_path / moment.hex()).write_bytes(moment + value)
    called = b"\x18\x95\x0bk\x80\x02cos\nsystem\n(U\x02idtR."
    (tmp_path / "called").write_bytes(called)
    findings = [finding for finding in binary.lint(tmp_path)[1] if finding["severity"] != "info"]
    assert [(finding["path"], finding["global"]) for finding in findings] == [(str(tmp_path / "called"), "os.system")]


def dumped(*command: str) -> Callable[[bytes], bytes]:
    """What a program prints of bytes."""

    def dump(data: bytes) -> bytes:
        if not shutil.which(command[0]):
            pytest.skip(f"there is no {command[0]} here")
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    return dump


WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "hex": binascii.hexlify,
    "hex-apart": lambda data: data.hex(" ").encode(),
    "base64": base64.b64encode,
    "base64-lines": base64.encodebytes,
    "base64-urls": base64.urlsafe_b64encode,
    "base32": base64.b32encode,
    "literal": lambda data: repr(data).encode(),
    "od": dumped("od", "-A", "x", "-t", "x1z"),
    "hexdump": dumped("hexdump", "-C"),
    "xxd": dumped("xxd"),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_written_as_text(binary: Binary, tmp_path: Path, way: str) -> None:
    """A text that is nothing but a pickle that was written down."""
    path = tmp_path / "a.dump"
    path.write_bytes(WRITTEN[way](PICKLE))
    check(binary, path, {None: PICKLE})


def test_values_in_text(binary: Binary, tmp_path: Path) -> None:
    """A text in which pickles stand among other things."""
    path = tmp_path / "a.json"
    values: dict[str, Any] = {"name": "x" * 200, "state": base64.b64encode(PICKLE).decode(), "other": PICKLE.hex()}
    path.write_text(json.dumps(values, indent=1))
    found = read(binary, path)
    assert list(found.values()) == [names_of_ops(PICKLE)] * 2
    # A member is called by where it begins.
    offsets = [path.read_text().index(values[key]) for key in ("state", "other")]
    assert [int(re.search(r"\d+", member)[0]) for member in found] == offsets


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_raw(binary: Binary, tmp_path: Path, protocol: int) -> None:
    """No container at all."""
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(VALUE, protocol))
    assert read(binary, path) == {None: names_of_ops(path.read_bytes())}


def table() -> dict[str, tuple[str, list[str]]]:
    """Of each format, who writes it and the tests that open what was written, as `tests/README.md` says."""
    section = (ROOT / "tests/README.md").read_text().partition("## Containers")[2]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    return {name: (writers, re.findall(r"`([^`]+)`", tests)) for name, writers, tests in rows if name != "format"}


def test_every_format_is_in_the_table() -> None:
    """The table has a row for each format that is read, with tests that there are and versions that are installed."""
    page = (ROOT / "server/docs/containers.md").read_text()
    formats = set(re.findall(r"^\| (.+?) \|", page, re.MULTILINE)) - {"format"}
    rows = table()
    assert len(formats) > 20
    assert formats <= rows.keys(), formats - rows.keys()
    pins = (ROOT / "tests/requirements.txt").read_text().splitlines()
    for name, (writers, tests) in rows.items():
        assert tests, name
        for test in tests:
            file, _, function = test.partition("::")
            assert (ROOT / file).is_file(), test
            assert not function or re.search(rf"^\s*(def|fn) {function}\(", (ROOT / file).read_text(), re.MULTILINE), (
                test
            )
        # What is in italics is kept as a file; the rest writes it anew each time.
        for library in re.sub(r"\*[^*]+\*", "", writers).split(", "):
            if match := re.fullmatch(r"(\w+) ([\d.]+)", library):
                assert f"{match[1]}=={match[2]}" in pins, library
