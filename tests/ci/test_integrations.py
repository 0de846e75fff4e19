"""The pre-commit hooks, the GitHub action and the GitLab template, each run on a sample repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import ROOT, Binary

EVIL = b"cos\nsystem\n(S'echo hi'\ntR."
HARMLESS = b"\x80\x04]\x94."


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A repository with a bad pickle, a good one, and a file that is none."""
    folder = tmp_path / "sample"
    (folder / "models").mkdir(parents=True)
    (folder / "models/evil.pkl").write_bytes(EVIL)
    (folder / "models/good.pkl").write_bytes(HARMLESS)
    (folder / "README.md").write_text("# Sample\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    return folder


def git(folder: Path, *arguments: str) -> str:
    """One call of git, independent of the person's settings."""
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def environment(binary: Binary | None, tmp_path: Path, **more: str) -> dict[str, str]:
    """The program, if there is one, first in the path, and nothing of this run's CI."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    if binary:
        shutil.copy(binary.path, programs / "pickle-lsp")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GIT_"))}
    path = f"{programs}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"), **more}


def test_pre_commit(binary: Binary, sample: Path, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "init", "--quiet")
    git(hooks, "add", ".")
    git(hooks, "commit", "--quiet", "--message", "hooks")
    (sample / "models/evil.weights").write_bytes(EVIL)
    (sample / "models/pickle-lsp.toml").write_text('ignore = ["PG"]\n', encoding="utf-8")
    git(sample, "add", ".")
    check_hook(sample, hooks, "pickle-lsp-system", environment(binary, tmp_path))


def check_hook(sample: Path, hooks: Path, name: str, env: dict[str, str]) -> None:
    """A hook of a repository of hooks on the sample: it fails for the bad pickle, and not where that is left out."""
    repository = {"repo": str(hooks), "rev": git(hooks, "rev-parse", "HEAD"), "hooks": [{"id": name}]}
    (sample / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [repository]}), encoding="utf-8")

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "run", "--all-files"]
        return subprocess.run(command, cwd=sample, env=env, capture_output=True, text=True, check=False)

    first = run()
    assert first.returncode == 1, first
    assert "models/evil.pkl:24: error[PG101]" in first.stdout
    assert "models/evil.weights:24: error[PG101]" in first.stdout
    (sample / "pickle-lsp.toml").write_text('exclude = ["evil.*"]\n', encoding="utf-8")
    second = run()
    assert second.returncode == 0, second


def test_both_hooks_look_at_the_same_files() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for hook in hooks} == {"pickle-lsp", "pickle-lsp-system"}
    assert len({hook["entry"] for hook in hooks}) == 1
    # A name is what somebody chose.
    assert all(hook["types"] == ["file"] and "files" not in hook for hook in hooks)


def run_action(
    binary: Binary | None, sample: Path, tmp_path: Path, **inputs: str
) -> tuple[dict[str, str], list[subprocess.CompletedProcess[str]]]:
    """The shell steps of the action, with what a runner puts into their environment."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    values = {name: declared.get("default", "") for name, declared in action["inputs"].items()} | inputs
    outputs: dict[str, str] = {}
    runs = []
    for step in (step for step in action["runs"]["steps"] if "run" in step):
        assert step["shell"] == "bash"
        # A script with an expression in it would run what an input says.
        assert "${{" not in step["run"], step["name"]
        given = {name: expand(text, values, outputs, tmp_path) for name, text in step.get("env", {}).items()}
        output = tmp_path / "output"
        output.write_text("", encoding="utf-8")
        env = environment(binary, tmp_path, GITHUB_OUTPUT=str(output), GITHUB_ACTION_PATH=str(ROOT), **given)
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        runs.append(subprocess.run(command, cwd=sample, env=env, capture_output=True, text=True, check=False))
        outputs |= dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return outputs, runs


def expand(text: str, inputs: dict[str, str], outputs: dict[str, str], temporary: Path) -> str:
    """The expressions that the action uses: inputs, outputs of steps, and the folder of the runner."""
    text = text.replace("${{ runner.temp }}", str(temporary / "runner"))
    for name, value in inputs.items():
        text = text.replace("${{ inputs." + name + " }}", value)
    for name, value in outputs.items():
        for step in ("version", "install", "lint"):
            text = text.replace("${{ steps." + step + ".outputs." + name + " }}", value)
    return text


def test_github_action(binary: Binary, sample: Path, tmp_path: Path) -> None:
    outputs, runs = run_action(binary, sample, tmp_path, **{"pickle-lsp": "pickle-lsp"})
    version, install, lint, conclude = runs
    assert (version.returncode, len(outputs["sources"])) == (0, 40), version
    assert install.returncode == 0, install
    assert lint.returncode == 0, lint
    assert "::error file=models/evil.pkl," in lint.stdout
    assert (outputs["status"], conclude.returncode) == ("1", 1)
    log = json.loads((sample / "pickle-lsp.sarif").read_text(encoding="utf-8"))
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["PG101"]


def test_github_action_on_what_is_fine(binary: Binary, sample: Path, tmp_path: Path) -> None:
    inputs = {"pickle-lsp": "pickle-lsp", "paths": "models/good.pkl", "fail-on": "info"}
    outputs, runs = run_action(binary, sample, tmp_path, **inputs)
    assert (outputs["status"], runs[-1].returncode) == ("0", 0)


def test_configurations_in_folders_hold_where_that_is_asked_for(
    binary: Binary, sample: Path, tmp_path: Path
) -> None:
    (sample / "models/pickle-lsp.toml").write_text('ignore = ["PG"]\n', encoding="utf-8")
    outputs, _ = run_action(binary, sample, tmp_path, **{"pickle-lsp": "pickle-lsp"})
    assert outputs["status"] == "1"
    inputs = {"pickle-lsp": "pickle-lsp", "nested-configuration": "true"}
    outputs, _ = run_action(binary, sample, tmp_path, **inputs)
    assert outputs["status"] == "0"
    _, done = run_template(binary, sample, tmp_path)
    assert done.returncode == 1, done


def test_inputs_of_the_action_are_no_program(binary: Binary, sample: Path, tmp_path: Path) -> None:
    inputs = {"pickle-lsp": "pickle-lsp", "paths": "$(touch hacked) `touch hacked` ; touch hacked"}
    outputs, _ = run_action(binary, sample, tmp_path, **inputs)
    assert outputs["status"] == "2"
    assert not (sample / "hacked").exists()


#: A compiler and a builder that the repository brings: whoever starts them has lost.
TOOLCHAIN = "#!/bin/sh\ntouch {sample}/hacked\nexit 1\n"


def bring_toolchain(sample: Path) -> None:
    """A file by which rustup takes the programs in the checkout for those of Rust."""
    programs = sample / "toolchain/bin"
    programs.mkdir(parents=True)
    for name in ("cargo", "rustc"):
        (programs / name).write_text(TOOLCHAIN.format(sample=sample), encoding="utf-8")
        (programs / name).chmod(0o755)
    (sample / "rust-toolchain.toml").write_text(f'[toolchain]\npath = "{sample}/toolchain"\n', encoding="utf-8")


def note_where_cargo_runs(tmp_path: Path) -> Path:
    """A stand-in for cargo that builds nothing; gives the file in which it notes where it runs."""
    where = tmp_path / "where"
    cargo = tmp_path / "bin/cargo"
    cargo.parent.mkdir(exist_ok=True)
    cargo.write_text(f"#!/bin/sh\npwd >{where}\nexit 1\n", encoding="utf-8")
    cargo.chmod(0o755)
    return where


def test_the_action_is_not_built_in_the_checkout(sample: Path, tmp_path: Path) -> None:
    bring_toolchain(sample)
    where = note_where_cargo_runs(tmp_path)
    outputs, runs = run_action(None, sample, tmp_path)
    assert runs[1].returncode != 0
    assert where.read_text(encoding="utf-8").strip() == str(ROOT)
    assert "program" not in outputs


def run_template(
    binary: Binary | None, sample: Path, tmp_path: Path
) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    """The job of the GitLab template, run on the sample."""
    template = yaml.safe_load((ROOT / "gitlab/pickle-lsp.yml").read_text(encoding="utf-8"))
    job = template["pickle-lsp"]
    # A runner runs the lines of both in one shell that ends at the first failure.
    script = "\n".join(job["before_script"] + job["script"])
    env = environment(binary, tmp_path, **job["variables"])
    if not binary:
        # What is installed here is none of a fresh image.
        env["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
    command = ["bash", "-eo", "pipefail", "-c", script]
    return job, subprocess.run(command, cwd=sample, env=env, capture_output=True, text=True, check=False)


def test_gitlab_template(binary: Binary, sample: Path, tmp_path: Path) -> None:
    # A folder of the name under which the program would be kept is looked at like any other.
    kept = sample / ".pickle-lsp/bin"
    kept.mkdir(parents=True)
    (kept / "evil.pkl").write_bytes(EVIL)
    job, done = run_template(binary, sample, tmp_path)
    assert done.returncode == 1, done
    issues = json.loads((sample / job["artifacts"]["reports"]["codequality"]).read_text(encoding="utf-8"))
    found = {issue["location"]["path"] for issue in issues}
    assert found == {"models/evil.pkl", ".pickle-lsp/bin/evil.pkl"}
    assert (sample / job["artifacts"]["reports"]["junit"]).exists()


def test_gitlab_template_takes_no_program_of_the_repository(sample: Path, tmp_path: Path) -> None:
    kept = sample / ".pickle-lsp/bin"
    kept.mkdir(parents=True)
    (kept / "pickle-lsp").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    (kept / "pickle-lsp").chmod(0o755)
    git(sample, "add", ".")
    _, done = run_template(None, sample, tmp_path)
    assert done.returncode == 2, done
    assert "a .pickle-lsp of its own" in done.stderr


def test_gitlab_template_is_not_built_in_the_checkout(sample: Path, tmp_path: Path) -> None:
    bring_toolchain(sample)
    where = note_where_cargo_runs(tmp_path)
    _, done = run_template(None, sample, tmp_path)
    assert done.returncode != 0, done
    assert where.read_text(encoding="utf-8").strip() == "/"
    assert not (sample / "hacked").exists()
