"""Azure Resource Manager (ARM) resource ids: parse, compare without letter case, build."""

import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import Self

from tui.domain.text import is_shown

GUID_PATTERN = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""Compiled to ignore letter case."""
_GUID = re.compile(GUID_PATTERN, re.IGNORECASE | re.ASCII)
_FORBIDDEN_IN_NAMES = re.compile("[ <>%&/\\\\?#\"'*|\ud800-\udfff]")
_MOST_LETTERS, _MOST_PARTS = 260, 40
"""The longest part of an id that any Azure service allows (documentation), and the most parts of an id."""
_PLAIN = re.compile(
    rf"(?!\.{{1,2}}(?:\||$))[\w.()-]{{1,{_MOST_LETTERS}}}(?:\|(?!\.{{1,2}}(?:\||$))[\w.()-]{{1,{_MOST_LETTERS}}})*",
    re.ASCII,
)
"""Parts that are certainly valid, separated by a character that no part may have."""
_BLANKS = " \t\r\n"

SPARK_POOL_TYPE = "Microsoft.Synapse/workspaces/bigDataPools"
SYNAPSE_WORKSPACE_TYPE = "Microsoft.Synapse/workspaces"
ML_WORKSPACE_TYPE = "Microsoft.MachineLearningServices/workspaces"
COMPUTE_TYPE = "Microsoft.MachineLearningServices/workspaces/computes"
USER_ASSIGNED_IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"
STORAGE_ACCOUNT_TYPE = "Microsoft.Storage/storageAccounts"


class InvalidResourceId(ValueError):
    """The text is not a resource id of the wanted type; the message says why and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class ResourceId:
    """The id of one ARM resource inside a resource group.

    An id becomes the path of a URL, so parts that a client or server would drop, fold or decode are refused. Two ids
    are equal when they differ in letter case only, because ARM answers with another letter case than in the request
    (recorded: `resourcegroups`).

    Attributes:
        subscription: The subscription's GUID.
        resource_group: The resource group's name.
        provider: The provider's namespace, such as `Microsoft.Synapse`.
        segments: Pairs of type and name, outermost first.
    """

    subscription: str
    resource_group: str
    provider: str
    segments: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str, wanted_type: str | None = None) -> Self:
        """Read a resource id in any letter case.

        White space around it and one trailing slash are ignored.

        Raises:
            InvalidResourceId: If it is not an id, or not of `wanted_type`.
        """
        stripped = text.strip(_BLANKS)
        parts = stripped.removesuffix("/").split("/")[1:]
        if not stripped.startswith("/") or len(parts) < 8 or len(parts) % 2 or not all(parts):
            raise InvalidResourceId(_why_not(stripped, wanted_type))
        keywords = (parts[0].lower(), parts[2].lower(), parts[4].lower())
        if keywords != ("subscriptions", "resourcegroups", "providers"):
            raise InvalidResourceId(_why_not(stripped, wanted_type))
        if len(parts) > _MOST_PARTS:
            raise InvalidResourceId(f"A resource id with {len(parts)} parts is too long to be one.")
        placeholder = next((part for part in parts if "<" in part or ">" in part), None)
        if placeholder:
            raise InvalidResourceId(f"{placeholder} is still a placeholder: replace it with the real name.")
        if not is_guid(parts[1]):
            raise InvalidResourceId(
                f'"{_short(parts[1])}" is not a subscription id: a subscription id is a GUID, '
                "as `az account list` prints it."
            )
        if not _are_plain(parts):
            reason = next(filter(None, map(why_no_segment, parts)), "")
            if reason:
                raise InvalidResourceId(reason)
        # The same words occur in thousands of ids, so they are stored once.
        parts = [sys.intern(part) for part in parts]
        pairs = tuple(zip(parts[6::2], parts[7::2], strict=True))
        resource = cls(parts[1], parts[3], parts[5], pairs)
        if wanted_type is not None and resource.type.lower() != wanted_type.lower():
            raise InvalidResourceId(
                f"This is the id of a {resource.type}, not of a {wanted_type}. {_example(wanted_type)}"
            )
        return resource

    @property
    def name(self) -> str:
        """The innermost name."""
        return self.segments[-1][1]

    @property
    def type(self) -> str:
        """The full type, such as `Microsoft.Synapse/workspaces/bigDataPools`."""
        return "/".join((self.provider, *(kind for kind, _ in self.segments)))

    @property
    def parent(self) -> "ResourceId":
        """The resource that contains this one.

        Raises:
            ValueError: If it is a top-level resource.
        """
        if len(self.segments) < 2:
            raise ValueError(f"{self} has no parent resource")
        return ResourceId(self.subscription, self.resource_group, self.provider, self.segments[:-1])

    def is_in(self, other: "ResourceId") -> bool:
        """Whether it is directly inside another resource."""
        return len(self.segments) > 1 and self.parent == other

    @property
    def holder(self) -> str:
        """The name of the workspace that it is or is in; of its resource group if there is no workspace."""
        if len(self.segments) > 1:
            return self.parent.name
        kind, name = self.segments[0]
        return name if kind.lower() == "workspaces" else self.resource_group

    def child(self, kind: str, name: str) -> "ResourceId":
        """The id of a resource directly inside this one."""
        return ResourceId(self.subscription, self.resource_group, self.provider, (*self.segments, (kind, name)))

    @property
    def key(self) -> str:
        """The id in lower case, for comparing and as a mapping's key."""
        return str(self).lower()

    def __str__(self) -> str:
        inner = "/".join(f"{kind}/{name}" for kind, name in self.segments)
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}/providers/{self.provider}/{inner}"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResourceId) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def is_guid(text: str) -> bool:
    """Whether a text has the form of a GUID, in any letter case."""
    return _GUID.fullmatch(text) is not None


