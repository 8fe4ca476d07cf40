"""Garbage collection is off while the program starts and on afterwards."""

import gc
from collections.abc import Iterator

import pytest

from tests.support.screen import happened, shown
from tests.support.stage import Stage


@pytest.fixture(autouse=True)
def _as_the_program_starts() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


async def test_garbage_collection_resumes_soon_after_the_start(stage: Stage) -> None:
    async with stage.app.run_test() as pilot:
        await shown(pilot, stage, "15 computes")
        await happened(pilot, gc.isenabled)


async def test_garbage_collection_resumes_if_the_program_ends_immediately(stage: Stage) -> None:
    async with stage.app.run_test():
        pass
    assert gc.isenabled()
