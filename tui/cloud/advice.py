"""What to do about a refusal: the row of the table of error codes, filled in with names from Azure's own words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tui.cloud import reading
from tui.cloud.answers import Refusal, seconds_asked
from tui.cloud.durations import words_of
from tui.cloud.error_row import ErrorCode, Meaning
from tui.domain.azure_scope import place_of
from tui.domain.locks import LOCKED, NO_WAITING, REMOVED_BY
from tui.domain.mentions import Mention
from tui.domain.permissions import role_for
from tui.domain.phrases import first_of, form_of
from tui.domain.roles import ADMINISTRATOR, READ
from tui.domain.sign_in import SignInMethod
from tui.domain.text import clean

TRY_AGAIN = "Try again; if it happens again, give Microsoft's support the ids below."
MAYBE_ACCEPTED = "Azure may have accepted it: check its state before trying again."
STILL_AT_IT = "Azure accepted it and may still be working on it: check its state before trying again."
CHECK_PROXY = "Check the proxy or firewall between here and Azure, and the variables HTTPS_PROXY and NO_PROXY."
CHECK_NETWORK = "Check the network, and the variables HTTPS_PROXY and NO_PROXY, then try again."
CHECK_DNS = "Check the network and its DNS, and the variables HTTPS_PROXY and NO_PROXY, then try again."
CHECK_CERTIFICATES = "If a proxy here inspects TLS connections, pass its certificate with --ca-file, then try again."
SIGN_IN = "Sign in again, then try again."

_DENIED = re.compile(
    r"not have (?:authorization|permission) to perform action(?:\(s\))? '([^']+)'[^']*'([^']+)'", re.IGNORECASE
)
_GRANTED_JUST_NOW = re.compile(r"recently granted|refresh your credentials|new token", re.IGNORECASE)
_SYNAPSE_DENIED = re.compile(r"required synapse rbac permission.*?Action: (\S+?), Scope: (\S+?)\.?$", re.I | re.S)
_SYNAPSE_SCOPE = re.compile(r"workspaces/([^/*]+)(?:/bigDataPools/([^/*]+))?", re.IGNORECASE)
_ISSUER = re.compile(r"https://sts[^/']*/([0-9a-fA-F-]{36})")
_NAMESPACE = re.compile(r"namespace '([^']+)'", re.IGNORECASE)
_LOCKED = re.compile(r"scope\(s\) are locked:(.*)", re.IGNORECASE | re.DOTALL)
_SCOPE = re.compile(r"'(/[^']*)'")
_ADDRESS = re.compile(r"\b(?:\d{1,3}(?:\.[\d*]{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7})", re.IGNORECASE)
_POLICY_NAME = re.compile(r'"policyAssignment"\s*:\s*\{\s*"name"\s*:\s*"((?:[^"\\]|\\.)+)"')
_OPERATORS = {
    "equals": "to be", "notequals": "not to be", "in": "to be one of", "notin": "not to be one of",
    "like": "to be like", "notlike": "not to be like", "match": "to match", "contains": "to contain",
    "notcontains": "not to contain", "containskey": "to have the key", "less": "to be less than",
    "lessorequals": "to be at most", "greater": "to be greater than", "greaterorequals": "to be at least",
}  # fmt: skip
_OPPOSITES = {
    "equals": "notequals", "notequals": "equals", "in": "notin", "notin": "in", "like": "notlike",
    "notlike": "like", "contains": "notcontains", "notcontains": "contains", "less": "greaterorequals",
    "greaterorequals": "less", "greater": "lessorequals", "lessorequals": "greater",
}  # fmt: skip
_MOST_NAMED = 3
_MOST_VALUE = 120


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal in words.

    Attributes:
        what: What is wrong, as a clause that follows what failed.
        advice: What to do.
        command: A command that helps, to run in another terminal; empty where there is none.
        tenant: The tenant to sign in to, where that is the problem; else empty.
    """

    what: str
    advice: str
    command: str = ""
    tenant: str = ""


