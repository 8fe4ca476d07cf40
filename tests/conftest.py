"""Fixtures that several test modules share."""

from collections.abc import Iterator

import pytest

from tests.sandbox_box import box
from tests.scenes import Stage

__all__ = ["box", "picking", "stage"]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """The app, about to show its list."""
    stage = Stage()
    stage.operations.start()
    yield stage
    stage.operations.stop()


@pytest.fixture
def picking() -> Iterator[Stage]:
    """The app, about to ask for a workspace."""
    stage = Stage(pick=True)
    stage.operations.start()
    yield stage
    stage.operations.stop()
