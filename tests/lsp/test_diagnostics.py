"""Findings on listings, and files that are damaged or change while they are open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import samples
from conftest import Start
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from session import Encoding, Listing, Session, cancellable, listing_uri, offset_of
from support import Binary

ERROR = types.DiagnosticSeverity.Error


def errors(found: Sequence[types.Diagnostic]) -> list[types.Diagnostic]:
    """Those of the highest severity."""
    return [diagnostic for diagnostic in found if diagnostic.severity == ERROR]


@pytest.mark.parametrize("encoding", [Encoding.Utf8, Encoding.Utf16])
@pytest.mark.parametrize("opened", [True, False])
async def test_hostile_pickle(starter: Start, tmp_path: Path, encoding: Encoding, opened: bool) -> None:
    """An error on the listing's URI, opened or not, on the row of the call or of what it calls."""
    session = await starter(encodings=[encoding])
    data = samples.hostile()
    listing = await session.listing(samples.write(tmp_path / "evil.pkl", data))
    if opened:
        session.open(listing)
    found = errors(await session.diagnostics(listing.uri, errors))
    rows = {await session.row(listing, offset_of(data, name)) for name in ("REDUCE", "STACK_GLOBAL")}
    assert {diagnostic.range.start.line for diagnostic in found} & rows
    for diagnostic in found:
        assert diagnostic.source == "pickle-lsp"
        assert diagnostic.code
        assert session.text_of(listing, diagnostic.range)


async def test_diagnostics_are_those_of_lint(session: Session, binary: Binary, tmp_path: Path) -> None:
    """Editor and command line say the same, in the same places."""
    path = samples.write(tmp_path / "evil.pkl", samples.hostile(2) + b"rest")
    listing = await session.listing(path)
    found = await session.diagnostics(listing.uri, bool)
    _, linted = binary.lint(path)
    assert linted
    assert sorted((str(one.code), one.range.start.line + 1) for one in found) == sorted(
        (str(one["code"]), one["line"]) for one in linted
    )


async def test_clean_pickle(session: Session, tmp_path: Path) -> None:
    """Plain data has no findings, whether nothing is published or an empty list."""
    clean = await session.listing(samples.write(tmp_path / "clean.pkl", samples.shared()))
    hostile = await session.listing(samples.write(tmp_path / "evil.pkl", samples.hostile()))
    await session.diagnostics(hostile.uri, errors)
    assert not session.client.diagnostics.get(clean.uri)


@pytest.mark.parametrize("kept", [1, 20, -1])
async def test_truncated_pickle(session: Session, tmp_path: Path, kept: int) -> None:
    """A listing up to the fault, and an error there; what came before it is still reported."""
    data = samples.hostile()[:kept]
    listing = await session.listing(samples.write(tmp_path / "cut.pkl", data))
    assert errors(await session.diagnostics(listing.uri, errors))
    if kept == -1:
        assert "REDUCE" in listing.text
        text = " ".join(one.message for one in await session.diagnostics(listing.uri))
        assert "system" in text


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, b"\x80\x04\x95", b"hello, world\n", b"(" * 5000], ids=repr)
async def test_no_pickle_at_all(session: Session, tmp_path: Path, data: bytes) -> None:
    """A text or a clear error, and a server that goes on."""
    path = samples.write(tmp_path / "odd.pkl", data)
    try:
        listing = await session.listing(path)
        assert listing.text.endswith("\n") or not data
    except JsonRpcException as error:
        assert str(error)
    await session.alive(tmp_path / "other.pkl")


async def test_what_cannot_be_read(session: Session, tmp_path: Path) -> None:
    """A folder and a missing file are clear errors that name the path."""
    (tmp_path / "folder.pkl").mkdir()
    for name in ("folder.pkl", "missing.pkl"):
        with pytest.raises(JsonRpcException) as raised:
            await session.listing(tmp_path / name)
        assert name in str(raised.value)
    await session.alive(tmp_path / "other.pkl")


