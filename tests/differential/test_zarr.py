"""Chunks of arrays as numcodecs encodes them: what it would unpickle is found, behind any row of codecs."""

from __future__ import annotations

import itertools
import json
import random
import zipfile
from typing import TYPE_CHECKING

import numcodecs
import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from support import Binary

PICKLE = {"id": "pickle", "protocol": 5}
CODECS: list[dict[str, object]] = [
    {"id": "zlib", "level": 1},
    {"id": "gzip", "level": 1},
    {"id": "bz2", "level": 1},
    {"id": "lzma"},
    {"id": "lzma", "format": 2},
    {"id": "zstd", "level": 1},
    {"id": "lz4"},
    {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1},
    {"id": "blosc", "cname": "zstd", "clevel": 5, "shuffle": 2},
    {"id": "base64"},
    {"id": "shuffle", "elementsize": 4},
    {"id": "shuffle", "elementsize": 3},
    {"id": "delta", "dtype": "|u1"},
    {"id": "delta", "dtype": "<i4"},
    {"id": "delta", "dtype": ">u2", "astype": "<i4"},
    {"id": "astype", "encode_dtype": ">i8", "decode_dtype": "|u1"},
    {"id": "crc32"},
    {"id": "adler32", "location": "end"},
    {"id": "fletcher32"},
    {"id": "jenkins_lookup3"},
]
# Of a length that every number fits into.
CALL = b"cos\nsystem\n(S'%s'\ntR." % (b"x" * 101)
CLEAN = b"\x80\x04]\x94(%se." % (b"N" * 113)


def encoded(chunk: bytes, codecs: list[dict[str, object]]) -> bytes:
    """What is written of a chunk."""
    for codec in codecs:
        made = numcodecs.get_codec(dict(codec)).encode(chunk)
        chunk = bytes(np.ascontiguousarray(np.frombuffer(made, "u1") if isinstance(made, bytes) else made).tobytes())
    return chunk


def decoded(chunk: bytes, codecs: list[dict[str, object]]) -> bytes:
    """What a reader gives to the unpickler."""
    made: object = chunk
    for codec in reversed(codecs):
        made = numcodecs.get_codec(dict(codec)).decode(made)
    return np.ascontiguousarray(np.frombuffer(made, "u1") if isinstance(made, bytes) else made).tobytes()


def write(folder: Path, codecs: list[dict[str, object]], pickled: bytes) -> bool:
    """Writes an array of one chunk; whether a reader unpickles the same bytes."""
    try:
        chunk = encoded(pickled, codecs)
        is_read = decoded(chunk, codecs) == pickled
    except (RuntimeError, TypeError, ValueError):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    described = {"zarr_format": 2, "dtype": "|O", "compressor": None, "filters": [PICKLE, *codecs], "fill_value": None}
    (folder / ".zarray").write_text(json.dumps(described))
    (folder / "0").write_bytes(chunk)
    return is_read


def told(binary: Binary, path: Path) -> set[tuple[str, str]]:
    """Codes and severities of what is found in chunks by way of the description."""
    result, findings = binary.lint(path)
    assert not result.crashed, result.errors
    inside = [finding for finding in findings if str(finding["member"] or "").endswith("0")]
    return {(str(finding["code"]), str(finding["severity"])) for finding in inside}


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: "-".join(map(str, codec.values())).replace("|", ""))
def test_one_codec(binary: Binary, tmp_path: Path, codec: dict[str, object]) -> None:
    """Behind each of them, in a folder and in an archive."""
    assert len(CALL) % 12 == len(CLEAN) % 12 == 0
    assert write(tmp_path / "evil", [codec], CALL)
    assert ("PG101", "error") in told(binary, tmp_path / "evil/.zarray")
    with zipfile.ZipFile(tmp_path / "store.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("0", ".zarray"):
            archive.write(tmp_path / "evil" / name, f"deep/{name}")
    assert ("PG101", "error") in told(binary, tmp_path / "store.zip")
    assert write(tmp_path / "clean", [codec], CLEAN)
    assert all(severity == "info" for _, severity in told(binary, tmp_path / "clean/.zarray"))


def test_rows_of_codecs(binary: Binary, tmp_path: Path) -> None:
    """Behind several, in any order in which numcodecs takes them."""
    chance = random.Random(7)
    rows = [list(row) for row in itertools.permutations(CODECS, 2)]
    rows += [chance.choices(CODECS, k=chance.randint(3, 5)) for _ in range(200)]
    written = [number for number, row in enumerate(rows) if write(tmp_path / str(number), row, CALL)]
    assert len(written) > len(rows) / 4
    _, findings = binary.lint(tmp_path)
    hits = {str(finding["path"]) for finding in findings if finding["code"] == "PG101"}
    missed = [rows[number] for number in written if str(tmp_path / str(number) / ".zarray") not in hits]
    assert not missed, missed[:3]


def test_frames_of_blosc(binary: Binary, tmp_path: Path) -> None:
    """Of elements of any length, sorted in any way that readers take."""
    chance = random.Random(3)
    described = {"zarr_format": 2, "dtype": "|O", "compressor": {"id": "blosc"}, "filters": [PICKLE]}
    written = []
    for number in range(300):
        size = chance.choice([1, 1, 2, 3, 4, 7, 8, 17])
        filling = bytes(chance.choices(b"abcdxxxx", k=chance.randint(20, 4000)))
        pickled = b"cos\nsystem\n(S'%s'\ntR." % filling
        pickled += bytes(-len(pickled) % size)
        items = np.frombuffer(pickled, f"V{size}" if size > 1 else "u1")
        name = chance.choice([b"lz4", b"blosclz", b"zlib", b"zstd"])
        frame = bytearray(numcodecs.blosc.compress(items, name, chance.randint(1, 9), chance.choice([0, 1, 2])))
        # What no writer says, and readers take: bytes and bits are sorted.
        frame[2] |= chance.choice([0, 0, 1, 4, 5])
        if bytes(numcodecs.blosc.decompress(bytes(frame))) != pickled:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / ".zarray").write_text(json.dumps(described))
        (folder / "0").write_bytes(frame)
        written.append(folder)
    _, findings = binary.lint(tmp_path)
    hits = {str(finding["path"]) for finding in findings if finding["code"] == "PG101"}
    missed = [folder.name for folder in written if str(folder / ".zarray") not in hits]
    assert len(written) > 150
    assert not missed, missed[:3]
