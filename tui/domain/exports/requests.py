"""A message that asks a Synapse Administrator for missing roles."""

from tui.domain.exports.az import role_command
from tui.domain.exports.quoting import comment
from tui.domain.role_change import Grant


def ask_for_grants(grants: tuple[Grant, ...]) -> str:
    """A message that says what to grant, to whom, where, and how; at least one grant."""
    workspace = comment(grants[0].scope.workspace)
    lines = ["Please grant, so that Azure ML jobs can run on this Spark pool:"]
    lines += [
        f"- {comment(grant.text)} to {comment(grant.principal.name)} (object id {comment(grant.principal.object_id)})"
        for grant in grants
    ]
    lines += [
        "",
        f"You need to be Synapse Administrator of {workspace}; Azure roles such as Owner do not include that.",
        "In Synapse Studio: Manage, Access control, Add, Workspace item, Apache Spark pool. Or run:",
        "",
        *(role_command(grant) for grant in grants),
    ]
    return "\n".join(lines)
