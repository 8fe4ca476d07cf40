"""Azure's JSON as domain objects, field by field, so that no shape of an answer can break a list."""

from collections.abc import Mapping
from typing import Any

from tui.cloud import reading
from tui.cloud.described import Asked, why_not_trusted
from tui.domain.compute import Compute, ProvisioningError
from tui.domain.document import Document
from tui.domain.identity import Identity, IdentityKind, UserAssignedIdentity
from tui.domain.resource_id import STORAGE_ACCOUNT_TYPE, InvalidResourceId, ResourceId, is_guid
from tui.domain.sign_in import Tenant
from tui.domain.spark import AutoPause, Autoscale, DynamicExecutors, SparkPool, SparkSettings
from tui.domain.states import ProvisioningState
from tui.domain.synapse_network import FirewallRule, NetworkSettings, PrivateConnection, PrivateEndpoint
from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace

NAMELESS = "(no name)"
_NODE_SIZES = (("vmSize",), ("virtualMachineSize",), ("agentVmSize",))


def compute_from(raw: Any, asked: Asked | None = None) -> Compute:
    """A compute as Azure described it.

    Source: recorded answers of AmlCompute and ComputeInstance; for SynapseSpark the specification (2023-04-01), because
    no recording of one exists. `raw` is an item of the list or the body of a GET, and may be anything; `asked` is what
    it must describe, None if that is known. If something important could not be understood, `unreadable` says what, and
    the rest is still there.
    """
    if not isinstance(raw, Mapping):
        reason = "Azure's description of it is not a JSON object."
        return Compute(name=NAMELESS, unreadable=reason, raw=Document.of({"value": raw}))
    properties = reading.mapping(raw, "properties")
    inner = reading.mapping(properties, "properties")
    kind = reading.text(properties, "computeType")
    identifier = reading.resource_id(raw, "id")
    name = reading.text(raw, "name").rpartition("/")[2] or (identifier.name if identifier else "")
    odd = why_not_trusted(raw, asked) if asked is not None and raw.get("id") is not None else ""
    if odd:
        # A compute with an unclear description must not be written to, nor replace another row.
        identifier, name = None, f"{name or NAMELESS} ?"
    identity, odd_identity = _identity(raw.get("identity"))
    settings = _echoed_settings(inner) if kind.lower() == "synapsespark" and inner else None
    return Compute(
        name=name or NAMELESS,
        id=identifier,
        type=kind,
        state=ProvisioningState(reading.text(properties, "provisioningState")),
        location=reading.text(raw, "location"),
        compute_location=reading.text(properties, "computeLocation"),
        description=reading.text(properties, "description"),
        tags=_tags(raw),
        created=reading.moment(properties, "createdOn"),
        modified=reading.moment(properties, "modifiedOn"),
        identity=identity,
        attached_to=reading.resource_id(properties, "resourceId"),
        settings=settings,
        nodes=settings.nodes if settings else _nodes(inner),
        size=settings.size if settings else _size(inner),
        errors=provisioning_errors(raw),
        is_attached=reading.flag(properties, "isAttachedCompute"),
        unreadable=odd or _why_unreadable(name, raw) or odd_identity,
        raw=Document.of(raw),
    )


def provisioning_errors(raw: Any) -> tuple[ProvisioningError, ...]:
    """A compute's `provisioningErrors`, each wrapped in `error` or not (specification; quoted in an issue)."""
    return tuple(_error(error) for error in reading.items(raw, "properties", "provisioningErrors"))


def spark_pool_from(raw: Any) -> SparkPool | None:
    """A Spark pool (recorded); None without a resource id, because nothing can be done with it.

    `autoScale` and `autoPause` are missing in answers of 2020 and always present since (recorded).
    """
    identifier = reading.resource_id(raw, "id")
    if identifier is None:
        return None
    properties = reading.mapping(raw, "properties")
    executors = properties.get("dynamicExecutorAllocation")
    libraries = (reading.text(library, "name") for library in reading.items(properties, "customLibraries"))
    return SparkPool(
        id=identifier,
        location=reading.text(raw, "location"),
        state=ProvisioningState(reading.text(properties, "provisioningState")),
        settings=_settings(properties, "autoScale", "autoPause"),
        tags=_tags(raw),
        created=reading.moment(properties, "creationDate"),
        changed=reading.moment(properties, "lastSucceededTimestamp"),
        executors=DynamicExecutors(
            enabled=reading.flag(executors, "enabled"),
            minimum=reading.whole(executors, "minExecutors"),
            maximum=reading.whole(executors, "maxExecutors"),
        )
        if isinstance(executors, Mapping)
        else None,
        is_isolated=_flag_if_any(properties, "isComputeIsolationEnabled"),
        has_session_packages=_flag_if_any(properties, "sessionLevelPackagesEnabled"),
        cache=reading.whole(properties, "cacheSize"),
        requirements=reading.text(properties, "libraryRequirements", "filename"),
        libraries=tuple(name for name in libraries if name),
        configuration=reading.text(properties, "sparkConfigProperties", "filename"),
        raw=Document.of(raw),
    )


