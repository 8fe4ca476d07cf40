"""Checks a spec file and reports all of its errors at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.names import check_compute_name
from tui.domain.phrases import enumerated, nearest
from tui.domain.resource_id import SPARK_POOL_TYPE, USER_ASSIGNED_IDENTITY_TYPE, InvalidResourceId, ResourceId
from tui.domain.spec import Node, NodeKind, Spec, SpecProblem
from tui.domain.tags import MOST_TAGS, tag_problem
from tui.domain.text import without_invisible

_PLACEHOLDER = re.compile(r"<[A-Za-z][A-Za-z0-9_ -]*>")
_SCALARS = (NodeKind.NUMBER, NodeKind.BOOLEAN, NodeKind.DATE, NodeKind.SIGN)
_LOUD_PLACEHOLDER = re.compile(r"<[A-Z][A-Z0-9_]+>")

_KEYS = ("$schema", "name", "type", "resource_id", "description", "location", "tags", "identity")
_REQUIRED = ("name", "type", "resource_id")
_IGNORED = (
    "id",
    "created_on",
    "provisioning_state",
    "provisioning_errors",
    "node_count",
    "node_family",
    "node_size",
    "spark_version",
)
"""What `compute.dump()` and `az ml compute show` write and the loader of azure-ai-ml ignores (its source)."""
_IGNORED_SETS = {
    "scale_settings": ("min_node_count", "max_node_count", "auto_scale_enabled"),
    "auto_pause_settings": ("delay_in_minutes", "auto_pause_enabled"),
}
_SHOWN_ONLY = frozenset({"resourceGroup"})
_IDENTITY_KEYS = ("type", "user_assigned_identities", "principal_id", "tenant_id")
_ASSIGNED_KEYS = ("resource_id", "principal_id", "client_id", "tenant_id")
_KINDS = {
    "none": IdentityKind.NONE,
    "system_assigned": IdentityKind.SYSTEM,
    "user_assigned": IdentityKind.USER,
    "system_assigned,user_assigned": IdentityKind.SYSTEM_AND_USER,
}
_TYPES = enumerated(tuple(_KINDS), "or")
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])")
_TYPE = "synapsespark"


@dataclass(slots=True)
class _Findings:
    problems: list[SpecProblem] = field(default_factory=list)

    def add(self, node: Node, found: str, expected: str, suggestion: str = "", shift: int = 0) -> None:
        self.problems.append(
            SpecProblem(node.line, node.column + shift, found, f"Expected: {expected}" if expected else "", suggestion)
        )


def check_spec(root: Node) -> tuple[Spec | None, tuple[SpecProblem, ...]]:
    """Check a whole spec file.

    The spec is None if there are errors; they are in the order of the file.
    """
    findings = _Findings()
    members = _members(root, (*_KEYS, *_IGNORED, *_IGNORED_SETS), findings, "a spec file", shown=_KEYS)
    if members is None:
        return None, tuple(findings.problems)
    for key in _REQUIRED:
        if key not in members:
            findings.add(root, f"There is no {key}.", f"{key}: {_example(key)}")
    for key, keys in _IGNORED_SETS.items():
        if key in members and members[key].kind is not NodeKind.EMPTY:
            _members(members[key], keys, findings, key)
    _check_type(members, findings)
    name = _checked_name(members.get("name"), findings)
    pool = _checked_id(members.get("resource_id"), SPARK_POOL_TYPE, findings)
    description = _text(members.get("description"), "description", findings)
    location = _text(members.get("location"), "location", findings)
    tags = _checked_tags(members.get("tags"), findings)
    identity = _checked_identity(members.get("identity"), findings)
    if findings.problems or pool is None or name is None:
        return None, tuple(sorted(findings.problems))
    places = {key: (node.line, node.column) for key, node in members.items()}
    ignored = tuple(key for key in members if key in (*_IGNORED, *_IGNORED_SETS))
    texts = (description or "", *(tags or {}).values())
    placeholders = dict.fromkeys(match.group() for text in texts for match in _LOUD_PLACEHOLDER.finditer(text))
    return Spec(name, pool, identity, description, tags, location or "", ignored, tuple(placeholders), places), ()


def check_tags_file(root: Node) -> tuple[str | None, Mapping[str, str] | None, tuple[SpecProblem, ...]]:
    """Check a file with a description and tags only, as the editor returns it.

    The description and the tags are None where the file does not set them; the last value has the errors.
    """
    findings = _Findings()
    members = _members(root, ("description", "tags"), findings, "description and tags")
    if members is None:
        return None, None, tuple(findings.problems)
    description = _text(members.get("description"), "description", findings)
    tags = _checked_tags(members.get("tags"), findings)
    return description, tags, tuple(sorted(findings.problems))


def _members(
    node: Node, keys: tuple[str, ...], findings: _Findings, what: str, shown: tuple[str, ...] = ()
) -> dict[str, Node] | None:
    """The values of a set of keys, by key; unknown and repeated keys, and keys without a value, are reported."""
    shown = shown or keys
    if node.kind is not NodeKind.MAP:
        findings.add(node, f"Found {node.kind.value}.", f"{what}: keys such as {', '.join(shown[:4])}.")
        return None
    members: dict[str, Node] = {}
    first: dict[str, Node] = {}
    for key, value in node.pairs:
        if key.kind is not NodeKind.TEXT:
            findings.add(key, f"This key is {key.kind.value}.", f"one of {', '.join(shown)}.")
            continue
        if key.text in first:
            hint = _hint(key, value, node)
            findings.add(
                key,
                f"{key.text} appears again; it was first set on line {first[key.text].line}.",
                "type indented below identity." if hint else "each key once.",
                hint,
            )
            continue
        first[key.text] = key
        if key.text in keys:
            members[key.text] = value
            if value.kind is NodeKind.EMPTY:
                findings.add(value, f"{key.text} has no value.", _instead_of_nothing(key.text))
        elif key.text in _SHOWN_ONLY and "resource_id" in keys:
            findings.add(key, f"Only Azure sets {key.text}; az ml only shows it.", "no such line.")
        else:
            near = nearest(key.text, shown)
            findings.add(key, f'There is no key "{key.text}" in {what}.', f"one of {', '.join(shown)}.", near)
    return members


def _instead_of_nothing(key: str) -> str:
    if key == "identity":
        return f"below it, indented, type: {_TYPES}; or no such line."
    if key == "tags":
        return "keys with text values, such as team: data; {} for none; or no such line."
    return (
        '"" for an empty text, or no such line.' if key in ("description", "location") else "a value, or no such line."
    )


def _hint(key: Node, value: Node, node: Node) -> str:
    """A hint where the identity's type is beside `identity` instead of below it, as on a page of the documentation."""
    empty_identity = any(one.text == "identity" and inner.kind is NodeKind.EMPTY for one, inner in node.pairs)
    if key.text == "type" and empty_identity and value.text.lower().replace("_", "").endswith("assigned"):
        return f"  type: {value.text}"
    return ""


