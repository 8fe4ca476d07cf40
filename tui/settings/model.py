"""The table of settings: a frozen dataclass whose every field describes itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tui.domain.clouds import KNOWN, PUBLIC
from tui.domain.constants import (
    AZ_SECONDS,
    CONNECT_SECONDS,
    LIST_COLUMNS,
    OTHER_COLUMNS,
    READ_SECONDS,
    THEME,
)
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.sign_in import SignInMethod
from tui.domain.unusable import Fault, UnusableError, quoted
from tui.logs import LEVELS
from tui.settings import kinds
from tui.settings.context import Context
from tui.settings.definition import UNCHECKED, Checks, Definition, definitions_of, setting

WORKSPACE, SAFETY, OPERATIONS, SIGN_IN = "workspace", "safety", "operations", "sign-in"
TERMINAL, LOG, SANDBOX = "terminal", "log", "sandbox"
GROUPS: Mapping[str, str] = {
    WORKSPACE: "with all three, the list of computes is the first screen",
    SAFETY: "what may be changed",
    OPERATIONS: "long-running operations",
    SIGN_IN: "sign-in method, cloud and network",
    TERMINAL: "appearance and keys",
    LOG: "a file in the state folder, without secrets",
    SANDBOX: "try everything without an Azure account or a network",
}
"""The headings of `--help` and of the template, each with a description."""
EMPTY_WORLD = "empty"
"""The sandbox's world without anything of a size."""
REMOVED: Mapping[str, str] = {"mouse": "sparkpool does not support the mouse"}
"""Removed settings of earlier versions, each with the reason."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: the kind of source, and the flag, variable or file (empty for a default)."""

    source: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.source} {self.where}".rstrip()


DEFAULT = Origin("default")


def _check_locks(table: Mapping[str, Any]) -> tuple[str, ...]:
    faults = [Fault(f"{quoted(key)} is not a key here; the only key is locked", (key,)) for key in table]
    patterns = table.get("locked")
    if "locked" in table:
        faults = [fault for fault in faults if fault.path != ("locked",)]
        if not isinstance(patterns, list):
            raise UnusableError(*faults, Fault("locked is not a list of names and ids", ("locked",)))
        faults += [
            Fault(f"{quoted(pattern)} is not the name of a workspace, or an id that begins with /", path)
            for number, pattern in enumerate(patterns)
            if (path := ("locked", str(number))) and not _is_lock(pattern)
        ]
    if faults:
        raise UnusableError(*faults)
    return tuple(patterns or ())


def _is_lock(pattern: object) -> bool:
    return isinstance(pattern, str) and bool(pattern.strip("/ ")) and ("/" not in pattern or pattern.startswith("/"))


def _theme(checks: Checks) -> kinds.Kind[str]:
    words = "a theme of Textual, such as ansi-dark, nord or textual-light"
    # Checked last, because it imports Textual.
    return kinds.text(words, lambda name: name == THEME or checks.theme(name))


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run.

    Attributes:
        origins: Where each value comes from that is not a default, by the name of its field.
        context: What other tools have stored on this machine.
    """

    subscription: str = setting(
        "",
        kinds.text(),
        "The subscription: its GUID, or its name as az knows it.",
        group=WORKSPACE,
        flags=("--subscription",),
        metavar="SUBSCRIPTION",
        environment=("AZURE_SUBSCRIPTION_ID", "AZURE_DEFAULTS_SUBSCRIPTION", "AZUREML_ARM_SUBSCRIPTION"),
        example='subscription = "00000000-0000-0000-0000-000000000000"',
    )
    resource_group: str = setting(
        "",
        kinds.name(),
        "The resource group.",
        group=WORKSPACE,
        flags=("--resource-group", "-g"),
        metavar="NAME",
        environment=("AZURE_DEFAULTS_GROUP", "AZUREML_ARM_RESOURCEGROUP"),
        example='resource-group = "rg-ml"',
    )
    workspace_name: str = setting(
        "",
        kinds.name(),
        "The Azure ML workspace.",
        group=WORKSPACE,
        flags=("--workspace-name", "-w"),
        metavar="NAME",
        environment=("AZURE_DEFAULTS_WORKSPACE", "AZUREML_ARM_WORKSPACE_NAME"),
        example='workspace-name = "aml-prod"',
    )
    file: str = setting(
        "",
        kinds.text(),
        "Open a spec file (the format of az ml compute attach --file).",
        group=WORKSPACE,
        flags=("--file", "-f"),
        metavar="PATH",
        kept=False,
    )
    read_only: bool = setting(
        False,
        kinds.flag(),
        "Read-only: send no write requests.",
        group=SAFETY,
        flags=("--read-only",),
    )
    locks: tuple[str, ...] = setting(
        (),
        kinds.table('a table such as locked = ["aml-prod"]', _check_locks),
        "Resources that are only changed after you type their names: names of workspaces, or ids of resources, groups "
        "and subscriptions, with the wildcards * and ?. Everything inside a locked resource is locked too.",
        group=SAFETY,
        example="""[locks]
