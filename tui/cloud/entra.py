"""What Microsoft Entra ID's codes mean for the user.

Source: "Microsoft Entra authentication and authorization error codes" and the issues that quote the codes.
"""

import re
from dataclasses import dataclass
from enum import Enum

from tui.cloud.error_row import ErrorCode
from tui.cloud.error_row import Meaning as Kind
from tui.domain.errors import Retry
from tui.domain.mentions import Mention

_CODE = re.compile(r"AADSTS(\d{4,7})")
_TRACE = re.compile(r"(?:Trace ID|Correlation ID|Timestamp):.*", re.DOTALL)


class Remedy(Enum):
    """What helps."""

    SIGN_IN = "sign in again"
    STRONGER = "sign in again, with another factor"
    TENANT = "sign in to another tenant"
    ANOTHER_TENANT = "name a tenant that there is"
    ADMINISTRATOR = "ask an administrator"
    APPLICATION = "correct the application's settings"
    TRY_AGAIN = "try again"


ADVICE = {
    Remedy.SIGN_IN: "Sign in again, then try again.",
    Remedy.STRONGER: "Sign in again with the further step that Azure asks for, then try again.",
    Remedy.ANOTHER_TENANT: f"Name another with --tenant, or here: {Mention.SIGN_IN}, then {Mention.TENANT}.",
    Remedy.TENANT: "Sign in to the tenant of the subscription, then try again.",
    Remedy.ADMINISTRATOR: "Ask an administrator of the tenant, or sign in with a method that the policy allows.",
    Remedy.APPLICATION: "Fix the application's settings in the environment and in the tenant, and start again.",
    Remedy.TRY_AGAIN: "Try again.",
}
"""What to do, as a sentence."""

_KINDS = {
    Remedy.SIGN_IN: Kind.SIGN_IN,
    Remedy.STRONGER: Kind.MFA,
    Remedy.TENANT: Kind.OTHER_TENANT,
    Remedy.ANOTHER_TENANT: Kind.OTHER_TENANT,
    Remedy.ADMINISTRATOR: Kind.SIGN_IN,
    Remedy.APPLICATION: Kind.APPLICATION,
    Remedy.TRY_AGAIN: Kind.SIGN_IN,
}
_RETRIES = {
    Remedy.ADMINISTRATOR: Retry.AFTER_CHANGE,
    Remedy.APPLICATION: Retry.AFTER_CHANGE,
    Remedy.TRY_AGAIN: Retry.LATER,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a code: what is wrong, as a clause, and what helps."""

    what: str
    remedy: Remedy


_EXPIRED = Meaning("your sign-in has expired", Remedy.SIGN_IN)
_REVOKED = Meaning("your sign-in was revoked, as after a change of password", Remedy.SIGN_IN)
_MFA = Meaning("Azure requires multi-factor authentication", Remedy.STRONGER)
_POLICY = Meaning("a conditional access policy blocks this sign-in", Remedy.ADMINISTRATOR)
_DEVICE = Meaning("a conditional access policy requires a managed device", Remedy.ADMINISTRATOR)
_NO_TENANT = Meaning("there is no such tenant", Remedy.ANOTHER_TENANT)
_SECRET = Meaning("the application's secret is wrong or has expired", Remedy.APPLICATION)

MEANINGS: dict[int, Meaning] = {
    70008: _EXPIRED,
    70043: _EXPIRED,
    700082: _EXPIRED,
    700084: _EXPIRED,
    50089: _EXPIRED,
    50132: _REVOKED,
    50133: _REVOKED,
    50173: _REVOKED,
    50058: Meaning("nobody is signed in", Remedy.SIGN_IN),
    50005: _DEVICE,
    53000: _DEVICE,
    53001: _DEVICE,
    530001: _DEVICE,
    530003: _DEVICE,
    53002: Meaning("a conditional access policy requires another application to sign in", Remedy.ADMINISTRATOR),
    53003: _POLICY,
    53004: Meaning("your account is at risk and must be secured first", Remedy.ADMINISTRATOR),
    50097: Meaning("a conditional access policy requires a known device", Remedy.STRONGER),
    50072: Meaning("multi-factor authentication must be set up for your account", Remedy.STRONGER),
    50074: _MFA,
    50076: _MFA,
    50078: Meaning("your multi-factor authentication has expired", Remedy.STRONGER),
    50079: Meaning("multi-factor authentication must be set up for your account", Remedy.STRONGER),
    50158: Meaning("a conditional access policy requires a further sign-in step", Remedy.STRONGER),
    50020: Meaning("your account is not known in this tenant", Remedy.TENANT),
    50034: Meaning("your account is not known in this tenant", Remedy.TENANT),
    90002: _NO_TENANT,
    900021: _NO_TENANT,
    900023: _NO_TENANT,
    50059: Meaning("no tenant was named", Remedy.TENANT),
    50055: Meaning("your password has expired", Remedy.SIGN_IN),
    50057: Meaning("your account is disabled", Remedy.ADMINISTRATOR),
    50053: Meaning("your account is locked", Remedy.ADMINISTRATOR),
    50126: Meaning("the name or the password is wrong", Remedy.SIGN_IN),
    50105: Meaning("your account is not assigned to the application that signs in", Remedy.ADMINISTRATOR),
    65001: Meaning("nobody has consented to the application that signs in", Remedy.ADMINISTRATOR),
    90094: Meaning("an administrator must consent to the application that signs in", Remedy.ADMINISTRATOR),
    70016: Meaning("nobody has entered the code", Remedy.TRY_AGAIN),
    70018: Meaning("the code was not accepted", Remedy.TRY_AGAIN),
    70019: Meaning("the code has expired", Remedy.TRY_AGAIN),
    70020: Meaning("the code has expired", Remedy.TRY_AGAIN),
    700016: Meaning("the application is not known in this tenant", Remedy.APPLICATION),
    7000112: Meaning("the application is disabled", Remedy.APPLICATION),
    7000215: _SECRET,
    7000222: _SECRET,
    700027: Meaning("the application's certificate is not the registered one", Remedy.APPLICATION),
    70021: Meaning("the workload's token does not match a federated credential", Remedy.APPLICATION),
    700024: Meaning("the workload's token has expired", Remedy.APPLICATION),
    500011: Meaning("this tenant does not know the requested service", Remedy.TENANT),
    90033: Meaning("the sign-in service has a fault", Remedy.TRY_AGAIN),
    90024: Meaning("the sign-in service is busy", Remedy.TRY_AGAIN),
}


_SOURCE = "documentation: learn.microsoft.com/entra/identity-platform/reference-error-codes"

ENTRA_ROWS = tuple(
    ErrorCode(
        f"AADSTS{number}",
        _KINDS[meaning.remedy],
        meaning.what,
        ADVICE[meaning.remedy],
        _RETRIES.get(meaning.remedy, Retry.AFTER_SIGN_IN),
        _SOURCE,
    )
    for number, meaning in MEANINGS.items()
)
"""The same codes as rows of the table of error codes."""


def code_in(words: str) -> int | None:
    """The number of the first code in a text; None without one."""
    match = _CODE.search(words)
    return int(match[1]) if match else None


def meaning_of(words: str) -> Meaning | None:
    """The meaning of the first code in a text; None without one, or if it is unknown."""
    code = code_in(words)
    return MEANINGS.get(code) if code is not None else None


def without_traces(words: str) -> str:
    """Entra's words without the ids and times that follow them."""
    return _TRACE.sub("", words).strip()
