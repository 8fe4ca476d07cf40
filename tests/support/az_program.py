"""A stand-in for `az` that runs exported scripts: it accepts the documented arguments and calls the simulated Azure.

The real `az` takes half a second to start and is not a dependency, so it runs the exports only in `tests/clients`.
"""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

import yaml

from tests.support.az_reference import Command, Usage, parse
from tests.support.patience import PATIENCE_SECONDS
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.http import Request, Response

ARM = "https://management.azure.com"
ML_VERSION, ROLES_VERSION, IDENTITIES_VERSION = "2023-04-01", "2020-12-01", "2025-05-31-preview"
POOLS_VERSION = "2021-06-01-preview"
"""That of its client for Spark pools (recorded)."""

POOL_MEMBERS = frozenset(
    (
        *("sparkVersion", "nodeCount", "nodeSize", "nodeSizeFamily", "autoScale", "autoPause", "cacheSize"),
        *("isComputeIsolationEnabled", "sessionLevelPackagesEnabled", "dynamicExecutorAllocation"),
        *("libraryRequirements", "customLibraries", "sparkConfigProperties"),
        *("sparkEventsFolder", "defaultSparkLogFolder", "provisioningState"),
    )
)
"""What `az` knows of a Spark pool (azure-mgmt-synapse 2.1.0b5)."""


class Refused(Exception):
    """The command failed; carries what `az` would write to its error output."""


_CLIENT = """#!{python} -ISB
import sys, _socket
words = "\\0".join(sys.argv[1:]).encode("utf-8", "surrogateescape")
line = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
line.settimeout({seconds})
line.connect(("127.0.0.1", {port}))
line.sendall(words)
line.shutdown(_socket.SHUT_WR)
answer = b""
while part := line.recv(65536):
    answer += part
status, out, error = answer.split(b"\\0")
sys.stdout.buffer.write(out)
sys.stderr.buffer.write(error)
sys.exit(int(status))
"""


_NOTING = """#!/bin/sh
number=0
while [ -e "{folder}/$number" ]; do number=$((number + 1)); done
printf '%s\\0' "$@" > "{folder}/$number"
for word; do
  case $before in
    --file) cat "$word" > "{folder}/$number.file" ;;
    --body) cat "${{word#@}}" > "{folder}/$number.file" ;;
    --query) echo 00000000-0000-4000-8000-00000000000a ;;
    --method) method=$word ;;
    --url)
      case $method$word in
        {missing})
          echo "Not Found(ResourceNotFound)" >&2
          exit 1
          ;;
      esac
      ;;
  esac
  before=$word
done
case "$1 $2 $*" in
  "identity show "*--query*) ;;
  "identity show "*)
    echo "(ResourceNotFound) The Resource was not found." >&2
    exit 1
    ;;
esac
"""


