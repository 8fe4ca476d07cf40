"""Values that more than one package must agree on."""

AML_API_VERSION = "2023-04-01"
"""The API version of Azure Machine Learning, for requests and for exports."""

SYNAPSE_API_VERSION = "2021-06-01"
"""The API version of Synapse workspaces and Spark pools, for requests and for exports."""

IDENTITIES_API_VERSION = "2024-11-30"
"""The API version of user-assigned identities, for requests and for exports."""

STORAGE_API_VERSION = "2023-05-01"
"""The API version of storage accounts, for requests and for exports."""

AZ_SECONDS = 30
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
"""The default time limits of `az`, of a connection and of an answer.

For `az`, azure-identity's own 10 s are too short on a busy machine (known issue).
"""

OTHER_WORKSPACES = 20
"""How many other workspaces are read to name principals and to find attached pools."""

THEME = "sparkpool"
"""The name of the program's own theme."""

LIST_COLUMNS = ("name", "ready", "pool", "type", "state", "spark", "nodes", "size", "identity")
"""The columns of the list of computes, from left to right, if the settings choose no others."""

OTHER_COLUMNS = ("tags", "description", "location", "created", "modified")
"""The columns that the settings can choose too."""
