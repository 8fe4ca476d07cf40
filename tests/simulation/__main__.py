"""`python -m tests.simulation --count N`: run histories and report what went wrong in them.

A run can be continued: `--state FILE` stores its progress and findings, and the next call continues from there.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.simulation.history import History, hurried, run
from tests.simulation.wire import Wire


def main() -> int:
    """Run the requested histories."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=1000, help="how many histories")
    parser.add_argument("--state", type=Path, help="a file that keeps how far it came")
    parser.add_argument("--verbose", action="store_true", help="tell each history")
    options = parser.parse_args()
    state = {"next": options.first, "wrong": {}}
    if options.state is not None and options.state.exists():
        state = json.loads(options.state.read_text())
    logging.disable(logging.CRITICAL)
    began, end = time.monotonic(), options.first + options.count
    with tempfile.TemporaryDirectory() as folder:
        wire = Wire(Path(folder))
        wire.start()
        for seed in range(state["next"], end):
            history = History.of(seed)
            if options.verbose:
                print(history, flush=True)
            try:
                with hurried():
                    wrong = run(history, Path(folder) / str(seed), wire).wrong
            except Exception:  # noqa: BLE001 - any exception is a finding, and the next history still runs
                wrong = [traceback.format_exc()]
            if wrong:
                state["wrong"][str(seed)] = wrong
                print(f"{history}\n    " + "\n    ".join(wrong), flush=True)
            state["next"] = seed + 1
            if options.state is not None:
                options.state.write_text(json.dumps(state))
        wire.stop()
    seconds = time.monotonic() - began
    print(f"{options.count} histories to seed {end - 1}, {len(state['wrong'])} with something wrong, {seconds:.1f} s")
    return 1 if state["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
