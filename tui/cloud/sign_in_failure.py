"""A failure to sign in, said so that the person knows what to do: in words, and where it helps as a command."""

import json
import os
import re
import shlex
from base64 import urlsafe_b64encode
from contextlib import suppress

from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError, ServiceResponseError

from tui.cloud import reading
from tui.cloud.answers import body_json
from tui.cloud.credentials import why_not
from tui.cloud.entra import Remedy, code_in, meaning_of, without_traces
from tui.cloud.failures import ProxyRefused, UntrustedCertificate, causes_of
from tui.domain.actions import Action
from tui.domain.clouds import CloudProfile
from tui.domain.sign_in import Way

_COMMAND = re.compile(r"^[^\S\n]*(az login [^\n]+)", re.MULTILINE)
_AZ = (
    # What azure-identity says of `az` (its source), and what that means.
    ("not found on path", "az is not installed here, or not on the PATH"),
    ("Timed out", "az gave no token within {seconds} s"),
    ("Please run 'az login'", "nobody is signed in to az"),
    ("Failed to execute", "az cannot be run here"),
    ("Unexpected output", "az answered something that is no token"),
)
_OTHERS: dict[Way, tuple[tuple[str, str], ...]] = {
    Way.ENVIRONMENT: (
        (
            "not fully configured",
            "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or a certificate) are not all set",
        ),
    ),
    Way.MANAGED_IDENTITY: (
        ("no response from the IMDS", "this machine has no managed identity"),
        ("No identity has been assigned", "this machine has no managed identity, or not the one that was named"),
        ("Unexpected content type", "what answers here in the place of Azure's identity service is none"),
    ),
    Way.DEVICE_CODE: (
        ("Interactive authentication is required", "nobody has signed in with a device code yet"),
        ("Timed out waiting", "nobody has typed the code in time"),
    ),
}
_ADVICE = {
    Remedy.SIGN_IN: "Sign in again, then try again.",
    Remedy.STRONGER: "Sign in again with the further step that Azure asks for, then try again.",
    Remedy.ANOTHER_TENANT: f"Name another with --tenant, or here: {Action.SIGN_IN}, then {Action.TENANT}.",
    Remedy.TENANT: "Sign in to the tenant of the subscription, then try again.",
    Remedy.ADMINISTRATOR: "Ask an administrator of the tenant, or sign in in a way that the policy allows.",
    Remedy.APPLICATION: "Correct the application's settings in the environment and in the tenant, and start again.",
    Remedy.TRY_AGAIN: "Try again.",
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
        if isinstance(cause, UntrustedCertificate | ProxyRefused | ServiceRequestError):
            return cause
        if isinstance(cause, ServiceResponseError):
            # Whatever was to be sent afterwards has not been sent.
            return ServiceRequestError(cause.message, error=cause)
    words = without_traces(_words_of(error))
    code = code_in(words)
    meaning = meaning_of(words)
    if meaning is not None:
        what, advice = meaning.what, _ADVICE[meaning.remedy]
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
    """What is wrong, what to do, whether `az login` helps, and the words that are left to be told."""
    if way is Way.CLI:
        what = next((what for sign, what in _AZ if sign in words), "")
        if "Timed out" in words:
            return what.format(seconds=az_seconds), "Try again, or give it longer with --az-timeout.", False, ""
        if "not found on path" in words or "Failed to execute" in words:
            return what, "Install the Azure CLI, or sign in in another way.", False, ""
        return what or "az could not give a token", _ADVICE[Remedy.SIGN_IN], True, "" if what else words
    advice = "Sign in." if way is Way.DEVICE_CODE else "Sign in in another way, or set up this one."
    # Whatever else was said on a machine that is not one of Azure's, this is why.
    reason = why_not(way) if way is Way.MANAGED_IDENTITY else None
    cause = f"{reason[0].upper()}{reason[1:]}." if reason else ""
    for sign, what in _OTHERS.get(way, ()):
        if sign in words:
            return what, advice, False, cause
    if cause:
        return "this machine has no managed identity", advice, False, f"{cause} {words}"
    return f"the sign-in by {way.words} failed", _ADVICE[Remedy.SIGN_IN], False, words


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
