"""The doctor checks everything between this terminal and Azure, reports problems and shows no secret."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.az import Az
from tests.support.served import Served
from tests.support.terminal import Terminal
from tui.__main__ import main
from tui.cloud.azure import AzureCloud
from tui.doctor.azure import rights
from tui.doctor.findings import Verdict
from tui.domain.principals import Principal
from tui.domain.resource_id import ml_workspace_id
from tui.operations.journal_file import JOURNAL_NAME
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Forbidden, Rule
from tui.sandbox.names import USER_NAME, USER_OBJECT_ID, default_workspace
from tui.sandbox.transport import SandboxCredential, SandboxTransport


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as found:
        yield found


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of a machine without any configuration."""
    for name in list(os.environ):
        if name.startswith(("AZURE_", "AZUREML_", "SPARKPOOL_", "IDENTITY_", "MSI_")) or "PROXY" in name.upper():
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMUX", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in (("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("AZURE_CONFIG_DIR", "azure")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sandbox_cloud(machine: Path, served: Served, authority: str = "", manager: str = "") -> None:
    """Set up the served sandbox as a private cloud in the settings file."""
    file = machine / "config" / "sparkpool" / "settings.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'cloud = "Sandbox"\nca-file = "{served.ca_file}"\n[clouds.Sandbox]\n'
        f'authority = "{authority or served.login}"\nresource_manager = "{manager or served.resource_manager}"\n'
        'scope = "https://management.azure.com/.default"\nvalidates_authority = false\n'
    )


def application(served: Served, monkeypatch: pytest.MonkeyPatch, secret: str = "") -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", served.tenant)
    monkeypatch.setenv("AZURE_CLIENT_ID", served.client_id)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", secret or served.client_secret)


def place(served: Served) -> list[str]:
    return ["--subscription", served.subscription, "-g", served.resource_group, "-w", served.workspace]


