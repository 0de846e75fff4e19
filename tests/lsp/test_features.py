"""What an editor shows about a listing: hover, jumps, outline, folds, hints, colours."""

from __future__ import annotations

import pickle
import pickletools
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import samples
from conftest import Start
from lsprotocol import types
from session import Encoding, Listing, Session, offset_of, ops

ENCODINGS = [Encoding.Utf8, Encoding.Utf16]


async def open_sample(session: Session, folder: Path, data: bytes) -> Listing:
    """A listing that an editor shows."""
    listing = await session.listing(samples.write(folder / "sample.pkl", data))
    session.open(listing)
    return listing


def whole(listing: Listing) -> types.Range:
    """All rows."""
    return types.Range(types.Position(0, 0), types.Position(len(listing.lines), 0))


# --- hover ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", range(6))
async def test_hover_on_every_opcode(session: Session, tmp_path: Path, protocol: int) -> None:
    """Names the opcode."""
    data = samples.hostile(protocol)
    listing = await open_sample(session, tmp_path, data)
    for offset, name in ops(data):
        assert name in await session.hover(listing, await session.at(listing, offset, name))


async def test_hover_on_opcode_explains(session: Session, tmp_path: Path) -> None:
    """Meaning, protocol, stack effect."""
    data = samples.hostile()
    listing = await open_sample(session, tmp_path, data)
    text = await session.hover(listing, await session.at(listing, offset_of(data, "STACK_GLOBAL"), "STACK_GLOBAL"))
    assert "rotocol 4" in text
    assert "stack" in text.lower()


async def test_hover_on_value(session: Session, tmp_path: Path) -> None:
    """A memo read shows the value that it puts on the stack."""
    data = samples.shared()
    listing = await open_sample(session, tmp_path, data)
    text = await session.hover(listing, await session.at(listing, offset_of(data, "BINGET"), "BINGET"))
    assert samples.PART in text


async def test_hover_on_call_renders_it(session: Session, tmp_path: Path) -> None:
    """The call with callee and arguments, as Python would write it."""
    data = samples.hostile()
    listing = await open_sample(session, tmp_path, data)
    text = await session.hover(listing, await session.at(listing, offset_of(data, "REDUCE"), "REDUCE"))
    assert "system" in text
    assert "echo" in text


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_hover_range_counts_as_agreed(starter: Start, tmp_path: Path, encoding: Encoding) -> None:
    """A hover behind characters of several bytes is where it was asked for, and its range is on whole characters."""
    session = await starter(encodings=[encoding])
    data = samples.shared()
    listing = await open_sample(session, tmp_path, data)
    row = await session.row(listing, offset_of(data, "SHORT_BINUNICODE"))
    line = listing.lines[row]
    position = types.Position(row, session.column(line, line.index("part")))
    params = types.HoverParams(text_document=listing.document, position=position)
    hover = await session.client.text_document_hover_async(params)
    assert hover is not None
    if hover.range:
        assert "part" in session.text_of(listing, hover.range)


async def test_positions_outside_of_the_text(session: Session, tmp_path: Path) -> None:
    """An answer or none, but no error: editors are a keystroke behind."""
    listing = await open_sample(session, tmp_path, samples.shared())
    for position in (types.Position(10**6, 0), types.Position(0, 10**6), types.Position(2**31 - 1, 2**31 - 1)):
        await session.hover(listing, position)
        await session.definition_rows(listing, position)


# --- jumps ------------------------------------------------------------------------------------------------------------


def memo_reads(data: bytes) -> Iterator[tuple[int, str, int]]:
    """Offset and name of every memo read, and the offset of the op that filled the slot."""
    memo: dict[int, int] = {}
    for opcode, argument, offset in pickletools.genops(data):
        if opcode.name == "MEMOIZE":
            memo[len(memo)] = offset
        elif "PUT" in opcode.name:
            memo[int(argument)] = offset
        elif opcode.name in ("GET", "BINGET", "LONG_BINGET"):
            yield offset, opcode.name, memo[int(argument)]


@pytest.mark.parametrize("protocol", range(6))
async def test_definition_of_memo_reads(session: Session, tmp_path: Path, protocol: int) -> None:
    """The op that filled the slot."""
    data = samples.shared(protocol)
    listing = await open_sample(session, tmp_path, data)
    reads = list(memo_reads(data))
    assert len(reads) == 2
    for read, name, store in reads:
        rows = await session.definition_rows(listing, await session.at(listing, read, name))
        assert rows == [await session.row(listing, store)]


