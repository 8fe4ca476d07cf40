"""What the user has answered so far; it outlives the screen, so that leaving loses nothing."""

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
        workspace: The Azure Machine Learning workspace.
        pool: The Spark pool's id.
        pool_facts: What is known of the pool; None where it could not be read.
        name: The compute's name, as typed or proposed.
        name_is_typed: Whether the user wrote it, so that no proposal may replace it.
        identity: The managed identity.
        existing: The attached compute that this updates; None to attach.
        description: The compute's description, where a request that failed had one.
        tags: The compute's tags, where a request that failed had some.
        role: The Synapse role that the identity is granted on the pool; None to grant nothing.
        sent: Whether it has been sent, so that the next wizard starts empty.
        repeats: Whether it was made from a request whose end is not known or not good, all of which is still wanted.
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
        """The form that led to an attach, to correct and send again."""
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
        """Take a pool, and propose the name of its attachment, or a new name."""
        if self.pool != pool and not self.name_is_typed:
            self.name = ""
        self.pool, self.pool_facts = pool, facts
        if self.name_is_typed and self.name:
            return
        known = tuple(computes)
        attached = [one.name for one in known if one.is_spark_pool and one.attached_to == pool]
        self.name = attached[0] if len(attached) == 1 else propose_compute_name(pool.name, (one.name for one in known))

    def judge_name(self, computes: Iterable[Compute]) -> tuple[str, str]:
        """Check the name against the rule and against the workspace's computes, and note what it updates.

        Args:
            computes: What is known of the workspace's computes.

        Returns:
            Why it cannot be used, and what there is to say about it; each empty where there is nothing.
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
        if self.is_again:
            return "", f"{same.name} is there, and {same.state}: this sends it again. Another name attaches it anew."
        return (
            "",
            f"{same.name} is attached already: this updates its managed identity. Another name attaches it again.",
        )

    @property
    def unsent(self) -> str:
        """What the answers are for, as long as there are some that were not sent; else empty."""
        return f"the attach of {self.name or self.pool.name}" if self.pool is not None and not self.sent else ""

    @property
    def request(self) -> Attachment | ComputeEdit | None:
        """What is asked for, as soon as there is a pool and a name."""
        if self.pool is None or not self.name:
            return None
        role = self.role if self.needs_role else None
        if self.existing is not None:
            edit = Edit(self.identity.choice, self.description or None, dict(self.tags))
            return ComputeEdit(self.existing, edit, role=role)
        return Attachment(self.workspace, self.name, self.pool, self.identity.choice, self.description, self.tags, role)

    @property
    def needs_role(self) -> bool:
        """Whether there will be an identity that jobs run as, and that must hold a role."""
        is_granted = self.existing is None or self.is_again or self.repeats
        return is_granted and self.identity.choice.kind is not IdentityKind.NONE

    @property
    def is_again(self) -> bool:
        """Whether it sends an attach again that failed, and left a compute that never came to its role."""
        return self.existing is not None and self.existing.state.tone is Tone.BAD

    @property
    def changes_identity(self) -> bool:
        """Whether it gives another identity to a compute that is attached already, whose roles may follow."""
        if self.existing is None or self.is_again or self.repeats:
            return False
        return IdentityChoice.of(self.existing.identity) != self.identity.choice
