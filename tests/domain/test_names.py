"""The naming rule of attached computes, case by case, and the proposed name."""

import pytest

from tui.domain.names import check_compute_name, propose_compute_name


@pytest.mark.parametrize("name", ["abc", "ABC", "a1b", "etl-prod", "a--b", "a234567890123456", "z-9"])
def test_a_valid_name_has_neither_problem_nor_warning(name: str) -> None:
    verdict = check_compute_name(name)
    assert (verdict.problem, verdict.warning) == ("", "")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "A compute needs a name: letters, digits and dashes, starting with a letter."),
        ("etl_prod", '"etl_prod" has an underscore. Use letters, digits and dashes, starting with a letter.'),
        ("etl prod", '"etl prod" has a blank.'),
        (" etl", '" etl" has a blank.'),
        ("etl.prod", '"etl.prod" has a dot.'),
        ("etl/prod", '"etl/prod" has a slash.'),
        ("etl\tprod", "has a tab."),
        ("etl+prod", '"etl+prod" has "+".'),
        ("été", '"été" has "é".'),
        ("構成", '"構成" has "構".'),
        ("etl\u202eprod", "has the character U+202E."),
        ("etl\x1b[2J", "has the character U+001B."),
        ("etl\n", "has the character U+000A."),
        ("1st", '"1st" starts with "1". Start with a letter.'),
        ("-etl", '"-etl" starts with "-". Start with a letter.'),
        ("etl-", '"etl-" ends with a dash. End with a letter or digit.'),
        ("a-", '"a-" ends with a dash.'),
        ("-", '"-" starts with "-".'),
    ],
)
def test_an_invalid_name_is_reported_with_the_reason(name: str, why: str) -> None:
    verdict = check_compute_name(name)
    assert why in verdict.problem
    assert verdict.warning == ""


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("a", "1 character"),
        ("ab", "2 characters"),
        ("a2345678901234567", "17 characters"),
        ("n" * 300, "300 characters"),
    ],
)
def test_a_length_on_which_the_sources_disagree_is_only_a_warning(name: str, length: str) -> None:
    verdict = check_compute_name(name)
    assert verdict.problem == ""
    assert verdict.warning.startswith(f"{length}: ")


@pytest.mark.parametrize(
    ("pool", "taken", "proposed"),
    [
        ("etlpool", (), "etlpool"),
        ("etlpool", ("ETLPOOL",), "etlpool-2"),
        ("etlpool", ("etlpool", "etlpool-2", "Etlpool-3"), "etlpool-4"),
        ("etl_pool.v2", (), "etl-pool-v2"),
        ("1stpool", (), "stpool"),
        ("--pool--", (), "pool"),
        ("a23456789012345678", (), "a234567890123456"),
        ("a23456789012345-78", (), "a23456789012345"),
        ("a23456789012345678", ("a234567890123456",), "a2345678901234-2"),
        ("abcdefghijklm-nop", ("abcdefghijklm-no",), "abcdefghijklm-2"),
        ("構成", (), "spark"),
        ("123", (), "spark"),
        ("構成", ("spark",), "spark-2"),
    ],
)
def test_the_proposed_name_is_valid_and_available(pool: str, taken: tuple[str, ...], proposed: str) -> None:
    assert propose_compute_name(pool, taken) == proposed
    assert check_compute_name(proposed).problem == ""


def test_a_name_is_proposed_no_matter_how_many_are_taken() -> None:
    taken: list[str] = []
    for _ in range(120):
        taken.append(propose_compute_name("abcdefghijklmnop", taken))
    assert len(set(taken)) == 120
    assert all(len(name) <= 16 and not check_compute_name(name).problem for name in taken)
