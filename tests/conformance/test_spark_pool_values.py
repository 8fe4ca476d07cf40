"""The sandbox gives a written Spark pool the values that Azure gave it, not only their shape."""

import json
from typing import Any

import pytest

from tests.conformance.matching import Session
from tests.conformance.recordings import NO_RECORDINGS, Exchange, every_exchange, recordings
from tests.conformance.rules import known_rule

pytestmark = pytest.mark.skipif(not recordings(), reason=NO_RECORDINGS)

MOMENTS = ("creationDate", "lastSucceededTimestamp")
PUTS = [
    exchange for exchange in every_exchange() if (rule := known_rule(exchange)) and rule.operation == "put spark pool"
]


def read_after(put: Exchange) -> Exchange:
    """Return the first recorded read of the pool after its PUT."""
    later = recordings()[put.file][put.index + 1 :]
    return next(one for one in later if one.method == "GET" and one.path == put.path)


def settings(pool: Any, sent: Any) -> dict[str, Any]:
    """Return the properties without moments, and without a cache size that the service chose."""
    found = {name: value for name, value in pool["properties"].items() if name not in MOMENTS}
    if "cacheSize" not in sent["properties"]:
        found.pop("cacheSize", None)
    return {name: without_time(value) for name, value in found.items()}


def without_time(value: Any) -> Any:
    return {name: inner for name, inner in value.items() if name != "time"} if isinstance(value, dict) else value


@pytest.mark.parametrize("exchange", [one for put in PUTS for one in (put, read_after(put))], ids=str)
async def test_a_written_pool_has_the_recorded_values(exchange: Exchange) -> None:
    put = exchange if exchange.method == "PUT" else next(one for one in PUTS if read_after(one) == exchange)
    response = await Session(recordings()[exchange.file]).answer(exchange.index)

    assert response is not None
    ours, azures = json.loads(response.body), exchange.body
    mine, theirs = settings(ours, put.sent), settings(azures, put.sent)
    # The service of 2020 had fewer settings; what it has added since then is off here.
    added = {name: value for name, value in mine.items() if name not in theirs}
    assert {name: value for name, value in mine.items() if name not in added} == theirs
    assert all(value in (False, {"enabled": False}) for value in added.values())
    assert ours.get("tags") == azures.get("tags")
    assert (ours["name"], ours["id"].lower()) == (azures["name"], azures["id"].lower())
