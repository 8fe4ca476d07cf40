"""The readiness of each attached pool in the sandbox, and the requests that it takes."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta

import pytest

from tests.cloud.test_azure import everything
from tests.support.jitter import even
from tui.cloud.azure import AzureCloud
from tui.domain import runtimes
from tui.domain.checks import Check, Remedy, Verdict
from tui.domain.compute import Compute
from tui.domain.fixes import GRANTED, POOL_FIXES, next_fix
from tui.domain.readiness import Readiness
from tui.domain.resource_id import ml_workspace_id
from tui.domain.runtimes import NEWEST
from tui.domain.workspaces import Workspace
from tui.operations.readiness import Assessor
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Answer, Fault, Forbidden, NotJson, Rule
from tui.sandbox.transport import SandboxCredential, SandboxTransport
from tui.sandbox.world import World


class Scene:
    """A sandbox and the assessment of its attached pools."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.box = Sandbox(clock=self.clock)
        self.cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), jitter=even)
        self.workspace = Workspace(ml_workspace_id(*self.box.world.default))

    async def computes(self) -> list[Compute]:
        return [one for page in await everything(self.cloud.computes(self.workspace.id)) for one in page.items]

    async def assess(self) -> dict[str, Readiness]:
        computes = await self.computes()
        assessor = Assessor(self.workspace, computes)
        pages = [page async for page in assessor.assess(self.cloud, self.clock, computes)]
        return {one.compute.name: one.readiness for page in pages for one in page.items}


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    yield scene
    await scene.cloud.close()


def check(readiness: Readiness, name: str) -> Check:
    return next(one for one in readiness.checks if one.name == name)


async def test_every_attached_pool_and_no_other_compute_gets_a_readiness_summary(scene: Scene) -> None:
    found = await scene.assess()
    assert {name: readiness.summary for name, readiness in found.items()} == {
        "churn": "4 problems",
        "etl-prod": "stray role",
        "churn-old": "runtime ended",
        "scoring": "failed",
        "orphan-1": "pool is gone",
        "lost-identity": "identity is gone",
        "markup-lab": "2 warnings",
    }


async def test_an_identity_without_its_role_is_a_problem_that_a_grant_fixes(scene: Scene) -> None:
    churn = (await scene.assess())["churn"]
    missing = check(churn, "Synapse role of id-churn-b")
    assert missing.verdict is Verdict.PROBLEM
    assert missing.remedy is Remedy.GRANT
    assert missing.principal is not None
    assert missing.principal.name == "id-churn-b"
    assert "jobs fail with 403" in missing.text
    assert check(churn, "Synapse role of id-churn-a").verdict is Verdict.OK


async def test_an_ended_runtime_is_a_problem_that_a_newer_version_fixes(scene: Scene) -> None:
    churn = (await scene.assess())["churn"]
    ended = check(churn, "Spark runtime")
    assert (ended.verdict, ended.remedy) == (Verdict.PROBLEM, Remedy.RUNTIME)
    assert POOL_FIXES[Remedy.RUNTIME].version == NEWEST


async def test_an_ended_runtime_of_a_pool_that_cannot_be_read_says_who_can_change_it(scene: Scene) -> None:
    scene.box.faults.add(Rule(Forbidden(), "GET", "/bigDataPools", times=None))
    ended = check((await scene.assess())["churn"], "Spark runtime")
    assert (ended.verdict, ended.remedy) == (Verdict.PROBLEM, None)
    assert NEWEST in ended.help


async def test_a_pool_without_auto_pause_is_a_warning_that_auto_pause_fixes(scene: Scene) -> None:
    pause = check((await scene.assess())["churn"], "Auto-pause")
    assert (pause.verdict, pause.remedy) == (Verdict.WARNING, Remedy.AUTO_PAUSE)
    delay = POOL_FIXES[Remedy.AUTO_PAUSE].auto_pause
    assert delay is not None
    assert delay.enabled


async def test_the_next_fix_is_the_most_serious_one_and_leaves_the_pool_for_last(scene: Scene) -> None:
    readiness = (await scene.assess())["churn"]
    first = next_fix(readiness)
    assert first is not None
    assert first.remedy is Remedy.GRANT
    without_role = Readiness(tuple(one for one in readiness.checks if one.remedy not in GRANTED))
    second = next_fix(without_role)
    assert second is not None
    assert second.remedy is Remedy.RUNTIME


async def test_a_runtime_that_ends_soon_is_fixed_by_a_newer_one_as_long_as_there_is_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = scene.clock.now().date() + timedelta(days=30)
    monkeypatch.setitem(runtimes.END_OF_SUPPORT, "3.4", soon)
    ending = check((await scene.assess())["churn"], "Spark runtime")
    assert (ending.verdict, ending.remedy) == (Verdict.WARNING, Remedy.RUNTIME)
    monkeypatch.setitem(runtimes.END_OF_SUPPORT, NEWEST, soon)
    ending = check((await scene.assess())["churn"], "Spark runtime")
    assert (ending.verdict, ending.remedy, ending.help) == (Verdict.WARNING, None, "")


