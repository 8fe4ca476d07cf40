"""Measures the program against its budgets, in a real terminal and in one run.

`python -m tests.benchmarks` prints one line for each budget: what was measured, the budget, and whether it was kept.
Times are medians relative to a minimal Textual app, measured in turn, so that a slow machine does not change them.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.stall import longest_stall
from tests.benchmarks.verbs import costs_of, modules_of, sdk_client
from tests.support.terminal import Terminal

_BASELINE = (sys.executable, "-m", "tests.benchmarks.baseline")
_SANDBOX = (sys.executable, "-m", "tui", "--sandbox")
_MANY = 5000
_RUNS = 9
_MOVES = 10
_WATCHED_SECONDS = 5.0


@dataclass(frozen=True)
class Figure:
    """A budget and the measured value."""

    what: str
    value: float
    unit: str
    budget: float
    note: str = ""

    def __str__(self) -> str:
        kept = "kept" if self.value <= self.budget else "BROKEN"
        return f"{self.what:<42} {self.value:>9.2f} {self.unit:<4} budget {self.budget:>7.2f}  {kept:<6}  {self.note}"


def _first_frame(state: Path, command: tuple[str, ...], text: str) -> tuple[float, float]:
    """Seconds from the start to the first output, and to a text."""
    begun = time.perf_counter()
    terminal = Terminal(command, state)
    try:
        terminal.shows_anything()
        first = time.perf_counter() - begun
        terminal.shows(text)
        return first, time.perf_counter() - begun
    finally:
        terminal.close()


def starts(state: Path) -> list[Figure]:
    """Measure the start."""
    pairs = [
        (_first_frame(state, _BASELINE, "compute-19"), _first_frame(state, _SANDBOX, "vm-legacy")) for _ in range(_RUNS)
    ]
    (base, first), (_, live) = (
        tuple(statistics.median(pair[side][part] for pair in pairs) for side in (0, 1)) for part in (0, 1)
    )
    seconds = f"{first:.3f} s against {base:.3f} s"
    return [
        Figure("first frame, against one DataTable", first / base, "×", 1.15, seconds),
        Figure("live list, against the same", live / base, "×", 1.6, f"{live:.3f} s"),
    ]


def _bytes_of_a_move(terminal: Terminal) -> float:
    counts = []
    for _ in range(_MOVES):
        terminal.comes_to_rest()
        before = len(terminal.written)
        terminal.press("down")
        terminal.comes_to_rest()
        counts.append(len(terminal.written) - before)
    return statistics.median(counts)


def _bytes_in(terminal: Terminal, seconds: float) -> float:
    before, deadline = len(terminal.written), time.monotonic() + seconds
    while time.monotonic() < deadline:
        terminal.silent_for(max(0.0, deadline - time.monotonic()))
    return (len(terminal.written) - before) / seconds


def traffic(state: Path) -> list[Figure]:
    """Measure the bytes that are written to the terminal."""
    colours = {"COLORTERM": ""}
    baseline = Terminal(_BASELINE, state, environment=colours)
    terminal = Terminal(_SANDBOX, state, environment=colours)
    try:
        baseline.shows("compute-19")
        plain = _bytes_of_a_move(baseline)
        terminal.shows("vm-legacy")
        move = _bytes_of_a_move(terminal)
        idle = _bytes_in(terminal, _WATCHED_SECONDS)
        terminal.press("g", "ctrl+d")
        terminal.asks_to_detach("churn")
        terminal.confirm("y", "detach 00:01")
        running = _bytes_in(terminal, _WATCHED_SECONDS)
    finally:
        baseline.close()
        terminal.close()
    return [
        Figure("one move of the cursor, 256 colours", move, "B", 500, f"{plain:.0f} B with a DataTable"),
        Figure("idle", idle, "B/s", 0),
        Figure("while an operation runs", running, "B/s", 1024),
    ]


def many(state: Path) -> list[Figure]:
    """Measure speed and memory with thousands of computes."""
    terminal = Terminal((*_SANDBOX, "--sandbox-size", str(_MANY)), state)
    try:
        terminal.shows(f"{_MANY} computes", "as of")
        terminal.comes_to_rest()
        terminal.press("/")
        terminal.comes_to_rest()
        times = []
        for letter, text in (("4", "shown"), ("2", "42")):
            begun = time.perf_counter()
            terminal.press(letter)
            terminal.shows(text)
            times.append(time.perf_counter() - begun)
            terminal.comes_to_rest()
        memory = psutil.Process(terminal.pid).memory_info().rss / 1e6
    finally:
        terminal.close()
    return [
        Figure(f"{_MANY} computes: longest stall", asyncio.run(longest_stall(_MANY)) * 1000, "ms", 50),
        Figure(f"{_MANY} computes: filter key to screen", max(times) * 1000, "ms", 100),
        Figure(f"{_MANY} computes: resident memory", memory, "MB", 110),
    ]


def verbs(state: Path) -> list[Figure]:
    """Measure a list without a screen, against the import of the SDK's client alone."""
    words = ("--sandbox", "list", "-o", "json")
    listing = (sys.executable, "-m", "tui", *words)
    alone, few, thousands = costs_of([sdk_client(), listing, (*listing, "--sandbox-size", str(_MANY))], state, _RUNS)
    modules = modules_of(words)
    textual = [module for module in modules if module.partition(".")[0] in ("textual", "rich")]
    azure = sum(module.partition(".")[0] == "azure" for module in modules)
    return [
        Figure("verb list, against the SDK's import", few.seconds / alone.seconds, "×", 1.5, f"{few.seconds:.3f} s"),
        Figure("verb list: memory", few.megabytes, "MB", 60, f"the SDK's import alone: {alone.megabytes:.0f} MB"),
        Figure("verb list: modules of Textual and rich", len(textual), "", 0, f"{len(modules)}, {azure} of azure"),
        Figure(f"verb list, {_MANY} computes: memory", thousands.megabytes, "MB", 110, f"{thousands.seconds:.3f} s"),
    ]


def main() -> int:
    """Measure everything.

    Returns:
        0 if every budget was kept, else 1.
    """
    groups: tuple[Callable[[Path], list[Figure]], ...] = (starts, traffic, many, verbs)
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        for group in groups:
            for figure in group(Path(folder)):
                print(figure, flush=True)
                kept = kept and figure.value <= figure.budget
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
