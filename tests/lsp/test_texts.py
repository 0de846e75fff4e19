"""Listings that are edited: an independent client types, and asks about what it typed."""

from __future__ import annotations

import pickle
import random
from pathlib import Path

import pytest
import samples
from conftest import Start
from lsprotocol import types
from session import Encoding, Listing, Session, hover_text, units

ENCODINGS = [Encoding.Utf8, Encoding.Utf16]

TEXT = """PROTO 4
GLOBAL 'os' 'system'
PUT $run   # größe 🥒
MARK
  UNICODE 'é🥒'
TUPLE
GET $run
STOP
"""


class Typist:
    """A text, and what an editor does to it."""

    def __init__(self, session: Session, uri: str, text: str) -> None:
        """Opens it."""
        self.session, self.uri, self.text, self.version = session, uri, text, 1
        session.open(Listing(uri, text, Path()), "pickle-listing")
        self.document = types.TextDocumentIdentifier(uri=uri)

    def position(self, index: int) -> types.Position:
        """Of a character of the text."""
        before = self.text[:index]
        line = before.rsplit("\n", 1)[-1]
        return types.Position(before.count("\n"), units(line, self.session.encoding))

    def replace(self, *edits: tuple[int, int, str]) -> None:
        """Puts texts in the place of characters, one edit after the other, in one notification."""
        changes = []
        for start, end, new in edits:
            span = types.Range(self.position(start), self.position(end))
            changes.append(types.TextDocumentContentChangePartial(range=span, text=new))
            self.text = self.text[:start] + new + self.text[end:]
        self.version += 1
        item = types.VersionedTextDocumentIdentifier(version=self.version, uri=self.uri)
        params = types.DidChangeTextDocumentParams(text_document=item, content_changes=changes)
        self.session.client.text_document_did_change(params)

    def substitute(self, old: str, new: str) -> None:
        """Puts a text in the place of the first of another."""
        start = self.text.index(old)
        self.replace((start, start + len(old), new))

    async def seen(self) -> str:
        """The text as the server has it."""
        answer = await self.session.ask("pickle/virtualDocument", {"uri": self.uri})
        return answer.text

    def at(self, needle: str, inside: int = 0) -> types.Position:
        """The position of some text, and of so many characters behind its beginning."""
        return self.position(self.text.index(needle) + inside)

    def apply(self, edits: list[types.TextEdit]) -> None:
        """What a server asks for."""
        starts = {}
        for index in range(len(self.text) + 1):
            position = self.position(index)
            starts[(position.line, position.character)] = index
        place = lambda position: starts[(position.line, position.character)]  # noqa: E731
        for edit in sorted(edits, key=lambda edit: place(edit.range.start), reverse=True):
            start, end = place(edit.range.start), place(edit.range.end)
            self.text = self.text[:start] + edit.new_text + self.text[end:]


async def assembled(typist: Typist, target: Path) -> bytes:
    """The bytes of a text."""
    params = types.ExecuteCommandParams(command="pickle.assemble", arguments=[typist.uri, target.as_uri()])
    written = await typist.session.client.workspace_execute_command_async(params)
    assert written == target.as_uri()
    return target.read_bytes()


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_random_edits(starter: Start, tmp_path: Path, encoding: Encoding) -> None:
    """The server's text is the editor's, whatever was typed; and it still answers."""
    session = await starter(encodings=[encoding])
    numbers = random.Random(7)
    pieces = ["MARK\n", "TUPLE", "\n", "'", "é", "🥒", "BINUNICODE '🥒é'\n", "STOP\n", "  # ü\n", "\r\n", "$a", "12: ", "\\"]
    typist = Typist(session, (tmp_path / "a.pickleasm").as_uri(), TEXT)
    for _ in range(60):
        for _ in range(numbers.randrange(1, 4)):
            start = numbers.randrange(len(typist.text) + 1)
            end = min(len(typist.text), start + numbers.randrange(12))
            # Editors do not cut \r\n in two.
            if "\r\n" in (typist.text[start - 1 : start + 1], typist.text[end - 1 : end + 1]):
                continue
            typist.replace((start, end, "".join(numbers.choices(pieces, k=numbers.randrange(3)))))
        assert await typist.seen() == typist.text
        params = types.SemanticTokensParams(text_document=typist.document)
        assert await session.client.text_document_semantic_tokens_full_async(params) is not None


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_diagnostics_as_one_types(starter: Start, tmp_path: Path, encoding: Encoding) -> None:
    """Findings come and go with what is there, and stand where it is."""
    session = await starter(encodings=[encoding])
    typist = Typist(session, (tmp_path / "a.pickleasm").as_uri(), TEXT)
    found = await session.diagnostics(typist.uri)
    row = next(one for one in found if one.range.start.line == 1)
    assert row.severity == types.DiagnosticSeverity.Error
    assert row.code_description is not None

    typist.substitute("🥒'\nTUPLE", "🥒\nTUPLE")
    found = await session.diagnostics(typist.uri, lambda found: any(one.code == "syntax" for one in found))
    mistake = next(one for one in found if one.code == "syntax")
    assert mistake.range == types.Range(typist.at("'é"), typist.at("\nTUPLE"))

    typist.substitute("🥒\nTUPLE", "🥒'\nTUPLE")
    typist.substitute("'os' 'system'", "'builtins' 'str'")
    gone = lambda one: one.code != "syntax" and one.range.start.line != 1  # noqa: E731
    await session.diagnostics(typist.uri, lambda found: all(map(gone, found)))


