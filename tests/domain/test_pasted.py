"""Ids pasted from pages, tools and files: found in every form, and reported if they cannot be read."""

import json
import textwrap
from itertools import product
from urllib.parse import quote

import pytest

from tui.domain.pasted import looks_like_id, one_line, resource_id_in
from tui.domain.resource_id import ML_WORKSPACE_TYPE, SPARK_POOL_TYPE, InvalidResourceId, ResourceId
from tui.domain.roles import looks_like_object_id, object_id_in

GUID = "516fb186-8a84-47a1-a265-6acb72ebb746"
OTHER = "99999999-8a84-47a1-a265-6acb72ebb746"
GROUP = f"/subscriptions/{GUID}/resourceGroups/rg-ml"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/aml-prod"
POOL = f"{GROUP}/providers/Microsoft.Synapse/workspaces/syn-prod/bigDataPools/adhocpool"
KINDS = {ML_WORKSPACE_TYPE: WORKSPACE, SPARK_POOL_TYPE: POOL}
FORMS = {
    "as it is": "{id}",
    "lower case": "{lower}",
    "without the first slash": "{bare}",
    "in quotes, with a comma": '"{id}",',
    "a line of JSON": '  "id": "{id}",',
    "escaped slashes": '"id": "{escaped}"',
    "a line of YAML": "resource_id: {id}",
    "a flag": "az resource show --ids {id} -o table",
    "a variable": "POOL_ID={id}",
    "Markdown": "[the resource]({id})",
    "angle brackets": "<{id}>",
    "a request": "https://management.azure.com{id}?api-version=2023-04-01",
    "the portal": "https://portal.azure.com/#@contoso.com/resource{id}/overview",
    "a page of the portal": "https://portal.azure.com/#view/Blade/id/{quoted}/kind/x",
    "Studio": "https://ml.azure.com/?wsid={id}&tid=1",
    "Studio, encoded": "https://ml.azure.com/compute/list?wsid={quoted}&flight=x",
    "encoded twice": "{twice}",
}


def form(name: str, text: str) -> str:
    quoted = quote(text, safe="")
    return FORMS[name].format(
        id=text, lower=text.lower(), bare=text[1:], escaped=text.replace("/", "\\/"), quoted=quoted,
        twice=quote(quoted, safe=""),
    )  # fmt: skip


@pytest.mark.parametrize(("name", "wanted"), product(FORMS, KINDS))
@pytest.mark.parametrize("around", ["{}", "\u200b{}", "{}\u2060", "\ufeff{}\n", " {} ", "{}\u3164"], ids=ascii)
def test_a_resource_id_is_found_in_every_pasted_form(name: str, wanted: str, around: str) -> None:
    text = around.format(form(name, KINDS[wanted]))
    assert looks_like_id(text)
    assert resource_id_in(text, wanted) == ResourceId.parse(KINDS[wanted])


@pytest.mark.parametrize(
    "text",
    [
        f"https://ml.azure.com/?wsid={GROUP}/workspaces/aml-prod&tid=1",
        f"https://ml.azure.com/jobs?tid=1&wsid={quote(f'{GROUP}/workspaces/aml-prod', safe='')}",
        f"{GROUP}/workspaces/aml-prod",
        f"azureml:/{GROUP}/workspaces/aml-prod/datastores/x".replace("resourceGroups", "resourcegroups"),
        json.dumps({"subscription_id": GUID, "resource_group": "rg-ml", "workspace_name": "aml-prod"}, indent=4),
        f"az ml compute list --subscription {GUID} --resource-group rg-ml --workspace-name aml-prod",
        f"--subscription {GUID} -g rg-ml -w aml-prod",
    ],
)
def test_a_workspace_is_found_when_its_provider_is_not_named(text: str) -> None:
    assert looks_like_id(text)
    assert resource_id_in(text, ML_WORKSPACE_TYPE) == ResourceId.parse(WORKSPACE)


@pytest.mark.parametrize("width", range(25, 90, 5))
@pytest.mark.parametrize("prefix", ["", '"id": "', "https://portal.azure.com/#@x/resource"])
def test_an_id_wrapped_over_several_lines_is_joined(width: int, prefix: str) -> None:
    text = prefix + POOL + ('",' if prefix.endswith('"') else "")
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    assert resource_id_in("\n    ".join(lines), SPARK_POOL_TYPE) == ResourceId.parse(POOL)


