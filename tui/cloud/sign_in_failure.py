"""Failures to sign in, and what to do: in words and, where it helps, as a command."""

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
from tui.domain.sign_in import SignInMethod

_LIBRARY = re.compile(
    r"^\w+Credential(?: authentication unavailable)?[:.,]?\s*|\s*(?:Visit|To mitigate this issue)\b.*$", re.DOTALL
)
_COMMAND = re.compile(r"^[^\S\n]*(az login [^\n]+)", re.MULTILINE)
_ANOTHER_WAY = "Sign in with another method, or set up this one."
_OTHERS: dict[SignInMethod, tuple[tuple[str, str, str], ...]] = {
    # What azure-identity says (its source), what that means, and what to do.
    SignInMethod.MANAGED_IDENTITY: (
        (
            r"no response from the IMDS|No managed identity endpoint found",
            "this machine has no managed identity",
            _ANOTHER_WAY,
        ),
        (
            r"Identity not found|identity has not been assigned|No identity has been assigned|No User Assigned",
            "this machine has no managed identity, or not the specified one",
            "Check AZURE_CLIENT_ID, or assign the identity to this machine.",
        ),
        (
            r"Unexpected content type|Failed to deserialize|Unexpected response|No token received",
            "something other than Azure's identity service answers here",
            _ANOTHER_WAY,
        ),
    ),
    SignInMethod.DEVICE_CODE: (
        (r"Interactive authentication is required", "nobody has signed in with a device code yet", "Sign in."),
        (r"Timed out waiting", "nobody entered the code in time", "Sign in."),
    ),
}
_BY_ENVIRONMENT = (SignInMethod.ENVIRONMENT, SignInMethod.WORKLOAD_IDENTITY)
_BY_AZ = (Remedy.SIGN_IN, Remedy.STRONGER, Remedy.TENANT)


class SignInFailed(ClientAuthenticationError):
    """Nobody could be signed in, or not as strongly as Azure requires.

    Attributes:
        what: What is wrong, as a clause.
        cause: The words of the service that refused.
        advice: What to do.
        code: Entra's code, such as `AADSTS50076`; empty without one.
        command: The command that helps; empty without one.
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

    An empty `tenant` is the account's own, and an empty `scope` is Azure Resource Manager. `claims` is the claims
    request of a service; `az` supports it from version 2.76.
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


def failure_of(
    error: AzureError, method: SignInMethod, tenant: str, profile: CloudProfile, az_seconds: int
) -> AzureError:
    """What a credential's failure means: a network failure, marked as "Azure was not asked", or a sign-in failure.

    An empty `tenant` is the method's default. `az_seconds` is how long `az` was given.
    """
    for cause in causes_of(error):
        if isinstance(cause, UntrustedCertificate | ProxyRefused | ProxyUnusable | ServiceRequestError):
            return cause
        if isinstance(cause, ServiceResponseError):
            # Requests that needed the token have not been sent.
            return ServiceRequestError(cause.message, error=cause)
    words = without_traces(_words_of(error))
    code = code_in(words)
    meaning = meaning_of(words)
    if meaning is not None:
        what, advice = meaning.what, ADVICE[meaning.remedy]
        helps = meaning.remedy in _BY_AZ
        if meaning.remedy is Remedy.ANOTHER_TENANT and not tenant and method in _BY_ENVIRONMENT:
            advice = f"Fix AZURE_TENANT_ID. {advice}"
    else:
        what, advice, helps, words = _without_code(words, method, az_seconds)
    command = ""
    if method is SignInMethod.CLI and helps:
        own = _COMMAND.search(str(error.message))
        command = own[1].strip() if own else az_login(profile, tenant)
    return SignInFailed(
        what, cause=words, advice=advice, code=f"AADSTS{code}" if code else "", command=command, error=error
    )


def _words_of(error: AzureError) -> str:
    """The words of the service that refused, unless azure-identity's own hide them."""
    refusal = reading.text(body_json(getattr(error, "response", None)), "error_description")
    if refusal:
        return refusal
    for cause in causes_of(error):
        # MSAL looks up the tenant first, and reports only in its own words that this failed (its source).
        with suppress(ValueError, RecursionError):
            refusal = reading.text(json.loads(str(cause).partition("Error: ")[2]), "error_description")
        if refusal:
            return refusal
    return str(error.message)


def _without_code(words: str, method: SignInMethod, az_seconds: int) -> tuple[str, str, bool, str]:
    """What is wrong, what to do, whether `az login` helps, and the remaining words to show."""
    if method is SignInMethod.CLI:
        return _without_code_of_az(words, az_seconds)
    # If the method lacks something on this machine, that is the reason, whatever else was reported.
    reason = why_not(method)
    if method is SignInMethod.ENVIRONMENT and reason:
        missing = reason.removeprefix("not set: ").split(", ")
        names = enumerated(missing)
        is_one = len(missing) == 1 and " or " not in names
        return f"{names} {'is' if is_one else 'are'} not set", "Set what is missing, and start again.", False, ""
    cause = f"{reason[0].upper()}{reason[1:]}." if reason and method is SignInMethod.MANAGED_IDENTITY else ""
    for sign, what, advice in _OTHERS.get(method, ()):
        if re.search(sign, words, re.IGNORECASE):
            return what, advice, False, cause or ("" if advice == _ANOTHER_WAY else _without_library(words))
    if cause:
        return "this machine has no managed identity", _ANOTHER_WAY, False, f"{cause} {words}"
    return f"the sign-in by {method.label} failed", "", False, _without_library(words)


def _without_code_of_az(words: str, az_seconds: int) -> tuple[str, str, bool, str]:
    """The same for what `az` said: signing in helps only if az's words mention it."""
    if "Timed out waiting for Azure CLI" in words:
        what = f"az gave no token within {az_seconds} s"
        return what, "Try again, or give it more time with --az-timeout.", False, ""
    meaning = az_messages.meaning_of(words)
    words_shown = az_messages.last_words(words)
    if meaning is None:
        return "az could not give a token", "", False, words_shown
    return meaning.what, meaning.advice, meaning.is_about_sign_in, words_shown if meaning.is_quoted else ""


def _without_library(words: str) -> str:
    """The words of the service that refused, without azure-identity's text for developers."""
    return _LIBRARY.sub("", words).strip()


def demand_failure(method: SignInMethod, claims: str, command: str, error: Exception) -> SignInFailed:
    """Azure requires a stronger sign-in, which the current method cannot get without the user.

    `claims` is Azure's request, as JSON; `command` is the `az` command for it (empty without one).
    """
    if command:
        advice = "Run the command in another terminal, sign in again here, and continue."
    elif method is SignInMethod.DEVICE_CODE:
        advice = "Sign in again, then continue."
    else:
        advice = f"A {method.label} cannot do that: sign in as a user."
    return SignInFailed(
        "Azure requires a stronger sign-in for this",
        cause=f"Its policy asks for the claims {claims}.",
        advice=advice,
        command=command,
        error=error,
    )
