"""The clients under test and the sandbox that they share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.environments import python_with
from tests.clients.requirements import AZURE_AI_ML, AZURE_CLI, AZURE_IDENTITY
from tests.support.served import Served


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """A sandbox where an attach ends by the first poll: azure-ai-ml waits half a minute for the second."""
    with Served("--speed", "10000") as found:
        yield found
        status, errors = found.stop()
    assert (status, errors) == (0, "")


@pytest.fixture(scope="session")
def ml_python() -> Path:
    """A Python with azure-ai-ml."""
    return python_with(AZURE_AI_ML, AZURE_IDENTITY)


@pytest.fixture(scope="session")
def az_python() -> Path:
    """A Python with the Azure CLI."""
    return python_with(AZURE_CLI)
