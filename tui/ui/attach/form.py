"""The answers of the attach wizard, which outlive its screen so that leaving loses nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.names import check_compute_name, propose_compute_name, why_taken
from tui.domain.resource_id import ResourceId
from tui.domain.roles import ADMINISTRATOR, RoleDefinition
from tui.domain.spark import SparkPool
from tui.domain.states import Tone
from tui.domain.workspaces import Workspace
from tui.ui.drafts import IdentityDraft


@dataclass(slots=True)
class Form:
    """The answers of one wizard.

    Attributes:
        pool_facts: The pool's properties; None if it could not be read.
        name: The compute's name, typed or proposed.
        name_is_typed: Whether the user typed the name, so that no proposal replaces it.
        existing: The attached compute to update; None to attach.
        description: The description from a failed request.
        tags: The tags from a failed request.
        role: The Synapse role to grant to the identity on the pool; None to grant nothing.
        sent: Whether it was sent, so that the next wizard starts empty.
        repeats: Whether it repeats a request that failed or whose outcome is unknown, with all its parts.
    """

    workspace: Workspace
    pool: ResourceId | None = None
    pool_facts: SparkPool | None = None
    name: str = ""
    name_is_typed: bool = False
    identity: IdentityDraft = field(default_factory=IdentityDraft)
    existing: Compute | None = None
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    role: RoleDefinition | None = ADMINISTRATOR
    sent: bool = False
    repeats: bool = False

    @classmethod
    def of(cls, attachment: Attachment) -> "Form":
        """The form of an earlier attach, to correct and send again."""
        return cls(
            workspace=attachment.workspace,
            pool=attachment.pool,
            name=attachment.name,
            name_is_typed=True,
            identity=IdentityDraft(attachment.identity.kind, list(attachment.identity.user_assigned), is_chosen=True),
            description=attachment.description,
            tags=dict(attachment.tags),
            role=attachment.role,
            repeats=True,
        )

    def choose_pool(self, pool: ResourceId, facts: SparkPool | None, computes: Iterable[Compute]) -> None:
        """Take a pool, and use the name that it is attached as, or propose one."""
        if self.pool != pool and not self.name_is_typed:
            self.name = ""
        self.pool, self.pool_facts = pool, facts
        if self.name_is_typed and self.name:
            return
        known = tuple(computes)
        attached = [one.name for one in known if one.is_spark_pool and one.attached_to == pool]
        self.name = attached[0] if len(attached) == 1 else propose_compute_name(pool.name, (one.name for one in known))

    def check_name(self, computes: Iterable[Compute]) -> tuple[str, str]:
        """Check the name, and set the compute that it updates.

        Returns:
            Why the name cannot be used, and a remark about it; each may be empty.
        """
        self.existing = None
        self.identity.take(IdentityChoice(IdentityKind.SYSTEM))
        verdict = check_compute_name(self.name)
        if verdict.problem:
            return verdict.problem, ""
        same = next((one for one in computes if one.name.lower() == self.name.lower()), None)
        if same is None:
            return "", verdict.warning
        taken = why_taken(same, self.pool)
        if taken:
            return f"{taken} Choose another name.", ""
        self.existing = same
        self.name = same.name
        self.identity.take(IdentityChoice.of(same.identity))
        if self.is_retry:
            return (
                "",
                f"{same.name} exists and is {same.state}: this sends it again. Another name attaches it separately.",
            )
        return (
            "",
            f"{same.name} is already attached: this updates its managed identity. Another name attaches it again.",
        )

    @property
    def unsent(self) -> str:
        """What the unsent answers are for; empty if there are none."""
        return f"the attach of {self.name or self.pool.name}" if self.pool is not None and not self.sent else ""

    @property
    def request(self) -> Attachment | ComputeEdit | None:
        """The request; None before there is a pool and a name."""
        if self.pool is None or not self.name:
            return None
        role = self.role if self.needs_role else None
        if self.existing is not None:
            edit = Edit(self.identity.choice, self.description or None, dict(self.tags))
            return ComputeEdit(self.existing, edit, role=role)
        return Attachment(self.workspace, self.name, self.pool, self.identity.choice, self.description, self.tags, role)

    @property
    def needs_role(self) -> bool:
        """Whether there is an identity that jobs run as and that needs a role."""
        is_granted = self.existing is None or self.is_retry or self.repeats
        return is_granted and self.identity.choice.kind is not IdentityKind.NONE

    @property
    def is_retry(self) -> bool:
        """Whether it repeats a failed attach that left a compute without its role."""
        return self.existing is not None and self.existing.state.tone is Tone.BAD

    @property
    def changes_identity(self) -> bool:
        """Whether it changes the identity of an attached compute, so that roles may have to move."""
        if self.existing is None or self.is_retry or self.repeats:
            return False
        return IdentityChoice.of(self.existing.identity) != self.identity.choice
