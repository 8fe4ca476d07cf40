"""The list of all keys in the manual: `python -m tests.keys_page` writes it into `tui/manual/keys.md`."""

import sys
from pathlib import Path

from tui.actions import PLACES, Action, bound_by

PAGE = Path(__file__).parents[1] / "tui" / "manual" / "keys.md"
HEADING = "## All keys\n"

_SHOWN = {"escape": "esc"}


def all_keys() -> str:
    """Every key with its id and what it does, a table for each place, as Markdown."""
    parts = [HEADING]
    for where, place in PLACES.items():
        rows = ["| key | what it does | id |", "| --- | --- | --- |", *map(_row, bound_by(where))]
        parts += [f"### {place.title}\n", "\n".join(rows) + "\n"]
    return "\n".join(parts)


def written() -> str:
    """The page with the current list of keys."""
    return PAGE.read_text(encoding="utf-8").partition(HEADING)[0] + all_keys()


def _row(action: Action) -> str:
    names = [_SHOWN.get(key, key) for key in action.keys.split(",")]
    return f"| {' '.join(f'`{key}`' for key in names)} | {action.help} | {action.id} |"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    sys.exit()
