"""Reports for other programs, read by what reads them: the SARIF schema, an XML parser, the schema of our own configuration."""

from __future__ import annotations

import json
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from support import ROOT, Binary

EVIL = b"cos\nsystem\n(S'echo hi'\ntR."
#: Names and texts that mean something to the formats: markup, quotes, control and bidirectional characters.
NASTY = b"cos\nsystem\n(V<\\u0000\\ufffe]]>\\u202e&\"'%0A::error\ntR."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of all kinds: findings with and without a place, in members, and one that cannot be understood."""
    (tmp_path / "evil.pkl").write_bytes(EVIL)
    (tmp_path / "na <&\"'%s.pkl").write_bytes(NASTY)
    (tmp_path / "cut.pkl").write_bytes(b"\x80\x04\x95\xff")
    (tmp_path / "text.pkl").write_bytes(b"hello world, this is text\n")
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("archive/data.pkl", EVIL)
        archive.writestr("archive/other.pkl", b"\x80\x02cmyapp\nModel\n)\x81.")
    return tmp_path


@cache
def validator(path: Path) -> Any:
    """A function that raises unless its argument fits the schema."""
    return fastjsonschema.compile(json.loads(path.read_text(encoding="utf-8")))


def lint(binary: Binary, folder: Path, form: str, *options: str) -> bytes:
    """A report of the folder."""
    return binary.run("lint", "--format", form, *options, folder).output


@pytest.mark.parametrize("options", [[], ["--select", "PC"], ["--fail-on", "info"]])
def test_sarif_is_valid(binary: Binary, folder: Path, options: list[str]) -> None:
    log = json.loads(lint(binary, folder, "sarif", *options))
    validator(ROOT / "tests/ci/sarif-2.1.0.schema.json")(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["markdown"].strip()


def test_sarif_says_what_json_says(binary: Binary, folder: Path) -> None:
    findings = json.loads(lint(binary, folder, "json"))
    (run,) = json.loads(lint(binary, folder, "sarif"))["runs"]
    assert len(findings) == len(run["results"]) > 4
    for finding, result in zip(findings, run["results"], strict=True):
        region = result["locations"][0]["physicalLocation"]["region"]
        assert result["ruleId"] == finding["code"]
        assert region.get("byteOffset") == finding["offset"]
        assert region["startLine"] == (finding["line"] or 1)
        if finding["offset"] is not None:
            assert region["byteLength"] == finding["endOffset"] - finding["offset"]
        if finding["member"]:
            assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == finding["member"]


def test_configurations_that_come_with_the_files_are_named(binary: Binary, folder: Path) -> None:
    (folder / "pickle-lsp.toml").write_text('ignore = ["PG"]\n', encoding="utf-8")
    log = json.loads(lint(binary, folder, "sarif"))
    validator(ROOT / "tests/ci/sarif-2.1.0.schema.json")(log)
    (note,) = log["runs"][0]["invocations"][0]["toolConfigurationNotifications"]
    assert note["level"] == "note"
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/pickle-lsp.toml")
    assert b"::notice file=" in lint(binary, folder, "github")
    log = json.loads(lint(binary, folder, "sarif", "--isolated"))
    assert log["runs"][0]["invocations"][0]["toolConfigurationNotifications"] == []
    assert "PG101" in {result["ruleId"] for result in log["runs"][0]["results"]}


def fingerprints(binary: Binary, folder: Path) -> dict[tuple[str, str], list[str]]:
    """Fingerprints of all results, by file and rule."""
    (run,) = json.loads(lint(binary, folder, "sarif"))["runs"]
    found: dict[tuple[str, str], list[str]] = {}
    for result in run["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        found.setdefault((uri, result["ruleId"]), []).extend(result["partialFingerprints"].values())
    return found


def test_fingerprints_do_not_depend_on_what_stands_before(binary: Binary, folder: Path) -> None:
    before = fingerprints(binary, folder)
    everything = [fingerprint for group in before.values() for fingerprint in group]
    assert len(set(everything)) == len(everything)
    (folder / "evil.pkl").write_bytes(b"]0" * 100 + EVIL)
    after = fingerprints(binary, folder)
    for key, group in before.items():
        assert after[key] == group
    issues = json.loads(lint(binary, folder, "gitlab"))
    assert {issue["fingerprint"] for issue in issues} == {one for group in after.values() for one in group}


def test_gitlab_has_what_gitlab_wants(binary: Binary, folder: Path) -> None:
    issues = json.loads(lint(binary, folder, "gitlab"))
    assert issues
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1


def test_junit_is_xml(binary: Binary, folder: Path) -> None:
    report = lint(binary, folder, "junit")
    suites = ET.fromstring(report)
    findings = json.loads(lint(binary, folder, "json"))
    assert len(suites.findall("./testsuite/testcase/failure")) == len(findings)
    for suite in suites:
        assert int(suite.attrib["tests"]) == len(suite)
    missing = binary.run("lint", "--format", "junit", folder / "missing.pkl")
    assert len(ET.fromstring(missing.output).findall("./testsuite/testcase/error")) == 1


def test_commands_of_github_are_all_ours(binary: Binary, folder: Path) -> None:
    lines = lint(binary, folder, "github").decode().splitlines()
    findings = json.loads(lint(binary, folder, "json"))
    assert len(lines) == len(findings)
    for line in lines:
        assert line.startswith(("::error file=", "::warning file=", "::notice file="))


def test_json_lines_are_the_objects_of_json(binary: Binary, folder: Path) -> None:
    lines = lint(binary, folder, "json-lines").decode().splitlines()
    assert [json.loads(line) for line in lines] == json.loads(lint(binary, folder, "json"))


def test_the_schema_takes_what_is_documented(binary: Binary) -> None:
    schema = json.loads(binary.run("config", "--schema").output)
    check = fastjsonschema.compile(schema)
    page = (ROOT / "server/docs/configuration.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in page.split("```toml\n")[1:]]
    assert len(examples) > len(schema["properties"])
    for example in examples:
        check(tomllib.loads(example))
    for wrong in ['selct = ["PG"]', "fail-on = 1", 'allow-globals = [{ name = "a.b" }]', "max-protocol = 6"]:
        with pytest.raises(fastjsonschema.JsonSchemaValueException):
            check(tomllib.loads(wrong))


def test_the_schema_and_the_program_agree(binary: Binary, tmp_path: Path) -> None:
    page = (ROOT / "server/docs/configuration.md").read_text(encoding="utf-8")
    (tmp_path / "a.pkl").write_bytes(b"N.")
    for example in (part.split("```")[0] for part in page.split("```toml\n")[1:]):
        (tmp_path / "pickle-lsp.toml").write_text(example.replace("baseline =", "# baseline ="), encoding="utf-8")
        result = binary.run("config", tmp_path)
        assert result.status == 0, (example, result.errors)
