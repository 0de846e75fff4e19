"""An independent language client (pytest-lsp), and the few words the tests are written in."""

from __future__ import annotations

import asyncio
import os
import pickletools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lsprotocol import types
from pytest_lsp import LanguageClient
from pytest_lsp.client import make_test_lsp_client

Encoding = types.PositionEncodingKind
PATIENCE = 10.0
"""Seconds to wait for an answer. Long, because it only decides how a failure looks."""


@dataclass(frozen=True)
class Listing:
    """The text form of one pickle."""

    uri: str
    text: str
    path: Path

    @property
    def lines(self) -> list[str]:
        """Its rows; the text ends with a newline."""
        return self.text.split("\n")[:-1]

    @property
    def document(self) -> types.TextDocumentIdentifier:
        """For requests."""
        return types.TextDocumentIdentifier(uri=self.uri)


class Session:
    """A client and the server it talks to."""

    def __init__(self, client: LanguageClient, initialized: types.InitializeResult) -> None:
        """Both have shaken hands already."""
        self.client = client
        self.initialized = initialized
        self.refreshed: list[str] = []
        """Texts that the server asked to be fetched again."""
        client.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH)(lambda params: self.refreshed.append(params.uri))
        self.encoding = Encoding(initialized.capabilities.position_encoding or Encoding.Utf16)

    # --- texts ---

    async def ask(self, method: str, params: object) -> Any:
        """A request that is not in the protocol."""
        return await asyncio.wait_for(self.client.protocol.send_request_async(method, params), PATIENCE)

    async def listing(self, path: Path, member: str | None = None) -> Listing:
        """The listing of a file."""
        return await self.view(listing_uri(path, member), path)

    async def view(self, uri: str, path: Path) -> Listing:
        """The text of a virtual document."""
        answer = await self.ask("pickle/virtualDocument", {"uri": uri})
        return Listing(uri, answer.text, path)

    def open(self, listing: Listing, language: str = "pickleasm") -> None:
        """Tells the server that an editor shows the listing."""
        item = types.TextDocumentItem(uri=listing.uri, language_id=language, version=1, text=listing.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    # --- places ---

    async def row(self, listing: Listing, offset: int) -> int:
        """The row of the op at an offset, by the server's own map."""
        answer = await self.ask("pickle/offsetToPosition", {"textDocument": {"uri": listing.uri}, "offset": offset})
        return answer.range.start.line

    def column(self, line: str, characters: int) -> int:
        """A number of characters as the client and server agreed to count."""
        return units(line[:characters], self.encoding)

    def text_of(self, listing: Listing, span: types.Range) -> str:
        """The text in a range of one row."""
        assert span.start.line == span.end.line
        line = listing.lines[span.start.line]
        return from_units(line, span.start.character, span.end.character, self.encoding)

    async def at(self, listing: Listing, offset: int, needle: str) -> types.Position:
        """The position of some text in the row of an op."""
        row = await self.row(listing, offset)
        line = listing.lines[row]
        assert needle in line, (needle, line)
        return types.Position(line=row, character=self.column(line, line.index(needle)))

    # --- features ---

    async def hover(self, listing: Listing, position: types.Position) -> str:
        """The text of a hover, or nothing."""
        params = types.HoverParams(text_document=listing.document, position=position)
        answer = await self.client.text_document_hover_async(params)
        return hover_text(answer)

    async def definition_rows(self, listing: Listing, position: types.Position) -> list[int]:
        """Rows of the definitions, all of them in the same listing."""
        params = types.DefinitionParams(text_document=listing.document, position=position)
        return rows_in(listing, await self.client.text_document_definition_async(params))

    async def reference_rows(self, listing: Listing, position: types.Position, *, declaration: bool) -> list[int]:
        """Rows of the references, all of them in the same listing."""
        context = types.ReferenceContext(include_declaration=declaration)
        params = types.ReferenceParams(text_document=listing.document, position=position, context=context)
        return rows_in(listing, await self.client.text_document_references_async(params))

    async def diagnostics(
        self, uri: str, accept: Callable[[Sequence[types.Diagnostic]], bool] = lambda _: True
    ) -> Sequence[types.Diagnostic]:
        """What was published on a URI, as soon as it is acceptable."""
        async with asyncio.timeout(PATIENCE):
            while uri not in self.client.diagnostics or not accept(self.client.diagnostics[uri]):
                await asyncio.sleep(0.02)
        return self.client.diagnostics[uri]

    async def refresh(self, uri: str) -> None:
        """Waits until the server asks for a text to be fetched again: it comes in no fixed order with the findings."""
        async with asyncio.timeout(PATIENCE):
            while uri not in self.refreshed:
                await asyncio.sleep(0.02)

    def changed(self, path: Path, kind: types.FileChangeType) -> None:
        """Tells the server about a file as the client's watcher would."""
        event = types.FileEvent(uri=path.as_uri(), type=kind)
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[event]))

    async def alive(self, path: Path) -> None:
        """The server still answers about another file."""
        path.write_bytes(b"\x80\x04N.")
        assert "NONE" in (await self.listing(path)).text

    async def end(self) -> None:
        """Says good-bye; a server that has died or does not end is a failure."""
        server = self.client._server  # pygls has no public name for the process
        assert server is not None
        assert server.returncode is None, f"the server ended by itself with {server.returncode}"
        await asyncio.wait_for(self.client.shutdown_session(), PATIENCE)
        assert server.returncode == 0
        await self.client.stop()


