"""The Azure RBAC action and scope of a request, as an `AuthorizationFailed` message names them."""

from tui.sandbox.http import Request

VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}


def action_of(request: Request) -> str:
    """The action, such as `Microsoft.Synapse/workspaces/bigDataPools/read`."""
    _, namespace, types, _ = _taken_apart(request.path)
    verb = VERBS.get(request.method.upper(), "action")
    return "/".join([namespace or "Microsoft.Resources", *(types or ["subscriptions"]), verb])


def scope_of(request: Request) -> str:
    """The scope: the resource itself, or the parent of a list."""
    before, namespace, types, names = _taken_apart(request.path)
    if len(names) == len(types):
        return request.path
    pairs = [part for pair in zip(types, names, strict=False) for part in pair]
    return "/".join([before, "providers", namespace, *pairs]) if pairs else before


def _taken_apart(path: str) -> tuple[str, str, list[str], list[str]]:
    """The path before the provider, the provider's namespace, and the types and names after it."""
    at = path.lower().rfind("/providers/")
    if at < 0:
        return path, "", [], []
    namespace, *rest = path[at + len("/providers/") :].split("/")
    return path[:at], namespace, rest[0::2], rest[1::2]
