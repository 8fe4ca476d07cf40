"""The HTTP requests with their bodies, and any document as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from tui.domain.exports.wanted import API_VERSION, parts
from tui.domain.plan import Plan

_HOST = "https://management.azure.com"


def requests(plan: Plan) -> str:
    """What is sent, as HTTP."""
    made, detached = parts(plan)
    texts = [
        f"PUT {_HOST}{one.id}?api-version={API_VERSION}\n"
        f"Content-Type: application/json\n\n{pretty_json(one.document)}\n"
        for one in made
    ]
    texts += [f"DELETE {_HOST}{one.id}?api-version={API_VERSION}&underlyingResourceAction=Detach\n" for one in detached]
    return "\n".join(texts)


def pretty_json(document: Mapping[str, Any]) -> str:
    """A document as indented JSON, members in the order that Azure sent; what does not print is escaped."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return text if text.replace("\n", "").isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
