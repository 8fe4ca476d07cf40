"""Refusals by Azure's error code: every recorded body, every row of the table, every shape of a body."""

import gzip
import json
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import CredentialUnavailableError

from tests.support.programs import Place
from tui.cloud import az_messages
from tui.cloud.answers import refusal_in, seconds_asked
from tui.cloud.durations import seconds_in
from tui.cloud.error_codes import ROWS, find
from tui.cloud.error_row import ErrorCode, Meaning, Service
from tui.cloud.errors import problem_from
from tui.cloud.sign_in_failure import failure_of
from tui.doctor.azure import rights
from tui.domain.clouds import PUBLIC
from tui.domain.errors import Problem, ProblemKind, Retry
from tui.domain.operation import Failed
from tui.domain.sign_in import SignInMethod
from tui.domain.text import clean
from tui.sandbox.faults import Answer, NotJson, Rule

DATA = Path(os.environ.get("SPARKPOOL_AZURE_DATA", Path(__file__).parents[3] / "shared" / "azure"))
NO_DATA = f"no recordings of Azure in {DATA}; SPARKPOOL_AZURE_DATA names their folder"
HOSTS = {
    Service.SYNAPSE: "https://syn-prod.dev.azuresynapse.net/roleAssignments",
    Service.MACHINE_LEARNING: "https://management.azure.com/subscriptions/s/providers/Microsoft.MachineLearningServices/x",
}
DEEP = "[" * 100_000


@dataclass
class Response:
    """The part of an azure-core response that an error reads."""

    status_code: int
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    reason: str = "Reason"

    @property
    def request(self) -> SimpleNamespace:
        return SimpleNamespace(headers={}, url=self.url)

    def body(self) -> bytes:
        return self.raw

    def text(self) -> str:
        return self.body().decode(errors="replace")