locked = ["aml-prod*", "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-prod"]""",
    )
    auth: str = setting(
        SignInMethod.AUTO.value,
        kinds.choice(*(method.value for method in SignInMethod)),
        "The sign-in method; auto takes the first one that is set up here.",
        group=SIGN_IN,
        flags=("--auth",),
        metavar="METHOD",
    )
    tenant: str = setting(
        "",
        kinds.text("a tenant's GUID or domain", lambda word: re.fullmatch(r"[A-Za-z0-9.-]*", word) is not None),
        "The tenant to sign in to, by GUID or domain; default: the method's own tenant.",
        group=SIGN_IN,
        flags=("--tenant",),
        metavar="TENANT",
        example='tenant = "contoso.onmicrosoft.com"',
    )
    client_id: str = setting(
        "",
        kinds.guid(),
        "The client id of a user-assigned managed identity; default: AZURE_CLIENT_ID, or the machine's own.",
        group=SIGN_IN,
        flags=("--client-id",),
        metavar="GUID",
        example='client-id = "00000000-0000-0000-0000-000000000000"',
    )
    az_timeout: int = setting(
        AZ_SECONDS,
        kinds.whole(1, 600),
        "How many seconds az may take for a token.",
        group=SIGN_IN,
        flags=("--az-timeout",),
        metavar="SECONDS",
    )
    cloud: str = setting(
        PUBLIC.name,
        kinds.text(),
        f"The cloud: {', '.join(cloud.name for cloud in KNOWN)}, or one of the tables [clouds.NAME]; "
        "default: the one that az is set to.",
        group=SIGN_IN,
        flags=("--cloud",),
        metavar="NAME",
        environment=("AZURE_CLOUD_NAME", "AZUREML_CURRENT_CLOUD"),
    )
    ca_file: str = setting(
        "",
        kinds.text(),
        "The only trusted certificates, as a PEM file; default: REQUESTS_CA_BUNDLE, SSL_CERT_FILE, the system's.",
        group=SIGN_IN,
        flags=("--ca-file",),
        metavar="PATH",
        example='ca-file = "/etc/ssl/certs/company.pem"',
    )
    connect_timeout: float = setting(
        CONNECT_SECONDS,
        kinds.number(0.1, 600),
        "How many seconds a connection may take.",
        group=SIGN_IN,
        flags=("--connect-timeout",),
        metavar="SECONDS",
    )
    read_timeout: float = setting(
        READ_SECONDS,
        kinds.number(1, 3600),
        "How many seconds an answer may take.",
        group=SIGN_IN,
        flags=("--read-timeout",),
        metavar="SECONDS",
    )
    clouds: Mapping[str, Any] = setting(
        MappingProxyType({}),
        lambda checks: kinds.table("tables, one for each private cloud", checks.clouds),
        "Private clouds, to be chosen by name with --cloud. The example has all keys; the first two are required.",
        group=SIGN_IN,
        example="""[clouds.Contoso]
