"""Scopes of Azure Resource Manager: a subscription, a resource group or a resource."""

from dataclasses import dataclass
from typing import Self

from tui.domain.resource_id import ResourceId, is_guid, why_no_segment
from tui.domain.resource_kinds import KINDS
from tui.domain.text import clean


class InvalidScope(ValueError):
    """The text is not the id of a scope."""


@dataclass(frozen=True, slots=True, eq=False)
class AzureScope:
    """What a lock or an Azure role is on.

    Two scopes are equal when they differ in letter case only.

    Attributes:
        text: Its id, such as `/subscriptions/GUID/resourceGroups/rg-ml`, without a slash at the end.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a scope in any letter case.

        Raises:
            InvalidScope: If it is not a scope, or is above all subscriptions.
        """
        parts = text.split("/")
        if len(parts) < 3 or parts[0] or parts[1].lower() != "subscriptions" or not is_guid(parts[2]):
            raise InvalidScope("It is not in a subscription.")
        if len(parts) % 2 == 0 or (len(parts) > 3 and parts[3].lower() not in ("resourcegroups", "providers")):
            raise InvalidScope("It is neither a resource group nor a resource.")
        reason = next(filter(None, map(why_no_segment, parts[1:])), "")
        if reason:
            raise InvalidScope(reason)
        return cls(text)

    @classmethod
    def of(cls, resource: ResourceId) -> Self:
        """The scope of a resource."""
        return cls(str(resource))

    @classmethod
    def of_group(cls, resource: ResourceId) -> Self:
        """The resource group that contains a resource."""
        return cls(f"/subscriptions/{resource.subscription}/resourceGroups/{resource.resource_group}")

    @classmethod
    def of_subscription(cls, resource: ResourceId) -> Self:
        """The subscription that contains a resource."""
        return cls(f"/subscriptions/{resource.subscription}")

    def covers(self, other: "AzureScope") -> bool:
        """Whether another scope is this one or in it."""
        return f"{other.key}/".startswith(f"{self.key}/")

    @property
    def place(self) -> str:
        """Its kind and name: `resource group rg-ml`, `compute etl-prod in resource group rg-ml`."""
        return place_of(self.text)

    @property
    def key(self) -> str:
        """Its id in lower case, for comparing."""
        return self.text.lower()

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AzureScope) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def place_of(scope: str) -> str:
    """A scope by its kind and name, with the resource group of a resource, from its id."""
    parts = [clean(part) for part in scope.strip("/").split("/") if part]
    lower = [part.lower() for part in parts]
    if "providers" in lower:
        start = len(lower) - 1 - lower[::-1].index("providers")
        types = "/".join([parts[start + 1], *parts[start + 2 :: 2]]) if len(parts) > start + 1 else ""
        kind = KINDS.get(types.lower()) or types.rpartition("/")[2]
        within = f" in resource group {parts[3]}" if lower[2:3] == ["resourcegroups"] and len(parts) > 3 else ""
        return f"{kind} {parts[-1]}{within}"
    if len(parts) > 1:
        return f"{KINDS.get(lower[-2], parts[-2])} {parts[-1]}"
    return clean(scope)
