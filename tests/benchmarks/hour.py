"""Measures the cost of an hour: idle, and with the list refreshed every 30 seconds.

`python -m tests.benchmarks.hour` runs the program with the sandbox in a real terminal. The sandbox's clock is so fast
that an hour passes in less than a minute. The bytes written to the terminal and the memory at three times are printed.
The sandbox is in the same process, so its memory counts too.
"""

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.terminal import Terminal

HOUR = 3600.0
EVERY = 30
SPEED = 120
_SETTLED_SECONDS = 5.0
_LISTED = re.compile(r"GET \S+/computes: 200")
_PAGE = 100
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Hour:
    """The cost of an hour.

    Attributes:
        what: The label of the hour.
        written: Bytes written to the terminal.
        reads: How often the list was read.
        before: Resident bytes at its beginning.
        middle: Resident bytes after half of it.
        after: Resident bytes at its end.
    """

    what: str
    written: int
    reads: int
    before: int
    middle: int
    after: int

    def __str__(self) -> str:
        each = f", {self.written / self.reads:.0f} B each" if self.reads else ""
        memory = " → ".join(f"{one / _MEGABYTE:.1f}" for one in (self.before, self.middle, self.after))
        return f"{self.what:<38} {self.written:>8} B  {self.reads:>4} readings{each:<14} memory {memory} MB"


def hour(state: Path, what: str, *arguments: str, size: int | None, speed: int) -> Hour:
    """Let an hour of sandbox time pass on the list of computes.

    Args:
        state: The folder for the program's log.
        what: The label of the hour.
        arguments: Flags for the program.
        size: How many computes there are; None for the small default world.
        speed: How many times faster than real time the sandbox's clock runs.
    """
    arguments = (*arguments, *(() if size is None else ("--sandbox-size", str(size))))
    pages = 1 if size is None else -(-size // _PAGE)
    command = (sys.executable, "-m", "tui", "--sandbox", "--sandbox-speed", str(speed), "--log-level", "info")
    terminal = Terminal((*command, *arguments), state, environment={"COLORTERM": ""})
    process = psutil.Process(terminal.pid)
    log = state / "sparkpool" / "sparkpool.log"
    try:
        terminal.shows(f"every {EVERY} s" if "--refresh" in arguments else "as of")
        _pass(terminal, _SETTLED_SECONDS)  # readiness arrives, and the garbage of the start is collected
        held = [process.memory_info().rss]
        written, asked = len(terminal.written), _asked(log)
        for _ in range(2):
            _pass(terminal, HOUR / 2 / speed)
            held.append(process.memory_info().rss)
        return Hour(what, len(terminal.written) - written, (_asked(log) - asked) // pages, *held)
    finally:
        terminal.close()


def _pass(terminal: Terminal, seconds: float) -> None:
    """Read the output of the terminal for some seconds."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        terminal.silent_for(left)


def _asked(log: Path) -> int:
    """How many pages of the list were read, counted in the log."""
    return len(_LISTED.findall(log.read_text(encoding="utf-8"))) if log.exists() else 0


def main() -> int:
    """Print the figures.

    Returns:
        1 if the idle hour wrote anything, else 0.
    """
    parser = argparse.ArgumentParser(description="Measure an hour of idling and an hour of refreshing.")
    parser.add_argument("--size", type=int, metavar="N", help="give the workspace N computes")
    parser.add_argument("--speed", type=int, default=SPEED, metavar="X", help=f"X times the wall, by default {SPEED}")
    found = parser.parse_args()
    hours = []
    for what, more in (("an hour of idling", ()), (f"an hour, refreshed every {EVERY} s", ("--refresh", str(EVERY)))):
        with tempfile.TemporaryDirectory() as folder:
            hours.append(hour(Path(folder), what, *more, size=found.size, speed=found.speed))
        print(hours[-1], flush=True)
    return int(hours[0].written > 0)


if __name__ == "__main__":
    sys.exit(main())
