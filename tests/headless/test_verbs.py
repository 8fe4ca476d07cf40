"""What verbs find, compared with the simulated Azure and with what the screens decide."""

import io
import re
import shlex
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.programs import Place, Program
from tests.support.verbs import Shell, faults_of, spec_of
from tui.cloud.mapping import compute_from
from tui.domain.compute import Compute
from tui.domain.constants import LIST_COLUMNS
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.exports.languages import LANGUAGES
from tui.domain.plan import Plan
from tui.exit_status import ExitStatus
from tui.headless.computes import HEADINGS, compute_row
from tui.operations.journal import Journal
from tui.operations.journal_file import JOURNAL_NAME
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import Forbidden, Outcome, Rule
from tui.sandbox.names import spark_pool_id
from tui.sandbox.seed import make_world
from tui.sandbox.seed_empty import make_empty_world
from tui.setting_checks import WITHOUT_SCREEN
from tui.settings import read_command_line
from tui.ui.screens.compute_rows import ComputeRow, columns_named
from tui.ui.text import dash
from tui.verbs import VERBS

ROLES = "/roleAssignments"

POOL = str(spark_pool_id(make_world().default.subscription_id, "rg-data", "syn-prod", "adhocpool"))


@pytest.fixture
def shell() -> Shell:
    return Shell()


def test_list_has_every_compute_once_attached_pools_first_from_one_request(shell: Shell) -> None:
    items = shell.run("list").document["items"]
    assert {item["id"] for item in items} == {
        one["id"] for one in shell.box.world.computes if one["id"].startswith(f"{shell.workspace}/")
    }
    kinds = [item["type"] == "synapsespark" for item in items]
    assert kinds == sorted(kinds, reverse=True)
    assert len(shell.box.log) == 1


def test_a_row_of_the_list_has_the_words_of_the_screen(shell: Shell) -> None:
    documents = [one for one in shell.box.world.computes if one["id"].startswith(f"{shell.workspace}/")]
    cells = {column.title: column.cell for column in columns_named(LIST_COLUMNS)}
    titles = [title for title in HEADINGS if title != "STATE"]
    for document in documents:
        compute = compute_from(document)
        row = dict(zip(HEADINGS, compute_row(compute), strict=True))
        shown = {title: cells[title](ComputeRow(compute)).text for title in titles}
        assert {title: row[title] or dash() for title in titles} == shown


def test_a_list_of_several_pages_is_complete() -> None:
    shell = Shell(Sandbox(make_world(250), page_size=100))
    assert len(shell.run("list").document["items"]) == 250
    assert len(shell.box.log) == 3


def test_a_compute_that_cannot_be_understood_says_so_and_the_others_are_there(shell: Shell) -> None:
    items = {item["name"]: item for item in shell.run("list").document["items"]}
    assert items["half-written"]["unreadable"] == "Azure's description of it has no properties."
    assert [name for name, item in items.items() if item["unreadable"]] == ["half-written"]


@pytest.mark.parametrize("verb", ["list", "check"])
def test_an_empty_workspace_is_no_failure(verb: str) -> None:
    shell = Shell(Sandbox(make_empty_world()))
    assert shell.run(verb).document["items"] == []
    done = shell.run(verb, "-o", "table")
    assert (done.status, done.out) == (ExitStatus.DONE, "")
    assert done.err.startswith(f"{shell.run(verb).document['workspace']['name']} has no ")


def test_check_covers_all_attached_pools_and_ends_with_5_only_if_one_has_a_problem(shell: Shell) -> None:
    done = shell.run("check")
    items = {item["name"]: item for item in done.document["items"]}
    assert set(items) == {
        item["name"] for item in shell.run("list").document["items"] if item["type"] == "synapsespark"
    }
    assert done.status == ExitStatus.NOT_READY
    for name, item in items.items():
        alone = shell.run("check", name)
        assert alone.document["items"] == [item]
        verdicts = {check["verdict"] for check in item["checks"]}
        assert (item["verdict"] == "problem") == ("problem" in verdicts)
        assert alone.status == (ExitStatus.NOT_READY if "problem" in verdicts else ExitStatus.DONE)
    assert {item["verdict"] for item in items.values()} >= {"problem", "warning"}


