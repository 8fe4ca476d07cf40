"""The same request in the languages of other tools: az ml YAML and command, Python SDK, REST."""

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.resource_id import ResourceId

API_VERSION = "2023-04-01"
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
_NOT_PLAIN = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def attachment_yaml(attachment: Attachment) -> str:
    """The specification file for `az ml compute attach --file`."""
    existing = attachment.existing
    return _spec(
        attachment.name,
        str(attachment.pool),
        existing.description if existing else attachment.description,
        existing.tags if existing else attachment.tags,
        attachment.identity,
    )


def compute_yaml(compute: Compute) -> str:
    """An attached pool as the specification file that would attach it again."""
    pool = str(compute.attached_to) if compute.attached_to else ""
    return _spec(compute.name, pool, compute.description, compute.tags, IdentityChoice.of(compute.identity))


def az_command(attachment: Attachment) -> str:
    """The `az ml` command: attach from a file, or an update of the identity."""
    where = _az_workspace(attachment.workspace.id)
    if not attachment.is_update:
        return f"az ml compute attach --file {shlex.quote(attachment.name + '.yml')} \\\n  {where}\n"
    words = [f"az ml compute update --name {shlex.quote(attachment.name)}"]
    words.append(f"--identity {attachment.identity.kind.value}")
    if attachment.identity.kind.has_user:
        quoted = " ".join(shlex.quote(str(identity)) for identity in attachment.identity.user_assigned)
        words.append(f"--user-assigned-identities {quoted}")
    return " \\\n  ".join((*words, where)) + "\n"


def detach_command(compute: ResourceId) -> str:
    """The `az ml` command that detaches a compute."""
    return f"az ml compute detach --name {shlex.quote(compute.name)} \\\n  {_az_workspace(compute.parent)}\n"


def python_code(attachment: Attachment) -> str:
    """A script for azure-ai-ml 1.35.

    It uses `ManagedIdentityConfiguration`, because the class `UserAssignedIdentity` that the
    documentation imports does not exist in that package.
    """
    workspace = attachment.workspace.id
    identity = attachment.identity
    names = ["SynapseSparkCompute"]
    if identity.kind is not IdentityKind.NONE:
        names.insert(0, "IdentityConfiguration")
    if identity.kind.has_user:
        names.insert(1, "ManagedIdentityConfiguration")
    arguments = [f"name={_py(attachment.name)}", f"resource_id={_py(str(attachment.pool))}"]
    if identity.kind is not IdentityKind.NONE:
        arguments.append(f"identity={_python_identity(identity)}")
    existing = attachment.existing
    description = existing.description if existing else attachment.description
    tags = existing.tags if existing else attachment.tags
    if description:
        arguments.append(f"description={_py(description)}")
    if tags:
        arguments.append(f"tags={dict(tags)!r}")
    body = "".join(f"    {argument},\n" for argument in arguments)
    return (
        "from azure.ai.ml import MLClient\n"
        f"from azure.ai.ml.entities import {', '.join(names)}\n"
        "from azure.identity import DefaultAzureCredential\n\n"
        "client = MLClient(\n"
        "    DefaultAzureCredential(),\n"
        f"    subscription_id={_py(workspace.subscription)},\n"
        f"    resource_group_name={_py(workspace.resource_group)},\n"
        f"    workspace_name={_py(workspace.name)},\n"
        ")\n"
        f"compute = SynapseSparkCompute(\n{body})\n"
        "client.compute.begin_create_or_update(compute).result()\n"
    )


def rest_call(attachment: Attachment) -> str:
    """The HTTP request with its body."""
    body = json.dumps(attachment.document(), indent=2, ensure_ascii=False)
    return (
        f"PUT https://management.azure.com{attachment.id}?api-version={API_VERSION}\n"
        f"Content-Type: application/json\n\n{body}\n"
    )


def pretty_json(document: Mapping[str, Any]) -> str:
    """A document as indented JSON, members in the order that Azure sent."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _spec(name: str, pool: str, description: str, tags: Mapping[str, str], identity: IdentityChoice) -> str:
    lines = [
        "$schema: https://azuremlschemas.azureedge.net/latest/synapsesparkCompute.schema.json",
        f"name: {_scalar(name)}",
        "type: synapsespark",
        f"resource_id: {_scalar(pool)}",
    ]
    if description:
        lines.append(f"description: {_scalar(description)}")
    if tags:
        lines.append("tags:")
        lines += [f"  {_scalar(key)}: {_scalar(value)}" for key, value in tags.items()]
    if identity.kind is not IdentityKind.NONE:
        words = {
            IdentityKind.SYSTEM: "system_assigned",
            IdentityKind.USER: "user_assigned",
            IdentityKind.SYSTEM_AND_USER: '"system_assigned,user_assigned"',
        }
        lines += ["identity:", f"  type: {words[identity.kind]}"]
        if identity.kind.has_user:
            lines.append("  user_assigned_identities:")
            lines += [f"    - resource_id: {_scalar(str(assigned))}" for assigned in identity.user_assigned]
    return "\n".join(lines) + "\n"


def _scalar(value: str) -> str:
    """A YAML scalar: plain where that cannot be misread, else a JSON string, which YAML contains."""
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return json.dumps(value, ensure_ascii=True)


def _py(value: str) -> str:
    return json.dumps(value, ensure_ascii=True)


def _python_identity(identity: IdentityChoice) -> str:
    # azure-ai-ml takes the CLI's snake_case spelling and writes ARM's from it.
    kind = {IdentityKind.SYSTEM: "system_assigned", IdentityKind.USER: "user_assigned"}.get(
        identity.kind, "system_assigned,user_assigned"
    )
    if not identity.kind.has_user:
        return f"IdentityConfiguration(type={_py(kind)})"
    items = "".join(
        f"            ManagedIdentityConfiguration(resource_id={_py(str(assigned))}),\n"
        for assigned in identity.user_assigned
    )
    return (
        "IdentityConfiguration(\n"
        f"        type={_py(kind)},\n"
        f"        user_assigned_identities=[\n{items}        ],\n"
        "    )"
    )


def _az_workspace(workspace: ResourceId) -> str:
    return (
        f"--subscription {workspace.subscription} --resource-group {shlex.quote(workspace.resource_group)} "
        f"--workspace-name {shlex.quote(workspace.name)}"
    )
