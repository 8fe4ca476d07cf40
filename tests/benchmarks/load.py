"""Load test of the served sandbox: 200 requests a second for a minute, on loopback.

`python -m tests.benchmarks.load` starts a sandbox, sends it reads of both planes, attaches, detaches, grants and
sign-ins at a steady rate, and reports whether every response was correct and whether memory use stayed stable. It stops
by itself and never sends requests to another machine.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import psutil
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from tests.support.served import Served, workspace
from tui.sandbox.names import guid
from tui.sandbox.synapse_roles import COMPUTE_OPERATOR

RATE = 200
SECONDS = 60
WARM_UP_SECONDS = 10
MOST_RATE = 1000
MOST_SECONDS = 600

NAMES = 40
"""How many computes the writes use in turn: a busy one answers 409."""

MOST_GROWTH = 0.02
"""How much more memory the last quarter may use than the second, because the allocator moves memory."""

ARM = "https://management.azure.com/.default"
SYNAPSE = "https://dev.azuresynapse.net/.default"

Send = Callable[[], Coroutine[None, None, None]]


@dataclass
class Tally:
    """The responses and the measurements."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


class Load:
    """Sends a mix of requests.

    Args:
        served: The sandbox.
        session: The HTTP session.
        tally: Counts the responses.
    """

    def __init__(self, served: Served, session: ClientSession, tally: Tally) -> None:
        self._served = served
        self._session = session
        self._tally = tally
        self._turn = 0
        with served.token(ARM) as arm, served.token(SYNAPSE) as synapse:
            self._arm = {"Authorization": f"Bearer {arm}"}
            self._synapse = {"Authorization": f"Bearer {synapse}"}

    async def next(self) -> None:
        """Send the next request of the mix: mostly reads, as from a screen that refreshes."""
        self._turn += 1
        turn, base = self._turn, self._served.resource_manager
        computes = f"{base}{workspace(self._served)}/computes"
        group = f"{base}/subscriptions/{self._served.subscription}/resourceGroups/rg-data"
        dev = self._served.synapse.format(workspace="syn-prod")
        name = f"load-{turn // 10 % NAMES:02d}"
        match turn % 10:
            case 0:
                pool = (
                    f"{group.removeprefix(base)}/providers/Microsoft.Synapse/workspaces/syn-prod/bigDataPools/etlpool"
                )
                body = {"location": "eastus2", "properties": {"computeType": "SynapseSpark", "resourceId": pool}}
                await self._send("attach", "PUT", f"{computes}/{name}?api-version=2023-04-01", {201, 409}, body)
            case 5:
                earlier = f"load-{(turn // 10 + NAMES // 2) % NAMES:02d}"
                query = "api-version=2023-04-01&underlyingResourceAction=Detach"
                await self._send("detach", "DELETE", f"{computes}/{earlier}?{query}", {202, 204, 409})
            case 1 | 6:
                pools = f"{group}/providers/Microsoft.Synapse/workspaces/syn-prod/bigDataPools"
                await self._send("pools", "GET", f"{pools}?api-version=2021-06-01", {200})
            case 2:
                await self._send("roles", "GET", f"{dev}/roleAssignments?api-version=2020-12-01", {200})
            case 3:
                await self._grant(dev, turn)
            case 4:
                await self._send("compute", "GET", f"{computes}/churn?api-version=2023-04-01", {200})
            case 7:
                await self._sign_in()
            case _:
                await self._send("computes", "GET", f"{computes}?api-version=2023-04-01", {200})

    async def _grant(self, dev: str, turn: int) -> None:
        """Grant a role and remove it, in turn."""
        assignment = guid("load", turn // 20 % NAMES)
        url = f"{dev}/roleAssignments/{assignment}?api-version=2020-12-01"
        if turn // 10 % 2:
            await self._send("revoke", "DELETE", url, {200, 204})
            return
        # Each assignment is for a pool of its own, so that no two are equal.
        scope = f"workspaces/syn-prod/bigDataPools/load{turn // 20 % NAMES}"
        user = "c0de7e4a-0000-4000-a000-0000000000a1"
        body = {"roleId": COMPUTE_OPERATOR, "principalId": user, "scope": scope}
        await self._send("grant", "PUT", url, {200}, body)

    async def _sign_in(self) -> None:
        told = self._served.told
        form = {
            "grant_type": "client_credentials",
            "client_id": told["client_id"],
            "client_secret": told["client_secret"],
            "scope": ARM,
        }
        await self._send("sign-in", "POST", f"{told['login']}/{told['tenant']}/oauth2/v2.0/token", {200}, form=form)

    async def _send(
        self,
        what: str,
        method: str,
        url: str,
        right: set[int],
        body: object = None,
        form: dict[str, str] | None = None,
    ) -> None:
        begun = time.perf_counter()
        headers = self._synapse if "/synapse/" in url else self._arm
        try:
            async with self._session.request(method, url, json=body, data=form, headers=headers) as answer:
                content = await answer.read()
        except (ClientError, TimeoutError) as error:
            self._tally.wrong.append(f"{what}: {type(error).__name__} {error}")
            return
        self._tally.seconds.append(time.perf_counter() - begun)
        self._tally.answers[f"{what} {answer.status}"] += 1
        if content:
            json.loads(content)
        if answer.status not in right:
            self._tally.wrong.append(f"{what}: {answer.status} {content[:200]!r}")


async def load(served: Served, rate: int, seconds: int) -> Tally:
    """Send requests at a steady rate.

    Args:
        served: The sandbox.
        rate: Requests per second, whether or not earlier ones have been answered.
        seconds: The duration.
    """
    tally, process = Tally(), psutil.Process(served.pid)
    connector = TCPConnector(ssl=served.tls(), limit=100)
    async with ClientSession(connector=connector, timeout=ClientTimeout(total=30)) as session:
        source = Load(served, session, tally)
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(rate * seconds):
                await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
                group.create_task(source.next())
                if number % rate == 0:
                    tally.memory.append(process.memory_info().rss / 1e6)
    return tally


def main() -> int:
    """Run the load test and print the result.

    Returns:
        0 if every response was correct and memory did not grow, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    parser.add_argument("--rate", type=int, default=RATE, choices=range(1, MOST_RATE + 1), metavar="N")
    parser.add_argument("--seconds", type=int, default=SECONDS, choices=range(4, MOST_SECONDS + 1), metavar="N")
    asked = parser.parse_args()
    with Served("--speed", "100") as served:
        asyncio.run(load(served, asked.rate, WARM_UP_SECONDS))
        begun = time.monotonic()
        tally = asyncio.run(load(served, asked.rate, asked.seconds))
        took = time.monotonic() - begun
        status, errors = served.stop()
    quarter = len(tally.memory) // 4
    early, late = (statistics.median(tally.memory[start : start + quarter]) for start in (quarter, 3 * quarter))
    growth = late / early - 1
    ordered = sorted(tally.seconds)
    print(f"{sum(tally.answers.values())} answers in {took:.1f} s, {len(tally.wrong)} wrong")
    median, slow = (ordered[len(ordered) * percent // 100] * 1000 for percent in (50, 99))
    print(f"median {median:.1f} ms, 99 % within {slow:.1f} ms")
    print(f"memory {early:.1f} MB, later {late:.1f} MB: {growth:+.2%}, allowed {MOST_GROWTH:+.0%}")
    print(", ".join(f"{what}: {count}" for what, count in sorted(tally.answers.items())))
    for problem in (*tally.wrong[:10], *errors.splitlines()):
        print(problem)
    return 1 if tally.wrong or errors or status or growth > MOST_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
