"""Handles what azure-identity does not expect of a sign-in method: any bytes of `az`, any token, any exception."""

import re

from azure.core.credentials import AccessTokenInfo
from azure.core.exceptions import AzureError, ClientAuthenticationError

from tui.cloud.entra import code_in
from tui.domain.redaction import redacted
from tui.domain.sign_in import SignInMethod

NO_TOKEN = "Unexpected output"  # noqa: S105 - words, and not a password
"""As azure-identity begins when `az` printed something that is not a token (its source)."""

_NOBODY = "Please run 'az login'"
_TOKEN = re.compile(r"[\x21-\x7e]+")
_LATEST = 253_402_300_799
"""The last second of the year 9999, in seconds since 1970."""


def unexpected(error: Exception, method: SignInMethod) -> AzureError:
    """An exception of any type, as the failure of one sign-in method, as azure-identity reports its own."""
    if method is SignInMethod.CLI and isinstance(error, UnicodeDecodeError):
        return ClientAuthenticationError(message=_words_of_az(error.object), error=error)
    if method is SignInMethod.CLI:
        # azure-identity has read all of az's output, but it is not a token.
        return ClientAuthenticationError(message=f"{NO_TOKEN} from az", error=error)
    first = next(iter(str(error).splitlines()), "")
    return ClientAuthenticationError(message=redacted(f"{type(error).__name__}: {first}"), error=error)


def is_broken(error: AzureError, method: SignInMethod) -> bool:
    """Whether `az` itself failed, rather than Entra ID refusing the sign-in: another method may work."""
    return (
        method is SignInMethod.CLI and isinstance(error, ClientAuthenticationError) and not code_in(str(error.message))
    )


def checked(found: AccessTokenInfo) -> AccessTokenInfo:
    """Check that a token can be sent and has a valid expiry; `az` and identity endpoints may return anything.

    Raises:
        ClientAuthenticationError: If not.
    """
    token, end = found.token, found.expires_on
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise ClientAuthenticationError(message=f"{NO_TOKEN}: the token is not one word of ASCII")
    if not isinstance(end, int) or not 0 <= end <= _LATEST:
        raise ClientAuthenticationError(message=f"{NO_TOKEN}: the token has no time at which it ends")
    return found


def _words_of_az(printed: bytes) -> str:
    """What `az` printed, in any encoding, as azure-identity would have reported it."""
    words = redacted(printed.decode(errors="replace"))
    if words.lstrip().startswith(("{", "[")):
        return f"{NO_TOKEN} from az"
    if ("az login" in words or "az account set" in words) and not code_in(words):
        return f"{_NOBODY} to set up an account"
    return words
