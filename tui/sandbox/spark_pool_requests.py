"""Reads the body of a Spark pool's PUT: what Azure keeps of it, or why it refuses it.

A PUT replaces: a setting that it leaves out has its default. Codes and sentences without a source are chosen.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tui.sandbox import documents
from tui.sandbox.errors import arm_error, spark_pool_invalid
from tui.sandbox.http import Document, Request, Response

FEWEST_NODES, MOST_NODES = 3, 200
SHORTEST_DELAY, LONGEST_DELAY = 5, 10_080
"""The limits of the number of nodes (quoted in an issue), and of the delay in minutes (documentation)."""

NODE_SIZES = ("None", "Small", "Medium", "Large", "XLarge", "XXLarge", "XXXLarge")
NODE_FAMILIES = ("None", "MemoryOptimized", "HardwareAcceleratedFPGA", "HardwareAcceleratedGPU")
"""The specification's lists."""

LIBRARY = ("name", "path", "containerName", "type")
"""The members of a library that a client can write (specification)."""


class RefusedError(Exception):
    """Azure's refusal of the request, as its response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response


def read_spark_pool(request: Request, arm_id: str, existing: Document | None, moment: datetime) -> Document:
    """The Spark pool after the PUT, in state Provisioning.

    `existing` is the pool so far, and `moment` the current time.

    Raises:
        RefusedError: If the pool cannot be as requested.
    """
    sent = _content(request)
    location = sent.get("location")
    if not isinstance(location, str) or not location:
        message = "The location property is required for this definition."
        raise RefusedError(arm_error(400, "LocationRequired", message))
    before = (existing or {}).get("properties") or {}
    shape = _shape(_members(sent, "properties"), before, is_new=existing is None)
    # A client sends these back as it read them; Azure keeps its own (recorded).
    kept = {"lastSucceededTimestamp": before.get("lastSucceededTimestamp"), "provisioningState": "Provisioning"}
    if "creationDate" in before:
        kept["creationDate"] = before["creationDate"]
    tags = _members(sent, "tags") if sent.get("tags") is not None else None
    return documents.spark_pool(arm_id, location, moment, {**shape, **kept}, tags)


def read_tags(request: Request, pool: Document) -> Document:
    """The Spark pool after the PATCH, of which Azure reads only the tags (specification, and a public issue).

    Raises:
        RefusedError: If the body is invalid.
    """
    sent = _content(request)
    return pool if sent.get("tags") is None else {**pool, "tags": dict(_members(sent, "tags"))}


def _shape(sent: Mapping[str, object], before: Document, *, is_new: bool) -> Document:
    """The settings in Azure's normal form (recorded); `sparkEventsFolder` and the log folder never come back."""
    scale = _auto_scale(_members(sent, "autoScale"))
    nodes = _number(sent, "nodeCount")
    if nodes or not scale["enabled"]:
        _check_nodes(nodes)
    # A newer service than that of the 2022 recordings, which answered 0.
    cache = 50 if sent.get("cacheSize") is None else _number(sent, "cacheSize")
    requirements = _file(_members(sent, "libraryRequirements"))
    libraries = _libraries(sent.get("customLibraries"), before)
    if is_new and (requirements or libraries):
        message = "Synapse Spark pool must be created before libraries are installed."
        raise _invalid("SparkComputePropertiesNotAllowed", message)  # as quoted in an issue of 2023
    return {
        "sparkVersion": _text(sent, "sparkVersion"),
        "nodeCount": nodes,
        "nodeSize": _word(sent, "nodeSize", NODE_SIZES),
        "nodeSizeFamily": _word(sent, "nodeSizeFamily", NODE_FAMILIES),
        "autoScale": scale,
        "autoPause": _auto_pause(_members(sent, "autoPause")),
        "isComputeIsolationEnabled": _flag(sent, "isComputeIsolationEnabled"),
        "libraryRequirements": requirements,
        "customLibraries": libraries,
        "sparkConfigProperties": _configuration(_members(sent, "sparkConfigProperties")),
        "sessionLevelPackagesEnabled": _flag(sent, "sessionLevelPackagesEnabled"),
        "cacheSize": cache,
        "dynamicExecutorAllocation": _executors(
            _members(sent, "dynamicExecutorAllocation"), scale["maxNodeCount"] if scale["enabled"] else nodes
        ),
        # It cannot be changed after the creation (specification).
        "isAutotuneEnabled": before.get("isAutotuneEnabled", False) if before else _flag(sent, "isAutotuneEnabled"),
    }


def _auto_scale(sent: Mapping[str, object]) -> Document:
    """The scaling; its numbers are kept while it is off (recorded)."""
    enabled = _flag(sent, "enabled")
    least, most = _number(sent, "minNodeCount"), _number(sent, "maxNodeCount")
    if enabled:
        _check_nodes(least)
        _check_nodes(most)
        if least > most:
            message = f"The minimum number of nodes, {least}, is greater than the maximum, {most}."
            raise _invalid("AutoScaleNotValid", message)
    return {"enabled": enabled, "minNodeCount": least, "maxNodeCount": most}


