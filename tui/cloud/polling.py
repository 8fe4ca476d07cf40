"""Follows a long-running operation so that the user sees every step."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from azure.core.exceptions import AzureError
from azure.core.polling.base_polling import (
    BadResponse,
    BadStatus,
    LocationPolling,
    LongRunningOperation,
    StatusCheckPolling,
)
from azure.mgmt.core.polling.arm_polling import AzureAsyncOperationPolling, BodyContentPolling
from azure.mgmt.core.polling.async_arm_polling import AsyncARMPolling

from tui.cloud import reading
from tui.cloud.advice import explain
from tui.cloud.answers import body_json, refusal_of, request_ids, seconds_asked
from tui.cloud.bodies import words_in
from tui.cloud.described import AnotherResource, check, one, why_not_trusted
from tui.cloud.error_codes import find
from tui.cloud.home import host_of, is_allowed_host
from tui.cloud.mapping import provisioning_errors
from tui.domain.backoff import POLL
from tui.domain.compute import ProvisioningError
from tui.domain.errors import Problem, ProblemKind, Retry
from tui.domain.ports import Accepted, Polled, Report
from tui.domain.resource_id import InvalidResourceId, ResourceId

LONGEST_ASKED = 300.0
"""The longest wait between two polls that Azure can ask for, in seconds."""

_ADVICE = {True: "Try again.", False: "Change what Azure names, or try again later."}
"""What to do if the code says no more, by whether it was canceled."""

_FAILED = ("failed", "canceled")
_FINISHED = ("succeeded", *_FAILED)


class ReportingPolling(AsyncARMPolling):
    """ARM polling that reports, waits for reasonable times, and keeps raw JSON.

    azure-core's own polls at once and then every 30 s, because Azure Machine Learning sends no `Retry-After`
    (recorded): an attach of two seconds would take 31. An unknown status word means that it is still running
    (documented).

    An address outside the cloud is ignored. The resource is not read at the end. `is_inferred` is true if no status
    said how the operation ended: the answer named no address for it, or that was given up and the resource itself was
    read.
    """

    def __init__(
        self,
        doing: str,
        report: Report,
        address: str,
        target: ResourceId,
        *,
        is_resumed: bool = False,
    ) -> None:
        """Follow one operation.

        Args:
            doing: What is being done, to follow "Could not", such as `detach spark-small`.
            report: Is awaited with the acceptance, once, and with every poll.
            address: The address of the cloud's Azure Resource Manager.
            target: The written resource; what an answer says of any other is ignored.
            is_resumed: Whether the acceptance was reported before, so that Azure is asked at once.
        """
        algorithms: list[LongRunningOperation[Any, Any]] = [
            _StatusAddress(address),
            _ResultAddress(address),
            _StateOfResource(target),
            StatusCheckPolling(),
        ]
        super().__init__(lro_algorithms=algorithms)
        self._doing = doing
        self._report = report
        self._address = address
        self._target = target
        self._is_resumed = is_resumed
        self.is_inferred = False
        self._backoff = POLL.first
        self._waited = 0.0
        self._asked: float | None = None

    def initialize(self, client: Any, initial_response: Any, deserialization_callback: Any) -> None:
        """Choose how to follow an accepted write."""
        super().initialize(client, initial_response, deserialization_callback)
        self.is_inferred = not isinstance(self._operation, _StatusAddress | _ResultAddress)

    def resource(self) -> None:
        """None: the resource is read separately."""

    async def update_status(self) -> None:
        """Poll once.

        A poll address that answers 403, 404 or 410 is given up for the resource itself: permissions on that alone
        can start an operation but not follow it (documented), and a service that has forgotten an operation (quoted in
        an issue) has not said how it ended. After a DELETE, only a resource that cannot be found is gone.
        """
        try:
            await super().update_status()
        except BadStatus:
            status = self._pipeline_response.http_response.status_code
            if isinstance(self._operation, _Absence) and status == 404:
                self._status = "Succeeded"
            elif status in (403, 404, 410) and not isinstance(self._operation, _StateOfResource):
                is_put = self._initial_response.http_request.method == "PUT"
                self._operation = _StateOfResource(self._target) if is_put else _Absence(self._target)
                self.is_inferred = True
                self._operation.set_initial_status(self._initial_response)
            else:
                raise

    async def _poll(self) -> None:
        accepted_at = self._initial_response.http_request.url
        if self._is_resumed and not is_allowed_host(accepted_at, self._address):
            raise _accepted_elsewhere(self._doing, host_of(accepted_at))
        if not _is_about(accepted_at, self._target):
            raise AnotherResource(f"The saved continuation token is not about {self._target.name}.")
        self._check_answer(self._initial_response)
        wait = 0.0 if self._is_resumed else self._next_wait()
        if not self._is_resumed:
            await self._report(self._accepted(wait))
        while not self.finished():
            await self._sleep(wait)
            await self.update_status()
            wait = self._next_wait()
            await self._report(self._polled(None if self.finished() else wait))
        if str(self.status()).lower() in _FAILED:
            raise await self._failure()

    def finished(self) -> bool:
        """Whether Azure's word is one of the three that end an operation, in any letter case."""
        return str(self.status()).lower() in _FINISHED

    def _next_wait(self) -> float:
        """Seconds until the next poll: Azure's `Retry-After` within limits, else longer each time."""
        backoff, self._backoff = self._backoff, POLL.after(self._backoff, self._waited)
        self._asked = seconds_asked(self._pipeline_response.http_response) or None
        wait = min(self._asked or backoff, LONGEST_ASKED)
        self._waited += wait
        return wait

    def _accepted(self, wait: float) -> Accepted:
        response = self._initial_response.http_response
        document = body_json(response)
        state = reading.text(document, "properties", "provisioningState")
        return Accepted(
            document=document if isinstance(document, Mapping) else None,
            status=state or str(self.status()),
            token=self.get_continuation_token(),
            ids=request_ids(response),
            # Without a requested wait, the first poll comes too soon to show its time.
            next_poll=wait if self._asked and not self.finished() else None,
            asked=self._asked,
        )

    def _check_answer(self, pipeline_response: Any) -> None:
        """Check that an answer that describes a resource describes the written one."""
        _check_about(pipeline_response.http_response, self._target)

    def _polled(self, next_poll: float | None) -> Polled:
        response = self._pipeline_response.http_response
        percent = reading.number(body_json(response), "percentComplete")
        if percent is not None and not 0 <= percent <= 100:
            percent = None
        asked = self._asked if next_poll is not None else None
        return Polled(str(self.status()), percent, next_poll, request_ids(response), asked)

    async def _failure(self) -> Problem:
        """The failure, with Azure's reason: the operation's own, or the resource's errors."""
        response = self._pipeline_response.http_response
        refusal = refusal_of(body_json(response))
        cause = refusal.message
        if not cause and self._initial_response.http_request.method == "PUT":
            errors = await self._errors_of_resource()
            codes = refusal.codes or tuple(code for error in errors for code in _codes(error))
            cause = "\n".join(line for error in errors for line in _lines(error))
            refusal = replace(refusal, code=next(iter(codes), ""), codes=codes, message=cause)
        is_canceled = str(self.status()).lower() == "canceled"
        row = find(refusal.codes, words=cause)
        explained = explain(row, refusal, None, None) if row is not None and not row.is_general else None
        ended = "canceled it" if is_canceled else "it failed"
        reason = f": {explained.what}" if explained else ""
        problem = Problem(
            ProblemKind.CANCELED if is_canceled else ProblemKind.FAILED,
            f"Could not {self._doing}: Azure accepted it, but then {ended}{reason}.",
            cause=cause or "Azure gave no reason.",
            advice=explained.advice if explained else _ADVICE[is_canceled],
            code=refusal.code,
            ids=request_ids(response),
        )
        problem.retry = row.retry if row is not None else Retry.UNKNOWN
        return problem

    async def _errors_of_resource(self) -> tuple[ProvisioningError, ...]:
        try:
            answer = await self.request_status(_own_address(self._initial_response.http_request.url))
        except AzureError:
            return ()  # the failure itself matters, and is known
        document = body_json(answer.http_response)
        if isinstance(document, Mapping) and document.get("id") is None and document.get("name") == self._target.name:
            return provisioning_errors(document)  # only reported, so a name is enough
        return () if why_not_trusted(document, one(self._target)) else provisioning_errors(document)


