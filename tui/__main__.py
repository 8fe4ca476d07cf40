"""Puts the program together: the command line, the settings, and the screen or a verb."""

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
from tui.setting_checks import CHECKS, WITHOUT_SCREEN
from tui.settings import CommandLine, Settings, UnusableCommandLine, UnusableSettingsError, gather, read_command_line
from tui.verbs import VERBS

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; `arguments` are those of the process by default.

    Returns:
        The exit status: see `tui.exit_status`.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(arguments)
    except UnusableCommandLine as error:
        _say_as_data(error.reason, arguments)
        raise
    except BrokenPipeError:
        return SIGNALLED + signal.SIGPIPE
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    except Exception as error:  # noqa: BLE001 - the last net: no traceback, which may hold a secret, on the terminal
        return _failed(error, arguments)
    finally:
        let_go_of(sys.stdout, sys.stderr)


def _run(arguments: Sequence[str]) -> int:
    try:
        said = read_command_line(arguments, CHECKS)
    except OSError as error:
        return _unwritable(error)
    text = _without_settings(said)
    if text is not None:
        return _written_by(text)
    is_headless = said.verb in VERBS and VERBS[said.verb].is_headless
    try:
        settings = _settings(said, is_headless=is_headless)
    except UnusableSettingsError as error:
        complain("sparkpool: these settings cannot be used:", *(f"  {problem}" for problem in error.problems))
        _say_as_data(" ".join(error.problems), arguments)
        return ExitStatus.UNUSABLE
    if said.verb or settings.accessible:
        return _written_by(_on_lines(said, settings, is_headless=is_headless))
    # Textual reads it when it is imported.
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from tui.program.screen import show_screen

    return show_screen(settings)


def _on_lines(said: CommandLine, settings: Settings, *, is_headless: bool) -> Callable[[], int]:
    """What runs on lines instead of the screen: a verb, or line mode."""
    if is_headless:
        from tui.program.verbs import run

        return partial(run, said, settings)
    if not said.verb:
        from tui.program.verbs import run_line_mode

        return partial(run_line_mode, settings)
    from tui.program.commands import run_doctor, show_settings

    return partial(run_doctor if said.verb == "doctor" else show_settings, settings)


def _without_settings(said: CommandLine) -> Callable[[], int] | None:
    """What prints text and reads no settings; None for anything else."""
    if said.verb == "help":
        from tui.manual.printed import print_help

        return partial(print_help, *said.words)
    if said.verb == "man":
        from tui.headless.man_page import print_man_page

        return print_man_page
    if said.verb == "completion":
        from tui.headless.completion import print_completion

        return partial(print_completion, *said.words)
    if said.verb == "settings" and said.options.get("init"):
        from tui.program.commands import write_settings_file

        return write_settings_file
    return None


def _settings(said: CommandLine, *, is_headless: bool) -> Settings:
    """The settings of the run.

    Raises:
        UnusableSettingsError: If anything in them cannot be used.
    """
    from tui.program.setup import with_sandbox_subscription

    checks = WITHOUT_SCREEN if is_headless else CHECKS
    return with_sandbox_subscription(gather(said, os.environ, checks=checks))


def _say_as_data(reason: str, arguments: Sequence[str]) -> None:
    """Say why nothing was run as data too, if the command line asks for data; its words have been printed."""
    from tui.headless.failures import Failure, output_of_unusable, report

    report(Failure.unusable(reason), output_of_unusable(arguments), in_words=False)


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


def _failed(error: Exception, arguments: Sequence[str]) -> int:
    """Report an uncaught failure; its traceback only goes to the log."""
    from tui.headless.failures import Failure, output_of_unusable, report

    folder = state_folder()
    if not logging.getLogger().handlers:
        log_to_file(folder)
    _log.critical("unexpected failure", exc_info=error)
    where = f"; see {folder / LOG_NAME}" if (folder / LOG_NAME).is_file() and not log_failure() else ""
    sentence = f"sparkpool failed unexpectedly ({type(error).__name__}) and stopped{where}."
    complain(sentence)
    failure = Failure("internal", sentence, ExitStatus.INTERNAL)
    return report(failure, output_of_unusable(arguments), in_words=False)


if __name__ == "__main__":
    sys.exit(main())