async def test_a_pool_without_auto_pause_is_named_in_the_summary(scene: Scene) -> None:
    pause = check((await scene.assess())["churn"], "Auto-pause")
    assert Readiness((pause,)).summary == "no auto-pause"


def test_a_problem_of_the_pool_is_fixed_before_a_warning_and_what_could_not_be_checked_is_not_fixed() -> None:
    unknown = Check("Synapse role", Verdict.UNKNOWN, "Not checked.", remedy=Remedy.GRANT)
    warning = Check("Stray role", Verdict.WARNING, "A stray role.", remedy=Remedy.ROLES)
    problem = Check("Spark runtime", Verdict.PROBLEM, "Support ended.", remedy=Remedy.RUNTIME)
    assert next_fix(Readiness((unknown, warning, problem))) is problem
    assert next_fix(Readiness((unknown, warning))) is warning
    assert next_fix(Readiness((unknown,))) is None


async def test_a_stray_role_is_a_warning_that_leads_to_the_roles_screen(scene: Scene) -> None:
    left = check((await scene.assess())["etl-prod"], "Stray role")
    assert (left.verdict, left.remedy) == (Verdict.WARNING, Remedy.ROLES)
    assert "If it is not one of your applications, remove the role (‹roles of it›)." in left.help


async def test_no_role_is_reported_as_stray_if_some_identities_could_not_be_read(scene: Scene) -> None:
    computes = await scene.computes()
    scene.box.faults.add(Rule(Forbidden(), "GET", "/(computes|workspaces|userAssignedIdentities)$", times=None))
    pages = await everything(Assessor(scene.workspace, None).assess(scene.cloud, scene.clock, computes))
    found = {one.compute.name: one.readiness for page in pages for one in page.items}
    assert check(found["etl-prod"], "Stray role").verdict is Verdict.UNKNOWN
    own = next(one for one in computes if one.name == "etl-prod").identity.principal_id
    told = [one.text for one in found["etl-prod"].checks if one.name == "Stray role"]
    assert own is not None
    assert not any(own in words for words in told)


async def test_a_recreated_identity_is_reported_and_the_role_of_its_old_principal_is_stray(
    scene: Scene,
) -> None:
    identity = next(one for one in scene.box.world.identities if one["name"] == "id-churn-a")
    old = identity["properties"]["principalId"]
    identity["properties"]["principalId"] = "0" * 8 + "-0000-4000-a000-" + "0" * 12
    churn = (await scene.assess())["churn"]
    assert "was deleted and created again" in check(churn, "Identity id-churn-a").text
    left = check(churn, "Stray role")
    assert old in left.text
    assert "its identity is gone" in left.text


async def test_an_identity_without_a_reported_principal_is_not_skipped(scene: Scene) -> None:
    assert check((await scene.assess())["churn"], "Identity").verdict is Verdict.OK
    churn = next(one for one in scene.box.world.computes if one["name"] == "churn")
    next(iter(churn["identity"]["userAssignedIdentities"].values())).clear()
    found = check((await scene.assess())["churn"], "Identity")
    assert found.verdict is Verdict.UNKNOWN
    assert "so its role was not checked" in found.text


async def test_a_custom_synapse_role_is_not_reported_as_a_missing_role(scene: Scene) -> None:
    churn = next(one for one in await scene.computes() if one.name == "churn")
    custom = {
        "id": "0" * 8 + "-0000-4000-a000-" + "0" * 12,
        "roleDefinitionId": "0" * 8 + "-1111-4000-a000-" + "0" * 12,
        "principalId": churn.identity.user_assigned[1].principal_id,
        "scope": "workspaces/syn-prod/bigDataPools/churnpool",
        "principalType": "ServicePrincipal",
    }
    scene.box.world.roles.put("syn-prod", custom, 0.0)
    found = check((await scene.assess())["churn"], "Synapse role of id-churn-b")
    assert found.verdict is Verdict.UNKNOWN
    assert "was not checked" in found.text


async def test_a_role_on_the_whole_workspace_counts_as_granted(scene: Scene) -> None:
    computes = await scene.computes()
    churn = next(one for one in computes if one.name == "churn")
    principal = churn.identity.user_assigned[1].principal_id
    assert principal is not None
    roles = scene.box.world.roles
    roles.put(
        "syn-prod",
        {
            "id": "0" * 8 + "-0000-4000-a000-" + "0" * 12,
            "roleDefinitionId": "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78",
            "principalId": principal,
            "scope": "workspaces/syn-prod",
            "principalType": "ServicePrincipal",
        },
        0.0,
    )
    found = check((await scene.assess())["churn"], "Synapse role of id-churn-b")
    assert found.verdict is Verdict.OK
    assert "on workspace syn-prod" in found.text


