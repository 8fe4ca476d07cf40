"""Histories with faulty responses, programs, tokens and clocks over HTTP and TLS.

`python -m tests.simulation` runs more of them.
"""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.history import History, hurried, run
from tests.simulation.wire import Wire
from tests.support.sampling import WHOLE

# A program that dies closes no resources.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

HISTORIES = 1000 if WHOLE else 200
SHARE = 20


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    wire = Wire(tmp_path_factory.mktemp("wire"))
    wire.start()
    yield wire
    wire.stop()


@pytest.mark.parametrize("first", range(0, HISTORIES, SHARE))
def test_every_history_ends_with_journal_and_azure_in_agreement_and_one_write_per_intent(
    first: int, wire: Wire, tmp_path: Path
) -> None:
    with hurried():
        outcomes = [run(History.of(seed), tmp_path / str(seed), wire) for seed in range(first, first + SHARE)]
    gc.collect()
    assert [f"{one.history}: {one.wrong}" for one in outcomes if one.wrong] == []
