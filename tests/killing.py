"""Programs that are killed with SIGKILL at every boundary of an operation, against a sandbox that outlives them.

`python -m tests.killing --seeds N` kills at every boundary of every kind of operation, in N worlds, and reports
what was lost; the quick tests run a few of them. Each program is a separate process with the real worker layer, the
real SDK clients over TLS and the journal on disk; only the waits between polls are shortened.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential

from tests.support.patience import PATIENCE_SECONDS
from tests.support.served import Served
from tui.cloud.azure import AzureCloud
from tui.cloud.profile import profile_from
from tui.domain.attachment import Attachment
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.operation import Failed, Operation, Succeeded
from tui.domain.plan import Detachment, Plan, Request
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.roles import ADMINISTRATOR
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.program.setup import WallClock
from tui.sandbox.names import spark_pool_id

T = TypeVar("T")

KINDS = ("attach", "chain", "detach", "change-pool", "create-pool", "create-identity")
SPEED = 200.0
_FORK = multiprocessing.get_context("fork")


class _Hurried(AioHttpTransport):  # type: ignore[misc]
    """A network transport with shortened waits."""

    async def sleep(self, duration: float) -> None:
        await asyncio.sleep(duration / SPEED)


class _HurriedClock(WallClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


class _Fatal(Journal):
    """A journal that kills its program just before or just after it stores one of its records."""

    def __init__(self, folder: Path, at: int, *, kept: bool) -> None:
        super().__init__(folder)
        self._left = at
        self._kept = kept

    def record(self, operation: Operation) -> None:
        self._left -= 1
        if self._left == -1 and not self._kept:
            os.kill(os.getpid(), signal.SIGKILL)
        super().record(operation)
        if self._left == -1:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Trial:
    """One operation, killed once and resumed by the next program.

    Attributes:
        kind: The kind of operation.
        boundary: The record at which it is killed.
        kept: Whether that record is stored.
        was_killed: Whether it was killed; False if it ended before.
        ended_well: Whether the operation then succeeded.
        writes: The writes of its resource and of roles that reached Azure, accepted or refused.
    """

    kind: str
    boundary: int
    kept: bool
    was_killed: bool
    ended_well: bool
    writes: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether the operation succeeded and each intent was written exactly once."""
        wanted = {"chain": ("PUT", "PUT role"), "detach": ("DELETE",)}.get(self.kind, ("PUT",))
        return self.ended_well and self.writes == wanted


def trials(served: Served, requests: Path, folder: Path, kind: str, boundaries: Iterator[int]) -> Iterator[Trial]:
    """Kill one kind of operation at these boundaries, until it ends before one of them.

    Args:
        served: A sandbox that logs its requests.
        requests: The file of this log.
        folder: The folder for the state folders of the programs.
        kind: One of `KINDS`.
        boundaries: The records at which to kill, counted from 0.
    """
    for boundary in boundaries:
        for kept in (False, True):
            name = f"{kind}-{boundary}-{'after' if kept else 'before'}"
            state = folder / name
            if kind == "detach":
                _in_process(_begin, served.told, state / "first", "attach", name, -1, True)
            seen = len(requests.read_text().splitlines())
            status = _in_process(_begin, served.told, state, kind, name, boundary, kept)
            killed = status == -signal.SIGKILL
            ended_well = status == 0
            if killed:
                ended_well = _in_process(_resume, served.told, state) == 0
            lines = requests.read_text().splitlines()[seen:]
            yield Trial(kind, boundary, kept, killed, ended_well, tuple(_writes(map(json.loads, lines))))
            if not killed:
                return


_RESOURCES = ("/computes/", "/bigDataPools/", "/userAssignedIdentities/")


def _writes(noted: Iterator[dict[str, Any]]) -> Iterator[str]:
    for one in noted:
        if one["method"] in ("PUT", "DELETE") and any(part in one["url"] for part in _RESOURCES):
            yield str(one["method"])
        elif one["method"] in ("PUT", "DELETE") and "/roleAssignments/" in one["url"]:
            yield f"{one['method']} role"


