"""Verbs run in this process against a simulated Azure: their exit status, output and words."""

import io
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import tui.headless
from tests.support.jitter import even
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.domain.clouds import PUBLIC
from tui.domain.guard import Guard
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.headless.reading import Reading
from tui.headless.run import run_verb
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Rule
from tui.sandbox.names import spark_pool_id
from tui.sandbox.seed import make_world
from tui.sandbox.transport import SandboxCredential, SandboxTransport
from tui.sandbox.world import World
from tui.setting_checks import WITHOUT_SCREEN
from tui.settings import read_command_line

Document = dict[str, Any]

SCHEMAS = Path(tui.headless.__file__).parent / "schemas"


@dataclass(frozen=True)
class Done:
    """What a verb has left behind.

    Attributes:
        status: Its exit status.
        out: Its standard output.
        err: Its standard error.
    """

    status: int
    out: str
    err: str

    @property
    def document(self) -> Document:
        """Standard output as one JSON document."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document

    @property
    def lines(self) -> list[Document]:
        """Standard output as lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def failure(self) -> Document:
        """The last line of standard error as JSON."""
        document = json.loads(self.err.splitlines()[-1])
        assert isinstance(document, dict)
        return document


class _Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@dataclass
class Shell:
    """Runs verbs, one after the other, against one simulated Azure on virtual time.

    Attributes:
        box: The simulated Azure.
        workspace: The workspace of the verbs; None if none is known.
        journal: Opens the record of operations.
        columns: The width of the terminal; None if standard output is not one.
        guard: Read-only mode and locks.
    """

    box: Sandbox = field(default_factory=lambda: Sandbox(make_world(), VirtualClock()))
    journal: Callable[[], Journal] = Journal
    columns: int | None = None
    why_unknown: str = ""
    knows_workspace: bool = True
    guard: Guard = field(default_factory=Guard)

    @property
    def workspace(self) -> ResourceId | None:
        """The workspace of the default world, if it is known."""
        default = self.box.world.default
        own = ml_workspace_id(default.subscription_id, default.resource_group, default.workspace)
        return own if self.knows_workspace else None

    def fault(self, *rules: Rule) -> None:
        """Have Azure respond with faults from now on."""
        for rule in rules:
            self.box.faults.add(rule)

    def reading(self) -> Reading:
        """What a verb reads with; its operations are not started yet."""
        operations = Operations(self._connect, self.box.clock, self.journal, self.guard)
        return Reading(operations, PUBLIC, self.workspace, self.why_unknown, guard=self.guard)

    def run(self, *words: str) -> Done:
        """Run one verb from its command line to its exit status."""
        out: io.StringIO = io.StringIO() if self.columns is None else _Terminal()
        err = io.StringIO()
        columns = {} if self.columns is None else {"COLUMNS": str(self.columns)}
        with redirect_stdout(out), redirect_stderr(err), patch.dict("os.environ", columns):
            said = read_command_line(words, WITHOUT_SCREEN)
            status = run_verb(said, self.reading())
        return Done(status, out.getvalue(), err.getvalue())

    def _connect(self) -> AzureCloud:
        transport = SandboxTransport(self.box)
        return AzureCloud(SandboxCredential(), transport=transport, caller=ANA, jitter=even)


@cache
def _registry(*, is_partial: bool) -> Registry[Any]:
    files = {path.name: strict(json.loads(path.read_text())) for path in SCHEMAS.glob("*.json")}
    if is_partial:
        files = {name: _without_required(file) for name, file in files.items()}
    return Registry().with_resources((name, Resource.from_contents(file)) for name, file in files.items())


def _without_required(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_required(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {name: _without_required(one) for name, one in schema.items() if name != "required"}


def faults_of(document: Document, *, is_partial: bool = False) -> list[str]:
    """Where a document differs from its schema, member by member; a member that the schema lacks counts too.

    With `is_partial`, members may be missing, as with `--fields`.
    """
    name = str(document["schema"]).removeprefix("sparkpool.").partition("/")[0]
    registry = _registry(is_partial=is_partial)
    schema = registry.contents(f"{name}.json")
    validator = Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in validator.iter_errors(document)]


def spec_of(world: World, name: str = "adhoc", pool: str = "adhocpool", more: str = "") -> str:
    """A spec file for a Spark pool of the Synapse workspace syn-prod, with a system-assigned identity."""
    pool_id = spark_pool_id(world.default.subscription_id, "rg-data", "syn-prod", pool)
    head = f"name: {name}\ntype: synapsespark\nresource_id: {pool_id}\n"
    return f"{head}identity:\n  type: system_assigned\n{more}"


def strict(schema: Any) -> Any:
    """A schema that allows no members but its own; those in the package allow more, for later versions."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    # What several parts describe together is closed where these are combined.
    made = {name: one if name == "allOf" else strict(one) for name, one in schema.items()}
    is_file, is_part = "$id" in made, made.get("$id") == "compute.json"
    if "$ref" in made or (is_file and not is_part):
        made["unevaluatedProperties"] = False
    elif isinstance(made.get("properties"), dict) and "required" in made and not is_part:
        made["additionalProperties"] = False
    return made


def interpreter(*words: str) -> list[str]:
    """The command that runs the real program in a process of its own."""
    return [sys.executable, "-m", "tui", *words]
