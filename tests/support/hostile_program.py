"""The program in a world of hostile strings, for tests that examine the bytes of its terminal.

Run as `python -m tests.support.hostile_program KIND FOLDER`.
"""

import sys
from pathlib import Path

from tests.support.hostile import WORLDS, poison
from tests.support.stage import Stage
from tui.logs import log_to_file
from tui.sandbox.faults import Answer, Rule


def main(kind: str, folder: Path) -> None:
    """Show the list of a hostile world, in which listing Synapse workspaces fails with a hostile message.

    Args:
        kind: One of `WORLDS`.
        folder: The folder for the log.
    """
    log_to_file(folder, "debug")
    stage = Stage()
    text = poison(stage, kind)
    half = f"{text}\ud800 http://svc:hunter2#x@proxy.example:1"
    stage.box.faults.add(Rule(Answer(400, WORLDS[kind], half), "GET", r"/Microsoft.Synapse/workspaces$", times=None))
    stage.operations.start()
    try:
        stage.app.run(mouse=False)
    finally:
        stage.operations.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