def test_the_id_of_the_expected_type_is_found_in_tool_output() -> None:
    shown = {
        "autoPause": None,
        "id": POOL,
        "name": "adhocpool",
        "resourceGroup": "rg-ml",
        "workspace": {"id": WORKSPACE},
    }
    for wanted, text in KINDS.items():
        assert resource_id_in(json.dumps(shown, indent=2), wanted) == ResourceId.parse(text)


def test_no_line_of_a_pasted_text_is_lost() -> None:
    assert one_line("one\r\n two\n\nthree\n") == "one two three"
    assert one_line(textwrap.indent("name: a\nage: b", "  ")) == "name: a age: b"


@pytest.mark.parametrize(
    "text",
    [
        f"{POOL} and more",
        f"{POOL}\nand more",
        f'"id": "{POOL} b"',
        POOL.replace("adhocpool", "a%20b"),
        f"https://x{POOL.replace('adhocpool', 'a%20b')}",
        POOL.replace("adhocpool", ".."),
        POOL.replace("adhocpool", "%2e%2e"),
        POOL.replace("syn-prod", ""),
        f"{POOL}\n{POOL}2",
        f"https://portal.azure.com/#@x/resource{WORKSPACE}",
        "https://portal.azure.com/#@x/resource/subscriptions/abc",
        "https://ml.azure.com/?wsid=nothing",
        "resourceId('Microsoft.Synapse/workspaces/bigDataPools', 'a', 'b')",
        "syn-prod/adhocpool",
        "%2Fsubscriptions%2Fx",
    ],
)
def test_an_unreadable_id_is_reported_instead_of_searched_for(text: str) -> None:
    assert looks_like_id(text)
    with pytest.raises(InvalidResourceId):
        resource_id_in(text, SPARK_POOL_TYPE)


@pytest.mark.parametrize("text", ["etl", "etl-prod", "Contoso Prod", "subscriptions", "3.5", "id-etl", "構成"])
def test_plain_text_is_not_mistaken_for_an_id(text: str) -> None:
    assert not looks_like_id(text)
    assert not looks_like_object_id(text)


@pytest.mark.parametrize(
    "text",
    [
        GUID,
        GUID.upper(),
        GUID.replace("-", ""),
        f"{{{GUID}}}",
        f'"{GUID}",',
        f"{GUID}\u200b",
        f'  "principalId": "{GUID}",',
        f"objectId={GUID}",
        f"https://portal.azure.com/#view/Blade/~/Overview/objectId/{GUID}/appId/{OTHER}",
        json.dumps({"appId": OTHER, "displayName": "x", "id": GUID}, indent=2),
        json.dumps({"clientId": OTHER, "id": POOL, "principalId": GUID, "tenantId": OTHER}),
    ],
)
def test_an_object_id_is_found_in_every_pasted_form(text: str) -> None:
    assert looks_like_object_id(text)
    assert object_id_in(text).lower() == GUID


@pytest.mark.parametrize("text", [f'"clientId": "{GUID}"', f"{GUID} {OTHER}", POOL, GUID[:-3], f"{GUID}0", "https://x"])
def test_a_text_without_an_unambiguous_object_id_is_reported(text: str) -> None:
    assert looks_like_object_id(text)
    assert object_id_in(text) == ""


@pytest.mark.parametrize("text", [f"use {POOL}{'a' * 3_000} here", f"use {POOL}/{'a/' * 1_500} here"])
def test_an_overlong_id_is_never_truncated_to_another_id(text: str) -> None:
    with pytest.raises(InvalidResourceId):
        resource_id_in(text, SPARK_POOL_TYPE)


@pytest.mark.parametrize("piece", ["/subscriptions", "(/subscriptions/)", "/a\n", "%252f"])
def test_a_pasted_text_of_any_length_is_read_completely(piece: str) -> None:
    with pytest.raises(InvalidResourceId):
        resource_id_in(f"x {piece * (1_000_000 // len(piece))}", SPARK_POOL_TYPE)
