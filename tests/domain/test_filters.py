"""A filter finds what its words say, and explains what it cannot read."""

from dataclasses import dataclass

import pytest

from tui.domain.compute import Compute
from tui.domain.compute_fields import COMPUTE_FIELDS, ListedCompute
from tui.domain.filters import Filter, spans_of
from tui.domain.identity import Identity, IdentityKind, UserAssignedIdentity
from tui.domain.readiness import Readiness
from tui.domain.resource_id import ResourceId
from tui.domain.states import ProvisioningState

_GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers"
_POOL = f"{_GROUP}/Microsoft.Synapse/workspaces/syn-prod/bigDataPools"
_IDENTITY = f"{_GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/id-etl"


@dataclass(frozen=True)
class Listed:
    """A compute as a command knows it."""

    compute: Compute
    readiness: Readiness | None = None


@dataclass(frozen=True)
class Row:
    """A compute with the text that is searched."""

    item: Listed
    text: str


def passing(query: Filter[ListedCompute]) -> list[str]:
    """The names of the computes that a filter finds, in their order."""
    rows = [Row(one, COMPUTE_FIELDS.text(one)) for one in ROWS]
    return [row.item.compute.name for row in query.passing(rows)]


def _pool(name: str, pool: str, state: str, tags: dict[str, str], about: str = "") -> Listed:
    assigned = (UserAssignedIdentity(ResourceId.parse(_IDENTITY)),) if name.startswith("etl") else ()
    return Listed(
        Compute(
            name,
            type="SynapseSpark",
            state=ProvisioningState(state),
            description=about,
            tags=tags,
            attached_to=ResourceId.parse(f"{_POOL}/{pool}"),
            identity=Identity(IdentityKind.USER if assigned else IdentityKind.NONE, user_assigned=assigned),
        )
    )


ROWS = (
    _pool("etl-prod", "etlpool", "Succeeded", {"team": "Data Platform", "cost": "42"}),
    _pool("etl-dev", "etlpool", "Failed", {"team": "ml", "Env": "dev"}, "nightly: runs at 09:12"),
    _pool("churn", "churnpool", "Succeeded", {"owner": "team=data"}, 'says "hi there"'),
    Listed(Compute("cpu", type="AmlCompute", state=ProvisioningState("Succeeded"), location="westeurope")),
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", "etl-prod etl-dev churn cpu"),
        ("ETL", "etl-prod etl-dev"),
        ("etl failed", "etl-dev"),
        ("failed   etl", "etl-dev"),
        ("!etl", "churn cpu"),
        ("!etl !cpu", "churn"),
        ("etl !failed", "etl-prod"),
        ("!", "etl-prod etl-dev churn cpu"),
        ("name:etl", "etl-prod etl-dev"),
        ("NAME:Etl", "etl-prod etl-dev"),
        ("name:pool", ""),
        ("pool:churn", "churn"),
        ("!pool:etlpool", "churn cpu"),
        ("type:spark", "etl-prod etl-dev churn"),
        ("type:synapsespark", "etl-prod etl-dev churn"),
        ("state:fail", "etl-dev"),
        ("region:west", "cpu"),
        ("location:west", "cpu"),
        ("identity:id-etl", "etl-prod etl-dev"),
        ("identity:none", "churn cpu"),
        ("name:", "etl-prod etl-dev churn cpu"),
        ("tag:team", "etl-prod etl-dev"),
        ("!tag:team", "churn cpu"),
        ("tag:TEAM=ML", "etl-dev"),
        ('tag:team="data p"', "etl-prod"),
        ('tag:"team"="Data Platform"', "etl-prod"),
        ("tag:team=", "etl-prod etl-dev"),
        ("tag:tea=ml", ""),
        ("tag:=42", "etl-prod"),
        ("tag:", "etl-prod etl-dev churn cpu"),
        ("team=data", "etl-prod churn"),
        ("tag:owner=team=data", "churn"),
        ('"09:12"', "etl-dev"),
        ('"runs at"', "etl-dev"),
        ('!"runs at" etl', "etl-prod"),
        ('"runs a', "etl-dev"),
        ('description:"runs at"', "etl-dev"),
        ("data etl", "etl-prod"),
    ],
)
def test_a_filter_finds_what_its_words_say(typed: str, found: str) -> None:
    query = COMPUTE_FIELDS.parse(typed)
    assert not query.faults
    assert passing(query) == found.split()


@pytest.mark.parametrize(
    ("typed", "fault", "found"),
    [
        ("stat:x etl", '"stat" is not a column. Did you mean "state"?', "etl-prod etl-dev"),
        ("!Idenity:x churn", '"Idenity" is not a column. Did you mean "identity"?', "churn"),
        ("09:12", '"09" is not a column. The columns are name, ready,', "etl-prod etl-dev churn cpu"),
    ],
)
def test_an_unknown_column_is_named_and_the_other_words_still_filter(typed: str, fault: str, found: str) -> None:
    query = COMPUTE_FIELDS.parse(typed)
    (sentence,) = query.faults
    assert sentence.startswith(fault)
    assert sentence.endswith("To search for the text, put it in quotes.")
    assert passing(query) == found.split()


def test_the_places_of_a_match_are_a_column_or_a_tag_with_its_whole_value() -> None:
    query = COMPUTE_FIELDS.parse("dev tag:cost runs")
    places = [[list(query.places(row, term)) for term in query.wanted] for row in ROWS[:2]]
    assert places == [
        [[], [("tag", "cost=42")], []],
        [[("name", "etl-dev"), ("tag", "Env=dev")], [], [("description", "nightly: runs at 09:12")]],
    ]


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("churn-old", ["CHURN".casefold(), "n-"], "[churn-]old"),
        ("Straße", ["ss"], "Stra[ß]e"),
        ("Straße 1", ["e 1"], "Straß[e 1]"),
        ("aXbxa", ["x"], "a[X]b[x]a"),
        ("İstanbul", ["stan"], "İ[stan]bul"),
        ("abc", ["", "z"], "abc"),
    ],
)
def test_matches_are_marked_letter_by_letter_in_any_letter_case(text: str, words: list[str], marked: str) -> None:
    shown, end = "", 0
    for first, last in spans_of(text, words):
        shown += f"{text[end:first]}[{text[first:last]}]"
        end = last
    assert shown + text[end:] == marked