async def test_definition_with_links(starter: Start, tmp_path: Path) -> None:
    """Clients that know links get them or locations; both lead there."""
    session = await starter(link_support=True)
    data = samples.shared()
    listing = await open_sample(session, tmp_path, data)
    read, name, store = next(memo_reads(data))
    rows = await session.definition_rows(listing, await session.at(listing, read, name))
    assert rows == [await session.row(listing, store)]


@pytest.mark.parametrize("protocol", range(6))
async def test_references_of_a_memo_slot(session: Session, tmp_path: Path, protocol: int) -> None:
    """From a read and from the store alike: all reads, and the store when the declaration is wanted."""
    data = samples.shared(protocol)
    listing = await open_sample(session, tmp_path, data)
    reads = list(memo_reads(data))
    store = reads[0][2]
    read_rows = [await session.row(listing, read) for read, _, _ in reads]
    store_row = await session.row(listing, store)
    names = dict(ops(data))
    for offset in (store, reads[1][0]):
        position = await session.at(listing, offset, names[offset])
        with_store = await session.reference_rows(listing, position, declaration=True)
        assert with_store == sorted([store_row, *read_rows])
        assert await session.reference_rows(listing, position, declaration=False) == sorted(read_rows)


async def test_mark_and_its_consumer(session: Session, tmp_path: Path) -> None:
    """MARK leads to the op that takes it, and that op to its MARK."""
    data = samples.shared()
    listing = await open_sample(session, tmp_path, data)
    mark, consumer = mark_of_tuple(data)
    mark_row, consumer_row = await session.row(listing, mark), await session.row(listing, consumer)
    assert await session.definition_rows(listing, await session.at(listing, mark, "MARK")) == [consumer_row]
    assert mark_row in await session.definition_rows(listing, await session.at(listing, consumer, "TUPLE"))


def mark_of_tuple(data: bytes) -> tuple[int, int]:
    """The TUPLE of the sample and the MARK in front of its four numbers."""
    names = ops(data)
    index = [name for _, name in names].index("TUPLE")
    return names[index - 5][0], names[index][0]


@pytest.mark.parametrize("protocol", [0, 2, 4])
async def test_definition_of_a_call(session: Session, tmp_path: Path, protocol: int) -> None:
    """The op that put the callable on the stack."""
    data = samples.hostile(protocol)
    listing = await open_sample(session, tmp_path, data)
    callee = offset_of(data, "STACK_GLOBAL" if protocol == 4 else "GLOBAL")
    position = await session.at(listing, offset_of(data, "REDUCE"), "REDUCE")
    assert await session.row(listing, callee) in await session.definition_rows(listing, position)


# --- outline, folds, hints --------------------------------------------------------------------------------------------


async def test_document_symbols(session: Session, tmp_path: Path) -> None:
    """An outline whose parts lie in each other, with the pickle and its global."""
    listing = await open_sample(session, tmp_path, samples.hostile())
    params = types.DocumentSymbolParams(text_document=listing.document)
    symbols = await session.client.text_document_document_symbol_async(params)
    assert symbols
    names = [symbol.name for symbol in flatten(symbols, whole(listing))]
    assert any("system" in name for name in names), names


def flatten(symbols: list[types.DocumentSymbol], parent: types.Range) -> Iterator[types.DocumentSymbol]:
    """All symbols; each lies in its parent and selects a part of itself."""
    for symbol in symbols:
        assert parent.start <= symbol.range.start <= symbol.range.end <= parent.end
        assert symbol.range.start <= symbol.selection_range.start <= symbol.selection_range.end <= symbol.range.end
        yield symbol
        yield from flatten(list(symbol.children or []), symbol.range)


async def test_folding_ranges(session: Session, tmp_path: Path) -> None:
    """The rows between a MARK and what takes it."""
    data = samples.shared()
    listing = await open_sample(session, tmp_path, data)
    params = types.FoldingRangeParams(text_document=listing.document)
    folds = await session.client.text_document_folding_range_async(params)
    assert all(0 <= fold.start_line < fold.end_line < len(listing.lines) for fold in folds)
    mark, consumer = mark_of_tuple(data)
    rows = await session.row(listing, mark), await session.row(listing, consumer)
    assert any(rows[0] == fold.start_line and rows[1] - 1 <= fold.end_line <= rows[1] for fold in folds)