def explain(row: ErrorCode, refusal: Refusal, response: Any, method: SignInMethod | None) -> Explained:
    """A refusal in words: the row's own, with the names in Azure's words.

    `response` is read for its headers; None without one. `method` is the sign-in method, if known: a command helps only
    with `az`.
    """
    explainer = _EXPLAINERS.get(row.meaning)
    if explainer is not None:
        return explainer(row, refusal, method)
    seconds = seconds_asked(response)
    if seconds is not None and row.meaning in _WORTH_WAITING:
        return Explained(row.sentence, f"Azure asks to wait {words_of(seconds)}: try again after that.")
    return Explained(row.sentence, row.remedy)


def for_certificate(trusted: str) -> str:
    """What to do about an untrusted certificate; `trusted` says which ones are trusted, and by which setting."""
    return f"Trusted: {trusted}. {CHECK_CERTIFICATES}"


def _for_sign_in(row: ErrorCode, refusal: Refusal, method: SignInMethod | None) -> Explained:
    command = "az login" if method in (SignInMethod.CLI, None) else ""
    if row.code == "InvalidAuthenticationTokenTenant":
        tenants = _ISSUER.findall(refusal.message)
        tenant = tenants[-1] if len(tenants) > 1 else ""
        advice = f"Sign in to {f'the tenant {tenant}' if tenant else 'that one'}: {Mention.SIGN_IN}; then try again."
        return Explained(row.sentence, advice, f"{command} --tenant {tenant or 'TENANT'}" if command else "", tenant)
    return Explained(row.sentence, row.remedy, command)


def _for_right(row: ErrorCode, refusal: Refusal, method: SignInMethod | None) -> Explained:
    """Which role is missing, if Azure says which action was denied."""
    granted = f"; {_if_granted(method)}" if _GRANTED_JUST_NOW.search(refusal.message) else "."
    denied = _DENIED.search(refusal.message)
    if denied is None:
        return Explained(row.sentence, f"{row.remedy.removesuffix('.')}{granted}")
    action, scope = denied.groups()
    role = role_for(action)
    role_words = f"the role {role}" if role else f"a role that allows {action}"
    return Explained(row.sentence, f"Ask for {role_words} on {_short(scope)}{granted}")


def _if_granted(method: SignInMethod | None) -> str:
    """How a recent grant that is not in the token yet takes effect, as the end of a sentence."""
    first = "run `az login` again and " if method is SignInMethod.CLI else ""
    return f"if it was granted just now, {first}get a new token ({Mention.SIGN_IN}, then {Mention.RENEW})."


def _for_role(row: ErrorCode, refusal: Refusal, _: SignInMethod | None) -> Explained:
    denied = _SYNAPSE_DENIED.search(refusal.message)
    return Explained(row.sentence, _for_synapse(*denied.groups()) if denied else row.remedy)


def _for_synapse(action: str, scope: str) -> str:
    """Which of Synapse's own roles is missing, and where to get it."""
    match = _SYNAPSE_SCOPE.match(scope)
    workspace = match[1] if match else scope
    if action.lower() == READ.lower():
        role = "any Synapse role, such as Synapse User,"
    else:
        role = f"the Synapse role {ADMINISTRATOR.name}"
    pool = f"Spark pool {match[2]} of " if match and match[2] else ""
    return (
        "This is Synapse's own permission, which Azure roles such as Owner do not include. "
        f"Ask a Synapse Administrator of {workspace} for {role} on {pool}workspace {workspace}; "
        "a grant takes a few minutes to take effect."
    )


def _short(scope: str) -> str:
    """A scope by its innermost kind and name, without the compute, because roles are granted on its workspace."""
    parts = scope.strip("/").split("/")
    if len(parts) > 2 and parts[-2].lower() == "computes":
        parts = parts[:-2]
    kinds = {"subscriptions": "subscription", "resourcegroups": "resource group", "workspaces": "workspace"}
    return f"{kinds.get(parts[-2].lower(), parts[-2])} {parts[-1]}" if len(parts) > 1 else scope


def _for_network(row: ErrorCode, refusal: Refusal, _: SignInMethod | None) -> Explained:
    """Which address the firewall blocks."""
    match = _ADDRESS.search(refusal.message)
    address = f"the address {match[0]}" if match else "your address"
    return Explained(row.sentence.replace("{address}", address), row.remedy)


