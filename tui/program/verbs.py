"""Runs a verb without a screen."""

from __future__ import annotations

import logging

from tui.domain.sign_in import SignInChoice, SignInMethod
from tui.headless.failures import Failure, chosen_output, report
from tui.headless.reading import Reading
from tui.headless.run import run_verb
from tui.home import state_folder
from tui.logs import log_failure, log_to_file
from tui.printing import complain
from tui.program.setup import log_instead_of_printing, set_up, sign_in_options_of, why_no_workspace
from tui.settings import CommandLine, Settings
from tui.verbs import OUTPUT

_log = logging.getLogger(__name__)


def run(said: CommandLine, settings: Settings) -> int:
    """Run the verb of a command line; returns the exit status.

    Raises:
        OSError: If standard output cannot be written.
    """
    try:
        sign_in_options = None if settings.sandbox else sign_in_options_of(settings)
    except ValueError as error:
        return report(Failure.unusable(str(error)), chosen_output(said.options.get(OUTPUT)))
    log_to_file(state_folder(), settings.log_level)
    log_instead_of_printing()
    for note in (*settings.context.notes, *settings.context.passed_over):
        _log.info("%s", note)
    made = set_up(settings, sign_in_options, state_folder())
    reading = Reading(made.operations, made.cloud, made.workspace, why_no_workspace(settings), guard=made.guard)
    by_code = settings.auth == SignInMethod.DEVICE_CODE.value and not settings.sandbox and said.verb != "operations"
    status = run_verb(said, reading, SignInChoice(SignInMethod.DEVICE_CODE, settings.tenant) if by_code else None)
    broken = log_failure()
    if broken:
        complain(f"sparkpool: {broken}")
    return status
