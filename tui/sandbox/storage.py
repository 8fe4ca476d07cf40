"""Storage accounts behind Resource Manager, read-only: what Azure ML and Synapse workspaces keep their data in."""

from collections.abc import Mapping

from tui.sandbox import names, versions
from tui.sandbox.errors import resource_not_found
from tui.sandbox.http import Response, json_response
from tui.sandbox.routing import Call, Route
from tui.sandbox.world import World

TYPE = f"{names.STORAGE}/storageAccounts"


class StorageAccounts:
    """The storage accounts of the storage resource provider."""

    api_versions = versions.STORAGE

    def __init__(self, world: World) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        in_group = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{TYPE}"
        self.routes = (
            Route(f"{in_group}/{{account}}", {"GET": self._get}),
            Route(f"/subscriptions/{{subscription}}/providers/{TYPE}", {"GET": self._list}),
        )

    def _list(self, call: Call) -> Response:
        """The accounts of the subscription (documentation)."""
        scope = f"/subscriptions/{call.names['subscription']}"
        return json_response(200, {"value": list(self._world.storage_accounts.under(scope))})

    def _get(self, call: Call) -> Response:
        found = call.names
        account = self._world.storage_accounts.get(
            names.storage_account_id(found["subscription"], found["group"], found["account"])
        )
        if account is not None:
            return json_response(200, account)
        return resource_not_found(f"{TYPE}/{found['account']}", found["group"])
