"""Runs what needs no screen: a verb, or line mode."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tui.domain.sign_in import SignInChoice, SignInMethod
from tui.headless.failures import Failure, chosen_output, report
from tui.headless.reading import Reading
from tui.headless.run import run_lines, run_verb
from tui.home import state_folder
from tui.logs import log_failure, log_to_file
from tui.printing import complain
from tui.program.setup import log_instead_of_printing, set_up, sign_in_options_of, why_no_workspace
from tui.settings import CommandLine, Settings
from tui.verbs import OUTPUT, TABLE

_log = logging.getLogger(__name__)


def run(said: CommandLine, settings: Settings) -> int:
    """Run the verb of a command line; returns the exit status.

    Raises:
        OSError: If standard output cannot be written.
    """
    output = chosen_output(said.options.get(OUTPUT))
    needs_sign_in = said.verb != "operations"
    code = _device_code(settings) if needs_sign_in else None
    return _with_reading(settings, output, lambda reading: run_verb(said, reading, code))


def run_line_mode(settings: Settings) -> int:
    """Run line mode; returns the exit status.

    Raises:
        OSError: If standard output cannot be written.
    """
    return _with_reading(settings, TABLE, lambda reading: run_lines(reading, _device_code(settings)))


def _device_code(settings: Settings) -> SignInChoice | None:
    """How to sign in with a code first; None if that was not asked for."""
    is_asked_for = settings.auth == SignInMethod.DEVICE_CODE.value and not settings.sandbox
    return SignInChoice(SignInMethod.DEVICE_CODE, settings.tenant) if is_asked_for else None


def _with_reading(settings: Settings, output: str, work: Callable[[Reading], int]) -> int:
    try:
        sign_in_options = None if settings.sandbox else sign_in_options_of(settings)
    except ValueError as error:
        return report(Failure.unusable(str(error)), output)
    log_to_file(state_folder(), settings.log_level)
    log_instead_of_printing()
    for note in (*settings.context.notes, *settings.context.passed_over):
        _log.info("%s", note)
    made = set_up(settings, sign_in_options, state_folder())
    status = work(Reading(made.operations, made.cloud, made.workspace, why_no_workspace(settings), guard=made.guard))
    broken = log_failure()
    if broken:
        complain(f"sparkpool: {broken}")
    return status
