"""The lists of subscriptions and of tenants, which Resource Manager answers itself."""

from collections.abc import Mapping

from tui.sandbox import versions
from tui.sandbox.errors import subscription_not_found
from tui.sandbox.http import Response, json_response
from tui.sandbox.routing import Call, Route, page
from tui.sandbox.world import World


class Subscriptions:
    """The subscriptions that the signed-in user can see, and the user's tenants."""

    api_versions = versions.SUBSCRIPTIONS

    def __init__(self, world: World, page_size: int) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        self._page_size = page_size
        self.routes = (
            Route("/subscriptions/{subscription}", {"GET": self._get}),
            Route("/subscriptions", {"GET": self._list}),
            Route("/tenants", {"GET": self._tenants}),
        )

    def _list(self, call: Call) -> Response:
        found = list(self._world.subscriptions)
        count = {"type": "Total", "value": len(found)}
        return page(call, found, self._page_size, {"count": count})

    def _tenants(self, call: Call) -> Response:
        return page(call, list(self._world.tenants), self._page_size, {})

    def _get(self, call: Call) -> Response:
        subscription = self._world.subscription(call.names["subscription"])
        return json_response(200, subscription) if subscription else subscription_not_found(call.names["subscription"])
