"""Terraform's `azurerm_synapse_spark_pool`.

Source: the provider's resource: it changes a Spark pool in place, and keeps of it what its API version knows and no
argument gives.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tui.domain.exports.pool_members import (
    CONFIGURATION_TYPE,
    FILE,
    Path,
    is_specified,
    joined,
    members,
    replaced_characters,
)
from tui.domain.exports.quoting import terraform
from tui.domain.exports.steps import PoolRequest
from tui.domain.pool_change import PoolChange

TYPE = "azurerm_synapse_spark_pool"
_VERSIONS = ("3.4", "3.5")
"""The Spark versions that the provider takes (its source); older providers take older ones."""

_REQUIRED = {"nodeSizeFamily": "node_size_family", "nodeSize": "node_size", "sparkVersion": "spark_version"}
_TEXTS = {**_REQUIRED, "sparkEventsFolder": "spark_events_folder", "defaultSparkLogFolder": "spark_log_folder"}
_SWITCHES = {
    "isComputeIsolationEnabled": "compute_isolation_enabled",
    "sessionLevelPackagesEnabled": "session_level_packages_enabled",
}
_EXECUTORS = {"minExecutors": "min_executors", "maxExecutors": "max_executors"}
_BLOCKS: Mapping[str, tuple[str, Mapping[str, str], type]] = {
    "autoScale": ("auto_scale", {"minNodeCount": "min_node_count", "maxNodeCount": "max_node_count"}, int),
    "autoPause": ("auto_pause", {"delayInMinutes": "delay_in_minutes"}, int),
    "libraryRequirements": ("library_requirement", {"filename": "filename", "content": "content"}, str),
    "sparkConfigProperties": ("spark_config", {"filename": "filename", "content": "content"}, str),
}
"""The members that are blocks: the name of each, its required arguments, and the type of their values."""


class PoolBlock:
    """The arguments that express a Spark pool, and what they cannot express.

    Attributes:
        arguments: The arguments with their values, in Terraform's syntax.
        blocks: The blocks, each with its arguments.
        tags: The tags that are text.
        said: The members that all of these express.
    """

    def __init__(self, request: PoolRequest) -> None:
        self._request = request
        self._document = request.document()
        inner = self._document.get("properties")
        self._properties: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
        self.arguments: dict[str, str] = {
            "name": terraform(request.id.name),
            "synapse_workspace_id": terraform(str(request.id.parent)),
            **dict.fromkeys(_REQUIRED.values(), '""'),
        }
        self.blocks: dict[str, dict[str, str]] = {}
        self.tags: dict[str, str] = {}
        self.said: set[Path] = {("location",)}
        self._say_values()
        self._say_executors()
        self._say_blocks()
        self._say_tags()

    @property
    def missing(self) -> Iterator[str]:
        """What Azure did not report and the provider requires, one sentence each."""
        for member, argument in _REQUIRED.items():
            if ("properties", member) not in self.said:
                yield f"Azure did not report its {member}: fill in {argument}."
        if "node_count" not in self.arguments and "auto_scale" not in self.blocks:
            yield "Azure did not report its nodes: fill in node_count or auto_scale."

    @property
    def unsaid(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The members without an argument: those that the provider keeps, and those that it drops."""
        paths = [
            path for path, value in members(self._document) if path not in self.said and not _is_usual(path, value)
        ]
        lost = [path for path in paths if not is_specified(path) or path[0] == "tags" or self._is_switched_off(path)]
        # Libraries are kept as a whole.
        kept = (path[:2] if path[1] == "customLibraries" else path for path in paths if path not in lost)
        return joined(kept), joined(lost)

    def _is_switched_off(self, path: Path) -> bool:
        """Whether it belongs to a setting that this change turns off, which the provider does without its numbers."""
        if not isinstance(self._request, PoolChange) or path[1] not in ("autoScale", "autoPause"):
            return False
        before = self._request.pool.raw.get("properties") or {}
        return _is_on(before.get(path[1])) and not _is_on(self._properties.get(path[1]))

    def _say(self, member: str, argument: str, value: Any, *inner: str) -> None:
        self.arguments[argument] = _literal(value)
        self.said.add(("properties", member, *inner))

    def _say_values(self) -> None:
        for member, argument in _TEXTS.items():
            if isinstance(value := self._properties.get(member), str) and value:
                self._say(member, argument, value)
        for member, argument in _SWITCHES.items():
            if isinstance(value := self._properties.get(member), bool):
                self._say(member, argument, value)
        if _is_number(value := self._properties.get("cacheSize")):
            self._say("cacheSize", "cache_size", value)
        if _is_number(value := self._properties.get("nodeCount")) and not _is_on(self._properties.get("autoScale")):
            self._say("nodeCount", "node_count", value)

    def _say_executors(self) -> None:
        member = "dynamicExecutorAllocation"
        value = self._properties.get(member)
        if not isinstance(value, Mapping) or not isinstance(value.get("enabled"), bool):
            return
        self._say(member, "dynamic_executor_allocation_enabled", value["enabled"], "enabled")
        for inner, argument in _EXECUTORS.items() if value["enabled"] else ():
            if _is_number(value.get(inner)):
                self._say(member, argument, value[inner], inner)

    def _say_blocks(self) -> None:
        for member, (block, arguments, kind) in _BLOCKS.items():
            value = self._properties.get(member)
            if not isinstance(value, Mapping):
                continue
            if kind is int and value.get("enabled") is False:
                # Without the block it is off.
                self.said.add(("properties", member, "enabled"))
                continue
            given = {argument: value.get(inner) for inner, argument in arguments.items()}
            if all(_is_number(one) if kind is int else isinstance(one, str) for one in given.values()):
                self.blocks[block] = {argument: _literal(one) for argument, one in given.items()}
                self.said |= {("properties", member, inner) for inner in ("enabled", *arguments)}

    def _say_tags(self) -> None:
        tags = self._document.get("tags")
        if isinstance(tags, Mapping):
            self.tags = {key: value for key, value in tags.items() if isinstance(value, str)}
            self.said |= {("tags", key) for key in self.tags}


