"""The output of verbs: JSON after its schema, fields, lines, tabs and tables."""

import copy
import json
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.hostile import WORLDS, poison_world
from tests.support.verbs import SCHEMAS, Document, Shell, faults_of
from tui.domain.exports.languages import LANGUAGES
from tui.headless.output import cells, table
from tui.printing import say_cells, say_json, say_json_lines
from tui.settings import UnusableCommandLine
from tui.verbs import FLAGS, FORMATS, LANGUAGE, VERBS

READS = {
    "list": ("list",),
    "show": ("show", "etl-prod"),
    "check": ("check",),
    "roles": ("roles", "etl-prod"),
    "operations": ("operations",),
    "drift": ("drift", "-f", str(Path(__file__).parent / "pools")),
}


@pytest.fixture
def shell() -> Shell:
    return Shell()


def is_harmless(text: str) -> bool:
    """Whether a terminal would show all of a text and execute none of it."""
    return not any(
        unicodedata.category(letter) in ("Cc", "Cs", "Cf", "Zl", "Zp") for letter in text if letter not in "\n\t"
    )


def test_every_verb_with_fields_is_tested_here_and_has_a_schema() -> None:
    assert set(READS) == {verb.name for verb in VERBS.values() if verb.fields}
    assert {*READS, "event", "plan", "failure", "compute", "workspace"} == {
        path.stem for path in SCHEMAS.glob("*.json")
    }


@pytest.mark.parametrize("name", sorted(READS))
def test_every_document_follows_its_schema_and_has_the_fields_of_the_table_of_verbs(shell: Shell, name: str) -> None:
    document = shell.run(*READS[name]).document
    assert faults_of(document) == []
    items = [document] if name == "show" else document["items"]
    fields = set(VERBS[name].fields) - {"raw"}
    for item in items:
        assert fields <= set(item) if name == "show" else fields == set(item)
    assert items or name == "operations"


