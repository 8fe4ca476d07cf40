"""Sign-in: which sources are asked, and that none is before it is needed."""

import pytest
from azure.identity.aio import ChainedTokenCredential, DefaultAzureCredential

from tui.cloud.credentials import default_credential


def sources(credential: object) -> list[str]:
    assert isinstance(credential, ChainedTokenCredential)
    return [type(source).__name__ for source in credential.credentials]


async def test_az_login_comes_before_the_machines_own_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_TOKEN_CREDENTIALS", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)

    async with default_credential() as credential:
        assert sources(credential) == ["EnvironmentCredential", "AzureCliCredential", "ManagedIdentityCredential"]


async def test_a_workload_identity_is_used_where_the_platform_gives_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_TOKEN_CREDENTIALS", raising=False)
    for name in ("AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"):
        monkeypatch.setenv(name, "11111111-2222-4333-8444-555555555555")

    async with default_credential() as credential:
        assert "WorkloadIdentityCredential" in sources(credential)


async def test_a_choice_in_the_environment_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")

    async with default_credential() as credential:
        assert isinstance(credential, DefaultAzureCredential)
