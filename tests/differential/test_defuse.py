"""What the page about the text form says of defusing a pickle is what happens; Python loads what comes of it."""

from __future__ import annotations

import io
import os
import pickle
import re
import subprocess
import zipfile
from pathlib import Path

from support import ROOT, Binary

PAGE = (ROOT / "server/docs/text-form.md").read_text(encoding="utf-8")


class Call:
    """Runs a command when it is loaded: a harmless one."""

    def __reduce__(self) -> tuple[object, ...]:
        """The call."""
        return os.system, ("echo gotcha",)


class Unpickler(pickle.Unpickler):
    """Python's own, which finds nothing to call."""

    def find_class(self, module: str, name: str) -> object:
        """No global is left in what was defused."""
        raise AssertionError(f"{module}.{name}")


def load(data: bytes) -> object:
    """The object of a pickle."""
    return Unpickler(io.BytesIO(data)).load()


def block(first: str) -> str:
    """The block of the page that begins with a line."""
    return PAGE[PAGE.index(f"```\n{first}\n") + 4 :].split("```")[0]


def run(binary: Binary, folder: Path, command: str) -> subprocess.CompletedProcess[bytes]:
    """A command of the page, as a shell runs it."""
    search = f"{binary.path.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": search}
    return subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, check=False)


def test_a_pickle(binary: Binary, tmp_path: Path) -> None:
    """The listing of the page is that of what Python writes, and the edited one loads as the page says."""
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps({"epochs": 3, "note": Call()}, 4))
    assert run(binary, tmp_path, "pickle-lsp disassemble --full evil.pkl > evil.pickleasm").returncode == 0
    listing = (tmp_path / "evil.pickleasm").read_text(encoding="utf-8")
    assert listing == block("# evil.pickleasm").partition("\n")[2]
    assert run(binary, tmp_path, "pickle-lsp lint evil.pkl").returncode == 1
    (tmp_path / "defused.pickleasm").write_text(block("# defused.pickleasm"), encoding="utf-8")
    for command in ("pickle-lsp assemble defused.pickleasm -o defused.pkl", "pickle-lsp lint defused.pkl"):
        assert f"`{command}`" in PAGE
        assert run(binary, tmp_path, command).returncode == 0
    loaded = load((tmp_path / "defused.pkl").read_bytes())
    assert f"Python loads `{loaded!r}`" in PAGE


def test_a_member_of_an_archive(binary: Binary, tmp_path: Path) -> None:
    """The commands of the page, with an edit in the place of the editor."""
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        value = {"weights": [1.0], "note": Call(), "tail": ["same", "same"]}
        archive.writestr("archive/data.pkl", pickle.dumps(value, 2))
        archive.writestr("archive/data/0", b"x" * 100)
    heading = PAGE.index("### In an archive")
    commands = PAGE[PAGE.index("```sh\n", heading) + 6 :].split("```")[0].splitlines()
    assert len(commands) == 5
    for command, status in zip(commands, [1, 0, None, 0, 0], strict=True):
        if status is None:
            assert command == '"$EDITOR" data.pickleasm'
            defuse(tmp_path / "data.pickleasm")
        else:
            done = run(binary, tmp_path, command)
            assert done.returncode == status, (command, done)
    with zipfile.ZipFile(tmp_path / "safe.pt") as archive:
        assert archive.testzip() is None
        assert archive.read("archive/data/0") == b"x" * 100
        loaded = load(archive.read("archive/data.pkl"))
    assert loaded == {"weights": [1.0], "note": "defused", "tail": ["same", "same"]}


def defuse(path: Path) -> None:
    """Puts a string in the place of the call."""
    text = path.read_text(encoding="utf-8")
    call = re.compile(r"^ *\d+: +GLOBAL 'posix' 'system'$.*?REDUCE$", re.M | re.S)
    text, count = call.subn("BINUNICODE 'defused'", text)
    assert count == 1
    path.write_text(text, encoding="utf-8")
