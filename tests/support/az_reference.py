"""The documented commands of `az` that exports use, and a parser of their arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

ONE, FLAG, SEVERAL = "one value", "no value", "one value or more"

GLOBAL = {
    "--subscription": ONE,
    "--output": ONE,
    "--query": ONE,
    "--debug": FLAG,
    "--verbose": FLAG,
    "--only-show-errors": FLAG,
}
_IN_WORKSPACE = {"--resource-group": ONE, "--workspace-name": ONE}
_OF_SCOPE = {"--item": ONE, "--item-type": ONE, "--scope": ONE}
_ASSIGNEE = {"--assignee": ONE, "--assignee-object-id": ONE}


class Reference(NamedTuple):
    """The documented options of one command.

    Attributes:
        options: Its options, and how many values each takes.
        required: Its required options.
    """

    options: Mapping[str, str]
    required: frozenset[str] = frozenset()


_WORKSPACE = frozenset(_IN_WORKSPACE)
REFERENCE = {
    # Sources: learn.microsoft.com/cli/azure/ml/compute, …/synapse/role/assignment, …/synapse/spark/pool, …/identity,
    # …/role/assignment, …/resource, …/cloud, …/reference-index for `az rest`.
    "ml compute attach": Reference(
        {
            **_IN_WORKSPACE,
            **dict.fromkeys(
                (
                    *("--admin-password", "--admin-username", "--file", "--identity-type", "--name", "--namespace"),
                    *("--resource-id", "--ssh-port", "--ssh-private-key-file", "--type", "--user-assigned-identities"),
                ),
                ONE,
            ),
            "--no-wait": FLAG,
        },
        _WORKSPACE,
    ),
    "ml compute update": Reference(
        {
            **_IN_WORKSPACE,
            **dict.fromkeys(("--name", "--identity-type", "--user-assigned-identities"), ONE),
            **dict.fromkeys(("--idle-time-before-scale-down", "--max-instances", "--min-instances"), ONE),
            **dict.fromkeys(("--add", "--remove", "--set", "--tags"), SEVERAL),
            **dict.fromkeys(("--force-string", "--no-wait"), FLAG),
        },
        _WORKSPACE | {"--name"},
    ),
    "ml compute detach": Reference(
        {**_IN_WORKSPACE, "--name": ONE, "--no-wait": FLAG, "--yes": FLAG}, _WORKSPACE | {"--name"}
    ),
    "ml compute show": Reference({**_IN_WORKSPACE, "--name": ONE}, _WORKSPACE | {"--name"}),
    "synapse role assignment create": Reference(
        {
            **_ASSIGNEE,
            **_OF_SCOPE,
            **dict.fromkeys(("--role", "--workspace-name", "--assignee-principal-type", "--assignment-id"), ONE),
        },
        frozenset({"--role", "--workspace-name"}),
    ),
    "synapse role assignment delete": Reference(
        {**_ASSIGNEE, **_OF_SCOPE, "--workspace-name": ONE, "--role": ONE, "--ids": SEVERAL, "--yes": FLAG},
        frozenset({"--workspace-name"}),
    ),
    "synapse spark pool update": Reference(
        {
            **_IN_WORKSPACE,
            **dict.fromkeys(
                (
                    *("--name", "--node-count", "--node-size", "--node-size-family", "--enable-auto-scale"),
                    *("--min-node-count", "--max-node-count", "--enable-auto-pause", "--delay", "--force"),
                    *("--enable-dynamic-exec", "--min-executors", "--max-executors", "--library-requirements"),
                    *("--spark-config-file-path", "--package-action"),
                ),
                ONE,
            ),
            **dict.fromkeys(("--package", "--tags"), SEVERAL),
            "--no-wait": FLAG,
        },
        _WORKSPACE | {"--name"},
    ),
    "identity show": Reference({"--ids": SEVERAL, "--name": ONE, "--resource-group": ONE}),
    "identity create": Reference(
        {
            **dict.fromkeys(("--name", "--resource-group", "--location", "--isolation-scope"), ONE),
            **dict.fromkeys(("--tags", "--resource-restriction"), SEVERAL),
        },
        frozenset({"--name", "--resource-group"}),
    ),
    "role assignment create": Reference(
        {
            **_ASSIGNEE,
            **dict.fromkeys(("--role", "--scope", "--name", "--assignee-principal-type", "--description"), ONE),
            **dict.fromkeys(("--condition", "--condition-version"), ONE),
        },
        frozenset({"--role", "--scope"}),
    ),
    "rest": Reference(
        {
            **dict.fromkeys(("--method", "--url", "--uri", "--body", "--resource", "--output-file"), ONE),
            **dict.fromkeys(("--headers", "--uri-parameters", "--url-parameters"), SEVERAL),
            "--skip-authorization-header": FLAG,
        },
        frozenset({"--url"}),
    ),
    "resource wait": Reference(
        {
            "--ids": SEVERAL,
            **dict.fromkeys(("--api-version", "--custom", "--interval", "--timeout"), ONE),
            **dict.fromkeys(("--created", "--deleted", "--exists", "--updated"), FLAG),
        }
    ),
    "cloud set": Reference({"--name": ONE, "--profile": ONE}, frozenset({"--name"})),
}
CHOICES = {
    "--identity-type": ("SystemAssigned", "UserAssigned"),
    "--assignee-principal-type": ("Group", "ServicePrincipal", "User"),
    **dict.fromkeys(("--enable-auto-scale", "--enable-auto-pause"), ("false", "true")),
    "--method": ("delete", "get", "head", "options", "patch", "post", "put"),
    "--output": ("json", "jsonc", "none", "table", "tsv", "yaml", "yamlc"),
}


class Usage(Exception):
    """The arguments do not form a documented command."""


@dataclass(frozen=True)
class Command:
    """A parsed command.

    Attributes:
        name: Its words without options.
        options: The values of its options.
    """

    name: str
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, option: str) -> str:
        return self.options[option][0]

    def get(self, option: str) -> str:
        return self.options.get(option, ("",))[0]


def parse(words: Sequence[str]) -> Command:
    """Parse the arguments of `az` as strictly as argparse.

    Raises:
        Usage: If the command or an option is not documented, or an option has too few or too many values.
    """
    name = next((one for one in REFERENCE if list(words[: one.count(" ") + 1]) == one.split()), None)
    if name is None:
        raise Usage(f"no command begins with {words!r}")
    reference = REFERENCE[name]
    known = {**GLOBAL, **reference.options}
    options: dict[str, tuple[str, ...]] = {}
    rest = list(words[name.count(" ") + 1 :])
    while rest:
        option, joint, value = rest.pop(0).partition("=")
        if option not in known:
            raise Usage(f"unrecognized arguments: {option}")
        values = [value] if joint else []
        while not joint and rest and not rest[0].startswith("-"):
            values.append(rest.pop(0))
        counts = {ONE: len(values) == 1, FLAG: not values, SEVERAL: bool(values)}
        if not counts[known[option]]:
            raise Usage(f"{option} takes {known[option]}, not {values}")
        if option in CHOICES and values[0] not in CHOICES[option]:
            raise Usage(f"{option} does not take {values[0]}")
        options[option] = tuple(values)
    missing = reference.required - options.keys()
    if missing:
        raise Usage(f"the following arguments are required: {', '.join(sorted(missing))}")
    return Command(name, options)