class AzProgram:
    """The stand-in on a PATH of its own, connected to a simulated Azure.

    Args:
        folder: An empty folder.
        box: The simulated Azure; None to only record the commands, which then succeed.
        missing: Parts of the addresses at which a read then finds nothing; the command `identity show` finds one only
            to grant a role.

    Attributes:
        commands: The parsed commands, in the order in which they ran.
        files: The contents of the files that they name, in the same order; empty for a command that names none.
        mistakes: Why arguments were not a documented command.
    """

    def __init__(self, folder: Path, box: Sandbox | None = None, *missing: str) -> None:
        self.commands: list[Command] = []
        self.files: list[str] = []
        self.mistakes: list[str] = []
        self._box = box
        self._folder = folder
        self._line = socket.create_server(("127.0.0.1", 0)) if box is not None else None
        self._thread = threading.Thread(target=self._serve)
        self._notes = folder / "notes"
        self._notes.mkdir()
        self._bin = folder / "bin"
        self._bin.mkdir()
        self.home = folder / "home"
        self.home.mkdir()
        if self._line is not None:
            self._write(
                "az",
                _CLIENT.format(python=sys.executable, port=self._line.getsockname()[1], seconds=PATIENCE_SECONDS / 2),
            )
        else:
            parts = " | ".join(f'get*"{part}"*' for part in ("/missing/", *missing))
            self._write("az", _NOTING.format(folder=self._notes, missing=parts))
        # The script waits for Azure with `sleep`; the simulated Azure has a clock of its own.
        self._write("sleep", "#!/bin/sh\n")

    def run(self, text: str, shell: str = "sh") -> "subprocess.CompletedProcess[str]":
        """Run a text as a shell script, in a folder of its own."""
        file = self._folder / "text.sh"
        file.write_text(text, "utf-8")
        return subprocess.run(
            [shell, str(file)],
            cwd=self.home,
            env={
                "PATH": f"{self._bin}{os.pathsep}/usr/bin{os.pathsep}/bin",
                "TMPDIR": str(self._folder),
                "LC_ALL": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def __enter__(self) -> Self:
        if self._line is not None:
            self._thread.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._line is None:
            for note in sorted(self._notes.glob("*[0-9]"), key=lambda path: int(path.name)):
                file = note.with_name(f"{note.name}.file")
                self._understand(_words(note.read_bytes()[:-1]), file.read_text("utf-8") if file.exists() else "")
            return
        with socket.create_connection(self._line.getsockname()):
            pass
        self._thread.join(PATIENCE_SECONDS)
        self._line.close()

    def _write(self, name: str, text: str) -> None:
        (self._bin / name).write_text(text)
        (self._bin / name).chmod(0o755)

    def _serve(self) -> None:
        assert self._line is not None
        while True:
            line, _ = self._line.accept()
            with line:
                line.settimeout(PATIENCE_SECONDS)
                words = b""
                while part := line.recv(65_536):
                    words += part
                if not words:
                    return
                status, out, error = self._answer(_words(words))
                line.sendall(f"{status}\0{out}\0{error}".encode("utf-8", "replace"))

    def _answer(self, words: list[str]) -> tuple[int, str, str]:
        assert self._box is not None
        command = self._understand(words)
        if command is None:
            return 2, "", f"ERROR: {self.mistakes[-1]}\n"
        named = command.get("--file") or command.get("--body").removeprefix("@")
        self.files[-1] = Path(named).read_text("utf-8") if named else ""
        try:
            return 0, _Doing(self._box, command, self.files[-1]).done(), ""
        except Refused as refused:
            return 1, "", f"ERROR: {refused}\n"

    def _understand(self, words: list[str], file: str = "") -> Command | None:
        try:
            command = parse(words)
        except Usage as mistake:
            self.mistakes.append(str(mistake))
            return None
        self.commands.append(command)
        self.files.append(file)
        return command


def _words(line: bytes) -> list[str]:
    return line.decode("utf-8", "surrogateescape").split("\0")


class _Doing:
    """Executes one command as `az` does."""

    def __init__(self, box: Sandbox, command: Command, file: str) -> None:
        assert isinstance(box.clock, VirtualClock)
        self._box = box
        self._clock = box.clock
        self._command = command
        self._file = file

    def done(self) -> str:
        return str(getattr(self, f"_{self._command.name.replace(' ', '_')}")() or "")

    def _ml_compute_attach(self) -> None:
        told = yaml.safe_load(self._file)
        properties = {"computeType": "SynapseSpark", "resourceId": told["resource_id"]}
        if "description" in told:
            properties["description"] = told["description"]
        workspace = self._json("GET", f"{ARM}{self._workspace}?api-version={ML_VERSION}")
        document = {"location": workspace["location"], "properties": properties}
        if "tags" in told:
            document["tags"] = told["tags"]
        if "identity" in told:
            kind = told["identity"]["type"]
            kinds = ("".join(word.title() for word in part.split("_")) for part in kind.split(","))
            document["identity"] = {"type": ",".join(kinds)}
            assigned = told["identity"].get("user_assigned_identities")
            if assigned:
                document["identity"]["userAssignedIdentities"] = {one["resource_id"]: {} for one in assigned}
        self._put(f"{self._workspace}/computes/{_segment(told['name'])}", document)

    def _ml_compute_update(self) -> None:
        """Read, change and write; members that azure-ai-ml does not know are lost (recorded)."""
        found = self._json("GET", self._url(self._compute))
        kept = {key: found["properties"].get(key) for key in ("computeType", "resourceId", "description")}
        document = {
            "location": found["location"],
            "properties": {key: value for key, value in kept.items() if value},
            "identity": {"type": self._command["--identity-type"]},
        }
        if found.get("tags"):
            document["tags"] = found["tags"]
        assigned = self._command.get("--user-assigned-identities")
        if assigned:
            document["identity"]["userAssignedIdentities"] = {one: {} for one in assigned.split(",")}
        self._put(self._compute, document)

    def _ml_compute_detach(self) -> None:
        if "--yes" not in self._command.options:
            raise Refused("EOF when reading a line")
        self._finish(self._asked("DELETE", f"{self._url(self._compute)}&underlyingResourceAction=Detach"))

    def _ml_compute_show(self) -> str:
        assert self._command["--query"] == "identity.principal_id"
        identity = self._json("GET", self._url(self._compute)).get("identity") or {}
        return _line(identity.get("principalId"))

    def _identity_show(self) -> str:
        found = self._json("GET", self._identity)
        assert self._command.get("--query") == ("principalId" if self._command.get("--ids") else "")
        return _line(found["properties"].get("principalId")) if self._command.get("--query") else ""

    def _identity_create(self) -> None:
        """Send the region and the tags, which the shorthand syntax splits at the first `=` (its source)."""
        pairs = self._command.options.get("--tags", ())
        assert all(re.fullmatch(r"[\w-]+=(?!null$)[^'{\[].*", pair, re.ASCII) for pair in pairs), pairs
        tags = dict(pair.split("=", 1) for pair in pairs)
        document = {"location": self._command["--location"], **({"tags": tags} if tags else {})}
        self._asked("PUT", self._identity, json.dumps(document).encode())

    def _rest(self) -> None:
        assert self._command["--url"][0] == "/"
        self._asked(self._command["--method"].upper(), f"{ARM}{self._command['--url']}", self._file.encode())

    def _synapse_spark_pool_update(self) -> None:
        """Read, set what the arguments give, and write; what its client does not know is lost (its source)."""
        command = self._command
        pool = f"{self._workspace_of('Microsoft.Synapse')}/bigDataPools/{_segment(command['--name'])}"
        url = f"{ARM}{pool}?api-version={POOLS_VERSION}"
        found = self._json("GET", url)
        properties = {key: value for key, value in found["properties"].items() if key in POOL_MEMBERS}
        scale, pause = (properties.setdefault(one, {}) for one in ("autoScale", "autoPause"))
        for option, target, member in (
            ("--node-count", properties, "nodeCount"),
            ("--min-node-count", scale, "minNodeCount"),
            ("--max-node-count", scale, "maxNodeCount"),
            ("--delay", pause, "delayInMinutes"),
        ):
            if command.get(option):
                target[member] = int(command[option])
        for option, target in (("--enable-auto-scale", scale), ("--enable-auto-pause", pause)):
            if command.get(option):
                target["enabled"] = command[option] == "true"
        document = {"location": found["location"], "tags": found.get("tags"), "properties": properties}
        self._finish(self._asked("PUT", f"{url}&force=false", json.dumps(document).encode()))

    def _resource_wait(self) -> None:
        url = f"{ARM}{self._command['--ids']}?api-version={self._command['--api-version']}"
        assert "--updated" in self._command.options
        while (state := self._json("GET", url)["properties"]["provisioningState"]) != "Succeeded":
            if state in ("Failed", "Canceled"):
                raise Refused("The operation failed.")
            self._clock.advance(10)

    def _synapse_role_assignment_create(self) -> None:
        if not self._command.get("--assignee-object-id"):
            raise Refused("usage error: --assignee STRING | --assignee-object-id GUID")
        body = {
            "roleId": self._command["--role"],
            "principalId": self._command["--assignee-object-id"],
            "scope": self._command.get("--scope") or f"workspaces/{self._command['--workspace-name']}",
        }
        assignment = self._command.get("--assignment-id") or str(uuid4())
        self._asked("PUT", self._role(assignment), json.dumps(body).encode())

    def _synapse_role_assignment_delete(self) -> None:
        """List all assignments first, and refuse an id that is not among them (its source)."""
        assert "--yes" in self._command.options
        listed = self._json("GET", self._role("")).get("value", [])
        for assignment in self._command.options["--ids"]:
            if assignment not in {one["id"] for one in listed}:
                raise Refused(f"role assignment id:'{assignment}' doesn't exist.")
            self._asked("DELETE", self._role(assignment))

    def _cloud_set(self) -> None:
        pass

    @property
    def _workspace(self) -> str:
        return self._workspace_of("Microsoft.MachineLearningServices")

    def _workspace_of(self, provider: str) -> str:
        command = self._command
        return (
            f"/subscriptions/{command['--subscription']}/resourceGroups/{_segment(command['--resource-group'])}"
            f"/providers/{provider}/workspaces/{_segment(command['--workspace-name'])}"
        )

    @property
    def _identity(self) -> str:
        command = self._command
        group = (
            f"/subscriptions/{command.get('--subscription')}/resourceGroups/{_segment(command.get('--resource-group'))}"
        )
        own = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{_segment(command.get('--name'))}"
        return f"{ARM}{command.get('--ids') or own}?api-version={IDENTITIES_VERSION}"

    @property
    def _compute(self) -> str:
        return f"{self._workspace}/computes/{_segment(self._command['--name'])}"

    def _role(self, assignment: str) -> str:
        place = f"https://{self._command['--workspace-name']}.dev.azuresynapse.net/roleAssignments"
        return f"{place}{f'/{assignment}' if assignment else ''}?api-version={ROLES_VERSION}"

    def _url(self, target: str) -> str:
        return f"{ARM}{target}?api-version={ML_VERSION}"

    def _put(self, target: str, document: Mapping[str, Any]) -> None:
        self._finish(self._asked("PUT", self._url(target), json.dumps(document).encode()))

    def _finish(self, response: Response) -> None:
        """Follow a long-running operation to its end."""
        url = next((value for key, value in response.headers.items() if key.lower() == "azure-asyncoperation"), None)
        while url is not None:
            answer = self._json("GET", url)
            if answer["status"] == "Succeeded":
                return
            if answer["status"] in ("Failed", "Canceled"):
                raise Refused(f"({answer['error']['code']}) {answer['error']['message']}")
            self._clock.advance(10)

    def _json(self, method: str, url: str) -> Any:
        return json.loads(self._asked(method, url).body)

    def _asked(self, method: str, url: str, body: bytes = b"") -> Response:
        headers = {"Authorization": "Bearer any", "Content-Type": "application/json"}
        response = asyncio.run(self._box.handle(Request(method, url, headers, body)))
        if response.status >= 400:
            if not response.body:
                # azure-core's message for a response without a body, such as that for a missing compute (recorded).
                raise Refused(f"Operation returned an invalid status '{HTTPStatus(response.status).phrase}'")
            error = json.loads(response.body)["error"]
            raise Refused(f"({error['code']}) {error['message']}")
        return response


def _line(text: str | None) -> str:
    return f"{text}\n" if text else ""


def _segment(text: str) -> str:
    return quote(text, safe="")