def synapse_workspace_from(raw: Any) -> SynapseWorkspace | None:
    """A Synapse workspace (recorded); None without a resource id."""
    identifier = reading.resource_id(raw, "id")
    if identifier is None:
        return None
    address = reading.text(raw, "properties", "defaultDataLakeStorage", "accountUrl")
    return SynapseWorkspace(
        id=identifier,
        location=reading.text(raw, "location"),
        dev_endpoint=reading.text(raw, "properties", "connectivityEndpoints", "dev"),
        principal_id=reading.text(raw, "identity", "principalId"),
        public_network=reading.text(raw, "properties", "publicNetworkAccess"),
        lake_name=address.partition("://")[2].partition(".")[0],
        lake=_account(raw, "properties", "defaultDataLakeStorage", "resourceId"),
    )


def network_settings_from(raw: Any) -> NetworkSettings | None:
    """The network settings of a Synapse workspace; None without a resource id.

    Recorded, except for approved tenants and private connections (specification).
    """
    workspace = synapse_workspace_from(raw)
    if workspace is None:
        return None
    properties = reading.mapping(raw, "properties")
    protection = reading.mapping(properties, "managedVirtualNetworkSettings")
    tenants = reading.items(protection, "allowedAadTenantIdsForLinking")
    return NetworkSettings(
        workspace=workspace,
        managed=reading.text(properties, "managedVirtualNetwork"),
        prevents_exfiltration=_flag_if_any(protection, "preventDataExfiltration"),
        tenants=tuple(one for one in tenants if isinstance(one, str)),
        connections=tuple(map(_connection, reading.items(properties, "privateEndpointConnections"))),
    )


def _connection(raw: Any) -> PrivateConnection:
    endpoint = reading.resource_id(raw, "properties", "privateEndpoint", "id")
    own = reading.text(raw, "id").rpartition("/")[2]
    status = reading.text(raw, "properties", "privateLinkServiceConnectionState", "status")
    return PrivateConnection((endpoint.name if endpoint else own) or NAMELESS, status)


def firewall_rule_from(raw: Any) -> FirewallRule | None:
    """A firewall rule of a Synapse workspace (recorded); None without a resource id."""
    identifier = reading.resource_id(raw, "id")
    if identifier is None:
        return None
    return FirewallRule(
        name=identifier.name,
        start=reading.text(raw, "properties", "startIpAddress"),
        end=reading.text(raw, "properties", "endIpAddress"),
        state=ProvisioningState(reading.text(raw, "properties", "provisioningState")),
    )


def private_endpoint_from(raw: Any) -> PrivateEndpoint | None:
    """A managed private endpoint of a Synapse workspace (recorded); None without a resource id."""
    identifier = reading.resource_id(raw, "id")
    if identifier is None:
        return None
    properties = reading.mapping(raw, "properties")
    return PrivateEndpoint(
        name=identifier.name,
        target=reading.resource_id(properties, "privateLinkResourceId"),
        group=reading.text(properties, "groupId"),
        state=ProvisioningState(reading.text(properties, "provisioningState")),
        status=reading.text(properties, "connectionState", "status"),
        is_reserved=reading.flag(properties, "isReserved"),
    )


def workspace_from(raw: Any) -> Workspace | None:
    """An Azure ML workspace (recorded); None without a resource id."""
    identifier = reading.resource_id(raw, "id")
    if identifier is None:
        return None
    return Workspace(
        id=identifier,
        location=reading.text(raw, "location"),
        kind=reading.text(raw, "kind"),
        friendly_name=reading.text(raw, "properties", "friendlyName"),
        principal_id=reading.text(raw, "identity", "principalId"),
        tenant_id=reading.text(raw, "properties", "tenantId"),
        storage=_account(raw, "properties", "storageAccount"),
    )


def _account(raw: Any, *path: str) -> ResourceId | None:
    """The id of a storage account; None where it is missing, or the id of something else."""
    found = reading.resource_id(raw, *path)
    return found if found is not None and found.type.lower() == STORAGE_ACCOUNT_TYPE.lower() else None


def subscription_from(raw: Any) -> Subscription | None:
    """A subscription (recorded); None without its GUID, or if its id is another's."""
    guid = reading.text(raw, "subscriptionId")
    path = reading.at(raw, "id")
    if not is_guid(guid) or (path is not None and str(path).lower() != f"/subscriptions/{guid}".lower()):
        return None
    name = reading.text(raw, "displayName") or guid
    return Subscription(guid, name, reading.text(raw, "state"), reading.text(raw, "tenantId"))


