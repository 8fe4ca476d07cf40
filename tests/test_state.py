"""What is kept between two starts, and that a start never fails over it."""

import json
import os
from pathlib import Path

import pytest

from tui.domain.resource_id import ml_workspace_id
from tui.state import remember_workspace, remembered_workspace, state_folder

WORKSPACE = ml_workspace_id("516fb186-8a84-47a1-a265-6acb72ebb746", "rg-ml", "aml-prod")
FILE = "last.json"


def test_the_folder_follows_the_xdg_rule(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "sparkpool"
    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", "/home/ana")
    assert state_folder() == Path("/home/ana/.local/state/sparkpool")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_folder() == Path("/home/ana/.local/state/sparkpool")


def test_a_workspace_is_remembered_in_a_folder_that_only_the_user_reads_and_replaces_the_one_before(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "new" / "sparkpool"
    assert remembered_workspace(folder) is None
    remember_workspace(folder, WORKSPACE)
    remember_workspace(folder, ml_workspace_id(WORKSPACE.subscription, "rg", "other"))
    remember_workspace(folder, WORKSPACE)
    assert remembered_workspace(folder) == WORKSPACE
    assert [one.name for one in folder.iterdir()] == [FILE]
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b'{"workspace": null}',
        b'{"workspace": "aml-prod"}',
        json.dumps({"workspace": str(WORKSPACE.child("computes", "etl"))}).encode(),
    ],
)
def test_a_file_that_cannot_be_read_is_as_good_as_none_and_is_logged(
    tmp_path: Path, stored: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(stored)
    assert remembered_workspace(tmp_path) is None
    assert "the remembered workspace cannot be read" in caplog.text
    remember_workspace(tmp_path, WORKSPACE)
    assert remembered_workspace(tmp_path) == WORKSPACE


def test_a_folder_that_cannot_be_written_stops_nobody_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A file in the folder's place cannot be written into by any user, root among them.
    blocked = tmp_path / "sparkpool"
    blocked.write_text("not a folder")
    remember_workspace(blocked, WORKSPACE)
    assert "the workspace cannot be remembered" in caplog.text
    assert remembered_workspace(blocked) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
def test_a_read_only_folder_stops_nobody_and_keeps_what_was_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    remember_workspace(tmp_path, WORKSPACE)
    tmp_path.chmod(0o500)
    remember_workspace(tmp_path, ml_workspace_id(WORKSPACE.subscription, "rg", "other"))
    tmp_path.chmod(0o700)
    assert "the workspace cannot be remembered" in caplog.text
    assert remembered_workspace(tmp_path) == WORKSPACE
