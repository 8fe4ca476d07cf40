"""The log: what it records, who can read it, and that it never contains a secret."""

import asyncio
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DeviceCodeCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential
from azure.mgmt.resource.subscriptions import SubscriptionClient

from tests.support.terminal import sparkpool
from tui.cloud.azure import AzureCloud
from tui.cloud.connection import network_transport
from tui.cloud.network import Network
from tui.cloud.profile import profile_from
from tui.domain.redaction import REMOVED, redacted, secrets_of
from tui.domain.resource_id import ml_workspace_id
from tui.logs import LOG_NAME, log_to_file
from tui.sandbox import names
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import RealClock
from tui.sandbox.login import Login
from tui.sandbox.seed import make_world
from tui.sandbox.served import Server
from tui.sandbox.tokens import Principal, Tokens

ARM = "https://management.azure.com"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
SECRET = "s3cr3t~of.the-application_1"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbmEiLCJvaWQiOiIxIn0.c2lnbmF0dXJlLW9mLWl0"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    others = [logging.getLogger(name) for name in ("msal", "asyncio", "urllib3")]
    handlers, level, levels = root.handlers[:], root.level, [one.level for one in others]
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for one, before in zip(others, levels, strict=True):
        one.setLevel(before)


def written(folder: Path) -> str:
    return "".join(file.read_text() for file in sorted(folder.glob(f"{LOG_NAME}*")))


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("error", ["an error"]),
        ("warning", ["an error", "a warning"]),
        ("info", ["an error", "a warning", "an info"]),
        ("debug", ["an error", "a warning", "an info", "a detail"]),
    ],
)
def test_the_log_level_decides_which_records_are_written(tmp_path: Path, level: str, told: list[str]) -> None:
    log_to_file(tmp_path, level)
    log = logging.getLogger("tui.test")
    log.error("an error")
    log.warning("a warning")
    log.info("an info")
    log.debug("a detail")
    assert [line.partition(" tui.test ")[2] for line in written(tmp_path).splitlines()] == told


def test_every_log_file_is_private_and_old_ones_are_deleted(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).touch(mode=0o644)
    log_to_file(tmp_path)
    log = logging.getLogger("tui.test")
    for number in range(60):
        log.warning("%d %s", number, "x" * 100_000)
    files = sorted(tmp_path.glob("*"))
    assert [file.name for file in files] == [LOG_NAME, *(f"{LOG_NAME}.{number}" for number in (1, 2, 3))]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(file.stat().st_size <= 1_000_000 for file in files)
    assert "WARNING tui.test 59 " in written(tmp_path)


def test_an_unwritable_log_is_skipped_without_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sparkpool").write_text("not a folder")
    log_to_file(tmp_path / "sparkpool")
    logging.getLogger("tui.test").warning("something is odd")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Authorization: Bearer {JWT}", JWT),
        (f"{{'Authorization': 'Bearer {JWT}', 'Accept': 'x'}}", JWT),
        ('{"authorization": "Basic dXNlcjpwYXNzd29yZA=="}', "dXNlcjpwYXNzd29yZA=="),
        ("sent bearer 0.opaque-Token_value~x+y/z=", "0.opaque-Token_value~x+y/z="),
        (f"got {JWT} from it", JWT),
        (f"cut off {JWT[:60]}", JWT[:60]),
        ("grant_type=client_credentials&client_secret=p%40ss~w.rd&scope=x", "p%40ss~w.rd"),
        ('{"refresh_token": "0.AXoA-x_y.z", "expires_in": 3600}', "0.AXoA-x_y.z"),
        ("{'refresh_token': '0.AXoA-x_y.z'}", "0.AXoA-x_y.z"),
        ("client_assertion = abcdef.ghijkl", "abcdef.ghijkl"),
        ("https://x.blob.core.windows.net/c/b?sv=2024-01-01&sp=r&sig=a%2Bb%2Fc%3D&se=2030", "a%2Bb%2Fc%3D"),
        ("AccountName=x;AccountKey=Zm9vYmFy==;EndpointSuffix=y", "Zm9vYmFy=="),
        (
            "GET https://management.azure.com/x?api-version=1&t=638000000000000000&c=MIIHlzCCBn&h=AbCdEfGhIjKlMnOpQr",
            "AbC",
        ),
        ("proxy http://ana:hunter2pass@proxy.contoso.example:8080 refused", "hunter2pass"),
        ("proxy http://ana:hunter2@pass@proxy.contoso.example:8080 refused", "pass@"),
        ("proxy http://ana:hunter2'pass@proxy.contoso.example:8080 refused", "pass@"),
        ("password='hunter2 with spaces'", "spaces"),
        ("AZURE_CLIENT_SECRET=hunter2~pass", "hunter2"),
        ('{"clientSecret": "hunter2, and more"}', "more"),
        ("X-IDENTITY-HEADER: 853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a", "853b9a84-5bfa"),
        ("Set-Cookie: fpc=AbCdEf; path=/", "AbCdEf"),
        ("value hunter2-in-a-variable somewhere", "hunter2-in-a-variable"),
    ],
)
def test_text_that_looks_like_a_secret_is_removed(text: str, secret: str) -> None:
    known = secrets_of({"AZURE_CLIENT_SECRET": "hunter2-in-a-variable", "HOME": "/home/ana", "MY_TOKEN": "x"})
    found = redacted(text, known)
    assert secret not in found
    assert REMOVED in found
    assert redacted(found, known) == found


