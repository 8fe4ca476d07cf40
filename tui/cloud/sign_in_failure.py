"""A failure to sign in, said so that the person knows what to do: in words, and where it helps as a command."""

import json
import os
import re
import shlex
from base64 import urlsafe_b64encode
from contextlib import suppress

from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError, ServiceResponseError

from tui.cloud import az_messages, reading
from tui.cloud.answers import body_json
from tui.cloud.credentials import why_not
from tui.cloud.entra import ADVICE, Remedy, code_in, meaning_of, without_traces
from tui.cloud.failures import ProxyRefused, ProxyUnusable, UntrustedCertificate, causes_of
from tui.domain.clouds import CloudProfile
from tui.domain.phrases import enumerated
from tui.domain.sign_in import Way

_LIBRARY = re.compile(
    r"^\w+Credential(?: authentication unavailable)?[:.,]?\s*|\s*(?:Visit|To mitigate this issue)\b.*$", re.DOTALL
)
_COMMAND = re.compile(r"^[^\S\n]*(az login [^\n]+)", re.MULTILINE)
_ANOTHER_WAY = "Sign in in another way, or set up this one."
_OTHERS: dict[Way, tuple[tuple[str, str, str], ...]] = {
    # What azure-identity says (its source), what that means, and what to do.
    Way.MANAGED_IDENTITY: (
        (
            r"no response from the IMDS|No managed identity endpoint found",
            "this machine has no managed identity",
            _ANOTHER_WAY,
        ),
        (
            r"Identity not found|identity has not been assigned|No identity has been assigned|No User Assigned",
            "this machine has no managed identity, or not the one that was named",
            "Check AZURE_CLIENT_ID, or assign the identity to this machine.",
        ),
        (
            r"Unexpected content type|Failed to deserialize|Unexpected response|No token received",
            "what answers here in the place of Azure's identity service is none",
            _ANOTHER_WAY,
        ),
    ),
    Way.DEVICE_CODE: (
        (r"Interactive authentication is required", "nobody has signed in with a device code yet", "Sign in."),
        (r"Timed out waiting", "nobody has typed the code in time", "Sign in."),
    ),
}
_BY_ENVIRONMENT = (Way.ENVIRONMENT, Way.WORKLOAD_IDENTITY)
_BY_AZ = (Remedy.SIGN_IN, Remedy.STRONGER, Remedy.TENANT)


class SignInFailed(ClientAuthenticationError):
    """Nobody could be signed in, or not so strongly as Azure wants it.

    Attributes:
        what: What is wrong, as a clause.
        cause: The words of who refused.
        advice: What to do.
        code: Entra's code, such as `AADSTS50076`; empty where there is none.
        command: The command that helps; empty where there is none.
    """

    def __init__(
        self, what: str, *, cause: str = "", advice: str = "", code: str = "", command: str = "", error: Exception
    ) -> None:
        super().__init__(cause or what, error=error)
        self.what = what
        self.cause = cause
        self.advice = advice
        self.code = code
        self.command = command


def az_login(profile: CloudProfile, tenant: str = "", scope: str = "", claims: str = "") -> str:
    """The command that signs in to `az`.

    Args:
        profile: The cloud.
        tenant: The tenant; empty for the account's own.
        scope: For what; empty for Azure Resource Manager.
        claims: The claims request that a service made; `az` knows it from version 2.76 on.
    """
    words = ["az login"]
    if tenant:
        words.append(f"--tenant {shlex.quote(tenant)}")
    if os.environ.get("SSH_CONNECTION"):
        words.append("--use-device-code")
    if claims:
        words.append(f"--claims-challenge {urlsafe_b64encode(claims.encode()).decode()}")
    if scope:
        words.append(f"--scope {shlex.quote(scope)}")
    login = " ".join(words)
    return login if profile.is_public else f"az cloud set --name {shlex.quote(profile.name)} && {login}"


