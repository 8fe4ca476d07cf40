"""What the user asked for on the command line, as one frozen dataclass."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from tui.domain.resource_id import ResourceId, ml_workspace_id


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run.

    Attributes:
        sandbox: Whether to run against Azure in a box.
        sandbox_size: How many computes its main workspace has; None for the small default world.
        sandbox_seed: Varies a world of a given size.
        sandbox_speed: How many times faster than the wall its time runs.
        subscription: The subscription's GUID; empty to ask.
        resource_group: The resource group; empty for any.
        workspace_name: The workspace's name; empty to ask.
        file: A specification file to open in the workspace; empty for none.
        mouse: Whether the program takes the mouse.
        ascii_only: Whether to show ASCII twins of all glyphs.
        theme: The name of a Textual theme.
    """

    sandbox: bool = False
    sandbox_size: int | None = None
    sandbox_seed: int = 0
    sandbox_speed: float = 1.0
    subscription: str = ""
    resource_group: str = ""
    workspace_name: str = ""
    file: str = ""
    mouse: bool = False
    ascii_only: bool = False
    theme: str = "sparkpool"

    @property
    def workspace(self) -> ResourceId | None:
        """The workspace, if all three parts of its id were given."""
        if self.subscription and self.resource_group and self.workspace_name:
            return ml_workspace_id(self.subscription, self.resource_group, self.workspace_name)
        return None


def parse(arguments: Sequence[str]) -> Settings:
    """Read the command line.

    Args:
        arguments: The words behind the command's name.

    Returns:
        The settings.

    Raises:
        SystemExit: After `--help`, `--version`, or a word that cannot be understood.
    """
    parser = argparse.ArgumentParser(
        prog="sparkpool",
        description="Attach and manage Azure Synapse Spark pools in Azure Machine Learning workspaces.",
        epilog="Without --sandbox the program signs in as Azure's other tools do: environment, az login, "
        "managed identity. Press ? inside for the keys.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, dest=argparse.SUPPRESS, help="show the version and exit")
    where = parser.add_argument_group("workspace", "with all three, the list of computes is the first screen")
    where.add_argument("--subscription", default="", metavar="GUID", help="the subscription's id")
    where.add_argument("--resource-group", "-g", default="", metavar="NAME", help="the resource group")
    where.add_argument("--workspace-name", "-w", default="", metavar="NAME", help="the Azure ML workspace")
    where.add_argument(
        "--file", "-f", default="", metavar="PATH", help="open a specification, as of az ml compute attach"
    )
    box = parser.add_argument_group("sandbox", "everything runs, with no Azure account and no network")
    box.add_argument("--sandbox", action="store_true", help="run against Azure in a box")
    box.add_argument("--sandbox-size", type=_count, metavar="N", help="give its workspace N computes")
    box.add_argument("--sandbox-seed", type=int, default=0, metavar="N", help="vary a world of a given size")
    box.add_argument("--sandbox-speed", type=_speed, default=1.0, metavar="X", help="run its time X times faster")
    look = parser.add_argument_group("terminal")
    look.add_argument("--theme", default="sparkpool", metavar="NAME", help="a Textual theme, such as ansi-dark")
    look.add_argument("--ascii", action="store_true", dest="ascii_only", help="show no character beyond ASCII")
    look.add_argument("--mouse", action="store_true", help="take the mouse; off, because it is loud over SSH")
    return Settings(**vars(parser.parse_args(arguments)))


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: the look-up is slow to import."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        from importlib.metadata import version

        print(f"sparkpool {version('sparkpool')}")  # noqa: T201 - this is what was asked for
        parser.exit()


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number from 1 to 100000')
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 10_000:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number from 0.01 to 10000')
    return speed
