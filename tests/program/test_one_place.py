"""Facts that several places show are decided in one place and worded the same everywhere."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.support import scenes
from tests.support.screen import says
from tests.support.stage import Stage
from tui.domain.backoff import POLL, ROLES, Backoff
from tui.domain.compute import SYNAPSE_SPARK, Compute
from tui.domain.fitness import fitness_of
from tui.domain.phrases import (
    did_you_mean,
    doubts,
    enumerated,
    nearest,
    plural,
    pool_status,
    runtime_sentence,
    runtime_status,
    suggestion,
)
from tui.domain.resource_id import SPARK_POOL_TYPE, ResourceId, ml_workspace_id
from tui.domain.runtimes import END_OF_SUPPORT, NEWEST
from tui.domain.spark import SparkPool, SparkSettings
from tui.domain.spec import Spec
from tui.domain.states import ProvisioningState, Tone
from tui.domain.workspaces import Workspace
from tui.ui.attach.form import Form

PRODUCT = Path(__file__).parents[2] / "tui"
LARGE = (120, 40)
TODAY = date(2026, 11, 23)
_POOL = ResourceId.parse(
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-data"
    "/providers/Microsoft.Synapse/workspaces/syn-prod/bigDataPools/etlpool",
    SPARK_POOL_TYPE,
)


def pool(state: str = "Succeeded", version: str = NEWEST) -> SparkPool:
    return SparkPool(_POOL, "westeurope", ProvisioningState(state), SparkSettings(version=version))


@pytest.mark.parametrize(
    ("state", "version", "status", "found"),
    [
        ("Succeeded", "3.5", "pool is ready", []),
        ("Updating", "3.5", "pool updating", [(Tone.WARNING, "is Updating: Azure may refuse to attach it.")]),
        ("", "3.5", "pool unknown", [(Tone.WARNING, "is Unknown: Azure may refuse to attach it.")]),
        ("Failed", "3.5", "pool failed", [(Tone.BAD, "is Failed: Azure may refuse to attach it.")]),
        ("Succeeded", "3.4", "pool is ready", [(Tone.BAD, "Support of Spark 3.4 ended on 2026-03-31 ")]),
        ("Succeeded", "9.9", "pool is ready", []),
        ("Succeeded", "", "pool is ready", []),
    ],
)
def test_the_fitness_of_a_pool_depends_on_its_state_and_runtime(
    state: str, version: str, status: str, found: list[tuple[Tone, str]]
) -> None:
    fitness = fitness_of(pool(state, version), TODAY)
    assert pool_status(fitness) == status
    for (tone, sentence), (expected_tone, part) in zip(doubts(fitness), found, strict=True):
        assert tone is expected_tone
        assert part in sentence


def test_a_runtime_with_less_than_half_a_year_of_support_is_a_warning() -> None:
    fitness = fitness_of(pool(), date(2028, 6, 1))
    assert runtime_status(fitness.runtime) == "runtime ends soon"
    assert doubts(fitness) == [(Tone.WARNING, runtime_sentence(fitness.runtime))]


def test_the_recommended_runtime_has_the_longest_support() -> None:
    assert END_OF_SUPPORT[NEWEST] == max(END_OF_SUPPORT.values())


async def test_a_pool_state_is_worded_the_same_in_the_list_the_access_step_and_the_plan(stage: Stage) -> None:
    found = next(one for one in stage.box.world.spark_pools if one["name"] == "adhocpool")
    found["properties"]["provisioningState"] = "Updating"
    doubt = "Spark pool syn-prod/adhocpool is Updating: Azure may refuse to attach it."
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_pool(stage, pilot)
        await pilot.press(*"adhoc")
        await says(pilot, stage, f"! {doubt}")
        await pilot.press("enter")
        await says(pilot, stage, "Valid and available")
        await pilot.press("enter")
        await says(pilot, stage, "Which managed identity")
        await pilot.press("tab")
        await says(pilot, stage, "! Pool updating: ", doubt)
        await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet", doubt)


async def test_the_state_of_an_attached_pool_is_worded_the_same_in_its_readiness(stage: Stage) -> None:
    found = next(one for one in stage.box.world.spark_pools if one["name"] == "etlpool")
    found["properties"]["provisioningState"] = "Failed"
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot, "etl-prod")
        await says(pilot, stage, "Spark pool syn-prod/etlpool is Failed.")


def sources() -> Iterator[tuple[str, str]]:
    """Every file of the product and its text, without the sandbox, which has facts of its own."""
    for path in sorted(PRODUCT.rglob("*.py")):
        name = path.relative_to(PRODUCT).as_posix()
        if not name.startswith("sandbox/"):
            yield name, path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("what", "pattern", "place"),
    [
        ("the form of a GUID", r"\[0-9a-f(A-F)?\]\{8\}.*\{12\}", "domain/resource_id.py"),
        ("how waits grow", r"\* (_?GROWTH|_?BACKOFF|self\.growth|1\.5)", "domain/backoff.py"),
        ("where the XDG rule has folders", r"XDG_\w+_HOME\"|user_\w+_path", "home.py"),
        ("the API version of Azure ML", r"= \"2023-04-01\"", "domain/constants.py"),
        ("how many other workspaces are read", r"OTHER_WORKSPACES\b.* = \d", "domain/constants.py"),
        ("the seconds of az", r"AZ_SECONDS\b.* = \d", "domain/constants.py"),
        ("the names of Azure's clouds", r"AzureUSGovernment", "domain/clouds.py"),
        ("what becomes a key", r"\btooltip=", "ui/keys.py"),
        ("how one can sign in", r"\"device-code\"", "domain/sign_in.py"),
        ("the libraries that matter", r"\"textual\", \"msal\"|\"azure-core\"", "support.py"),
        ("what is nearest to a word", r"get_close_matches|SequenceMatcher", "domain/phrases.py"),
        ("the question what was meant", r"Did you mean", "domain/phrases.py"),
        ("plurals in -ies", r"\}ies\b", "domain/phrases.py"),
        ("lists in sentences", r"', '\.join\(\w+\[:-1\]\)", "domain/phrases.py"),
    ],
)
def test_only_one_file_defines_each_fact(what: str, pattern: str, place: str) -> None:
    found = [name for name, text in sources() if re.search(pattern, text)]
    assert found == [place], what


def waits(backoff: Backoff, number: int) -> list[float]:
    found = [backoff.first]
    while len(found) < number:
        found.append(backoff.after(found[-1], sum(found)))
    return found


def test_waits_grow_from_2_seconds_to_15_and_to_60_after_ten_minutes() -> None:
    found = waits(POLL, 60)
    assert found[:7] == [2, 3, 4.5, 6.75, 10.125, 15, 15]
    late = next(number for number in range(60) if sum(found[:number]) >= 600)
    assert set(found[6:late]) == {15}
    assert found[late : late + 6] == [22.5, 33.75, 50.625, 60, 60, 60]


def test_waits_for_synapse_grow_from_5_seconds_to_30() -> None:
    assert waits(ROLES, 7) == [5, 7.5, 11.25, 16.875, 25.3125, 30, 30]


@pytest.mark.parametrize(
    ("number", "word", "text"),
    [
        (0, "role", "0 roles"),
        (1, "identity", "1 identity"),
        (2, "identity", "2 identities"),
        (2, "key", "2 keys"),
        (3, "policy", "3 policies"),
        (2, "day", "2 days"),
    ],
)
def test_a_count_uses_the_right_plural(number: int, word: str, text: str) -> None:
    assert plural(number, word) == text


def test_words_are_enumerated_with_commas_and_a_conjunction() -> None:
    assert [enumerated(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert enumerated(["a", "b", "c"], "or") == "a, b or c"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("nmae", "name"),
        ("RESOURCE-ID", "resource_id"),
        ("identty", "identity"),
        ("esc", "escape"),
        ("quit", "app.quit"),
        ("es", ""),
        ("zebra", ""),
    ],
)
def test_a_word_finds_the_nearest_known_word_if_one_is_close(word: str, meant: str) -> None:
    assert nearest(word, ("name", "resource_id", "identity", "escape", "app.quit")) == meant


def test_nothing_is_suggested_if_two_words_are_equally_near() -> None:
    assert suggestion("work", ("workspace", "workers")) == ""
    assert suggestion("worksp", ("workspace", "workers")) == f" {did_you_mean('workspace')}"


@pytest.mark.parametrize(
    ("existing", "why"),
    [
        (Compute("etl", type=SYNAPSE_SPARK, attached_to=_POOL), ""),
        (Compute("ETL", type="AmlCompute"), "ETL is taken: there is a compute of type AmlCompute of that name."),
        (Compute("etl", type=""), "etl is taken: there is a compute that cannot be read of that name."),
        (
            Compute("etl", type=SYNAPSE_SPARK, attached_to=_POOL, unreadable="No state."),
            "etl is taken: there is a compute that cannot be read of that name.",
        ),
        (
            Compute("etl", type=SYNAPSE_SPARK, attached_to=_POOL.parent.child("bigDataPools", "other")),
            "etl is taken: syn-prod/other is attached under that name.",
        ),
        (Compute("etl", type=SYNAPSE_SPARK), "etl is taken: another pool is attached under that name."),
    ],
)
def test_the_form_and_a_spec_file_agree_on_whether_a_name_is_free(existing: Compute, why: str) -> None:
    form = Form(Workspace(ml_workspace_id(_POOL.subscription, "rg-ml", "aml")), pool=_POOL, name="etl")
    problem, _ = form.check_name([existing])
    refusals = Spec("etl", _POOL).refusals(existing)
    assert problem == (f"{why} Choose another name." if why else "")
    assert [one.found for one in refusals] == ([why] if why else [])
