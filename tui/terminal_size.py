"""The smallest supported terminal."""

LEAST_COLUMNS, LEAST_ROWS = 78, 20
"""An 80×24 terminal with a tmux status line, or half of a 160-column one, is larger."""


def is_too_small(columns: int, rows: int) -> bool:
    """Whether a terminal is too small for the screens."""
    return columns < LEAST_COLUMNS or rows < LEAST_ROWS
