"""Sign-in to the served sandbox with the credentials of azure-identity."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import CredentialUnavailableError, DeviceCodeCredential, ManagedIdentityCredential
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.synapse.accesscontrol import AccessControlClient

from tests.support.served import Served
from tui.sandbox.box import Sandbox
from tui.sandbox.http import Request
from tui.sandbox.login import Login
from tui.sandbox.names import TENANT_ID, USER_NAME, USER_OBJECT_ID
from tui.sandbox.seed import make_world
from tui.sandbox.tokens import Principal, Tokens

ARM = "https://management.azure.com"
SYNAPSE = "https://dev.azuresynapse.net"
ORIGIN = "https://127.0.0.1:8443"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as found:
        yield found


def subscriptions(served: Served, credential: Any, **options: Any) -> list[str]:
    """Return the names of the subscriptions that the credential can see."""
    with SubscriptionClient(
        credential,
        base_url=served.resource_manager,
        credential_scopes=[f"{ARM}/.default"],
        connection_verify=served.ca_file,
        **options,
    ) as client:
        return [str(found.display_name) for found in client.subscriptions.list()]


def administrators(served: Served, credential: Any) -> set[str]:
    """Return the object ids that have a role in the Synapse workspace of the pools."""
    endpoint = served.synapse.format(workspace="syn-prod")
    with AccessControlClient(credential, endpoint, connection_verify=served.ca_file) as client:
        found: Any = client.role_assignments.list_role_assignments(scope="workspaces/syn-prod")
        return {one.principal_id for one in found.value}


def test_an_application_signs_in_to_both_planes_with_its_secret(served: Served) -> None:
    with served.credential() as credential:
        assert "Contoso Prod" in subscriptions(served, credential)
        assert USER_OBJECT_ID in administrators(served, credential)
        # The scope of a resource that ends in a slash has two slashes, as in the Azure CLI.
        assert credential.get_token("https://management.core.windows.net//.default").token.count(".") == 2


def test_a_wrong_secret_an_unknown_tenant_and_an_unknown_resource_are_refused(served: Served) -> None:
    with served.credential(secret="wrong") as credential, pytest.raises(ClientAuthenticationError, match="7000215"):
        credential.get_token(f"{ARM}/.default")
    with served.credential() as credential, pytest.raises(ClientAuthenticationError, match="AADSTS500011"):
        credential.get_token("https://example.com/.default")
    credential = served.credential(authority=f"{served.login}")
    with credential, pytest.raises(ClientAuthenticationError, match=r"(?i)tenant"):
        credential.get_token(f"{ARM}/.default", tenant_id="contoso.example")


def test_a_device_code_is_pending_at_first_and_then_valid_for_both_planes(served: Served) -> None:
    prompts: list[tuple[str, str]] = []
    credential = DeviceCodeCredential(
        AZURE_CLI,
        tenant_id=served.tenant,
        authority=served.login,
        disable_instance_discovery=True,
        connection_verify=served.ca_file,
        prompt_callback=lambda page, code, _expires: prompts.append((page, code)),
    )
    with credential:
        record = credential.authenticate(scopes=[f"{ARM}/.default"])
        assert record.username == USER_NAME
        assert "Contoso Prod" in subscriptions(served, credential)
        # The refresh token provides the other plane's token without another prompt.
        assert USER_OBJECT_ID in administrators(served, credential)
    assert len(prompts) == 1
    assert prompts[0][0].startswith(served.login)


def test_a_virtual_machine_signs_in_with_its_managed_identity(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", served.imds)
    with ManagedIdentityCredential(connection_verify=served.ca_file) as credential:
        assert "Contoso Prod" in subscriptions(served, credential)


def test_a_virtual_machine_signs_in_with_a_user_assigned_identity(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", served.imds)
    identity = next(iter(make_world().identities))
    client_id = identity["properties"]["clientId"]
    with ManagedIdentityCredential(client_id=client_id, connection_verify=served.ca_file) as credential:
        assert "Contoso Prod" in subscriptions(served, credential)
    unknown = ManagedIdentityCredential(client_id=AZURE_CLI, connection_verify=served.ca_file)
    with unknown, pytest.raises(CredentialUnavailableError, match="Identity not found"):
        unknown.get_token(f"{ARM}/.default")


def test_an_app_service_signs_in_with_its_managed_identity(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", served.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", served.identity_header)
    with ManagedIdentityCredential(connection_verify=served.ca_file) as credential:
        assert "Contoso Prod" in subscriptions(served, credential)
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    wrong = ManagedIdentityCredential(connection_verify=served.ca_file)
    with wrong, pytest.raises(ClientAuthenticationError):
        wrong.get_token(f"{ARM}/.default")


class Fixed:
    """A credential that always returns the same token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken(self._token, 2**31)


def test_a_token_for_the_other_plane_is_refused_with_a_challenge(served: Served) -> None:
    with served.token(f"{SYNAPSE}/.default") as token, pytest.raises(ClientAuthenticationError) as refused:
        subscriptions(served, Fixed(token))
    response: Any = refused.value.response
    assert response.headers["WWW-Authenticate"].startswith(f'Bearer authorization_uri="{served.login}/{TENANT_ID}"')
    assert "InvalidAuthenticationTokenAudience" in str(refused.value)


