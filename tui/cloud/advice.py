"""What a person can do about a refusal: which role is missing, where to sign in, when to try again."""

import re
from dataclasses import dataclass
from typing import Any

from tui.cloud.answers import Refusal, seconds_asked
from tui.domain.actions import Action
from tui.domain.errors import ProblemKind
from tui.domain.roles import ADMINISTRATOR, READ
from tui.domain.sign_in import Way

TRY_AGAIN = "Try again; if it happens again, give Microsoft's support the ids below."
MAYBE_ACCEPTED = "Azure may have accepted it: look what became of it before trying again."
STILL_AT_IT = "Azure accepted it and may still work on it: look what became of it before trying again."
CHECK_PROXY = "Check the proxy or firewall between here and Azure, and the variables HTTPS_PROXY and NO_PROXY."
CHECK_NETWORK = "Check the network, and the variables HTTPS_PROXY and NO_PROXY, then try again."
CHECK_DNS = "Check the network and its DNS, and the variables HTTPS_PROXY and NO_PROXY, then try again."
CHECK_CERTIFICATES = (
    "If a proxy here opens secure connections, give --ca-file a file with its certificate, then try again."
)
SIGN_IN = "Sign in again, then try again."

_DENIED = re.compile(
    r"not have (?:authorization|permission) to perform action(?:\(s\))? '([^']+)'[^']*'([^']+)'", re.IGNORECASE
)
_SYNAPSE_DENIED = re.compile(r"required synapse rbac permission.*?Action: (\S+?), Scope: (\S+?)\.?$", re.I | re.S)
_SYNAPSE_SCOPE = re.compile(r"workspaces/([^/*]+)(?:/bigDataPools/([^/*]+))?", re.IGNORECASE)
_ISSUER = re.compile(r"https://sts[^/']*/([0-9a-fA-F-]{36})")
_NAMESPACE = re.compile(r"namespace '([^']+)'", re.IGNORECASE)
_ROLES = (
    # What an action begins with in lower case, and the narrowest built-in roles that allow it (documented).
    ("microsoft.machinelearningservices/workspaces/computes/read", "Reader"),
    ("microsoft.machinelearningservices/workspaces/computes/", "AzureML Compute Operator or Contributor"),
    ("microsoft.machinelearningservices/workspaces/read", "Reader"),
    ("microsoft.managedidentity/userassignedidentities/assign/action", "Managed Identity Operator"),
)
_BY_KIND = {
    ProblemKind.NOT_SIGNED_IN: SIGN_IN,
    ProblemKind.NOT_FOUND: "Check the name, the resource group and the subscription; it may have been deleted.",
    ProblemKind.CONFLICT: "Another operation is running on it: wait until that has finished, then try again.",
    ProblemKind.CONNECTION: CHECK_PROXY,
    ProblemKind.CHANGED: "Refresh, look at what it is now, and try again if that is still what you want.",
    ProblemKind.REFUSED: "Change what Azure names, then try again.",
}


def reason(kind: ProblemKind, code: str) -> str:
    """Why, in half a sentence that goes after what failed; empty where Azure's own words say it best."""
    by_code = {
        "ResourceGroupNotFound": ": its resource group does not exist",
        "SubscriptionNotFound": ": the subscription does not exist, or you have no access to it",
        "MissingSubscriptionRegistration": ": the subscription is not registered for this service",
    }
    by_kind = {
        ProblemKind.NOT_SIGNED_IN: ": Azure does not accept the sign-in",
        ProblemKind.FORBIDDEN: ": you are not allowed to",
        ProblemKind.NOT_FOUND: ": it does not exist",
        ProblemKind.CONFLICT: ": something else is in the way",
        ProblemKind.THROTTLED: ": Azure has had too many requests",
        ProblemKind.SERVICE: ": Azure has a fault",
        ProblemKind.CONNECTION: ": the proxy asks for a sign-in",
        ProblemKind.CHANGED: ": it has changed meanwhile",
        ProblemKind.REFUSED: ": Azure refused it",
        ProblemKind.UNREADABLE: ": Azure's answer is not one that was expected",
    }
    return by_code.get(code) or by_kind.get(kind, "")


def for_certificate(trusted: str) -> str:
    """What to do about a certificate that is not trusted.

    Args:
        trusted: Which certificates are trusted, and which setting says so.
    """
    return f"Trusted are {trusted}. {CHECK_CERTIFICATES}"