def _auto_pause(sent: Mapping[str, object]) -> Document:
    """The pausing; its delay is kept while it is off (recorded)."""
    enabled, delay = _flag(sent, "enabled"), _number(sent, "delayInMinutes")
    if (enabled or delay) and not SHORTEST_DELAY <= delay <= LONGEST_DELAY:
        message = (
            f"The auto-pause delay cannot be {delay} minutes; it must be from {SHORTEST_DELAY} to {LONGEST_DELAY}."
        )
        raise _invalid("AutoPauseNotValid", message)
    return {"enabled": enabled, "delayInMinutes": delay}


def _executors(sent: Mapping[str, object], nodes: int) -> Document:
    """The allocation of executors on at most that many nodes; its numbers are dropped while it is off (recorded)."""
    if not _flag(sent, "enabled"):
        return {"enabled": False}
    code = "DynamicExecutorAllocationNotValid"
    if sent.get("minExecutors") is None or sent.get("maxExecutors") is None:
        message = "Min and max executors properties are mandatory fields when dynamic executor allocation is enabled"
        raise _invalid(code, message)  # as quoted in an issue
    least, most = _number(sent, "minExecutors"), _number(sent, "maxExecutors")
    if not 1 <= most < nodes:
        raise _invalid(code, "'maxExecutors' should lie between 1 and (maximumNodeCount -1).")  # as quoted in an issue
    if not 1 <= least <= most:
        raise _invalid(code, "'minExecutors' should lie between 1 and 'maxExecutors'.")
    return {"enabled": True, "minExecutors": least, "maxExecutors": most}


def _configuration(sent: Mapping[str, object]) -> Document | None:
    """The configuration file, with the kind that Azure adds (recorded)."""
    file = _file(sent)
    return {"configurationType": sent.get("configurationType") or "File", **file} if file else None


def _file(sent: Mapping[str, object]) -> Document | None:
    """The file, whose time of writing is the service's own; its content may be empty (specification)."""
    found: Document = {member: sent[member] for member in ("filename", "content") if sent.get(member) is not None}
    if not all(isinstance(text, str) for text in found.values()):
        raise _unreadable("a file's name and content are not text")
    return found or None


def _libraries(sent: object, before: Document) -> list[Document] | None:
    """The libraries, with what the service knows of those that the pool already has (specification)."""
    if sent is None:
        return None
    if not isinstance(sent, Sequence) or not all(isinstance(library, dict) for library in sent):
        raise _invalid("CustomLibrariesNotValid", "'customLibraries' must be a list of libraries.")
    known = {library.get("name"): library for library in before.get("customLibraries") or ()}
    written = [{member: library[member] for member in LIBRARY if member in library} for library in sent]
    return [{**known.get(library.get("name"), {}), **library} for library in written]


def _check_nodes(count: int) -> None:
    if not FEWEST_NODES <= count <= MOST_NODES:
        message = f"A Spark pool cannot have {count} nodes; it must have between {FEWEST_NODES} and {MOST_NODES} nodes."
        raise _invalid("NodeCountNotValid", message)  # the sentence as quoted in an issue


def _content(request: Request) -> Mapping[str, object]:
    try:
        sent = request.json()
    except ValueError as error:
        raise _unreadable(str(error)) from error
    if not isinstance(sent, dict):
        raise _unreadable("it is not an object")
    return sent


def _members(sent: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = sent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _unreadable(f"'{name}' is not an object")
    return value


def _flag(sent: Mapping[str, object], name: str) -> bool:
    value = sent.get(name)
    if value is not None and not isinstance(value, bool):
        raise _unreadable(f"'{name}' is not true or false")
    return bool(value)


def _number(sent: Mapping[str, object], name: str) -> int:
    """A whole number; a missing one is 0 (recorded)."""
    value = sent.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unreadable(f"'{name}' is not a whole number")
    return value


def _text(sent: Mapping[str, object], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid("PropertyRequired", f"'{name}' is required.")
    return value


def _word(sent: Mapping[str, object], name: str, words: tuple[str, ...]) -> str:
    """One of the words, in Azure's letter case."""
    value = _text(sent, name)
    found = next((word for word in words if word.lower() == value.lower()), None)
    if found is None:
        raise _invalid("PropertyNotValid", f"'{name}' cannot be '{value}'; it must be one of {', '.join(words)}.")
    return found


def _invalid(code: str, message: str) -> RefusedError:
    return RefusedError(spark_pool_invalid(code, message))


def _unreadable(why: str) -> RefusedError:
    message = f"The request content was invalid and could not be deserialized: '{why}'."
    return RefusedError(arm_error(400, "InvalidRequestContent", message))