def damages(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all members of a document whose type the schema says."""
    members = document.items() if isinstance(document, dict) else enumerate(document[:1])
    for key, value in members:
        if key not in ("tags", "raw"):
            yield (*path, key)
            if isinstance(value, dict | list):
                yield from damages(value, (*path, key))


@pytest.mark.parametrize("name", ["check", "drift", "list", "roles", "show"])
def test_a_document_with_any_member_missing_added_or_of_another_type_does_not_follow_its_schema(
    shell: Shell, name: str
) -> None:
    document = shell.run(*READS[name]).document
    for path in damages(document):
        if path == ("schema",):
            continue
        for damage in ("missing", "type", "added"):
            damaged = copy.deepcopy(document)
            holder: Any = damaged
            for key in path[:-1]:
                holder = holder[key]
            if damage == "type":
                holder[path[-1]] = 0.5
            elif isinstance(holder, list):
                continue
            elif damage == "missing":
                del holder[path[-1]]
            else:
                holder[f"{path[-1]}2"] = None
            is_optional = damage == "missing" and path[-2:-1] == ("identity",)
            assert faults_of(damaged) or is_optional, (path, damage)


def test_show_prints_what_az_ml_prints_and_what_azure_sent_only_if_asked(shell: Shell) -> None:
    shown = shell.run("show", "etl-prod").document
    assert "raw" not in shown
    sent = next(one for one in shell.box.world.computes if one["name"] == "etl-prod")
    for words in (["--raw"], ["--fields", "raw"]):
        assert shell.run("show", "etl-prod", *words).document["raw"] == sent
    # The documented output of `az ml compute show`, and the identity of `az ml compute list`.
    assert {
        *("auto_pause_settings", "created_on", "id", "location", "name", "node_count", "node_family", "node_size"),
        *("provisioning_state", "resourceGroup", "resource_id", "scale_settings", "spark_version", "type"),
    } <= set(shown)
    echo = sent["properties"]["properties"]
    assert shown["type"] == "synapsespark"
    assert shown["auto_pause_settings"] == {
        "auto_pause_enabled": echo["autoPauseProperties"]["enabled"],
        "delay_in_minutes": echo["autoPauseProperties"]["delayInMinutes"],
    }
    assert shown["scale_settings"] == {
        "auto_scale_enabled": echo["autoScaleProperties"]["enabled"],
        "min_node_count": echo["autoScaleProperties"]["minNodeCount"],
        "max_node_count": echo["autoScaleProperties"]["maxNodeCount"],
    }
    assert shown["identity"] == {
        "type": "system_assigned",
        "principal_id": sent["identity"]["principalId"],
        "tenant_id": sent["identity"]["tenantId"],
    }
    assert (shown["tags"], shown["description"]) == (sent["tags"], sent["properties"]["description"])


@pytest.mark.parametrize("name", ["check", "drift", "list", "roles", "show"])
def test_chosen_fields_are_all_that_is_printed_in_their_order_in_every_format(shell: Shell, name: str) -> None:
    fields = list(reversed(VERBS[name].fields[:3]))
    words = (*READS[name], "--fields", ",".join(fields))
    document = shell.run(*words).document
    assert faults_of(document, is_partial=True) == []
    items = [document] if name == "show" else document["items"]
    assert all([key for key in item if key in VERBS[name].fields] == fields for item in items)
    lines = shell.run(*words, "-o", "jsonl").out.splitlines()
    assert [list(json.loads(line)) for line in lines] == [fields] * len(items)
    rows = shell.run(*words, "-o", "tsv").out.splitlines()
    assert [row.count("\t") for row in rows] == [2] * len(items)
    heading, *shown = shell.run(*words, "-o", "table").out.splitlines()
    assert heading.split() == [field.upper() for field in fields]
    assert len(shown) == len(items)


def test_an_unknown_field_is_refused_with_a_suggestion_and_all_fields_before_anything_is_sent(shell: Shell) -> None:
    for name, words in READS.items():
        with pytest.raises(UnusableCommandLine) as refused:
            shell.run(*words, "--fields", "name,stat")
        assert refused.value.code == 2
        assert f'{name} has no field "' in refused.value.reason
        assert all(field in refused.value.reason for field in VERBS[name].fields)
    with pytest.raises(UnusableCommandLine) as refused:
        shell.run("list", "--fields", "spark_versoin")
    assert 'Did you mean "spark_version"?' in refused.value.reason
    assert not shell.box.log


def test_the_format_is_a_table_on_a_terminal_and_json_elsewhere(shell: Shell) -> None:
    assert shell.run("list").document["schema"] == "sparkpool.list/1"
    on_terminal = Shell(shell.box, columns=100)
    assert on_terminal.run("list").out.split()[:3] == ["NAME", "TYPE", "STATE"]
    assert on_terminal.run("list", "-o", "json").document["schema"] == "sparkpool.list/1"


@pytest.mark.unspecified("names that Azure's own patterns forbid stand here on purpose")
@pytest.mark.parametrize("kind", sorted(WORLDS))
def test_hostile_text_is_harmless_in_every_format_and_complete_in_json(shell: Shell, kind: str) -> None:
    text = poison_world(shell.box.world, kind)
    for words in READS.values():
        for output in FORMATS:
            done = shell.run(*words, "-o", output)
            assert is_harmless(done.out), ascii(done.out)
            assert is_harmless(done.err), ascii(done.err)
            if output in ("json", "jsonl"):
                assert done.out.isascii()
    shown = shell.run("show", "etl-prod").document
    assert shown["description"] == text
    assert shown["tags"] == {text: text, "plain": text}
    rows = [line.split("\t") for line in shell.run("list", "-o", "tsv").out.splitlines()]
    assert {len(row) for row in rows} == {len(VERBS["list"].fields)}
    for language in LANGUAGES:
        assert is_harmless(shell.run("export", "etl-prod", "--as", language.id).out)


def test_secrets_are_removed_and_what_remains_is_json(shell: Shell) -> None:
    secrets = {"password": 'hunter2"\\', "note": "password=hunter2 'x\" AccountKey=hunter2;", "token": "hunter2"}
    for compute in shell.box.world.computes:
        compute["tags"] = secrets
        if compute["properties"] is not None:
            compute["properties"]["description"] = 'url?sig=hunter2hunter2hunter2&x="y" --password hunter2'
    for output in FORMATS:
        done = shell.run("list", "-o", output)
        assert "hunter2" not in done.out
        for line in done.out.splitlines() if output == "jsonl" else ():
            assert set(json.loads(line)["tags"]) == set(secrets)
    assert faults_of(shell.run("list").document) == []


PIECES = (
    *('"', "'", "\\", "\n", "\\n", "{", "}", "[", ",", ":", "=>", "b'", "é", " ", "&", "%3D", "//", "@", "abc"),
    *("password=", "password: ", '"token": "', "Authorization: Bearer ", "?sig=", "--password ", "AccountKey="),
    *("eyJhbGciOiJIUzI1NiJ9.abc.def", "-----BEGIN PRIVATE KEY-----", "-----END", "https://u:p@h/", "Cookie: a=b"),
)
"""What secrets and JSON are written with."""


def test_json_without_secrets_can_always_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(17)  # noqa: S311 - test data, not secrets

    def text(most: int) -> str:
        return "".join(rng.choices(PIECES, k=rng.randint(0, most)))

    documents = [
        {text(3): text(9), "list": [text(9), {text(2): text(6)}], "password": rng.choice([1, None, "hunter2", text(4)])}
        for _ in range(300)
    ]
    for document in documents:
        say_json(document)
        assert set(json.loads(capsys.readouterr().out)) >= {"list", "password"}
    say_json_lines(documents)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == len(documents)
    assert "hunter2" not in str(lines)
    say_cells([tuple(document.values()) for document in documents])
    assert all(line.count("\t") >= 2 for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 250])
def test_a_table_fits_its_terminal_and_keeps_names_whole(shell: Shell, columns: int) -> None:
    on_terminal = Shell(shell.box, columns=columns)
    names = [item["name"] for item in shell.run("list").document["items"]]
    for words in (("list",), ("roles", "etl-prod"), ("list", "--fields", "name,id,tags")):
        lines = on_terminal.run(*words).out.splitlines()
        assert all(cells(line) <= columns for line in lines)
        if words[0] == "list":
            assert [line.split(" ")[0] for line in lines[1:]] == names


@pytest.mark.parametrize("columns", [60, 80, 100, 250])
def test_sentences_are_wrapped_in_their_column_and_only_a_long_word_is_wider(shell: Shell, columns: int) -> None:
    on_terminal = Shell(shell.box, columns=columns)
    for words in (("check",), ("show", "markup-lab")):
        heading, *lines = on_terminal.run(*words).out.splitlines()
        last = heading.rindex(" ") + 1
        assert all(cells(line) <= columns or " " not in line[last:] for line in lines)


def test_a_table_elsewhere_is_never_cut(shell: Shell) -> None:
    lines = shell.run("list", "-o", "table", "--fields", "name,id").out.splitlines()
    ids = [item["id"] for item in shell.run("list").document["items"]]
    assert [line.split()[-1] for line in lines[1:]] == ids


def test_sentences_and_ids_of_a_narrow_table_are_complete(shell: Shell) -> None:
    on_terminal = Shell(shell.box, columns=80)
    document = shell.run("show", "etl-prod").document
    shown = on_terminal.run("show", "etl-prod").out
    assert document["id"] in shown
    assert document["resource_id"] in shown
    found = shell.run("check", "churn").document["items"][0]["checks"]
    words = " ".join(on_terminal.run("check", "churn").out.split())
    for check in found:
        if check["verdict"] != "ready":
            assert all(word in words for word in check["text"].split())


def test_wide_characters_take_two_cells() -> None:
    lines = table(("A", "B"), [("構成", "x"), ("ab", "y")], None)
    assert [cells(line) for line in lines] == [7, 7, 7]
    assert all(cells(line) <= 12 for line in table(("A", "B"), [("ab", "構成テスト構成テスト")], 12))


def test_the_languages_of_export_are_those_of_the_screen() -> None:
    assert FLAGS[LANGUAGE].choices == tuple(language.id for language in LANGUAGES)


def test_a_list_says_from_where_and_as_of_when_it_is(shell: Shell) -> None:
    document: Document = shell.run("list").document
    assert document["workspace"]["id"] == str(shell.workspace)
    assert document["as_of"] == "2026-11-23T09:12:00Z"
    assert document["unread"] == []
