"""Sign-in to the served sandbox with azure-identity's own credentials: each method and its failures."""

import asyncio
import gc
import threading
import time
from asyncio.base_subprocess import BaseSubprocessTransport
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.az import EXPIRED, MFA, WRONG_TENANT, Az
from tests.support.patience import PATIENCE_SECONDS
from tests.support.proxy import proxied
from tests.support.reported import putting
from tests.support.served import Served, workspace
from tui.cloud import credentials
from tui.cloud.azure import AzureCloud
from tui.cloud.credentials import SignInOptions, methods_of, why_not
from tui.cloud.network import network_from
from tui.cloud.profile import profile_from
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Accepted, Finished
from tui.domain.resource_id import ResourceId
from tui.domain.sign_in import DeviceCode, SignedIn, SignInChoice, SignInMethod, SignInStep
from tui.sandbox.names import TENANT_ID, USER_NAME, USER_OBJECT_ID, spark_pool_id, synapse_workspace_id
from tui.sandbox.seed import make_world

VARIABLES = (
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "MSI_ENDPOINT",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "SSH_CONNECTION",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served("--speed", "20") as found:
        yield found


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Provide a machine on which no sign-in method is set up."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path / "no-config"))


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Az:
    found = Az(tmp_path / "az")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


def options(served: Served, ca_file: str = "", az_seconds: int = 30) -> SignInOptions:
    profile = profile_from("Sandbox", {"authority": served.login, "resource_manager": served.resource_manager})
    return SignInOptions(profile, network_from(ca_file or served.ca_file), az_seconds)


@asynccontextmanager
async def opened(served: Served, way: SignInMethod = SignInMethod.AUTO, **more: Any) -> AsyncIterator[AzureCloud]:
    choice = SignInChoice(way, more.pop("tenant", ""), more.pop("account", ""))
    cloud = AzureCloud.signed_in_by(choice, options(served, **more))
    try:
        yield cloud
    finally:
        await cloud.close()


async def names(cloud: AzureCloud) -> set[str]:
    return {one.name async for page in cloud.subscriptions() for one in page.items}


async def refused(cloud: AzureCloud) -> Problem:
    with pytest.raises(Problem) as caught:
        await names(cloud)
    return caught.value


async def steps(cloud: AzureCloud, choice: SignInChoice) -> list[SignInStep]:
    return [step async for step in cloud.sign_in.sign_in(choice)]


def synapse_id(served: Served) -> str:
    return synapse_workspace_id(served.subscription, "rg-data", served.synapse_workspace)


class _PlainText(BaseHTTPRequestHandler):
    """Answers every request with plain text."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"nothing here")

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def plain_text() -> Iterator[str]:
    """Run a server unrelated to Azure, such as a network's captive portal."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _PlainText)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def set_application(served: Served, monkeypatch: pytest.MonkeyPatch, **changed: str) -> None:
    told = {"tenant": served.tenant, "client_id": served.client_id, "client_secret": served.client_secret, **changed}
    for name, value in told.items():
        monkeypatch.setenv(f"AZURE_{'TENANT_ID' if name == 'tenant' else name.upper()}", value)


# Which methods are tried


def test_automatic_tries_the_methods_that_are_set_up_and_none_that_would_block(
    az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert methods_of(SignInChoice()) == (SignInMethod.CLI,)
    monkeypatch.setenv("IDENTITY_ENDPOINT", "https://127.0.0.1:1/msi/token")
    assert methods_of(SignInChoice()) == (SignInMethod.CLI, SignInMethod.MANAGED_IDENTITY)
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.setenv(name, "x")
    assert methods_of(SignInChoice()) == (
        SignInMethod.ENVIRONMENT,
        SignInMethod.WORKLOAD_IDENTITY,
        SignInMethod.CLI,
        SignInMethod.MANAGED_IDENTITY,
    )
    assert methods_of(SignInChoice(SignInMethod.DEVICE_CODE)) == (SignInMethod.DEVICE_CODE,)


def test_an_azure_vm_is_recognized_by_its_asset_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = tmp_path / "tag"
    monkeypatch.setattr(credentials, "_ASSET_TAG", tag)
    assert why_not(SignInMethod.MANAGED_IDENTITY) == "this host is not an Azure VM"
    tag.write_text("7783-7084-3265-9085-8269-3286-77\n")
    assert why_not(SignInMethod.MANAGED_IDENTITY) is None


@pytest.mark.parametrize(
    ("word", "ways"),
    [
        ("AzureCliCredential", (SignInMethod.CLI,)),
        ("EnvironmentCredential", (SignInMethod.ENVIRONMENT,)),
        ("dev", (SignInMethod.CLI,)),
        ("prod", (SignInMethod.ENVIRONMENT, SignInMethod.WORKLOAD_IDENTITY, SignInMethod.MANAGED_IDENTITY)),
    ],
)
def test_azure_token_credentials_selects_the_sign_in_methods(
    monkeypatch: pytest.MonkeyPatch, word: str, ways: tuple[SignInMethod, ...]
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", word)
    assert methods_of(SignInChoice()) == ways
    assert methods_of(SignInChoice(SignInMethod.DEVICE_CODE)) == (SignInMethod.DEVICE_CODE,)


async def test_an_unknown_value_of_azure_token_credentials_is_reported(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "MagicCredential")
    async with opened(served) as cloud:
        problem = await refused(cloud)
    assert 'AZURE_TOKEN_CREDENTIALS is "MagicCredential", which sparkpool cannot use' in problem.cause
    assert "it supports EnvironmentCredential, WorkloadIdentityCredential" in problem.cause


# Each method


async def test_an_application_signs_in_with_a_client_secret_from_the_environment(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_application(served, monkeypatch)
    async with opened(served) as cloud:
        assert "Contoso Prod" in await names(cloud)
        who = cloud.sign_in.signed_in
        assert who is not None
        assert (who.method, who.name, who.tenant) == (SignInMethod.ENVIRONMENT, served.client_id, TENANT_ID)
        caller = await cloud.caller()
        assert caller is not None
        assert caller.object_id == who.object_id


async def test_a_requested_tenant_takes_precedence_over_the_environments_tenant(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_application(served, monkeypatch, tenant="11111111-2222-4333-8444-555555555555")
    async with opened(served, SignInMethod.ENVIRONMENT, tenant=TENANT_ID) as cloud:
        assert "Contoso Prod" in await names(cloud)
        assert cloud.sign_in.signed_in is not None
        assert cloud.sign_in.signed_in.tenant == TENANT_ID
    set_application(served, monkeypatch)
    async with opened(served, SignInMethod.ENVIRONMENT, tenant="nowhere.example") as cloud:
        problem = await refused(cloud)
        offers = (await cloud.sign_in.state()).offers
    assert problem.code == "AADSTS90002"
    assert {offer.choice.tenant for offer in offers if offer.choice.method is SignInMethod.ENVIRONMENT} == {
        "nowhere.example"
    }


async def test_a_managed_identity_reports_that_its_tenant_is_not_the_requested_one(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", served.imds)
    asked = "11111111-2222-4333-8444-555555555555"
    async with opened(served, SignInMethod.MANAGED_IDENTITY, tenant=asked) as cloud:
        assert (await cloud.sign_in.state()).remarks == ()
        await names(cloud)
        (told,) = (await cloud.sign_in.state()).remarks
    assert told == (
        f"You are signed in to the tenant {TENANT_ID}, not to {asked} as requested; "
        "a managed identity has its own tenant."
    )


@pytest.mark.parametrize("kind", ["virtual machine", "app service"])
async def test_a_machine_signs_in_with_its_managed_identity(
    served: Served, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "virtual machine":
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", served.imds)
    else:
        monkeypatch.setenv("IDENTITY_ENDPOINT", served.identity_endpoint)
        monkeypatch.setenv("IDENTITY_HEADER", served.identity_header)
    async with opened(served, SignInMethod.MANAGED_IDENTITY) as cloud:
        assert "Contoso Prod" in await names(cloud)
        assert cloud.sign_in.signed_in is not None
        assert cloud.sign_in.signed_in.method is SignInMethod.MANAGED_IDENTITY


async def test_a_machine_can_sign_in_with_a_user_assigned_identity(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", served.imds)
    assigned = next(iter(make_world().identities))["properties"]
    sign_in_options = replace(options(served), client_id=assigned["clientId"])
    cloud = AzureCloud.signed_in_by(SignInChoice(SignInMethod.MANAGED_IDENTITY), sign_in_options)
    try:
        assert "Contoso Prod" in await names(cloud)
        assert cloud.sign_in.signed_in is not None
        assert cloud.sign_in.signed_in.object_id == assigned["principalId"]
    finally:
        await cloud.close()


async def test_a_machine_without_a_managed_identity_is_reported(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens on this port, just as nothing answers at the link-local address outside Azure.
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")
    async with opened(served, SignInMethod.MANAGED_IDENTITY) as cloud:
        problem = await refused(cloud)
    assert problem.title == "Could not list your subscriptions: this machine has no managed identity."


async def test_a_managed_identity_sign_in_outside_azure_is_reported_with_the_reason(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "METADATA", "nowhere.invalid")
    async with opened(served, SignInMethod.MANAGED_IDENTITY) as cloud:
        problem = await refused(cloud)
    assert problem.title == "Could not list your subscriptions: this machine has no managed identity."
    assert problem.cause == "This host is not an Azure VM."


@pytest.mark.parametrize("is_azure", [False, True])
async def test_a_server_that_is_not_the_identity_service_is_reported_as_such(
    served: Served, monkeypatch: pytest.MonkeyPatch, is_azure: bool
) -> None:
    with plain_text() as address:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", address)
        if not is_azure:
            # Some networks answer at the link-local address too.
            monkeypatch.setattr("tui.cloud.sign_in_failure.why_not", lambda way: why_not(way, {}))
        async with opened(served, SignInMethod.MANAGED_IDENTITY) as cloud:
            problem = await refused(cloud)
    assert problem.title.endswith("something other than Azure's identity service answers here.")
    assert problem.cause == ("" if is_azure else "This host is not an Azure VM.")
    assert problem.advice == "Sign in with another method, or set up this one."


async def test_az_signs_in_and_runs_only_once_for_all_clients(served: Served, az: Az) -> None:
    az.log_in(served)
    async with opened(served, tenant=TENANT_ID) as cloud:
        assert "Contoso Prod" in await names(cloud)
        [page async for page in cloud.workspaces(served.subscription)]
        [page async for page in cloud.synapse_workspaces(served.subscription)]
        who = cloud.sign_in.signed_in
    assert who is not None
    assert (who.method, who.name, who.object_id) == (SignInMethod.CLI, USER_NAME, USER_OBJECT_ID)
    assert len(az.calls) == 1
    assert az.calls[0][-2:] == ["--tenant", TENANT_ID]


async def test_a_user_signs_in_with_a_device_code_and_renews_the_token_without_another(served: Served) -> None:
    async with opened(served, SignInMethod.DEVICE_CODE) as cloud:
        problem = await refused(cloud)
        assert problem.kind is ProblemKind.NOT_SIGNED_IN
        assert problem.title.endswith("nobody has signed in with a device code yet.")
        code, who = await steps(cloud, SignInChoice(SignInMethod.DEVICE_CODE))
        assert isinstance(code, DeviceCode)
        assert code.address.startswith(served.login)
        assert isinstance(who, SignedIn)
        assert (who.method, who.name) == (SignInMethod.DEVICE_CODE, USER_NAME)
        assert "Contoso Prod" in await names(cloud)
        # A role that was just activated needs a new token, but not another code.
        (renewed,) = await steps(cloud, SignInChoice(SignInMethod.DEVICE_CODE))
        assert isinstance(renewed, SignedIn)


async def test_cancelling_a_device_code_sign_in_ends_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    with Served("--device-polls", "1000") as served:
        async with opened(served, SignInMethod.DEVICE_CODE) as cloud:
            stream = cloud.sign_in.sign_in(SignInChoice(SignInMethod.DEVICE_CODE))
            assert isinstance(await anext(stream), DeviceCode)
            assert any(thread.name == "device code" for thread in threading.enumerate())
            await stream.aclose()
            for _ in range(100):
                if all(thread.name != "device code" for thread in threading.enumerate()):
                    break
                await asyncio.sleep(0.1)
            else:
                pytest.fail("the thread has not ended")
            assert cloud.sign_in.signed_in is None


# Signing in again


async def test_a_new_sign_in_method_is_used_from_then_on(
    served: Served, az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    az.log_in(served)
    set_application(served, monkeypatch)
    async with opened(served) as cloud:
        await names(cloud)
        assert cloud.sign_in.signed_in is not None
        assert cloud.sign_in.signed_in.method is SignInMethod.ENVIRONMENT
        (who,) = await steps(cloud, SignInChoice(SignInMethod.CLI))
        assert isinstance(who, SignedIn)
        assert who.name == USER_NAME
        assert "Contoso Prod" in await names(cloud)
        caller = await cloud.caller()
        assert caller is not None
        assert caller.object_id == USER_OBJECT_ID


async def test_a_failed_sign_in_keeps_the_current_sign_in(
    served: Served, az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_application(served, monkeypatch)
    async with opened(served) as cloud:
        await names(cloud)
        with pytest.raises(Problem, match="nobody is signed in to az"):
            await steps(cloud, SignInChoice(SignInMethod.CLI))
        assert cloud.sign_in.signed_in is not None
        assert cloud.sign_in.signed_in.method is SignInMethod.ENVIRONMENT
        assert "Contoso Prod" in await names(cloud)


async def test_the_offered_sign_in_methods_are_read_from_the_machine_without_running_az(
    served: Served, az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    az.log_in(served)
    async with opened(served) as cloud:
        state = await cloud.sign_in.state()
    assert az.calls == []
    first = state.offers[0]
    assert (first.choice, first.account) == (
        SignInChoice(SignInMethod.CLI, TENANT_ID, served.subscription),
        "ana@contoso.com",
    )
    usable = [offer.choice.method for offer in state.offers if offer.is_usable]
    assert usable == [SignInMethod.CLI, SignInMethod.DEVICE_CODE, SignInMethod.AUTO]
    unusable = {offer.choice.method: offer.remark for offer in state.offers if not offer.is_usable}
    assert unusable[SignInMethod.ENVIRONMENT].startswith("not set: AZURE_TENANT_ID, AZURE_CLIENT_ID")


# Failures


@pytest.mark.parametrize(
    ("error", "what", "command"),
    [
        (None, "nobody is signed in to az", "az login --tenant contoso"),
        (MFA, "Azure requires multi-factor authentication", 'az login --tenant "contoso" --scope '),
        (EXPIRED, "your sign-in has expired", "az login"),
        ("ERROR: something\n", "az could not give a token", ""),
    ],
    ids=["not-logged-in", "mfa", "expired", "other"],
)
async def test_an_error_from_az_is_shown_with_the_command_that_helps(
    served: Served, az: Az, error: str | None, what: str, command: str
) -> None:
    if error is not None:
        az.tell(error=error)
    async with opened(served, SignInMethod.CLI, tenant="contoso") as cloud:
        problem = await refused(cloud)
    assert problem.kind is ProblemKind.NOT_SIGNED_IN
    assert problem.title == f"Could not list your subscriptions: {what}."
    assert command in problem.command
    assert "Trace ID" not in problem.report
    assert problem.command in problem.report


@pytest.mark.parametrize("way", [SignInMethod.CLI, SignInMethod.ENVIRONMENT, SignInMethod.DEVICE_CODE])
async def test_an_unknown_tenant_is_shown_with_how_to_name_another_and_without_a_command(
    served: Served, az: Az, monkeypatch: pytest.MonkeyPatch, way: SignInMethod
) -> None:
    az.tell(error=WRONG_TENANT)
    set_application(served, monkeypatch)
    async with opened(served) as cloud:
        with pytest.raises(Problem) as caught:
            await steps(cloud, SignInChoice(way, "nowhere"))
    problem = caught.value
    assert problem.title == "Could not sign in: there is no such tenant."
    assert "nowhere" in problem.cause
    assert problem.code == "AADSTS90002"
    assert problem.advice == "Name another with --tenant, or here: ‹sign in›, then ‹tenant›."
    assert problem.command == ""


async def test_an_unknown_tenant_from_the_environment_advises_fixing_azure_tenant_id(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_application(served, monkeypatch, tenant="nowhere")
    async with opened(served, SignInMethod.ENVIRONMENT) as cloud:
        problem = await refused(cloud)
    assert problem.title.endswith("there is no such tenant.")
    assert problem.advice.startswith("Fix AZURE_TENANT_ID.")


async def test_the_sign_in_command_fits_the_cloud_and_the_ssh_session(
    served: Served, az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")
    async with opened(served, SignInMethod.CLI) as cloud:
        problem = await refused(cloud)
    assert problem.command == "az cloud set --name Sandbox && az login --use-device-code"


async def let_go() -> None:
    """Wait until each killed az has ended and the loop has closed its pipes."""
    begun = [one for one in gc.get_objects() if isinstance(one, BaseSubprocessTransport)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(one.is_closing() for one in begun):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


REFUSED_LIST = '[[rules]]\nfault = "{fault}"\npath = "^/subscriptions$"\ntimes = "all"\n{more}'


@pytest.mark.parametrize("way", [SignInMethod.CLI, SignInMethod.ENVIRONMENT])
async def test_a_forbidden_request_advises_how_the_sign_in_method_gets_a_new_token(
    tmp_path: Path, az: Az, monkeypatch: pytest.MonkeyPatch, way: SignInMethod
) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text(REFUSED_LIST.format(fault="forbidden", more=""))
    with Served("--faults", str(faults)) as served:
        az.log_in(served)
        set_application(served, monkeypatch)
        async with opened(served, way) as cloud:
            problem = await refused(cloud)
    first = "run `az login` again and " if way is SignInMethod.CLI else ""
    assert problem.advice.endswith(f"if it was granted just now, {first}get a new token (‹sign in›, then ‹new token›).")


@pytest.mark.parametrize(("way", "command"), [(SignInMethod.CLI, "az login"), (SignInMethod.ENVIRONMENT, "")])
async def test_a_refused_token_shows_az_login_only_if_it_came_from_az(
    tmp_path: Path, az: Az, monkeypatch: pytest.MonkeyPatch, way: SignInMethod, command: str
) -> None:
    faults = tmp_path / "faults.toml"
    answer = 'status = 401\ncode = "ExpiredAuthenticationToken"\nmessage = "It has expired."\n'
    faults.write_text(REFUSED_LIST.format(fault="answer", more=answer))
    with Served("--faults", str(faults)) as served:
        az.log_in(served)
        set_application(served, monkeypatch)
        async with opened(served, way) as cloud:
            problem = await refused(cloud)
    assert problem.title.endswith("your sign-in has expired.")
    assert problem.command == command


async def test_a_timeout_of_az_shows_how_long_sparkpool_waited(served: Served, az: Az) -> None:
    az.log_in(served, seconds=60)
    async with opened(served, SignInMethod.CLI, az_seconds=1) as cloud:
        problem = await refused(cloud)
    # azure-identity kills az without waiting for its end, and this test's loop must not close before that.
    await let_go()
    assert problem.title == "Could not list your subscriptions: az gave no token within 1 s."
    assert "--az-timeout" in problem.advice


async def test_invalid_output_from_az_is_reported_without_the_token(served: Served, az: Az) -> None:
    az.log_in(served)
    az.tell(tokens={served.resource_manager: '"accessToken": "eyJsecret"'}, raw=True)
    async with opened(served, SignInMethod.CLI) as cloud:
        problem = await refused(cloud)
    assert "az answered with something other than a token" in problem.title
    assert "eyJsecret" not in problem.report


async def test_every_tried_method_is_named_when_none_works(served: Served) -> None:
    async with opened(served) as cloud:
        problem = await refused(cloud)
    assert problem.title == "Could not list your subscriptions: you are not signed in to Azure."
    assert problem.cause == "Tried az login: az is not installed here, or not on the PATH."
    assert problem.advice == "Sign in with a device code or another method, then try again."


async def test_each_tried_method_is_named_once_with_what_it_lacks(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "prod")
    monkeypatch.setattr(credentials, "METADATA", "nowhere.invalid")
    async with opened(served) as cloud:
        problem = await refused(cloud)
    assert problem.cause == (
        "Tried environment: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH "
        "are not set; workload identity: not set: AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID, AZURE_CLIENT_ID; "
        "managed identity: this machine has no managed identity."
    )


async def test_a_wrong_client_secret_is_reported_without_showing_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_application(served, monkeypatch, client_secret="wrong")
    async with opened(served) as cloud:
        problem = await refused(cloud)
    assert problem.title.endswith("the application's secret is wrong or has expired.")
    assert problem.code == "AADSTS7000215"
    assert "wrong" not in problem.cause.replace("wrong or", "")


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (700082, "your sign-in has expired"),
        (70008, "your sign-in has expired"),
        (50173, "your sign-in was revoked"),
        (53003, "a conditional access policy blocks this sign-in"),
        (50005, "a conditional access policy requires a managed device"),
        (50076, "Azure requires multi-factor authentication"),
        (50079, "multi-factor authentication must be set up for your account"),
        (1234567, "the sign-in by environment failed"),
    ],
)
async def test_entra_error_codes_become_readable_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, what: str
) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text(f'[[rules]]\nfault = "sign-in-refused"\nnumber = {number}\ntimes = "all"\n')
    with Served("--faults", str(faults)) as served:
        set_application(served, monkeypatch)
        async with opened(served) as cloud:
            problem = await refused(cloud)
    assert problem.title.startswith(f"Could not list your subscriptions: {what}")
    assert problem.code == f"AADSTS{number}"


async def test_an_expired_device_code_is_reported(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[rules]]\nfault = "sign-in-refused"\nnumber = 70020\nerror = "expired_token"\ntimes = "all"\n')
    with Served("--faults", str(faults)) as served:
        async with opened(served, SignInMethod.DEVICE_CODE) as cloud:
            with pytest.raises(Problem, match="Could not sign in: the code has expired"):
                await steps(cloud, SignInChoice(SignInMethod.DEVICE_CODE))


REFUSED_RENEWAL = '[[rules]]\nfault = "sign-in-refused"\nnumber = {number}\ngrant = "refresh_token"\ntimes = "all"\n'


async def test_an_expired_sign_in_is_renewed_with_another_device_code(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text(REFUSED_RENEWAL.format(number=700082))
    with Served("--faults", str(faults)) as served:
        async with opened(served, SignInMethod.DEVICE_CODE) as cloud:
            await steps(cloud, SignInChoice(SignInMethod.DEVICE_CODE))
            assert "Contoso Prod" in await names(cloud)
            # The token for another service is requested with the refresh token, which has expired.
            synapse = await cloud.synapse_workspace(ResourceId.parse(synapse_id(served)))
            with pytest.raises(Problem) as caught:
                [page async for page in cloud.role_assignments(synapse)]
            assert caught.value.title.endswith("your sign-in has expired.")
            assert caught.value.code == "AADSTS700082"
            code, _ = await steps(cloud, SignInChoice(SignInMethod.DEVICE_CODE))
            assert isinstance(code, DeviceCode)


async def test_an_expiring_token_is_requested_again(az: Az) -> None:
    with Served("--token-seconds", "240") as served:
        az.log_in(served)
        async with opened(served, SignInMethod.CLI) as cloud:
            assert "Contoso Prod" in await names(cloud)
            await names(cloud)
        # A token that expires within five minutes is not kept.
        assert len(az.calls) == 2


# The network of sign-in


@pytest.mark.parametrize("way", [SignInMethod.ENVIRONMENT, SignInMethod.DEVICE_CODE])
async def test_an_untrusted_sign_in_service_is_reported_with_the_file_and_the_setting(
    served: Served, monkeypatch: pytest.MonkeyPatch, way: SignInMethod
) -> None:
    set_application(served, monkeypatch)
    with Served() as other:
        async with opened(served, way, ca_file=other.ca_file) as cloud:
            with pytest.raises(Problem) as caught:
                await steps(cloud, SignInChoice(way))
        ca_file = other.ca_file
    assert caught.value.kind is ProblemKind.CONNECTION
    assert caught.value.title.startswith("Could not sign in: the certificate of 127.0.0.1:")
    assert f"only the certificates in {ca_file}, as --ca-file says" in caught.value.advice


@pytest.mark.parametrize("way", [SignInMethod.ENVIRONMENT, SignInMethod.DEVICE_CODE])
async def test_every_sign_in_goes_through_the_proxy(
    served: Served, monkeypatch: pytest.MonkeyPatch, way: SignInMethod
) -> None:
    set_application(served, monkeypatch)
    with proxied() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with opened(served, way) as cloud:
            assert isinstance((await steps(cloud, SignInChoice(way)))[-1], SignedIn)
    assert proxy.asked
    assert set(proxy.asked) == {served.login.removeprefix("https://")}


@pytest.mark.parametrize("way", [SignInMethod.ENVIRONMENT, SignInMethod.DEVICE_CODE])
async def test_a_proxy_that_refuses_the_sign_in_is_named(
    served: Served, monkeypatch: pytest.MonkeyPatch, way: SignInMethod
) -> None:
    set_application(served, monkeypatch)
    with proxied("ana", "secret") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with opened(served, way) as cloud:
            with pytest.raises(Problem, match="refused it: 407"):
                await steps(cloud, SignInChoice(way))


# A stronger sign-in


CHALLENGED = """
[[rules]]
fault = "claims-challenge"
path = "^/subscriptions$"
times = {times}
"""


@asynccontextmanager
async def challenged(tmp_path: Path, times: str) -> AsyncIterator[Served]:
    faults = tmp_path / "faults.toml"
    faults.write_text(CHALLENGED.format(times=times))
    with Served("--faults", str(faults)) as served:
        yield served


async def test_an_application_answers_a_claims_challenge_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with challenged(tmp_path, "1") as served:
        set_application(served, monkeypatch)
        async with opened(served) as cloud:
            assert "Contoso Prod" in await names(cloud)


async def test_az_cannot_answer_a_claims_challenge_so_the_exact_command_is_shown(tmp_path: Path, az: Az) -> None:
    async with challenged(tmp_path, "1") as served:
        az.log_in(served)
        async with opened(served) as cloud:
            problem = await refused(cloud)
            assert problem.title == "Could not list your subscriptions: Azure requires a stronger sign-in for this."
            assert problem.command == (
                f"az cloud set --name Sandbox && az login --tenant {TENANT_ID} "
                "--claims-challenge eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19 "
                f"--scope {served.resource_manager}/.default"
            )
            state = await cloud.sign_in.state()
            assert state.demand is not None
            assert state.demand.command == problem.command
            # The same token does not answer the challenge, so the command is still needed.
            await steps(cloud, state.choice)
            assert (await cloud.sign_in.state()).demand == state.demand
            az.log_in(served)
            await steps(cloud, state.choice)
            assert (await cloud.sign_in.state()).demand is None
            assert "Contoso Prod" in await names(cloud)


async def test_a_device_code_sign_in_answers_a_claims_challenge_with_its_refresh_token(tmp_path: Path) -> None:
    async with challenged(tmp_path, "1") as served, opened(served, SignInMethod.DEVICE_CODE) as cloud:
        await steps(cloud, SignInChoice(SignInMethod.DEVICE_CODE))
        # The refresh token answers the challenge, so the user is not asked.
        assert "Contoso Prod" in await names(cloud)


async def test_a_claims_challenge_only_the_user_can_answer_requires_another_device_code(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text(CHALLENGED.format(times=1) + REFUSED_RENEWAL.format(number=50076))
    with Served("--faults", str(faults)) as served:
        async with opened(served, SignInMethod.DEVICE_CODE) as cloud:
            await steps(cloud, SignInChoice(SignInMethod.DEVICE_CODE))
            problem = await refused(cloud)
            assert problem.title == "Could not list your subscriptions: Azure requires a stronger sign-in for this."
            assert problem.command == ""
            demand = (await cloud.sign_in.state()).demand
            assert demand is not None
            assert "acrs" in demand.claims
            code, _ = await steps(cloud, SignInChoice(SignInMethod.DEVICE_CODE))
            assert isinstance(code, DeviceCode)
            assert "Contoso Prod" in await names(cloud)


async def test_a_running_operation_finishes_after_a_sign_in_with_another_method(
    served: Served, az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    az.log_in(served)
    set_application(served, monkeypatch)
    async with opened(served) as cloud:
        compute = ResourceId.parse(f"{workspace(served)}/computes/adhoc")
        pool = spark_pool_id(served.subscription, "rg-data", "syn-prod", "adhocpool")
        body = {"location": "eastus2", "properties": {"computeType": "SynapseSpark", "resourceId": pool}}
        writing = putting(cloud, compute, body, "attach it")
        assert isinstance(await anext(writing), Accepted)
        await steps(cloud, SignInChoice(SignInMethod.CLI))
        assert isinstance([update async for update in writing][-1], Finished)


async def test_a_persistent_claims_challenge_is_shown_as_a_stronger_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with challenged(tmp_path, '"all"') as served:
        set_application(served, monkeypatch)
        async with opened(served) as cloud:
            problem = await refused(cloud)
    assert problem.title == "Could not list your subscriptions: Azure requires a stronger sign-in for this."