@pytest.mark.unspecified("the id of a principal is no GUID on purpose")
@pytest.mark.parametrize("output", ["json", "table"])
def test_a_list_with_unreadable_items_prints_the_others_and_does_not_succeed(shell: Shell, output: str) -> None:
    before = shell.run("roles", "etl-prod", "-o", output)
    held = shell.box.world.roles.of("syn-prod")[0]
    shell.box.world.roles.put("syn-prod", {**held, "id": str(uuid4()), "principalId": "x"})
    done = Shell(shell.box).run("roles", "etl-prod", "-o", output)
    assert (before.status, done.status) == (ExitStatus.DONE, ExitStatus.FAILED)
    if output == "table":
        assert done.out == before.out
    else:
        assert done.document["items"] == before.document["items"]
        assert done.failure["cause"] == " ".join(done.document["unread"]) != ""
        assert done.document["missing"] is None
    assert "1 item cannot be read, so the output is not complete." in done.err


def test_what_cannot_be_checked_is_unknown_and_named(shell: Shell) -> None:
    shell.fault(Rule(Forbidden(), path=ROLES, times=None))
    done = shell.run("check", "etl-prod")
    checks = done.document["items"][0]["checks"]
    unknown = {check["name"] for check in checks if check["verdict"] == "unknown"}
    assert {"Synapse role of etl-prod", "Storage amlprodsa for etl-prod", "Storage synprodlake for you"} <= unknown
    assert not {check["name"] for check in checks if check["verdict"] in ("problem", "warning")}
    assert "Not everything could be checked: etl-prod." in done.err


def test_roles_name_holders_and_say_who_lacks_one(shell: Shell) -> None:
    document = shell.run("roles", "churn").document
    held = {(item["principal"], item["is_own"], item["is_inherited"]) for item in document["items"]}
    assert ("id-churn-a", True, False) in held
    assert ("ana@contoso.com", False, True) in held
    assert [one["principal"] for one in document["missing"]] == ["id-churn-b"]
    own = [item for item in document["items"] if item["is_own"]]
    assert all(item["lets_jobs_run"] and item["scope"].endswith("/bigDataPools/churnpool") for item in own)
    stray = [item for item in shell.run("roles", "etl-prod").document["items"] if item["is_stray"]]
    assert [(item["principal"], item["principal_type"]) for item in stray] == [(None, "ServicePrincipal")]
    assert "id-churn-b has no role here that lets jobs run." in shell.run("roles", "churn").err


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_export_prints_the_same_text_as_the_screen(shell: Shell, language: object) -> None:
    assert isinstance(language, type(LANGUAGES[0]))
    from tui.cloud.mapping import compute_from
    from tui.domain.clouds import PUBLIC

    raw = {one["name"]: one for one in shell.box.world.computes}
    for names in (["etl-prod"], ["etl-prod", "churn"]):
        computes: list[Compute] = [compute_from(raw[name]) for name in names]
        plan = Plan.of(ComputeEdit(compute, Edit()) for compute in computes)
        done = shell.run("export", *names, "--as", language.id)
        assert done.status == ExitStatus.DONE
        assert done.out.rstrip("\n") == language.write(plan, PUBLIC).rstrip("\n")
        assert done.err.splitlines() == [f"Note: {remark}" for remark in language.remarks(plan)]


