"""Texts: virtual documents by both requests, members, the map between bytes and rows, copies for simple clients."""

from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

import pytest
import samples
from conftest import Start
from lsprotocol import types
from session import Encoding, Listing, Session, listing_uri, offset_of, ops


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([Encoding.Utf8, Encoding.Utf16], Encoding.Utf8),
        ([Encoding.Utf16], Encoding.Utf16),
        (None, Encoding.Utf16),
    ],
)
async def test_position_encoding(starter: Start, offered: list[Encoding] | None, chosen: Encoding) -> None:
    """UTF-8 where the client has it, else what every client has."""
    session = await starter(encodings=offered)
    assert session.encoding == chosen


async def test_capabilities(session: Session) -> None:
    """Everything that the product promises is announced."""
    offered = session.initialized.capabilities
    for name in ("hover", "definition", "references", "document_symbol", "folding_range", "inlay_hint"):
        assert getattr(offered, f"{name}_provider"), name
    assert offered.semantic_tokens_provider.full
    assert offered.semantic_tokens_provider.range
    assert "pickle.openListing" in offered.execute_command_provider.commands
    content = offered.workspace.text_document_content
    assert "pickle-listing" in content.schemes
    assert session.initialized.server_info.name == "pickle-lsp"


async def test_both_requests_give_the_same_text(session: Session, tmp_path: Path) -> None:
    """The request of LSP 3.18 and ours."""
    listing = await session.listing(samples.write(tmp_path / "a.pkl", samples.shared()))
    params = types.TextDocumentContentParams(uri=listing.uri)
    answer = await session.client.workspace_text_document_content_async(params)
    assert answer.text == listing.text


async def test_text_is_well_formed(session: Session, tmp_path: Path) -> None:
    """Final newline, no tabs, no trailing blanks, nothing that moves a cursor."""
    data = pickle.dumps(["\u202e\u200b\x1b[2J\r\n\t", "\ud800", b"\xff\x00", PurePosixPath("/ä")], 4)
    listing = await session.listing(samples.write(tmp_path / "a.pkl", data))
    assert listing.text.endswith("\n")
    assert not [line for line in listing.lines if line != line.rstrip() or not line.isprintable()]


@pytest.mark.parametrize("protocol", range(6))
async def test_a_row_for_every_op(session: Session, tmp_path: Path, protocol: int) -> None:
    """In order, with its name, and mapped in both directions."""
    data = samples.shared(protocol)
    listing = await session.listing(samples.write(tmp_path / "a.pkl", data))
    rows = [await session.row(listing, offset) for offset, _ in ops(data)]
    assert rows == sorted(set(rows))
    for row, (offset, name) in zip(rows, ops(data), strict=True):
        assert name in listing.lines[row]
        document = {"textDocument": {"uri": listing.uri}, "position": {"line": row, "character": 0}}
        back = await session.ask("pickle/positionToOffset", document)
        assert back.offset == offset < back.endOffset


async def test_every_byte_of_an_op_maps_to_its_row(session: Session, tmp_path: Path) -> None:
    """Not only the first one."""
    data = samples.shared()
    listing = await session.listing(samples.write(tmp_path / "a.pkl", data))
    offset = offset_of(data, "SHORT_BINUNICODE")
    row = await session.row(listing, offset)
    assert [await session.row(listing, offset + inside) for inside in range(len(samples.PART.encode()) + 2)] == [
        row
    ] * (len(samples.PART.encode()) + 2)


@pytest.mark.parametrize("name", ["with blank.pkl", "müll 🥒.pkl", "per%cent.pkl", "hash#question?.pkl", "bang!.pkl"])
async def test_names_of_files(session: Session, tmp_path: Path, name: str) -> None:
    """URIs escape what file names may hold, and what comes back names the same document."""
    path = samples.write(tmp_path / name, samples.hostile())
    listing = await session.listing(path)
    assert "SHORT_BINUNICODE" in listing.text
    assert await session.diagnostics(listing.uri, bool)


async def test_members_of_a_zip(session: Session, tmp_path: Path) -> None:
    """The member named by the URI."""
    path = samples.write_zip(tmp_path / "model.pt", {"archive/data.pkl": samples.shared(), "archive/data/0": bytes(64)})
    listing = await session.listing(path, "archive/data.pkl")
    assert "SHORT_BINUNICODE" in listing.text
    direct = await session.listing(samples.write(tmp_path / "data.pkl", samples.shared()))
    assert [line.split() for line in direct.lines if "BINUNICODE" in line] == [
        line.split() for line in listing.lines if "BINUNICODE" in line
    ]