authority = "https://login.contoso.example"
resource_manager = "https://management.contoso.example"
scope = "https://management.contoso.example/.default"
synapse_suffix = "dev.synapse.contoso.example"
synapse_scope = "https://dev.synapse.contoso.example/.default"
validates_authority = false""",
    )
    theme: str = setting(
        THEME,
        _theme,
        "A theme of Textual, such as ansi-dark, nord or textual-light.",
        group=TERMINAL,
        flags=("--theme",),
        metavar="NAME",
    )
    accessible: bool = setting(
        False,
        kinds.flag(),
        "Line mode: numbered questions and printed answers instead of the screen, for screen readers.",
        group=TERMINAL,
        flags=("--accessible",),
        environment=("ACCESSIBLE",),
    )
    ascii_only: bool = setting(
        False,
        kinds.flag(),
        "Show only ASCII characters, or always glyphs; default: what the terminal, the locale and tmux allow.",
        group=TERMINAL,
        flags=("--ascii",),
    )
    refresh: int | str = setting(
        kinds.OFF,
        kinds.whole_or_off(10, 3600),
        "Refresh the list of computes at this interval, in seconds, while it is on the screen.",
        group=TERMINAL,
        flags=("--refresh",),
        metavar="SECONDS",
    )
    columns: tuple[str, ...] = setting(
        LIST_COLUMNS,
        kinds.words(*LIST_COLUMNS, *OTHER_COLUMNS),
        "The columns of the list of computes, the most important first; what does not fit is left out from the end. "
        "The name is always there.",
        group=TERMINAL,
        flags=("--columns",),
        metavar="NAMES",
    )
    keys: Mapping[str, str] = setting(
        MappingProxyType({}),
        lambda checks: kinds.table("a table of keys by the ids of their actions", checks.keys),
        "Your own keys, several separated by commas; a key works where the default key of its action works.",
        group=TERMINAL,
        example=lambda checks: checks.key_table(),
    )
    resume: bool = setting(
        False,
        kinds.flag(),
        "Resume interrupted operations of earlier runs at the start, without asking.",
        group=OPERATIONS,
        flags=("--resume",),
    )
    log_level: str = setting(
        "warning",
        kinds.choice(*LEVELS),
        "How much goes into the log.",
        group=LOG,
        flags=("--log-level",),
        metavar="LEVEL",
    )
    sandbox: bool = setting(
        False, kinds.flag(), "Run against a simulated Azure.", group=SANDBOX, flags=("--sandbox",), kept=False
    )
    sandbox_world: str = setting(
        "default",
        kinds.choice("default", EMPTY_WORLD),
        f"What there is at the start; {EMPTY_WORLD} has no computes and no Spark pools.",
        group=SANDBOX,
        flags=("--sandbox-world",),
        metavar="WORLD",
        kept=False,
    )
    sandbox_size: int | None = setting(
        None,
        kinds.whole(1, 100_000),
        "The number of computes in its workspace.",
        group=SANDBOX,
        flags=("--sandbox-size",),
        metavar="N",
        kept=False,
    )
    sandbox_seed: int = setting(
        0,
        kinds.whole(-(10**15), 10**15),
        "The seed of a simulated Azure of a given size.",
        group=SANDBOX,
        flags=("--sandbox-seed",),
        metavar="N",
        kept=False,
    )
    sandbox_speed: float = setting(
        1.0,
        kinds.number(0.01, 10_000),
        "How many times faster its time passes.",
        group=SANDBOX,
        flags=("--sandbox-speed",),
        metavar="X",
        kept=False,
    )
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    context: Context = field(default_factory=Context, compare=False)

    @property
    def workspace(self) -> ResourceId | None:
        """The workspace, if all three parts of its id were given."""
        if self.subscription and self.resource_group and self.workspace_name:
            return ml_workspace_id(self.subscription, self.resource_group, self.workspace_name)
        return None

    @property
    def refresh_seconds(self) -> int | None:
        """How many seconds pass between reads of the list; None for never."""
        return self.refresh if isinstance(self.refresh, int) else None

    def origin(self, name: str) -> Origin:
        """Where the value of a field comes from."""
        return self.origins.get(name, DEFAULT)


def definitions(checks: Checks = UNCHECKED) -> tuple[Definition, ...]:
    """All settings, in the order of `--help` and of the template."""
    return definitions_of(Settings, checks)