@pytest.mark.parametrize(
    "text",
    [
        "GET management.azure.com/subscriptions/516fb186-8a84-47a1-a265-6acb72ebb746/resourceGroups/rg: 200, 31 ms",
        "the remembered workspace cannot be read: [Errno 13] Permission denied",
        "Basic sign-in failed for token endpoint https://login.microsoftonline.com/common",
        "x-ms-request-id 0b5a3a44-2b5c-4c19-8a44-2a44d1b0f0aa",
        "The secret is out of date; assertion failed",
        "design=blue, secretary: ana",
    ],
)
def test_text_that_is_not_a_secret_is_kept(text: str) -> None:
    assert redacted(text) == text


def test_secrets_are_removed_from_tracebacks_and_arguments(tmp_path: Path) -> None:
    log_to_file(tmp_path)
    try:
        int(f"unexpected answer: {{'access_token': '{JWT}'}}")
    except ValueError:
        logging.getLogger("tui.test").exception("failed with %r", {"Authorization": f"Bearer {JWT}"})
    assert "Traceback" in written(tmp_path)
    assert "unexpected answer" in written(tmp_path)
    assert "eyJ" not in written(tmp_path)


async def test_no_token_of_a_sign_in_reaches_the_log_at_level_debug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued: list[str] = []
    signed = Tokens._signed

    def recorded(self: Tokens, claims: dict[str, Any]) -> str:
        issued.append(signed(self, claims))
        return issued[-1]

    monkeypatch.setattr(Tokens, "_signed", recorded)
    world, tokens = make_world(), Tokens()
    application = Principal(names.guid("application", 0), names.guid("client", 0))
    world.add_administrator(application.object_id)
    login = Login(
        tokens, application, SECRET, lambda client: Principal(names.USER_OBJECT_ID, client, names.USER_NAME), 1
    )
    server = Server(Sandbox(world, RealClock(20.0)), tokens.sign_in, [login])
    ca_file = tmp_path / "ca.pem"
    origin = f"https://127.0.0.1:{await server.start('127.0.0.1', 0, ca_file)}"
    log_to_file(tmp_path / "state", "debug")
    try:
        await _read_through_the_product(origin, ca_file, application)
        await asyncio.to_thread(_read_through_azures_own_logging, origin, str(ca_file), application)
    finally:
        await server.stop()
    log = written(tmp_path / "state")
    uses = {name for token in issued for name in ("access", "refresh", "id") if f'"use":"{name}"' in _content(token)}
    assert uses == {"access", "refresh", "id"}
    assert not [token for token in issued if token in log or token.split(".")[1] in log or token.split(".")[2] in log]
    assert SECRET not in log
    assert "wrong-but-secret" not in log
    # The log did record requests and responses, including those of azure-core itself.
    assert "INFO tui.cloud.request_log GET 127.0.0.1" in log
    assert "/computes: 200, " in log
    assert "x-ms-request-id" in log
    assert "'Authorization': '[removed]'" in log
    assert "DEBUG azure.core" in log or "INFO azure.core" in log


def _content(token: str) -> str:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(token.split(".")[1] + "==").decode()


async def _read_through_the_product(origin: str, ca_file: Path, application: Principal) -> None:
    network = Network(str(ca_file), "the test")
    profile = profile_from("Sandbox", {"authority": origin, "resource_manager": origin})
    credential = AsyncClientSecretCredential(
        names.TENANT_ID,
        application.client_id,
        SECRET,
        authority=origin,
        disable_instance_discovery=True,
        transport=network_transport(network),
    )
    cloud = AzureCloud(credential, profile=profile, network=network)
    try:
        workspace = ml_workspace_id(*names.default_workspace(0))
        pages = [page async for page in cloud.computes(workspace)]
        assert pages[0].items
        assert await cloud.caller() is not None
    finally:
        await cloud.close()


def _read_through_azures_own_logging(origin: str, ca_file: str, application: Principal) -> None:
    device = DeviceCodeCredential(
        AZURE_CLI,
        tenant_id=names.TENANT_ID,
        authority=origin,
        disable_instance_discovery=True,
        connection_verify=ca_file,
        prompt_callback=lambda *_: None,
        logging_enable=True,
    )
    wrong = ClientSecretCredential(
        names.TENANT_ID,
        application.client_id,
        "wrong-but-secret",
        authority=origin,
        disable_instance_discovery=True,
        connection_verify=ca_file,
        logging_enable=True,
    )
    with device, wrong:
        with pytest.raises(ClientAuthenticationError):
            wrong.get_token(f"{ARM}/.default")
        with SubscriptionClient(
            device,
            base_url=origin,
            credential_scopes=[f"{ARM}/.default"],
            connection_verify=ca_file,
            logging_enable=True,
        ) as client:
            assert list(client.subscriptions.list())


def test_requests_are_logged_at_level_info_and_not_shown_on_the_screen(tmp_path: Path) -> None:
    with sparkpool(tmp_path, "--log-level", "debug") as terminal:
        terminal.shows("etl-prod", "as of", "4 problems")
        assert "INFO" not in terminal.text
        terminal.press("q")
        assert terminal.ended() == 0
    log = written(tmp_path / "sparkpool")
    assert "INFO tui.cloud.request_log GET management.azure.com/subscriptions/" in log
    assert "eyJ" not in log
    assert "bearer" not in log.lower()
    assert b"request_log" not in bytes(terminal.written)
