"""The smallest terminal that the screens fit into."""

LEAST_COLUMNS, LEAST_ROWS = 78, 20
"""A terminal of 80×24 cells in which tmux takes a line, or half of one of 160 columns, is larger."""


def is_too_small(columns: int, rows: int) -> bool:
    """Whether the screens do not fit into a terminal of so many cells."""
    return columns < LEAST_COLUMNS or rows < LEAST_ROWS
