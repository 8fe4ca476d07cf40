"""A new user-assigned managed identity."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.domain.identity import UserAssignedIdentity
from tui.domain.phrases import plural
from tui.domain.resource_id import USER_ASSIGNED_IDENTITY_TYPE, ResourceId
from tui.domain.tags import tags_problem
from tui.domain.text import described

NAME_RULE = "Use 3 to 128 letters, digits, - and _, starting with a letter or digit."
_SHORTEST_NAME, _LONGEST_NAME = 3, 128
_LONGEST_GROUP = 90

NO_GROUP = "ResourceGroupNotFound"
"""The code of a 404 for anything in a resource group that does not exist (recorded)."""


@dataclass(frozen=True, slots=True)
class IdentityCreation:
    """A request to create a user-assigned managed identity.

    Attributes:
        subscription: The subscription's GUID.
        resource_group: The name of an existing resource group.
        name: The name of the identity.
        location: Its region, such as `eastus2`.
        tags: Its tags.
    """

    subscription: str
    resource_group: str
    name: str
    location: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> ResourceId:
        """The resource id that the identity will have."""
        provider, kind = USER_ASSIGNED_IDENTITY_TYPE.split("/")
        return ResourceId(self.subscription, self.resource_group, provider, ((kind, self.name),))

    def document(self) -> dict[str, Any]:
        """The body of the PUT (recorded)."""
        return {"location": self.location, **({"tags": dict(self.tags)} if self.tags else {})}

    @property
    def problem(self) -> str:
        """Why it cannot be sent, in one sentence; empty if it can."""
        problems = (
            identity_name_problem(self.name),
            group_problem(self.resource_group),
            region_problem(self.location),
            tags_problem(self.tags, self.tags),
        )
        return next(filter(None, problems), "")

    def differences(self, identity: UserAssignedIdentity) -> tuple[str, ...]:
        """How an identity differs from the requested one, in a few words each; empty if it matches."""
        there = identity.location
        region = () if region_in(there) == self.location else (f"its region is {there or 'unknown'}",)
        changed = (name for name, value in self.tags.items() if identity.tags.get(name) != value)
        return (*region, *(f'its tag {name} is not "{self.tags[name]}"' for name in changed))


def new_identity_consequences(creation: IdentityCreation) -> tuple[str, ...]:
    """What the user may not expect of a new identity, one sentence each."""
    return (f"{creation.name} has no roles yet, and other services may need some minutes to know it.",)


def identity_name_problem(name: str) -> str:
    """Why a user-assigned identity cannot have a name, in one sentence; empty if it can.

    Source: the article "Naming rules and restrictions for Azure resources".
    """
    if not name:
        return f"An identity needs a name. {NAME_RULE}"
    odd = re.search(r"[^A-Za-z0-9_-]", name)
    if odd is not None:
        return f'Not the name of an identity: "{name}" has {described(odd.group())}. {NAME_RULE}'
    if name[0] in "-_":
        return f'Not the name of an identity: "{name}" starts with "{name[0]}". {NAME_RULE}'
    if not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME:
        return f'Not the name of an identity: "{name}" has {plural(len(name), "character")}. {NAME_RULE}'
    return ""


def group_problem(group: str) -> str:
    """Why a resource group cannot have a name, in one sentence; empty if it can.

    Source: the article "Naming rules and restrictions for Azure resources"; letters of all scripts are allowed.
    """
    if not group:
        return "An identity is in a resource group: write the name of one that exists."
    odd = next((one for one in group if not (one.isalnum() or one in "_-.()")), None)
    if odd is not None:
        return f'Not the name of a resource group: "{group}" has {described(odd)}.'
    if group.endswith("."):
        return f'Not the name of a resource group: "{group}" ends with a full stop.'
    if len(group) > _LONGEST_GROUP:
        return f'Not the name of a resource group: "{group}" has more than {_LONGEST_GROUP} characters.'
    return ""


def no_group_sentence(group: str) -> str:
    """That a resource group does not exist."""
    return f"There is no resource group {group} in this subscription."


def region_in(text: str) -> str:
    """A region as Resource Manager names it: `East US 2` is `eastus2`."""
    return "".join(text.split()).lower()


def region_problem(region: str) -> str:
    """Why a text cannot be a region, in one sentence; empty if it can. Azure knows which regions there are."""
    if re.fullmatch(r"[a-z][a-z0-9]*", region):
        return ""
    return f'"{region}" is not a region: write one such as eastus2.' if region else "An identity is in a region."
