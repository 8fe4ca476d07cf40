"""Sign-in in the real program: in a terminal, to the served sandbox over TLS, as on a jump box."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cloud.test_credentials import VARIABLES
from tests.support.az import MFA, Az
from tests.support.proxy import proxied
from tests.support.screen import TWO_FRAMES, says, screen_text, settled, shown
from tests.support.served import Served
from tests.support.stage import Stage
from tests.support.terminal import Terminal
from tui.cloud.sign_in import FixedSignIn
from tui.domain.sign_in import DeviceCode, SignedIn, SignInMethod
from tui.sandbox.names import TENANT_ID, USER_NAME, USER_OBJECT_ID
from tui.ui.screens.sign_in import SignInScreen

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])


@contextmanager
def sparkpool(
    served: Served,
    folder: Path,
    *words: str,
    az: Az | None = None,
    size: tuple[int, int] = (120, 40),
    more: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Start the program on a served sandbox, which it reaches as a private cloud."""
    config = folder / "config" / "sparkpool"
    config.mkdir(parents=True, exist_ok=True)
    (config / "settings.toml").write_text(
        f'cloud = "Sandbox"\n\n[clouds.Sandbox]\nauthority = "{served.login}"\n'
        f'resource_manager = "{served.resource_manager}"\n'
    )
    environment = dict.fromkeys(VARIABLES, "")
    environment |= {"PATH": "/usr/bin:/bin", "AZURE_CONFIG_DIR": str(folder / "no-az")}
    environment |= {"XDG_CONFIG_HOME": str(folder / "config")}
    if az is not None:
        environment |= az.environment | {"PATH": f"{az.bin}:/usr/bin:/bin"}
    where = ["--subscription", served.subscription, "-g", served.resource_group, "-w", served.workspace]
    trust = [] if "--ca-file" in words else ["--ca-file", served.ca_file]
    command = [sys.executable, "-m", "tui", *where, *trust, *words]
    terminal = Terminal(command, folder / "state", size, environment | dict(more or {}))
    try:
        yield terminal
    finally:
        terminal.close()


def log(folder: Path) -> str:
    return "".join(file.read_text() for file in (folder / "state").rglob("*.log*"))


@SIZES
def test_a_user_without_a_browser_signs_in_with_a_code_and_sees_the_list(tmp_path: Path, size: tuple[int, int]) -> None:
    with Served("--device-polls", "5") as served:
        with sparkpool(served, tmp_path, "--auth", "device-code", size=size) as terminal:
            terminal.shows("Sign in with a code", f"{served.login}/devicelogin", "left")
            terminal.shows("ana@contoso.com · device code" if size[0] > 80 else "etl-prod", "etl-prod", "as of")
            terminal.confirm("L", USER_NAME, USER_OBJECT_ID, TENANT_ID, "device code", "expires")
            terminal.press("n")
            terminal.shows("with a new token")
            terminal.press("q")
            assert terminal.ended() == 0
        assert "eyJ" not in bytes(terminal.written).decode(errors="replace")
    assert "eyJ" not in log(tmp_path)


def test_the_sign_in_screen_copies_the_problem_that_led_there_while_you_are_signed_out(tmp_path: Path) -> None:
    with Served() as served:
        keys = {"AZURE_TENANT_ID": TENANT_ID, "AZURE_CLIENT_ID": served.client_id, "AZURE_CLIENT_SECRET": "wrong"}
        with sparkpool(served, tmp_path, "--auth", "environment", size=(80, 24), more=keys) as terminal:
            terminal.shows("the application's secret is", "AADSTS7000215")
            terminal.press("L")
            terminal.shows("You are not signed in.")
            terminal.press("c")
            terminal.shows("Sent the problem")


def test_a_code_counts_down_and_can_be_copied_and_cancelled(tmp_path: Path) -> None:
    with Served("--device-polls", "100") as served, sparkpool(served, tmp_path, "--auth", "device-code") as terminal:
        terminal.shows("Sign in with a code")
        terminal.until(lambda: re.search(r"1\d:\d\d left", terminal.text))
        terminal.press("c")
        terminal.shows("Sent the code (9 bytes) to the terminal's clipboard")
        terminal.press("a")
        terminal.shows("Sent the address")
        terminal.press("esc")
        terminal.shows("Sign-in cancelled. Nothing has changed.")
        terminal.press("esc")
        terminal.shows("nobody has signed in with a device code yet", "ctrl+l signs in")
        terminal.press("q")
        assert terminal.ended() == 0


