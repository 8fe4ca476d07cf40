"""The verb `list` in a process of its own, where Azure asks it to wait: for tests that end it in the meantime."""

import sys
from unittest.mock import patch

from tui.__main__ import main
from tui.sandbox.faults import Faults, Rule, Throttled

if __name__ == "__main__":
    throttled = Rule(Throttled(20), path="/computes", times=None)
    with patch("tui.sandbox.box.Faults", lambda: Faults([throttled])):
        status = main(["--sandbox", "list"])
    sys.exit(status)