async def test_inlay_hints(session: Session, tmp_path: Path) -> None:
    """A memo read shows what it reads, a call what it calls, at the end of their rows."""
    data = pickle.dumps([samples.PART] * 2 + [samples.Hostile()], 4)
    listing = await open_sample(session, tmp_path, data)
    hints = await inlay_hints(session, listing, whole(listing))
    by_row = {hint.position.line: label(hint) for hint in hints}
    assert "part" in by_row[await session.row(listing, offset_of(data, "BINGET"))]
    assert "system" in by_row[await session.row(listing, offset_of(data, "REDUCE"))]
    for hint in hints:
        line = listing.lines[hint.position.line]
        assert hint.position.character <= session.column(line, len(line))


async def test_inlay_hints_of_some_rows(session: Session, tmp_path: Path) -> None:
    """Those rows and no others."""
    listing = await open_sample(session, tmp_path, samples.shared())
    row = await session.row(listing, offset_of(samples.shared(), "BINGET"))
    wanted = types.Range(types.Position(row, 0), types.Position(row + 1, 0))
    hints = await inlay_hints(session, listing, wanted)
    assert {hint.position.line for hint in hints} <= {row, row + 1}
    assert row in {hint.position.line for hint in hints}


async def inlay_hints(session: Session, listing: Listing, rows: types.Range) -> list[types.InlayHint]:
    """Hints of some rows."""
    params = types.InlayHintParams(text_document=listing.document, range=rows)
    return list(await session.client.text_document_inlay_hint_async(params) or [])


def label(hint: types.InlayHint) -> str:
    """The text of a hint."""
    return hint.label if isinstance(hint.label, str) else "".join(part.value for part in hint.label)


# --- semantic tokens --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_semantic_tokens(starter: Start, tmp_path: Path, encoding: Encoding) -> None:
    """Every token is on whole characters of its row, they do not overlap, and opcodes are among them."""
    session = await starter(encodings=[encoding])
    data = samples.hostile()
    listing = await open_sample(session, tmp_path, data)
    tokens = decode(await all_tokens(session, listing))
    texts = {token_text(session, listing, token) for token in tokens}
    assert {"STACK_GLOBAL", "REDUCE"} <= texts
    assert all(before[0] < after[0] or before[1] + before[2] <= after[1] for before, after in pairwise(tokens))
    legend = session.initialized.capabilities.semantic_tokens_provider.legend
    assert all(kind < len(legend.token_types) for *_, kind in tokens)


async def test_semantic_tokens_of_some_rows(session: Session, tmp_path: Path) -> None:
    """The same tokens as in the whole, for those rows."""
    listing = await open_sample(session, tmp_path, samples.hostile())
    rows = types.Range(types.Position(3, 0), types.Position(9, 0))
    params = types.SemanticTokensRangeParams(text_document=listing.document, range=rows)
    part = decode(await session.client.text_document_semantic_tokens_range_async(params))
    assert part == [token for token in decode(await all_tokens(session, listing)) if 3 <= token[0] < 9]


async def all_tokens(session: Session, listing: Listing) -> types.SemanticTokens | None:
    """Tokens of the whole listing."""
    params = types.SemanticTokensParams(text_document=listing.document)
    return await session.client.text_document_semantic_tokens_full_async(params)


Token = tuple[int, int, int, int]


def decode(tokens: types.SemanticTokens | None) -> list[Token]:
    """Row, column, length and kind of every token."""
    assert tokens is not None
    found, row, column = [], 0, 0
    for start in range(0, len(tokens.data), 5):
        rows, columns, length, kind, _ = tokens.data[start : start + 5]
        row, column = row + rows, columns if rows else column + columns
        found.append((row, column, length, kind))
    return found


def token_text(session: Session, listing: Listing, token: Token) -> str:
    """The text under a token."""
    row, column, length, _ = token
    text = session.text_of(listing, types.Range(types.Position(row, column), types.Position(row, column + length)))
    assert text
    return text
