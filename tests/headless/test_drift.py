"""The verb `drift`: a folder of spec files compared with what is attached."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.verbs import Document, Done, Shell, faults_of, spec_of
from tui.exit_status import ExitStatus
from tui.sandbox.faults import Forbidden, Rule

POOLS = ("churn", "churn-old", "etl-prod", "lost-identity", "markup-lab", "orphan-1", "scoring")


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pools").mkdir()
    return tmp_path / "pools"


def export(shell: Shell, folder: Path, *names: str) -> None:
    """Write a spec file of each compute, as `export` makes it."""
    for name in names:
        (folder / f"{name}.yml").write_text(shell.run("export", name, "--as", "yaml").out)


def drift(shell: Shell) -> tuple[Done, dict[str, Document]]:
    """The verb's end, and its items by file or name."""
    done = shell.run("drift", "-f", "pools", "-o", "json")
    assert faults_of(done.document) == []
    return done, {one["file"] or one["name"]: one for one in done.document["items"]}


def test_exported_files_are_the_same_as_what_they_were_exported_from(shell: Shell, folder: Path) -> None:
    # A tag of markup-lab has a name that Azure does not accept in a file.
    names = [name for name in POOLS if name not in ("scoring", "markup-lab")]
    export(shell, folder, *names)
    done, items = drift(shell)
    assert done.status == ExitStatus.DONE
    assert {key: one["state"] for key, one in items.items()} == {
        **{f"pools/{name}.yml": "same" for name in names},
        "markup-lab": "no_file",
        "scoring": "no_file",
    }
    assert {one.method for one in shell.box.log} == {"GET"}


def _retag(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "tags": {"team": "changed by hand"}}


def _without_identity(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "identity"}


def _on_another_pool(document: dict[str, Any]) -> dict[str, Any]:
    made = json.loads(json.dumps(document).replace("etlpool", "adhocpool"))
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    ("change", "path"),
    [(_retag, "tags.team"), (_without_identity, "identity.type"), (_on_another_pool, "properties.resourceId")],
    ids=["tags", "identity", "pool"],
)
def test_a_change_by_hand_is_found_with_both_values(shell: Shell, folder: Path, change: Any, path: str) -> None:
    export(shell, folder, "etl-prod")
    etl = next(one for one in shell.box.world.computes if one["name"] == "etl-prod")
    shell.box.world.computes.put(change(etl))
    done, items = drift(shell)
    assert done.status == ExitStatus.NOT_READY
    item = items["pools/etl-prod.yml"]
    assert item["state"] == "differs"
    found = {one["path"]: one for one in item["changes"]}
    assert found[path]["is"] != found[path]["file"]


def test_applying_the_files_ends_the_drift(shell: Shell, folder: Path) -> None:
    export(shell, folder, "etl-prod")
    etl = next(one for one in shell.box.world.computes if one["name"] == "etl-prod")
    shell.box.world.computes.put(_retag(etl))
    (folder / "adhoc.yml").write_text(spec_of(shell.box.world))
    assert {one["state"] for one in drift(shell)[1].values() if one["file"]} == {"differs", "missing"}
    for file in ("pools/etl-prod.yml", "pools/adhoc.yml"):
        assert shell.run("attach", "-f", file, "--yes").status == ExitStatus.DONE
    done, items = drift(shell)
    assert (done.status, {one["state"] for one in items.values() if one["file"]}) == (ExitStatus.DONE, {"same"})


def test_what_a_file_does_not_set_is_not_compared(shell: Shell, folder: Path) -> None:
    (folder / "etl.yaml").write_text(spec_of(shell.box.world, "ETL-prod", "etlpool"))
    assert drift(shell)[0].status == ExitStatus.DONE


def test_all_errors_of_all_files_are_reported_and_the_others_compared(shell: Shell, folder: Path) -> None:
    export(shell, folder, "etl-prod")
    (folder / "bad.yml").write_text("name: etl_prod\ntype: synapsespark\nresource_id: /x\ntags: 3\n")
    (folder / "worse.yaml").write_bytes(b"\xff\xfe")
    (folder / "again.yml").write_text(spec_of(shell.box.world, "etl-prod", "etlpool"))
    (folder / "folder.yml").mkdir()
    (folder / ".hidden.yml").write_text("x")
    (folder / "notes.txt").write_text("x")
    done, items = drift(shell)
    assert done.status == ExitStatus.UNUSABLE
    states = {key: one["state"] for key, one in items.items() if one["file"]}
    assert states == {
        "pools/again.yml": "same",
        "pools/bad.yml": "unusable",
        "pools/etl-prod.yml": "unusable",
        "pools/folder.yml": "unusable",
        "pools/worse.yaml": "unusable",
    }
    assert len(items["pools/bad.yml"]["faults"]) == 3
    assert "pools/bad.yml: line 1," in done.err
    assert "pools/again.yml is about etl-prod too" in done.err


def test_one_file_is_compared_too(shell: Shell, folder: Path) -> None:
    export(shell, folder, "etl-prod")
    done = shell.run("drift", "-f", "pools/etl-prod.yml", "-o", "json")
    assert done.document["items"][0]["state"] == "same"


def test_a_name_that_another_type_of_compute_has_differs(shell: Shell, folder: Path) -> None:
    (folder / "cpu.yml").write_text(spec_of(shell.box.world, "cpu-cluster"))
    done, items = drift(shell)
    assert (done.status, items["pools/cpu.yml"]["state"]) == (ExitStatus.NOT_READY, "differs")


def test_a_compute_that_cannot_be_read_is_neither_missing_nor_different(shell: Shell, folder: Path) -> None:
    export(shell, folder, "etl-prod")
    etl = next(one for one in shell.box.world.computes if one["name"] == "etl-prod")
    other = etl["properties"]["resourceId"].replace("etlpool", "adhocpool")
    shell.box.world.computes.put({**etl, "properties": {**etl["properties"], "resourceId": other}})
    done, items = drift(shell)
    assert (done.status, items["pools/etl-prod.yml"]["state"]) == (ExitStatus.FAILED, "unknown")
    assert done.document["unread"]


def test_a_table_shows_what_differs(shell: Shell, folder: Path) -> None:
    export(shell, folder, "etl-prod")
    (folder / "adhoc.yml").write_text(spec_of(shell.box.world))
    etl = next(one for one in shell.box.world.computes if one["name"] == "etl-prod")
    shell.box.world.computes.put(_retag(etl))
    shell.columns = 80
    done = shell.run("drift", "-f", "pools")
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert "changed by hand" in done.out
    assert "pools/adhoc.yml" in done.out


@pytest.mark.parametrize("place", ["pools", "no-such-folder"])
def test_a_folder_without_files_is_refused_before_anything_is_read(shell: Shell, folder: Path, place: str) -> None:
    assert folder.is_dir()
    done = shell.run("drift", "-f", place, "-o", "json")
    assert done.status in (ExitStatus.UNUSABLE, ExitStatus.NOT_FOUND)
    assert place in done.failure["title"]
    assert not shell.box.log


def test_a_list_that_cannot_be_read_is_a_failure_and_not_a_difference(shell: Shell, folder: Path) -> None:
    export(shell, folder, "etl-prod")
    shell.fault(Rule(Forbidden(), "GET", "/computes$"))
    done = shell.run("drift", "-f", "pools", "-o", "json")
    assert (done.status, done.out) == (ExitStatus.FAILED, "")
