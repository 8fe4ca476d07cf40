"""What the screens know about the run that they are part of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.guard import Guard
from tui.domain.operation import Operation
from tui.domain.resource_id import ResourceId
from tui.operations.service import Operations


@dataclass(slots=True)
class Whereabouts:
    """Where the person is now.

    Attributes:
        workspace: The workspace that is open; None before one is.
    """

    workspace: ResourceId | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the program, as the screens see it.

    Attributes:
        operations: Reads from Azure and writes to it.
        remember: Keeps the workspace that was opened, for the next start.
        account: Who is signed in, as far as it is known; empty where it is not.
        badges: Words for the header, such as `SANDBOX`.
        cloud: The cloud that it works in.
        workspace: The workspace to open first; None to ask.
        subscription: The subscription to ask in, as given by a flag; empty to ask for it too.
        resource_group: The resource group whose workspaces alone are offered; empty for all.
        guard: What may not be written, or not without a second thought.
        theme: The name of the Textual theme.
        refresh_seconds: After how many seconds the list of computes is read again; None for never.
        keys: The user's own keys, by the ids of bindings.
        spec_files: Specification files to open in the first workspace; each is taken out when it is opened.
        go_on: Whether operations that were left are gone on with at the start, without being asked.
        save_bundle: Writes an operation and its told events, with what support asks for, into a file, and gives its
            path; None where nothing is written. Raises OSError.
        log_file: Where failures of the program are written; empty if nowhere.
        where: Where the person is now.
    """

    operations: Operations
    remember: Callable[[ResourceId], None]
    account: str = ""
    badges: tuple[str, ...] = ()
    cloud: CloudProfile = PUBLIC
    workspace: ResourceId | None = None
    subscription: str = ""
    resource_group: str = ""
    guard: Guard = field(default_factory=Guard)
    theme: str = "sparkpool"
    refresh_seconds: float | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    spec_files: list[str] = field(default_factory=list)
    go_on: bool = False
    save_bundle: Callable[[Operation, str], Path] | None = None
    log_file: str = ""
    where: Whereabouts = field(default_factory=Whereabouts)

    @property
    def shown_badges(self) -> tuple[str, ...]:
        """The badges of the run, and of the workspace that is open."""
        workspace = self.where.workspace
        locked = workspace is not None and self.guard.lock_over(workspace) is not None
        writes = "READ-ONLY" if self.guard.read_only else "LOCKED" if locked else ""
        return (*self.badges, *((writes,) if writes else ()))
