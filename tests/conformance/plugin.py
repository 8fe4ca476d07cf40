"""Checks all traffic between clients and the sandbox, in every test, against the specification.

A deviation that is not in the table of ``deviations.py`` fails the test in which it occurs. Not checked are responses
that a fault returns instead of the service, and requests of clients other than the product's cloud layer.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import pytest

from tests.conformance.deviations import TABLE, known
from tests.conformance.specification import (
    FOLDER,
    Deviation,
    operation_asked,
    request_deviations,
    response_deviations,
)
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import Faults, Met
from tui.sandbox.http import Request, Response
from tui.sandbox.planes import data_plane

__all__ = [
    "pytest_configure",
    "pytest_runtest_call",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

OURS = "sparkpool"
"""The start of the product's `User-Agent`."""

MARK = "unspecified"

WATCH = pytest.StashKey["Watch"]()
_COUNTS = "specification_counts"
_REMEMBERED = 4096
"""How many checked requests and responses are remembered, because most repeat."""


class Watch:
    """What has been checked in this process.

    Attributes:
        new: The deviations of the running test that are not in the table.
        counts: Requests, responses and microseconds; table entries that occurred; versions that replaced others.
    """

    def __init__(self) -> None:
        self.new: list[str] = []
        self.counts: Counter[str] = Counter()
        self._faults: ContextVar[list[Met] | None] = ContextVar("faults", default=None)

    def install(self) -> None:
        """Watch every sandbox of this process."""
        handle, meet = Sandbox.handle, Faults.meet
        watch = self

        async def watched(sandbox: Sandbox, request: Request, *args: Any, **more: Any) -> Response:
            met: list[Met] = []
            token = watch._faults.set(met)
            try:
                watch.request(request)
                response = await handle(sandbox, request, *args, **more)
            finally:
                watch._faults.reset(token)
            if not any(one.fault for one in met):
                watch.response(request, response)
            return response

        def noted(faults: Faults, request: Request) -> Met:
            met = meet(faults, request)
            seen = watch._faults.get()
            if seen is not None:
                seen.append(met)
            return met

        setattr(Sandbox, "handle", watched)  # noqa: B010 - mypy would take a plain assignment for an instance's
        setattr(Faults, "meet", noted)  # noqa: B010

    def request(self, request: Request) -> None:
        """Check a request if the product's cloud layer sent it."""
        request = _at_its_own_host(request)
        if (request.header("User-Agent") or "").startswith(OURS):
            self._look("requests", request, partial(_of_request, request.method, request.url, request.body))

    def response(self, request: Request, response: Response) -> None:
        """Check a response of the sandbox itself."""
        request = _at_its_own_host(request)
        names = tuple(sorted(response.headers))
        look = partial(_of_response, request.method, request.url, response.status, names, response.body)
        self._look("responses", request, look)

    def _look(self, what: str, request: Request, look: Callable[[], tuple[Deviation, ...]]) -> None:
        started = time.perf_counter()
        for deviation in look():
            entry = known(deviation)
            if entry is None:
                self.new.append(f"{deviation} ({request.method} {request.url[:200]})")
            else:
                self.counts[f"entry {TABLE.index(entry)}"] += 1
        operation = operation_asked(request.method, request.url)
        asked = request.query.get("api-version")
        if operation is not None and asked and operation.version != asked:
            self.counts[f"{asked} as {operation.version}"] += 1
        self.counts[what] += 1
        self.counts["microseconds"] += round((time.perf_counter() - started) * 1e6)


def _at_its_own_host(request: Request) -> Request:
    """Return a data-plane request behind a path as Azure's own host would get it."""
    asked = data_plane(request)
    if asked is None:
        return request
    name, inner = asked
    return replace(request, url=f"https://{name}.dev.azuresynapse.net{inner.url.removeprefix(inner.origin)}")


@lru_cache(_REMEMBERED)
def _of_request(method: str, url: str, body: bytes) -> tuple[Deviation, ...]:
    return tuple(request_deviations(method, url, body))


@lru_cache(_REMEMBERED)
def _of_response(method: str, url: str, status: int, names: tuple[str, ...], body: bytes) -> tuple[Deviation, ...]:
    return tuple(response_deviations(method, url, status, names, body))


def pytest_configure(config: pytest.Config) -> None:
    """Start to watch if there are specifications."""
    config.addinivalue_line("markers", f"{MARK}(why): in this test Azure is made to say what its specification forbids")
    if FOLDER.is_dir():
        config.stash[WATCH] = Watch()
        config.stash[WATCH].install()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget what occurred between two tests."""
    if watch := item.config.stash.get(WATCH, None):
        watch.new.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail the test if it deviated from the specification in a new way."""
    result = yield
    watch = item.config.stash.get(WATCH, None)
    if watch and watch.new and item.get_closest_marker(MARK) is None:
        told = "\n".join(dict.fromkeys(watch.new))
        raise AssertionError(f"Not as the specification says, and not in tests/conformance/deviations.py:\n{told}")
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass a worker's counts to the reporting process."""
    output = getattr(session.config, "workeroutput", None)
    watch = session.config.stash.get(WATCH, None)
    if output is not None and watch:
        output[_COUNTS] = dict(watch.counts)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add a worker's counts."""
    del error
    watch = node.config.stash.get(WATCH, None)
    if watch:
        watch.counts.update(getattr(node, "workeroutput", {}).get(_COUNTS, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report what was validated, the replaced versions, and, in a full run, the table entries that never occurred."""
    watch = config.stash.get(WATCH, None)
    if not watch or not watch.counts:
        return
    counts = watch.counts
    stand_ins = ", ".join(sorted(name for name in counts if " as " in name))
    terminalreporter.write_sep("-", "specification")
    terminalreporter.write_line(
        f"{counts['requests']} requests and {counts['responses']} responses validated in "
        f"{counts['microseconds'] / 1e6:.1f} s; nearest versions: {stand_ins or 'none needed'}"
    )
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        for index, entry in enumerate(TABLE):
            if not counts[f"entry {index}"]:
                terminalreporter.write_line(
                    f"never came: {entry.operation}, {entry.part} {entry.place}: {entry.reason}"
                )