def tenant_from(raw: Any) -> Tenant | None:
    """A tenant (recorded for an application, without names; these are specified); None without its GUID."""
    guid = reading.text(raw, "tenantId")
    path = reading.at(raw, "id")
    if not is_guid(guid) or (path is not None and str(path).lower() != f"/tenants/{guid}".lower()):
        return None
    return Tenant(guid, reading.text(raw, "displayName"), reading.text(raw, "defaultDomain"))


def user_assigned_identity_from(raw: Any) -> UserAssignedIdentity | None:
    """A user-assigned identity (recorded, `resourcegroups` in lower case); None without a resource id."""
    identifier = reading.resource_id(raw, "id")
    if identifier is None:
        return None
    return UserAssignedIdentity(
        id=identifier,
        principal_id=reading.text(raw, "properties", "principalId") or None,
        client_id=reading.text(raw, "properties", "clientId") or None,
        location=reading.text(raw, "location"),
        tenant_id=reading.text(raw, "properties", "tenantId"),
        raw=raw,
    )


def _why_unreadable(name: str, raw: Mapping[str, Any]) -> str:
    if not name:
        return "Azure's description of it has no name."
    if not isinstance(raw.get("properties"), Mapping):
        return "Azure's description of it has no properties."
    return ""


def _identity(raw: Any) -> tuple[Identity, str]:
    """The identity, and why it is incomplete.

    An incomplete identity makes the compute unreadable: a change based on a part of it would silently remove the rest.
    """
    word = reading.text(raw, "type")
    try:
        kind = IdentityKind.parse(word)
    except ValueError:
        return Identity(), f'Its identity type is "{word}", which is unknown here.'
    assigned, odd = [], ""
    for key, value in reading.mapping(raw, "userAssignedIdentities").items():
        try:
            identifier = ResourceId.parse(key)
        except InvalidResourceId:
            odd = f'It has a user-assigned identity "{key}", which is not a resource id.'
            continue
        principal, client = reading.text(value, "principalId") or None, reading.text(value, "clientId") or None
        assigned.append(UserAssignedIdentity(identifier, principal, client))
    identity = Identity(
        kind=kind,
        principal_id=reading.text(raw, "principalId") or None,
        tenant_id=reading.text(raw, "tenantId") or None,
        user_assigned=tuple(assigned),
    )
    return identity, odd


def _tags(raw: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a resource, as far as they are text."""
    return {key: value for key, value in reading.mapping(raw, "tags").items() if isinstance(value, str)}


def _flag_if_any(document: Mapping[str, Any], member: str) -> bool | None:
    value = document.get(member)
    return value if isinstance(value, bool) else None


def _error(raw: Any) -> ProvisioningError:
    error = reading.mapping(raw, "error") or raw
    return ProvisioningError(
        code=reading.text(error, "code"),
        message=reading.text(error, "message") or ("" if isinstance(error, Mapping) else str(error)),
        details=tuple(_error(detail) for detail in reading.items(error, "details")),
    )


def _echoed_settings(inner: Mapping[str, Any]) -> SparkSettings:
    """The pool's settings as an attached compute repeats them (specification)."""
    return _settings(inner, "autoScaleProperties", "autoPauseProperties")


def _settings(document: Mapping[str, Any], scale: str, pause: str) -> SparkSettings:
    autoscale, auto_pause = document.get(scale), document.get(pause)
    return SparkSettings(
        version=reading.text(document, "sparkVersion"),
        node_count=reading.whole(document, "nodeCount"),
        node_size=reading.text(document, "nodeSize"),
        node_size_family=reading.text(document, "nodeSizeFamily"),
        autoscale=Autoscale(
            enabled=reading.flag(autoscale, "enabled"),
            minimum=reading.whole(autoscale, "minNodeCount") or 0,
            maximum=reading.whole(autoscale, "maxNodeCount") or 0,
        )
        if isinstance(autoscale, Mapping)
        else None,
        auto_pause=AutoPause(
            enabled=reading.flag(auto_pause, "enabled"),
            delay=reading.whole(auto_pause, "delayInMinutes") or 0,
        )
        if isinstance(auto_pause, Mapping)
        else None,
    )


def _nodes(inner: Mapping[str, Any]) -> str:
    """Nodes of a compute that is not a Spark pool: an AmlCompute's range, an AKS cluster's agents."""
    lowest = reading.whole(inner, "scaleSettings", "minNodeCount")
    highest = reading.whole(inner, "scaleSettings", "maxNodeCount")
    if highest is not None:
        return str(highest) if lowest in (None, highest) else f"{lowest}–{highest}"
    agents = reading.whole(inner, "agentCount")
    return "" if agents is None else str(agents)


def _size(inner: Mapping[str, Any]) -> str:
    """Node size of a compute that is not a Spark pool: `DS3_v2` for Azure's `STANDARD_DS3_v2`."""
    word = next(filter(None, (reading.text(inner, *path) for path in _NODE_SIZES)), "")
    return word[len("standard_") :] if word.lower().startswith("standard_") else word