def test_operations_lists_what_other_programs_have_recorded(tmp_path: Path) -> None:
    place = Place(tmp_path)
    program = Program(place)
    program.operations.start()
    operation = program.begin(place.attachment)
    program.wait_for(operation.id)
    program.operations.stop()
    shell = Shell(place.box, journal=lambda: Journal(tmp_path))
    (item,) = shell.run("operations").document["items"]
    assert (item["verb"], item["name"], item["state"], item["status"]) == ("attach", "adhoc", "succeeded", "Succeeded")
    assert item["target"] == str(operation.target)
    assert item["problem"] is None
    began, ended = (datetime.fromisoformat(item[name]).astimezone(UTC) for name in ("began_on", "ended_on"))
    assert round((ended - began).total_seconds()) == item["elapsed_seconds"]
    assert shell.run("operations", "-o", "table").out.splitlines()[1].split()[1:4] == ["attach", "adhoc", "succeeded"]


def test_operations_of_every_state_follow_the_schema_in_every_format(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.box.faults.add(Rule(Outcome("Failed", "Boom", "It went wrong."), method="DELETE", path="/computes/"))
    with place.program() as program:
        program.wait_for(program.begin(place.attachment).id)
        program.wait_for(program.begin(place.detachment("churn")).id)
    with place.program(3) as program:
        program.begin(place.change())
        assert program.wait_for_death()
    with place.program() as program:
        unreadable = program.begin(place.detachment("scoring")).id
        program.wait_for(unreadable)
    with closing(sqlite3.connect(tmp_path / JOURNAL_NAME)) as connection, connection:
        connection.execute("UPDATE operations SET verb = 'teleport', request = '{}' WHERE id = ?", (unreadable,))
        connection.execute("UPDATE operations SET ended = 0 WHERE id = ?", (unreadable,))
    shell = Shell(place.box, journal=lambda: Journal(tmp_path))
    document = shell.run("operations").document
    assert faults_of(document) == []
    items = {item["name"]: item for item in document["items"]}
    assert {name: item["state"] for name, item in items.items()} == {
        "adhoc": "succeeded",
        "churn": "failed",
        "etl-prod": "interrupted",
        "scoring": "unreadable",
    }
    assert items["churn"]["problem"]["azure_code"] == "Boom"
    assert items["scoring"]["verb"] == "teleport"
    assert len(shell.run("operations", "-o", "jsonl").out.splitlines()) == len(items)
    rows = shell.run("operations", "-o", "table").out.splitlines()
    assert [row.split()[2] for row in rows] == ["RESOURCE", *items]
    assert {row.count("\t") for row in shell.run("operations", "-o", "tsv").out.splitlines()} == {10}


def test_a_journal_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"not a database" * 100)
    done = Shell(journal=lambda: Journal(tmp_path)).run("operations")
    assert (done.status, done.out) == (ExitStatus.FAILED, "")
    assert done.failure["title"]


def test_no_verb_sends_anything_but_reads(shell: Shell) -> None:
    for words in (["list"], ["show", "etl-prod"], ["check"], ["roles", "churn"], ["export", "churn", "--as", "az"]):
        shell.run(*words)
    assert {one.method for one in shell.box.log} == {"GET"}


@pytest.mark.parametrize("name", sorted(VERBS))
def test_every_example_of_a_verb_is_accepted_and_works(
    shell: Shell, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = spec_of(shell.box.world)
    Path("pool.yml").write_text(spec)
    Path("pools").mkdir()
    Path("pools", "pool.yml").write_text(spec)
    for example in VERBS[name].examples:
        command = re.split(" (?:>|<|[|]{1,2}) ", example.command)[0].replace("$POOL_ID", POOL)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(spec.encode()), encoding="utf-8"))
        said = read_command_line(shlex.split(command), WITHOUT_SCREEN)
        assert said.verb == name
        if name == "apply":
            shell.run("plan", "grant", "churn", "-o", "pool.plan")
        if VERBS[name].is_headless:
            # There is no compute of that name, except after an attach.
            names = [word for word in said.words if word == "adhoc" and name != "attach"]
            done = shell.run(*(word if word not in names else "churn" for word in shlex.split(command)))
            # The journal of this run has no operation with the id of an example.
            is_by_id = any(word.isdecimal() for word in said.words)
            assert done.status in ((ExitStatus.NOT_FOUND,) if is_by_id else (ExitStatus.DONE, ExitStatus.NOT_READY))
