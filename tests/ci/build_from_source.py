"""The integrations that compile the program: the pre-commit hook in Rust, and the action that is given none.

They build the optimised program from the commit that is checked out, which takes minutes; pre-commit takes the newest
versions of what it depends on. So they are no part of the test command, but for whoever changes them:

    .cache/venv/bin/pytest -c tests/pyproject.toml tests/ci/build_from_source.py

With `CARGO_TARGET_DIR` in the environment they begin with what was built there.
"""

from __future__ import annotations

from pathlib import Path

import test_integrations as integrations
from support import ROOT

sample = integrations.sample


def test_pre_commit(sample: Path, tmp_path: Path) -> None:
    """Built by pre-commit, as for whoever names the hook."""
    integrations.check_hook(sample, ROOT, "pickle-lsp", integrations.environment(None, tmp_path))


def test_github_action(sample: Path, tmp_path: Path) -> None:
    """Built by the action, once."""
    outputs, runs = integrations.run_action(None, sample, tmp_path)
    _, install, lint, conclude = runs
    assert install.returncode == 0, install
    assert outputs["program"] == str(tmp_path / "runner/pickle-lsp/bin/pickle-lsp")
    assert lint.returncode == 0, lint
    assert "::error file=models/evil.pkl," in lint.stdout
    assert (outputs["status"], conclude.returncode) == ("1", 1)

    # What the cache of the runner brings back is not built again.
    _, again = integrations.run_action(None, sample, tmp_path)
    assert again[1].returncode == 0, again[1]
    assert "Compiling" not in again[1].stderr
