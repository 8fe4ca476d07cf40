"""When watching stops, the current request is cancelled and the operation ends as unwatched."""

import asyncio
import re
import threading
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError

from tests.support.altered import KINDS, Bench
from tests.support.jitter import even
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.domain.operation import Operation, Unwatched
from tui.domain.plan import Plan
from tui.sandbox.transport import SandboxCredential, SandboxTransport

REQUESTS = {
    "read": ("GET", r"/bigDataPools/"),
    "write": ("PUT", r"/computes/"),
    "poll": ("GET", r"/computeOperationsStatus/"),
    "grant": ("PUT", r"/roleAssignments/"),
}


class Silent(SandboxTransport):
    """Does not answer one request until it is cancelled.

    Attributes:
        is_waiting: Set as soon as that request waits.
        is_cancelled: Whether it was cancelled.
    """

    def __init__(self, bench: Bench, request: str, cancelled: str) -> None:
        super().__init__(bench.box)
        self._method, self._path = REQUESTS[request]
        self._cancelled = cancelled
        self.is_waiting = threading.Event()
        self.is_cancelled = False

    async def send(self, request: Any, **kwargs: Any) -> Any:
        """Send a request, or keep it waiting."""
        is_other = request.method != self._method or not re.search(self._path, request.url)
        if not is_other and not self.is_waiting.is_set():
            self.is_waiting.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.is_cancelled = True
                if self._cancelled == "ends":
                    raise
                if self._cancelled == "fails":
                    raise ServiceResponseError("The connection was closed.") from None
        return await super().send(request, **kwargs)


@pytest.mark.parametrize("cancelled", ["ends", "fails", "is answered"])
@pytest.mark.parametrize("request_", list(REQUESTS))
def test_an_unwatched_operation_sends_no_further_write_whatever_its_cancelled_request_does(
    request_: str, cancelled: str
) -> None:
    bench = Bench()
    transport = Silent(bench, request_, cancelled)
    bench.connect_as = lambda: AzureCloud(SandboxCredential(), transport=transport, caller=ANA, jitter=even)
    with bench.operations() as operations:
        (operation,) = operations.apply(Plan.of([KINDS["chain"].request(bench)]))
        assert isinstance(operation, Operation)
        assert transport.is_waiting.wait(PATIENCE_SECONDS)
        before = len(bench.box.accepted)
        assert operations.stop_watching(operation)
        left = bench.wait(operations, operation.id, lambda one: one.end is not None)
    assert isinstance(left.end, Unwatched)
    assert transport.is_cancelled
    is_its_own = cancelled == "is answered" and transport._method == "PUT"
    assert len(bench.box.accepted) == before + is_its_own
