"""The program on the sandbox, whose first screen cannot be built."""

import sys
from unittest.mock import patch

from tui.__main__ import main
from tui.ui.screens.computes import ComputesScreen


def fails(_: ComputesScreen) -> None:
    raise ArithmeticError


if __name__ == "__main__":
    with patch.object(ComputesScreen, "content", fails):
        sys.exit(main(["--sandbox"]))
