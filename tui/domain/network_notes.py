"""What the network of a Synapse workspace means for attached pools and for the user, in sentences.

Sources: Microsoft's articles "Azure Synapse Analytics IP firewall rules", "Azure Synapse Analytics connectivity
settings", "Synapse Managed private endpoints", "Data exfiltration protection for Azure Synapse Analytics workspaces",
"How to securely integrate Azure Machine Learning and Azure Synapse", and "Submit Spark jobs in Azure Machine Learning".
"""

from dataclasses import dataclass

from tui.domain.errors import Problem
from tui.domain.phrases import enumerated, form_of, plural
from tui.domain.states import Tone
from tui.domain.synapse_network import FirewallRule, Listed, NetworkSettings, PrivateEndpoint, SynapseNetwork
from tui.domain.workspaces import SynapseWorkspace

_MOST_NAMED = 5
_SEVERITY = (Tone.BAD, Tone.WARNING, Tone.BUSY, Tone.NEUTRAL, Tone.GOOD)
_CREATORS = "A Synapse Administrator or Synapse Linked Data Manager"
"""The roles that allow managedPrivateEndpoints/write (recorded)."""


@dataclass(frozen=True, slots=True)
class NetworkNote:
    """One fact about a network.

    Attributes:
        tone: What it means for jobs on attached pools; neutral if that is unknown or depends.
        text: The fact, in a sentence or two.
        help: Who can change it, what is not documented, or which permission is missing; may be empty.
    """

    tone: Tone
    text: str
    help: str = ""


def public_access(workspace: SynapseWorkspace) -> NetworkNote:
    """Whether a Synapse workspace allows public network access, which attached pools need."""
    access, name = workspace.public_network, workspace.name
    if not access:
        return NetworkNote(Tone.NEUTRAL, f"Azure did not report the public network access of {name}.")
    if access.lower() == "enabled":
        return NetworkNote(Tone.GOOD, f"{name} allows public network access, which attached pools need.")
    return NetworkNote(
        Tone.BAD,
        f"Public network access of {name} is {access}: attached pools cannot reach it.",
        f"Ask an owner of {name} to enable public network access in Azure.",
    )


def network_notes(network: SynapseNetwork) -> tuple[NetworkNote, ...]:
    """Everything that matters about a network, most serious first."""
    settings = network.settings
    access = public_access(settings.workspace)
    notes = [access, _firewall(network, is_closed=access.tone is Tone.BAD), _managed(settings)]
    if settings.managed:
        notes += _endpoints(settings, network.endpoints)
    return tuple(sorted(notes, key=_severity))


def _severity(note: NetworkNote) -> int:
    return _SEVERITY.index(note.tone)


def _firewall(network: SynapseNetwork, *, is_closed: bool) -> NetworkNote:
    """Which public addresses may connect."""
    if isinstance(network.rules, Problem):
        return _unread(network.rules)
    if is_closed:
        words = "While public network access is off, Azure does not apply the firewall rules."
        return NetworkNote(Tone.NEUTRAL, words)
    return _let_in(network.settings.workspace.name, network.rules)


def _let_in(name: str, rules: Listed[FirewallRule]) -> NetworkNote:
    """Whom the firewall of a Synapse workspace lets in."""
    in_effect = [rule for rule in rules.items if rule.is_in_effect]
    for_everyone = next((rule for rule in in_effect if rule.is_for_everyone), None)
    if for_everyone is not None:
        words = f"The firewall of {name} lets in every address ({for_everyone.name}): it keeps nobody out."
        return NetworkNote(Tone.GOOD, words, "What they may do is decided by Synapse roles.")
    for_azure = next((rule for rule in in_effect if rule.is_for_azure), None)
    ranges = sum(not rule.is_for_azure for rule in in_effect)
    if for_azure is not None:
        words = f"The firewall of {name} lets in Azure services ({for_azure.name}), also those of other customers"
        elsewhere = "other addresses" if ranges else "outside Azure"
        return NetworkNote(Tone.GOOD, f"{words}{f', and {_ranges(ranges)}' if ranges else ''}.", _for_you(elsewhere))
    if rules.unreadable:
        words = f"{_unreadable('firewall rule', rules)}, so whom the firewall of {name} lets in is not known."
        return NetworkNote(Tone.NEUTRAL, words)
    whom = f"{_ranges(ranges)}, but no Azure services" if ranges else "no public address"
    words = f"The firewall of {name} lets in {whom}: jobs on attached pools may be kept out."
    elsewhere = "other addresses" if ranges else "any public address"
    help_ = f"Whether they need a rule for Azure services is not documented. {_for_you(elsewhere)}"
    return NetworkNote(Tone.WARNING, words, help_)


def _ranges(number: int) -> str:
    return f"{number} {form_of('range', number)} of addresses"


def _for_you(where: str) -> str:
    """What the firewall means for the user: roles are read and granted through it."""
    return f"From {where}, Synapse roles and private endpoints cannot be read or changed."


