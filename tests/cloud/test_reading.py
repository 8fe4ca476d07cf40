"""Readers of JSON: whatever a member holds, they return a value of their type or nothing, and never raise."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tui.cloud import reading
from tui.domain.resource_id import ResourceId

READERS: dict[Callable[..., Any], type | tuple[type, ...]] = {
    reading.mapping: Mapping,
    reading.items: list,
    reading.text: str,
    reading.flag: bool,
    reading.whole: (int, type(None)),
    reading.number: (float, type(None)),
    reading.moment: (datetime, type(None)),
    reading.resource_id: (ResourceId, type(None)),
}
VALUES = (
    *("null", "true", "false", "[]", "{}", "[[]]", '{"value": 1}', '""', '"x"'),
    *("0", "-0.0", "1.5", "1e300", "1e400", "-1e400", "NaN", "Infinity", "1" + "0" * 400, "-1" + "0" * 4000),
    *('"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2022-12-01T17:39:41.8474963+00:00"'),
    *('"2022-12-01"', '"2022-13-01T00:00:00Z"', '"24:00"', '"/subscriptions/x"', '"/"', '"\\ud800"', '"\\u0000"'),
)


@pytest.mark.parametrize("read", READERS, ids=lambda read: str(read.__name__))
def test_every_value_is_read_or_counts_as_absent(read: Callable[..., Any]) -> None:
    for value in VALUES:
        for document in (json.loads(f'{{"a": {value}}}'), json.loads(value), {"a": {"b": json.loads(value)}}):
            for path in (("a",), ("a", "value"), ("a", "b"), ()):
                assert isinstance(read(document, *path), READERS[read])


def test_moments_are_utc_so_that_none_can_leave_the_calendar_later() -> None:
    at = reading.moment({"at": "2022-12-01T17:39:41.8474963+02:00"}, "at")
    assert at == datetime(2022, 12, 1, 15, 39, 41, 847496, UTC)
    assert at.tzinfo is UTC
