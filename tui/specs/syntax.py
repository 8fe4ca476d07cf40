"""YAML as values that know their line and column.

PyYAML's composer is used and not its constructor: it keeps duplicate keys and every position, and builds no object that
a file asks for.
"""

import logging
import re
from typing import TYPE_CHECKING, Any

from tui.domain.spec import Node, NodeKind, SpecProblem

if TYPE_CHECKING:
    import yaml

_log = logging.getLogger(__name__)

_MOST_VALUES = 10_000
_INDENT_TAB = re.compile(r"^( *)\t", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_CORE = "tag:yaml.org,2002:"
_OWN_TAGS = frozenset(
    f"{_CORE}{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)
_KINDS = {
    "null": NodeKind.EMPTY,
    "int": NodeKind.NUMBER,
    "float": NodeKind.NUMBER,
    "bool": NodeKind.BOOLEAN,
    "timestamp": NodeKind.DATE,
    "value": NodeKind.SIGN,
}
_HALF = re.compile("[\ud800-\udfff]")
_MISTAKES = (
    (r"'\\t'", "A tab is here.", "spaces; YAML does not allow a tab here."),
    (
        r"mapping values are not allowed",
        "A colon makes a second key of this line.",
        "one key per line; put text with a colon in quotes.",
    ),
    (r"could not find expected ':'", "A colon is missing.", "key: value, one per line."),
    (r"found undefined alias '?([^']*)'?", r"The alias *\1 has no anchor before it.", "an anchor such as &name first."),
    (r"found duplicate anchor '?([^';]*)'?", r"The anchor &\1 appears twice.", "each anchor once."),
    (r"while scanning a quoted scalar", "A quoted text does not end.", "a closing quote."),
    (
        r"found unknown escape character",
        "This is not a YAML escape.",
        "one such as \\n, or the text in single quotes.",
    ),
    (
        r"did not find expected digit|expected escape sequence",
        "This is not a YAML escape.",
        "its hexadecimal digits.",
    ),
    (r"found character '(.+)' that cannot start", r"A value cannot start with \1.", "the text in quotes."),
    (r"parsing a flow (sequence|mapping)", "A bracket does not close, or a comma is missing.", "[a, b] or {a: b}."),
    (
        r"parsing a block (mapping|collection)",
        "The indentation does not fit the lines above.",
        "keys of one set in one column.",
    ),
    (r"unexpected end of (the )?stream", "The file ends too early.", "a complete value."),
    (r"document start", "More text follows the end of the document.", "one document in each file."),
    (r"(alias|anchor|tag|directive|handle)", "An anchor, alias, tag or directive is not complete.", "a plain value."),
)
"""PyYAML's messages, as patterns, and our sentences for them."""
_ONE_DOCUMENT = "expected a single document in the stream"
"""The start of PyYAML's message about a second document."""
_BOMS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class _Unusable(Exception):
    """The YAML is well-formed but not usable; carries where and why."""

    def __init__(self, node: "yaml.Node", found: str, expected: str) -> None:
        super().__init__(found)
        self.problem = SpecProblem(node.start_mark.line + 1, node.start_mark.column + 1, found, expected)


def parse(data: bytes) -> tuple[Node | None, tuple[SpecProblem, ...]]:
    """Read YAML: its one value (None if it has no usable one), and what is wrong with it as YAML."""
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
        # With blanks instead of the tabs, the rest can be checked too, and every column stays the same.
        root, _ = _compose(_INDENT.sub(lambda match: " " * len(match.group()), text))
        return root, tabs
    return root, (problem,) if problem is not None else ()


def _compose(text: str) -> tuple[Node | None, SpecProblem | None]:
    import yaml

    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        line, column = _position(text, error.position)
        character = f"U+{error.character:04X}" if isinstance(error.character, int) else repr(error.character)
        return None, SpecProblem(line, column, f"The character {character} is here.", "Expected: text, as YAML allows.")
    try:
        composed = loader.get_single_node()
        root = Node(NodeKind.EMPTY, 1, 1) if composed is None else _Converter().convert(composed)
    except yaml.MarkedYAMLError as error:
        problem = _several(text, error) if error.context == _ONE_DOCUMENT else _syntax(error)
    except RecursionError:
        problem = SpecProblem(1, 1, "The file is nested too deeply.", "Expected: a few levels.")
    except _Unusable as unusable:
        problem = unusable.problem
    except Exception as error:  # noqa: BLE001 - the boundary of this package: PyYAML passes on what chr() and int() raise
        _log.debug("YAML: %r", error)
        found, expected = "This value cannot be read.", "Expected: text, as YAML allows."
        problem = SpecProblem(loader.line + 1, loader.column + 1, found, expected)
    else:
        return root, None
    return None, problem


class _Converter:
    """Converts PyYAML's nodes into ours, each once, so that aliases cost nothing."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[Node, int]] = {}
        self._open: set[int] = set()

    def convert(self, node: "yaml.Node") -> Node:
        return self._sized(node)[0]

    def _sized(self, node: "yaml.Node") -> tuple[Node, int]:
        """The node, and how many values it has with its aliases expanded."""
        if id(node) in self._done:
            return self._done[id(node)]
        if id(node) in self._open:
            raise _Unusable(node, "An alias refers to itself.", "Expected: values without a cycle.")
        self._open.add(id(node))
        made, size = self._made(node)
        self._open.discard(id(node))
        if size > _MOST_VALUES:
            raise _Unusable(
                node,
                f"With its aliases the file unfolds to more than {_MOST_VALUES:,} values.",
                "Expected: a spec file, which has a few dozen.",
            )
        self._done[id(node)] = (made, size)
        return made, size

    def _made(self, node: "yaml.Node") -> tuple[Node, int]:
        import yaml

        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        if node.tag not in _OWN_TAGS:
            raise _Unusable(node, f"The value has the tag {node.tag}.", "Expected: a value without a tag.")
        if isinstance(node, yaml.SequenceNode):
            items = [self._sized(item) for item in node.value]
            size = 1 + sum(size for _, size in items)
            return Node(NodeKind.LIST, line, column, items=tuple(item for item, _ in items)), size
        if isinstance(node, yaml.MappingNode):
            return self._map(node, line, column)
        if isinstance(node.value, str) and (half := _HALF.search(node.value)):
            raise _Unusable(
                node, f"The text has U+{ord(half[0]):04X}, half a character.", "Expected: whole characters."
            )
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        kind = _KINDS.get(node.tag.removeprefix(_CORE), NodeKind.TEXT)
        return Node(kind, line, column, text=str(node.value), is_plain=style is None), 1

    def _map(self, node: "yaml.MappingNode", line: int, column: int) -> tuple[Node, int]:
        """A set of keys, including missing ones from its merge keys `<<`."""
        size, own = 1, []
        merged: dict[str, tuple[Node, Node]] = {}
        merge_line = 0
        for key, value in node.value:
            if key.tag == f"{_CORE}merge":
                if merge_line:
                    # Versions of PyYAML disagree about which of the two takes precedence.
                    problem = f'"<<" appears again; it was first set on line {merge_line}.'
                    raise _Unusable(key, problem, "Expected: one, with a list such as [*a, *b].")
                merge_line = key.start_mark.line + 1
                for source in self._merged_from(value):
                    size += self._sized(source)[1]
                    merged |= {pair[0].text: pair for pair in self.convert(source).pairs}
            else:
                (its_key, key_size), (its_value, value_size) = self._sized(key), self._sized(value)
                size += key_size + value_size
                own.append((its_key, its_value))
        taken = {key.text for key, _ in own}
        pairs = (*own, *(pair for text, pair in merged.items() if text not in taken))
        return Node(NodeKind.MAP, line, column, pairs=pairs), size

    def _merged_from(self, value: "yaml.Node") -> "list[yaml.Node]":
        """The sets of keys behind a merge key; the last takes precedence."""
        import yaml

        sources = value.value[::-1] if isinstance(value, yaml.SequenceNode) else [value]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise _Unusable(
                    source, 'What "<<" merges is not a set of keys.', "Expected: an alias of a set of keys."
                )
        return sources


def _syntax(error: Any) -> SpecProblem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    message = f"{error.context or ''} {error.problem or ''}"
    for pattern, found, expected in _MISTAKES:
        if match := re.search(pattern, message):
            return SpecProblem(line, column, match.expand(found), f"Expected: {expected}")
    _log.debug("YAML: %s", message)
    return SpecProblem(line, column, "This is not valid YAML.", "Expected: key: value, one per line.")


def _several(text: str, error: Any) -> SpecProblem:
    """A file with several documents, separated by `---`; an empty document is not a spec file."""
    import yaml

    line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
    number = 0
    try:
        documents = yaml.compose_all(text, Loader=yaml.SafeLoader)
        number = sum(document is not None and document.value != "" for document in documents)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        # What follows is not YAML, but the second document is a mistake anyway.
        return SpecProblem(line, column, "A second document begins here.", "Expected: one document in a file.")
    if number < 2:
        return SpecProblem(line, column, "An empty document begins here.", "Expected: one document, without this line.")
    problem = f"This file holds {number} documents; az ml compute attach takes one per file."
    return SpecProblem(line, column, problem, "Expected: a file for each.")


def _tabs(text: str) -> tuple[SpecProblem, ...]:
    return tuple(
        SpecProblem(
            text.count("\n", 0, match.start()) + 1,
            len(match.group(1)) + 1,
            "The line is indented with a tab.",
            "Expected: spaces; YAML does not allow a tab there.",
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