def _check_about(response: Any, target: ResourceId) -> None:
    """Check that an answer that describes a resource, and not an operation, describes the written one.

    Raises:
        AnotherResource: If it describes another.
    """
    document = body_json(response)
    if isinstance(document, Mapping) and ("properties" in document or ("id" in document and "status" not in document)):
        check(document, one(target))


def _is_about(url: str, target: ResourceId) -> bool:
    """Whether an accepted write was for a resource, by the path that it was sent to."""
    path = unquote(url.partition("://")[2].partition("?")[0]).partition("/")[2]
    try:
        return ResourceId.parse(f"/{path}") == target
    except InvalidResourceId:
        return False


def _own_address(url: str) -> str:
    """The address of a resource, without what only its PUT or DELETE asks for."""
    address, _, query = url.partition("?")
    kept = [one for one in query.split("&") if one.lower().startswith("api-version=")]
    return f"{address}?{'&'.join(kept)}"


def _accepted_elsewhere(doing: str, host: str) -> Problem:
    return Problem(
        ProblemKind.REFUSED,
        f"Could not resume: {doing}. Azure accepted it in another cloud, at {host}.",
        advice="Nothing was sent. Start sparkpool in that cloud, and check its state there.",
    )


class _StatusAddress(AzureAsyncOperationPolling[Any, Any]):
    """Polls the operation's own status, at an address in the cloud."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def can_poll(self, pipeline_response: Any) -> bool:
        """Whether the answer names one."""
        named = pipeline_response.http_response.headers.get(self._operation_location_header)
        return is_allowed_host(str(named or ""), self._address)

    def get_status(self, pipeline_response: Any) -> str:
        """Azure's word.

        Raises:
            BadResponse: If there is none.
        """
        status = reading.text(body_json(pipeline_response.http_response), "status")
        if not status:
            raise BadResponse("The operation's status has no word for it.")
        return status


class _ResultAddress(LocationPolling[Any, Any]):
    """Polls the operation's result, at an address in the cloud, which is 202 until it has ended."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def can_poll(self, pipeline_response: Any) -> bool:
        """Whether the answer names one."""
        return is_allowed_host(str(pipeline_response.http_response.headers.get("location") or ""), self._address)

    def get_status(self, pipeline_response: Any) -> str:
        """Whether it has ended; the answer may name another address to continue at."""
        if self.can_poll(pipeline_response):
            self._location_url = pipeline_response.http_response.headers["location"]
        return "InProgress" if pipeline_response.http_response.status_code == 202 else "Succeeded"