def spark_pool(request: PoolRequest, label: str) -> str:
    """The resource, after the block that imports it if it exists."""
    pool = PoolBlock(request)
    lines = []
    if isinstance(request, PoolChange):
        lines += ["import {", f"  to = {TYPE}.{label}", f"  id = {terraform(str(request.id))}", "}", ""]
    lines.append(f'resource "{TYPE}" "{label}" {{')
    width = max(map(len, pool.arguments))
    lines += [f"  {argument:<{width}} = {value}" for argument, value in pool.arguments.items()]
    for block, arguments in pool.blocks.items():
        lines += ["", f"  {block} {{", *(f"    {key} = {value}" for key, value in arguments.items()), "  }"]
    if pool.tags:
        lines += [
            "",
            "  tags = {",
            *(f"    {terraform(key)} = {terraform(tag)}" for key, tag in pool.tags.items()),
            "  }",
        ]
    return "\n".join((*lines, "}")) + "\n"


def remarks(request: PoolRequest) -> tuple[str, ...]:
    """What the arguments cannot express or what has to be filled in, one sentence each."""
    return _remarks(PoolBlock(request))


def notes(request: PoolRequest) -> tuple[str, ...]:
    """The comments above the resource."""
    pool = PoolBlock(request)
    sentences = list(_remarks(pool))
    if region := request.document().get("location"):
        sentences.append(f"Its region is that of its Synapse workspace: {region}.")
    version = pool.arguments["spark_version"]
    if version not in ('""', *map(terraform, _VERSIONS)):
        sentences.append(f"The provider takes Spark {' and '.join(_VERSIONS)}; it may refuse {version}.")
    folders = [one for one in ("spark_events_folder", "spark_log_folder") if one not in pool.arguments]
    if folders:
        sentences.append(f"The provider sends its own default for {' and '.join(folders)}; Azure never reports it.")
    return (*sentences, *replaced_characters(request))


def _remarks(pool: PoolBlock) -> tuple[str, ...]:
    kept, lost = pool.unsaid
    sentences = []
    if kept:
        sentences.append(f"Without an argument, so the provider keeps what is there: {', '.join(kept)}.")
    if lost:
        sentences.append(f"Without an argument, so applying a change drops it: {', '.join(lost)}.")
    return (*sentences, *pool.missing)


def _is_usual(path: Path, value: Any) -> bool:
    """Whether Azure has that for a Spark pool without the member, so that nothing is lost (recorded)."""
    if path == CONFIGURATION_TYPE:
        return bool(value == FILE)
    # False is 0 too.
    return is_specified(path) and bool(value == 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_on(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("enabled") is True


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return terraform(value) if isinstance(value, str) else str(value)