async def test_the_roles_of_a_synapse_workspace_and_each_pool_are_requested_once(scene: Scene) -> None:
    await scene.assess()
    paths = Counter(request.url.split("?")[0] for request in scene.box.log if "assignedTo" not in request.url)
    assert paths["https://syn-prod.dev.azuresynapse.net/roleAssignments"] == 1
    assert [path for path, times in paths.items() if times > 1] == []
    pools = [path.partition("/workspaces/")[2] for path in paths if "/bigDataPools" in path]
    # The list, and separately only the pool that the list lacks because it is gone.
    assert sorted(pools) == ["syn-prod/bigDataPools", "syn-prod/bigDataPools/orphanpool"]


async def test_a_readable_pool_is_read_individually_if_the_list_is_forbidden(scene: Scene) -> None:
    scene.box.faults.add(Rule(Forbidden(), "GET", "/bigDataPools$", times=None))
    assert check((await scene.assess())["churn"], "Spark pool").verdict is Verdict.OK


async def test_an_unavailable_list_of_pools_is_not_followed_by_a_request_for_each_pool(scene: Scene) -> None:
    scene.box.faults.add(Rule(Answer(503, "ServerBusy", "busy"), "GET", "/bigDataPools", times=None))
    found = check((await scene.assess())["churn"], "Spark pool")
    assert found.verdict is Verdict.UNKNOWN
    assert not [one for one in scene.box.log if "/bigDataPools/" in one.url]


@pytest.mark.parametrize(
    ("path", "name", "advice"),
    [
        (r"/syn-prod/bigDataPools(/\w+)?$", "Spark pool", "the role Reader"),
        ("/roleAssignments$", "Synapse role", "Ask"),
        ("/userAssignedIdentities/id-churn-a$", "Identity id-churn-a", "the role Reader"),
        ("/Microsoft.Synapse/workspaces/syn-prod$", "Synapse network", "the role Reader"),
    ],
)
async def test_a_check_without_permission_is_unknown_and_says_how_to_get_the_permission(
    scene: Scene, path: str, name: str, advice: str
) -> None:
    scene.box.faults.add(Rule(Forbidden(), "GET", path, times=None))
    found = check((await scene.assess())["churn"], name)
    assert found.verdict is Verdict.UNKNOWN
    assert found.text.startswith("Not checked.")
    assert advice in found.help


@pytest.mark.parametrize("fault", [Forbidden(), NotJson()])
async def test_principals_that_cannot_be_named_do_not_break_a_check(scene: Scene, fault: Fault) -> None:
    scene.box.faults.add(Rule(fault, "GET", "/userAssignedIdentities$", times=None))
    scene.box.faults.add(Rule(fault, "GET", "/Microsoft.MachineLearningServices/workspaces$", times=None))
    found = await scene.assess()
    assert check(found["churn"], "Synapse role of id-churn-a").verdict is Verdict.OK


def _close(world: World) -> None:
    world.synapse_workspaces.get(_synapse(world))["properties"]["publicNetworkAccess"] = "Disabled"  # type: ignore[index]


def _forget_network(world: World) -> None:
    del world.synapse_workspaces.get(_synapse(world))["properties"]["publicNetworkAccess"]  # type: ignore[index]


def _synapse(world: World) -> str:
    return next(str(one["id"]) for one in world.synapse_workspaces if one["name"] == "syn-prod")


@pytest.mark.parametrize(("change", "verdict"), [(_close, Verdict.PROBLEM), (_forget_network, Verdict.UNKNOWN)])
async def test_disabled_or_unknown_public_network_access_of_synapse_is_reported(
    scene: Scene, change: Callable[[World], None], verdict: Verdict
) -> None:
    change(scene.box.world)
    found = check((await scene.assess())["churn"], "Synapse network")
    assert found.verdict is verdict
    assert found.text


@pytest.mark.parametrize(
    ("version", "today", "ended", "soon"),
    [
        ("3.4", date(2026, 3, 31), False, True),
        ("3.4", date(2026, 4, 1), True, False),
        ("3.5.1", date(2026, 11, 23), False, False),
        ("3.5", date(2028, 6, 1), False, True),
        ("9.9", date(2026, 11, 23), False, False),
    ],
)
def test_runtime_support_depends_on_the_date(version: str, today: date, ended: bool, soon: bool) -> None:
    found = runtimes.support(version, today)
    assert (found.ended, found.ends_soon) == (ended, soon)
    assert (found.ends is None) == (version == "9.9")
