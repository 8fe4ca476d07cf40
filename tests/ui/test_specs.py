"""Spec files in the real app: their changes are shown as a plan, and their errors are reported."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import scenes
from tests.support.screen import paste, says, screen_text, shown
from tests.support.stage import Stage, pool_of, puts, writes
from tests.support.terminal import sparkpool
from tui.setting_checks import CHECKS
from tui.settings import read_command_line

LARGE = (120, 40)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pool.yml"


@pytest.fixture
def opened(file: Path) -> Iterator[Stage]:
    """Start the app as with `--file`."""
    stage = Stage(spec_files=[str(file)])
    stage.operations.start()
    yield stage
    stage.operations.stop()


def spec(stage: Stage, name: str, pool: str, **more: Any) -> str:
    return yaml.safe_dump(
        {"name": name, "type": "synapsespark", "resource_id": pool_of(stage, pool), **more}, sort_keys=False
    )


def put(stage: Stage) -> dict[str, Any]:
    (found,) = puts(stage)
    assert isinstance(found.body, dict)
    return found.body


def test_the_file_flag_is_spelled_as_in_az() -> None:
    assert read_command_line(["--file", "pool.yml"], CHECKS).values == {"file": "pool.yml"}
    assert read_command_line(["-f", "pool.yml"], CHECKS).values == {"file": "pool.yml"}


async def test_a_spec_file_with_a_new_name_attaches_the_pool_after_its_plan(opened: Stage, file: Path) -> None:
    file.write_text(
        spec(opened, "adhoc", "adhocpool", tags={"team": "ml"}, description="x", identity={"type": "SystemAssigned"})
    )
    async with opened.app.run_test(size=LARGE) as pilot:
        await says(pilot, opened, "Nothing has been sent yet. enter attaches adhoc", "+ tags.team ml")
        await says(pilot, opened, "+ identity.principalId known after apply", "1 known after apply")
        assert writes(opened) == []
        await pilot.press("enter")
        await shown(pilot, opened, "● Succeeded", "attach adhoc")
        await pilot.press("escape")
        await shown(pilot, opened, "adhoc is attached.")
    assert put(opened) == {
        "location": "eastus2",
        "properties": {"computeType": "SynapseSpark", "resourceId": pool_of(opened, "adhocpool"), "description": "x"},
        "identity": {"type": "SystemAssigned"},
        "tags": {"team": "ml"},
    }


async def test_a_spec_file_with_an_existing_name_updates_only_what_it_sets(opened: Stage, file: Path) -> None:
    file.write_text(spec(opened, "ETL-Prod", "etlpool", tags={"team": "ml"}))
    async with opened.app.run_test(size=LARGE) as pilot:
        await says(
            pilot,
            opened,
            "enter updates etl-prod",
            "~ tags.team data → ml",
            "- tags.cost 42",
            'The file says "ETL-Prod"; Azure spells it etl-prod',
            "The file does not set identity and description",
        )
        await pilot.press("enter")
        await shown(pilot, opened, "● Succeeded", "update etl-prod")
    body = put(opened)
    assert body["tags"] == {"team": "ml"}
    assert body["identity"] == {"type": "SystemAssigned"}


@pytest.mark.parametrize(
    ("name", "pool", "more", "said"),
    [
        (
            "etl-prod",
            "adhocpool",
            {},
            "etl-prod is taken: syn-prod/etlpool is attached under that name.",
        ),
        ("cpu-cluster", "etlpool", {}, "cpu-cluster is taken: there is a compute of type AmlCompute of that name."),
    ],
)
async def test_a_spec_file_for_a_taken_name_is_refused_with_its_line(
    opened: Stage, file: Path, name: str, pool: str, more: dict[str, str], said: str
) -> None:
    file.write_text(spec(opened, name, pool, **more))
    async with opened.app.run_test(size=LARGE) as pilot:
        await says(pilot, opened, said, "has 1 error. Nothing was sent.", "✖ line")
    assert writes(opened) == []


async def test_a_spec_file_without_changes_says_so(opened: Stage, file: Path) -> None:
    file.write_text(spec(opened, "etl-prod", "etlpool", tags={"team": "data", "cost": "42"}))
    async with opened.app.run_test(size=LARGE) as pilot:
        await says(pilot, opened, "No changes: etl-prod already matches.")
        await pilot.press("enter")
        await says(pilot, opened, "No changes: etl-prod already matches.")
    assert writes(opened) == []


async def test_a_corrected_spec_file_is_read_again(opened: Stage, file: Path) -> None:
    file.write_text("nmae: x\n")
    async with opened.app.run_test(size=LARGE) as pilot:
        await says(pilot, opened, 'There is no key "nmae"', 'Did you mean "name"?', "line 1, column 1")
        file.write_text(spec(opened, "adhoc", "adhocpool"))
        await pilot.press("ctrl+r")
        await says(pilot, opened, "enter attaches adhoc")
        await pilot.press("escape")
        await shown(pilot, opened, "spec file")
        await pilot.press("escape")
        await shown(pilot, opened, "15 computes")


async def test_a_missing_spark_pool_is_reported_before_anything_is_sent(opened: Stage, file: Path) -> None:
    file.write_text(spec(opened, "adhoc", "nowhere"))
    async with opened.app.run_test(size=LARGE) as pilot:
        await says(pilot, opened, "enter attaches adhoc")
        await pilot.press("enter")
        await says(pilot, opened, "The Spark pool nowhere is no longer in syn-prod.")
    assert writes(opened) == []


async def test_an_unreadable_spec_file_is_reported_and_its_path_stays(stage: Stage, tmp_path: Path) -> None:
    large = tmp_path / "large.yml"
    large.write_bytes(b"#" * 5_000_000)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("a")
        await shown(pilot, stage, "5 subscriptions")
        await pilot.press("ctrl+o", "enter")
        await says(pilot, stage, "Name a file first; tab completes it.")
        for path, said in (
            (large, "has 5,000,000 bytes"),
            (tmp_path, "is a folder."),
            (tmp_path / "no.yml", "There is no file"),
        ):
            await pilot.press("ctrl+u")
            await paste(pilot, str(path))
            await pilot.press("enter")
            await says(pilot, stage, said, str(path)[-20:])
        await pilot.press("escape")
        await shown(pilot, stage, "5 subscriptions")


async def test_tab_completes_the_name_of_a_yaml_file(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pool-a.yml", "pool-b.yaml", "notes.txt", "sub/x.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("a")
        await shown(pilot, stage, "5 subscriptions")
        await pilot.press("ctrl+o")
        await shown(pilot, stage, "Which file?")
        await pilot.press("p", "tab")
        await says(pilot, stage, "pool-a.yml pool-b.yaml")
        await pilot.press("b", "tab")
        await shown(pilot, stage, " pool-b.yaml")
        await pilot.press("ctrl+u", "s", "tab", "tab")
        await shown(pilot, stage, " sub/x.yml")
        await pilot.press("ctrl+u", "n", "tab")
        await says(pilot, stage, 'No folder or YAML file starts with "n".')


async def test_markup_and_escapes_in_a_spec_file_are_shown_and_not_executed(opened: Stage, file: Path) -> None:
    file.write_text('"[/red]\\u001b]52;c;b3duZWQ=\\u0007": x\nname: "[@click=app.quit]x[/]"\n')
    async with opened.app.run_test(size=LARGE) as pilot:
        await says(pilot, opened, "errors. Nothing was sent.", "[/red]", "[@click=app.quit]x[/]")
        assert "\x1b" not in screen_text(opened.app)


# In a real terminal


def editor(folder: Path, script: str) -> str:
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_an_editor_opens_tags_and_description_and_the_saved_text_becomes_a_plan(tmp_path: Path) -> None:
    words = editor(tmp_path, f'cp "$1" {tmp_path}/seen.yml; sed -i \'s/team: data/team: ml/\' "$1"')
    with sparkpool(tmp_path, environment={"EDITOR": words, "VISUAL": ""}) as terminal:
        terminal.shows("15 computes", "as of")
        terminal.press("down", "down", "e")
        terminal.shows("Tags and description of etl-prod", "team")
        terminal.press("\x05")
        terminal.until(lambda: re.search(r"team\s+data\s+ml", terminal.text))
        terminal.press("\x13")
        terminal.shows("tags.team  data → ml", "Nothing has been sent yet")
    seen = yaml.safe_load((tmp_path / "seen.yml").read_text("utf-8"))
    assert seen == {"description": "Nightly ETL of the sales lake", "tags": {"team": "data", "cost": "42"}}


def test_an_editor_that_fails_or_saves_invalid_text_loses_nothing(tmp_path: Path) -> None:
    words = editor(
        tmp_path,
        f"""cp "$1" {tmp_path}/seen-$(ls {tmp_path} | grep -c seen).yml
