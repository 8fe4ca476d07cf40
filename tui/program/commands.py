"""What prints text and ends: the settings and the doctor."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tui.exit_status import ExitStatus
from tui.home import settings_file, state_folder
from tui.logs import log_to_file
from tui.printing import complain, say
from tui.program.screen import terminal_problem
from tui.program.setup import last_used, sandbox, sign_in_options_of
from tui.setting_checks import CHECKS
from tui.state import recent_workspaces

if TYPE_CHECKING:
    from tui.cloud.token_source import TokenSource
    from tui.domain.ports import Azure
    from tui.domain.sign_in import SignInChoice
    from tui.settings import Settings


def write_settings_file() -> int:
    """Write a settings file to edit; returns the exit status."""
    from tui.settings.pages import write_template

    file = settings_file()
    try:
        write_template(file, CHECKS)
    except FileExistsError:
        complain(f"sparkpool: {file} already exists and stays unchanged.")
        return ExitStatus.FAILED
    except OSError as error:
        complain(f"sparkpool: {file} cannot be written: {error.strerror or error}")
        return ExitStatus.FAILED
    say(f"Wrote {file}: every setting with its default, commented out.")
    return 0


def show_settings(settings: Settings) -> int:
    """Print every setting and its source; returns the exit status."""
    from tui.settings.pages import page

    say(*page(settings, settings_file()).split("\n"))
    try:
        sign_in_options_of(settings)
    except ValueError as error:
        complain(f"sparkpool: {error}")
        return ExitStatus.UNUSABLE
    return 0


def run_doctor(settings: Settings) -> int:
    """Print what works between this terminal and Azure; returns the exit status."""
    import asyncio

    from tui.doctor import DoctorInput, run_checks
    from tui.domain.sign_in import SignInChoice, SignInMethod
    from tui.ui.keys import use_keys

    sign_in_options, why_not = None, ""
    choice = SignInChoice(SignInMethod(settings.auth), settings.tenant)
    if settings.sandbox:
        connect_to_sandbox, _, workspace, _ = sandbox(settings)
    else:
        workspace = settings.workspace or last_used(settings, recent_workspaces(state_folder()))
        try:
            sign_in_options = sign_in_options_of(settings)
        except ValueError as error:
            why_not = str(error)

    def connect(works: SignInChoice, source: TokenSource | None) -> Azure:
        if sign_in_options is None:
            return connect_to_sandbox()
        from tui.cloud.azure import AzureCloud

        return AzureCloud.signed_in_by(works, sign_in_options, read_only=True, source=source)

    log_to_file(state_folder(), settings.log_level)
    can_ask = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    given = DoctorInput(
        settings, terminal_problem(), state_folder(), sign_in_options, why_not, choice, can_ask, connect, workspace
    )
    use_keys(settings.keys)
    if sys.stdout is None:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a device and not a file
            return asyncio.run(run_checks(given, nowhere))
    return asyncio.run(run_checks(given, sys.stdout))
