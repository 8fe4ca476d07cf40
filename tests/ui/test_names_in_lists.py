"""Names are listed in natural order and shortened where they are alike, so that no two rows look the same."""

import random
from collections.abc import Sequence

import pytest
from rich.cells import cell_len

from tests.support import scenes
from tests.support.neighbours import add_neighbour
from tests.support.screen import screen_text, shown
from tests.support.stage import Stage
from tui.domain.ordering import by_name
from tui.ui.fitting import fit_place
from tui.ui.text import shorten
from tui.ui.widgets.columns import Cell, Column, Columns
from tui.ui.widgets.cuts import Cuts

NARROW = (80, 24)
_PARTS = ("", "a", "A", "ß", "-", "_", "é", "e\u0301", "構", "²", "½", "Ⅷ", "0", "00", "7", "10", "٣", "१२", "9" * 5000)
_ODD = ("\ud800", "\x00", "\U0010ffff", " ")


@pytest.mark.parametrize(
    "ordered",
    [
        ("spark-11", "spark-103", "spark-111"),
        ("Pool2", "pool10", "POOL011"),
        ("a", "a1", "a1b", "a2", "a10", "b"),
        ("team-2-pool-10", "team-10-pool-2"),
        ("run-٣", "run-10", "run-१२"),
        ("v1.9", "v1.10", "v2"),
        ("n" + "1" * 5000, "n" + "2" * 5000, "n" + "1" * 5001),
    ],
)
def test_names_are_sorted_in_natural_order(ordered: tuple[str, ...]) -> None:
    assert tuple(sorted(set(ordered), key=by_name)) == ordered


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_names_is_total_for_any_letters_and_digits(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same texts in every run
    texts = list({"".join(chance.choices((*_PARTS, *_ODD), k=chance.randint(0, 4))) for _ in range(200)})
    ordered = sorted(texts, key=by_name)
    chance.shuffle(texts)
    assert sorted(texts, key=by_name) == ordered
    assert len({by_name(text) for text in texts}) == len(texts)


def cut(names: Sequence[str], width: int, *, head_only: bool = False) -> list[str]:
    """Shorten names as a column of a given width does."""
    cuts = Cuts(width, head_only=head_only)
    for name in names:
        cuts.add([name])
    return [cuts[name] for name in names]


@pytest.mark.parametrize(
    "names",
    [
        [f"contoso-data-platform-pool-{number:03}" for number in range(12)],
        [f"{number:03}-contoso-data-platform-production-pool" for number in range(12)],
        [f"contoso-data-{team}-platform-production-pool" for team in ("alpha", "beta", "gamma", "delta")],
        ["n" * 100 + str(number) + "n" * 100 for number in range(120)],
        ["構" * 40 + letter + "築" * 40 for letter in "abc構"],
        [f"/subscriptions/516fb186/resourceGroups/rg-{number}/providers/Microsoft.Synapse" for number in range(9)],
        ["n" * 40, *("n" * 40 + letter * 40 + "n" * 40 for letter in "abc")],
    ],
)
@pytest.mark.parametrize("width", [16, 21, 30])
def test_shortened_names_never_look_the_same(names: list[str], width: int) -> None:
    for head_only in (False, True):
        shown_names = cut(names, width, head_only=head_only)
        assert len(set(shown_names)) == len(names)
        assert {cell_len(name) for name in shown_names} == {width}


@pytest.mark.parametrize("seed", range(40))
def test_names_that_differ_anywhere_still_differ_when_shortened(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same names in every run
    width, length = chance.randint(8, 40), chance.randint(60, 120)
    same = chance.choices(("a", "b", "-", "構", "e\u0301"), k=length)
    names = set()
    for _ in range(chance.randint(2, 30)):
        name = list(same)
        for _ in range(chance.randint(1, 3)):
            name[chance.randrange(length)] = chance.choice("xyz0123")
        names.add("".join(name))
    shown_names = cut(sorted(names), width, head_only=bool(seed % 2))
    assert len(set(shown_names)) == len(names)
    assert {cell_len(name) for name in shown_names} == {width}


@pytest.mark.parametrize("text", ["構成" * 30, "e\u0301" * 50, "abc" * 40, "a構" * 30])
def test_a_text_shortened_in_the_middle_fits_the_given_width(text: str) -> None:
    for width in range(60):
        assert cell_len(shorten(text, width)) <= width


def test_the_path_in_the_header_keeps_both_ends_of_every_name() -> None:
    place = "rg-machine-learning-production-eastus2-001 › aml-contoso-prod-eastus2-007 › spark-etl-103"
    shown_place = fit_place(place, 60)
    assert cell_len(shown_place) <= 60
    parts = shown_place.split(" › ")
    assert [part[:3] for part in parts] == ["rg-", "aml", "spa"]
    assert [part[-3:] for part in parts] == ["001", "007", "103"]


def test_a_required_column_stays_visible_beside_any_name() -> None:
    columns: Columns[str] = Columns(
        (
            Column("NAME", Cell, 0, most=48),
            Column("STATE", lambda _: Cell("Disabled"), 0),
            Column("ID", lambda _: Cell("x" * 36), 1, most=36),
        )
    )
    columns.cells("n" * 60)
    for width in range(30, 120):
        columns.fit(width)
        assert 1 in [number for number, _ in columns.layout]
        assert sum(cells + 2 for _, cells in columns.layout) - 2 <= width


def test_rows_with_the_same_name_keep_part_of_the_column_that_distinguishes_them() -> None:
    columns: Columns[str] = Columns((Column("NAME", lambda _: Cell("n" * 40), 0), Column("ID", Cell, 1, most=36)))
    columns.cells("b26ca603-6200-4f98-a214-118e83c14754")
    columns.fit(45)
    assert [number for number, _ in columns.layout] == [0]
    columns.fit(45, names_repeat=True)
    assert [number for number, _ in columns.layout] == [0, 1]


async def test_computes_are_listed_in_natural_order_regardless_of_case(stage: Stage) -> None:
    for name in ("spark103", "Spark11", "spark111"):
        add_neighbour(stage.box, "etl-prod", name)
    async with stage.app.run_test(size=NARROW) as pilot:
        await scenes.computes(stage, pilot)
        names = [line[3:].split()[0] for line in screen_text(stage.app).splitlines() if "park1" in line]
        assert names == ["Spark11", "spark103", "spark111"]


@pytest.mark.parametrize("where", ["picker", "wizard"])
async def test_a_disabled_subscription_is_recognizable_at_80_columns(where: str, stage: Stage) -> None:
    for number, subscription in enumerate(stage.box.world.subscriptions):
        subscription["displayName"] = f"Contoso Data Platform Production Subscription {number:02}"
    stage = Stage(pick=where == "picker", azure=stage.box, clock=stage.clock)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=NARROW) as pilot:
            if where == "wizard":
                await scenes.computes(stage, pilot)
                await pilot.press("a")
            await shown(pilot, stage, "5 subscriptions")
            rows = [line for line in screen_text(stage.app).splitlines() if "Contos" in line and "abled" in line]
            assert sum("Disabled" in line for line in rows) == 1
            assert len({line.split("abled")[0] for line in rows}) == len(rows) == 5
    finally:
        stage.operations.stop()
