"""Readers of exported texts that are not ours: the keys, values and statements, without identifiers made from names."""

import ast
import inspect
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import hcl2
import pycep
import pytest
import yaml

from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT

CLOUDS = pytest.mark.parametrize("cloud", [PUBLIC, US_GOVERNMENT, CHINA], ids=lambda cloud: cloud.name)


def read_yaml(text: str) -> Any:
    return list(yaml.safe_load_all(text))


def read_python(text: str) -> Any:
    return ast.dump(ast.parse(text))


def read_rest(text: str) -> Any:
    """Return requests as a client reads them: `###` separates them, a blank line ends headers, `#` starts a comment."""
    found = []
    for part in re.split(r"(?m)^###.*\n", text):
        lines = [line for line in part.split("\n") if not line.startswith("#")]
        head, _, body = "\n".join(lines).strip("\n").partition("\n\n")
        if head:
            method, _, url = head.split("\n")[0].partition(" ")
            assert method in ("GET", "PUT", "DELETE")
            assert re.fullmatch(r"https://[^\s{}\"]+", url), url
            found.append((method, head.split("\n")[1:], len(url.split("/")), json.loads(body) if body else None))
    return found


def read_bicep(text: str) -> Any:
    parsed = pycep.BicepParser().parse(text=text)
    return [_bicep(one) for one in parsed["resources"].values()]


def _bicep(value: Any) -> Any:
    if isinstance(value, dict):
        return {_bicep_text(key.removeprefix("'").removesuffix("'")): _bicep(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_bicep(inner) for inner in value]
    return _bicep_text(value) if isinstance(value, str) else value


def _bicep_text(text: str) -> str:
    named = {"n": "\n", "r": "\r", "t": "\t"}

    def one(match: "re.Match[str]") -> str:
        return chr(int(match[1], 16)) if match[1] else named.get(match[2], match[2])

    assert not re.search(r"(?<!\\)(?:\\\\)*\$\{", text)
    return re.sub(r"\\(?:u\{([0-9a-f]+)\}|(.))", one, text)


def read_terraform(text: str) -> Any:
    found = hcl2.loads(text)
    assert set(found) <= {"import", "resource", "data", "__comments__"}
    return [
        (kind, block_type, read_terraform_value(body))
        for kind in ("resource", "data")
        for block in found.get(kind, [])
        for block_type, labelled in block.items()
        for body in labelled.values()
    ] + [read_terraform_value(block["id"]) for block in found.get("import", [])]


def read_terraform_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {read_terraform_value(key): read_terraform_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [read_terraform_value(inner) for inner in value]
    if not (isinstance(value, str) and value.startswith('"')):
        return "a reference" if isinstance(value, str) and "." in value else value
    inner = value[1:-1]
    assert not re.search(r"(?<![$])\$\{|(?<!%)%\{", inner)

    def one(match: "re.Match[str]") -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else {"n": "\n", "r": "\r", "t": "\t"}.get(match[3], match[3])

    plain = re.sub(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", one, inner)
    return plain.replace("$${", "${").replace("%%{", "%{")


READERS: dict[str, Callable[[str], Any]] = {
    "yaml": read_yaml,
    "python": read_python,
    "rest": read_rest,
    "bicep": read_bicep,
    "terraform": read_terraform,
}


def read_body(tree: ast.AST) -> Any:
    """Return the document that exported Python sends, from its variable `body`."""
    (body,) = [
        one.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and one.targets[0].id == "body"
    ]
    return ast.literal_eval(body)


def read_here_document(text: str) -> Any:
    """Return the first document that exported `az` commands send."""
    return json.loads(text.partition("<<'END_OF_FILE'\n")[2].partition("END_OF_FILE")[0])


def check_calls(tree: ast.AST, known: Mapping[str, Any], *, keywords_of: str) -> dict[str, Any]:
    """Check that exported Python makes all calls that are known here, as their packages declare them.

    Args:
        tree: The parsed Python.
        known: The functions of the packages, by name.
        keywords_of: The call whose constant keyword arguments are returned.
    """
    seen: set[str] = set()
    found: dict[str, Any] = {}
    for one in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(one.func).rpartition(".")[2]
        if name in known:
            seen.add(name)
            inspect.signature(known[name]).bind(None, *one.args, **{key.arg: None for key in one.keywords if key.arg})
        if ast.unparse(one.func) == keywords_of:
            found |= {key.arg: ast.literal_eval(key.value) for key in one.keywords if key.arg}
    assert seen == known.keys()
    return found
