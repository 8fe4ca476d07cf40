"""Which cases of a large table run: a share, or all with `SPARKPOOL_WHOLE_PROOF=1`."""

import os

WHOLE = bool(os.environ.get("SPARKPOOL_WHOLE_PROOF"))
"""Whether to try every case instead of a share."""
