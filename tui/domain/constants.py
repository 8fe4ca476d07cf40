"""Values that more than one package must agree on."""

AML_API_VERSION = "2023-04-01"
"""The API version of Azure Machine Learning that is spoken and that exports name."""

AZ_SECONDS = 30
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
"""How long `az`, a connection and an answer may take where no setting says otherwise.

For `az`, azure-identity's own 10 s are too short on a busy machine (known issue).
"""

OTHER_WORKSPACES = 20
"""Of how many workspaces beside the open one the computes are read, to name principals and find attached pools."""

THEME = "sparkpool"
"""The name of the program's own theme."""