def _example(key: str) -> str:
    return {"name": "etl-prod", "type": _TYPE}.get(key, "/subscriptions/…/bigDataPools/POOL")


def _has_placeholder(node: Node, findings: _Findings) -> bool:
    """Report every placeholder in a name or an id, with its position."""
    matches = list(_PLACEHOLDER.finditer(node.text))
    for match in matches:
        shift = match.start() + (0 if node.is_plain else 1)
        findings.add(node, f"{match.group()} is still a placeholder.", "the real name or id.", shift=shift)
    return bool(matches)


def _text(node: Node | None, key: str, findings: _Findings) -> str | None:
    if node is None or node.kind is NodeKind.EMPTY:
        return None
    if node.kind is not NodeKind.TEXT:
        _refuse_kind(node, key, findings)
        return None
    return node.text


def _refuse_kind(node: Node, what: str, findings: _Findings) -> None:
    """Report a value that is not text; as in azure-ai-ml, a number is text only in quotes."""
    findings.add(node, f"{what} is {node.kind.value}.", "text.", f'"{node.text}"' if node.kind in _SCALARS else "")


def _filled(node: Node | None, key: str, findings: _Findings) -> Node | None:
    """A text that is not empty and has no placeholder; else the problem is reported."""
    if node is None or node.kind is NodeKind.EMPTY:
        return None
    if node.kind is not NodeKind.TEXT:
        _refuse_kind(node, key, findings)
        return None
    if not node.text.strip():
        findings.add(node, f"{key} is empty.", f"text, such as {_example(key)}.")
        return None
    return None if _has_placeholder(node, findings) else node


def _check_type(members: Mapping[str, Node], findings: _Findings) -> None:
    node = _filled(members.get("type"), "type", findings)
    if node is None or node.text.lower() == _TYPE:
        return
    near = _TYPE if re.sub(r"[^a-z]", "", node.text.lower()) == _TYPE else nearest(node.text, (_TYPE,))
    findings.add(node, f'type is "{node.text}".', f"{_TYPE}; other types cannot be attached here.", near)


def _checked_name(node: Node | None, findings: _Findings) -> str | None:
    filled = _filled(node, "name", findings)
    if filled is None:
        return None
    problem = check_compute_name(filled.text).problem
    if problem:
        findings.add(filled, problem, "a name such as etl-prod.")
        return None
    return filled.text


def _checked_id(node: Node | None, wanted: str, findings: _Findings) -> ResourceId | None:
    filled = _filled(node, "resource_id", findings)
    if filled is None:
        return None
    try:
        return ResourceId.parse(without_invisible(filled.text), wanted)
    except InvalidResourceId as error:
        findings.add(filled, str(error), f"the resource id of a {wanted}.")
        return None


