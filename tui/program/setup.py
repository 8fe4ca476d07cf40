"""The set-up that the screen, the verbs and the doctor share: Azure or the sandbox, operations and the workspace."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from tui.domain.phrases import enumerated
from tui.domain.resource_id import ResourceId, is_guid, ml_workspace_id
from tui.domain.unusable import quoted
from tui.settings import Settings, UnusableSettingsError
from tui.settings.context import GROUP, PLACE, SUBSCRIPTION, WORKSPACE, agrees
from tui.state import recent_workspaces

if TYPE_CHECKING:
    from pathlib import Path

    from tui.cloud.credentials import SignInOptions
    from tui.domain.clouds import CloudProfile
    from tui.domain.guard import Guard
    from tui.domain.ports import Azure, Clock, Journal
    from tui.domain.workspaces import Recent
    from tui.operations.service import Operations

_log = logging.getLogger(__name__)


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


def log_instead_of_printing() -> None:
    """Send to the log what Python would print over the screen, without values that may be secret."""
    logging.captureWarnings(True)

    def unraisable(found: sys.UnraisableHookArgs) -> None:
        _log.error("an exception could not be raised", exc_info=found.exc_value)

    def in_thread(found: threading.ExceptHookArgs) -> None:
        _log.error("a thread has failed", exc_info=found.exc_value)

    sys.unraisablehook = unraisable
    threading.excepthook = in_thread


def sign_in_options_of(settings: Settings) -> SignInOptions:
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


@dataclass(frozen=True, slots=True)
class Setup:
    """What every run needs, on the screen or without one.

    Attributes:
        operations: Reads from Azure and writes to it; not started yet.
        cloud: The Azure cloud.
        guard: Read-only mode and locks.
        account: Who is signed in, as known at the start; may be empty.
        workspace: The workspace to open; None if none is known.
        recent: The workspaces that were opened in earlier runs, the latest first.
    """

    operations: Operations
    cloud: CloudProfile
    guard: Guard
    account: str
    workspace: ResourceId | None
    recent: tuple[Recent, ...]


def set_up(settings: Settings, sign_in_options: SignInOptions | None, folder: Path) -> Setup:
    """Make operations that work on Azure or, without `sign_in_options`, on the sandbox; `folder` keeps the state."""
    from tui.domain.clouds import PUBLIC
    from tui.domain.guard import Guard
    from tui.operations.service import Operations

    guard = Guard(str(settings.origin("read_only")) if settings.read_only else "", settings.locks)
    if sign_in_options is None:
        connect, clock, workspace, account = sandbox(settings)
        operations = Operations(connect, clock, partial(_journal, None, PUBLIC), guard)
        return Setup(operations, PUBLIC, guard, account, workspace, ())
    cloud = sign_in_options.profile
    journal = partial(_journal, folder, cloud)
    operations = Operations(partial(_connect_to_azure, settings, sign_in_options), WallClock(), journal, guard)
    recent = recent_workspaces(folder)
    return Setup(operations, cloud, guard, "", settings.workspace or last_used(settings, recent), recent)


def _journal(folder: Path | None, cloud: CloudProfile) -> Journal:
    """The record of operations; without a folder, it is kept in memory, as for a sandbox."""
    from tui.operations.journal import Journal

    return Journal(folder, cloud)


def _connect_to_azure(settings: Settings, sign_in_options: SignInOptions) -> Azure:
    from tui.cloud.azure import AzureCloud
    from tui.domain.sign_in import SignInChoice, SignInMethod

    choice = SignInChoice(SignInMethod(settings.auth), settings.tenant)
    return AzureCloud.signed_in_by(choice, sign_in_options, read_only=settings.read_only)


def sandbox(settings: Settings) -> tuple[Callable[[], Azure], Clock, ResourceId | None, str]:
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


def with_sandbox_subscription(settings: Settings) -> Settings:
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


def last_used(settings: Settings, recent: Sequence[Recent]) -> ResourceId | None:
    """The last opened workspace, unless another is requested, or this folder has its own."""
    if settings.context.unclear and not settings.workspace_name:
        return None
    place = {name: getattr(settings, name) for name in PLACE}
    return next((one.workspace for one in recent[:1] if agrees(place, one.workspace)), None)


def why_no_workspace(settings: Settings) -> str:
    """Why no workspace is known although something names a part of it, as a sentence; else empty."""
    flags = {SUBSCRIPTION: "--subscription", GROUP: "--resource-group", WORKSPACE: "--workspace-name"}
    missing = [flag for name, flag in flags.items() if not getattr(settings, name)]
    if not 0 < len(missing) < len(flags):
        return why_asked(settings)
    verb = "is" if len(missing) == 1 else "are"
    return why_asked(settings) or f"{enumerated(missing)} {verb} missing."


def why_asked(settings: Settings) -> str:
    """Why the user must choose the workspace although something here names it, as a sentence; else empty."""
    if settings.workspace_name and not settings.subscription:
        named = settings.origin("workspace_name").where
        missing = f"No subscription is known for {settings.workspace_name}, which {named} names."
        return f"{missing} {settings.context.elsewhere}".rstrip()
    return settings.context.unclear
