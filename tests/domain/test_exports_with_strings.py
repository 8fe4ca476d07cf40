"""Exports with difficult strings, read back by the parsers of their languages."""

import ast
import json
import shlex
from typing import Any

import pytest
import yaml

from tests.support.hostile import STRINGS
from tui.domain.attachment import Attachment
from tui.domain.exports.az import commands, specification
from tui.domain.exports.rest import pretty_json, requests
from tui.domain.exports.sdk import code
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.workspaces import Workspace
from tui.sandbox.seed import make_world

GUID = "516fb186-8a84-47a1-a265-6acb72ebb746"
TRAPS = {
    **STRINGS,
    **{
        text: text
        for text in (
            *("yes", "No", "ON", "null", "~", "true", "1.0", "0x1F", "1e3", "2026-11-23", "12:30:45", ".inf", "="),
            *("a: b", "- a", "# no", "a #b", "&a", "*a", "!t", "%T", "@a", "`a", "'", '"', "\\", "{a}", "[a]", "|"),
            *("", " ", " lead", "trail ", "a'b\"c", "$(rm -rf ~)", "`id`", ";ls", "a\nb", "--flag", "---", "..."),
            *("\\ud83d", "\\n", "?", ",", ">", "<<", "\U0010ffff"),
        )
    },
}
IDENTITIES = f"/subscriptions/{GUID}/resourceGroups/r(g)/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
SYSTEM_AND_USER = IdentityChoice(
    IdentityKind.SYSTEM_AND_USER, tuple(ResourceId.parse(f"{IDENTITIES}/{name}") for name in ("one", "構成"))
)


def attachment(text: str = "adhoc", **more: Any) -> Attachment:
    pool = f"/subscriptions/{GUID}/resourceGroups/rg-data/providers/Microsoft.Synapse/workspaces/s/bigDataPools/p"
    workspace = Workspace(ml_workspace_id(GUID, "rg (ml)", "aml-prod"), "eastus2")
    return Attachment(workspace, text, ResourceId.parse(pool), SYSTEM_AND_USER, **more)


@pytest.mark.parametrize("text", TRAPS.values(), ids=[repr(key) for key in TRAPS])
def test_every_string_survives_each_language(text: str) -> None:
    asked = Plan.of([attachment(text, description=text, tags={text: text, "other": text})])
    spec = yaml.safe_load(specification(asked))
    assert spec["name"] == text
    assert spec["tags"] == {text: text, "other": text}
    assert spec.get("description", "") == text
    body = json.loads(requests(asked).split("\n\n", 1)[1])
    assert body["tags"] == {text: text, "other": text}
    words = shlex.split(commands(asked).rsplit("END_OF_FILE", 1)[1])
    assert words[:4] == ["az", "ml", "compute", "attach"]
    assert words[words.index("--resource-group") + 1] == "rg (ml)"
    call = next(node for node in ast.walk(ast.parse(code(asked))) if _calls(node, "SynapseSparkCompute"))
    assert isinstance(call, ast.Call)
    given = {one.arg: one.value for one in call.keywords}
    assert ast.literal_eval(given["name"]) == text
    assert ast.literal_eval(given["tags"]) == {text: text, "other": text}


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def test_json_keeps_azures_values_in_their_original_order() -> None:
    raw = next(one for one in make_world().computes if one["name"] == "markup-lab")
    assert list(json.loads(pretty_json(raw))) == list(raw)
    assert json.loads(pretty_json(raw)) == raw
    assert "構成テスト" in pretty_json(raw)