def refused(status: int, body: Any = b"", url: str = "", **headers: str) -> Problem:
    """The problem made from a response."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return problem_from(HttpResponseError(response=Response(status, raw, dashed, url)), "detach churn")


def coded(code: str, message: str = "Azure's words.") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


@dataclass(frozen=True)
class Recorded:
    """One recorded or quoted refusal."""

    name: str
    status: int
    raw: bytes
    headers: Mapping[str, str]
    url: str


def recorded() -> Iterator[Recorded]:
    for folder in ("recordings", "recordings-2", "quoted"):
        for file in sorted((DATA / folder).glob("*.json")):
            for index, one in enumerate(json.loads(file.read_text(encoding="utf-8"))):
                answer = one["response"]
                status = answer["status"] or 400
                if status < 400:
                    continue
                body = answer["body"]
                if isinstance(body, dict) and set(body) == {"quoted"}:
                    body = body["quoted"]
                raw = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
                headers = {
                    name: value if isinstance(value, str) else ", ".join(value)
                    for name, value in answer["headers"].items()
                }
                yield Recorded(f"{file.stem}-{index}", status, raw, headers, one["request"]["uri"])


RECORDED = tuple(recorded())

CLAIMS = (
    # Claims that are only allowed when Azure's response supports them.
    ("another operation", ("operation", "progress", "retryable")),
    ("you are not allowed", ("authoriz", "permission", "privilege", "unauthorized")),
    ("new token", ("credential", "token", "granted")),
    ("Sign in again", ("sign", "auth", "token", "mfa", "multi-factor", "expired", "credential", "")),
)


@pytest.mark.skipif(not RECORDED, reason=NO_DATA)
def test_every_recorded_refusal_keeps_azures_message_and_adds_no_unfounded_claim() -> None:
    for one in RECORDED:
        answer = Response(one.status, one.raw, one.headers, one.url)
        problem = problem_from(HttpResponseError(response=answer), "detach churn")
        said = one.raw.decode().lower() + str(one.headers).lower()

        assert problem.title.startswith("Could not detach churn: "), one.name
        assert problem.advice, one.name
        assert "{" not in problem.title + problem.advice, one.name
        assert ("without a message" in problem.cause) == (not one.raw and one.status != 404 and "BlobNot" not in said)
        assert " at Microsoft." not in problem.cause, one.name
        for sentence, signs in CLAIMS[:3]:
            if sentence in problem.title + problem.advice:
                assert any(sign in said for sign in signs), (one.name, sentence)
        first = _first_message(one.raw)
        if first:
            assert " ".join(first.split())[:60] in problem.cause, one.name


def _first_message(raw: bytes) -> str:
    try:
        document = json.loads(raw)
    except ValueError:
        return ""
    inner = document.get("error", document) if isinstance(document, dict) else {}
    message = inner.get("message") or inner.get("Message") or ""
    return "" if message.startswith("{") else message


@pytest.mark.skipif(not RECORDED, reason=NO_DATA)
@pytest.mark.parametrize(
    ("name", "kind", "retry", "title", "advice"),
    [
        (
            "arm_scope_locked_409-1",
            ProblemKind.REFUSED,
            Retry.AFTER_CHANGE,
            "resource group cli_test_lock_commands_with_ids000001 is locked.",
            "An Owner or a User Access Administrator there (Microsoft.Authorization/locks/delete) can remove the lock",
        ),
        (
            "policy_mfa_and_write_lock_refusals_quoted-1",
            ProblemKind.REFUSED,
            Retry.AFTER_CHANGE,
            'the policy "Secure transfer to storage accounts should be enabled" does not allow it.',
            "needs properties.supportsHttpsTrafficOnly to be True (sent: False).",
        ),
        (
            "policy_mfa_and_write_lock_refusals_quoted-4",
            ProblemKind.NOT_SIGNED_IN,
            Retry.AFTER_SIGN_IN,
            "Azure requires multi-factor authentication for this.",
            "what you entered is kept.",
        ),
        (
            "policy_mfa_and_write_lock_refusals_quoted-6",
            ProblemKind.REFUSED,
            Retry.AFTER_CHANGE,
            "views StartStopVMView in resource group <ResourceGroupName> is locked.",
            "can remove the lock",
        ),
        (
            "livy_errors_quoted-4",
            ProblemKind.FORBIDDEN,
            Retry.AFTER_CHANGE,
            "you are not allowed to.",
            "Ask a Synapse Administrator of absynapsemig001",
        ),
        (
            "azure_role_assignment_errors_400_409-0",
            ProblemKind.REFUSED,
            Retry.LATER,
            "the directory does not know the principal.",
            "try again in a few minutes",
        ),
    ],
)
def test_a_notable_recorded_refusal_has_its_own_message_and_remedy(
    name: str, kind: ProblemKind, retry: Retry, title: str, advice: str
) -> None:
    one = next(one for one in RECORDED if one.name == name)
    problem = problem_from(
        HttpResponseError(response=Response(one.status, one.raw, one.headers, one.url)), "detach churn"
    )

    assert (problem.kind, problem.retry) == (kind, retry)
    assert problem.title == f"Could not detach churn: {title}"
    assert advice in problem.advice


# The table


def test_the_table_has_at_least_sixty_azure_codes_and_each_row_names_its_source() -> None:
    codes = {row.code for row in ROWS if row.code and not row.code.startswith("AADSTS")}
    assert len(codes) >= 60
    for row in ROWS:
        assert row.source.startswith(("recorded: ", "quoted: ", "documentation: ")), row
        assert row.sentence
        assert not row.sentence.endswith("."), row
        assert row.remedy.endswith("."), row
        assert row.code or row.pattern, row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code or 'words'}-{row.meaning.name}")
def test_each_row_applies_to_a_response_with_its_code(row: ErrorCode) -> None:
    status = row.statuses[0] if row.statuses else _status_of(row)
    words = row.example or "Azure's words."
    url = HOSTS.get(row.service, "") if row.service else ""

    assert find([row.code] if row.code else [], status, row.service, words) == row

    problem = refused(status, coded(row.code or "NobodyKnowsThis", words), url)
    assert problem.cause == words
    if row.is_general and row.meaning is Meaning.UNSPECIFIC:
        return
    assert problem.retry is row.retry
    if "{" not in row.sentence:
        assert row.sentence in problem.title
    assert "{" not in problem.title + problem.advice
    if row.code:
        assert problem.code == row.code


def _status_of(row: ErrorCode) -> int:
    return {
        Meaning.NOT_FOUND: 404,
        Meaning.SERVICE: 500,
        Meaning.THROTTLED: 429,
        Meaning.SIGN_IN: 401,
        Meaning.MFA: 401,
        Meaning.OTHER_TENANT: 401,
        Meaning.APPLICATION: 401,
        Meaning.BUSY: 409,
        Meaning.LOCKED: 409,
        Meaning.POLICY: 403,
        Meaning.RIGHT_MISSING: 403,
    }.get(row.meaning, 400)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 412, 418, 422, 423, 429, 500, 501, 502, 503, 504])
def test_an_unknown_code_claims_no_more_than_its_status(status: int) -> None:
    problem = refused(status, coded("HeliumShortage", "The balloon is empty."))

    assert problem.cause == "The balloon is empty."
    assert problem.code == "HeliumShortage"
    told = f"{problem.title} {problem.advice}".lower()
    for claim in ("another operation", "allowed", "right", "role", "access", "token", "sign in", "login", "lock on"):
        assert claim not in told, claim


@pytest.mark.parametrize(
    "wrapped",
    [
        {"error": {"code": "InvalidTemplateDeployment", "message": "See inner.", "details": [{"code": "ScopeLocked"}]}},
        {
            "error": {
                "code": "UserError",
                "message": "x",
                "innererror": {"code": "A", "innererror": {"code": "ScopeLocked"}},
            }
        },
        {"error": {"error": {"code": "ResourceOperationFailure", "details": [{"details": [{"code": "scopelocked"}]}]}}},
        {"code": "DeploymentFailed", "message": json.dumps(coded("ScopeLocked", "Locked."))},
        {
            "error": {
                "code": "UserError",
                "message": "x",
                "additionalInfo": [{"type": "InnerError", "info": {"value": {"code": "ScopeLocked"}}}],
            }
        },
        {"properties": {"error": coded("ScopeLocked")["error"]}},
    ],
    ids=["details", "innererror", "deep-details", "json-in-string", "additional-info", "properties"],
)
def test_a_nested_code_takes_precedence_over_the_outer_code(wrapped: dict[str, Any]) -> None:
    problem = refused(409, wrapped)

    assert problem.code.lower() == "scopelocked"
    assert "locks/delete" in problem.advice
    assert "wait until" not in problem.advice


def test_a_code_in_a_header_is_used_when_the_body_is_empty() -> None:
    assert refused(409, x_ms_error_code="ScopeLocked").code == "ScopeLocked"


def test_several_locks_are_all_named() -> None:
    words = (
        "The scope '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/aml/"
        "computes/churn' cannot perform delete operation because following scope(s) are locked: "
        "'/subscriptions/s/resourceGroups/rg,/subscriptions/s'. Please remove the lock and try again."
    ).replace("rg,/", "rg','/")
    problem = refused(409, coded("ScopeLocked", words))

    assert problem.title == "Could not detach churn: resource group rg and subscription s are locked."
    assert "/subscriptions/s/resourceGroups/rg and /subscriptions/s" in problem.advice


@pytest.mark.parametrize(
    ("evaluated", "needs"),
    [
        (
            {"path": "tags[team]", "operator": "Exists", "targetValue": "false", "result": "True"},
            "tags[team] to be set",
        ),
        ({"path": "tags[x]", "operator": "Exists", "targetValue": "true", "result": "True"}, "tags[x] to be absent"),
        (
            {
                "path": "location",
                "operator": "NotIn",
                "targetValue": ["a", "b"],
                "expressionValue": "c",
                "result": "True",
            },
            "location to be one of a, b (sent: c)",
        ),
        (
            {"path": "sku", "operator": "Equals", "targetValue": "S", "expressionValue": "S", "result": "True"},
            "sku not to be S (sent: S)",
        ),
        ({"path": "odd", "operator": "Wobbles", "targetValue": 3, "result": "True"}, "another value of odd"),
    ],
)
def test_a_policy_refusal_shows_what_the_policy_needs(evaluated: dict[str, Any], needs: str) -> None:
    info = {
        "policyAssignmentDisplayName": "Tags please",
        "policyAssignmentScope": "/subscriptions/s/resourceGroups/rg-ml",
        "evaluationDetails": {"evaluatedExpressions": [{"path": "type", "result": "True"}, evaluated]},
    }
    body = coded("RequestDisallowedByPolicy", "Resource 'churn' was disallowed by policy.")
    body["error"]["additionalInfo"] = [
        {"type": "PolicyViolation", "info": info},
        {"type": "PolicyViolation", "info": 7},
    ]
    problem = refused(403, body)

    assert problem.kind is ProblemKind.REFUSED
    assert problem.title == 'Could not detach churn: the policy "Tags please" does not allow it.'
    assert problem.advice.startswith(f'"Tags please" (assigned to resource group rg-ml) needs {needs}.')


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (401, coded("RequestDisallowedByPolicy", "Users must use MFA for Create/Update operations."), {}),
        (403, coded("RequestDisallowedByAzure", "Multi-factor authentication is required."), {}),
        (403, coded("RequestDisallowedByPolicy", "Reasons: 'MFA is required'."), {}),
        (401, b"", {"WWW_Authenticate": 'Bearer error="insufficient_claims", claims="e30="'}),
        (
            401,
            coded("RequestDisallowedByPolicy", "Resource was disallowed by policy."),
            {"WWW_Authenticate": 'Bearer realm="", error=insufficient_claims, claims="e30="'},
        ),
        (400, coded("invalid_grant", "AADSTS50076: you must use multi-factor authentication."), {}),
        (403, b"AADSTS50079: you must enroll in multi-factor authentication.", {}),
    ],
)
def test_a_refusal_for_missing_mfa_advises_signing_in_again(status: int, body: Any, headers: dict[str, str]) -> None:
    problem = refused(status, body, **headers)

    assert problem.kind is ProblemKind.NOT_SIGNED_IN
    assert problem.retry is Retry.AFTER_SIGN_IN
    assert "Sign in again" in problem.advice
    assert "policy" not in problem.title


def test_a_policy_with_mfa_only_in_its_name_is_not_a_sign_in_problem() -> None:
    words = (
        'Resource \'x\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment":{"name":"MFA tags"}}]\'.'
    )
    problem = refused(403, coded("RequestDisallowedByPolicy", words))

    assert problem.kind is ProblemKind.REFUSED
    assert 'the policy "MFA tags"' in problem.title


def test_a_firewall_refusal_names_the_blocked_ip_address() -> None:
    problem = refused(
        403, coded("ClientIpAddressNotAuthorized", "Client Ip address : 192.0.2.7"), HOSTS[Service.SYNAPSE]
    )

    assert problem.title.endswith("the firewall of the Synapse workspace does not let the address 192.0.2.7 in.")
    assert problem.kind is ProblemKind.REFUSED


# Bodies of every shape

WORDS = "The lake is dry: 1 < 2 & \u201cfull\u201d."
PLAIN = "The lake is dry."


def shapes(words: str) -> Iterator[tuple[str, bytes]]:
    def dumped(document: Any) -> bytes:
        return json.dumps(document, ensure_ascii=False).encode()

    yield "plain", words.encode()
    yield "arm", dumped(coded("X", words))
    yield "bare", dumped({"code": "X", "message": words})
    yield "capital", dumped({"TraceId": "t", "Message": words})
    yield "odata-3", dumped({"odata.error": {"code": "", "message": {"lang": "en", "value": words}}})
    yield (
        "problem-details",
        dumped({"type": "about:blank", "title": "One or more errors.", "errors": {"name": [words]}}),
    )
    yield "problem-detail", dumped({"title": "Bad", "status": 400, "detail": words})
    yield (
        "web-api",
        dumped({"Message": "An error has occurred.", "ExceptionMessage": words, "StackTrace": "   at A.B()"}),
    )
    yield "oauth", dumped({"error": "invalid_request", "error_description": words})
    yield "error-string", dumped({"error": words})
    yield "error-error", dumped({"error": {"error": {"message": words}}})
    yield (
        "json-in-string",
        dumped({"error": {"code": "X", "message": json.dumps({"Message": words, "StackTrace": "s"})}}),
    )
    yield "whole-in-string", dumped(json.dumps(coded("X", words)))
    yield "list", dumped([{"message": words}])
    yield "unknown-member", dumped({"outcome": {"whatever": [1, None, {"wording": words}]}})
    yield "bom", b"\xef\xbb\xbf" + dumped(coded("X", words))
    yield "utf-16", dumped(coded("X", words)).decode().encode("utf-16")
    yield "utf-16-le", json.dumps(coded("X", words)).encode("utf-16-le")
    yield "utf-32", dumped(coded("X", words)).decode().encode("utf-32")
    yield "gzip", gzip.compress(dumped(coded("X", words)))
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").encode()
    yield "xml", b'<?xml version="1.0"?><Error><Code>X</Code><Message>' + escaped + b"</Message></Error>"
    yield "xml-cdata", b"<e><message><![CDATA[" + words.encode() + b"]]></message></e>"
    yield "soap", b"<s:Fault><faultcode>s:X</faultcode><faultstring>" + escaped + b"</faultstring></s:Fault>"
    yield "xml-unknown", b"<a><b>" + escaped + b"</b></a>"
    yield "deep-json", dumped(coded("X", words)).replace(b'"error"', b'"e"').replace(b"{", b'{"a":{"b":', 1) + b"}}"
    yield "html", b"<!DOCTYPE html>\n<HTML><head><TITLE>" + escaped + b"</TITLE></head></HTML>"
    yield "html-no-title", b"<!-- x --><html><style>p {}</style><body>\n<p>" + escaped + b"</p></body></html>"


@pytest.mark.parametrize(("name", "raw"), shapes(PLAIN), ids=[name for name, _ in shapes(PLAIN)])
@pytest.mark.parametrize("status", [400, 403, 409, 500])
def test_azures_message_is_found_in_a_body_of_any_shape(name: str, raw: bytes, status: int) -> None:
    problem = refused(status, raw)

    assert PLAIN in problem.cause
    assert "without a message" not in problem.cause
    assert "StackTrace" not in problem.cause


@pytest.mark.parametrize(("name", "raw"), shapes(WORDS), ids=[name for name, _ in shapes(WORDS)])
def test_special_characters_survive_every_shape_and_encoding(name: str, raw: bytes) -> None:
    assert WORDS in refused(400, raw).cause


def test_an_empty_body_is_reported_as_without_a_message() -> None:
    for raw in (b"", b"  \r\n", b"\xef\xbb\xbf", b"null", b"{}", b"[]", b'""'):
        assert "without a message" in refused(400, raw).cause, raw


def test_damaged_bodies_never_raise_and_always_give_a_clean_cause() -> None:
    luck = random.Random(13)  # noqa: S311 - seeded, so that a failure can be reproduced
    whole = [raw for _, raw in shapes(WORDS)]
    for _ in range(400):
        raw = bytearray(luck.choice(whole))
        for _ in range(luck.randrange(6)):
            raw[luck.randrange(len(raw))] = luck.randrange(256)
        raw = raw[: luck.randrange(1, len(raw) + 1)]
        problem = refused(luck.choice([400, 401, 403, 404, 409, 429, 500, 503]), bytes(raw))
        assert problem.cause
        for text in (problem.cause, problem.title, problem.advice):
            assert clean(text) == text


@pytest.mark.parametrize(
    "raw",
    [
        b"\x1f\x8bjunk",
        bytes(range(256)),
        b"\x00" * 50,
        DEEP.encode(),
        b'{"a":' * 50_000,
        b"<a>" * 50_000,
        b"\n" * 9 + b"x",
    ],
)
def test_binary_and_extremely_nested_bodies_still_give_a_short_cause(raw: bytes) -> None:
    problem = refused(500, raw)

    assert problem.cause
    assert "without a message" not in problem.cause
    assert len(problem.cause) < 2_000


@pytest.mark.parametrize("raw", [b"<!---->" * 100 + b"x", b"<a><message>" + b" " * 32_000], ids=["comments", "blanks"])
def test_unfinished_markup_still_gives_a_cause(raw: bytes) -> None:
    assert refused(500, raw).cause


def test_a_body_that_cannot_be_decoded_is_reported_as_such() -> None:
    class Broken(Response):
        def body(self) -> bytes:
            raise ValueError("no")

    problem = problem_from(HttpResponseError(response=Broken(500)), "detach churn")
    assert problem.cause == "Azure's answer cannot be read: it is not text."


async def test_azures_message_is_also_in_the_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.box.faults.add(Rule(NotJson(400, b"The lake is dry.", "text/plain"), "GET", "/workspaces/aml-prod$"))
    cloud = place.connect()
    with caplog.at_level("INFO", logger="tui"), pytest.raises(Problem, match="Azure refused it"):
        await cloud.workspace(place.workspace.id)
    await cloud.close()

    assert "400" in caplog.text
    assert '"The lake is dry."' in caplog.text


def test_azures_message_ends_before_a_stack_trace() -> None:
    traced = "The pool is gone.\r\n   at Microsoft.Synapse.Pools.Find(String name)\r\n   at Microsoft.Synapse.Run()"
    assert refused(500, coded("InternalError", traced)).cause == "The pool is gone."


def test_azures_message_is_cleaned_of_terminal_control_characters() -> None:
    assert "\x1b" not in refused(400, coded("X", "Red \x1b[31mlake\u202e.")).cause


async def test_screens_doctor_and_journal_show_the_same_message_for_the_same_refusal(tmp_path: Path) -> None:
    words = (
        "The scope '/subscriptions/s/x' cannot perform read operation because following scope(s) are locked: "
        "'/subscriptions/s/resourceGroups/rg-ml'. Please remove the lock and try again."
    )
    place = Place(tmp_path)
    place.box.faults.add(Rule(Answer(409, "ScopeLocked", words, gateway=True), "PUT", "/computes/adhoc$"))
    with place.program() as program:
        operation = program.wait_for(program.begin(place.attachment).id)
    with place.program() as later:
        (recalled,) = later.recalled()
    place.box.faults.add(Rule(Answer(409, "ScopeLocked", words, gateway=True), "GET", "/workspaces/aml-prod$", times=2))
    cloud = place.connect()
    with pytest.raises(Problem) as read:
        await cloud.workspace(place.workspace.id)
    (finding,) = [one async for one in rights(cloud, place.workspace.id, None)]
    await cloud.close()

    assert isinstance(operation.end, Failed)
    assert isinstance(recalled.end, Failed)
    shown, stored = operation.end.problem, recalled.end.problem
    assert (shown.title, shown.cause, shown.advice) == (stored.title, stored.cause, stored.advice)
    assert shown.title == "Could not attach adhocpool: resource group rg-ml is locked."
    assert read.value.title == "Could not read the workspace aml-prod: resource group rg-ml is locked."
    assert (read.value.cause, read.value.advice) == (shown.cause, shown.advice)
    assert finding.text == f"{read.value.title} {words}. {read.value.advice}".replace("again..", "again.")


# How long to wait


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Retry after 5 minutes.", 300),
        ("Retry after 30 seconds", 30),
        ("Please retry after 1 hour", 3600),
        ("Try again in an hour and 30 minutes.", 5400),
        ("Please try again after '324' seconds.", 324),
        ("The call can be retried in 12 seconds.", 12),
        ("Retry again after 20 seconds.", 20),
        ("wait for 2 min", 120),
        ("Please wait 45 secs and try again", 45),
        ("Please retry your request in 1500 ms", 1.5),
        ("try again in 00:05:00", 300),
        ("Retry-After: 30", 30),
        ("Try again later, in five minutes.", 300),
        ("exceeded the limit of '150' for time interval '01:00:00'", None),
        ("Time waited: 00:00:30.0035662", None),
        ("Retry after a change of the name.", None),
    ],
)
def test_a_wait_in_azures_message_is_read_in_any_unit(words: str, seconds: float | None) -> None:
    assert seconds_in(words) == seconds
    problem = refused(429, coded("TooManyRequests", words))
    expected = "Wait a minute, then try again." if seconds is None else f"Azure asks to wait {seconds:.0f} seconds"
    assert problem.advice.startswith(expected)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after-ms": "2500"}, 2.5),
        ({"x-ms-retry-after-ms": "500"}, 0.5),
        ({"x-ms-user-quota-resets-after": "00:01:05"}, 65),
    ],
)
def test_a_wait_is_read_from_azures_headers(headers: dict[str, str], seconds: float) -> None:
    assert seconds_asked(Response(429, b"", headers)) == seconds


def test_only_the_words_of_an_error_ask_to_wait() -> None:
    words = json.dumps({"error": {"code": "TooManyRequests", "message": "Retry again after 20 seconds."}}).encode()
    assert seconds_asked(Response(429, words)) == 20
    assert seconds_asked(Response(200, words)) is None


# Web pages


def test_a_web_page_from_azure_itself_is_not_blamed_on_a_proxy() -> None:
    page = b"<html>\r\n<head><title>504 Gateway Time-out</title></head></html>"
    own = refused(504, page, x_ms_failure_cause="service")
    unknown = refused(504, page)

    assert own.title == "Could not detach churn: Azure reports an internal error."
    assert own.cause == 'Azure answered 504 Gateway Timeout with a web page titled "504 Gateway Time-out".'
    assert "proxy" not in own.report.lower()
    assert "It is unknown whether Azure or a server in between sent it." in unknown.cause
    assert unknown.kind is own.kind is ProblemKind.SERVICE


def test_a_407_shows_where_the_proxy_password_goes_and_quotes_the_page() -> None:
    problem = refused(407, b"<html><head><title>Sign in to the proxy</title></head></html>")

    assert problem.kind is ProblemKind.CONNECTION
    assert "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT" in problem.advice
    assert "Sign in to the proxy" in problem.cause


# az


@pytest.mark.parametrize("row", az_messages.MESSAGES, ids=lambda row: row.what)
def test_each_az_message_is_recognized_and_only_sign_in_messages_advise_signing_in(row: az_messages.AzMessage) -> None:
    assert az_messages.meaning_of(row.example) == row
    assert az_messages.meaning_of(f"{row.example}\n{'x' * 100_000}") == row
    assert az_messages.meaning_of(f"{'x ' * 50_000}\n{row.example}") == row
    assert row.source
    problem = problem_from(ClientAuthenticationError(row.example), "list it", method=SignInMethod.CLI)
    assert ("Sign in again" in problem.advice) == row.is_about_sign_in
    assert bool(problem.command) == row.is_about_sign_in


@pytest.mark.parametrize("row", az_messages.MESSAGES, ids=lambda row: row.what)
def test_a_failed_az_sign_in_gets_the_advice_for_its_message(row: az_messages.AzMessage) -> None:
    failed = failure_of(ClientAuthenticationError(row.example), SignInMethod.CLI, "", PUBLIC, 30)
    problem = problem_from(failed, "list it")

    assert bool(problem.command) == row.is_about_sign_in
    assert ("ign in again" in problem.advice) == row.is_about_sign_in
    assert "az login" not in problem.advice
    if "AADSTS" not in row.example:
        assert problem.title == f"Could not list it: {row.what}."
        assert problem.advice == row.advice
    if row.is_quoted and "AADSTS" not in row.example:
        assert row.example.splitlines()[-1].strip() in problem.cause


def test_a_tls_failure_in_az_advises_on_certificates_and_not_on_signing_in() -> None:
    row = az_messages.MESSAGES[0]
    problem = problem_from(
        failure_of(ClientAuthenticationError(row.example), SignInMethod.CLI, "", PUBLIC, 30), "list it"
    )

    assert "REQUESTS_CA_BUNDLE" in problem.advice
    assert "--ca-file" in problem.advice
    assert problem.command == ""


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ((), "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH are not set"),
        (("AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"), "AZURE_CLIENT_ID is not set"),
        (("AZURE_CLIENT_ID", "AZURE_TENANT_ID"), "AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH are not set"),
    ],
)
def test_missing_environment_variables_are_named(
    monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], what: str
) -> None:
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_CERTIFICATE_PATH"):
        monkeypatch.delenv(f"AZURE_{name}", raising=False)
    for name in given:
        monkeypatch.setenv(name, "x")
    words = "EnvironmentCredential authentication unavailable. Environment variables are not fully configured."
    failed = failure_of(CredentialUnavailableError(words), SignInMethod.ENVIRONMENT, "", PUBLIC, 30)
    problem = problem_from(failed, "list it")

    assert problem.title == f"Could not list it: {what}."
    assert "ign in again" not in problem.advice


@pytest.mark.parametrize(
    "words",
    [
        "ManagedIdentityCredential authentication unavailable. The requested identity has not been assigned to this "
        "resource. Error: Identity not found",
        "Token request error: (invalid_request) Identity not found",
    ],
)
def test_a_missing_managed_identity_is_reported(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/")
    failed = failure_of(CredentialUnavailableError(words), SignInMethod.MANAGED_IDENTITY, "", PUBLIC, 30)
    problem = problem_from(failed, "list it")

    assert problem.title == "Could not list it: this machine has no managed identity, or not the specified one."
    assert "Identity not found" in problem.cause
    assert "AZURE_CLIENT_ID" in problem.advice
    assert problem.command == ""


def test_an_unknown_az_message_has_no_meaning_and_shows_its_last_line() -> None:
    assert az_messages.meaning_of("The cow jumped.") is None
    assert az_messages.last_words("Traceback (most recent call last):\n  File x\nKeyError: 'a'\n") == "KeyError: 'a'"


def test_a_refusal_without_a_response_has_no_message() -> None:
    assert refusal_in(None).message == ""
