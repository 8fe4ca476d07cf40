"""A spec file, as `az ml compute attach --file` takes it: its contents and its errors.

The keys, and the spellings of their values, are those of azure-ai-ml's schema of SynapseSparkCompute.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.identity import IdentityChoice
from tui.domain.names import NameUse, check_compute_name, use_of_name, why_taken
from tui.domain.phrases import did_you_mean, enumerated
from tui.domain.resource_id import ResourceId
from tui.domain.tags import tag_edit
from tui.domain.workspaces import Workspace


class NodeKind(Enum):
    """The kind of a value; each value is its word on the screen."""

    TEXT = "text"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    DATE = "a date"
    SIGN = "a character that YAML reserves"
    EMPTY = "nothing"
    LIST = "a list"
    MAP = "a set of keys"


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value in a file, and its position.

    Attributes:
        line: Its line, from 1.
        column: Its column, from 1.
        text: The text as written, if it is one.
        items: Its values, if it is a list.
        pairs: Its keys and values in order, duplicates included, if it is a set of keys.
        is_plain: Whether the text has no quotes, so that its columns are the file's.
    """

    kind: NodeKind
    line: int
    column: int
    text: str = ""
    items: tuple["Node", ...] = ()
    pairs: tuple[tuple["Node", "Node"], ...] = ()
    is_plain: bool = True


@dataclass(frozen=True, slots=True, order=True)
class SpecProblem:
    """An error in a file.

    Attributes:
        line: Its line, from 1.
        column: Its column, from 1.
        found: What is wrong, in one sentence.
        expected: What should be there, in one sentence.
        suggestion: What was probably meant; empty if unclear.
    """

    line: int
    column: int
    found: str
    expected: str
    suggestion: str = ""

    def __str__(self) -> str:
        words = [self.found, self.expected]
        if self.suggestion:
            words.append(did_you_mean(self.suggestion))
        return f"line {self.line}, column {self.column}: {' '.join(words)}"


@dataclass(frozen=True, slots=True)
class Spec:
    """The contents of a file.

    Attributes:
        name: The compute's name, as the file spells it.
        pool: The Spark pool.
        identity: The managed identity; None where the file does not set it.
        description: The description; None where the file does not set it.
        tags: All the tags; None where the file does not set them.
        location: The region; empty where the file does not set it.
        ignored: The keys in the file that only Azure sets.
        placeholders: What looks like a placeholder in description and tags.
        places: Line and column of each key.
    """

    name: str
    pool: ResourceId
    identity: IdentityChoice | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None
    location: str = ""
    ignored: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def request(self, workspace: Workspace, existing: Compute | None) -> Attachment | ComputeEdit:
        """The request that the file makes: an attach, or an update of the identity, tags and description that it sets.

        `existing` is the compute that already has the name, for which `refusals` is empty.
        """
        if existing is None:
            identity = self.identity or IdentityChoice()
            return Attachment(workspace, self.name, self.pool, identity, self.description or "", self.tags or {})
        tags = tag_edit(existing.tags, self.tags) if self.tags is not None else {}
        return ComputeEdit(existing, Edit(self.identity, self.description, tags))

    def refusals(self, existing: Compute) -> tuple[SpecProblem, ...]:
        """Why an existing compute cannot be updated from this file.

        An update changes identity, tags and description (documentation), so any other difference is refused.
        """
        taken = why_taken(existing, self.pool)
        match use_of_name(existing, self.pool):
            case NameUse.OTHER_COMPUTE:
                return (self._problem("name", taken, "Another name."),)
            case NameUse.OTHER_POOL:
                expected = "The same pool, which an update cannot change; or another name; or detach it first."
                return (self._problem("resource_id", taken, expected),)
            case _:
                return ()

    def remarks(self, workspace: Workspace, existing: Compute | None) -> tuple[str, ...]:
        """What the user may not expect, one sentence each."""
        remarks = []
        if existing is not None:
            if existing.name != self.name:
                remarks.append(
                    f'The file says "{self.name}"; Azure spells it {existing.name}. Letter case makes no difference.'
                )
            kept = {"identity": self.identity, "tags": self.tags, "description": self.description}
            silent = [key for key, value in kept.items() if value is None]
            if silent:
                remarks.append(f"The file does not set {enumerated(silent)}, so that stays as it is.")
        elif warning := check_compute_name(self.name).warning:
            remarks.append(warning)
        region = (existing.location if existing is not None else "") or workspace.location
        if self.location and region and _folded(self.location) != _folded(region):
            remarks.append(
                f"The file says {self.location}; a compute is always in the region of its workspace, here {region}."
            )
        if self.ignored:
            remarks.append(f"Only Azure sets {enumerated(self.ignored)}, so the file's values are ignored.")
        remarks += [f"{text} looks like a placeholder and is sent as it is." for text in self.placeholders]
        return tuple(remarks)

    def _problem(self, key: str, found: str, expected: str) -> SpecProblem:
        line, column = self.places.get(key, (1, 1))
        return SpecProblem(line, column, found, f"Expected: {expected}")


def _folded(region: str) -> str:
    """A region without the blanks and capitals of its display name: `East US 2` is `eastus2`."""
    return region.replace(" ", "").lower()