def _in_process(work: Any, *arguments: Any) -> int:
    """Run a function in its own process, forked before any thread exists; return the exit status."""
    process = _FORK.Process(target=work, args=arguments)
    process.start()
    process.join(PATIENCE_SECONDS)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"{work.__name__}{arguments[1:]} never ended")
    return process.exitcode


def _connect(told: dict[str, str]) -> AzureCloud:
    credential = ClientSecretCredential(
        told["tenant"],
        told["client_id"],
        told["client_secret"],
        authority=told["login"],
        disable_instance_discovery=True,
        connection_verify=told["ca_file"],
    )
    profile = profile_from(
        "Box",
        {"authority": told["login"], "resource_manager": told["resource_manager"], "validates_authority": False},
    )
    return AzureCloud(credential, transport=_Hurried(connection_verify=told["ca_file"]), profile=profile)


def _begin(told: dict[str, str], state: Path, kind: str, name: str, at: int, kept: bool) -> None:
    """Run one program until it ends or is killed."""
    workspace = ml_workspace_id(told["subscription"], told["resource_group"], told["workspace"])
    pool = ResourceId.parse(spark_pool_id(told["subscription"], "rg-data", "syn-prod", "adhocpool"))
    identity, target = IdentityChoice(IdentityKind.SYSTEM), workspace.child("computes", name)
    requests: dict[str, Callable[[], Request]] = {
        "attach": lambda: Attachment(Workspace(workspace, "eastus2"), name, pool, identity),
        "chain": lambda: Attachment(Workspace(workspace, "eastus2"), name, pool, identity, role=ADMINISTRATOR),
        "detach": lambda: Detachment(asyncio.run(_read(told, lambda azure: azure.compute(target)))),
        "change-pool": lambda: PoolChange(
            asyncio.run(_read(told, lambda azure: azure.spark_pool(pool))), PoolEdit(tags={"trial": name})
        ),
        "create-identity": lambda: IdentityCreation(told["subscription"], told["resource_group"], name, "eastus2"),
        "create-pool": lambda: PoolCreation(SynapseWorkspace(pool.parent, "eastus2"), name.replace("-", "")[-15:]),
    }
    request = requests[kind]()
    operations = Operations(lambda: _connect(told), _HurriedClock(), lambda: _Fatal(state, at, kept=kept))
    _end(operations, lambda: operations.apply(Plan.of([request])))


async def _read(told: dict[str, str], read: Callable[[AzureCloud], Awaitable[T]]) -> T:
    azure = _connect(told)
    try:
        return await read(azure)
    finally:
        await azure.close()


def _resume(told: dict[str, str], state: Path) -> None:
    """Run the next program, which resumes the interrupted operation."""
    operations = Operations(lambda: _connect(told), _HurriedClock(), lambda: Journal(state))
    read = threading.Event()
    _end(operations, lambda: operations.recall(read.set, resume=True), read)


def _end(operations: Operations, begin: Any, read: threading.Event | None = None) -> None:
    """Wait until all operations have ended, and exit with their result."""
    changed = threading.Condition()

    def tell(_: Operation) -> None:
        with changed:
            changed.notify_all()

    operations.listen(tell)
    operations.start()
    begin()
    if read is not None:
        read.wait(PATIENCE_SECONDS)
    with changed:
        changed.wait_for(lambda: all(one.end for one in operations.operations()), PATIENCE_SECONDS)
    ends = [one.end for one in operations.operations()]
    operations.stop()
    for end in ends:
        if isinstance(end, Failed):
            print(end.problem.report, file=sys.stderr)
    sys.exit(0 if ends and all(isinstance(end, Succeeded) for end in ends) else 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.killing", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="in how many worlds")
    seeds = parser.parse_args().seeds
    tried: list[Trial] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            requests = Path(folder) / f"requests-{seed}"
            with Served("--speed", str(SPEED), "--seed", str(seed), "--requests", str(requests)) as served:
                for kind in KINDS:
                    tried += trials(served, requests, Path(folder) / str(seed), kind, count())
    killed = [trial for trial in tried if trial.was_killed]
    wrong = [trial for trial in tried if not trial.is_right]
    print(f"{len(killed)} kills in {seeds} worlds; {len(wrong)} operations lost, doubled or not ended well")
    for trial in wrong:
        print(trial)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