def why_no_segment(part: str) -> str:
    """Why a text cannot be one part of a resource id, in one sentence; empty if it can."""
    if not part:
        return "A part of a resource id is empty."
    if part in (".", ".."):
        return f'"{part}" cannot be part of a resource id: it leads to another resource.'
    if len(part) > _MOST_LETTERS:
        return f'"{_short(part)}" cannot be part of a resource id: it is too long.'
    # A server that composes characters would read a full-width slash as a slash.
    composed = part if part.isascii() else unicodedata.normalize("NFKC", part)
    if composed in (".", "..") or not is_shown(part) or _FORBIDDEN_IN_NAMES.search(part + composed):
        return f'"{_short(part)}" cannot be part of a resource id: it has a character that names never have.'
    return ""


def _are_plain(parts: list[str]) -> bool:
    joined = "|".join(parts)
    return joined.count("|") == len(parts) - 1 and _PLAIN.fullmatch(joined) is not None


def _short(part: str) -> str:
    return part if len(part) <= 60 else f"{part[:59]}…"


def ml_workspace_id(subscription: str, resource_group: str, name: str) -> ResourceId:
    """The id of an Azure ML workspace."""
    return ResourceId(subscription, resource_group, "Microsoft.MachineLearningServices", (("workspaces", name),))


_EXAMPLES = {
    SPARK_POOL_TYPE: ("A Spark pool's", "Microsoft.Synapse/workspaces/WORKSPACE/bigDataPools/POOL"),
    ML_WORKSPACE_TYPE: ("A workspace's", "Microsoft.MachineLearningServices/workspaces/WORKSPACE"),
    USER_ASSIGNED_IDENTITY_TYPE: ("An identity's", "Microsoft.ManagedIdentity/userAssignedIdentities/IDENTITY"),
}


def _example(wanted_type: str | None) -> str:
    whose, end = _EXAMPLES.get(wanted_type or "", ("A resource", "PROVIDER/TYPE/NAME"))
    return f"{whose} id looks like /subscriptions/GUID/resourceGroups/GROUP/providers/{end}."


def _why_not(text: str, wanted_type: str | None) -> str:
    if not text:
        return f"Nothing was given. {_example(wanted_type)}"
    if text.lower().startswith(("http://", "https://")):
        return f"This is a web address, not a resource id. {_example(wanted_type)}"
    if not text.startswith("/"):
        return f"A resource id starts with /subscriptions/. {_example(wanted_type)}"
    return f"This is not a whole resource id. {_example(wanted_type)}"
