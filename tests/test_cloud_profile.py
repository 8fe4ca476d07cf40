"""Clouds: Azure's own by name, and private ones from a table, with everything wrong told at once."""

from typing import Any

import pytest

from tui.cloud.profile import BadProfile, find_profile, profile_from
from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT, CloudProfile

LEAST = {"authority": "https://login.contoso.example", "resource_manager": "https://arm.contoso.example:8443/"}


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("", PUBLIC),
        ("AzureCloud", PUBLIC),
        ("azureusgovernment", US_GOVERNMENT),
        ("AzureChinaCloud", CHINA),
    ],
)
def test_azures_own_clouds_are_known_by_name_in_any_letter_case(name: str, profile: CloudProfile) -> None:
    assert find_profile(name, {}) is profile


def test_every_address_of_a_cloud_belongs_to_that_cloud_alone() -> None:
    for one in (PUBLIC, US_GOVERNMENT, CHINA):
        for other in {PUBLIC, US_GOVERNMENT, CHINA} - {one}:
            assert one.authority != other.authority
            assert one.resource_manager != other.resource_manager
            assert one.scope != other.scope
            assert one.synapse_suffix != other.synapse_suffix
            assert one.synapse_scope != other.synapse_scope


def test_a_private_cloud_needs_two_addresses_and_has_no_authority_looked_up() -> None:
    found = find_profile("contoso", {"Contoso": LEAST})
    assert found.name == "Contoso"
    assert found.resource_manager == "https://arm.contoso.example:8443"
    assert found.scope == "https://arm.contoso.example:8443/.default"
    assert (found.synapse_suffix, found.synapse_scope) == (PUBLIC.synapse_suffix, PUBLIC.synapse_scope)
    assert not found.validates_authority
    assert not found.is_known


def test_a_synapse_of_its_own_takes_its_scope_from_its_suffix_unless_told() -> None:
    own = profile_from("c", {**LEAST, "synapse_suffix": ".dev.synapse.contoso.example"})
    assert own.synapse_suffix == "dev.synapse.contoso.example"
    assert own.synapse_scope == "https://dev.synapse.contoso.example/.default"
    told = profile_from("c", {**LEAST, "synapse_scope": "https://syn.contoso.example/.default"})
    assert told.synapse_scope == "https://syn.contoso.example/.default"


def test_a_name_that_nobody_knows_is_told_with_the_nearest() -> None:
    with pytest.raises(BadProfile, match=r'There is no cloud "AzureUSGovernmnt".*Did you mean "AzureUSGovernment"'):
        find_profile("AzureUSGovernmnt", {"Contoso": LEAST})


@pytest.mark.parametrize(
    ("table", "problems"),
    [
        (7, ["must be a table with authority and resource_manager"]),
        ({}, ['needs "authority"', 'needs "resource_manager"']),
        ({**LEAST, "autority": "x"}, ['has no key "autority". Did you mean "authority"?']),
        ({**LEAST, "colour": "x"}, ['has no key "colour". It has authority']),
        ({**LEAST, "authority": "http://login"}, ["authority is", "must be like"]),
        ({**LEAST, "resource_manager": "https://"}, ["resource_manager is"]),
        ({**LEAST, "resource_manager": "https://x:port"}, ["resource_manager is"]),
        ({**LEAST, "scope": "https://arm.contoso.example"}, ["scope is", "/.default"]),
        ({**LEAST, "synapse_suffix": "https://dev"}, ["synapse_suffix is"]),
        ({**LEAST, "synapse_suffix": 7}, ["synapse_suffix must be a text"]),
        ({**LEAST, "validates_authority": "no"}, ["validates_authority must be true or false"]),
        (
            {"authority": "x", "synapse_suffix": "/", "who": 1},
            ['has no key "who"', 'needs "resource_manager"', "authority is", "synapse_suffix is"],
        ),
    ],
)
def test_everything_that_is_wrong_with_a_table_is_told_at_once(table: Any, problems: list[str]) -> None:
    with pytest.raises(BadProfile) as bad:
        profile_from("Contoso", table)
    for problem in problems:
        assert any(problem in sentence for sentence in bad.value.problems), bad.value.problems
    assert all(sentence.startswith("[clouds.Contoso]") for sentence in bad.value.problems)