def _managed(settings: NetworkSettings) -> NetworkNote:
    """What the Spark pools can reach."""
    name = settings.workspace.name
    if not settings.managed:
        words = (
            f"{name} has no managed virtual network: its Spark pools use public addresses, so a storage account that "
            "refuses these keeps their jobs out."
        )
        return NetworkNote(Tone.NEUTRAL, words, "That is decided when a Synapse workspace is created.")
    if settings.prevents_exfiltration is None:
        words = f"Azure did not report whether {name} has data-exfiltration protection."
        return NetworkNote(Tone.NEUTRAL, words)
    if not settings.prevents_exfiltration:
        words = (
            f"The Spark pools of {name} run in its managed virtual network, without data-exfiltration protection: "
            "they can use public addresses too."
        )
        return NetworkNote(Tone.NEUTRAL, words)
    words = (
        f"{name} has data-exfiltration protection: its Spark pools reach only what an approved private endpoint leads "
        "to, and no package repository on the internet."
    )
    help_ = (
        "It cannot be turned off. The documentation does not support the integration of Azure Machine Learning and "
        "Synapse with it; it does not say whether attached pools work."
    )
    return NetworkNote(Tone.WARNING, words, help_)


def _endpoints(settings: NetworkSettings, endpoints: Listed[PrivateEndpoint] | Problem) -> list[NetworkNote]:
    """What each private endpoint of a managed virtual network can be used for."""
    if isinstance(endpoints, Problem):
        return [_unread(endpoints)]
    own = [endpoint for endpoint in endpoints.items if not endpoint.is_reserved]
    approved = [endpoint for endpoint in own if endpoint.is_approved]
    others = [endpoint for endpoint in own if not endpoint.is_approved]
    reached = {endpoint.target for endpoint in approved}
    notes = sorted(
        (_unapproved(endpoint, settings, has_other_way=endpoint.target in reached) for endpoint in others),
        key=_severity,
    )[:_MOST_NAMED]
    if len(others) > _MOST_NAMED:
        more = plural(len(others) - _MOST_NAMED, "more private endpoint")
        notes.append(NetworkNote(Tone.WARNING, f"{more} cannot be used yet; see below."))
    if endpoints.unreadable:
        notes.append(NetworkNote(Tone.NEUTRAL, f"{_unreadable('private endpoint', endpoints)}."))
    elif not any(endpoint.is_to_storage for endpoint in approved):
        words = (
            "No approved private endpoint leads to a storage account. For a managed virtual network the documentation "
            "asks for one to the storage account of the jobs."
        )
        notes.append(NetworkNote(Tone.WARNING, words, f"{_CREATORS} can create one in Synapse."))
    if approved:
        named = [endpoint.words for endpoint in approved[:_MOST_NAMED]]
        named += [f"{len(approved) - _MOST_NAMED} more targets"] if len(approved) > _MOST_NAMED else []
        notes.append(NetworkNote(Tone.GOOD, f"Approved private endpoints lead to {enumerated(named)}."))
    return notes


def _unapproved(endpoint: PrivateEndpoint, settings: NetworkSettings, *, has_other_way: bool) -> NetworkNote:
    """A private endpoint that carries no traffic, and who can change that.

    `has_other_way` is whether another one to the same target is approved.
    """
    is_lake = endpoint.leads_to_storage(settings.workspace.lake_name)
    # Nothing else leads to the data lake then; of other accounts it is not known whether jobs use them.
    tone = Tone.BAD if is_lake and settings.prevents_exfiltration and not has_other_way else Tone.WARNING
    what = f"Private endpoint {endpoint.name} to {endpoint.words}"
    again = f"{_CREATORS} of {settings.workspace.name} can create it again in Synapse."
    if endpoint.state.tone is Tone.BAD:
        return NetworkNote(tone, f"{what} could not be created: its provisioning state is {endpoint.state}.", again)
    if endpoint.state.tone is Tone.BUSY:
        return NetworkNote(
            Tone.BUSY, f"{what} is {str(endpoint.state).lower()}; then the owner of its target has to approve it."
        )
    if endpoint.is_pending:
        words = f"{what} waits for approval. Until then it carries no traffic."
        return NetworkNote(tone, words, f"{_owner_of(endpoint)} has to approve it in Azure.")
    if not endpoint.status:
        return NetworkNote(Tone.NEUTRAL, f"Azure did not report whether {what[0].lower()}{what[1:]} is approved.")
    words = f"{what} is {endpoint.status}: it carries no traffic."
    return NetworkNote(tone, words, f"{_owner_of(endpoint)} decides about that. {again}")


def _owner_of(endpoint: PrivateEndpoint) -> str:
    """Who approves a private endpoint: the owner of its target, named by the target's place."""
    target = endpoint.target
    if target is None:
        return "The owner of its target"
    place = f"resource group {target.resource_group}, subscription {target.subscription}"
    return f"An owner of {endpoint.target_words} ({place})"


def _unreadable(word: str, listed: Listed[FirewallRule] | Listed[PrivateEndpoint]) -> str:
    return f"{plural(len(listed.unreadable), word)} cannot be read"


def _unread(problem: Problem) -> NetworkNote:
    return NetworkNote(Tone.NEUTRAL, problem.title, problem.advice)