async def test_gzip(session: Session, tmp_path: Path) -> None:
    """What is packed is unpacked; without naming a member, the answer is a readable text too."""
    listing = await session.listing(samples.write_gzip(tmp_path / "a.pkl.gz", samples.shared()))
    assert listing.text.strip()


async def test_file_uri_of_a_pickle(session: Session, tmp_path: Path) -> None:
    """An editor that keeps the file's own URI gets answers about the bytes on disk, whatever it thinks the text is."""
    data = samples.shared()
    path = samples.write(tmp_path / "a.pkl", data)
    listing = await session.listing(path)
    as_file = Listing(path.as_uri(), listing.text, path)
    session.open(Listing(path.as_uri(), data.decode("latin-1"), path), "plaintext")
    read = await session.at(listing, offset_of(data, "BINGET"), "BINGET")
    assert "BINGET" in await session.hover(as_file, read)
    assert await session.definition_rows(as_file, read) == await session.definition_rows(listing, read)
    assert await session.row(as_file, 0) == await session.row(listing, 0)


async def test_copy_for_clients_without_virtual_documents(starter: Start, tmp_path: Path) -> None:
    """A read-only copy of the text, on whose own URI the same requests are answered."""
    session = await starter(virtual_documents=False)
    data = samples.shared()
    path = samples.write(tmp_path / "größe.pkl", data)
    params = types.ExecuteCommandParams(command="pickle.openListing", arguments=[path.as_uri()])
    answer = await session.client.workspace_execute_command_async(params)
    uri = answer if isinstance(answer, str) else answer.uri
    copy = Path(unquote(urlparse(uri).path))
    assert copy.suffix == ".pickleasm"
    assert not os.stat(copy).st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    listing = await session.listing(path)
    assert copy.read_text(encoding="utf-8") == listing.text
    as_copy = Listing(uri, listing.text, path)
    session.open(as_copy)
    read = await session.at(listing, offset_of(data, "BINGET"), "BINGET")
    assert "BINGET" in await session.hover(as_copy, read)
    assert await session.definition_rows(as_copy, read) == await session.definition_rows(listing, read)


async def test_without_did_open(session: Session, tmp_path: Path) -> None:
    """Requests on a listing are answered before, or without, the text being asked for or opened."""
    data = samples.shared()
    path = samples.write(tmp_path / "a.pkl", data)
    unread = Listing(listing_uri(path), "", path)
    row = await session.row(unread, offset_of(data, "SHORT_BINUNICODE"))
    assert await session.hover(unread, types.Position(line=row, character=30)) is not None


async def test_parts_that_a_view_leaves_out(session: Session, tmp_path: Path) -> None:
    """A large pickle is shown within the budget of rows, and every row that stands for a part links to it."""
    data = samples.large(100_000)
    path = samples.write(tmp_path / "large.pkl", data)
    listing = await session.listing(path)
    assert len(listing.lines) < 300_000
    params = types.DocumentLinkParams(text_document=listing.document)
    links = await session.client.text_document_document_link_async(params)
    targets = [link.target for link in links or [] if str(link.target).startswith("pickle-listing:")]
    assert targets
    for target in (targets[0], targets[-1]):
        part = await session.view(target, path)
        assert part.lines
        position = {"textDocument": {"uri": target}, "position": {"line": len(part.lines) // 2, "character": 0}}
        place = await session.ask("pickle/positionToOffset", position)
        row = await session.row(part, place.offset)
        assert row == len(part.lines) // 2
        assert await session.hover(part, types.Position(row, len(part.lines[row]) - 1)) is not None


async def test_long_operands_are_shortened(session: Session, tmp_path: Path) -> None:
    """A row does not carry a megabyte, and there is a way to all of it."""
    path = samples.write(tmp_path / "long.pkl", pickle.dumps("ä🥒x" * 300_000, 4))
    listing = await session.listing(path)
    assert max(map(len, listing.lines)) < 10_000
    params = types.DocumentLinkParams(text_document=listing.document)
    links = await session.client.text_document_document_link_async(params)
    assert [link for link in links or [] if str(link.target).startswith("pickle-listing:")]
