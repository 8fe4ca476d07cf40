"""Runs one verb from start to end: signals, failures, output and the exit status."""

from __future__ import annotations

import asyncio

from tui.domain.errors import Problem
from tui.domain.phrases import plural
from tui.domain.sign_in import DeviceCode, SignInChoice
from tui.exit_status import ExitStatus
from tui.headless import failures
from tui.headless.failures import Failed, Failure
from tui.headless.output import Result, print_result
from tui.headless.reading import Reading
from tui.headless.signals import until_signalled
from tui.printing import complain, explain, say
from tui.settings import CommandLine
from tui.verbs import FIELDS, LANGUAGE, OUTPUT, RAW, TABLE

_WRITING = ("attach", "update", "detach", "grant", "revoke", "plan", "apply", "resume", "watch")
"""The verbs that make plans or follow operations."""


def run_verb(said: CommandLine, reading: Reading, device_code: SignInChoice | None = None) -> int:
    """Run the verb of a command line; `device_code` is how to sign in first, if that was asked for.

    Returns:
        The exit status.

    Raises:
        OSError: If standard output cannot be written.
        KeyboardInterrupt: If the user has interrupted it.
    """
    output = failures.chosen_output(said.options.get(OUTPUT))
    if said.verb == "export":
        # Its output is a text in a language of its own.
        output = TABLE
    reading.operations.start()
    try:
        return asyncio.run(until_signalled(lambda: _signed_in(said, reading, output, device_code)))
    except Failed as stopped:
        return failures.report(stopped.failure, output)
    except Problem as problem:
        return failures.report(Failure.of(problem), output)
    finally:
        reading.operations.stop()


def run_lines(reading: Reading, device_code: SignInChoice | None = None) -> int:
    """Run line mode; `device_code` is how to sign in first, if that was asked for.

    Returns:
        The exit status.

    Raises:
        OSError: If standard output cannot be written.
        KeyboardInterrupt: If the user has interrupted it.
    """
    reading.operations.start()
    try:
        return asyncio.run(until_signalled(lambda: _asking(reading, device_code)))
    except Problem as problem:
        return failures.report(Failure.of(problem), TABLE)
    finally:
        reading.operations.stop()


async def _asking(reading: Reading, device_code: SignInChoice | None) -> int:
    from tui.headless.lines.menu import LineMode
    from tui.headless.lines.questions import Questions

    if device_code is not None:
        await _sign_in(reading, device_code)
    return await LineMode(reading, Questions()).run()


async def _signed_in(said: CommandLine, reading: Reading, output: str, device_code: SignInChoice | None) -> int:
    if device_code is not None:
        await _sign_in(reading, device_code)
    return await _run(said, reading, output)


async def _sign_in(reading: Reading, choice: SignInChoice) -> None:
    """Sign in by a code that the user enters on any device.

    Raises:
        Problem: If that fails.
    """
    async for step in reading.operations.steps(lambda azure: azure.sign_in.sign_in(choice)):
        if isinstance(step, DeviceCode):
            until = f"{step.expires_at.astimezone():%H:%M}"
            complain(f"Open {step.address} on any device and enter {step.code} there, until {until}.")


async def _run(said: CommandLine, reading: Reading, output: str) -> int:
    # Each verb imports only what it needs: a list of computes needs none of the checks and languages.
    if said.verb in _WRITING:
        return await _write(said, reading, output)
    fields = said.options.get(FIELDS, ())
    result: Result
    status = ExitStatus.DONE
    match said.verb:
        case "list":
            from tui.headless.computes import list_computes

            result = await list_computes(reading)
        case "show":
            from tui.headless.computes import show_compute

            with_raw = said.options.get(RAW, False) or RAW in fields
            result = await show_compute(reading, said.words[0], with_raw=with_raw)
        case "check":
            from tui.headless.checks import check_pools

            result, has_problem = await check_pools(reading, said.words)
            status = ExitStatus.NOT_READY if has_problem else status
        case "roles":
            from tui.headless.roles import list_roles

            result = await list_roles(reading, said.words[0])
        case "drift":
            from tui.headless.drifting import find_drift

            result, status = await find_drift(reading, said.values["file"])
        case "operations":
            from tui.headless.journal import list_operations

            result = await list_operations(reading)
        case "export":
            from tui.headless.exports import export_pools

            text, remarks = await export_pools(reading, said.words, said.options[LANGUAGE])
            say(*text.removesuffix("\n").split("\n"))
            explain(*(f"Note: {remark}" for remark in remarks))
            return status
        case _:
            raise ValueError(f"{said.verb} is not run here")
    print_result(result, output, fields)
    if result.unread:
        title = f"{plural(len(result.unread), 'item')} cannot be read, so the output is not complete."
        raise Failed(Failure("unreadable", title, ExitStatus.FAILED, cause=" ".join(result.unread)))
    return status


async def _write(said: CommandLine, reading: Reading, output: str) -> int:
    options, words = said.options, said.words
    match said.verb:
        case "resume":
            from tui.headless.resuming import resume_operations

            return await resume_operations(reading, words, options, output)
        case "watch":
            from tui.headless.resuming import watch_operations

            return await watch_operations(reading, words, options, output)
        case "apply":
            from tui.headless.applying import apply_plan

            return await apply_plan(reading, words[0], options, output)
        case "plan":
            from tui.headless.applying import save_plan
            from tui.headless.planning import inputs_of

            return await save_plan(reading, await inputs_of(said, words[0], words[1:]), options)
        case _:
            from tui.headless.planning import inputs_of, make_plan
            from tui.headless.sending import send

            planned = await make_plan(reading, await inputs_of(said, said.verb, words))
            return await send(reading, planned, options, output)
