"""Checks of Azure: each sign-in method, each address, and the permissions on the workspace."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from tui.doctor.findings import Finding, Verdict, contained
from tui.domain.errors import Problem, ProblemKind
from tui.domain.sign_in import DeviceCode, SignInChoice, SignInMethod
from tui.domain.states import Tone
from tui.operations.preflight import right_to_attach, right_to_grant

if TYPE_CHECKING:
    from tui.cloud.checks import Tried
    from tui.cloud.credentials import SignInOptions
    from tui.cloud.token_source import TokenSource
    from tui.domain.ports import Azure
    from tui.domain.preflight import Finding as Foreseen
    from tui.domain.resource_id import ResourceId
    from tui.domain.workspaces import Workspace

_TRIED = (SignInMethod.CLI, SignInMethod.ENVIRONMENT, SignInMethod.WORKLOAD_IDENTITY, SignInMethod.MANAGED_IDENTITY)
_KEYS = re.compile(r"(?:, or here)?: ‹[^.;]*›")
_VERDICTS = {Tone.GOOD: Verdict.OK, Tone.BAD: Verdict.WARNING, Tone.WARNING: Verdict.WARNING}


async def sign_ins(
    choice: SignInChoice, options: SignInOptions, sources: AsyncExitStack
) -> tuple[list[Finding], SignInChoice | None, TokenSource | None]:
    """Try every sign-in method that needs no user.

    Args:
        choice: The sign-in of the settings.
        options: Cloud, network and time limits.
        sources: Closes the tokens.

    Returns:
        The findings; the method that the program would use, None if none works; and its tokens, None if it needs a
            user.
    """
    from tui.cloud.checks import try_sign_in
    from tui.cloud.credentials import NoSuchMethod, methods_of, why_not

    try:
        methods: Sequence[SignInMethod] = methods_of(choice)
    except NoSuchMethod as error:
        return [Finding(Verdict.FAILED, "sign-in", str(error))], None, None
    choices = {method: _choice_of(method, choice) for method in _TRIED}
    reasons = {method: why_not(method) for method in _TRIED}
    able = [method for method in _TRIED if reasons[method] is None]
    results = await asyncio.gather(*(_tried(method.label, try_sign_in(choices[method], options)) for method in able))
    for result in results:
        if result.source is not None:
            sources.push_async_callback(result.source.close)
    tried = dict(zip(able, results, strict=True))
    used = next((method for method in methods if method in tried and tried[method].problem is None), None)
    findings = [
        _sign_in_finding(
            method, tried.get(method), reasons[method], choice, is_used=method is used, is_wanted=method in methods
        )
        for method in _TRIED
    ]
    if SignInMethod.DEVICE_CODE in methods:
        # A user is needed, so the caller does this last.
        return findings, choice, None
    findings.append(Finding(Verdict.NOTE, SignInMethod.DEVICE_CODE.label, "not tried: it needs a user with a browser"))
    if used is None:
        findings.append(
            Finding(
                Verdict.FAILED,
                "sign-in",
                f"none of the methods to use works ({', '.join(w.label for w in methods)}); choose another with --auth",
            )
        )
    return (findings, choices[used], tried[used].source) if used is not None else (findings, None, None)


async def sign_in_by_code(azure: Azure, choice: SignInChoice, say: Callable[[str], None]) -> Finding:
    """Sign in by a code, for the checks that follow; `say` shows the user what to do."""
    from tui.cloud.checks import Tried

    began = time.monotonic()
    with contained("sign-in", Verdict.FAILED) as failures:
        try:
            async for step in azure.sign_in.sign_in(choice):
                if isinstance(step, DeviceCode):
                    until = f"{step.expires_at.astimezone():%H:%M}"
                    what = f"Open {step.address} on any device and enter {step.code} there, until {until}."
                    say(f"{what} ctrl+c cancels this.")
        except Problem as problem:
            return Finding(Verdict.FAILED, "sign-in", _told(problem))
    if failures:
        return failures[0]
    tried = Tried(time.monotonic() - began, azure.sign_in.signed_in)
    return _sign_in_finding(SignInMethod.DEVICE_CODE, tried, None, choice, is_used=True, is_wanted=True)


def not_signed_in_by_code() -> list[Finding]:
    """Findings for what cannot be checked because no user can be shown a code."""
    return [
        Finding(
            Verdict.UNCHECKED,
            "sign-in",
            "not checked: the settings say device code, which needs a user; run sparkpool doctor in a terminal, "
            "without pipes, or choose another method with --auth",
        ),
        Finding(Verdict.UNCHECKED, "permissions", "not checked, because nobody is signed in"),
    ]


def _choice_of(method: SignInMethod, choice: SignInChoice) -> SignInChoice:
    account = choice.account if method is SignInMethod.MANAGED_IDENTITY else ""
    return SignInChoice(method, "" if method is SignInMethod.MANAGED_IDENTITY else choice.tenant, account)


def _sign_in_finding(
    method: SignInMethod,
    tried: Tried | None,
    reason: str | None,
    choice: SignInChoice,
    *,
    is_used: bool,
    is_wanted: bool,
) -> Finding:
    from tui.cloud.credentials import elsewhere

    if tried is None:
        return Finding(Verdict.NOTE, method.label, f"not tried: {reason}")
    if tried.problem is not None:
        words = f"{_told(tried.problem)} ({tried.seconds:.1f} s)"
        return Finding(Verdict.WARNING if is_wanted else Verdict.NOTE, method.label, words)
    who = tried.who
    if who is None:
        return Finding(Verdict.OK, method.label, f"a token in {tried.seconds:.1f} s")
    words = f"{who.name or who.object_id or 'somebody'}, tenant {who.tenant or 'unknown'}, "
    words += f"until {who.expires_at:%H:%M} UTC, in {tried.seconds:.1f} s"
    words += "; the name is its client id" if who.text.startswith("client id ") else ""
    words += "; this one is used" if is_used else ""
    remark = elsewhere(choice, who) if is_wanted else ""
    return Finding(Verdict.WARNING if remark else Verdict.OK, method.label, f"{words}. {remark}" if remark else words)


async def addresses(options: SignInOptions) -> list[Finding]:
    """Send a request to the sign-in service and to Azure Resource Manager, without signing in."""
    from tui.cloud.checks import resource_manager_address, sign_in_address, try_address

    wanted = {
        "sign-in service": sign_in_address(options.profile),
        "Resource Manager": resource_manager_address(options.profile),
    }
    tried = await asyncio.gather(*(_tried(name, try_address(url, options.network)) for name, url in wanted.items()))
    return [_address_finding(name, url, one) for (name, url), one in zip(wanted.items(), tried, strict=True)]


async def rights(azure: Azure, workspace: ResourceId | None, options: SignInOptions | None) -> AsyncIterator[Finding]:
    """What the user may see and do.

    `workspace` is the one that the program would open, None if it would ask; `options` is needed to reach Synapse, and
    None without a network, as in the sandbox.
    """
    if workspace is None:
        yield await _guarded("subscriptions", _subscriptions(azure))
        yield Finding(Verdict.NOTE, "workspace", "unknown; choose one with --workspace-name to check it")
        return
    began = time.monotonic()
    found: Workspace | None = None
    with contained("workspace") as failures:
        try:
            found = await azure.workspace(workspace)
        except Problem as problem:
            failures.append(Finding(Verdict.FAILED, "workspace", _told(problem)))
    if found is None:
        for failure in failures:
            yield failure
        return
    took = time.monotonic() - began
    yield Finding(Verdict.OK, "workspace", f"{workspace.name}, {found.location}, read in {took:.2f} s")
    yield await _guarded("permission to attach", _right("attach", right_to_attach(azure, workspace)))
    pool: ResourceId | None = None
    with contained("computes") as failures:
        try:
            pool = await _first_pool(azure, workspace)
        except Problem as problem:
            failures.append(Finding(Verdict.FAILED, "computes", _told(problem)))
    if failures:
        yield failures[0]
        return
    if pool is None:
        yield Finding(Verdict.NOTE, "Synapse", "no Spark pool is attached, so there is no Synapse workspace to ask")
        return
    yield Finding(Verdict.OK, "computes", f"the list can be read; {pool.parent.name}/{pool.name} is attached")
    if options is not None:
        yield await _guarded("Synapse", _synapse(azure, pool, options))
    yield await _guarded("permission to grant", _right("grant", right_to_grant(azure, pool)))


async def _subscriptions(azure: Azure) -> Finding:
    number = 0
    try:
        async for page in azure.subscriptions():
            number += len(page.items)
    except Problem as problem:
        return Finding(Verdict.FAILED, "subscriptions", _told(problem))
    verdict = Verdict.OK if number else Verdict.FAILED
    return Finding(verdict, "subscriptions", f"{number} can be seen" if number else "this sign-in can see none")


async def _first_pool(azure: Azure, workspace: ResourceId) -> ResourceId | None:
    async for page in azure.computes(workspace):
        for compute in page.items:
            if compute.attached_to is not None:
                return compute.attached_to
    return None


async def _synapse(azure: Azure, pool: ResourceId, options: SignInOptions) -> Finding:
    from tui.cloud.checks import try_address

    try:
        synapse = await azure.synapse_workspace(pool.parent)
    except Problem as problem:
        # A user who may use the workspace need not be allowed to read it in Resource Manager.
        return Finding(Verdict.WARNING, "Synapse", _told(problem))
    url = synapse.dev_endpoint or f"https://{synapse.name}.{options.profile.synapse_suffix}"
    return _address_finding("Synapse", url, await try_address(url, options.network))


async def _tried(subject: str, trying: Coroutine[Any, Any, Tried]) -> Tried:
    """The result of a try; any exception is a failure."""
    from tui.cloud.checks import Tried

    began = time.monotonic()
    with contained(subject) as failures:
        tried = await trying
    if not failures:
        return tried
    words = failures[0].text
    problem = Problem(ProblemKind.INTERNAL, f"{words[0].upper()}{words[1:]}")
    return Tried(time.monotonic() - began, problem=problem)


async def _guarded(subject: str, checking: Coroutine[Any, Any, Finding]) -> Finding:
    """The finding of a check, or that it could not be made."""
    with contained(subject) as failures:
        finding = await checking
    return failures[0] if failures else finding


def _address_finding(name: str, url: str, tried: Tried) -> Finding:
    host = url.split("/")[2]
    if tried.problem is not None:
        return Finding(Verdict.FAILED, name, f"{host}: {_told(tried.problem)} ({tried.seconds:.1f} s)")
    return Finding(Verdict.OK, name, f"{host} answered {tried.status} in {tried.seconds:.2f} s")


async def _right(name: str, looking: Coroutine[Any, Any, Foreseen]) -> Finding:
    finding = await looking
    return Finding(_VERDICTS[finding.tone], f"permission to {name}", finding.note)


def _told(problem: Problem) -> str:
    parts = [part for part in (problem.title, problem.cause, problem.advice) if part]
    sentences = (part if part.endswith((".", "!", "?")) else f"{part}." for part in parts)
    # The keys in advice are those of the screens, which do not exist here.
    return _KEYS.sub("", " ".join(sentences))
