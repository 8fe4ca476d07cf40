"""The program in a terminal of its own, signed in to a served sandbox as its application."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.served import Served
from tests.support.terminal import Terminal


def write_settings(served: Served, state: Path) -> None:
    """Write the settings file of a user whose cloud is a served sandbox; `state` has the user's folders."""
    told = served.told
    settings = state / "config" / "sparkpool" / "settings.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        f'cloud = "Box"\nca-file = "{told["ca_file"]}"\n[clouds.Box]\nauthority = "{told["login"]}"\n'
        f'resource_manager = "{told["resource_manager"]}"\nvalidates_authority = false\n'
    )


def workspace_flags(served: Served) -> tuple[str, ...]:
    """The flags that name the workspace of a served sandbox."""
    told = served.told
    return "--subscription", told["subscription"], "-g", told["resource_group"], "-w", told["workspace"]


@contextmanager
def served_sparkpool(
    served: Served, state: Path, *arguments: str, size: tuple[int, int] = (120, 40)
) -> Iterator[Terminal]:
    """Start sparkpool in the workspace of a served sandbox."""
    told = served.told
    write_settings(served, state)
    secrets = {
        "AZURE_TENANT_ID": told["tenant"],
        "AZURE_CLIENT_ID": told["client_id"],
        "AZURE_CLIENT_SECRET": told["client_secret"],
    }
    terminal = Terminal([sys.executable, "-m", "tui", *workspace_flags(served), *arguments], state, size, secrets)
    try:
        yield terminal
    finally:
        terminal.close()
