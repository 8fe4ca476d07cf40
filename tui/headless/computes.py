"""The verbs `list` and `show`: computes as data, with the field names of `az ml compute show`, and as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.domain.compute import Compute, ProvisioningError
from tui.domain.compute_texts import pool_name, type_name
from tui.domain.identity import Identity, IdentityKind
from tui.domain.ordering import by_name
from tui.headless.output import Result, stamp
from tui.headless.reading import Reading
from tui.verbs import RAW, VERBS

HEADINGS = ("NAME", "TYPE", "STATE", "SPARK", "NODES", "SIZE", "IDENTITY", "POOL")

_KINDS = {
    IdentityKind.SYSTEM: "system_assigned",
    IdentityKind.USER: "user_assigned",
    IdentityKind.SYSTEM_AND_USER: "system_assigned,user_assigned",
}


async def list_computes(reading: Reading) -> Result:
    """All computes of the workspace, attached Spark pools first, in the order of the screen."""
    workspace = reading.workspace.id
    computes, unreadable = await reading.items(lambda azure: azure.computes(workspace))
    ordered = sorted(computes, key=lambda one: (not one.is_spark_pool, by_name(one.name)))
    return Result(
        "sparkpool.list/1",
        [compute_document(compute) for compute in ordered],
        HEADINGS,
        [compute_row(compute) for compute in ordered],
        workspace=workspace,
        as_of=reading.as_of,
        empty=f"{workspace.name} has no computes.",
        unread=unreadable,
    )


async def show_compute(reading: Reading, name: str, *, with_raw: bool) -> Result:
    """One compute; `with_raw` adds what Azure sent."""
    compute = await reading.compute(name)
    document = compute_document(compute, with_raw=with_raw)
    notes = (compute.unreadable,) if compute.unreadable else ()
    return Result(
        "sparkpool.show/1",
        [document],
        ("FIELD", "VALUE"),
        compute_rows(document),
        workspace=reading.workspace.id,
        as_of=reading.as_of,
        is_single=True,
        wraps=True,
        notes=notes,
    )


def compute_document(compute: Compute, *, with_raw: bool = False) -> Mapping[str, Any]:
    """A compute with the names that azure-ai-ml gives its fields (documented output of `az ml compute show`).

    Every field is always there; what Azure did not report is null. `with_raw` adds what Azure sent.
    """
    settings = compute.settings
    values: dict[str, Any] = {
        "name": compute.name,
        "type": compute.type.lower() or None,
        "provisioning_state": compute.state.word or None,
        "provisioning_errors": [_error(error) for error in compute.errors] or None,
        "spark_version": None,
        "node_count": None,
        "node_family": None,
        "node_size": None,
        "scale_settings": None,
        "auto_pause_settings": None,
        "identity": _identity(compute.identity),
        "resource_id": str(compute.attached_to) if compute.attached_to is not None else None,
        "description": compute.description or None,
        "tags": dict(compute.tags),
        "location": compute.location or None,
        "created_on": stamp(compute.created),
        "modified_on": stamp(compute.modified),
        "id": str(compute.id) if compute.id is not None else None,
        "resourceGroup": compute.id.resource_group if compute.id is not None else None,
        "unreadable": compute.unreadable or None,
    }
    if settings is not None:
        values |= {
            "spark_version": settings.version or None,
            "node_count": settings.node_count,
            "node_family": settings.node_size_family or None,
            "node_size": settings.node_size or None,
        }
        if settings.autoscale is not None:
            values["scale_settings"] = {
                "auto_scale_enabled": settings.autoscale.enabled,
                "min_node_count": settings.autoscale.minimum,
                "max_node_count": settings.autoscale.maximum,
            }
        if settings.auto_pause is not None:
            values["auto_pause_settings"] = {
                "auto_pause_enabled": settings.auto_pause.enabled,
                "delay_in_minutes": settings.auto_pause.delay,
            }
    return values | {RAW: _plain(compute.raw)} if with_raw else values


def compute_row(compute: Compute) -> tuple[str, ...]:
    """A compute as a row of the list, in the words of the screen."""
    return (
        compute.name,
        type_name(compute),
        "unreadable" if compute.unreadable else str(compute.state),
        compute.settings.version if compute.settings is not None else "",
        compute.nodes,
        compute.size,
        compute.identity.summary,
        pool_name(compute),
    )


def compute_rows(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields of one compute, a line for each; a field with members has a line for each of them."""
    rows: list[tuple[str, str]] = []
    for name in VERBS["list"].fields:
        rows += _lines(name, document[name])
    return rows


def _lines(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        return [line for key, inner in value.items() for line in _lines(f"{name}.{key}", inner)]
    if isinstance(value, list):
        return [line for number, inner in enumerate(value) for line in _lines(f"{name}[{number}]", inner)]
    if value is None or value == {}:
        return [(name, "-")]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


def _identity(identity: Identity) -> Mapping[str, Any] | None:
    if identity.kind is IdentityKind.NONE:
        return None
    values: dict[str, Any] = {"type": _KINDS[identity.kind]}
    if identity.kind.has_system:
        values |= {"principal_id": identity.principal_id, "tenant_id": identity.tenant_id}
    if identity.kind.has_user:
        values["user_assigned_identities"] = [
            {"resource_id": str(one.id), "principal_id": one.principal_id, "client_id": one.client_id}
            for one in identity.user_assigned
        ]
    return values


def _error(error: ProvisioningError) -> Mapping[str, Any]:
    return {"code": error.code, "message": error.message, "details": [_error(detail) for detail in error.details]}


def _plain(value: Any) -> Any:
    """A document as the JSON encoder takes it."""
    return {key: _plain(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value
