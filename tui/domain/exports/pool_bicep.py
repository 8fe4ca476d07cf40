"""A Spark pool in Bicep: every member of its document, as Azure would get it."""

import json
from collections.abc import Mapping
from typing import Any

from tui.domain.constants import SYNAPSE_API_VERSION
from tui.domain.exports.pool_members import SPECIFIED, replaced_characters, unread, unspecified
from tui.domain.exports.quoting import bicep
from tui.domain.exports.steps import PoolRequest
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_id import SPARK_POOL_TYPE

_PLAIN_KEYS = frozenset(
    ("location", "tags", "properties", *SPECIFIED, *(key for keys in SPECIFIED.values() for key in keys))
)
_LARGEST = 2**63
"""Bicep's numbers are integers of 64 bits (its documentation)."""


def spark_pool(request: PoolRequest, name: str, workspace: str) -> str:
    """The resource; `name` is its symbol and `workspace` that of its Synapse workspace."""
    members = [f"  {_key(key)}: {_value(value, '  ')}" for key, value in request.document().items()]
    lines = [
        f"resource {name} '{SPARK_POOL_TYPE}@{SYNAPSE_API_VERSION}' = {{",
        f"  parent: {workspace}",
        f"  name: {bicep(request.id.name)}",
        *members,
        "}",
    ]
    return "\n".join(lines) + "\n"


def remarks(request: PoolRequest) -> tuple[str, ...]:
    """What the reader has to know or to fill in, one sentence each."""
    return (*_undocumented(request), *unread(request))


def notes(request: PoolRequest) -> tuple[str, ...]:
    """The comments above the resource."""
    is_new = isinstance(request, PoolCreation)
    overwrites = "replaces a Spark pool that already has this name" if is_new else "overwrites what others have changed"
    return (f"Deploying it {overwrites}.", *remarks(request), *replaced_characters(request))


def _undocumented(request: PoolRequest) -> tuple[str, ...]:
    odd = unspecified(request.document())
    if not odd:
        return ()
    verb = "is" if len(odd) == 1 else "are"
    return (f"{', '.join(odd)} {verb} not documented for Bicep, which warns about that and still sends it.",)


def _key(key: str) -> str:
    return key if key in _PLAIN_KEYS else bicep(key)


def _value(value: Any, blanks: str) -> str:
    """A JSON value; its inner lines are indented by `blanks` and two more."""
    inner = f"{blanks}  "
    if isinstance(value, Mapping):
        lines = "".join(f"{inner}{_key(key)}: {_value(one, inner)}\n" for key, one in value.items())
        return f"{{\n{lines}{blanks}}}" if lines else "{}"
    if isinstance(value, list):
        lines = "".join(f"{inner}{_value(one, inner)}\n" for one in value)
        return f"[\n{lines}{blanks}]" if lines else "[]"
    if isinstance(value, str):
        return bicep(value)
    is_fraction = isinstance(value, float) or not -_LARGEST <= (value or 0) < _LARGEST
    text = json.dumps(value)
    return f"json({bicep(text)})" if is_fraction else text
