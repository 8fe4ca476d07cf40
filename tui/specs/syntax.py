"""YAML as values that know their line and column.

PyYAML's composer is used and not its constructor: it keeps duplicate keys and every position, and builds
no object that a file asks for.
"""

import re
from typing import TYPE_CHECKING, Any

from tui.domain.spec import Node, NodeKind, SpecProblem

if TYPE_CHECKING:
    import yaml

_MOST_VALUES = 10_000
_INDENT_TAB = re.compile(r"^( *)\t", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_CORE = "tag:yaml.org,2002:"
_OWN_TAGS = frozenset(
    f"{_CORE}{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)
_ONE_DOCUMENT = "expected a single document in the stream"
"""How PyYAML's composer begins its refusal of a second document."""
_BOMS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class _Unusable(Exception):
    """The YAML is well-formed, and still not something to read; carries where and why."""

    def __init__(self, node: "yaml.Node", found: str, expected: str) -> None:
        super().__init__(found)
        self.problem = SpecProblem(node.start_mark.line + 1, node.start_mark.column + 1, found, expected)


def parse(data: bytes) -> tuple[Node | None, tuple[SpecProblem, ...]]:
    """Read YAML.

    Args:
        data: The file's bytes.

    Returns:
        Its one value, None where it has none that can be used; and what is wrong with it as YAML.
    """
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    if encoding:
        return None, (SpecProblem(1, 1, f"The file is {encoding}.", "Expected: UTF-8. Save it as that."),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(data, error.start),)
    root, problem = _compose(text)
    tabs = _tabs(text) if problem is not None else ()
    if tabs:
        # With blanks in the place of the tabs the rest can be judged too, and every column stays what it is.
        root, _ = _compose(_INDENT.sub(lambda match: " " * len(match.group()), text))
        return root, tabs
    return root, (problem,) if problem is not None else ()


def _compose(text: str) -> tuple[Node | None, SpecProblem | None]:
    import yaml

    try:
        composed = yaml.compose(text, Loader=yaml.SafeLoader)
        if composed is None:
            return Node(NodeKind.EMPTY, 1, 1), None
        return _Converter().convert(composed), None
    except yaml.reader.ReaderError as error:
        line, column = _position(text, error.position)
        character = f"U+{error.character:04X}" if isinstance(error.character, int) else repr(error.character)
        return None, SpecProblem(line, column, f"The character {character} is here.", "Expected: text, as YAML allows.")
    except yaml.MarkedYAMLError as error:
        return None, _several(text, error) if error.context == _ONE_DOCUMENT else _syntax(error)
    except RecursionError:
        return None, SpecProblem(1, 1, "The file is nested too deeply.", "Expected: a few levels.")
    except _Unusable as unusable:
        return None, unusable.problem


class _Converter:
    """Turns PyYAML's nodes into ours, each once, so that aliases cost nothing."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[Node, int]] = {}
        self._open: set[int] = set()

    def convert(self, node: "yaml.Node") -> Node:
        return self._sized(node)[0]

    def _sized(self, node: "yaml.Node") -> tuple[Node, int]:
        """The node, and how many values it unfolds to."""
        if id(node) in self._done:
            return self._done[id(node)]
        if id(node) in self._open:
            raise _Unusable(node, "An alias leads back into itself.", "Expected: values without a circle.")
        self._open.add(id(node))
        made, size = self._made(node)
        self._open.discard(id(node))
        if size > _MOST_VALUES:
            raise _Unusable(
                node,
                f"With its aliases the file unfolds to more than {_MOST_VALUES:,} values.",
                "Expected: a specification, which has a few dozen.",
            )
        self._done[id(node)] = (made, size)
        return made, size

    def _made(self, node: "yaml.Node") -> tuple[Node, int]:
        import yaml

        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        if node.tag not in _OWN_TAGS:
            raise _Unusable(node, f"The value bears the tag {node.tag}.", "Expected: a value without a tag.")
        if isinstance(node, yaml.SequenceNode):
            items = [self._sized(item) for item in node.value]
            size = 1 + sum(size for _, size in items)
            return Node(NodeKind.LIST, line, column, items=tuple(item for item, _ in items)), size
        if isinstance(node, yaml.MappingNode):
            pairs = [(self._sized(key), self._sized(value)) for key, value in node.value]
            size = 1 + sum(key[1] + value[1] for key, value in pairs)
            return Node(NodeKind.MAP, line, column, pairs=tuple((key[0], value[0]) for key, value in pairs)), size
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        kind = NodeKind.EMPTY if node.tag == f"{_CORE}null" and style is None else NodeKind.TEXT
        return Node(kind, line, column, text=str(node.value), is_plain=style is None), 1


def _syntax(error: Any) -> SpecProblem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    said = str(error.problem or error.context or "it cannot be read")
    if "'\\t'" in said:
        return SpecProblem(line, column, "A tab is here.", "Expected: blanks; YAML takes no tab in this place.")
    context = f" {error.context}" if error.context and error.problem else ""
    return SpecProblem(line, column, f"This is no YAML: {said}{context}.", "Expected: key: value, one a line.")


def _several(text: str, error: Any) -> SpecProblem:
    """A file of several documents, as `---` separates them; one that holds nothing is not a specification."""
    import yaml

    line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
    number = 0
    try:
        documents = yaml.compose_all(text, Loader=yaml.SafeLoader)
        number = sum(document is not None and document.value != "" for document in documents)
    except (yaml.YAMLError, RecursionError):
        # What follows is not YAML; the second document is a mistake all the same.
        return SpecProblem(line, column, "A second document begins here.", "Expected: one specification in a file.")
    if number < 2:
        return SpecProblem(line, column, "An empty document begins here.", "Expected: one document, without this line.")
    found = f"This file holds {number} specifications; az ml compute attach takes one per file."
    return SpecProblem(line, column, found, "Expected: a file for each.")


def _tabs(text: str) -> tuple[SpecProblem, ...]:
    return tuple(
        SpecProblem(
            text.count("\n", 0, match.start()) + 1,
            len(match.group(1)) + 1,
            "The line is indented with a tab.",
            "Expected: blanks; YAML takes no tab there.",
        )
        for match in _INDENT_TAB.finditer(text)
    )


def _not_utf8(data: bytes, offset: int) -> SpecProblem:
    before = data[:offset]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    return SpecProblem(
        line,
        column,
        f"The byte 0x{data[offset]:02X} is here, so the file is not UTF-8.",
        "Expected: UTF-8. Save it as that.",
    )


def _position(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
