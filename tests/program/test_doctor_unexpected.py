"""The doctor always finishes its page: a failing check stops no other, and the exit status reports it."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.program.test_doctor import application, machine, page, place, sandbox_cloud
from tests.support.served import Served
from tui.cloud.azure import AzureCloud
from tui.doctor.azure import rights
from tui.doctor.findings import Verdict
from tui.domain.principals import Principal
from tui.domain.resource_id import ml_workspace_id
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.names import USER_NAME, USER_OBJECT_ID, default_workspace
from tui.sandbox.transport import SandboxCredential, SandboxTransport

__all__ = ["machine"]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as found:
        yield found


def az(folder: Path, printed: bytes, *, errors: bytes = b"", status: int = 0) -> None:
    folder.mkdir()
    (folder / "out").write_bytes(printed)
    (folder / "err").write_bytes(errors)
    script = folder / "az"
    script.write_text(f"#!/bin/sh\ncd {shlex.quote(str(folder))}\ncat out\ncat err >&2\nexit {status}\n")
    script.chmod(0o755)


@pytest.mark.parametrize(
    ("printed", "errors", "status", "words"),
    [
        (b"", b"ERROR: Le chemin d\351j\340 vu\x1b[2J", 1, "Le chemin d\ufffdj\ufffd vu\ufffd[2J"),
        (b"[1]", b"", 0, "az answered with something other than a token"),
        (b'{"accessToken": null, "expires_on": 1e400}', b"", 0, "az answered with something other than a token"),
    ],
)
def test_unexpected_az_output_is_reported_on_the_page(
    machine: Path,
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    printed: bytes,
    errors: bytes,
    status: int,
    words: str,
) -> None:
    sandbox_cloud(machine, served)
    az(machine / "bin", printed, errors=errors, status=status)
    monkeypatch.setenv("PATH", f"{machine / 'bin'}:/usr/bin:/bin")
    ended, text = page(capsys, "--auth", "cli")
    assert ended == 1
    assert words in text
    assert text.endswith("Needed, but not working: sign-in.")


def _broken(*_: object, **__: object) -> Any:
    raise LookupError("password=hunter2 \x1b[2J‹sign in›\nmore")


async def _broken_later(*_: object, **__: object) -> Any:
    _broken()


CHECKS = {
    "rich.console.Console": "colours",
    "tui.ui.clipboard.way_of_copying": "clipboard",
    "tui.doctor.machine.settings_file": "settings",
    "tui.operations.journal.Journal": "journal",
    "tui.doctor.machine.os.access": "log",
    "tui.cloud.network.Network.proxy_for": "proxy to Azure",
    "tui.cloud.network.notes": "network",
    "tui.cloud.checks.try_address": "sign-in service",
    "tui.cloud.checks.try_sign_in": "environment",
    "tui.cloud.credentials.methods_of": "sign-in",
    "tui.cloud.credentials.elsewhere": "sign-in",
    "tui.cloud.azure.AzureCloud.signed_in_by": "permissions",
    "tui.cloud.azure.AzureCloud.workspace": "workspace",
    "tui.cloud.azure.AzureCloud.computes": "computes",
    "tui.cloud.azure.AzureCloud.synapse_workspace": "Synapse",
    "tui.doctor.azure.right_to_attach": "permission to attach",
    "tui.doctor.azure.right_to_grant": "permission to grant",
}
AWAITED = frozenset(
    name for name in CHECKS if name.rpartition(".")[2].startswith(("try_", "right_", "workspace", "synapse_workspace"))
)
UNNEEDED = ("colours", "clipboard", "settings", "log")


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_that_fails_unexpectedly_stops_no_other_check(
    check: str, machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    application(served, monkeypatch)
    monkeypatch.setattr(check, _broken_later if check in AWAITED else _broken)
    status, text = page(capsys, *place(served))
    subject = CHECKS[check]
    assert status == (0 if subject in UNNEEDED else 1), text
    assert "hunter2" not in text
    assert "‹" not in text
    assert f" {subject} " in text
    assert "LookupError: password=[removed]" in text
    assert "Everything needed works." in text or "Needed, but not " in text
    for title in ("Versions", "Terminal", "Settings", "Records", "Network"):
        assert title in text


async def test_a_failing_read_does_not_stop_the_other_permission_checks() -> None:
    box = Sandbox(clock=VirtualClock())
    caller = Principal(USER_OBJECT_ID, USER_NAME, "you")
    azure = AzureCloud(SandboxCredential(), transport=SandboxTransport(box), caller=caller, read_only=True)
    azure.permissions = _broken  # type: ignore[method-assign]
    found = {one.subject: one async for one in rights(azure, ml_workspace_id(*default_workspace(0)), None)}
    assert found["permission to attach"].verdict is Verdict.UNCHECKED
    assert found["computes"].verdict is Verdict.OK
    assert found["permission to grant"].verdict is Verdict.OK
    await azure.close()


def test_advice_on_the_page_names_no_key(
    machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    application(served, monkeypatch)
    _, text = page(capsys, "--tenant", "nowhere.example")
    assert "Name another with --tenant." in text
    assert "‹" not in text
