"""The verbs `plan` and `apply`: a plan in a file, and sending exactly that plan or nothing."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.domain.errors import Problem, ProblemKind
from tui.domain.phrases import plural
from tui.exit_status import ExitStatus
from tui.files import write_over
from tui.headless.failures import Failed, Failure
from tui.headless.plan_documents import Saved, differences, document_of, program_version, read_document
from tui.headless.planned import STANDARD_INPUT_WORDS, Inputs, Planned
from tui.headless.planning import make_plan
from tui.headless.reading import Reading
from tui.headless.sending import send, show
from tui.printing import complain, say_json
from tui.specs.files import read_bytes
from tui.verbs import DETAILED, PLAN_FILE, STANDARD_INPUT, STANDARD_OUTPUT

_MOST_BYTES = 8 * 1024 * 1024
"""A plan of a thousand computes is below 4 MB."""

_GONE = (ExitStatus.NOT_FOUND, ExitStatus.UNUSABLE)
"""How making a plan again fails if what it is about has changed too much."""


async def save_plan(reading: Reading, inputs: Inputs, options: Mapping[str, Any]) -> ExitStatus:
    """Show a plan on standard error, and write it to a file if one is named.

    Raises:
        Problem: If something that it needs cannot be read.
        Failed: If it cannot be made or written, or could not be sent.
        OSError: If standard output cannot be written.
    """
    planned = await make_plan(reading, inputs)
    show(planned)
    path = options.get(PLAN_FILE)
    if path is not None:
        now = reading.operations.now()
        document = document_of(inputs, planned, reading.cloud.name, reading.workspace.id, now)
        if path == STANDARD_OUTPUT:
            say_json(document)
        else:
            await asyncio.to_thread(_write, path, document)
            complain(f'Wrote {path}. "sparkpool apply {path}" sends exactly this, or nothing.')
    differs = options.get(DETAILED, False) and not planned.changes_nothing
    return ExitStatus.NOT_READY if differs else ExitStatus.DONE


def _write(path: str, document: Mapping[str, Any]) -> None:
    data = f"{json.dumps(document, ensure_ascii=True, indent=2)}\n".encode()
    try:
        write_over(Path(path), data)
    except OSError as error:
        title = f"{path} cannot be written: {error.strerror or error}."
        raise Failed(Failure("not_written", title, ExitStatus.FAILED, advice="Nothing was sent.")) from None


async def apply_plan(reading: Reading, path: str, options: Mapping[str, Any], output: str) -> ExitStatus:
    """Make a plan again and, if it is exactly the one in a file, send it and follow it.

    Raises:
        Problem: If the file or Azure cannot be read, or the plan not be applied.
        Failed: If it is not a plan, is not the same any more, or is held back; nothing was sent.
        OSError: If standard output cannot be written.
    """
    saved = await asyncio.to_thread(_read, path)
    if saved.cloud != reading.cloud.name:
        title = f"The plan is for the cloud {saved.cloud}, not {reading.cloud.name}."
        raise Failed(Failure.unusable(title, f"Nothing was sent. Add --cloud {saved.cloud} if you mean it."))
    own = replace(reading, known_workspace=saved.workspace)
    planned = await _again(own, saved)
    changed = differences(saved, planned)
    if changed:
        raise _stale(saved, changed)
    return await send(own, planned, options, output, is_approved=True)


def _read(path: str) -> Saved:
    if path != STANDARD_INPUT:
        return read_document(read_bytes(path, most=_MOST_BYTES), path)
    data = sys.stdin.buffer.read(_MOST_BYTES + 1) if sys.stdin is not None else b""
    if len(data) > _MOST_BYTES:
        raise Problem(ProblemKind.UNREADABLE, f"Standard input has more than {_MOST_BYTES:,} bytes.")
    return read_document(data, STANDARD_INPUT_WORDS)


async def _again(reading: Reading, saved: Saved) -> Planned:
    """The plan, made again.

    Raises:
        Problem: If something that it needs cannot be read for another reason than a change.
        Failed: If it cannot be made any more.
    """
    try:
        return await make_plan(reading, saved.inputs)
    except Failed as failed:
        if failed.failure.exit not in _GONE:
            raise
        raise _stale(saved, (failed.failure.title,)) from None
    except Problem as problem:
        if ExitStatus.of(problem) not in _GONE:
            raise
        raise _stale(saved, (problem.title,)) from None


def _stale(saved: Saved, changed: tuple[str, ...]) -> Failed:
    other = saved.version != program_version()
    by = f" It was made by sparkpool {saved.version}." if other else ""
    made_on = saved.made_on.partition(".")[0].removesuffix("Z").replace("T", " ")
    title = f"The plan of {made_on} UTC is not the same any more: {plural(len(changed), 'difference')}.{by}"
    advice = f'Nothing was sent. Make the plan again with "sparkpool plan {saved.inputs.verb}", and look at it.'
    return Failed(Failure("stale", title, ExitStatus.CHANGED, cause=" ".join(changed), advice=advice))
