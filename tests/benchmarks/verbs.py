"""Measures a verb as a program of its own: time, memory and imported modules."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MODULES = (
    "import json, sys; from tui.__main__ import main; status = main(sys.argv[1:]); "
    "print(json.dumps([status, sorted(sys.modules)]), file=sys.stderr)"
)
_AZURE = "from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient"


@dataclass(frozen=True)
class Cost:
    """What one run of a program took: seconds from start to end, and resident memory at its peak in MB."""

    seconds: float
    megabytes: float


def cost_of(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a program to its end.

    Raises:
        RuntimeError: If it fails.
    """
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as program:
        # The peak of this one child, and not of all that have ended.
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode != 0:
        raise RuntimeError(f"{command} ended with status {program.returncode}")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(time.perf_counter() - begun, usage.ru_maxrss / scale)


def costs_of(commands: Sequence[Sequence[str]], folder: Path, runs: int) -> list[Cost]:
    """The medians of several runs of some programs, in turn, so that a slow moment concerns all of them."""
    environment = {**os.environ, "XDG_STATE_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    rounds = [[cost_of(command, environment) for command in commands] for _ in range(runs)]
    return [
        Cost(
            statistics.median(one[number].seconds for one in rounds),
            statistics.median(one[number].megabytes for one in rounds),
        )
        for number in range(len(commands))
    ]


def sdk_client() -> tuple[str, ...]:
    """A program that only imports Azure's client for computes, which no list of them can do without."""
    return sys.executable, "-c", _AZURE


def modules_of(words: Sequence[str]) -> list[str]:
    """The modules that a verb has imported at its end."""
    done = subprocess.run([sys.executable, "-c", _MODULES, *words], capture_output=True, text=True, check=True)
    status, modules = json.loads(done.stderr.splitlines()[-1])
    if status != 0:
        raise RuntimeError(f"{words} ended with status {status}")
    return [str(module) for module in modules]
