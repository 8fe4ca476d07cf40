"""Locks of the simulated Azure: written, listed by scope, removed, and what they keep from being written."""

import json
from collections.abc import Awaitable, Callable

import pytest

from tests.support.authorization import (
    GUIDS,
    HOME,
    LAKE,
    ML_GROUP,
    SUBSCRIPTION,
    grant,
    listed,
    locked,
    principal_named,
    url,
)
from tests.support.sandbox_box import PROD, ask, body, computes_url
from tests.support.spark_pools import pool_url, put, reason
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.http import Response
from tui.sandbox.names import USER_OBJECT_ID, aml_workspace_id, compute_id, spark_pool_id, synapse_workspace_id

WORKSPACE = aml_workspace_id(PROD, "rg-ml", "aml-prod")
COMPUTE = compute_id(PROD, "rg-ml", "aml-prod", "etl-prod")
SYNAPSE = synapse_workspace_id(PROD, "rg-data", "syn-prod")
NEW = compute_id(PROD, "rg-ml", "aml-prod", "new")
POOL = spark_pool_id(PROD, "rg-data", "syn-prod", "adhocpool")


def unlocked() -> Sandbox:
    """A sandbox without any lock."""
    sandbox = Sandbox()
    for lock in sandbox.world.locks:
        sandbox.world.locks.remove(lock["id"])
    return sandbox


@pytest.mark.parametrize("scope", [SUBSCRIPTION, ML_GROUP, WORKSPACE, COMPUTE, HOME])
async def test_a_lock_is_made_changed_read_and_removed_at_any_scope(scope: str) -> None:
    sandbox = unlocked()
    one = url(scope, "locks", "keep")

    made, changed = await locked(sandbox, scope), await locked(sandbox, scope, "ReadOnly")
    read = await ask(sandbox, one)
    removed, again = [await ask(sandbox, one, "DELETE") for _ in range(2)]

    assert (made.status, changed.status, read.status) == (201, 200, 200)
    lock = json.loads(read.body)
    assert lock == json.loads(changed.body)
    assert (lock["name"], lock["properties"]) == ("keep", {"level": "ReadOnly"})
    assert lock["id"] == f"{scope}/providers/Microsoft.Authorization/locks/keep"
    assert (removed.status, removed.body, again.status) == (200, b"", 204)
    assert reason(await ask(sandbox, one))[:2] == (404, "LockNotFound")


async def test_a_list_has_the_locks_at_its_scope_and_below() -> None:
    sandbox = unlocked()
    for scope in (SUBSCRIPTION, ML_GROUP, WORKSPACE, COMPUTE, LAKE):
        await locked(sandbox, scope)

    async def found(scope: str, **query: str) -> set[str]:
        return {
            one["id"].partition("/providers/Microsoft.Auth")[0]
            for one in await listed(sandbox, scope, "locks", **query)
        }

    assert await found(SUBSCRIPTION) == {SUBSCRIPTION, ML_GROUP, WORKSPACE, COMPUTE, LAKE}
    assert await found(ML_GROUP.upper()) == {ML_GROUP, WORKSPACE, COMPUTE}
    assert await found(COMPUTE) == {COMPUTE}
    assert await found(ML_GROUP, filter_="atScope()") == {ML_GROUP}


async def test_a_list_may_have_inherited_locks_too() -> None:
    sandbox = Sandbox(choices=Choices(inherited_locks="listed"))
    await locked(sandbox, ML_GROUP)
    assert [one["name"] for one in await listed(sandbox, COMPUTE, "locks")] == ["keep"]


Write = Callable[[Sandbox], Awaitable[Response]]

CHANGES: dict[str, tuple[Write, str, str]] = {
    "attach": (
        lambda sandbox: ask(sandbox, computes_url(compute="new"), "PUT", content=body()),
        NEW,
        "write",
    ),
    "change of a compute": (
        lambda sandbox: ask(sandbox, computes_url(compute="etl-prod"), "PUT", content=body("etlpool")),
        COMPUTE,
        "write",
    ),
    "scaling": (
        lambda sandbox: ask(
            sandbox,
            computes_url(compute="cpu-cluster"),
            "PATCH",
            content=b'{"properties": {"properties": {"scaleSettings": {"maxNodeCount": 3, "minNodeCount": 0}}}}',
        ),
        compute_id(PROD, "rg-ml", "aml-prod", "cpu-cluster"),
        "write",
    ),
    "detach": (
        lambda sandbox: ask(
            sandbox, computes_url("api-version=2023-04-01&underlyingResourceAction=Detach", "etl-prod"), "DELETE"
        ),
        COMPUTE,
        "delete",
    ),
    "change of a pool": (lambda sandbox: put(sandbox, "adhocpool"), POOL, "write"),
    "tags of a pool": (
        lambda sandbox: ask(sandbox, pool_url("adhocpool"), "PATCH", content=b'{"tags": {}}'),
        POOL,
        "write",
    ),
    "deletion of a pool": (lambda sandbox: ask(sandbox, pool_url("adhocpool"), "DELETE"), POOL, "delete"),
    "grant": (
        lambda sandbox: grant(sandbox, principal_named(sandbox, "id-adhoc")),
        f"{HOME}/providers/Microsoft.Authorization/roleAssignments/{GUIDS[0]}",
        "write",
    ),
    "removal of a role": (
        lambda sandbox: ask(sandbox, url(HOME, "roleAssignments", GUIDS[0]), "DELETE"),
        f"{HOME}/providers/Microsoft.Authorization/roleAssignments/{GUIDS[0]}",
        "delete",
    ),
}
"""Each kind of write with what it writes to, and whether it deletes."""


