r"""Tags of Azure resources: their limits, and changes of them.

Source: Azure Resource Manager's documentation: 50 tags on a resource, names of up to 512 characters
without `<>%&\?/`, values of up to 256.
"""

from collections.abc import Mapping
from typing import Any

MOST_TAGS, LONGEST_NAME, LONGEST_VALUE = 50, 512, 256
_FORBIDDEN = "<>%&\\?/"


def tag_problem(name: str, value: str) -> str:
    """Why a tag cannot be set, in one sentence; empty if it can."""
    if not name:
        return "A tag needs a name."
    if len(name) > LONGEST_NAME:
        return f"The tag name {name[:20]}… has {len(name)} characters; Azure allows at most {LONGEST_NAME}."
    odd = next((character for character in name if character in _FORBIDDEN), None)
    if odd is not None:
        return f'The tag name "{name}" has "{odd}"; Azure allows none of {" ".join(_FORBIDDEN)} in it.'
    if len(value) > LONGEST_VALUE:
        return f"The value of tag {name} has {len(value)} characters; Azure allows at most {LONGEST_VALUE}."
    return ""


def tags_problem(changes: Mapping[str, str | None], after: Mapping[str, object]) -> str:
    """Why a change of tags cannot be sent, in one sentence; empty if it can.

    Only the tags that are set are checked, because Azure judges the others; `after` are all tags after the change.
    """
    for name, value in changes.items():
        problem = tag_problem(name, value) if value is not None else ""
        if problem:
            return problem
    if changes and len(after) > MOST_TAGS:
        return f"There would be {len(after)} tags; Azure allows {MOST_TAGS} on a resource. Remove some."
    return ""


def tag_edit(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """The difference between two sets of tags, as an edit."""
    gone: dict[str, str | None] = {key: None for key in before if key not in after}
    return gone | {key: value for key, value in after.items() if before.get(key) != value}


def set_tags(document: dict[str, Any], changes: Mapping[str, str | None]) -> None:
    """Change tags in a document; Azure compares their names without letter case (documentation)."""
    before = document.get("tags")
    tags = dict(before) if isinstance(before, dict) else {}
    spelled = {key.lower(): key for key in tags}
    for key, value in changes.items():
        name = spelled.get(key.lower())
        if value is None:
            if name is not None:
                tags.pop(name, None)
                spelled.pop(key.lower())
        elif name is None or name == key:
            tags[key] = value
        else:
            tags = {key if old == name else old: value if old == name else kept for old, kept in tags.items()}
    document["tags"] = tags
