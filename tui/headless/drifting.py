"""The verb `drift`: spec files compared with what is attached; nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tui.domain.compute import Compute
from tui.domain.difference import Change, Mark
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.names import NameUse, use_of_name
from tui.domain.ordering import by_name
from tui.domain.phrases import plural
from tui.domain.plan_texts import member_name, values_of
from tui.domain.spec import Spec
from tui.exit_status import ExitStatus
from tui.headless.failures import Failed, Failure
from tui.headless.output import Result
from tui.headless.reading import Reading
from tui.specs.files import read_spec

_ENDINGS = (".yml", ".yaml")


class Drift(Enum):
    """How a spec file and what is attached compare; each value is its word in the output."""

    SAME = "same"
    DIFFERS = "differs"
    MISSING = "missing"
    NO_FILE = "no_file"
    UNUSABLE = "unusable"
    UNKNOWN = "unknown"


_DIFFERENT = (Drift.DIFFERS, Drift.MISSING)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A spec file or an attached pool, compared.

    Attributes:
        state: The result.
        name: The name of the compute; empty if the file cannot be used.
        file: The path of the file; empty without one.
        changes: What applying the file would change.
        faults: Why the file or the compute cannot be used, one sentence each.
    """

    state: Drift
    name: str
    file: str = ""
    changes: tuple[Change, ...] = ()
    faults: tuple[str, ...] = ()


async def find_drift(reading: Reading, path: str) -> tuple[Result, ExitStatus]:
    """Compare a folder of spec files, or one file, with the attached pools of the workspace.

    Raises:
        Problem: If the folder or Azure cannot be read.
        Failed: If there are no spec files.
    """
    files = await asyncio.to_thread(_files, path)
    workspace = reading.workspace
    computes, unreadable = await reading.items(lambda azure: azure.computes(workspace.id))
    listed = {compute.name.lower(): compute for compute in computes if not compute.unreadable}
    compared = [one async for one in _compare_all(files, listed, reading)]
    described = {one.name.lower() for one in compared}
    more = [one for name, one in listed.items() if one.is_spark_pool and name not in described]
    compared += [_Compared(Drift.NO_FILE, one.name) for one in sorted(more, key=lambda one: by_name(one.name))]
    unknown = [f"{one.name}: {' '.join(one.faults)}" for one in compared if one.state is Drift.UNKNOWN]
    result = Result(
        "sparkpool.drift/1",
        [_document(one) for one in compared],
        ("FILE", "NAME", "STATE", "DIFFERENCES"),
        [row for one in compared for row in _rows(one)],
        workspace=workspace.id,
        as_of=reading.as_of,
        wraps=True,
        unread=(*unreadable, *unknown),
        notes=tuple(_notes(compared)),
    )
    if any(one.state is Drift.UNUSABLE for one in compared):
        return result, ExitStatus.UNUSABLE
    differs = any(one.state in _DIFFERENT for one in compared)
    return result, ExitStatus.NOT_READY if differs else ExitStatus.DONE


def _files(path: str) -> Mapping[str, Spec | tuple[str, ...]]:
    """Each spec file of a folder by its path: its contents, or why it cannot be used.

    Raises:
        Problem: If it is not a folder, and no file that can be read.
        Failed: If there are none, or the folder cannot be read.
    """
    place = Path(path).expanduser()
    if not place.is_dir():
        spec, mistakes = read_spec(path)
        return {path: spec if spec is not None else tuple(str(one) for one in mistakes)}
    try:
        names = sorted(one.name for one in place.iterdir() if one.suffix in _ENDINGS and not one.name.startswith("."))
    except OSError as error:
        raise Failed(Failure.unusable(f"{path} cannot be read: {error.strerror or error}.")) from None
    if not names:
        advice = "A spec file is one that az ml compute attach --file takes; export --as yaml writes one."
        raise Failed(Failure.unusable(f"{path} has no spec files ({' or '.join(_ENDINGS)}).", advice))
    paths = [str(Path(path) / name) for name in names]
    return {one: _read(one) for one in paths}


def _read(path: str) -> Spec | tuple[str, ...]:
    try:
        spec, mistakes = read_spec(path)
    except Problem as problem:
        return (" ".join(filter(None, (problem.title, problem.cause))),)
    return spec if spec is not None else tuple(str(one) for one in mistakes)


async def _compare_all(
    files: Mapping[str, Spec | tuple[str, ...]], listed: Mapping[str, Compute], reading: Reading
) -> AsyncIterator[_Compared]:
    first: dict[str, str] = {}
    for path, read in files.items():
        if not isinstance(read, Spec):
            yield _Compared(Drift.UNUSABLE, "", path, faults=read)
            continue
        before = first.setdefault(read.name.lower(), path)
        if before != path:
            yield _Compared(Drift.UNUSABLE, read.name, path, faults=(f"{before} is about {read.name} too.",))
        else:
            yield await _compare_with_azure(path, read, listed.get(read.name.lower()), reading)


async def _compare_with_azure(path: str, spec: Spec, compute: Compute | None, reading: Reading) -> _Compared:
    """Compare a file with the compute of its name; one that the list does not have is read on its own."""
    if compute is None:
        target = reading.workspace.id.child("computes", spec.name)
        try:
            compute = await reading.value(lambda azure: azure.compute(target))
        except Problem as problem:
            if problem.kind is ProblemKind.NOT_FOUND:
                return _Compared(Drift.MISSING, spec.name, path)
            if problem.kind is ProblemKind.UNREADABLE:
                return _Compared(Drift.UNKNOWN, spec.name, path, faults=(problem.title,))
            raise
    if compute.unreadable:
        return _Compared(Drift.UNKNOWN, spec.name, path, faults=(compute.unreadable,))
    return _compare(path, spec, compute, reading)


def _compare(path: str, spec: Spec, compute: Compute, reading: Reading) -> _Compared:
    if use_of_name(compute, spec.pool) is not NameUse.SAME_POOL:
        now = str(compute.attached_to) if compute.is_spark_pool else compute.type_words
        change = Change(Mark.CHANGED, ("properties", "resourceId"), now, str(spec.pool))
        return _Compared(Drift.DIFFERS, compute.name, path, (change,))
    request = spec.request(reading.workspace, compute)
    changes = request.changes if isinstance(request, ComputeEdit) else ()
    different = tuple(change for change in changes if change.mark is not Mark.SAME)
    return _Compared(Drift.DIFFERS if different else Drift.SAME, compute.name, path, different)


def _notes(compared: Sequence[_Compared]) -> Iterable[str]:
    for one in compared:
        if one.state is Drift.UNUSABLE:
            yield from (f"{one.file}: {fault}" for fault in one.faults)
    alone = sum(one.state is Drift.NO_FILE for one in compared)
    if alone:
        yield f"{plural(alone, 'attached Spark pool')} without a file; that is not counted as a difference."


def _document(one: _Compared) -> Mapping[str, object]:
    return {
        "file": one.file or None,
        "name": one.name or None,
        "state": one.state.value,
        "changes": [
            {"path": ".".join(change.path), "is": change.before, "file": change.after} for change in one.changes
        ],
        "faults": list(one.faults),
    }


def _rows(one: _Compared) -> Iterator[tuple[str, str, str, str]]:
    words = [f"{change.mark.value} {member_name(change.path)}  {values_of(change)}".rstrip() for change in one.changes]
    words += [plural(len(one.faults), "error")] if one.faults else []
    head = (one.file, one.name, one.state.value.replace("_", " "))
    yield (*head, words[0] if words else "")
    for word in words[1:]:
        yield ("", "", "", word)