def places(target: str) -> list[str]:
    """The target, if it is there before the write, and every scope above it."""
    parts = target.partition("/providers/Microsoft.Authorization/")[0].split("/")
    found = ["/".join(parts[:end]) for end in (3, 5, *range(9, len(parts) + 1, 2))]
    return [scope for scope in found if scope != NEW]


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
@pytest.mark.parametrize("change", CHANGES)
async def test_a_lock_anywhere_above_forbids_what_its_level_says(change: str, level: str) -> None:
    write, target, kind = CHANGES[change]
    for scope in places(target):
        sandbox = unlocked()
        await locked(sandbox, scope, level)
        response = await write(sandbox)
        if kind == "delete" or level == "ReadOnly":
            status, code, message = reason(response)
            assert (status, code) == (409, "ScopeLocked")
            assert message == (
                f"The scope '{target}' cannot perform {kind} operation because following scope(s) are locked: "
                f"'{scope}'. Please remove the lock and try again."
            )
            assert response.headers["x-ms-failure-cause"] == "gateway"
            assert [one.method for one in sandbox.accepted if "/locks/" not in one.url] == []
        else:
            assert response.status < 300


@pytest.mark.parametrize("change", CHANGES)
async def test_a_lock_elsewhere_forbids_nothing(change: str) -> None:
    write, _, _ = CHANGES[change]
    sandbox = unlocked()
    for scope in (f"{SUBSCRIPTION}/resourceGroups/rg-lab", compute_id(PROD, "rg-ml", "aml-prod", "dbx"), f"{POOL}x"):
        sandbox.world.spark_pools.put({"id": f"{POOL}x", "name": "adhocpoolx"})
        await locked(sandbox, scope, "ReadOnly")
    sandbox.world.spark_pools.remove(f"{POOL}x")
    assert (await write(sandbox)).status < 300


async def test_a_lock_below_forbids_to_delete_what_is_above_but_not_to_change_it() -> None:
    sandbox = unlocked()
    scope = f"{POOL}/libraries/x"
    await locked(sandbox, scope, "ReadOnly")
    assert (await put(sandbox, "adhocpool")).status == 202
    assert f"are locked: '{scope}'." in reason(await ask(sandbox, pool_url("adhocpool"), "DELETE"))[2]


async def test_a_waiting_lock_can_be_removed_below_another_and_reads_pass() -> None:
    sandbox = unlocked()
    await locked(sandbox, ML_GROUP, "ReadOnly", "outer")
    assert (await locked(sandbox, COMPUTE, "ReadOnly", "inner")).status == 201
    assert (await ask(sandbox, computes_url(compute="etl-prod"))).status == 200
    for scope, name in ((COMPUTE, "inner"), (ML_GROUP, "outer")):
        assert (await ask(sandbox, url(scope, "locks", name), "DELETE")).status == 200
    write, _, _ = CHANGES["change of a compute"]
    assert (await write(sandbox)).status == 201


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"level": "Gentle"}, "InvalidLockLevel"),
        ({}, "InvalidLockLevel"),
        ({"level": "ReadOnly", "notes": "x" * 513}, "InvalidLockNotes"),
        ({"level": "ReadOnly", "owners": "me"}, "InvalidLockOwners"),
    ],
)
async def test_a_lock_that_makes_no_sense_is_refused(properties: dict[str, str], code: str) -> None:
    content = json.dumps({"properties": properties}).encode()
    response = await ask(Sandbox(), url(ML_GROUP, "locks", "keep"), "PUT", content=content)
    assert reason(response)[:2] == (400, code)


async def test_locks_need_a_role_that_allows_them() -> None:
    sandbox = unlocked()
    for one in sandbox.world.azure_roles.under(SUBSCRIPTION):
        if one["properties"]["principalId"] == USER_OBJECT_ID:
            sandbox.world.azure_roles.remove(one["id"])
    status, code, message = reason(await locked(sandbox, ML_GROUP))
    assert (status, code) == (403, "AuthorizationFailed")
    assert "'Microsoft.Authorization/locks/write'" in message
    assert await listed(sandbox, ML_GROUP, "locks") == []


async def test_a_lock_on_what_is_not_there_is_refused() -> None:
    nowhere = compute_id(PROD, "rg-ml", "aml-prod", "nowhere")
    assert reason(await locked(Sandbox(), nowhere))[:2] == (404, "ResourceNotFound")


async def test_a_group_is_not_deleted_while_anything_in_it_is_locked() -> None:
    sandbox = unlocked()
    group = f"{ML_GROUP}?api-version=2021-04-01"
    assert reason(await ask(sandbox, group, "DELETE"))[:2] == (404, "NotFound")  # not served
    await locked(sandbox, COMPUTE)
    await locked(sandbox, SUBSCRIPTION)
    _, code, message = reason(await ask(sandbox, group, "DELETE"))
    assert code == "ScopeLocked"
    assert f"are locked: '{COMPUTE}', '{SUBSCRIPTION}'." in message


async def test_the_default_world_keeps_a_pool_unchanged_and_the_laboratory_undeleted() -> None:
    sandbox = Sandbox()
    assert reason(await put(sandbox, "gpupool"))[1] == "ScopeLocked"
    lab = pool_url("labpool", workspace="syn-lab").replace("rg-data", "rg-lab")
    assert reason(await ask(sandbox, lab, "DELETE"))[1] == "ScopeLocked"
    assert (await ask(sandbox, lab, "PATCH", content=b'{"tags": {}}')).status == 200
