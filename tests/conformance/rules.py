"""Which recorded interactions concern the product, by method and path."""

import re
from enum import Enum
from typing import NamedTuple

from tests.conformance.recordings import Exchange


class Role(Enum):
    """How an interaction concerns the product."""

    ASKED = "the product asks it"
    FOLLOWED = "the product follows it, after a write that it asks"
    SHOWN = "the product's sandbox may answer it, and the product does not ask it"
    STANDS_IN = "another operation's error, in the envelope that the product's operations use too"
    UNUSED = "the product has nothing to do with it"


class Rule(NamedTuple):
    """The classification of the interactions with a method and path.

    Attributes:
        role: How they concern the product.
        operation: The operation's name in these tests; for unused ones the reason.
        methods: The HTTP methods, separated by spaces.
        path: A regular expression for the whole path, ignoring letter case.
        host: A regular expression for the whole host.
        file: A regular expression for the start of the recording's file name.
    """

    role: Role
    operation: str
    methods: str
    path: str
    host: str = r"([\w-]+\.)?management\.azure\.com"
    file: str = ""

    def matches(self, exchange: Exchange) -> bool:
        """Return whether the interaction matches the rule."""
        return (
            exchange.method in self.methods.split()
            and re.fullmatch(self.path, exchange.path, re.IGNORECASE) is not None
            and re.fullmatch(self.host, exchange.host) is not None
            and re.match(self.file, exchange.file) is not None
        )


IN_SUBSCRIPTION = r"/subscriptions/[^/]+"
IN_GROUP = rf"{IN_SUBSCRIPTION}/resourceGroups/[^/]+"
IN_EITHER = rf"{IN_SUBSCRIPTION}(/resourceGroups/[^/]+)?"
AML = r"/providers/Microsoft\.MachineLearningServices"
SYNAPSE = r"/providers/Microsoft\.Synapse"
IDENTITIES = r"/providers/Microsoft\.ManagedIdentity/userAssignedIdentities"
AUTHORIZATION = r"(/.+)?/providers/Microsoft\.Authorization"
DATA_PLANE = r"[\w-]+\.dev\.azuresynapse\.net"
PRIVATE_ENDPOINTS = r"/managedVirtualNetworks/[^/]+/managedPrivateEndpoints"
ANY = "GET PUT PATCH POST DELETE"

