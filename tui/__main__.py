"""Puts the program together: settings, terminal, Azure or sandbox, operations, screens."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from tui.characters import characters_here
from tui.domain.redaction import secrets_of
from tui.domain.resource_id import ResourceId, is_guid, ml_workspace_id
from tui.domain.unusable import quoted
from tui.home import current_folder, settings_file, state_folder
from tui.logs import LOG_NAME, log_failure, log_to_file
from tui.printing import complain, let_go_of, say
from tui.setting_checks import CHECKS
from tui.settings import CommandLine, Settings, UnusableSettingsError, gather, read_command_line
from tui.settings.context import PLACE, agrees
from tui.state import recent_workspaces, remember_workspaces

if TYPE_CHECKING:
    from pathlib import Path

    from tui.cloud.credentials import SignInOptions
    from tui.cloud.token_source import TokenSource
    from tui.domain.clouds import CloudProfile
    from tui.domain.operation import Operation
    from tui.domain.ports import Azure, Clock, Journal
    from tui.domain.workspaces import Recent
    from tui.ui.app import SparkpoolApp

_log = logging.getLogger(__name__)

_EXIT_FAILED, _EXIT_UNUSABLE = 1, 2
_SIGNALLED = 128
_DUMB_TERMINALS = ("", "dumb", "unknown")


class WallClock:
    """Real time."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        import asyncio

        await asyncio.sleep(seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; `arguments` are those of the process by default.

    Returns:
        The exit status: 0 after quitting, 1 after a failure of the program, 2 without a terminal or for an invalid
            word or setting, 128 plus the number of the signal that ended it.
    """
    try:
        try:
            said = read_command_line(sys.argv[1:] if arguments is None else arguments, CHECKS)
        except OSError as error:
            return _unwritable(error)
        return _run_as_told(said)
    except BrokenPipeError:
        return _SIGNALLED + signal.SIGPIPE
    except KeyboardInterrupt:
        return _SIGNALLED + signal.SIGINT
    except Exception as error:  # noqa: BLE001 - the last net: no traceback, which may hold a secret, on the terminal
        return _failed(error)
    finally:
        let_go_of(sys.stdout, sys.stderr)


def _run_as_told(said: CommandLine) -> int:
    if said.init:
        return _written_by(_write_settings_file)
    if said.command == "help":
        from tui.manual.printed import print_help

        return _written_by(partial(print_help, said.topic))
    _prepare_textual()
    try:
        settings = _with_sandbox_subscription(gather(said, os.environ, checks=CHECKS))
    except UnusableSettingsError as error:
        complain("sparkpool: these settings cannot be used:", *(f"  {problem}" for problem in error.problems))
        return _EXIT_UNUSABLE
    does = {"settings": _show_settings, "doctor": _see_the_doctor}.get(said.command)
    return _show_screen(settings) if does is None else _written_by(partial(does, settings))


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
    return _EXIT_FAILED


def _failed(error: Exception) -> int:
    """Report an uncaught failure; its traceback only goes to the log."""
    folder = state_folder()
    if not logging.getLogger().handlers:
        log_to_file(folder)
    _log.critical("unexpected failure", exc_info=error)
    where = f"; see {folder / LOG_NAME}" if (folder / LOG_NAME).is_file() and not log_failure() else ""
    complain(f"sparkpool failed unexpectedly ({type(error).__name__}) and stopped{where}.")
    return _EXIT_FAILED


def _prepare_textual() -> None:
    """Set what Textual reads when it is imported, unless the user has set it."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


def _write_settings_file() -> int:
    from tui.settings.pages import write_template

    file = settings_file()
    try:
        write_template(file, CHECKS)
    except FileExistsError:
        complain(f"sparkpool: {file} already exists and stays unchanged.")
        return _EXIT_FAILED
    except OSError as error:
        complain(f"sparkpool: {file} cannot be written: {error.strerror or error}")
        return _EXIT_FAILED
    say(f"Wrote {file}: every setting with its default, commented out.")
    return 0


def _show_settings(settings: Settings) -> int:
    from tui.settings.pages import page

    say(*page(settings, settings_file()).split("\n"))
    try:
        _sign_in_options(settings)
    except ValueError as error:
        complain(f"sparkpool: {error}")
        return _EXIT_UNUSABLE
    return 0


def _see_the_doctor(settings: Settings) -> int:
    import asyncio

    from tui.doctor import DoctorInput, run_checks
    from tui.domain.sign_in import SignInChoice, SignInMethod
    from tui.ui.keys import use_keys

    sign_in_options, why_not = None, ""
    choice = SignInChoice(SignInMethod(settings.auth), settings.tenant)
    if settings.sandbox:
        sandbox, _, workspace, _ = _sandbox(settings)
    else:
        workspace = settings.workspace or _last_used(settings, recent_workspaces(state_folder()))
        try:
            sign_in_options = _sign_in_options(settings)
        except ValueError as error:
            why_not = str(error)

    def connect(works: SignInChoice, source: TokenSource | None) -> Azure:
        if sign_in_options is None:
            return sandbox()
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


def _show_screen(settings: Settings) -> int:
    problem = terminal_problem()
    if problem:
        complain(f"sparkpool: {problem}")
        return _EXIT_UNUSABLE
    try:
        sign_in_options = None if settings.sandbox else _sign_in_options(settings)
    except ValueError as error:
        complain(f"sparkpool: {error}")
        return _EXIT_UNUSABLE
    log_to_file(state_folder(), settings.log_level)
    _log_instead_of_printing()
    for note in settings.context.notes:
        _log.warning("%s", note)
    for note in settings.context.passed_over:
        _log.info("%s", note)
    status = _run(settings, sign_in_options)
    broken = log_failure()
    if broken:
        complain(f"sparkpool: {broken}")
    return status


def _log_instead_of_printing() -> None:
    """Send to the log what Python would print over the screen, without values that may be secret."""
    logging.captureWarnings(True)

    def unraisable(found: sys.UnraisableHookArgs) -> None:
        _log.error("an exception could not be raised", exc_info=found.exc_value)

    def in_thread(found: threading.ExceptHookArgs) -> None:
        _log.error("a thread has failed", exc_info=found.exc_value)

    sys.unraisablehook = unraisable
    threading.excepthook = in_thread


def _sign_in_options(settings: Settings) -> SignInOptions:
    """The cloud and the network.

    Raises:
        ValueError: If one of them cannot be used; it says why.
    """
    from tui.cloud.credentials import SignInOptions
    from tui.cloud.network import network_from
    from tui.cloud.profile import BadProfile, find_profile

    network = network_from(
        settings.ca_file,
        settings.origin("ca_file").where,
        connect_seconds=settings.connect_timeout,
        read_seconds=settings.read_timeout,
    )
    network.check()
    try:
        profile = find_profile(settings.cloud, settings.clouds)
    except BadProfile as error:
        raise ValueError(f"{settings.origin('cloud').where}: {error}") from error
    return SignInOptions(profile, network, settings.az_timeout, settings.client_id)


def terminal_problem() -> str:
    """Why a full-screen program cannot run here, in one sentence; empty if it can."""
    streams = (("input", sys.stdin), ("output", sys.stdout), ("error output", sys.stderr))
    piped = next((name for name, stream in streams if stream is None or not stream.isatty()), None)
    if piped is not None:
        return f"this is a full-screen program, and its {piped} is not a terminal; run it in one, without pipes."
    if os.environ.get("TERM", "") in _DUMB_TERMINALS:
        term = os.environ.get("TERM", "")
        return f'the terminal "{term}" cannot move its cursor; set TERM to what it is, such as xterm-256color.'
    return ""


def _run(settings: Settings, sign_in_options: SignInOptions | None) -> int:
    """Run the screens, against Azure or, without `sign_in_options`, against the sandbox."""
    # While modules are imported, nothing becomes garbage; `IdleCollector` enables collections again.
    gc.disable()
    from tui.domain.clouds import PUBLIC
    from tui.domain.guard import Guard
    from tui.domain.sign_in import SignInMethod
    from tui.operations.service import Operations
    from tui.ui.app import SparkpoolApp, failure_words
    from tui.ui.session import Location, Session
    from tui.ui.text import hide, use_ascii

    hide(secrets_of(os.environ))
    use_ascii(characters_here(settings).ascii_only)
    folder = state_folder()
    guard = Guard(str(settings.origin("read_only")) if settings.read_only else "", settings.locks)
    cloud = PUBLIC if sign_in_options is None else sign_in_options.profile
    badges: tuple[str, ...] = () if cloud.is_public else (cloud.name,)
    remember: Callable[[Sequence[Recent]], None] = _forget
    where = Location(names=dict(settings.context.names))
    if sign_in_options is None:
        connect, clock, workspace, account = _sandbox(settings)
        badges = ("SANDBOX",)
        operations = Operations(connect, clock, partial(_journal, None, cloud), guard)
    else:
        journal = partial(_journal, folder, cloud)
        operations = Operations(partial(_connect_to_azure, settings, sign_in_options), WallClock(), journal, guard)
        where.recent = recent_workspaces(folder)
        for one in where.recent:
            where.add_name(one.workspace.subscription, one.subscription_name)
        account, workspace = "", settings.workspace or _last_used(settings, where.recent)
        remember = partial(remember_workspaces, folder)
    session = Session(
        operations=operations,
        remember=remember,
        account=account,
        badges=badges,
        cloud=cloud,
        sign_in_first=settings.auth == SignInMethod.DEVICE_CODE.value and not settings.sandbox,
        workspace=workspace,
        subscription=settings.subscription or settings.context.subscription,
        resource_group=settings.resource_group,
        workspace_name=settings.workspace_name,
        why_asked=_why_asked(settings),
        guard=guard,
        theme=settings.theme,
        refresh_seconds=settings.refresh_seconds,
        keys=settings.keys,
        spec_files=[settings.file] if settings.file else [],
        lasting=not settings.sandbox,
        resume=settings.resume,
        save_bundle=partial(_save_bundle, settings),
        log_file=str(folder / LOG_NAME),
        where=where,
    )
    operations.start()
    try:
        app = SparkpoolApp(session)
        _end_at_signals(app)
        app.run(mouse=False)
    except Exception:  # noqa: BLE001 - the last net: Textual fails outside of all its own
        _log.critical("unexpected failure", exc_info=True)
        complain(failure_words(session.log_file))
        return _EXIT_FAILED
    finally:
        operations.stop()
    return app.return_code or 0


def _end_at_signals(app: SparkpoolApp) -> None:
    """Exit with the status of the signal; asyncio would treat an interrupt as a normal end of its task."""

    def end(number: int, _: object) -> None:
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            if number == signal.SIGINT:
                raise KeyboardInterrupt from None
            raise SystemExit(_SIGNALLED + number) from None
        app.hurry()
        loop.call_soon_threadsafe(partial(app.exit, return_code=_SIGNALLED + number))

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def _journal(folder: Path | None, cloud: CloudProfile) -> Journal:
    """The record of operations; without a folder, it is kept in memory, as for a sandbox."""
    from tui.operations.journal import Journal

    return Journal(folder, cloud)


def _save_bundle(settings: Settings, operation: Operation, told: str) -> Path:
    from tui.support import write_bundle

    return write_bundle(
        operation, told, settings=settings, state=state_folder(), folder=current_folder(), now=datetime.now(UTC)
    )


def _connect_to_azure(settings: Settings, sign_in_options: SignInOptions) -> Azure:
    from tui.cloud.azure import AzureCloud
    from tui.domain.sign_in import SignInChoice, SignInMethod

    choice = SignInChoice(SignInMethod(settings.auth), settings.tenant)
    return AzureCloud.signed_in_by(choice, sign_in_options, read_only=settings.read_only)


def _sandbox(settings: Settings) -> tuple[Callable[[], Azure], Clock, ResourceId | None, str]:
    """The sandbox: how to connect to it, its clock, the workspace to open and who is signed in."""
    from tui.sandbox.clock import RealClock
    from tui.sandbox.names import USER_NAME, USER_OBJECT_ID, default_workspace

    clock = RealClock(settings.sandbox_speed)

    def connect() -> Azure:
        from tui.cloud.azure import AzureCloud
        from tui.domain.principals import Principal
        from tui.sandbox.box import Sandbox
        from tui.sandbox.transport import SandboxCredential, SandboxTransport
        from tui.sandbox.worlds import WORLDS

        make = WORLDS[settings.sandbox_world].make
        box = Sandbox(make(settings.sandbox_size, settings.sandbox_seed, clock.now()), clock)
        caller = Principal(USER_OBJECT_ID, USER_NAME, "you")
        return AzureCloud(
            SandboxCredential(), transport=SandboxTransport(box), caller=caller, read_only=settings.read_only
        )

    asked = settings.subscription or settings.resource_group or settings.workspace_name
    own = ml_workspace_id(*default_workspace(settings.sandbox_seed))
    return connect, clock, settings.workspace or (None if asked else own), USER_NAME


def _with_sandbox_subscription(settings: Settings) -> Settings:
    """Settings with the GUID of a sandbox's subscription in place of its name.

    Raises:
        UnusableSettingsError: If the sandbox has none of that name.
    """
    if not settings.sandbox or not settings.subscription or is_guid(settings.subscription):
        return settings
    from tui.sandbox.names import subscription_guid
    from tui.sandbox.worlds import WORLDS

    known = WORLDS[settings.sandbox_world].subscriptions
    name = next((name for name in known if name.lower() == settings.subscription.lower()), None)
    if name is None:
        raise UnusableSettingsError(
            f"{settings.origin('subscription').where}: the sandbox has no subscription "
            f"{quoted(settings.subscription)}; it has {', '.join(known)}."
        )
    return replace(settings, subscription=subscription_guid(name, settings.sandbox_seed))


def _last_used(settings: Settings, recent: Sequence[Recent]) -> ResourceId | None:
    """The last opened workspace, unless another is requested, or this folder has its own."""
    if settings.context.unclear and not settings.workspace_name:
        return None
    place = {name: getattr(settings, name) for name in PLACE}
    return next((one.workspace for one in recent[:1] if agrees(place, one.workspace)), None)


def _why_asked(settings: Settings) -> str:
    """Why the user must choose the workspace although something here names it, as a sentence; else empty."""
    if settings.workspace_name and not settings.subscription:
        named = settings.origin("workspace_name").where
        missing = f"No subscription is known for {settings.workspace_name}, which {named} names."
        return f"{missing} {settings.context.elsewhere}".rstrip()
    return settings.context.unclear


def _forget(recent: Sequence[Recent]) -> None:
    """Store nothing: a sandbox's workspace exists only as long as the sandbox."""


if __name__ == "__main__":
    sys.exit(main())
