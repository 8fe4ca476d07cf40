"""What the screens know about the current run."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.constants import LIST_COLUMNS
from tui.domain.guard import Guard
from tui.domain.operation import Operation
from tui.domain.resource_id import ResourceId
from tui.domain.sign_in import Tenant
from tui.domain.workspaces import Recent
from tui.operations.service import Operations
from tui.ui.key_guard import Pauses

DraftKey = tuple[str, frozenset[ResourceId | None]]
"""The form of unsent input, in a word or two, and the resources that it is about."""


@dataclass(slots=True)
class Location:
    """The open workspace, recent ones, and known names.

    Attributes:
        workspace: The open workspace; None before one is open.
        recent: The opened workspaces, including earlier runs, the latest first.
        names: The known names of subscriptions, by their GUIDs in lower case.
        tenants: The known names of tenants, likewise.
    """

    workspace: ResourceId | None = None
    recent: tuple[Recent, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    tenants: dict[str, str] = field(default_factory=dict)

    @property
    def subscription_name(self) -> str:
        """The name of the open workspace's subscription; empty if unknown."""
        return self.name_of(self.workspace.subscription) if self.workspace is not None else ""

    def name_of(self, subscription: str) -> str:
        """The name of a subscription by its GUID; empty if unknown."""
        return self.names.get(subscription.lower(), "")

    def add_name(self, subscription: str, name: str) -> None:
        """Keep the name of a subscription."""
        if name:
            self.names[subscription.lower()] = name

    def tenant(self, tenant: str) -> str:
        """The name of a tenant by its GUID or domain; the argument itself if unknown."""
        return self.tenants.get(tenant.lower(), tenant)

    def add_tenants(self, tenants: Iterable[Tenant]) -> None:
        """Keep the names of tenants; those with the same name are called by their domains."""
        listed = list(tenants)
        counts = Counter(tenant.name for tenant in listed)
        for tenant in listed:
            unique = tenant.name if counts[tenant.name] == 1 else tenant.default_domain or tenant.id
            self.tenants[tenant.id.lower()] = unique

    def note(self, workspace: ResourceId) -> None:
        """Put a workspace first among the recent ones."""
        others = (recent for recent in self.recent if recent.workspace != workspace)
        self.recent = (Recent(workspace, self.name_of(workspace.subscription)), *others)


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the program.

    Attributes:
        operations: Reads from Azure and writes to it.
        remember: Stores the opened workspaces for the next start.
        account: Who is signed in, as known at the start; may be empty.
        badges: Words for the header, such as `SANDBOX`.
        cloud: The Azure cloud.
        workspace: The workspace to open first; None to ask.
        subscription: The subscription of the picker, from a flag; empty to ask for it too.
        resource_group: The resource group that the picker shows at first; empty for all.
        workspace_name: The name of the requested workspace, if the rest of its id is unknown; else empty.
        why_asked: Why the workspace must be chosen although a setting names it, as a sentence; else empty.
        guard: Read-only mode and locks.
        theme: The name of the Textual theme.
        refresh_seconds: The interval at which the list of computes is read again; None for never.
        columns: The names of the columns of the list of computes.
        keys: The user's own keys, by the ids of actions.
        spec_files: Spec files to open in the first workspace; each is removed when it is opened.
        lasting: Whether recorded operations outlive the run; a sandbox's do not.
        resume: Whether interrupted operations are resumed at the start without a question.
        save_bundle: Writes an operation and its log, with what support asks for, into a file, and returns its path;
            None if there is none. Raises OSError.
        sign_in_first: Whether to start with a sign-in, because the chosen method needs the user.
        log_file: The file for failures of the program; empty if there is none.
        where: The open workspace and known names.
        drafts: Unsent input, by the form and what it is about.
        unseen_failures: Failed operations that no screen in front has shown, by id, the oldest first.
        pauses: The pauses around keys that confirm.
    """

    operations: Operations
    remember: Callable[[Sequence[Recent]], None]
    account: str = ""
    badges: tuple[str, ...] = ()
    cloud: CloudProfile = PUBLIC
    workspace: ResourceId | None = None
    subscription: str = ""
    resource_group: str = ""
    workspace_name: str = ""
    why_asked: str = ""
    guard: Guard = field(default_factory=Guard)
    theme: str = "sparkpool"
    refresh_seconds: float | None = None
    columns: tuple[str, ...] = LIST_COLUMNS
    keys: Mapping[str, str] = field(default_factory=dict)
    spec_files: list[str] = field(default_factory=list)
    lasting: bool = False
    resume: bool = False
    save_bundle: Callable[[Operation, str], Path] | None = None
    sign_in_first: bool = False
    log_file: str = ""
    where: Location = field(default_factory=Location)
    drafts: dict[DraftKey, object] = field(default_factory=dict)
    unseen_failures: dict[int, Operation] = field(default_factory=dict)
    pauses: Pauses = field(default_factory=Pauses)

    def opened(self, workspace: ResourceId) -> None:
        """Store an opened workspace for the next start."""
        before = self.where.recent
        self.where.note(workspace)
        if self.where.recent != before:
            self.remember(self.where.recent)

    def badges_in(self, workspace: ResourceId | None) -> tuple[str, ...]:
        """The badges of the run and of a workspace."""
        locked = workspace is not None and self.guard.lock_over(workspace) is not None
        writes = "READ-ONLY" if self.guard.read_only else "LOCKED" if locked else ""
        return (*self.badges, *((writes,) if writes else ()))

    @property
    def account_now(self) -> str:
        """Who is signed in and how, from the last token, else as known at the start."""
        who = self.operations.signed_in
        return f"{who.text} · {who.method.label}" if who is not None else self.account
