"""Fixtures that several test modules share, and the hooks of every test."""

import os
from collections.abc import Iterator

import pytest

from tests.conformance.plugin import *  # noqa: F403 - pytest finds hooks by their names in this module
from tests.sandbox_box import box
from tests.stage import Stage

__all__ = ["box", "picking", "stage"]


def pytest_xdist_auto_num_workers() -> int:
    """Two workers for each core, because half of a test's time on a screen is spent waiting for it to come to rest."""
    return 2 * (os.cpu_count() or 1)


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