RULES = (
    Rule(Role.ASKED, "subscriptions", "GET", r"/subscriptions"),
    Rule(Role.SHOWN, "subscription", "GET", IN_SUBSCRIPTION),
    Rule(Role.ASKED, "tenants", "GET", r"/tenants"),
    Rule(Role.ASKED, "workspaces", "GET", rf"{IN_EITHER}{AML}/workspaces"),
    Rule(Role.ASKED, "workspace", "GET", rf"{IN_GROUP}{AML}/workspaces/[^/]+"),
    Rule(Role.ASKED, "computes", "GET", rf"{IN_GROUP}{AML}/workspaces/[^/]+/computes"),
    Rule(Role.ASKED, "compute", "GET", rf"{IN_GROUP}{AML}/workspaces/[^/]+/computes/[^/]+"),
    Rule(Role.ASKED, "put compute", "PUT", rf"{IN_GROUP}{AML}/workspaces/[^/]+/computes/[^/]+"),
    Rule(Role.ASKED, "detach", "DELETE", rf"{IN_GROUP}{AML}/workspaces/[^/]+/computes/[^/]+"),
    Rule(Role.SHOWN, "patch compute", "PATCH", rf"{IN_GROUP}{AML}/workspaces/[^/]+/computes/[^/]+"),
    Rule(Role.FOLLOWED, "poll", "GET", rf"{IN_SUBSCRIPTION}{AML}/locations/[^/]+/computeOperationsStatus/[^/]+"),
    Rule(
        Role.UNUSED,
        "compute instances are not started or stopped",
        "POST",
        rf"{IN_GROUP}{AML}/workspaces/[^/]+/computes/[^/]+/\w+",
    ),
    Rule(
        Role.UNUSED, "AML workspaces are not made or changed", "PUT PATCH DELETE", rf"{IN_GROUP}{AML}/workspaces/[^/]+"
    ),
    Rule(
        Role.UNUSED,
        "AML workspaces are not made or changed",
        "GET",
        rf"{IN_SUBSCRIPTION}{AML}/locations/[^/]+/workspaceOperationsStatus/[^/]+",
    ),
    Rule(
        Role.STANDS_IN,
        "what else a workspace holds is not read",
        ANY,
        rf"{IN_GROUP}{AML}/workspaces/[^/]+/(?!computes/)[^/]+/.+",
    ),
    Rule(Role.ASKED, "synapse workspaces", "GET", rf"{IN_EITHER}{SYNAPSE}/workspaces"),
    Rule(Role.ASKED, "synapse workspace", "GET", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+"),
    Rule(Role.ASKED, "spark pools", "GET", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/bigDataPools"),
    Rule(Role.ASKED, "spark pool", "GET", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/bigDataPools/[^/]+"),
    Rule(Role.ASKED, "put spark pool", "PUT", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/bigDataPools/[^/]+"),
    Rule(Role.SHOWN, "delete spark pool", "DELETE", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/bigDataPools/[^/]+"),
    Rule(Role.ASKED, "firewall rules", "GET", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/firewallRules"),
    Rule(Role.SHOWN, "firewall rule", "GET", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/firewallRules/[^/]+"),
    Rule(Role.SHOWN, "put firewall rule", "PUT", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/firewallRules/[^/]+"),
    Rule(Role.SHOWN, "delete firewall rule", "DELETE", rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/firewallRules/[^/]+"),
    Rule(
        Role.SHOWN,
        "poll",
        "GET",
        rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+/operation(Status|Result)e?s/[^/]+",
        # These paths do not say which kind of resource the operation is on.
        file="synapse_(spark_pool|firewall)",
    ),
    Rule(
        Role.UNUSED,
        "Synapse workspaces are not made or changed",
        "PUT PATCH DELETE",
        rf"{IN_GROUP}{SYNAPSE}/workspaces/[^/]+",
    ),
    Rule(
        Role.UNUSED,
        "Synapse workspaces are not made or changed",
        "GET",
        rf"({IN_GROUP}{SYNAPSE}/workspaces/[^/]+|{IN_SUBSCRIPTION}{SYNAPSE}/locations/[^/]+)/operation(Status|Result)e?s/[^/]+",
    ),
    Rule(
        Role.UNUSED,
        "names of Synapse workspaces are not checked",
        "POST",
        rf"{IN_EITHER}{SYNAPSE}/checkNameAvailability",
    ),
    Rule(Role.ASKED, "identities", "GET", rf"{IN_EITHER}{IDENTITIES}"),
    Rule(Role.ASKED, "identity", "GET", rf"{IN_GROUP}{IDENTITIES}/[^/]+"),
    Rule(Role.ASKED, "put identity", "PUT", rf"{IN_GROUP}{IDENTITIES}/[^/]+"),
    Rule(Role.SHOWN, "delete identity", "DELETE", rf"{IN_GROUP}{IDENTITIES}/[^/]+"),
    Rule(
        Role.UNUSED,
        "what an identity is assigned to is not read",
        "POST",
        rf"{IN_GROUP}{IDENTITIES}/[^/]+/listAssociatedResources",
    ),
    Rule(Role.ASKED, "azure role assignments", "GET", rf"{AUTHORIZATION}/roleAssignments"),
    Rule(Role.SHOWN, "azure role assignment", "GET", rf"{AUTHORIZATION}/roleAssignments/[^/]+"),
    Rule(Role.ASKED, "azure role grant", "PUT", rf"{AUTHORIZATION}/roleAssignments/[^/]+"),
    Rule(Role.SHOWN, "azure role removal", "DELETE", rf"{AUTHORIZATION}/roleAssignments/[^/]+"),
    Rule(Role.SHOWN, "azure role definitions", "GET", rf"{AUTHORIZATION}/roleDefinitions"),
    Rule(Role.SHOWN, "lock", "GET PUT DELETE", rf"{AUTHORIZATION}/locks/[^/]+"),
    Rule(Role.ASKED, "locks", "GET", rf"{IN_SUBSCRIPTION}{AUTHORIZATION}/locks"),
    Rule(Role.ASKED, "permissions", "GET", rf"{IN_GROUP}{AUTHORIZATION}/permissions"),
    Rule(Role.SHOWN, "delete resource group", "DELETE", IN_GROUP),
    Rule(Role.SHOWN, "role assignment", "GET", r"/roleAssignments/[^/]+", DATA_PLANE),
    Rule(Role.ASKED, "role assignments", "GET", r"/roleAssignments", DATA_PLANE),
    Rule(Role.ASKED, "role grant", "PUT", r"/roleAssignments/[^/]+", DATA_PLANE),
    Rule(Role.ASKED, "role removal", "DELETE", r"/roleAssignments/[^/]+", DATA_PLANE),
    Rule(Role.ASKED, "role definitions", "GET", r"/roleDefinitions", DATA_PLANE),
    Rule(Role.SHOWN, "role definition", "GET", r"/roleDefinitions/[^/]+", DATA_PLANE),
    Rule(Role.ASKED, "role check", "POST", r"/checkAccessSynapseRbac", DATA_PLANE),
    Rule(Role.SHOWN, "role scopes", "GET", r"/rbacScopes", DATA_PLANE),
    Rule(Role.ASKED, "private endpoints", "GET", PRIVATE_ENDPOINTS, DATA_PLANE),
    Rule(Role.SHOWN, "private endpoint", "GET", rf"{PRIVATE_ENDPOINTS}/[^/]+", DATA_PLANE),
    Rule(Role.SHOWN, "put private endpoint", "PUT", rf"{PRIVATE_ENDPOINTS}/[^/]+", DATA_PLANE),
    Rule(Role.SHOWN, "delete private endpoint", "DELETE", rf"{PRIVATE_ENDPOINTS}/[^/]+", DATA_PLANE),
    Rule(
        Role.STANDS_IN,
        "a provider that the product does not use",
        ANY,
        r"(/.+)?/providers/(?!Microsoft\.(MachineLearningServices|Synapse|ManagedIdentity)/)[^/]+/.+",
    ),
    Rule(
        Role.UNUSED,
        "the registries of Azure Machine Learning are not used",
        ANY,
        r"/.+",
        r"[\w.-]+\.azureml\.ms|[\w.-]+\.azureml\.net",
    ),
    Rule(Role.UNUSED, "Microsoft Graph is not used", ANY, r"/.+", r"graph\.microsoft\.com"),
)
"""The first match counts; an unmatched interaction fails the tests until it is classified."""


class UnknownInteractionError(Exception):
    """A recorded interaction that no rule classifies."""


def rule_of(exchange: Exchange) -> Rule:
    """Return the rule of an interaction.

    Raises:
        UnknownInteractionError: No rule matches.
    """
    for rule in RULES:
        if rule.matches(exchange):
            return rule
    raise UnknownInteractionError(
        f"Interaction {exchange.index} of {exchange.file} ({exchange.method} {exchange.host}{exchange.path}) matches "
        "no rule: say in tests/conformance/rules.py what it is to the product."
    )


def known_rule(exchange: Exchange) -> Rule | None:
    """Return the rule of an interaction, or None if it is unclassified; only one test reports those."""
    try:
        return rule_of(exchange)
    except UnknownInteractionError:
        return None


def is_error_of_another(exchange: Exchange) -> bool:
    """Return whether it is an error of an operation that the product does not ask, in the envelope of its own ones."""
    role = rule_of(exchange).role
    is_anothers = role is Role.STANDS_IN or (role is Role.SHOWN and exchange.host == "management.azure.com")
    return is_anothers and exchange.status >= 400 and exchange.method in STAND_INS


STAND_INS = {"GET": "computes", "PUT": "put compute", "DELETE": "detach"}
"""The product's operation that gets another operation's error, by HTTP method."""
