r"""Tags of Azure resources: their limits, changes of them, and tags as text, in the syntax of `az`.

Source: Azure Resource Manager's documentation: 50 tags on a resource, names of up to 512 characters
without `<>%&\?/`, values of up to 256.
"""

import re
import shlex
from collections.abc import Mapping
from typing import Any

MOST_TAGS, LONGEST_NAME, LONGEST_VALUE = 50, 512, 256
_FORBIDDEN = "<>%&\\?/"


class InvalidTags(ValueError):
    """A text is not a list of tags; the message says why, in one sentence."""


def parse_tags(text: str) -> dict[str, str]:
    """Read tags in the syntax of `az`: `team=data "note=two words"`; a name without `=` has an empty value.

    Azure's limits are not checked.

    Raises:
        InvalidTags: If they cannot be read.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InvalidTags(_why_not_split(text, str(error))) from error
    tags: dict[str, str] = {}
    spelled: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        if not name:
            raise InvalidTags(f'The tag "{word}" has no name: write name=value, without blanks around the =.')
        if name.lower() in spelled:
            raise InvalidTags(_why_not_both(spelled[name.lower()], name))
        spelled[name.lower()] = name
        tags[name] = value
    return tags


def format_tags(tags: Mapping[str, str]) -> str:
    """Tags as `parse_tags` reads them; those that are not `is_typeable` are left out."""
    words = (f"{name}={value}" for name, value in tags.items() if is_typeable(name, value))
    return " ".join(_quoted(word) for word in words)


def is_typeable(name: str, value: str) -> bool:
    """Whether a tag can be edited as text on one line: its name has no `=`, and it has no control characters."""
    return bool(name) and "=" not in name and (name + value).isprintable()


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


def _quoted(word: str) -> str:
    if not re.search(r"[\s\"'\\]", word):
        return word
    escaped = re.sub(r"([\"\\])", r"\\\1", word)
    return f'"{escaped}"'


def _why_not_both(name: str, other: str) -> str:
    if name == other:
        return f"The tag {name} is given twice: keep one of them."
    return f"{name} and {other} are the same tag, because tag names ignore letter case: keep one of them."


def _why_not_split(text: str, reason: str) -> str:
    """Why `shlex` finds no end, for its reason."""
    if "quotation" not in reason:
        return "The backslash at the end has nothing to quote: write two for the character itself."
    quote = '"' if _is_closed_by(text, '"') else "'"
    return f"A quote is not closed: add {quote} at its end."


def _is_closed_by(text: str, quote: str) -> bool:
    try:
        shlex.split(text + quote)
    except ValueError:
        return False
    return True
