"""Every file of the second folder of recordings is either replayed, or not used for a stated reason."""

import pytest

from tests.conformance.files import NOT_USED_YET, REPLAYED
from tests.conformance.recordings import SECOND_RECORDINGS, recordings, second_files

pytestmark = pytest.mark.skipif(
    not SECOND_RECORDINGS.is_dir(), reason=f"no second folder of recordings in {SECOND_RECORDINGS}"
)


def test_every_file_is_classified_once_and_exists() -> None:
    assert sorted((*REPLAYED, *NOT_USED_YET)) == [file.name for file in second_files()]


def test_every_unused_file_has_a_reason() -> None:
    assert [name for name, reason in NOT_USED_YET.items() if not reason] == []


def test_every_replayed_file_is_among_the_recordings_and_no_other() -> None:
    assert recordings().keys() >= REPLAYED
    assert recordings().keys().isdisjoint(NOT_USED_YET)
