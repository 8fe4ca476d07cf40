"""Which changes of a Spark pool `az synapse spark pool update` makes without losing a member.

Sources: the command's reference and source: it reads the Spark pool, sets what its arguments give, and writes what its
client knows. `az synapse spark pool create` also sends a folder and an empty setting, and needs a number of nodes, so
it never does what a plan does.
"""

from collections.abc import Mapping

from tui.domain.clouds import CloudProfile
from tui.domain.exports.pool_members import (
    CONFIGURATION_TYPE,
    FILE,
    is_specified,
    joined,
    members,
    unread,
)
from tui.domain.exports.quoting import comment, shell
from tui.domain.exports.steps import PoolRequest
from tui.domain.pool_change import PoolChange

_AUTOTUNE = ("properties", "isAutotuneEnabled")
_FILLED = ("autoScale", "autoPause", "dynamicExecutorAllocation")
"""Members that the command would add where they are missing."""


def update_arguments(request: PoolRequest, cloud: CloudProfile) -> tuple[str, ...]:
    """The arguments of the update command; empty where it does not do what the plan does."""
    if not isinstance(request, PoolChange) or _why_not(request, cloud):
        return ()
    edit, arguments = request.edit, []
    if edit.nodes is not None:
        arguments.append(f"--node-count {edit.nodes}")
    if (scale := edit.autoscale) is not None:
        limits = f" --min-node-count {scale.minimum} --max-node-count {scale.maximum}" if scale.enabled else ""
        arguments.append(f"--enable-auto-scale {_flag(is_on=scale.enabled)}{limits}")
    if (pause := edit.auto_pause) is not None:
        delay = f" --delay {pause.delay}" if pause.enabled else ""
        arguments.append(f"--enable-auto-pause {_flag(is_on=pause.enabled)}{delay}")
    return tuple(arguments)


def pool_notes(request: PoolRequest, cloud: CloudProfile) -> tuple[str, ...]:
    """Comments on what the commands do, one sentence each; every name in them is quoted for a shell."""
    if not isinstance(request, PoolChange):
        why = "az synapse spark pool create adds members that are not part of the plan"
        return (f"{why}, so az rest sends the whole document.", *unread(request))
    why = _why_not(request, cloud)
    if not why:
        return ()
    return (
        f"az synapse spark pool update {why}, so az rest sends the whole document.",
        "this overwrites whatever others have changed since it was read.",
        *unread(request),
    )


def _why_not(change: PoolChange, cloud: CloudProfile) -> str:
    """Why the update command does not do what the plan does, as the rest of a sentence; empty if it does."""
    edit, document = change.edit, change.document()
    properties = document.get("properties")
    if edit.version is not None:
        return "does not set the Spark version"
    if edit.tags:
        return "cannot remove the last tag"
    if not cloud.is_public:
        # It uses a preview API version, which was missing there (azure-cli issue 21462).
        return "may not work in this cloud"
    lost = joined(path for path, value in members(document) if not _is_kept(path, value))
    if lost:
        return f"would drop {', '.join(shell(comment(one)) for one in lost)}"
    if not isinstance(properties, Mapping) or not all(isinstance(properties.get(one), Mapping) for one in _FILLED):
        return "would add members"
    return ""


def _is_kept(path: tuple[str, ...], value: object) -> bool:
    """Whether the command's client, azure-mgmt-synapse 2.1.0b5 or older, sends a member back as it was."""
    if path == CONFIGURATION_TYPE:
        return value == FILE  # an older client drops it (recorded)
    if path == _AUTOTUNE:
        return value is False
    return is_specified(path) and (path[0] != "tags" or isinstance(value, str))


def _flag(*, is_on: bool) -> str:
    return "true" if is_on else "false"
