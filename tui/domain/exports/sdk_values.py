"""Values in exported Python: documents, and the arguments of Azure's clients."""

from collections.abc import Mapping
from typing import Any

from tui.domain.clouds import CloudProfile
from tui.domain.exports.quoting import python


def literal(value: Any, blanks: str) -> str:
    """A JSON value as Python; its inner lines are indented by `blanks` and four more."""
    if isinstance(value, Mapping) and value:
        inner = (f"{blanks}    {python(key)}: {literal(one, f'{blanks}    ')},\n" for key, one in value.items())
        return f"{{\n{''.join(inner)}{blanks}}}"
    if isinstance(value, list) and value:
        items = (f"{blanks}    {literal(one, f'{blanks}    ')},\n" for one in value)
        return f"[\n{''.join(items)}{blanks}]"
    return repr(dict(value) if isinstance(value, Mapping) else value)


def managing(subscription: str, cloud: CloudProfile) -> str:
    """The arguments of a client of Resource Manager."""
    arguments = [credential(cloud), python(subscription)]
    if not cloud.is_public:
        arguments += [f"base_url={python(cloud.resource_manager)}", f"credential_scopes=[{python(cloud.scope)}]"]
    return ", ".join(arguments)


def credential(cloud: CloudProfile) -> str:
    """The credential."""
    if cloud.is_public:
        return "DefaultAzureCredential()"
    return f"DefaultAzureCredential(authority={python(cloud.authority)})"