case $(ls {tmp_path} | grep -c seen) in
  1) echo "tags: [oops]" > "$1";;
  2) echo "# still here" >> "$1"; exit 3;;
esac""",
    )
    left = tmp_path / "left"
    left.mkdir()
    environment = {"EDITOR": words, "VISUAL": "", "TMPDIR": str(left)}
    with sparkpool(tmp_path, environment=environment) as terminal:
        terminal.shows("15 computes", "as of")
        terminal.press("down", "down", "e")
        terminal.shows("Tags and description of etl-prod", "team")
        terminal.press("\x05")
        terminal.shows("The editor's text was not used", "line 1, column 7", "tags is a list.")
        terminal.press("\x05")
        terminal.shows("editor ended with status 3, so its text was not used.")
        terminal.press("\x05")
        terminal.until(lambda: (tmp_path / "seen-2.yml").exists() and not any(left.iterdir()))
    assert (tmp_path / "seen-1.yml").read_text("utf-8") == "tags: [oops]\n"
    assert (tmp_path / "seen-2.yml").read_text("utf-8") == "tags: [oops]\n# still here\n"
    assert list(left.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "why"), [(0o644, "Permission denied"), (None, "No such file or directory")], ids=["no program", "nothing"]
)
def test_an_editor_that_cannot_start_keeps_the_form_and_the_typed_text(
    mode: int | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "editor"
    if mode is not None:
        path.write_text("words")
        path.chmod(mode)
    with sparkpool(tmp_path, environment={"EDITOR": str(path), "VISUAL": ""}) as terminal:
        terminal.shows("15 computes", "as of")
        terminal.press("down", "down", "e")
        terminal.shows("Tags and description of etl-prod", "team")
        terminal.press("!", "\x05")
        terminal.shows(f"Could not run editor: {why}. Use the form instead.", "sales lake!")
        terminal.press("!")
        terminal.shows("sales lake!!")
        terminal.press("ctrl+q")
        terminal.shows("Leave without sending?")
        terminal.press("y")
        assert terminal.ended() == 0


def test_an_editor_ended_by_a_signal_is_reported_with_the_signal(tmp_path: Path) -> None:
    with sparkpool(tmp_path, environment={"EDITOR": editor(tmp_path, "kill -9 $$"), "VISUAL": ""}) as terminal:
        terminal.shows("15 computes", "as of")
        terminal.press("down", "down", "e")
        terminal.shows("Tags and description of etl-prod", "team")
        terminal.press("\x05")
        terminal.shows("editor was ended by signal 9, so its text was not used.", "Nightly ETL")


def test_an_editor_that_deletes_its_file_is_reported(tmp_path: Path) -> None:
    with sparkpool(tmp_path, environment={"EDITOR": "rm", "VISUAL": ""}) as terminal:
        terminal.shows("15 computes", "as of")
        terminal.press("down", "down", "e")
        terminal.shows("Tags and description of etl-prod", "team")
        terminal.press("\x05")
        terminal.shows("rm left no file, so nothing was changed.", "Nightly ETL")


def test_an_interrupt_meant_for_the_editor_does_not_end_the_program(tmp_path: Path) -> None:
    words = editor(tmp_path, 'trap "exit 3" INT; echo "the editor"; while :; do sleep 0.1; done')
    with sparkpool(tmp_path, environment={"EDITOR": words, "VISUAL": ""}) as terminal:
        terminal.shows("15 computes", "as of")
        terminal.press("down", "down", "e")
        terminal.shows("Tags and description of etl-prod", "team")
        terminal.press("!", "\x05")
        terminal.shows("the editor")
        terminal.press("\x03")
        terminal.shows("editor ended with status 3", "sales lake!")
        terminal.press("!")
        terminal.shows("sales lake!!")


def test_the_file_flag_opens_a_spec_file_at_startup(tmp_path: Path) -> None:
    file = tmp_path / "pool.yml"
    file.write_text("name: etl_prod\n")
    with sparkpool(tmp_path, "--file", str(file)) as terminal:
        terminal.shows("There is no type.", "has an underscore", "line 1, column 7")
        terminal.press("esc")
        terminal.shows("15 computes")


@pytest.mark.parametrize("size", [(120, 30), (80, 24)], ids=["120x30", "80x24"])
async def test_errors_that_do_not_fit_can_be_scrolled_while_the_field_keeps_the_focus(
    opened: Stage, file: Path, size: tuple[int, int]
) -> None:
    file.write_text("".join(f"odd-{number}: 1\n" for number in range(12)))
    async with opened.app.run_test(size=size) as pilot:
        await says(pilot, opened, "has 15 errors.", "odd-0", "pgdn more")
        assert "odd-11" not in screen_text(opened.app)
        await pilot.press("down", "down")
        await pilot.pause()
        assert "odd-0" not in screen_text(opened.app)
        await pilot.press(*["pagedown"] * 8)
        await shown(pilot, opened, "odd-11")
        await pilot.press(*["pageup"] * 8, "x")
        await shown(pilot, opened, "odd-0", "pool.ymlx")


async def test_errors_that_fit_show_no_scroll_key(opened: Stage, file: Path) -> None:
    file.write_text("name: etl_prod\n")
    async with opened.app.run_test(size=LARGE) as pilot:
        await says(pilot, opened, "errors. Nothing was sent.")
        assert "pgdn more" not in screen_text(opened.app)
