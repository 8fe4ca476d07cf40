"""Failures as problems: what failed, why in Azure's words, and what to do."""

import json
import socket
import ssl
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from tui.cloud.errors import Stage, problem_from
from tui.domain.errors import Problem, ProblemKind

SCOPE = "/subscriptions/s/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces/aml-prod"


CODED = {"error": {"code": "SomeCode", "message": "No."}}
UNPROVEN = (202, 206, 302, 307, 408, 425, 499, 500, 501, 502, 503, 504, 599)
"""Statuses that do not prove that a write was rejected."""


@dataclass
class Response:
    """The part of an azure-core response that an error reads."""

    status_code: int
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = "Reason"
    request: Any = field(default_factory=lambda: SimpleNamespace(headers={"x-ms-client-request-id": "client-1"}))

    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)


def said(status: int, code: str = "", message: str = "", **headers: str) -> Problem:
    body = {"error": {"code": code, "message": message}} if code or message else ""
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return problem_from(HttpResponseError(response=Response(status, body, dashed)), "list the computes of aml-prod")


def test_a_recorded_machine_learning_error_is_shown_with_its_ids() -> None:
    body = {
        "error": {
            "code": "ServiceError",
            "message": "InternalServerError",
            "details": [{"code": "Inner", "message": "The store is away.", "details": []}],
            "additionalInfo": [{"type": "ComponentName", "info": {"value": "managementfrontend"}}],
        }
    }
    headers = {"x-ms-request-id": "request-1", "x-ms-correlation-request-id": "correlation-1"}

    problem = problem_from(HttpResponseError(response=Response(500, body, headers)), "list the computes of aml-prod")

    assert problem.kind is ProblemKind.SERVICE
    assert problem.title == "Could not list the computes of aml-prod: Azure reports an internal error."
    assert problem.cause == "InternalServerError The store is away."
    assert problem.reference == ("500 ServiceError · request request-1 · correlation correlation-1 · client client-1")


@pytest.mark.parametrize(
    ("action", "role"),
    [
        (
            "Microsoft.MachineLearningServices/workspaces/computes/write",
            "the role AzureML Compute Operator or Contributor",
        ),
        ("Microsoft.MachineLearningServices/workspaces/computes/read", "the role Reader"),
        ("Microsoft.Synapse/workspaces/bigDataPools/read", "the role Reader"),
        ("Microsoft.Odd/things/write", "a role that allows Microsoft.Odd/things/write"),
    ],
)
def test_a_denied_action_names_the_role_and_the_workspace(action: str, role: str) -> None:
    words = (
        "The client 'ana@contoso.com' with object id 'o' does not have authorization to perform action "
        f"'{action}' over scope '{SCOPE}/computes/etl' or the scope is invalid."
    )

    problem = said(403, "AuthorizationFailed", words)

    assert problem.advice.startswith(f"Ask for {role} on workspace aml-prod.")
    assert problem.cause == words


def test_a_refused_identity_assignment_names_the_identity() -> None:
    words = (
        "The client 'a' with object id 'o' has permission to perform action "
        f"'Microsoft.MachineLearningServices/workspaces/computes/write' on scope '{SCOPE}'; however, it does not "
        "have permission to perform action(s) 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the "
        "linked scope(s) '/subscriptions/s/resourcegroups/rg/providers/Microsoft.ManagedIdentity/"
        "userAssignedIdentities/id-etl'."
    )

    problem = said(403, "LinkedAuthorizationFailed", words)

    assert "the role Managed Identity Operator on userAssignedIdentities id-etl" in problem.advice


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ResourceGroupNotFound", "its resource group does not exist"),
        ("SubscriptionNotFound", "the subscription does not exist, or you have no access to it"),
        ("ResourceNotFound", "it does not exist"),
    ],
)
def test_a_missing_resource_is_named(code: str, words: str) -> None:
    problem = said(404, code, "Not found.")

    assert problem.kind is ProblemKind.NOT_FOUND
    assert problem.title.endswith(f": {words}.")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ProblemKind.UNREADABLE),
        (400, ProblemKind.REFUSED),
        (401, ProblemKind.NOT_SIGNED_IN),
        (404, ProblemKind.NOT_FOUND),
        (407, ProblemKind.CONNECTION),
        (409, ProblemKind.CONFLICT),
        (418, ProblemKind.REFUSED),
        (429, ProblemKind.THROTTLED),
        (503, ProblemKind.SERVICE),
    ],
)
def test_a_response_without_a_message_still_gives_a_cause_and_advice(status: int, kind: ProblemKind) -> None:
    problem = said(status)

    assert problem.kind is kind
    assert problem.cause
    assert problem.advice
    assert problem.status == status


