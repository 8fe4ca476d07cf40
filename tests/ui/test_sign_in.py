"""Sign-in in the real program: in a terminal, at the served sandbox over TLS, as on a jump box."""

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
from tests.support.screen import sentences, shown, told
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
    """The program before a served sandbox, which it reaches as any private cloud."""
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
def test_a_person_without_a_browser_signs_in_by_a_code_and_sees_the_list(tmp_path: Path, size: tuple[int, int]) -> None:
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


def test_the_problem_that_led_to_the_sign_in_is_copied_there_while_nobody_is_signed_in(tmp_path: Path) -> None:
    with Served() as served:
        keys = {"AZURE_TENANT_ID": TENANT_ID, "AZURE_CLIENT_ID": served.client_id, "AZURE_CLIENT_SECRET": "wrong"}
        with sparkpool(served, tmp_path, "--auth", "environment", size=(80, 24), more=keys) as terminal:
            terminal.shows("the application's secret is", "AADSTS7000215")
            terminal.press("L")
            terminal.shows("You are not signed in.")
            terminal.press("c")
            terminal.shows("Sent the problem")


def test_a_code_is_copied_counted_down_and_given_up(tmp_path: Path) -> None:
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
def test_who_is_not_signed_in_to_az_runs_the_command_and_goes_on(tmp_path: Path, size: tuple[int, int]) -> None:
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


def test_the_client_id_of_a_machine_is_nothing_that_az_is_asked_about(tmp_path: Path) -> None:
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


def test_multi_factor_authentication_is_a_sentence_with_azs_own_command(tmp_path: Path) -> None:
    az = Az(tmp_path / "az")
    az.tell(error=MFA)
    with Served() as served, sparkpool(served, tmp_path, az=az) as terminal:
        terminal.shows(
            "Azure requires multi-factor authentication.",
            'az login --tenant "contoso" --scope "https://management.core.windows.net//.default"',
            "AADSTS50076",
        )


def test_an_az_that_is_slow_is_named_with_its_limit(tmp_path: Path) -> None:
    az = Az(tmp_path / "az")
    az.tell(seconds=60, error="never")
    with Served() as served, sparkpool(served, tmp_path, "--az-timeout", "1", az=az) as terminal:
        terminal.shows("az gave no token within 1 s.", "--az-timeout")


@SIZES
def test_an_az_that_takes_its_time_is_named_while_it_is_waited_for(tmp_path: Path, size: tuple[int, int]) -> None:
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


def test_a_write_that_wants_a_stronger_sign_in_keeps_its_form_and_goes_on_with_a_key(tmp_path: Path) -> None:
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


def test_another_tenant_is_named_without_a_new_start_and_one_that_is_not_there_is_told(tmp_path: Path) -> None:
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


def test_a_token_of_the_wrong_tenant_leads_to_a_sign_in_to_the_right_one(tmp_path: Path) -> None:
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


def test_the_application_of_the_environment_and_the_machine_sign_in_by_themselves(tmp_path: Path) -> None:
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


def test_a_wrong_authority_is_one_sentence_with_the_file_and_the_setting(tmp_path: Path) -> None:
    az = Az(tmp_path / "az")
    with Served() as served, Served() as other:
        az.log_in(served)
        with sparkpool(served, tmp_path, "--ca-file", other.ca_file, az=az) as terminal:
            terminal.shows("the certificate of 127.0.0.1:", "is not trusted", other.ca_file[:40], "--ca-file says")


def test_everything_goes_through_a_proxy_that_wants_a_name(tmp_path: Path) -> None:
    with Served() as served, proxied("ana", "secret") as proxy:
        through = {"https_proxy": proxy.url.replace("://", "://ana:secret@")}
        with sparkpool(served, tmp_path, "--auth", "device-code", more=through) as terminal:
            terminal.shows("etl-prod", "as of")
        assert len(proxy.asked) >= 2
        wrong = {"https_proxy": proxy.url}
        with sparkpool(served, tmp_path, "--auth", "device-code", more=wrong) as terminal:
            terminal.shows("refused it: 407 Proxy Authentication Required")


def test_certificates_that_are_not_there_stop_the_program_before_any_screen(tmp_path: Path) -> None:
    with Served() as served, sparkpool(served, tmp_path, "--ca-file", "/nowhere/ca.pem") as terminal:
        assert terminal.ended() == 2
        assert "The certificates in /nowhere/ca.pem cannot be read: No such file or directory" in " ".join(
            terminal.text.split()
        )


async def test_the_sandbox_signs_in_by_itself_and_says_so(stage: Stage) -> None:
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


async def test_the_time_that_a_token_has_left_goes_on_until_it_has_expired(
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
            await told(pilot, stage, words)


async def test_the_account_of_the_sandbox_can_be_copied_where_it_is_shown(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, stage, "as of")
        await pilot.press("L")
        await shown(pilot, stage, "Signed in as ana@contoso.com.")
        await pilot.press("c")
        await shown(pilot, stage, "who is signed in (15 bytes)")


async def test_a_code_that_was_accepted_before_it_could_be_shown_is_not_shown(stage: Stage) -> None:
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


async def test_the_sign_in_is_in_the_help_and_in_the_palette_and_opens_from_a_field(picking: Stage) -> None:
    async with picking.app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, picking, "5 subscriptions")
        await pilot.press("ctrl+l")
        await shown(pilot, picking, "sign-in")
        await pilot.press("question_mark")
        await told(pilot, picking, "c Copy Copy the command that helps, or who is signed in")
        await pilot.press("escape", "escape")
        await shown(pilot, picking, "5 subscriptions")
        assert "sign in with another method, or again" not in sentences(picking.app)


async def test_the_help_and_the_palette_know_the_key_of_the_sign_in(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 60)) as pilot:
        await shown(pilot, stage, "as of")
        await pilot.press("question_mark")
        await told(pilot, stage, "L, ^l Sign-in Show who is signed in")
        await pilot.press("escape", "colon", *"sign-in")
        await shown(pilot, stage, "Sign-in")
        await pilot.press("enter")
        await shown(pilot, stage, "The sandbox signs you in")
