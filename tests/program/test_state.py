"""State that is kept between two starts; a start never fails because of it."""

import json
import os
from pathlib import Path

import pytest

from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.workspaces import Recent
from tui.home import state_folder
from tui.state import recent_workspaces, remember_workspaces

WORKSPACE = ml_workspace_id("516fb186-8a84-47a1-a265-6acb72ebb746", "rg-ml", "aml-prod")
FILE = "last.json"


def test_the_state_folder_follows_the_xdg_specification(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "sparkpool"
    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", "/home/ana")
    assert state_folder() == Path("/home/ana/.local/state/sparkpool")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_folder() == Path("/home/ana/.local/state/sparkpool")


OTHER = ml_workspace_id(WORKSPACE.subscription, "rg", "other")


def recent(*workspaces: ResourceId) -> tuple[Recent, ...]:
    return tuple(Recent(workspace, "Contoso Prod") for workspace in workspaces)


def test_the_last_ten_workspaces_are_remembered_in_a_private_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "sparkpool"
    assert recent_workspaces(folder) == ()
    remember_workspaces(folder, recent(WORKSPACE))
    remember_workspaces(folder, recent(OTHER, WORKSPACE))
    assert recent_workspaces(folder) == recent(OTHER, WORKSPACE)
    assert [one.name for one in folder.iterdir()] == [FILE]
    assert folder.stat().st_mode & 0o077 == 0
    many = recent(*(ml_workspace_id(WORKSPACE.subscription, "rg", f"aml-{number}") for number in range(12)))
    remember_workspaces(folder, many)
    assert recent_workspaces(folder) == many[:10]


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
        b'{"recent": null}',
        b'{"recent": "text"}',
        b'{"recent": {"a": 1}}',
        b'{"recent": [1]}',
        b'{"recent": [{}]}',
        b'{"recent": [{"workspace": "aml-prod"}]}',
        json.dumps({"recent": [{"workspace": str(WORKSPACE.child("computes", "etl"))}]}).encode(),
    ],
)
def test_an_unreadable_state_file_is_logged_and_ignored(
    tmp_path: Path, stored: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(stored)
    assert recent_workspaces(tmp_path) == ()
    assert "the remembered workspaces cannot be read" in caplog.text
    remember_workspaces(tmp_path, recent(WORKSPACE))
    assert recent_workspaces(tmp_path) == recent(WORKSPACE)


def test_an_unwritable_state_folder_is_logged_and_ignored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # A file in the folder's place stops every user, including root.
    blocked = tmp_path / "sparkpool"
    blocked.write_text("not a folder")
    remember_workspaces(blocked, recent(WORKSPACE))
    assert "the workspace cannot be remembered" in caplog.text
    assert recent_workspaces(blocked) == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
def test_a_read_only_state_folder_is_logged_and_keeps_its_content(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    remember_workspaces(tmp_path, recent(WORKSPACE))
    tmp_path.chmod(0o500)
    remember_workspaces(tmp_path, recent(OTHER))
    tmp_path.chmod(0o700)
    assert "the workspace cannot be remembered" in caplog.text
    assert recent_workspaces(tmp_path) == recent(WORKSPACE)
