"""Files are written completely or not at all, and never replace another file."""

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support import scenes
from tests.support.screen import says
from tests.support.stage import Stage
from tui.__main__ import main
from tui.files import write_new


@contextmanager
def full_disk(allowed: int) -> Iterator[None]:
    """Let no file grow beyond some bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("allowed", [0, 1, 500, 9_999])
def test_a_full_disk_leaves_no_partial_file(tmp_path: Path, allowed: int) -> None:
    with full_disk(allowed), pytest.raises(OSError, match="File too large"):
        write_new(tmp_path / "export.yml", b"x" * 10_000)
    assert not list(tmp_path.iterdir())
    write_new(tmp_path / "export.yml", b"x" * 10_000)
    assert (tmp_path / "export.yml").read_bytes() == b"x" * 10_000


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link"])
def test_an_existing_file_folder_or_link_is_never_replaced(tmp_path: Path, kind: str) -> None:
    place, other = tmp_path / "export.yml", tmp_path / "other"
    match kind:
        case "file":
            place.write_text("old")
        case "folder":
            place.mkdir()
        case "link":
            other.write_text("old")
            place.symlink_to(other)
        case _:
            place.symlink_to(other)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FileExistsError):
        write_new(place, b"new")
    assert sorted(tmp_path.iterdir()) == before
    assert not other.exists() or other.read_text() == "old"


@pytest.mark.parametrize("links", [True, False])
def test_two_writers_of_the_same_file_produce_one_complete_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:

        def no_links(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_links)
    place = tmp_path / "export.yml"
    fsync = os.fsync

    def overtaken(descriptor: int) -> None:
        fsync(descriptor)
        if not place.exists():
            place.write_text("theirs")

    monkeypatch.setattr(os, "fsync", overtaken)
    with pytest.raises(FileExistsError):
        write_new(place, b"ours")
    assert place.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [place]
    monkeypatch.setattr(os, "fsync", fsync)
    write_new(tmp_path / "next", b"ours", 0o600)
    assert (tmp_path / "next").read_bytes() == b"ours"
    assert stat.S_IMODE((tmp_path / "next").stat().st_mode) == 0o600


def test_settings_init_can_be_repeated_after_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with full_disk(100):
        assert main(["settings", "--init"]) == 1
    assert "cannot be written: File too large" in capsys.readouterr().err
    assert not list((tmp_path / "sparkpool").iterdir())
    assert main(["settings", "--init"]) == 0
    assert (tmp_path / "sparkpool" / "settings.toml").read_text().startswith("# Settings of sparkpool.")


async def test_an_export_to_a_full_disk_says_what_to_do_and_can_be_saved_again(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("down", "down", "x")
        await says(pilot, stage, "in other tools' languages")
        with full_disk(10):
            await pilot.press("s")
            await says(pilot, stage, "cannot be written: File too large. You can copy the page with c")
        assert not list(tmp_path.iterdir())
        await pilot.press("s")
        await says(pilot, stage, "Written to")
    assert [file.name for file in tmp_path.iterdir()] == ["etl-prod.yml"]


def test_a_support_bundle_is_written_to_the_first_usable_folder(tmp_path: Path) -> None:
    from tests.program.test_clean_output import failed_operation
    from tui.setting_checks import CHECKS
    from tui.settings import gather, read_command_line
    from tui.support import write_bundle

    state = tmp_path / "state"
    state.mkdir()
    path = write_bundle(
        failed_operation("words"),
        "words",
        settings=gather(read_command_line(["--sandbox"], CHECKS), {}, checks=CHECKS),
        state=state,
        folder=tmp_path / "gone",
        now=datetime(2026, 11, 28, tzinfo=UTC),
    )
    assert path.parent == state


def test_a_support_bundle_without_a_usable_folder_names_all_folders_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.program.test_clean_output import failed_operation
    from tui.setting_checks import CHECKS
    from tui.settings import gather, read_command_line
    from tui.support import write_bundle

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    with pytest.raises(FileNotFoundError) as raised:
        write_bundle(
            failed_operation("words"),
            "words",
            settings=gather(read_command_line(["--sandbox"], CHECKS), {}, checks=CHECKS),
            state=tmp_path / "state",
            folder=tmp_path / "current",
            now=datetime(2026, 11, 28, tzinfo=UTC),
        )
    assert raised.value.filename == f"{tmp_path}/current, {tmp_path}/state or {tmp_path}/temporary"
