"""`sparkpool doctor`: one page about everything between this terminal and Azure, and what is wrong.

It changes nothing in Azure, shows no secret, and ends with status 0 only if everything needed works.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tui.doctor import machine
from tui.doctor.azure import addresses, not_signed_in_by_code, rights, sign_in_by_code, sign_ins
from tui.doctor.findings import Finding, Page, Verdict, checked, contained
from tui.domain.sign_in import SignInMethod

if TYPE_CHECKING:
    from tui.cloud.credentials import SignInOptions
    from tui.cloud.token_source import TokenSource
    from tui.domain.ports import Azure
    from tui.domain.resource_id import ResourceId
    from tui.domain.sign_in import SignInChoice
    from tui.settings import Settings


@dataclass(frozen=True, slots=True)
class DoctorInput:
    """The input of the checks.

    Attributes:
        settings: The effective settings.
        terminal_problem: Why a full screen cannot be shown here; empty if it can.
        folder: The state folder.
        sign_in_options: Cloud and network; None in a sandbox.
        why_no_way_in: Why cloud or network cannot be used, as a sentence; empty if they can.
        choice: How to sign in.
        can_ask: Whether a user can be shown a code.
        connect: Makes the connection to Azure, with the choice that works and its tokens, if any.
        workspace: The workspace that the program would open; None if it would ask.
    """

    settings: Settings
    terminal_problem: str
    folder: Path
    sign_in_options: SignInOptions | None
    why_no_way_in: str
    choice: SignInChoice
    can_ask: bool
    connect: Callable[[SignInChoice, TokenSource | None], Azure]
    workspace: ResourceId | None


async def run_checks(given: DoctorInput, stream: TextIO) -> int:
    """Make every check, writing the page; returns the exit status: 0 if everything needed works, else 1."""
    page = Page(stream)
    settings = given.settings
    page.section("Versions", checked("versions", machine.versions))
    page.section("Terminal", machine.terminal(given.terminal_problem, settings))
    page.section("Settings", checked("settings", partial(machine.settings_found, settings)))
    page.section("Records", machine.records(given.folder, settings.log_level, in_memory=settings.sandbox))
    await _check_azure(given, page)
    broken = [*machine.log_written()]
    if broken:
        page.section("Log", broken)
    return page.end()


async def _check_azure(given: DoctorInput, page: Page) -> None:
    settings = given.settings
    if settings.sandbox:
        page.section("Simulated Azure", [Finding(Verdict.NOTE, "network", "not used, no sign-in")])
        await _rights(page, given, given.choice)
    elif given.sign_in_options is None:
        page.section("Network", [Finding(Verdict.FAILED, "network", given.why_no_way_in)])
    else:
        page.section("Network", checked("network", partial(machine.network, given.sign_in_options), Verdict.UNCHECKED))
        page.section("Addresses", await addresses(given.sign_in_options))
        async with AsyncExitStack() as sources:
            await _check_sign_in(given, given.sign_in_options, page, sources)


async def _check_sign_in(
    given: DoctorInput, sign_in_options: SignInOptions, page: Page, sources: AsyncExitStack
) -> None:
    findings: list[Finding] = []
    choice: SignInChoice | None = None
    source: TokenSource | None = None
    with contained("sign-in") as failures:
        findings, choice, source = await sign_ins(given.choice, sign_in_options, sources)
    findings += failures
    is_by_code = choice is not None and choice.method is SignInMethod.DEVICE_CODE
    if is_by_code and not given.can_ask:
        findings += not_signed_in_by_code()
        choice = None
    page.section("Sign-in", findings)
    if choice is not None:
        await _rights(page, given, choice, source, is_by_code=is_by_code)


async def _rights(
    page: Page,
    given: DoctorInput,
    choice: SignInChoice,
    source: TokenSource | None = None,
    *,
    is_by_code: bool = False,
) -> None:
    with contained("permissions") as failures:
        azure = given.connect(choice, source)
    if failures:
        page.section("Permissions", failures)
        return
    try:
        if is_by_code:
            signed_in = await sign_in_by_code(azure, choice, page.say)
            page.section("Sign-in by code", [signed_in])
            if signed_in.verdict is Verdict.FAILED:
                return
        findings: list[Finding] = []
        with contained("permissions") as failures:
            async for finding in rights(azure, given.workspace, given.sign_in_options):
                findings.append(finding)  # noqa: PERF401 - what was found before a failure is kept
        page.section("Permissions", [*findings, *failures])
    finally:
        await azure.close()