def _checked_tags(node: Node | None, findings: _Findings) -> dict[str, str] | None:
    if node is None or node.kind is NodeKind.EMPTY:
        return None
    if node.kind is not NodeKind.MAP:
        findings.add(node, f"tags is {node.kind.value}.", "keys with text values, such as team: data.")
        return None
    tags: dict[str, str] = {}
    spelled: dict[str, Node] = {}
    for key, value in node.pairs:
        if key.kind is not NodeKind.TEXT:
            _refuse_kind(key, "The name of a tag", findings)
        elif key.text.lower() in spelled:
            first = spelled[key.text.lower()]
            findings.add(
                key, f"The tag {key.text} appears again; it was first set on line {first.line}.", "each tag once."
            )
        elif value.kind is NodeKind.EMPTY:
            findings.add(value, f"The tag {key.text} has no value.", '"" for an empty value, or no such line.')
        elif value.kind is not NodeKind.TEXT:
            _refuse_kind(value, f"The tag {key.text}", findings)
        elif problem := tag_problem(key.text, value.text):
            findings.add(key, problem, "a valid tag.")
        else:
            spelled[key.text.lower()] = key
            tags[key.text] = value.text
    if len(tags) > MOST_TAGS:
        findings.add(node, f"There are {len(tags)} tags.", f"at most {MOST_TAGS}, Azure's limit.")
    return tags


def _checked_identity(node: Node | None, findings: _Findings) -> IdentityChoice | None:
    if node is None or node.kind is NodeKind.EMPTY:
        return None
    members = _members(node, _IDENTITY_KEYS, findings, "identity")
    if members is None:
        return None
    assigned = members.get("user_assigned_identities")
    if "type" not in members:
        findings.add(node, "identity has no type.", f"type: {_TYPES}.")
    kind = _checked_kind(members.get("type"), findings)
    identities = _checked_identities(assigned, findings) if assigned is not None else []
    if kind is None:
        return None
    if kind.has_user and (assigned is None or (assigned.kind is NodeKind.LIST and not assigned.items)):
        where = assigned or members["type"]
        findings.add(
            where, "No user-assigned identity is given.", "user_assigned_identities, a list with at least one."
        )
    if not kind.has_user and assigned is not None and (assigned.items or assigned.pairs):
        findings.add(
            members["type"],
            f"type is {members['type'].text}, but user_assigned_identities are given.",
            "type user_assigned or both, or no list.",
        )
    return IdentityChoice(kind, tuple(identities) if kind.has_user else ())


def _checked_kind(node: Node | None, findings: _Findings) -> IdentityKind | None:
    if node is None or node.kind is NodeKind.EMPTY:
        return None
    if node.kind is not NodeKind.TEXT:
        findings.add(node, f"type is {node.kind.value}.", f"{_TYPES}.")
        return None
    if _has_placeholder(node, findings):
        return None
    kind = _KINDS.get(_spelled_small(node.text))
    if kind is None:
        near = nearest(_spelled_small(node.text), _KINDS)
        findings.add(node, f'"{node.text}" is not an identity type.', f"{_TYPES}.", near)
    return kind


def _spelled_small(kind: str) -> str:
    """An identity type as azure-ai-ml spells it: `SystemAssigned, UserAssigned` is `system_assigned,user_assigned`."""
    parts = [part.strip() for part in kind.split(",")] if "," in kind else [kind]
    return ",".join(_NEW_WORD.sub("_", part).lower() for part in parts)


def _checked_identities(node: Node, findings: _Findings) -> list[ResourceId]:
    if node.kind is NodeKind.EMPTY:
        return []
    if node.kind is not NodeKind.LIST:
        findings.add(node, f"user_assigned_identities is {node.kind.value}.", 'a list: lines that begin with "- ".')
        return []
    # A repeated one is sent once, because the request has a set of them (azure-ai-ml does the same).
    return list(dict.fromkeys(identity for identity in _identity_items(node, findings)))


def _identity_items(node: Node, findings: _Findings) -> Iterator[ResourceId]:
    for item in node.items:
        if item.kind is NodeKind.TEXT:
            findings.add(
                item,
                "This identity has no key.",
                "a key and its value.",
                f"- resource_id: …/{item.text.rpartition('/')[2]}",
            )
            continue
        if item.kind is NodeKind.EMPTY:
            findings.add(item, "A user-assigned identity has no value.", "resource_id: its resource id.")
            continue
        members = _members(item, _ASSIGNED_KEYS, findings, "a user-assigned identity")
        if members is None:
            continue
        if "resource_id" not in members:
            findings.add(item, "A user-assigned identity has no resource_id.", "resource_id: its resource id.")
        identity = _checked_id(members.get("resource_id"), USER_ASSIGNED_IDENTITY_TYPE, findings)
        if identity is not None:
            yield identity
