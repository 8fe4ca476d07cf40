"""The boundary of the worker layer: every failure inside is reported as a `Problem`."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, cast

from tui.domain.errors import Problem, ProblemKind

if TYPE_CHECKING:
    from tui.domain.ports import Azure

_log = logging.getLogger(__name__)


def as_problem(error: Exception) -> Problem:
    """A failure as the user sees it; one that is not a `Problem` yet is a fault of the program."""
    if isinstance(error, Problem):
        return error
    _log.error("unexpected failure", exc_info=error)
    return Problem(
        ProblemKind.INTERNAL,
        "sparkpool itself failed here; this is a bug in the program.",
        cause=f"{type(error).__name__}: {_first_line(error)}",
        advice="Try again. If it happens again, report it with the log file.",
    )


def _first_line(error: Any) -> str:
    return str(error).split("\n", 1)[0]


def bounded(azure: "Azure", is_stopped: Callable[[], bool]) -> "Azure":
    """Azure as its port promises: every method raises `Problem` and nothing else.

    The end of a write must not depend on the exception types of a library. Once `is_stopped` is true for the operation,
    every method raises `CancelledError`, even if a library swallows that or turns it into a failure.
    """
    return cast("Azure", _Bounded(azure, is_stopped))


def is_cancelled() -> bool:
    """Whether cancellation of the current task was requested."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class _Bounded:
    def __init__(self, azure: "Azure", is_stopped: Callable[[], bool]) -> None:
        self._azure = azure
        self._is_stopped = is_stopped

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._azure, name)
        return self._bound(member) if callable(member) else member

    def _bound(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            with self._problems():
                result = method(*arguments, **named)
            if isinstance(result, AsyncGenerator):
                return self._stream(result)
            return self._answer(result) if isinstance(result, Awaitable) else result

        return call

    async def _answer(self, result: Awaitable[Any]) -> Any:
        with self._problems():
            answer = await result
        if self._is_stopped():
            raise asyncio.CancelledError
        return answer

    async def _stream(self, stream: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
        with self._problems():
            async with aclosing(stream) as items:
                async for item in items:
                    yield item

    @contextmanager
    def _problems(self) -> Iterator[None]:
        try:
            yield
        except asyncio.CancelledError as error:
            if self._is_stopped():
                raise
            raise as_problem(RuntimeError("a request was cancelled by none of its callers")) from error
        except Exception as error:
            if self._is_stopped():
                raise asyncio.CancelledError from error
            raise as_problem(error) from error