async def start(
    binary: Path,
    root: Path,
    *,
    encodings: list[Encoding] | None = None,
    virtual_documents: bool = True,
    link_support: bool = False,
) -> Session:
    """Starts a server, with its cache in the folder of the test."""
    client = make_test_lsp_client()
    for method in (types.CLIENT_REGISTER_CAPABILITY, *REFRESHES):
        client.feature(method)(answer_nothing)
    environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache"), "HOME": str(root)}
    await client.start_io(str(binary), "server", env=environment, limit=1 << 26)
    params = types.InitializeParams(
        capabilities=capabilities(encodings, virtual_documents, link_support),
        workspace_folders=[types.WorkspaceFolder(uri=root.as_uri(), name="root")],
        root_uri=root.as_uri(),
    )
    initialized = await asyncio.wait_for(client.initialize_session(params), PATIENCE)
    return Session(client, initialized)


REFRESHES = [
    types.WORKSPACE_SEMANTIC_TOKENS_REFRESH,
    types.WORKSPACE_INLAY_HINT_REFRESH,
    types.WORKSPACE_CODE_LENS_REFRESH,
    types.WORKSPACE_FOLDING_RANGE_REFRESH,
]


def answer_nothing(*_: object) -> None:
    """Takes a request of the server."""


def capabilities(encodings: list[Encoding] | None, virtual: bool, links: bool) -> types.ClientCapabilities:
    """What the client says it can do."""
    content = types.TextDocumentContentClientCapabilities(dynamic_registration=False) if virtual else None
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        workspace=types.WorkspaceClientCapabilities(
            text_document_content=content,
            configuration=True,
            inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
            semantic_tokens=types.SemanticTokensWorkspaceClientCapabilities(refresh_support=True),
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
        ),
        window=types.WindowClientCapabilities(work_done_progress=True),
        text_document=types.TextDocumentClientCapabilities(
            definition=types.DefinitionClientCapabilities(link_support=links),
            hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
            document_symbol=types.DocumentSymbolClientCapabilities(hierarchical_document_symbol_support=True),
            folding_range=types.FoldingRangeClientCapabilities(line_folding_only=True),
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                related_information=True, code_description_support=True, data_support=True
            ),
            semantic_tokens=types.SemanticTokensClientCapabilities(
                requests=types.ClientSemanticTokensRequestOptions(full=True, range=True),
                token_types=[kind.value for kind in types.SemanticTokenTypes],
                token_modifiers=[kind.value for kind in types.SemanticTokenModifiers],
                formats=[types.TokenFormat.Relative],
            ),
        ),
    )


def cancellable(session: Session, method: str, params: object) -> tuple[str, asyncio.Future[Any]]:
    """A request whose number is known, so that it can be cancelled."""
    number = str(uuid.uuid4())
    future = session.client.protocol.send_request(method, params, msg_id=number)
    return number, asyncio.wrap_future(future)


def listing_uri(path: Path, member: str | None = None) -> str:
    """`pickle-listing:///abs/path!/member.pickleasm`, written as an editor writes URIs."""
    inside = f"!/{quote(member)}" if member else ""
    return f"pickle-listing://{quote(str(path))}{inside}.pickleasm"


def ops(data: bytes) -> list[tuple[int, str]]:
    """Offset and name of every op, by pickletools."""
    return [(position, opcode.name) for opcode, _, position in pickletools.genops(data)]


def offset_of(data: bytes, name: str, number: int = 0) -> int:
    """The offset of an op by its name."""
    return [offset for offset, found in ops(data) if found == name][number]


def units(text: str, encoding: Encoding) -> int:
    """Length of a text in a position encoding."""
    return {
        Encoding.Utf8: lambda: len(text.encode("utf-8")),
        Encoding.Utf16: lambda: len(text.encode("utf-16-le")) // 2,
        Encoding.Utf32: lambda: len(text),
    }[encoding]()


def from_units(line: str, start: int, end: int, encoding: Encoding) -> str:
    """The part of a line between two columns."""
    codec, size = {Encoding.Utf8: ("utf-8", 1), Encoding.Utf16: ("utf-16-le", 2), Encoding.Utf32: ("utf-32-le", 4)}[
        encoding
    ]
    return line.encode(codec)[start * size : end * size].decode(codec)


def hover_text(hover: types.Hover | None) -> str:
    """The text of a hover in any of its forms."""
    if hover is None:
        return ""
    contents = hover.contents if isinstance(hover.contents, list | tuple) else [hover.contents]
    return "\n".join(part if isinstance(part, str) else part.value for part in contents)


def rows_in(listing: Listing, answer: object) -> list[int]:
    """Rows of locations or links, which have to be in this listing."""
    found = [] if answer is None else list(answer) if isinstance(answer, list | tuple) else [answer]
    rows = []
    for place in found:
        link = isinstance(place, types.LocationLink)
        assert (place.target_uri if link else place.uri) == listing.uri
        rows.append((place.target_selection_range if link else place.range).start.line)
    return sorted(rows)