async def test_hover_definition_and_rename(session: Session, tmp_path: Path) -> None:
    """A label leads to its definition, and has another name everywhere."""
    typist = Typist(session, (tmp_path / "a.pickleasm").as_uri(), TEXT)
    hover = types.HoverParams(text_document=typist.document, position=typist.at("GET"))
    assert "os.system" in hover_text(await session.client.text_document_hover_async(hover))
    params = types.DefinitionParams(text_document=typist.document, position=typist.at("GET $run", 6))
    answer = await session.client.text_document_definition_async(params)
    assert [location.range.start.line for location in answer] == [2]
    rename = types.RenameParams(
        text_document=typist.document, position=typist.at("GET $run", 6), new_name="$call"
    )
    edit = await session.client.text_document_rename_async(rename)
    typist.apply(edit.changes[typist.uri])
    assert typist.text == TEXT.replace("$run", "$call")


async def test_completion(session: Session, tmp_path: Path) -> None:
    """What may stand there, with what it means."""
    typist = Typist(session, (tmp_path / "a.pickleasm").as_uri(), TEXT)
    typist.substitute("STOP\n", "SHORT_\nGET \n")

    async def labels(position: types.Position) -> list[str]:
        params = types.CompletionParams(text_document=typist.document, position=position)
        answer = await session.client.text_document_completion_async(params)
        items = answer.items if isinstance(answer, types.CompletionList) else answer
        return [item.label for item in items]

    assert "SHORT_BINUNICODE" in await labels(typist.at("SHORT_", 6))
    assert await labels(typist.at("GET \n", 4)) == ["$run"]


async def test_a_text_becomes_a_pickle(session: Session, tmp_path: Path) -> None:
    """A malicious pickle is made harmless in its text; Python loads what comes out."""
    listing = await session.listing(samples.write(tmp_path / "bad.pkl", samples.hostile(2)))
    answer = await session.ask("pickle/editableText", {"uri": listing.uri})
    typist = Typist(session, (tmp_path / "bad.pkl.pickleasm").as_uri(), answer.text)
    assert await assembled(typist, tmp_path / "same.pkl") == samples.hostile(2)

    start = typist.text.index("GLOBAL ") + len("GLOBAL ")
    end = typist.text.index("\n", start)
    typist.replace((start, end, "'builtins' 'str'"))
    await assembled(typist, tmp_path / "good.pkl")
    assert pickle.loads((tmp_path / "good.pkl").read_bytes()) == [samples.PART, "echo ö🥒"]


@pytest.mark.parametrize("protocol", range(6))
async def test_rewrites(session: Session, tmp_path: Path, protocol: int) -> None:
    """Whatever a rewrite changes, the same is loaded."""
    data = samples.shared(protocol)
    listing = await session.listing(samples.write(tmp_path / "a.pkl", data))
    answer = await session.ask("pickle/editableText", {"uri": listing.uri})
    typist = Typist(session, "untitled:text", answer.text)
    nowhere = types.Range(types.Position(0, 0), types.Position(0, 0))
    context = types.CodeActionContext(diagnostics=[], trigger_kind=types.CodeActionTriggerKind.Invoked)
    params = types.CodeActionParams(text_document=typist.document, range=nowhere, context=context)
    actions = await session.client.text_document_code_action_async(params)
    # The client takes an action that has a command for a command.
    proper = [action for action in actions if isinstance(action, types.CodeAction)]
    rewrites = [action for action in proper if action.kind == types.CodeActionKind.RefactorRewrite]
    assert rewrites
    for number, action in enumerate(rewrites):
        copy = Typist(session, f"untitled:{number}", answer.text)
        copy.apply(action.edit.changes["untitled:text"])
        rewritten = Typist(session, f"untitled:rewritten-{number}", copy.text)
        written = await assembled(rewritten, tmp_path / f"{number}.pkl")
        assert pickle.loads(written) == pickle.loads(data), action.title
