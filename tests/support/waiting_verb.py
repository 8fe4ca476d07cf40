"""The verb `list` in a process of its own, where Azure asks it to wait: for tests that end it in the meantime.

With the word `heard`, it ignores no signal, whatever the process that started the tests ignores. With `briefly`, it
waits for two seconds at a time, and says so each time.
"""

import signal
import sys
from unittest.mock import patch

from tui.__main__ import main
from tui.sandbox.faults import Faults, Rule, Throttled

if __name__ == "__main__":
    if "heard" in sys.argv:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
    throttled = Rule(Throttled(2 if "briefly" in sys.argv else 20), path="/computes", times=None)
    with patch("tui.sandbox.box.Faults", lambda: Faults([throttled])):
        status = main(["--sandbox", "list"])
    sys.exit(status)
