"""Clouds: Azure's own by name, and private ones from a table, with all errors reported at once."""

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
def test_azures_own_clouds_are_found_by_name_in_any_letter_case(name: str, profile: CloudProfile) -> None:
    assert find_profile(name, {}) is profile


def test_no_two_of_azures_own_clouds_share_an_address() -> None:
    for one in (PUBLIC, US_GOVERNMENT, CHINA):
        for other in {PUBLIC, US_GOVERNMENT, CHINA} - {one}:
            assert one.authority != other.authority
            assert one.resource_manager != other.resource_manager
            assert one.scope != other.scope
            assert one.synapse_suffix != other.synapse_suffix
            assert one.synapse_scope != other.synapse_scope


def test_a_private_cloud_needs_two_addresses_and_skips_authority_validation() -> None:
    found = find_profile("contoso", {"Contoso": LEAST})
    assert found.name == "Contoso"
    assert found.resource_manager == "https://arm.contoso.example:8443"
    assert found.scope == "https://arm.contoso.example:8443/.default"
    assert (found.synapse_suffix, found.synapse_scope) == (PUBLIC.synapse_suffix, PUBLIC.synapse_scope)
    assert not found.validates_authority
    assert not found.is_known


def test_a_private_synapse_scope_is_derived_from_its_suffix_unless_it_is_set() -> None:
    own = profile_from("c", {**LEAST, "synapse_suffix": ".dev.synapse.contoso.example"})
    assert own.synapse_suffix == "dev.synapse.contoso.example"
    assert own.synapse_scope == "https://dev.synapse.contoso.example/.default"
    told = profile_from("c", {**LEAST, "synapse_scope": "https://syn.contoso.example/.default"})
    assert told.synapse_scope == "https://syn.contoso.example/.default"


def test_an_unknown_cloud_name_is_reported_with_the_closest_match() -> None:
    with pytest.raises(BadProfile, match=r'There is no cloud "AzureUSGovernmnt".*Did you mean "AzureUSGovernment"'):
        find_profile("AzureUSGovernmnt", {"Contoso": LEAST})


@pytest.mark.parametrize(
    ("table", "faults"),
    [
        (7, [("", "a cloud is a table with authority and resource_manager")]),
        ({}, [("", 'needs authority = "https://'), ("", 'needs resource_manager = "https://')]),
        ({**LEAST, "autority": "x"}, [("autority", 'not one of its keys. Did you mean "authority"?')]),
        ({**LEAST, "colour": "x"}, [("colour", "A cloud has authority, resource_manager, scope")]),
        ({**LEAST, "authority": "http://login"}, [("authority", '"http://login" is not a valid address')]),
        ({**LEAST, "resource_manager": "https://"}, [("resource_manager", "is not a valid address")]),
        ({**LEAST, "resource_manager": "https://x:port"}, [("resource_manager", "is not a valid address")]),
        ({**LEAST, "scope": "https://arm.contoso.example"}, [("scope", "/.default")]),
        ({**LEAST, "synapse_suffix": "https://dev"}, [("synapse_suffix", "is not a valid address")]),
        ({**LEAST, "synapse_suffix": 7}, [("synapse_suffix", "is not text")]),
        ({**LEAST, "validates_authority": "no"}, [("validates_authority", "is not true or false")]),
        (
            {"authority": "x", "synapse_suffix": "/", "who": 1},
            [("who", "keys"), ("", "resource_manager"), ("authority", "address"), ("synapse_suffix", "address")],
        ),
    ],
)
def test_all_errors_in_a_cloud_table_are_reported_at_once(table: Any, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(BadProfile) as bad:
        profile_from("Contoso", table)
    assert len(bad.value.faults) == len(faults)
    for key, words in faults:
        assert any(fault.key == key and words in fault.found for fault in bad.value.faults), bad.value.faults


def test_a_cloud_name_that_is_unsafe_in_commands_is_refused() -> None:
    with pytest.raises(BadProfile, match="letters, digits, dots"):
        profile_from("Contoso\x1b[2J; reboot", LEAST)


def test_azures_own_clouds_cannot_be_redefined() -> None:
    with pytest.raises(BadProfile, match="is one of Azure's own clouds"):
        profile_from("azurecloud", LEAST)
