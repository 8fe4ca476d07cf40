"""The first page of a compute: the verdict with its reasons and the fix, what it runs on, and the ids last."""

import json
import random
import re

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import gone, happened, on_row, says, screen_text, shown
from tests.support.stage import Stage
from tui.domain.checks import Check, Remedy, Verdict
from tui.domain.fixes import next_fix
from tui.domain.readiness import Readiness
from tui.ui.screens.readiness_page import verdict_parts
from tui.ui.text import WHOLE, content
from tui.ui.widgets.pages import Pages

LARGE, SMALL = (120, 40), (80, 24)
COMPUTES = ("churn", "churn-old", "etl-prod", "lost-identity", "markup-lab", "orphan-1", "scoring", "mystery")
SIGNS = "✖!–"
FIX = re.compile(r"    \S+ (?:grants|opens|asks|shows)")
ID = re.compile(r"/subscriptions/[^\"]+|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


async def opened(stage: Stage, pilot: Pilot[None], name: str) -> None:
    """Open a compute, and wait for its verdict."""
    await scenes.computes(stage, pilot)
    await on_row(stage, pilot, name)
    await pilot.press("enter")
    await shown(pilot, stage, f"{name} ·", "as of")
    await gone(pilot, stage, "Checking …")


def page(stage: Stage) -> list[str]:
    """The lines below the titles of the pages, without the key line."""
    lines = screen_text(stage.app).splitlines()
    return [one.strip() for one in lines[3:-1]]


def copied(stage: Stage) -> str:
    """What the copy key copies."""
    return stage.app.screen.query_one(Pages).page.copy()


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_a_compute_opens_with_its_verdict_the_reasons_the_fix_and_what_it_runs_on(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await opened(stage, pilot, "churn")
        lines = page(stage)
        assert lines[0].startswith("✖ 4 problems")
        reasons = [one for one in lines if one.startswith(("✖ ", "! "))][1:]
        assert len(reasons) == 5
        assert any(one.startswith("✖ Synapse role of id-churn-b") for one in reasons)
        assert any(one.startswith("f grants") for one in lines)
        for fact in ("Spark pool", "Spark version", "Nodes"):
            assert any(one.startswith(fact) for one in lines)
        (identity,) = (one for one in lines if one.startswith("Managed identity"))
        assert identity.endswith("id-churn-a, id-churn-b")


@pytest.mark.parametrize("name", COMPUTES)
async def test_every_id_of_a_compute_is_on_one_line_and_copied_whole(stage: Stage, name: str) -> None:
    async with stage.app.run_test(size=SMALL) as pilot:
        await opened(stage, pilot, name)
        computes = stage.box.world.computes
        raw = next(one for one in computes if one["name"] == name)
        sent = set(ID.findall(json.dumps(raw).lower()))
        whole = copied(stage).lower()
        for one in sent:
            assert one in whole
        await pilot.press("end")
        await happened(pilot, lambda: any(one.startswith("Id ") for one in page(stage)) or not sent)
        assert all(cell_len(one) <= SMALL[0] for one in page(stage))


@pytest.mark.parametrize("name", ["ci-ana", "mystery", "half-written"])
async def test_a_compute_that_is_not_a_spark_pool_has_no_verdict(stage: Stage, name: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await opened(stage, pilot, name)
        assert not any(one.startswith(("✖", "●", "–")) or "not checked" in one for one in page(stage))


async def test_while_an_operation_runs_the_overview_says_why_there_is_no_verdict(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.running(stage, pilot)
        await pilot.press("escape")
        await happened(pilot, lambda: bool(stage.app.screen.query("#computes")))
        await on_row(stage, pilot, "adhoc")
        await pilot.press("enter")
        await says(pilot, stage, "readiness is checked after it ends")
        assert "Readiness" not in page(stage)[0]


def some_readiness(seed: int) -> Readiness:
    """Checks of any number, result and length."""
    rng = random.Random(seed)  # noqa: S311 - texts, and not secrets
    words = ["role", "工作区", "syn-prod/etlpool", "x" * 70, "café", "missing", "of", "[red]", "\x1b[31m"]
    return Readiness(
        tuple(
            Check(
                " ".join(rng.choices(words, k=rng.randint(1, 3))),
                rng.choice(list(Verdict)),
                " ".join(rng.choices(words, k=rng.randint(1, 20))),
                remedy=rng.choice([None, None, *Remedy]),
            )
            for _ in range(rng.randint(1, 14))
        )
    )


@pytest.mark.parametrize("seed", range(40))
def test_each_reason_is_one_line_the_most_serious_first(seed: int) -> None:
    readiness = some_readiness(seed)
    reasons = sorted(one.verdict.rank for one in readiness.checks if one.verdict is not Verdict.OK)
    for width in (30, 45, 70, 78, 118, 198):
        lines = content(*verdict_parts(readiness, width)).plain.rstrip("\n").split("\n")
        signs = [one.split()[0] for one in lines[1:] if one.startswith("  ") and not one.startswith("    ")]
        assert [SIGNS.index(one) for one in signs] == reasons[: len(signs)]
        assert len(signs) == (len(reasons) if len(reasons) <= 6 else 5)
        assert any("more are on the next page" in one for one in lines) == (len(reasons) > 6)
        assert any(re.match(FIX, one) for one in lines) == bool(next_fix(readiness))
        if width >= 78:
            assert all(cell_len(one) <= width for one in lines)
    whole = content(*verdict_parts(readiness, WHOLE)).plain
    assert whole.count("\n  ") - whole.count("\n    ") == len(reasons)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([Verdict.OK] * 3, "● ready"),
        ([Verdict.PROBLEM, Verdict.OK, Verdict.WARNING, Verdict.WARNING], "✖ 1 problem, 2 warnings"),
        ([Verdict.WARNING, Verdict.UNKNOWN], "! 1 warning, 1 not checked"),
        ([Verdict.UNKNOWN, Verdict.OK, Verdict.UNKNOWN], "– 2 not checked"),
    ],
)
def test_the_first_line_counts_the_results(verdicts: list[Verdict], said: str) -> None:
    readiness = Readiness(tuple(Check("role", verdict, "It is.") for verdict in verdicts))
    assert content(*verdict_parts(readiness, 80)).plain.split("\n")[0] == said


def test_the_fix_is_shown_even_if_its_reason_would_be_left_out() -> None:
    problems = [Check(f"problem {number}", Verdict.PROBLEM, "It is.") for number in range(9)]
    fixed = Check("auto-pause", Verdict.WARNING, "It is off.", remedy=Remedy.AUTO_PAUSE)
    lines = content(*verdict_parts(Readiness((*problems, fixed)), 80)).plain.split("\n")
    (number,) = (number for number, one in enumerate(lines) if re.match(FIX, one))
    assert "auto-pause" in lines[number - 1]