def page(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit status, and the page with each run of whitespace as one space."""
    status = main(["doctor", *words])
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out
    assert shown.err == ""
    return status, " ".join(shown.out.split())


def test_in_a_sandbox_the_page_is_plain_text_and_everything_works(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = page(capsys, "--sandbox")
    assert status == 0
    for words in (
        "Versions - sparkpool 0.1.0 - Python 3.",
        "textual 8.2.8",
        "Terminal - terminal this is a full-screen program",
        "clipboard by OSC 52",
        f"settings file {machine}/config/sparkpool/settings.toml (missing)",
        "sandbox true flag --sandbox",
        "have their defaults",
        "journal in memory only",
        f"log {machine}/state/sparkpool/sparkpool.log, level warning",
        "network not used, no sign-in",
        "ok workspace aml-prod, eastus2",
        "ok permission to attach your Azure roles allow",
        "ok computes the list can be read; syn-prod/churnpool is attached",
        "ok permission to grant ana@contoso.com may grant",
        "Everything needed works.",
    ):
        assert words in text, words


def test_the_doctor_checks_sign_ins_addresses_and_permissions_and_shows_no_secret(
    machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    application(served, monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", "http://ana:hunter2pass@127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost,.localhost")
    status, text = page(capsys, *place(served))
    host = served.resource_manager.removeprefix("https://")
    for words in (
        f"cloud Sandbox: {served.resource_manager}, {served.login}",
        f"certificates trusted: only the certificates in {served.ca_file}",
        f'ca-file "{served.ca_file}" file {machine}/config/sparkpool/settings.toml:2',
        f'workspace-name "{served.workspace}" flag --workspace-name',
        f"ok sign-in service {host} answered 200 in",
        f"ok Resource Manager {host} answered 200 in",
        "az login not tried: az is not installed here",
        f"ok environment {served.client_id}, tenant {served.tenant}, until",
        "; this one is used",
        "workload identity not tried: not set: AZURE_FEDERATED_TOKEN_FILE",
        "managed identity not tried",
        "device code not tried: it needs a user",
        f"ok workspace {served.workspace}, eastus2",
        "ok permission to attach",
        "ok computes the list can be read",
        "ok Synapse ",
        "permission to grant",
        f"ok journal {machine}/state/sparkpool/{JOURNAL_NAME}, 0 operations, 0 of them not ended",
        "Everything needed works.",
    ):
        assert words in text, (words, text)
    assert status == 0
    assert served.client_secret not in text
    assert "hunter2pass" not in text
    assert "eyJ" not in text


def test_the_az_sign_in_is_checked_and_shown_with_its_user(
    machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    az = Az(machine / "stub")
    az.log_in(served)
    monkeypatch.setenv("PATH", f"{az.bin}:/usr/bin:/bin")
    status, text = page(capsys, *place(served))
    assert f"ok az login {USER_NAME}, tenant {served.tenant}, until" in text
    assert status == 0


def test_az_is_called_once_for_each_plane(
    machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    az = Az(machine / "stub")
    az.log_in(served)
    monkeypatch.setenv("PATH", f"{az.bin}:/usr/bin:/bin")
    _, text = page(capsys, *place(served))
    asked = [call[call.index("--resource") + 1].rstrip("/") for call in az.calls]
    assert asked == ["https://management.azure.com", "https://dev.azuresynapse.net"], text


def test_a_wrong_secret_is_reported_and_the_exit_status_is_1(
    machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    application(served, monkeypatch, "wrong-but-secret")
    status, text = page(capsys, *place(served))
    assert status == 1
    assert "warning environment" in text
    assert "the application's secret is wrong or has expired" in text
    assert "FAILED sign-in none of the methods to use works (environment)" in text
    assert "Permissions" not in text
    assert text.endswith("Needed, but not working: sign-in.")
    assert "wrong-but-secret" not in text


def test_a_nonexistent_tenant_is_reported_even_if_the_environment_sets_another(
    machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    application(served, monkeypatch)
    status, text = page(capsys, "--tenant", "11111111-2222-4333-8444-555555555555", *place(served))
    assert status == 1
    assert "warning environment Could not sign in: there is no " in text


def test_a_managed_identity_of_another_tenant_than_requested_is_a_warning(
    machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    monkeypatch.setenv("IDENTITY_ENDPOINT", served.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", served.identity_header)
    asked = "11111111-2222-4333-8444-555555555555"
    _, text = page(capsys, "--auth", "managed-identity", "--tenant", asked, *place(served))
    assert "warning managed identity " in text
    assert f"not to {asked} as requested; a managed identity has its own tenant." in text


def test_offline_each_address_fails_with_its_reason(
    machine: Path, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served, "https://127.0.0.1:1", "https://127.0.0.1:1")
    status, text = page(capsys)
    assert status == 1
    assert "FAILED sign-in service 127.0.0.1:1: Could not reach it: the connection was refused." in text
    assert "FAILED Resource Manager 127.0.0.1:1: Could not reach it: the connection was refused." in text
    assert text.endswith("Needed, but not working: sign-in service, Resource Manager, sign-in.")


def test_untrusted_and_unreadable_certificates_are_distinguished(
    machine: Path, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    with Served() as other:
        status, text = page(capsys, "--ca-file", other.ca_file)
    assert status == 1
    assert f"the certificate of {served.resource_manager.removeprefix('https://')} is not trusted." in text
    assert f"Trusted: only the certificates in {other.ca_file}, as --ca-file says." in text
    status, text = page(capsys, "--ca-file", "/nowhere.pem")
    assert status == 1
    assert "FAILED network The certificates in /nowhere.pem cannot be read: No such file or directory." in text
    assert "Addresses" not in text


def test_without_a_workspace_the_subscriptions_are_counted(
    machine: Path, served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    application(served, monkeypatch)
    status, text = page(capsys)
    assert status == 0
    assert "ok subscriptions 5 can be seen" in text
    assert "workspace unknown; choose one with --workspace-name" in text
    status, text = page(capsys, "--subscription", served.subscription, "-g", "rg-ml", "-w", "aml-gone")
    assert status == 1
    assert "FAILED workspace Could not read the workspace aml-gone: it does not exist." in text


def test_without_a_terminal_a_device_code_sign_in_is_reported_as_unchecked(
    machine: Path, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_cloud(machine, served)
    status, text = page(capsys, "--auth", "device-code")
    assert status == 1
    assert "unknown sign-in not checked: the settings say device code, which needs a user; run sparkpool doctor" in text
    assert "unknown permissions not checked" in text
    assert "Everything needed works." not in text
    assert text.endswith("Needed, but not checked: sign-in, permissions.")


def test_in_a_terminal_the_doctor_shows_a_device_code_and_then_checks_everything(machine: Path) -> None:
    with Served("--device-polls", "2") as served:
        sandbox_cloud(machine, served)
        command = [sys.executable, "-m", "tui", "doctor", "--auth", "device-code", *place(served)]
        terminal = Terminal(command, machine, (120, 80))
        try:
            terminal.shows(f"Open {served.login}/devicelogin on any device and enter ")
            assert terminal.ended() == 0
            text = " ".join(terminal.text.split())
            assert f"ok device code {USER_NAME}, tenant {served.tenant}, until" in text
            assert f"ok workspace {served.workspace}, eastus2" in text
            assert text.endswith("Everything needed works.")
            assert "eyJ" not in text
        finally:
            terminal.close()


def test_a_refused_device_code_is_a_failed_sign_in(machine: Path) -> None:
    faults = machine / "faults.toml"
    faults.write_text('[[rules]]\nfault = "sign-in-refused"\nnumber = 70020\nerror = "expired_token"\ntimes = "all"\n')
    with Served("--faults", str(faults)) as served:
        sandbox_cloud(machine, served)
        terminal = Terminal([sys.executable, "-m", "tui", "doctor", "--auth", "device-code"], machine, (120, 80))
        try:
            assert terminal.ended() == 1
            text = " ".join(terminal.text.split())
            assert "FAILED sign-in Could not sign in: the code has expired." in text
            assert text.endswith("Needed, but not working: sign-in.")
        finally:
            terminal.close()


def test_a_journal_on_a_network_drive_is_reported_and_uses_no_write_ahead_log(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tui.operations.journal_file._mounts", lambda: f"filer:/home {machine.resolve()} nfs4 rw 0 0")
    _, text = page(capsys, "--auth", "device-code")
    file = machine / "state" / "sparkpool" / JOURNAL_NAME
    assert f"{file} is on a network drive (nfs4), so it is written without a write-ahead log." in text
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"


def test_a_damaged_journal_is_reported_as_a_failure(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = machine / "state" / "sparkpool"
    folder.mkdir(parents=True)
    (folder / JOURNAL_NAME).write_bytes(b"not a database at all, but long enough to be read as one" * 100)
    status, text = page(capsys, "--auth", "device-code")
    assert status == 1
    assert f"FAILED journal {folder / JOURNAL_NAME} is damaged" in text


def test_invalid_settings_are_reported_first(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = machine / "config" / "sparkpool" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text("them = 1\n")
    assert main(["doctor"]) == 2
    assert ':1:1: "them" is not a setting. Did you mean "theme"?' in capsys.readouterr().err


@pytest.fixture
async def cloud() -> AsyncIterator[tuple[Sandbox, AzureCloud]]:
    box = Sandbox(clock=VirtualClock())
    caller = Principal(USER_OBJECT_ID, USER_NAME, "you")
    cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(box), caller=caller, read_only=True)
    yield box, cloud
    await cloud.close()


async def test_a_missing_permission_is_a_warning_and_an_unreadable_list_is_a_failure(
    cloud: tuple[Sandbox, AzureCloud],
) -> None:
    box, azure = cloud
    workspace = ml_workspace_id(*default_workspace(0))
    box.faults.add(Rule(Forbidden(), "GET", "/permissions$"))
    found = {one.subject: one async for one in rights(azure, workspace, None)}
    assert found["permission to attach"].verdict is Verdict.WARNING
    assert found["computes"].verdict is Verdict.OK
    box.faults.add(Rule(Forbidden(), "GET", "/computes$"))
    found = {one.subject: one async for one in rights(azure, workspace, None)}
    assert found["computes"].verdict is Verdict.FAILED
    assert "permission to grant" not in found


def test_in_a_terminal_the_page_is_lightly_styled_and_not_full_screen(machine: Path) -> None:
    terminal = Terminal([sys.executable, "-m", "tui", "doctor", "--sandbox"], machine, (80, 24))
    try:
        assert terminal.ended() == 0
        assert b"\x1b[1mPermissions\x1b[0m" in terminal.written
        assert b"\x1b[?1049h" not in terminal.written
        assert "Everything needed works." in terminal.text
        assert "permission to attach" in terminal.text
    finally:
        terminal.close()


@pytest.mark.parametrize("command", ["doctor", "settings"])
def test_a_closed_output_pipe_ends_the_program_quietly(machine: Path, command: str) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "tui", command, "--sandbox"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    assert done.returncode == 128 + signal.SIGPIPE
    assert done.stderr == ""
