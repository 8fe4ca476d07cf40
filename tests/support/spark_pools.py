"""Spark pools of the simulated Azure, written and read without an SDK."""

import json
from typing import Any

from tests.support.sandbox_box import PROD, Document, ask
from tui.sandbox import http as sandbox_http
from tui.sandbox.box import Sandbox
from tui.sandbox.names import spark_pool_id

IN = ("rg-data", "syn-prod")
SMALL: Document = {"nodeCount": 3, "nodeSize": "Small", "nodeSizeFamily": "MemoryOptimized", "sparkVersion": "3.4"}


def pool_url(name: str = "newpool", query: str = "api-version=2021-06-01", workspace: str = "syn-prod") -> str:
    return f"{spark_pool_id(PROD, 'rg-data', workspace, name)}?{query}"


def content(tags: Document | None = None, **properties: Any) -> bytes:
    more = {} if tags is None else {"tags": tags}
    return json.dumps({"location": "eastus2", "properties": {**SMALL, **properties}, **more}).encode()


async def put(sandbox: Sandbox, name: str = "newpool", **more: Any) -> sandbox_http.Response:
    return await ask(sandbox, pool_url(name), "PUT", content=content(**more))


async def followed(sandbox: Sandbox, link: str) -> sandbox_http.Response:
    return await sandbox.handle(sandbox_http.Request("GET", link, {"Authorization": "Bearer x"}))


async def shown(sandbox: Sandbox, name: str = "newpool") -> Document:
    response = await ask(sandbox, pool_url(name))
    assert response.status == 200, response.body
    document: Document = json.loads(response.body)
    return document


async def made(sandbox: Sandbox, name: str = "newpool", **more: Any) -> Document:
    """The pool after a PUT and its operation, which both succeed."""
    response = await put(sandbox, name, **more)
    assert response.status == 202, response.body
    await sandbox.clock.sleep(60)
    return await shown(sandbox, name)


def reason(response: sandbox_http.Response) -> tuple[int, str, str]:
    """The status of a refusal, and the code and sentence of its details, or its own if it has none."""
    error = json.loads(response.body)["error"]
    (told,) = error.get("details", [error])
    return response.status, told["code"], told["message"]