def test_the_served_sandbox_refuses_placeholder_and_malformed_tokens(served: Served) -> None:
    from tui.sandbox.sign_in import placeholder

    for token in (placeholder(ARM, 2**31), "x", "a.b.c", "é.ü.ö"):
        with pytest.raises(HttpResponseError) as refused:
            subscriptions(served, Fixed(token))
        assert refused.value.status_code == 401


MACHINE = Principal("c0de7e4a-0000-4000-a000-0000000000f1", AZURE_CLI)


@pytest.mark.parametrize(
    ("seconds", "spoil", "code"),
    [
        (3600, "", None),
        (0, "", "ExpiredAuthenticationToken"),
        (3600, "payload", "InvalidAuthenticationToken"),
        (3600, "signature", "InvalidAuthenticationToken"),
    ],
)
async def test_a_token_is_valid_until_it_expires_or_is_altered(seconds: int, spoil: str, code: str | None) -> None:
    tokens = Tokens()
    head, payload, signature = tokens.access_token(MACHINE, ARM, seconds).split(".")
    if spoil == "payload":
        payload = tokens.access_token(Principal(USER_OBJECT_ID, AZURE_CLI, USER_NAME), ARM).split(".")[1]
    if spoil == "signature":
        signature = signature[::-1]
    headers = {"Authorization": f"Bearer {head}.{payload}.{signature}"}
    request = Request("GET", f"{ARM}/subscriptions?api-version=2022-12-01", headers)
    answer = await Sandbox().handle(request, tokens.sign_in)
    assert (json.loads(answer.body).get("error") or {}).get("code") == code
    assert answer.status == (401 if code else 200)


async def test_a_token_of_another_run_and_a_refresh_token_are_refused() -> None:
    token = Tokens().access_token(MACHINE, ARM)
    headers = {"Authorization": f"Bearer {token}"}
    request = Request("GET", f"{ARM}/subscriptions?api-version=2022-12-01", headers)
    assert (await Sandbox().handle(request, Tokens().sign_in)).status == 401
    refresh = Tokens()
    as_access = {"Authorization": f"Bearer {refresh.refresh_token(MACHINE)}"}
    request = Request("GET", f"{ARM}/subscriptions?api-version=2022-12-01", as_access)
    assert (await Sandbox().handle(request, refresh.sign_in)).status == 401


def login(device_polls: int = 1) -> Login:
    return Login(Tokens(), MACHINE, "secret", lambda client: Principal(USER_OBJECT_ID, client, USER_NAME), device_polls)


def asked(service: Login, path: str, body: str = "", method: str = "POST") -> tuple[int, dict[str, Any]]:
    answer = service.answer(Request(method, ORIGIN + path, {}, body.encode("utf-8", "surrogateescape")))
    assert answer is not None
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("token", "", "invalid_request"),
        ("token", "\udcff", "invalid_request"),
        ("token", "&".join(f"a{number}=1" for number in range(500)), "invalid_request"),
        ("token", "grant_type=password", "unsupported_grant_type"),
        ("token", "grant_type=client_credentials", "invalid_request"),
        ("token", "grant_type=client_credentials&client_id=x&client_secret=y", "unauthorized_client"),
        ("token", f"grant_type=refresh_token&client_id={AZURE_CLI}&refresh_token=a.b.c", "invalid_grant"),
        ("token", f"grant_type=device_code&client_id={AZURE_CLI}&device_code=x", "invalid_grant"),
        ("devicecode", f"client_id={AZURE_CLI}&scope=https://example.com/.default", "invalid_resource"),
    ],
)
def test_an_invalid_sign_in_request_is_refused_with_an_oauth_error(path: str, body: str, error: str) -> None:
    status, answer = asked(login(), f"/{TENANT_ID}/oauth2/v2.0/{path}", body)
    assert status in {400, 401}
    assert answer["error"] == error
    assert answer["error_description"].startswith("AADSTS")


def test_a_device_code_is_pending_as_often_as_configured_and_works_once() -> None:
    service = login(device_polls=2)
    code = asked(service, "/common/oauth2/v2.0/devicecode", f"client_id={AZURE_CLI}")[1]["device_code"]
    form = f"grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id={AZURE_CLI}&device_code={code}"
    answers = [asked(service, "/common/oauth2/v2.0/token", form)[1] for _ in range(4)]
    assert [one.get("error") for one in answers] == [
        "authorization_pending",
        "authorization_pending",
        None,
        "invalid_grant",
    ]


def test_the_login_service_ignores_requests_that_are_not_for_sign_in() -> None:
    service = login()
    assert service.answer(Request("GET", f"{ORIGIN}/subscriptions")) is None
    assert service.answer(Request("GET", f"{ARM}/{TENANT_ID}/v2.0/.well-known/openid-configuration")) is None
    assert asked(service, f"/{TENANT_ID}/v2.0/.well-known/openid-configuration")[0] == 405


def test_the_openid_configuration_points_to_the_host_of_the_request() -> None:
    for tenant in (TENANT_ID, "organizations"):
        status, found = asked(login(), f"/{tenant}/v2.0/.well-known/openid-configuration", method="GET")
        assert status == 200
        assert found["token_endpoint"] == f"{ORIGIN}/{tenant}/oauth2/v2.0/token"
    found = asked(login(), "/common/discovery/instance?api-version=1.1", method="GET")[1]
    assert found["tenant_discovery_endpoint"].startswith(ORIGIN)
