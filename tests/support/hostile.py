"""Hostile strings that a screen must show but never interpret, and a world that has them in every string of Azure."""

from collections.abc import Callable
from typing import Any

from tests.support.stage import Stage
from tui.sandbox.world import ResourceCollection, World

Document = dict[str, Any]

STRINGS = {
    "closing tag": "pool[/red]x",
    "link": "[@click=app.quit]x[/]",
    "plain tag": "[prod]",
    "theme colour": "[$primary]x[/$primary] $primary",
    "address": "[link=https://example.com]y[/link]",
    "clipboard write": "\x1b]52;c;b3duZWQ=\x07",
    "title": "\x1b]0;owned\x1b\\",
    "colours and a cleared screen": "\x1b[2J\x1b[31mred\x1b[0m",
    "eight-bit controls": "\x9b1A\x9d0;owned\x9c\x84\x90q",
    "other controls": "nul\x00bel\x07bs\x08del\x7f",
    "bidirectional": "\u202etxt.exe\u202c \u2066isolated\u2069 \u200fmark\u061c",
    "invisible": "zero\u200bwidth\u00adsoft\ufefftag\U000e0041\U000e007f",
    "line breaks": "one\ntwo\r\nthree\rfour\u2028five\u2029six\x85seven\ttab",
    "wide": "構成テスト 数据 한국어 👩‍👩‍👧",
    "combining": "e\u0301\u0323\u0300\u0302\u0303 Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334",
    "long": "n" * 300,
    "long word of wide letters": "構" * 150,
}

WORLDS = {
    "commands": " ".join(
        STRINGS[key]
        for key in (
            "closing tag",
            "link",
            "plain tag",
            "theme colour",
            "address",
            "clipboard write",
            "title",
            "colours and a cleared screen",
            "eight-bit controls",
            "other controls",
            "bidirectional",
            "invisible",
            "line breaks",
        )
    ),
    "shapes": " ".join(STRINGS[key] for key in ("combining", "wide", "long", "long word of wide letters")),
}

IN_NAMES = {
    "commands": "[red]x[@click=app.quit]$primary[prod]",
    "shapes": "構成e\u0301" + "n" * 60,
}
"""Characters for a name inside a path; a slash, a control or an invisible character would make the id invalid."""


def poison(stage: Stage, kind: str) -> str:
    """Put hostile strings into the world of an app; see `poison_world`."""
    return poison_world(stage.box.world, kind)


def poison_world(world: World, kind: str) -> str:
    """Put hostile strings into all strings of a world except the names that tests look for.

    Args:
        world: The world to change.
        kind: One of `WORLDS`.

    Returns:
        The string that was inserted.
    """
    text, ending = WORLDS[kind], IN_NAMES[kind]
    for subscription in world.subscriptions:
        subscription["displayName"] += f" {text}"
    for workspace in world.aml_workspaces:
        workspace["properties"]["friendlyName"] = text
        workspace["properties"]["description"] = text
        workspace["tags"] = {text: text}
    for synapse in world.synapse_workspaces:
        synapse["location"] = text
        if "managedVirtualNetworkSettings" in synapse["properties"]:
            synapse["properties"]["managedVirtualNetworkSettings"]["allowedAadTenantIdsForLinking"] = [text]
    for rule in world.firewall_rules:
        rule["properties"].update(provisioningState=text, endIpAddress=text)
    for endpoint in world.private_endpoints:
        endpoint["properties"].update(groupId=text, connectionState={"status": text, "description": text})
    for pool in world.spark_pools:
        pool["properties"].update(sparkVersion=text, nodeSize=text, nodeSizeFamily=text)
    for identity in world.identities:
        identity["location"] = text
    for compute in world.computes:
        _poison_compute(compute, text)
    _rename(world.aml_workspaces, "aml-features", ending)
    _rename(world.synapse_workspaces, "syn-lab", ending)
    _rename(world.spark_pools, "labpool", ending, lambda arm_id: arm_id.replace("syn-lab", f"syn-lab{ending}"))
    _rename(world.spark_pools, "gpupool", ending)
    _rename(world.identities, "id-reporting", ending)
    _rename(world.computes, "lost-identity", ending)
    return text


def _poison_compute(compute: Document, text: str) -> None:
    compute["tags"] = {text: text, "plain": text}
    properties = compute["properties"]
    if properties is None:
        return
    properties["description"] = text
    if compute["name"] == "mystery":
        properties.update(computeType=text, provisioningState=text, computeLocation=text)
    if compute["name"] == "scoring":
        inner = {"code": text, "message": text}
        properties["provisioningErrors"] = [{"error": {"code": text, "message": text, "details": [inner]}}]
    if properties["computeType"] == "SynapseSpark" and properties["properties"]:
        properties["properties"].update(sparkVersion=text, nodeSize=text, nodeSizeFamily=text, poolName=text)


def _rename(listed: ResourceCollection, name: str, ending: str, change: Callable[[str], str] = str) -> None:
    old = next(document for document in listed if document["name"] == name)
    listed.remove(old["id"])
    listed.put({**old, "id": change(old["id"]) + ending, "name": name + ending})
