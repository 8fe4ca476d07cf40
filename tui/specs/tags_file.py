"""Tags and description as text for an editor, and back."""

from collections.abc import Mapping

from tui.domain.exports.quoting import comment, yaml, yaml_entry
from tui.domain.spec import SpecProblem
from tui.domain.spec_check import check_tags_file
from tui.specs.syntax import parse


def write_tags_file(name: str, description: str, tags: Mapping[str, str]) -> str:
    """The text that an editor is opened with."""
    lines = [
        f"# Description and tags of {comment(name)}. Save and quit; the plan is shown before anything is sent.",
        f"description: {yaml(description)}",
        "tags:" if tags else "tags: {}",
        *(line for key, value in tags.items() for line in yaml_entry(key, value, "  ")),
    ]
    return "\n".join(lines) + "\n"


def read_tags_file(data: bytes) -> tuple[str | None, Mapping[str, str] | None, tuple[SpecProblem, ...]]:
    """Read what the editor saved: description and tags (None if not set), and what is wrong."""
    root, problems = parse(data)
    if root is None:
        return None, None, problems
    description, tags, found = check_tags_file(root)
    return description, tags, (*problems, *found)
