"""The network of a Synapse workspace: who can reach it, and what its Spark pools can reach."""

from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address
from typing import Generic, TypeVar

from tui.domain.errors import Problem
from tui.domain.resource_id import ResourceId
from tui.domain.resource_kinds import kind_of
from tui.domain.states import ProvisioningState, Tone
from tui.domain.workspaces import SynapseWorkspace

T = TypeVar("T")

_STORAGE = "microsoft.storage/storageaccounts"
_FIRST, _LAST = IPv4Address(0), IPv4Address(2**32 - 1)


@dataclass(frozen=True, slots=True)
class FirewallRule:
    """A rule that lets a range of public addresses connect; `start` and `end` are in the range."""

    name: str
    start: str
    end: str
    state: ProvisioningState = field(default_factory=lambda: ProvisioningState(""))

    @property
    def is_in_effect(self) -> bool:
        """Whether it lets anybody in: not while it is being written or deleted, nor after that has failed."""
        return self.state.tone in (Tone.GOOD, Tone.NEUTRAL)

    @property
    def is_for_everyone(self) -> bool:
        """Whether it lets in every address."""
        return self._range == (_FIRST, _LAST)

    @property
    def is_for_azure(self) -> bool:
        """Whether it lets in all of Azure, other customers included: 0.0.0.0 alone means that (documentation)."""
        return self._range == (_FIRST, _FIRST)

    @property
    def addresses(self) -> str:
        """The range: `203.0.113.0 – 203.0.113.255`, or its one address."""
        return self.start if self.start == self.end else f"{self.start} – {self.end}"

    @property
    def _range(self) -> tuple[IPv4Address, IPv4Address] | None:
        try:
            return IPv4Address(self.start), IPv4Address(self.end)
        except AddressValueError:
            return None


@dataclass(frozen=True, slots=True)
class PrivateEndpoint:
    """A managed private endpoint: a way from a managed virtual network to one resource.

    Attributes:
        target: The resource that it leads to; None if its id cannot be read.
        group: The part of that resource, such as `dfs`; empty where it has none.
        status: Azure's word for the approval, such as `Approved`; empty while it is being created (recorded).
        is_reserved: Whether it is one of those that every managed virtual network has.
    """

    name: str
    target: ResourceId | None
    group: str
    state: ProvisioningState
    status: str
    is_reserved: bool = False

    @property
    def order(self) -> tuple[bool, bool, str]:
        """Its place in a list: the user's own first, and of these those that cannot be used."""
        return self.is_reserved, self.is_approved, self.name.lower()

    @property
    def is_approved(self) -> bool:
        """Whether it can carry traffic (documentation)."""
        return self.status.lower() == "approved"

    @property
    def is_pending(self) -> bool:
        """Whether it waits for the approval of its target's owner."""
        return self.status.lower() == "pending"

    @property
    def is_to_storage(self) -> bool:
        """Whether it leads to a storage account."""
        return self.target is not None and self.target.type.lower() == _STORAGE

    def leads_to_storage(self, account: str) -> bool:
        """Whether it leads to the storage account of that name, in any letter case; no account has an empty name."""
        return self.target is not None and self.is_to_storage and self.target.name.lower() == account.lower()

    @property
    def target_words(self) -> str:
        """What it leads to: `storage account contosolake`."""
        return "an unreadable target" if self.target is None else f"{kind_of(self.target)} {self.target.name}"

    @property
    def words(self) -> str:
        """The same with the part of it: `dfs of storage account contosolake`."""
        return f"{self.group} of {self.target_words}" if self.group else self.target_words


@dataclass(frozen=True, slots=True)
class PrivateConnection:
    """A private connection to a Synapse workspace; `status` is Azure's word for its approval."""

    name: str
    status: str


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """The network settings of a Synapse workspace.

    Attributes:
        managed: The name of its managed virtual network; empty without one, which Azure says by leaving it out
            (recorded).
        prevents_exfiltration: Whether that has data-exfiltration protection; None where not reported.
        tenants: The GUIDs of the tenants that private endpoints may lead to, beside its own.
        connections: The private connections to it.
    """

    workspace: SynapseWorkspace
    managed: str = ""
    prevents_exfiltration: bool | None = None
    tenants: tuple[str, ...] = ()
    connections: tuple[PrivateConnection, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A list that was read to its end, and why some of its items cannot be read, one sentence each."""

    items: tuple[T, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SynapseNetwork:
    """Everything about the network of a Synapse workspace, or why a part of it could not be read.

    `endpoints` is empty without a managed virtual network, which alone can have any (documentation).
    """

    settings: NetworkSettings
    rules: Listed[FirewallRule] | Problem
    endpoints: Listed[PrivateEndpoint] | Problem