@pytest.mark.parametrize(
    "uri",
    ["pickle-listing:", "pickle-listing:///", "pickle-listing://host/x.pickleasm", "nonsense", "file:///%ff%fe", ""],
)
async def test_uris_that_name_nothing(session: Session, tmp_path: Path, uri: str) -> None:
    """An error, no crash."""
    with pytest.raises(JsonRpcException):
        await session.ask("pickle/virtualDocument", {"uri": uri})
    await session.alive(tmp_path / "other.pkl")


async def test_changed_file(session: Session, tmp_path: Path) -> None:
    """The next request is about the bytes that are there now, and so are the diagnostics."""
    path = samples.write(tmp_path / "a.pkl", samples.shared())
    listing = await session.listing(path)
    session.open(listing)
    samples.write(path, samples.hostile())
    session.changed(path, types.FileChangeType.Changed)
    assert errors(await session.diagnostics(listing.uri, errors))
    await session.refresh(listing.uri)
    again = await session.listing(path)
    assert "REDUCE" in again.text
    row = await session.row(again, offset_of(samples.hostile(), "REDUCE"))
    assert "REDUCE" in again.lines[row]


async def test_changed_file_without_a_watcher(session: Session, tmp_path: Path) -> None:
    """Clients that do not watch files read the new bytes too."""
    path = samples.write(tmp_path / "a.pkl", samples.shared())
    assert "REDUCE" not in (await session.listing(path)).text
    samples.write(path, samples.hostile())
    assert "REDUCE" in (await session.listing(path)).text


async def test_deleted_file(session: Session, tmp_path: Path) -> None:
    """Requests on a file that is gone are answered or refused, its findings are taken back, the server goes on."""
    path = samples.write(tmp_path / "a.pkl", samples.hostile())
    listing = await session.listing(path)
    session.open(listing)
    await session.diagnostics(listing.uri, errors)
    path.unlink()
    session.changed(path, types.FileChangeType.Deleted)
    await ask_everywhere(session, listing)
    with pytest.raises(JsonRpcException):
        await session.listing(path)
    await session.alive(tmp_path / "other.pkl")


@pytest.mark.parametrize("notify", [True, False])
async def test_shrunk_file(session: Session, tmp_path: Path, notify: bool) -> None:
    """A file that is cut under the server's eyes, even to nothing, is read again and never a crash."""
    path = samples.write(tmp_path / "a.pkl", samples.large(60_000))
    listing = await session.listing(path)
    session.open(listing)
    for size in (path.stat().st_size // 2, 10, 0):
        os.truncate(path, size)
        if notify:
            session.changed(path, types.FileChangeType.Changed)
        await ask_everywhere(session, listing)
    await session.alive(tmp_path / "other.pkl")


async def ask_everywhere(session: Session, listing: Listing) -> None:
    """Hovers and jumps over the whole listing. Refusing is allowed, dying is not."""
    count = len(listing.lines)
    for row in range(0, count, max(1, count // 20)):
        for method in (session.hover, session.definition_rows):
            try:
                await method(listing, types.Position(row, 20))
            except JsonRpcException as error:
                assert str(error)


async def test_cancelled_request(session: Session, tmp_path: Path) -> None:
    """A cancelled request ends with the error that says so (or its answer, if it was faster), and others go on."""
    path = samples.write(tmp_path / "large.pkl", samples.large())
    number, future = cancellable(session, "pickle/virtualDocument", {"uri": listing_uri(path)})
    session.client.cancel_request(types.CancelParams(id=number))
    try:
        answer = await asyncio.wait_for(future, 30)
        assert answer.text
    except JsonRpcException as error:
        assert error.code == types.LSPErrorCodes.RequestCancelled
    await session.alive(tmp_path / "other.pkl")


async def test_many_requests_at_once(session: Session, tmp_path: Path) -> None:
    """Answers do not wait for each other in a circle."""
    paths = [samples.write(tmp_path / f"{n}.pkl", samples.hostile(n % 6)) for n in range(40)]
    listings = await asyncio.gather(*(session.listing(path) for path in paths))
    await asyncio.gather(*(session.hover(listing, types.Position(2, 20)) for listing in listings))
    for listing in listings:
        await session.diagnostics(listing.uri, errors)
