"""Shows the screen."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from tui.characters import characters_here
from tui.domain.redaction import secrets_of
from tui.exit_status import SIGNALLED, ExitStatus
from tui.home import current_folder, state_folder
from tui.logs import LOG_NAME, log_failure, log_to_file
from tui.printing import complain
from tui.program.setup import log_instead_of_printing, set_up, sign_in_options_of, why_asked
from tui.state import remember_workspaces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui.cloud.credentials import SignInOptions
    from tui.domain.operation import Operation
    from tui.domain.workspaces import Recent
    from tui.settings import Settings
    from tui.ui.app import SparkpoolApp

_log = logging.getLogger(__name__)

_TEXTUAL_FAILED = 1
"""Textual's own status after a failure."""
_DUMB_TERMINALS = ("", "dumb", "unknown")


def show_screen(settings: Settings) -> int:
    """Run the program on the screen; returns the exit status."""
    problem = terminal_problem()
    if problem:
        complain(f"sparkpool: {problem}")
        return ExitStatus.UNUSABLE
    try:
        sign_in_options = None if settings.sandbox else sign_in_options_of(settings)
    except ValueError as error:
        complain(f"sparkpool: {error}")
        return ExitStatus.UNUSABLE
    log_to_file(state_folder(), settings.log_level)
    log_instead_of_printing()
    for note in settings.context.notes:
        _log.warning("%s", note)
    for note in settings.context.passed_over:
        _log.info("%s", note)
    status = _run(settings, sign_in_options)
    broken = log_failure()
    if broken:
        complain(f"sparkpool: {broken}")
    return status


def terminal_problem() -> str:
    """Why a full-screen program cannot run here, in one sentence; empty if it can."""
    streams = (("input", sys.stdin), ("output", sys.stdout), ("error output", sys.stderr))
    piped = next((name for name, stream in streams if stream is None or not stream.isatty()), None)
    if piped is not None:
        what = f"this is a full-screen program, and its {piped} is not a terminal"
        return f'{what}; run it in one, without pipes, or use a verb, such as "sparkpool list".'
    if os.environ.get("TERM", "") in _DUMB_TERMINALS:
        term = os.environ.get("TERM", "")
        return f'the terminal "{term}" cannot move its cursor; set TERM to what it is, such as xterm-256color.'
    return ""


def _run(settings: Settings, sign_in_options: SignInOptions | None) -> int:
    """Run the screens, against Azure or, without `sign_in_options`, against the sandbox."""
    # While modules are imported, nothing becomes garbage; `IdleCollector` enables collections again.
    gc.disable()
    from tui.domain.sign_in import SignInMethod
    from tui.ui.app import SparkpoolApp, failure_words
    from tui.ui.session import Location, Session
    from tui.ui.text import hide, use_ascii

    hide(secrets_of(os.environ))
    use_ascii(characters_here(settings).ascii_only)
    folder = state_folder()
    made = set_up(settings, sign_in_options, folder)
    badges = ("SANDBOX",) if settings.sandbox else () if made.cloud.is_public else (made.cloud.name,)
    where = Location(names=dict(settings.context.names), recent=made.recent)
    for one in made.recent:
        where.add_name(one.workspace.subscription, one.subscription_name)
    session = Session(
        operations=made.operations,
        remember=_forget if settings.sandbox else partial(remember_workspaces, folder),
        account=made.account,
        badges=badges,
        cloud=made.cloud,
        sign_in_first=settings.auth == SignInMethod.DEVICE_CODE.value and not settings.sandbox,
        workspace=made.workspace,
        subscription=settings.subscription or settings.context.subscription,
        resource_group=settings.resource_group,
        workspace_name=settings.workspace_name,
        why_asked=why_asked(settings),
        guard=made.guard,
        theme=settings.theme,
        refresh_seconds=settings.refresh_seconds,
        columns=settings.columns,
        keys=settings.keys,
        spec_files=[settings.file] if settings.file else [],
        lasting=not settings.sandbox,
        resume=settings.resume,
        save_bundle=partial(_save_bundle, settings),
        log_file=str(folder / LOG_NAME),
        where=where,
    )
    made.operations.start()
    try:
        app = SparkpoolApp(session)
        _end_at_signals(app)
        app.run(mouse=False)
    except Exception:  # noqa: BLE001 - the last net: Textual fails outside of all its own
        _log.critical("unexpected failure", exc_info=True)
        complain(failure_words(session.log_file))
        return ExitStatus.INTERNAL
    finally:
        made.operations.stop()
    return ExitStatus.INTERNAL if app.return_code == _TEXTUAL_FAILED else app.return_code or 0


def _end_at_signals(app: SparkpoolApp) -> None:
    """Exit with the status of the signal; asyncio would treat an interrupt as a normal end of its task."""

    def end(number: int, _: object) -> None:
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            if number == signal.SIGINT:
                raise KeyboardInterrupt from None
            raise SystemExit(SIGNALLED + number) from None
        app.hurry()
        loop.call_soon_threadsafe(partial(app.exit, return_code=SIGNALLED + number))

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def _save_bundle(settings: Settings, operation: Operation, told: str) -> Path:
    from tui.support import write_bundle

    return write_bundle(
        operation, told, settings=settings, state=state_folder(), folder=current_folder(), now=datetime.now(UTC)
    )


def _forget(recent: Sequence[Recent]) -> None:
    """Store nothing: a sandbox's workspace exists only as long as the sandbox."""