class _StateOfResource(BodyContentPolling[Any, Any]):
    """Polls the resource itself, in any shape: ARM's own polling fails on `"properties": null`."""

    def __init__(self, target: ResourceId) -> None:
        super().__init__()
        self._target = target

    def get_polling_url(self) -> str:
        """The resource's own address."""
        return _own_address(super().get_polling_url())

    def get_status(self, pipeline_response: Any) -> str:
        """Its state, such as `Creating`.

        Raises:
            AnotherResource: If the answer describes another resource.
        """
        _check_about(pipeline_response.http_response, self._target)
        state: str = super().get_status(pipeline_response)
        return state

    @staticmethod
    def _get_provisioning_state(response: Any) -> str | None:
        return reading.text(body_json(response), "properties", "provisioningState") or None


class _Absence(_StateOfResource):
    """Polls a resource that is being deleted: as long as it exists, its state must say so."""

    def get_status(self, pipeline_response: Any) -> str:
        """Its state, such as `Deleting`.

        Raises:
            BadStatus: If it is at rest, so that nothing deletes it.
        """
        state: str = super().get_status(pipeline_response)
        if state.lower() in _FINISHED:
            raise BadStatus(f"It still exists, and {state}.")
        return state


def _codes(error: ProvisioningError) -> tuple[str, ...]:
    own = (error.code,) if error.code else ()
    return (*own, *(code for detail in error.details for code in _codes(detail)))


def _lines(error: ProvisioningError) -> list[str]:
    own = ": ".join(part for part in (error.code, words_in(error.message)) if part)
    return [own, *(line for detail in error.details for line in _lines(detail))]
