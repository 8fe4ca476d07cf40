"""Puts the program together: the command line, the settings, and the screen or a command."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial

from tui.exit_status import SIGNALLED, ExitStatus
from tui.home import state_folder
from tui.logs import LOG_NAME, log_failure, log_to_file
from tui.printing import complain, let_go_of
from tui.setting_checks import CHECKS
from tui.settings import CommandLine, UnusableSettingsError, gather, read_command_line

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; `arguments` are those of the process by default.

    Returns:
        The exit status: see `tui.exit_status`.
    """
    try:
        try:
            said = read_command_line(sys.argv[1:] if arguments is None else arguments, CHECKS)
        except OSError as error:
            return _unwritable(error)
        return _run_as_told(said)
    except BrokenPipeError:
        return SIGNALLED + signal.SIGPIPE
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    except Exception as error:  # noqa: BLE001 - the last net: no traceback, which may hold a secret, on the terminal
        return _failed(error)
    finally:
        let_go_of(sys.stdout, sys.stderr)


def _run_as_told(said: CommandLine) -> int:
    if said.init:
        from tui.program.commands import write_settings_file

        return _written_by(write_settings_file)
    if said.command == "help":
        from tui.manual.printed import print_help

        return _written_by(partial(print_help, said.topic))
    from tui.program.setup import with_sandbox_subscription

    _prepare_textual()
    try:
        settings = with_sandbox_subscription(gather(said, os.environ, checks=CHECKS))
    except UnusableSettingsError as error:
        complain("sparkpool: these settings cannot be used:", *(f"  {problem}" for problem in error.problems))
        return ExitStatus.UNUSABLE
    if said.command:
        from tui.program.commands import run_doctor, show_settings

        return _written_by(partial(run_doctor if said.command == "doctor" else show_settings, settings))
    from tui.program.screen import show_screen

    return show_screen(settings)


def _written_by(does: Callable[[], int]) -> int:
    """Run something that only writes text, and report if that cannot be written.

    Raises:
        BrokenPipeError: If the reader has closed the pipe.
    """
    try:
        status = does()
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        return _unwritable(error)
    return status


def _unwritable(error: OSError) -> int:
    """Report that standard output cannot be written.

    Raises:
        BrokenPipeError: If the reader has closed the pipe.
    """
    if isinstance(error, BrokenPipeError):
        raise error
    complain(f"sparkpool: standard output cannot be written: {error.strerror or type(error).__name__}.")
    return ExitStatus.FAILED


def _failed(error: Exception) -> int:
    """Report an uncaught failure; its traceback only goes to the log."""
    folder = state_folder()
    if not logging.getLogger().handlers:
        log_to_file(folder)
    _log.critical("unexpected failure", exc_info=error)
    where = f"; see {folder / LOG_NAME}" if (folder / LOG_NAME).is_file() and not log_failure() else ""
    complain(f"sparkpool failed unexpectedly ({type(error).__name__}) and stopped{where}.")
    return ExitStatus.INTERNAL


def _prepare_textual() -> None:
    """Set what Textual reads when it is imported, unless the user has set it."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


if __name__ == "__main__":
    sys.exit(main())
