"""Programs that are killed by SIGKILL at every boundary of an operation, against a sandbox that outlives them.

`python -m tests.killing --seeds N` kills at every boundary of every kind of operation, in N worlds, and says what was
lost; the quick tests do a few of them. Each program is a process of its own with the real worker layer, the real SDK
clients over TLS and the journal on disk; only the waits of polling are shortened.
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential

from tests.support.served import Served
from tui.__main__ import WallClock
from tui.cloud.azure import AzureCloud
from tui.cloud.profile import profile_from
from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.operation import Failed, Operation, Succeeded
from tui.domain.plan import Detachment, Plan, Request
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.roles import ADMINISTRATOR
from tui.domain.workspaces import Workspace
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox.names import spark_pool_id

KINDS = ("attach", "chain", "detach")
SPEED = 200.0
PATIENCE_SECONDS = 60.0
_FORK = multiprocessing.get_context("fork")


class _Hurried(AioHttpTransport):  # type: ignore[misc]
    """The network, on which a second of waiting is short."""

    async def sleep(self, duration: float) -> None:
        await asyncio.sleep(duration / SPEED)


class _HurriedClock(WallClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


class _Fatal(Journal):
    """A journal whose program is killed at one of its records, just before it is kept or just after."""

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
    """One operation, killed once, and taken up by the next program.

    Attributes:
        kind: Which operation.
        boundary: At which record it is killed.
        kept: Whether that record is kept.
        was_killed: Whether it was; False where it had ended before.
        ended_well: Whether the operation then ended as it was meant to.
        writes: The writes that Azure accepted or refused: of its compute, and of roles.
    """

    kind: str
    boundary: int
    kept: bool
    was_killed: bool
    ended_well: bool
    writes: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether each intent was written exactly once."""
        wanted = {"attach": ("PUT",), "chain": ("PUT", "PUT role"), "detach": ("DELETE",)}[self.kind]
        return self.ended_well and self.writes == wanted


def trials(served: Served, requests: Path, folder: Path, kind: str, boundaries: Iterator[int]) -> Iterator[Trial]:
    """Kill one kind of operation at these boundaries, until one lies behind its end.

    Args:
        served: A sandbox that notes its requests.
        requests: The file of these notes.
        folder: Where the state folders of the programs are made.
        kind: One of `KINDS`.
        boundaries: At which records, counted from 0.
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


def _writes(noted: Iterator[dict[str, Any]]) -> Iterator[str]:
    for one in noted:
        if one["method"] in ("PUT", "DELETE") and "/computes/" in one["url"]:
            yield str(one["method"])
        elif one["method"] in ("PUT", "DELETE") and "/roleAssignments/" in one["url"]:
            yield f"{one['method']} role"


def _in_process(work: Any, *arguments: Any) -> int:
    """Run something in a process of its own, forked before there is any thread; returns its exit status."""
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
    """One program, from its start to its end or its death."""
    workspace = ml_workspace_id(told["subscription"], told["resource_group"], told["workspace"])
    pool = ResourceId.parse(spark_pool_id(told["subscription"], "rg-data", "syn-prod", "adhocpool"))
    identity, target = IdentityChoice(IdentityKind.SYSTEM), workspace.child("computes", name)
    requests: dict[str, Callable[[], Request]] = {
        "attach": lambda: Attachment(Workspace(workspace, "eastus2"), name, pool, identity),
        "chain": lambda: Attachment(Workspace(workspace, "eastus2"), name, pool, identity, role=ADMINISTRATOR),
        "detach": lambda: Detachment(asyncio.run(_read(told, target))),
    }
    request = requests[kind]()
    operations = Operations(lambda: _connect(told), _HurriedClock(), lambda: _Fatal(state, at, kept=kept))
    _end(operations, lambda: operations.apply(Plan.of([request])))


async def _read(told: dict[str, str], target: ResourceId) -> Compute:
    azure = _connect(told)
    try:
        return await azure.compute(target)
    finally:
        await azure.close()


def _resume(told: dict[str, str], state: Path) -> None:
    """The next program: it goes on with what the one before it left."""
    operations = Operations(lambda: _connect(told), _HurriedClock(), lambda: Journal(state))
    read = threading.Event()
    _end(operations, lambda: operations.recall(read.set, resume=True), read)


def _end(operations: Operations, begin: Any, read: threading.Event | None = None) -> None:
    """Wait until all operations have ended, and leave with what became of them."""
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