def test_a_throttled_request_shows_how_long_to_wait() -> None:
    assert "300 seconds" in said(429, "TooManyRequests", "No.", Retry_After="300").advice
    assert "324 seconds" in said(429, "Throttled", "Please try again after '324' seconds.").advice
    past = "Tue, 24 Nov 2020 10:00:00 GMT"
    assert "0 seconds" in said(429, "Throttled", "No.", Retry_After=past).advice
    assert "Wait a minute" in said(429, "Throttled", "No.", Retry_After="soon").advice


def test_a_missing_sign_in_is_shown_with_the_command_to_sign_in() -> None:
    problem = problem_from(ClientAuthenticationError("Please run 'az login' to set up an account"), "list it")

    assert problem.kind is ProblemKind.NOT_SIGNED_IN
    assert problem.title == "Could not list it: you are not signed in to Azure."
    assert problem.command == "az login"
    assert problem.advice == "Sign in again, then try again."


def test_a_claims_challenge_is_shown_as_a_stronger_sign_in() -> None:
    headers = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="eyJhY2Nlc3M="'}

    problem = problem_from(ClientAuthenticationError(response=Response(401, "", headers)), "attach it")

    assert problem.title == "Could not attach it: Azure requires a stronger sign-in for this."


def test_a_token_from_another_tenant_is_shown_with_the_right_tenant() -> None:
    body = {
        "error": {
            "code": "InvalidAuthenticationTokenTenant",
            "message": "The access token is from the wrong issuer "
            "'https://sts.windows.net/11111111-2222-4333-8444-555555555555/'. It must match the tenant "
            "'https://sts.windows.net/99999999-2222-4333-8444-555555555555/' associated with this subscription.",
        }
    }

    problem = problem_from(ClientAuthenticationError(response=Response(401, body)), "list it")

    assert problem.title == "Could not list it: you are signed in to another tenant than the subscription's."
    assert problem.command == "az login --tenant 99999999-2222-4333-8444-555555555555"
    assert problem.tenant == "99999999-2222-4333-8444-555555555555"
    assert problem.advice == ("Sign in to the tenant 99999999-2222-4333-8444-555555555555: ‹sign in›; then try again.")
    assert problem.status == 401


@pytest.mark.parametrize(
    ("error", "words", "advice"),
    [
        (ServiceRequestError("x", error=socket.gaierror(-2, "Name or service not known")), "address", "DNS"),
        (ServiceRequestError("x", error=ConnectionRefusedError(111, "refused")), "refused", "network"),
        (ServiceRequestError("x", error=ssl.SSLCertVerificationError("self-signed")), "certificate", "--ca-file"),
        (ServiceRequestError("x", error=ssl.SSLError("handshake")), "secure connection", "--ca-file"),
        (ServiceRequestError("x"), "cannot be reached", "network"),
        (ServiceResponseTimeoutError("x"), "no answer came in time", "network"),
        (ServiceResponseError("x"), "lost before an answer came", "network"),
    ],
)
def test_each_kind_of_connection_failure_has_its_own_message(error: AzureError, words: str, advice: str) -> None:
    problem = problem_from(error, "list it")

    assert problem.kind is ProblemKind.CONNECTION
    assert words in problem.title
    assert advice in problem.advice


@pytest.mark.parametrize(
    ("error", "reading", "sending", "following"),
    [
        (ServiceRequestError("never sent"), False, False, True),
        (ServiceResponseError("lost"), False, True, True),
        (HttpResponseError(response=Response(500)), False, True, True),
        (HttpResponseError(response=Response(503)), False, True, True),
        (HttpResponseError(response=Response(429, CODED)), False, False, True),
        (HttpResponseError(response=Response(403, CODED)), False, False, True),
        (ResourceExistsError(response=Response(409, CODED)), False, False, True),
        # A server in between may have forwarded the request before it refused it itself.
        (HttpResponseError(response=Response(403)), False, True, True),
        (HttpResponseError(response=Response(403, "<html><body>No.</body></html>")), False, True, True),
        *((HttpResponseError(response=Response(status, CODED)), False, True, True) for status in UNPROVEN),
    ],
)
def test_the_outcome_is_unknown_only_when_azure_may_have_accepted_the_request(
    error: AzureError, reading: bool, sending: bool, following: bool
) -> None:
    unknown = [problem_from(error, "write it", stage).outcome_unknown for stage in Stage]

    assert unknown == [reading, sending, following]


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "7", '"x"', "{", '{"error": "x"}', '{"error": {"details": [3, null]}}']
)
def test_an_error_body_of_any_shape_becomes_a_problem(body: str) -> None:
    problem = problem_from(HttpResponseError(response=Response(400, body)), "list it")

    assert problem.title == "Could not list it: Azure refused it."
    assert problem.cause
