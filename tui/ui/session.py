"""What the screens know about the run that they are part of."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.guard import Guard
from tui.domain.operation import Operation
from tui.domain.resource_id import ResourceId
from tui.domain.sign_in import Tenant
from tui.domain.workspaces import Recent
from tui.operations.service import Operations
from tui.ui.key_guard import Pauses


@dataclass(slots=True)
class Whereabouts:
    """Where the person is now, and was before.

    Attributes:
        workspace: The workspace that is open; None before one is.
        recent: The workspaces that were opened, in earlier runs too, the latest first.
        names: The names of subscriptions, as far as they are known, by their GUIDs in lower case.
        tenants: The names of tenants, likewise.
    """

    workspace: ResourceId | None = None
    recent: tuple[Recent, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    tenants: dict[str, str] = field(default_factory=dict)

    @property
    def subscription_name(self) -> str:
        """The name of the subscription that the open workspace is in; empty where it is not known."""
        return self.name_of(self.workspace.subscription) if self.workspace is not None else ""

    def name_of(self, subscription: str) -> str:
        """The name of a subscription, given by its GUID; empty where it is not known."""
        return self.names.get(subscription.lower(), "")

    def learn(self, subscription: str, name: str) -> None:
        """Keep the name of a subscription."""
        if name:
            self.names[subscription.lower()] = name

    def tenant(self, tenant: str) -> str:
        """What to call a tenant, given by its GUID or a domain; that itself where no name is known."""
        return self.tenants.get(tenant.lower(), tenant)

    def learn_tenants(self, tenants: Iterable[Tenant]) -> None:
        """Keep the names of tenants; one whose name another has too goes by its domain."""
        known = list(tenants)
        times = Counter(one.name for one in known)
        for one in known:
            unique = one.name if times[one.name] == 1 else one.default_domain or one.id
            self.tenants[one.id.lower()] = unique

    def note(self, workspace: ResourceId) -> None:
        """Put a workspace before the others."""
        others = (one for one in self.recent if one.workspace != workspace)
        self.recent = (Recent(workspace, self.name_of(workspace.subscription)), *others)


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the program, as the screens see it.

    Attributes:
        operations: Reads from Azure and writes to it.
        remember: Keeps the workspaces that were opened, for the next start.
        account: Who is signed in, as far as it is known; empty where it is not.
        badges: Words for the header, such as `SANDBOX`.
        cloud: The cloud that it works in.
        workspace: The workspace to open first; None to ask.
        subscription: The subscription to ask in, as given by a flag; empty to ask for it too.
        resource_group: The resource group whose workspaces alone are offered at first; empty for all.
        workspace_name: The name of the workspace that is asked for, of which the rest of its id is not known; empty
            for none.
        why_asked: Why the workspace must be chosen although something names it, as a sentence; else empty.
        guard: What may not be written, or not without a second thought.
        theme: The name of the Textual theme.
        refresh_seconds: After how many seconds the list of computes is read again; None for never.
        keys: The user's own keys, by the ids of bindings.
        spec_files: Specification files to open in the first workspace; each is taken out when it is opened.
        lasting: Whether what is recorded here outlives the run, as a sandbox's operations do not.
        resume: Whether interrupted operations are resumed at the start without a question.
        save_bundle: Writes an operation and its told events, with what support asks for, into a file, and gives its
            path; None where nothing is written. Raises OSError.
        sign_in_first: Whether to begin with a sign-in, because the way that was chosen needs the person.
        log_file: Where failures of the program are written; empty if nowhere.
        where: Where the person is now.
        drafts: What was typed into a form that was left unsent, by the form and the computes that it is about.
        untold: The operations that failed and that no screen in front has told of, by their ids, the oldest first.
        pauses: How long keys that confirm have to be waited for.
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
    keys: Mapping[str, str] = field(default_factory=dict)
    spec_files: list[str] = field(default_factory=list)
    lasting: bool = False
    resume: bool = False
    save_bundle: Callable[[Operation, str], Path] | None = None
    sign_in_first: bool = False
    log_file: str = ""
    where: Whereabouts = field(default_factory=Whereabouts)
    drafts: dict[tuple[str, frozenset[ResourceId | None]], object] = field(default_factory=dict)
    untold: dict[int, Operation] = field(default_factory=dict)
    pauses: Pauses = field(default_factory=Pauses)

    def opened(self, workspace: ResourceId) -> None:
        """Keep a workspace that was opened, for the next start."""
        before = self.where.recent
        self.where.note(workspace)
        if self.where.recent != before:
            self.remember(self.where.recent)

    def badges_in(self, workspace: ResourceId | None) -> tuple[str, ...]:
        """The badges of the run, and of a workspace where something belongs to one."""
        locked = workspace is not None and self.guard.lock_over(workspace) is not None
        writes = "READ-ONLY" if self.guard.read_only else "LOCKED" if locked else ""
        return (*self.badges, *((writes,) if writes else ()))

    @property
    def account_now(self) -> str:
        """Who is signed in and how, as the last token said; else as it was known at the start."""
        who = self.operations.signed_in
        return f"{who.words} · {who.way.words}" if who is not None else self.account
