"""Exports in the real app say what they leave out, and saved files can be read again."""

import errno
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.support import scenes
from tests.support.screen import on_row, says
from tests.support.stage import Stage, change
from tui.cloud.mapping import compute_from
from tui.domain.exports.languages import LANGUAGES
from tui.domain.workspaces import Workspace
from tui.specs.files import read_spec
from tui.ui.widgets.pages import Pages

LARGE = (120, 40)
POOLS = ("churn", "etl-prod", "lost-identity")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def raw(stage: Stage, name: str) -> Any:
    return next(one for one in stage.box.world.computes if one["name"] == name)


def without_local_authentication(document: dict[str, Any]) -> None:
    document["properties"]["disableLocalAuth"] = True


async def open_export(stage: Stage, pilot: Any, *names: str) -> None:
    await scenes.computes(stage, pilot)
    for name in names:
        await on_row(stage, pilot, name)
        if len(names) > 1:
            await pilot.press("space")
    await pilot.press("x")
    await says(pilot, stage, "in other tools' languages.")


@pytest.mark.parametrize("names", [("etl-prod",), POOLS], ids=["one", "several"])
async def test_each_pool_is_exported_to_its_own_file_that_can_be_read_again(
    stage: Stage, folder: Path, names: tuple[str, ...]
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await open_export(stage, pilot, *names)
        await pilot.press("s")
        await says(pilot, stage, "Written to", f"{names[0]}.yml")
    assert {path.name for path in folder.iterdir()} == {f"{name}.yml" for name in names}
    for name in names:
        spec, problems = read_spec(str(folder / f"{name}.yml"))
        assert spec is not None, problems
        there = compute_from(raw(stage, name))
        assert (spec.name, spec.pool, spec.description or "") == (name, there.attached_to, there.description)
        assert there.id is not None
        request = spec.request(Workspace(there.id.parent, there.location), there)
        assert getattr(request, "changes_nothing", False), "what was exported changes nothing"


async def test_a_spec_file_with_several_pools_is_refused_with_their_number(stage: Stage, folder: Path) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await open_export(stage, pilot, *POOLS)
        text = stage.app.screen.query_one(Pages).page.copy()
    (folder / "all.yml").write_text(text)
    spec, problems = read_spec(str(folder / "all.yml"))
    assert spec is None
    assert [problem.found for problem in problems] == [
        "This file holds 3 documents; az ml compute attach takes one per file."
    ]


async def test_no_export_is_written_if_one_of_the_files_already_exists(stage: Stage, folder: Path) -> None:
    (folder / "etl-prod.yml").write_text("mine")
    async with stage.app.run_test(size=LARGE) as pilot:
        await open_export(stage, pilot, *POOLS)
        await pilot.press("s")
        await says(pilot, stage, "etl-prod.yml already exists and is not overwritten")
    assert [path.name for path in folder.iterdir()] == ["etl-prod.yml"]
    assert (folder / "etl-prod.yml").read_text() == "mine"


async def test_a_full_disk_leaves_no_exported_files(stage: Stage, folder: Path) -> None:
    real = os.link

    def link(draft: Path, path: Path) -> None:
        if path.name != "churn.yml":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(draft, path)

    def replace(draft: Path, path: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(draft), None, str(path))

    async with stage.app.run_test(size=LARGE) as pilot:
        await open_export(stage, pilot, *POOLS)
        with patch.object(os, "link", link), patch.object(Path, "replace", replace):
            await pilot.press("s")
            await says(pilot, stage, "cannot be written", "No space left on device")
    assert list(folder.iterdir()) == []


async def test_an_export_page_says_what_its_language_leaves_out(stage: Stage) -> None:
    change(stage, "etl-prod", without_local_authentication)
    remark = "properties.disableLocalAuth is not in this text:"
    said = []
    async with stage.app.run_test(size=LARGE) as pilot:
        await open_export(stage, pilot, "etl-prod")
        for language in LANGUAGES:
            page = stage.app.screen.query_one(Pages).page
            assert page.id == language.id
            assert (remark in page.make(100).plain.splitlines()[0]) is (remark in page.copy())
            said += [language.id] if remark in page.copy() else []
            await pilot.press("right")
    assert said == ["yaml", "python"]
