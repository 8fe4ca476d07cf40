"""Unexpected behaviour of sign-in methods: any output of `az` and any exception of a credential is reported."""

import asyncio
import json
import random
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from azure.core.credentials import AccessTokenInfo

from tui.cloud.credentials import SignInOptions
from tui.cloud.sign_in_failure import SignInFailed
from tui.cloud.token_source import TokenSource
from tui.domain.sign_in import SignInChoice, SignInMethod

SCOPE = "https://management.azure.com/.default"
TOKEN = "eyJhbGciOiJub25lIn0.eyJvaWQiOiIxIn0.x"
LATIN_1 = "ERROR: Le chemin d'accès spécifié est introuvable".encode("latin-1")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AZURE_TOKEN_CREDENTIALS", "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


def az(folder: Path, output: bytes, errors: bytes, status: int) -> None:
    """Write an `az` that prints these bytes and exits with this status."""
    (folder / "out").write_bytes(output)
    (folder / "err").write_bytes(errors)
    script = folder / "az"
    script.write_text(f"#!/bin/sh\ncd {shlex.quote(str(folder))}\ncat out\ncat err >&2\nexit {status}\n")
    script.chmod(0o755)


async def failure(way: SignInMethod = SignInMethod.CLI) -> SignInFailed:
    source = TokenSource(SignInChoice(way), SignInOptions())
    try:
        with pytest.raises(SignInFailed) as caught:
            await source.get_token_info(SCOPE)
    finally:
        await source.close()
    return caught.value


def odd_values() -> Iterator[Any]:
    yield from (None, True, -1, 0, 1.5, 1e20, 1e308, 10**400, "", "\xe9", "\ud800", "two words", "a\r\nb", [], {}, [[]])


def odd_documents(seed: int) -> Iterator[bytes]:
    """Outputs of `az` with status 0 that are not a token."""
    rng = random.Random(seed)  # noqa: S311 - bytes, and not secrets
    for value in odd_values():
        yield json.dumps(value).encode()
        yield json.dumps({"accessToken": value, "expires_on": 4_102_444_800}).encode()
        yield json.dumps({"accessToken": TOKEN, "expiresOn": value}).encode()
        if value not in (True, 0, 1.5):
            # Python accepts these as timestamps.
            yield json.dumps({"accessToken": TOKEN, "expires_on": value}).encode()
    yield b"[" * 100_000
    yield b'{"accessToken": NaN, "expires_on": Infinity}'
    yield b'{"accessToken": "' + TOKEN.encode() + b'", "caf\xe9": 1}'
    for _ in range(10):
        yield rng.randbytes(rng.randint(1, 300))


class _Printed:
    """A finished process with this output, in place of `az`."""

    def __init__(self, output: bytes, errors: bytes, status: int) -> None:
        self._printed = output, errors
        self.returncode = status

    async def communicate(self) -> tuple[bytes, bytes]:
        return self._printed


async def test_any_output_of_az_becomes_a_message_about_az_without_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    az(tmp_path, b"", b"", 0)
    rng = random.Random(7)  # noqa: S311 - bytes, and not secrets
    cases = [(document, b"", 0) for document in odd_documents(7)]
    cases += [(b"", rng.randbytes(rng.randint(0, 400)), rng.choice([1, 2, 127, 255])) for _ in range(40)]
    cases += [(b"", LATIN_1, 1), (b"", b" " * 300_000, 1), (b"", b"\n" * 300_000, 1)]
    for output, errors, status in cases:
        monkeypatch.setattr(asyncio, "create_subprocess_exec", AsyncMock(return_value=_Printed(output, errors, status)))
        found = await failure()
        assert found.what.startswith("az "), (output[:60], errors[:60])
        assert TOKEN not in f"{found.what} {found.cause}"


async def test_output_that_is_not_utf_8_is_shown_as_far_as_it_can_be_decoded(tmp_path: Path) -> None:
    az(tmp_path, b"", LATIN_1, 1)
    found = await failure()
    assert "Le chemin d'acc\ufffds sp\ufffdcifi\ufffd est introuvable" in found.cause


async def test_automatic_continues_after_a_broken_az_and_names_the_methods_it_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    az(tmp_path, b"", LATIN_1, 1)
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://[::1")
    found = await failure(SignInMethod.AUTO)
    assert "az login: az could not give a token: Le chemin" in found.cause
    assert "managed identity: " in found.cause


class _Odd:
    """A credential that raises or returns anything."""

    def __init__(self, outcome: object) -> None:
        self._outcome = outcome

    async def get_token_info(self, *_: str, **__: object) -> object:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    async def close(self) -> None:
        pass


def exceptions() -> Iterator[Exception]:
    for kind in (ValueError, TypeError, KeyError, OSError, RuntimeError, RecursionError, MemoryError, AssertionError):
        yield kind("password=hunter2-x\nand more")
        yield kind()
    yield UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    yield StopAsyncIteration()


@pytest.mark.parametrize(
    "way", [SignInMethod.CLI, SignInMethod.ENVIRONMENT, SignInMethod.MANAGED_IDENTITY, SignInMethod.WORKLOAD_IDENTITY]
)
async def test_any_exception_from_a_credential_becomes_a_message_about_its_method(
    way: SignInMethod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.cloud.token_source.answers_here", AsyncMock(return_value=True))
    for error in exceptions():
        monkeypatch.setattr("tui.cloud.token_source.credential_for", Mock(return_value=_Odd(error)))
        found = await failure(way)
        assert "hunter2" not in f"{found.what} {found.cause}"
        assert found.what.startswith("az ") if way is SignInMethod.CLI else found.what


async def test_a_token_with_invalid_claims_still_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for issued in ("1e400", "NaN", "-1e30", '"x"', "[]"):
        claims = f'{{"iat": {issued}, "oid": 1, "tid": null}}'.encode()
        token = f"eyJhbGciOiJub25lIn0.{_base64(claims)}.x"
        odd = _Odd(AccessTokenInfo(token, 4_102_444_800))
        monkeypatch.setattr("tui.cloud.token_source.credential_for", Mock(return_value=odd))
        source = TokenSource(SignInChoice(SignInMethod.ENVIRONMENT), SignInOptions())
        await source.get_token_info(SCOPE)
        assert source.signed_in is not None
        await source.close()


def _base64(data: bytes) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(data).decode().rstrip("=")