@dataclass(frozen=True, slots=True)
class NotKnown:
    """What is wrong where Azure does not know the caller.

    Attributes:
        what: That, as a clause.
        advice: What to do.
        command: The command that helps; empty where there is none.
        tenant: The tenant to sign in to; empty where that is not what is wrong.
    """

    what: str
    advice: str = SIGN_IN
    command: str = ""
    tenant: str = ""


def for_sign_in(code: str, words: str, way: Way | None) -> NotKnown:
    """What is wrong where Azure does not know the caller.

    Args:
        code: Azure's code.
        words: Azure's words, which may name the tenant that it must be.
        way: By which way the caller was signed in, as far as that is known; a command helps only with `az`.
    """
    command = "az login" if way in (Way.CLI, None) else ""
    if code == "InvalidAuthenticationTokenTenant":
        tenants = _ISSUER.findall(words)
        tenant = tenants[-1] if len(tenants) > 1 else ""
        what = "you are signed in to another tenant than the subscription's"
        advice = f"Sign in to {f'the tenant {tenant}' if tenant else 'that one'}: {Action.SIGN_IN}; then try again."
        return NotKnown(what, advice, f"{command} --tenant {tenant or 'TENANT'}" if command else "", tenant)
    what = "your sign-in has expired" if code == "ExpiredAuthenticationToken" else "Azure does not accept the sign-in"
    return NotKnown(what, command=command)


def for_refusal(kind: ProblemKind, refusal: Refusal, response: Any, way: Way | None) -> str:
    """What to do about a refusal.

    Args:
        kind: What kind of problem it is.
        refusal: What Azure's answer says.
        response: The answer itself, for its headers.
        way: By which way the caller is signed in, as far as that is known.
    """
    if refusal.code == "MissingSubscriptionRegistration":
        return _for_unregistered(refusal.message)
    if kind is ProblemKind.FORBIDDEN:
        return _for_forbidden(refusal, way)
    if kind is ProblemKind.THROTTLED:
        return _for_throttled(response)
    return _BY_KIND.get(kind, TRY_AGAIN)


def _for_forbidden(refusal: Refusal, way: Way | None) -> str:
    synapse = _SYNAPSE_DENIED.search(refusal.message)
    if synapse is not None:
        return _for_synapse(*synapse.groups())
    denied = _DENIED.search(refusal.message)
    if denied is None:
        return f"Ask an owner of the resource for access; {_if_granted(way)}"
    action, scope = denied.groups()
    role = next((role for start, role in _ROLES if action.lower().startswith(start)), "")
    if not role and action.lower().endswith("/read"):
        role = "Reader"
    wanted = f"the role {role}" if role else f"a role that allows {action}"
    return f"Ask for {wanted} on {_short(scope)}; {_if_granted(way)}"


def _if_granted(way: Way | None) -> str:
    """How a grant comes to count that is not in the token yet, as the end of a sentence."""
    first = "run `az login` again and " if way is Way.CLI else ""
    return f"if it was granted just now, {first}get a new token: {Action.SIGN_IN}, then {Action.RENEW}."


def _for_synapse(action: str, scope: str) -> str:
    """The role of Synapse's own permissions that is missing, and where it is had."""
    found = _SYNAPSE_SCOPE.match(scope)
    workspace = found[1] if found else scope
    if action.lower() == READ.lower():
        role = "any Synapse role, such as Synapse User,"
    else:
        role = f"the Synapse role {ADMINISTRATOR.name}"
    pool = f"Spark pool {found[2]} of " if found and found[2] else ""
    return (
        "This is Synapse's own permission, which Azure roles such as Owner do not include. "
        f"Ask a Synapse Administrator of {workspace} for {role} on {pool}workspace {workspace}; "
        "a grant takes a few minutes to count."
    )


def _short(scope: str) -> str:
    """A scope by its innermost kind and name, without the compute, because roles are granted on its workspace."""
    parts = scope.strip("/").split("/")
    if len(parts) > 2 and parts[-2].lower() == "computes":
        parts = parts[:-2]
    kinds = {"subscriptions": "subscription", "resourcegroups": "resource group", "workspaces": "workspace"}
    return f"{kinds.get(parts[-2].lower(), parts[-2])} {parts[-1]}" if len(parts) > 1 else scope


def _for_throttled(response: Any) -> str:
    seconds = seconds_asked(response)
    if seconds is None:
        return "Wait a minute, then try again."
    return f"Azure asks to wait {seconds:.0f} seconds: try again after that."


def _for_unregistered(words: str) -> str:
    found = _NAMESPACE.search(words)
    namespace = found[1] if found else "NAMESPACE"
    return f"Have an owner of the subscription run `az provider register --namespace {namespace}`, then try again."
