"""Sentences of the program itself: none is taken for a secret, so that all of them reach the user in full."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.domain.mentions import Mention
from tui.domain.redaction import fit_to_show, redacted
from tui.headless.failures import without_keys

PACKAGE = Path(__file__).parents[2] / "tui"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "sandbox" not in path.parts)
FILLED_IN = "X1y"
NOT_SHOWN = {
    "Proxy-Authorization: Basic ",
    f"Proxy-Authorization: Basic {FILLED_IN}\r\n",
}
"""The header that the program sends to a proxy."""


def documentation(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings, which are statements of their own."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def filled_in(node: ast.expr) -> str:
    """What an f-string says, with the mention or a word in the place of each value."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.FormattedValue(value=ast.Attribute(value=ast.Name(id="Mention"), attr=name)):
            return str(Mention[name])
        case _:
            return FILLED_IN


def sentences(path: Path) -> Iterator[str]:
    """Every text in a source file that is not documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = documentation(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(map(filled_in, node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_sentence_of_the_program_is_taken_for_a_secret(path: Path) -> None:
    for sentence in set(sentences(path)) - NOT_SHOWN:
        for shown in (sentence, without_keys(sentence)):
            assert (redacted(shown), fit_to_show(shown)) == (shown, shown)


def test_a_sentence_that_looks_like_a_secret_is_found() -> None:
    shown = without_keys(f"Get a new token: {Mention.SIGN_IN}.")
    assert redacted(shown) != shown