def failure_of(error: AzureError, way: Way, tenant: str, profile: CloudProfile, az_seconds: int) -> AzureError:
    """What a credential's failure is.

    Args:
        error: What azure-identity raised.
        way: The way that was tried.
        tenant: The tenant that was chosen; empty for the way's own.
        profile: The cloud.
        az_seconds: How long `az` was waited for.

    Returns:
        A failure of the network as such, in the form that says that Azure was not asked; else what is wrong with
        the sign-in.
    """
    for cause in causes_of(error):
        if isinstance(cause, UntrustedCertificate | ProxyRefused | ProxyUnusable | ServiceRequestError):
            return cause
        if isinstance(cause, ServiceResponseError):
            # Whatever was to be sent afterwards has not been sent.
            return ServiceRequestError(cause.message, error=cause)
    words = without_traces(_words_of(error))
    code = code_in(words)
    meaning = meaning_of(words)
    if meaning is not None:
        what, advice = meaning.what, ADVICE[meaning.remedy]
        helps = meaning.remedy in _BY_AZ
        if meaning.remedy is Remedy.ANOTHER_TENANT and not tenant and way in _BY_ENVIRONMENT:
            advice = f"Correct AZURE_TENANT_ID. {advice}"
    else:
        what, advice, helps, words = _without_code(words, way, az_seconds)
    command = ""
    if way is Way.CLI and helps:
        own = _COMMAND.search(str(error.message))
        command = own[1].strip() if own else az_login(profile, tenant)
    return SignInFailed(
        what, cause=words, advice=advice, code=f"AADSTS{code}" if code else "", command=command, error=error
    )


def _words_of(error: AzureError) -> str:
    """The words of who refused, as far as azure-identity's own do not hide them."""
    refusal = reading.text(body_json(getattr(error, "response", None)), "error_description")
    if refusal:
        return refusal
    for cause in causes_of(error):
        # MSAL asks for the tenant first, and says in its own words alone that this failed (its source).
        with suppress(ValueError, RecursionError):
            refusal = reading.text(json.loads(str(cause).partition("Error: ")[2]), "error_description")
        if refusal:
            return refusal
    return str(error.message)


def _without_code(words: str, way: Way, az_seconds: int) -> tuple[str, str, bool, str]:
    """What is wrong, what to do, whether `az login` helps, and the words that are left to be shown."""
    if way is Way.CLI:
        return _without_code_of_az(words, az_seconds)
    # Whatever else was said on a machine that lacks what the method needs, this is why.
    reason = why_not(way)
    if way is Way.ENVIRONMENT and reason:
        missing = reason.removeprefix("not set: ").split(", ")
        names = enumerated(missing)
        is_one = len(missing) == 1 and " or " not in names
        return f"{names} {'is' if is_one else 'are'} not set", "Set what is missing, and start again.", False, ""
    cause = f"{reason[0].upper()}{reason[1:]}." if reason and way is Way.MANAGED_IDENTITY else ""
    for sign, what, advice in _OTHERS.get(way, ()):
        if re.search(sign, words, re.IGNORECASE):
            return what, advice, False, cause or ("" if advice == _ANOTHER_WAY else _without_library(words))
    if cause:
        return "this machine has no managed identity", _ANOTHER_WAY, False, f"{cause} {words}"
    return f"the sign-in by {way.words} failed", "", False, _without_library(words)


def _without_code_of_az(words: str, az_seconds: int) -> tuple[str, str, bool, str]:
    """The same for what `az` said: a sign-in helps only where az's words speak of one."""
    if "Timed out waiting for Azure CLI" in words:
        what = f"az gave no token within {az_seconds} s"
        return what, "Try again, or give it longer with --az-timeout.", False, ""
    told = az_messages.meaning_of(words)
    said = az_messages.last_words(words)
    if told is None:
        return "az could not give a token", "", False, said
    return told.what, told.advice, told.is_about_sign_in, said if told.is_quoted else ""


def _without_library(words: str) -> str:
    """The words of who refused, without what azure-identity puts around them for developers."""
    return _LIBRARY.sub("", words).strip()


def demand_failure(way: Way, claims: str, command: str, error: Exception) -> SignInFailed:
    """Azure asks for a stronger sign-in, which the way in use cannot give without the person.

    Args:
        way: The way in use.
        claims: What Azure asks for, as JSON.
        command: The command of `az` that gives it; empty where there is none.
        error: What azure-identity raised.
    """
    if command:
        advice = "Run the command in another terminal, sign in anew here, and go on."
    elif way is Way.DEVICE_CODE:
        advice = "Sign in again, and go on."
    else:
        advice = f"A {way.words} cannot do that: sign in as a person."
    return SignInFailed(
        "Azure wants a stronger sign-in for this",
        cause=f"Its policy asks for the claims {claims}.",
        advice=advice,
        command=command,
        error=error,
    )