def _for_lock(row: ErrorCode, refusal: Refusal, _: SignInMethod | None) -> Explained:
    """Which scope is locked, and who can remove the lock."""
    named = _LOCKED.search(refusal.message)
    scopes = list(dict.fromkeys(_SCOPE.findall(named[1]))) if named else []
    if not scopes:
        return Explained(row.sentence.replace("{lock}", "a scope above it"), row.remedy)
    places = first_of(place_of(scope) for scope in scopes)
    locked = LOCKED if len(scopes) == 1 else LOCKED.replace(" is ", " are ")
    listed = first_of(scopes)
    return Explained(
        locked.format(lock=places),
        f"The lock is on {listed}. {REMOVED_BY}{'' if len(scopes) == 1 else 's'}; {NO_WAITING}.",
    )


def _for_policy(row: ErrorCode, refusal: Refusal, _: SignInMethod | None) -> Explained:
    """Which policies forbid it, where they are assigned, and what they require."""
    names: list[str] = []
    details: list[str] = []
    for info in refusal.violations:
        name = _said(info, "policyAssignmentDisplayName") or _said(info, "policyDefinitionDisplayName")
        name = name or _said(info, "policyAssignmentName") or _said(info, "policyDefinitionName")
        if not name or name in names:
            continue
        names.append(name)
        scope = _said(info, "policyAssignmentScope")
        where = f" (assigned to {place_of(scope)})" if scope else ""
        needs = _needs(info)
        details.append(f'"{name}"{where} needs {needs}.' if needs else f'"{name}"{where} forbids it.')
    if not names:
        names = [clean(name) for name in dict.fromkeys(_POLICY_NAME.findall(refusal.message))]
    if not names:
        return Explained(row.sentence.replace("{policy}", "a policy"), row.remedy)
    quoted = first_of(f'"{name}"' for name in names)
    what = f"the {form_of('policy', len(names))} {quoted} {'does' if len(names) == 1 else 'do'} not allow it"
    return Explained(what, " ".join([*details[:_MOST_NAMED], row.remedy]))


def _needs(info: Mapping[str, Any]) -> str:
    """What a policy requires, from the conditions that it evaluated; empty if they do not say."""
    needs = []
    for one in reading.items(info, "evaluationDetails", "evaluatedExpressions"):
        name = _said(one, "path") or _said(one, "expression")
        if not name or name.lower() == "type":
            continue
        needs.append(_need(name, one))
    return first_of(needs)


def _need(name: str, evaluated: Mapping[str, Any]) -> str:
    """What one condition requires: a policy denies a condition that was met."""
    operator = str(evaluated.get("operator") or "").lower()
    target = _value(evaluated.get("targetValue"))
    is_met = str(evaluated.get("result")).lower() == "true"
    if operator == "exists":
        must_exist = (target.lower() == "true") is not is_met
        return f"{name} to be {'set' if must_exist else 'absent'}"
    condition = _OPPOSITES.get(operator, "") if is_met else operator
    sent = f" (sent: {_value(evaluated['expressionValue'])})" if "expressionValue" in evaluated else ""
    if condition not in _OPERATORS:
        return f"another value of {name}{sent}"
    return f"{name} {_OPERATORS[condition]} {target}{sent}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    text = clean(str(value))
    return text if len(text) <= _MOST_VALUE else f"{text[: _MOST_VALUE - 1]}…"


def _said(info: Any, name: str) -> str:
    return clean(reading.text(info, name)).strip()


def _for_unregistered(row: ErrorCode, refusal: Refusal, _: SignInMethod | None) -> Explained:
    match = _NAMESPACE.search(refusal.message)
    if match is None:
        return Explained(row.sentence, row.remedy)
    command = f"az provider register --namespace {match[1]}"
    return Explained(row.sentence, f"Have an owner of the subscription run `{command}`, then try again.")


_EXPLAINERS: Mapping[Meaning, Callable[[ErrorCode, Refusal, SignInMethod | None], Explained]] = {
    Meaning.RIGHT_MISSING: _for_right,
    Meaning.ROLE_MISSING: _for_role,
    Meaning.LOCKED: _for_lock,
    Meaning.POLICY: _for_policy,
    Meaning.UNREGISTERED: _for_unregistered,
    Meaning.NETWORK: _for_network,
    Meaning.MFA: _for_sign_in,
    Meaning.SIGN_IN: _for_sign_in,
    Meaning.OTHER_TENANT: _for_sign_in,
}
_WORTH_WAITING = (Meaning.THROTTLED, Meaning.SERVICE, Meaning.BUSY)
