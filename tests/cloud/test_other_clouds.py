"""Operations of one cloud, seen from another: they are shown, left alone, and their host gets no token."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.support.programs import Place
from tests.support.reported import detaching, putting
from tests.support.screen import says, screen_text, shown
from tests.support.stage import ANA, Stage
from tui.cloud.azure import AzureCloud
from tui.cloud.home import is_allowed_host
from tui.domain.clouds import PUBLIC, US_GOVERNMENT
from tui.domain.errors import Problem
from tui.domain.operation import Operation, Progress
from tui.operations.journal import Journal
from tui.sandbox.faults import NotJson, Rule
from tui.sandbox.transport import SandboxCredential, SandboxTransport


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A state folder with an attach in the public cloud, interrupted after Azure accepted it."""
    place = Place(tmp_path / "state")
    with place.program(8) as program:
        program.begin(place.chain)
        assert program.wait_for_death()
    return place


@contextmanager
def in_another_cloud(place: Place, *, resume: bool = False) -> Iterator[Stage]:
    journal = partial(Journal, place.folder, US_GOVERNMENT)
    stage = Stage(clock=place.clock, azure=place.box, journal=journal, resume=resume)
    stage.operations.start()
    try:
        yield stage
    finally:
        stage.operations.stop()


def asked(place: Place) -> int:
    """How many requests about the compute or its operation Azure received."""
    return sum("/computes/adhoc" in one.url or "operationsstatus" in one.url.lower() for one in place.box.log)


def left(place: Place) -> Operation:
    with closing(Journal(place.folder)) as journal:
        return journal.load()[-1]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_an_operation_in_another_cloud_is_shown_and_not_resumed(size: tuple[int, int], place: Place) -> None:
    before = asked(place)
    with in_another_cloud(place) as stage:
        async with stage.app.run_test(size=size) as pilot:
            await shown(pilot, stage, "! adhoc  attach was interrupted in the cloud AzureCloud", "o shows it")
            assert "u resumes" not in screen_text(stage.app)
            await pilot.press("o")
            await says(pilot, stage, "interrupted", "in the cloud AzureCloud, which is not open here", "x abandons it")
            for key in ("u", "enter"):
                await pilot.press(key)
                await says(pilot, stage, "It is in another cloud: sparkpool --cloud AzureCloud reaches it.")
    assert asked(place) == before
    with place.program() as program:
        program.recalled()
        assert program.operations.resume(left(place))
        assert program.wait_for(left(place).id).status == "Succeeded"
    assert place.writes == ["PUT"]


async def test_the_resume_setting_does_not_resume_operations_in_another_cloud(place: Place) -> None:
    before = asked(place)
    with in_another_cloud(place, resume=True) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await shown(pilot, stage, "attach was interrupted in the cloud AzureCloud", "16 computes")
    assert asked(place) == before
    assert left(place).is_interrupted


async def test_an_operation_in_another_cloud_can_be_abandoned(place: Place) -> None:
    with in_another_cloud(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await shown(pilot, stage, "interrupted in the cloud AzureCloud")
            await pilot.press("o", "x")
            await shown(pilot, stage, "– not watched")
            await pilot.press("u")
            await says(pilot, stage, "It is in another cloud")


async def test_an_operation_recorded_without_a_cloud_is_not_followed_to_another_clouds_host(place: Place) -> None:
    token = next(one.token for one in left(place).events if isinstance(one, Progress) and one.token)
    before = len(place.box.log)
    transport = SandboxTransport(place.box)
    azure = AzureCloud(SandboxCredential(), transport=transport, profile=US_GOVERNMENT, caller=ANA)
    attachment = place.attachment
    for write in (
        putting(azure, attachment.id, attachment.document(), "attach adhocpool", token),
        detaching(azure, attachment.id, token),
    ):
        with pytest.raises(Problem, match=r"accepted it in another cloud, at management\.azure\.com\.") as caught:
            _ = [part async for part in write]
        assert not caught.value.outcome_unknown
    await azure.close()
    assert len(place.box.log) == before


async def test_no_token_is_sent_to_a_next_link_on_another_host(tmp_path: Path) -> None:
    place = Place(tmp_path)
    page = b'{"value": [], "nextLink": "https://management.azure.com.example/next"}'
    place.box.faults.add(Rule(NotJson(200, page, "application/json"), "GET", "/computes$"))
    azure = place.connect()
    with pytest.raises(Problem) as caught:
        _ = [part async for part in azure.computes(place.workspace.id)]
    await azure.close()
    assert "management.azure.com.example is not a host of this cloud, so no token was sent to it" in caught.value.cause
    assert not [one for one in place.box.log if "example" in one.url]


@pytest.mark.parametrize(
    ("url", "passes"),
    [
        ("https://management.azure.com/subscriptions", True),
        ("https://MANAGEMENT.azure.com:443/subscriptions", True),
        ("https://eastus2.management.azure.com/subscriptions", True),
        ("https://management.usgovcloudapi.net/subscriptions", False),
        ("https://management.azure.com.example/subscriptions", False),
        ("https://xmanagement.azure.com/subscriptions", False),
        ("https://management.azure.com@example.com/subscriptions", False),
        ("https://management.azure.com:8443/subscriptions", False),
        ("http://management.azure.com/subscriptions", False),
    ],
)
def test_only_a_clouds_own_host_and_its_subdomains_are_allowed(url: str, passes: bool) -> None:
    assert is_allowed_host(url, PUBLIC.resource_manager) is passes
