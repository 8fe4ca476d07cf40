"""The list of all keys in the manual: `python -m tests.keys_page` writes it into `tui/manual/keys.md`."""

import re
import sys
from itertools import groupby
from pathlib import Path

from tui.ui.keymap import template

PAGE = Path(__file__).parents[1] / "tui" / "manual" / "keys.md"
HEADING = "## All keys\n"

PLACES = {
    "app": "Everywhere",
    "ask": "A question with a text field",
    "attach": "The attach wizard",
    "chooser": "Lists with a text field",
    "computes": "The list of computes",
    "confirm": "A question",
    "conflict": "Two changes of one compute",
    "detach": "The question before a detach",
    "detail": "A compute",
    "device-code": "A device code",
    "error": "A message about a failure",
    "export": "Export",
    "field": "Text fields",
    "grant": "Granting a role",
    "help": "Help",
    "identity": "The identity of a compute",
    "manual": "The manual",
    "operations": "Operations",
    "pages": "Screens with several pages",
    "picker": "Choosing a workspace",
    "plan": "A plan",
    "roles": "Synapse roles",
    "screen": "Every full screen",
    "sign-in": "Sign-in",
    "spec": "A spec file",
    "table": "Lists",
    "unlock": "The name of something locked",
    "words": "Tags and description",
}
"""What the first part of a key's id is called in the manual."""

_ENTRY = re.compile(r'(?P<id>(?P<place>[^.]+)\.\S+) = "(?P<keys>[^"]*)"  # (?P<words>.*)')
_SHOWN = {"escape": "esc"}


def all_keys() -> str:
    """Every key with its id and what it does, a table for each place, as Markdown."""
    entries = [found for line in template().splitlines() if (found := _ENTRY.fullmatch(line))]
    parts = [HEADING]
    for place, group in groupby(entries, key=lambda entry: entry["place"]):
        rows = [_row(entry["keys"], entry["words"], entry["id"]) for entry in group]
        parts.append(f"### {PLACES.get(place, place)}\n")
        parts.append("\n".join(["| key | what it does | id |", "| --- | --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def written() -> str:
    """The page with the list as it should be."""
    return PAGE.read_text(encoding="utf-8").partition(HEADING)[0] + all_keys()


def _row(keys: str, words: str, name: str) -> str:
    names = [_SHOWN.get(key, key) for key in keys.split(",")]
    return f"| {' '.join(f'`{key}`' for key in names)} | {words} | {name} |"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    sys.exit()