@SIZES
def test_a_user_who_is_not_signed_in_to_az_runs_the_shown_command_and_continues(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    az = Az(tmp_path / "az")
    with Served() as served, sparkpool(served, tmp_path, az=az, size=size) as terminal:
        terminal.shows("nobody is signed in to az", "az cloud set --name Sandbox && az login", "ctrl+l signs in")
        az.log_in(served)
        terminal.press("L")
        terminal.shows("You are not signed in", "ana@contoso.com, az's current account")
        terminal.press("enter")
        terminal.shows("Signed in as ana@contoso.com, with a new token")
        terminal.press("n")
        terminal.shows("az login returned its cached token")
        terminal.press("esc")
        terminal.shows("etl-prod", "as of")
        terminal.press("q")
        assert terminal.ended() == 0


def test_the_client_id_of_a_managed_identity_is_not_passed_to_az(tmp_path: Path) -> None:
    az = Az(tmp_path / "az")
    client_id = "11111111-1111-4111-8111-111111111111"
    with Served() as served:
        az.log_in(served)
        with sparkpool(served, tmp_path, "--client-id", client_id, az=az) as terminal:
            terminal.shows("ana@contoso.com · az login", "etl-prod", "as of")
            terminal.press("q")
            assert terminal.ended() == 0
    assert az.calls
    assert not any(client_id in word for call in az.calls for word in call)


def test_required_multi_factor_authentication_is_reported_with_the_command_from_az(tmp_path: Path) -> None:
    az = Az(tmp_path / "az")
    az.tell(error=MFA)
    with Served() as served, sparkpool(served, tmp_path, az=az) as terminal:
        terminal.shows(
            "Azure requires multi-factor authentication.",
            'az login --tenant "contoso" --scope "https://management.core.windows.net//.default"',
            "AADSTS50076",
        )


def test_an_az_that_times_out_is_reported_with_the_time_limit(tmp_path: Path) -> None:
    az = Az(tmp_path / "az")
    az.tell(seconds=60, error="never")
    with Served() as served, sparkpool(served, tmp_path, "--az-timeout", "1", az=az) as terminal:
        terminal.shows("az gave no token within 1 s.", "--az-timeout")


@SIZES
def test_waiting_for_a_slow_az_is_shown(tmp_path: Path, size: tuple[int, int]) -> None:
    az = Az(tmp_path / "az")
    with Served() as served:
        az.log_in(served, seconds=5)
        with sparkpool(served, tmp_path, az=az, size=size) as terminal:
            terminal.shows("waiting, az is asked for a token, at most 30 s")
            assert "0 computes" not in terminal.text
            terminal.shows("etl-prod", "as of")
            terminal.press("L")
            terminal.shows("Signed in as ana@contoso.com.")
            terminal.press("n")
            terminal.shows("signing in: waiting, az is asked for a token, at most 30 s")
            terminal.shows("returned its cached token")


def test_a_write_that_needs_a_stronger_sign_in_can_be_repeated_with_one_key(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[rules]]\nfault = "claims-challenge"\nmethod = "DELETE"\n')
    az = Az(tmp_path / "az")
    with Served("--speed", "20", "--faults", str(faults)) as served:
        az.log_in(served)
        with sparkpool(served, tmp_path, az=az) as terminal:
            terminal.shows("etl-prod", "as of")
            terminal.press("down", "down", "ctrl+d")
            terminal.shows("Detach etl-prod?")
            terminal.confirm("y", "Azure requires a stronger sign-in for this")
            terminal.press("o")
            terminal.shows("--claims-challenge", "eyJhY2Nlc3NfdG9rZW4", f"--tenant {TENANT_ID}", "ctrl+l signs in")
            terminal.press("L")
            terminal.shows("Azure requires a stronger sign-in. Run this in another terminal", "--claims-challenge")
            terminal.press("n")
            terminal.shows("returned its cached token", "--claims-challenge")
            terminal.press("c")
            terminal.shows("Sent the command")
            az.log_in(served)
            terminal.press("n")
            terminal.shows("with a new token")
            terminal.press("esc")
            terminal.shows("e asks again")
            terminal.press("e")
            terminal.shows("Detach etl-prod?")
            terminal.confirm("y", "● Succeeded")


def test_another_tenant_can_be_chosen_without_a_restart_and_an_unknown_one_is_reported(tmp_path: Path) -> None:
    with Served() as served, sparkpool(served, tmp_path, "--auth", "device-code") as terminal:
        terminal.shows("etl-prod", "as of")
        terminal.confirm("L", f"Contoso  {TENANT_ID}")
        terminal.press("t")
        terminal.shows("Which tenant?")
        terminal.press("ctrl+u", "not a tenant", "enter")
        terminal.shows("letters, digits, dots and dashes")
        terminal.press("ctrl+u", "nowhere.example", "enter")
        terminal.shows("Tenant nowhere.example: enter signs in to it.")
        terminal.press("enter")
        terminal.shows("Nothing has changed.", "Could not sign in:")
        terminal.press("esc")
        terminal.shows("etl-prod", "ana@contoso.com · device code")


def test_a_token_for_the_wrong_tenant_leads_to_a_sign_in_to_the_right_one(tmp_path: Path) -> None:
    message = (
        "The access token is from the wrong issuer 'https://sts.windows.net/11111111-2222-4333-8444-555555555555/'. "
        f"It must match the tenant 'https://sts.windows.net/{TENANT_ID}/' associated with this subscription."
    )
    faults = tmp_path / "faults.toml"
    faults.write_text(
        '[[rules]]\nfault = "answer"\nstatus = 401\ncode = "InvalidAuthenticationTokenTenant"\n'
        f'message = "{message}"\npath = "/computes$"\n'
    )
    with (
        Served("--faults", str(faults), "--device-polls", "5") as served,
        sparkpool(served, tmp_path, "--auth", "device-code") as terminal,
    ):
        terminal.shows("you are signed in to another tenant than the subscription's")
        terminal.shows(f"Sign in to the tenant {TENANT_ID}: ctrl+l; then try again.")
        assert "az login" not in terminal.text
        terminal.confirm("L", f"signs in to the tenant {TENANT_ID}.")
        terminal.press("enter")
        terminal.shows("Sign in with a code")
        terminal.shows("with a new token")
        terminal.press("esc")
        terminal.shows("etl-prod", "as of")


def test_an_environment_application_and_a_managed_identity_sign_in_automatically(tmp_path: Path) -> None:
    with Served() as served:
        application = {
            "AZURE_TENANT_ID": served.tenant,
            "AZURE_CLIENT_ID": served.client_id,
            "AZURE_CLIENT_SECRET": served.client_secret,
        }
        with sparkpool(served, tmp_path, more=application) as terminal:
            terminal.shows("etl-prod", f"{served.client_id} · environment")
        machine = {"IDENTITY_ENDPOINT": served.identity_endpoint, "IDENTITY_HEADER": served.identity_header}
        with sparkpool(served, tmp_path, "--auth", "managed-identity", more=machine) as terminal:
            terminal.shows("etl-prod", "· managed identity")
        assert served.client_secret not in log(tmp_path)


def test_an_untrusted_certificate_is_reported_with_the_ca_file_and_its_setting(tmp_path: Path) -> None:
    az = Az(tmp_path / "az")
    with Served() as served, Served() as other:
        az.log_in(served)
        with sparkpool(served, tmp_path, "--ca-file", other.ca_file, az=az) as terminal:
            terminal.shows("the certificate of 127.0.0.1:", "is not trusted", other.ca_file[:40], "--ca-file says")


def test_all_requests_go_through_a_proxy_that_requires_credentials(tmp_path: Path) -> None:
    with Served() as served, proxied("ana", "secret") as proxy:
        through = {"https_proxy": proxy.url.replace("://", "://ana:secret@")}
        with sparkpool(served, tmp_path, "--auth", "device-code", more=through) as terminal:
            terminal.shows("etl-prod", "as of")
        assert len(proxy.asked) >= 2
        wrong = {"https_proxy": proxy.url}
        with sparkpool(served, tmp_path, "--auth", "device-code", more=wrong) as terminal:
            terminal.shows("refused it: 407 Proxy Authentication Required")


def test_a_missing_ca_file_stops_the_program_before_any_screen(tmp_path: Path) -> None:
    with Served() as served, sparkpool(served, tmp_path, "--ca-file", "/nowhere/ca.pem") as terminal:
        assert terminal.ended() == 2
        assert "The certificates in /nowhere/ca.pem cannot be read: No such file or directory" in " ".join(
            terminal.text.split()
        )


async def test_the_sandbox_signs_in_automatically_and_says_so(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, stage, "as of")
        await pilot.press("L")
        await shown(
            pilot, stage, "Signed in as ana@contoso.com.", "The sandbox signs you in; there is nothing to choose."
        )
        await pilot.press("n")
        await shown(pilot, stage, "there is nothing to choose")
        await pilot.press("L", "escape")
        await shown(pilot, stage, "15 computes")


async def test_the_remaining_time_of_a_token_counts_down_until_it_expires(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = stage.clock.now()
    who = SignedIn(SignInMethod.CLI, USER_NAME, USER_OBJECT_ID, TENANT_ID, now, now + timedelta(hours=1))
    monkeypatch.setattr(FixedSignIn, "signed_in", who)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, stage, "as of")
        await pilot.press("L")
        for seconds, words in (
            (0, "expires 10:12:00 UTC, in 1 h 0 min"),
            (1, "in 59 min"),
            (3_559, "in less than a minute"),
            (40, "expired 10:12:00 UTC, just now"),
            (120, "expired 10:12:00 UTC, 2 min ago"),
        ):
            stage.clock.advance(seconds)
            await says(pilot, stage, words)


async def test_long_facts_are_wrapped_for_the_size_that_the_terminal_has_now(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, name = stage.clock.now(), "a.very.long.name.of.a.user.principal@contoso.com"
    who = SignedIn(SignInMethod.CLI, name, USER_OBJECT_ID, TENANT_ID, now, now + timedelta(hours=1))
    monkeypatch.setattr(FixedSignIn, "signed_in", who)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, stage, "as of")
        await pilot.press("L")
        await shown(pilot, stage, f"{name}  object id {USER_OBJECT_ID}")
        await pilot.resize_terminal(80, 24)
        await settled(pilot, stage, TWO_FRAMES)
        resized = screen_text(stage.app)
        await pilot.press("escape", "L")
        await shown(pilot, stage, USER_OBJECT_ID)
        assert screen_text(stage.app) == resized


async def test_the_sandbox_account_can_be_copied_where_it_is_shown(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, stage, "as of")
        await pilot.press("L")
        await shown(pilot, stage, "Signed in as ana@contoso.com.")
        await pilot.press("c")
        await shown(pilot, stage, "who is signed in (15 bytes)")


async def test_a_code_that_is_accepted_before_it_is_shown_stays_hidden(stage: Stage) -> None:
    now = stage.clock.now()
    code = DeviceCode("https://microsoft.com/devicelogin", "GQ4XKP2TM", now)
    who = SignedIn(SignInMethod.DEVICE_CODE, "eve@contoso.com", USER_OBJECT_ID, TENANT_ID, now, now)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, stage, "as of")
        await pilot.press("L")
        await shown(pilot, stage, "The sandbox signs you in")
        screen = stage.app.screen
        assert isinstance(screen, SignInScreen)
        screen._step(code)
        screen._step(who)
        screen._ended(None)
        await shown(pilot, stage, "Signed in as eve@contoso.com, with a new token.")
        assert stage.app.screen is screen


async def test_the_sign_in_screen_opens_from_a_text_field_and_has_its_own_help(picking: Stage) -> None:
    async with picking.app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, picking, "5 subscriptions")
        await pilot.press("ctrl+l")
        await shown(pilot, picking, "sign-in")
        await pilot.press("question_mark")
        await says(pilot, picking, "c Copy Copy the command that helps, or who is signed in")
        await pilot.press("escape", "escape")
        await shown(pilot, picking, "5 subscriptions")


async def test_the_help_and_the_palette_list_the_sign_in(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 60)) as pilot:
        await shown(pilot, stage, "as of")
        await pilot.press("question_mark")
        await says(pilot, stage, "L, ^l Sign-in Show who is signed in")
        await pilot.press("escape", "colon", *"sign-in")
        await shown(pilot, stage, "Sign-in")
        await pilot.press("enter")
        await shown(pilot, stage, "The sandbox signs you in")
