"""`python -m tui.sandbox`: the simulated Azure over TLS on this machine, for any client.

When it is ready, it prints one line of JSON with its services, the certificate to trust and the sign-ins.
"""

import argparse
import asyncio
import errno
import json
import secrets
import signal
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tui.sandbox import names
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import RealClock
from tui.sandbox.fault_file import BadFaultsError, read_faults
from tui.sandbox.faults import Faults, Rule
from tui.sandbox.http import Request
from tui.sandbox.worlds import WORLDS

HOSTS = ("127.0.0.1", "localhost", "::1")

MOST_COMPUTES = 100_000
FASTEST = 100_000.0

EXIT_FAILED = 1
EXIT_USAGE = 2


class Settings(NamedTuple):
    """The command line.

    Attributes:
        host: The loopback address to listen on.
        port: The port, or 0 for any free one.
        world: The name of the world to start with.
        size: How many computes the default workspace has, or None for the default.
        seed: Changes every generated id.
        speed: How many simulated seconds pass in one second.
        rules: The faults.
        device_polls: How often a device code is pending before it approves itself.
        token_seconds: How many seconds an access token is valid.
        requests: Where to note each request; None for nowhere.
    """

    host: str
    port: int
    world: str
    size: int | None
    seed: int
    speed: float
    rules: list[Rule]
    device_polls: int
    token_seconds: int
    requests: Path | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; returns 0 then, 1 if it cannot serve, 2 for an invalid command line."""
    try:
        settings = _settings(arguments)
    except BadFaultsError as error:
        for problem in error.problems:
            _complain(problem)
        return EXIT_USAGE
    try:
        return asyncio.run(_serve(settings))
    except OSError as error:
        _complain(_why_not(error, settings))
        return EXIT_FAILED


async def _serve(settings: Settings) -> int:
    from tui.sandbox.login import Login
    from tui.sandbox.managed_identity import APP_SERVICE_PATH, ManagedIdentityEndpoints
    from tui.sandbox.metadata import LIST_VERSION, PATH, CloudMetadata
    from tui.sandbox.tokens import Principal, Tokens

    try:
        from tui.sandbox.served import Server
    except ModuleNotFoundError as error:
        if error.name != "trustme":
            raise
        _complain("trustme is not installed, which serving needs; install it with pip install 'sparkpool[sandbox]'.")
        return EXIT_FAILED
    if settings.requests is not None:
        with settings.requests.open("a", encoding="utf-8"):
            pass  # what cannot be written is reported before anything is served
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    clock = RealClock(settings.speed)
    world = WORLDS[settings.world].make(settings.size, settings.seed, clock.now())
    sandbox = Sandbox(world, clock, Faults(settings.rules), log_length=0)
    tokens = Tokens(settings.token_seconds)
    application = Principal(names.guid("application", settings.seed), names.guid("client", settings.seed))
    machine = Principal(names.guid("machine", settings.seed), names.guid("machine client", settings.seed))
    for principal in (application, machine):
        world.add_administrator(principal.object_id)
    secret, federated_token, header = (secrets.token_urlsafe(24) for _ in range(3))
    desks = (
        Login(
            tokens,
            application,
            secret,
            lambda client: Principal(names.USER_OBJECT_ID, client, names.USER_NAME),
            settings.device_polls,
            sandbox.faults,
            federated_token,
        ),
        ManagedIdentityEndpoints(world, tokens, machine, header),
        CloudMetadata(),
    )
    server = Server(sandbox, tokens.sign_in, desks, partial(_note, settings.requests, sandbox))
    with tempfile.TemporaryDirectory(prefix="sparkpool-sandbox-") as folder:
        ca_file = Path(folder) / "ca.pem"
        host = "127.0.0.1" if settings.host == "localhost" else settings.host
        port = await server.start(host, settings.port, ca_file)
        try:
            named = f"[{settings.host}]" if ":" in settings.host else settings.host
            base = f"https://{named}:{port}"
            synapse = next((found["name"] for found in world.synapse_workspaces), "")
            _tell(
                {
                    "resource_manager": base,
                    "login": base,
                    "synapse": f"{base}/synapse/{{workspace}}",
                    "imds": base,
                    "identity_endpoint": f"{base}{APP_SERVICE_PATH}",
                    "identity_header": header,
                    "cloud_metadata": f"{base}{PATH}?api-version={LIST_VERSION}",
                    "ca_file": str(ca_file),
                    "subscription": world.default.subscription_id,
                    "resource_group": world.default.resource_group,
                    "workspace": world.default.workspace,
                    "synapse_workspace": synapse,
                    "tenant": names.TENANT_ID,
                    "client_id": application.client_id,
                    "client_secret": secret,
                    "federated_token": federated_token,
                }
            )
            await stopped.wait()
        finally:
            await server.stop()
    return 0


def _settings(arguments: Sequence[str] | None) -> Settings:
    """The command line.

    Raises:
        BadFaultsError: If the file of faults is invalid.
        SystemExit: If a flag is invalid; the message says which.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tui.sandbox",
        description="Serve a simulated Azure over TLS on this machine: Resource Manager, Synapse and sign-in.",
    )
    parser.add_argument("--port", type=_port, required=True, help="the port to listen on; 0 for any free one")
    parser.add_argument("--host", type=_host, default=HOSTS[0], help="the loopback address (default: %(default)s)")
    parser.add_argument("--world", choices=WORLDS, default="default", help="what there is at the start")
    parser.add_argument("--size", type=_size, help="how many computes the default workspace has")
    parser.add_argument("--seed", type=int, default=0, help="changes every generated id")
    parser.add_argument("--speed", type=_speed, default=1.0, help="how many simulated seconds pass in one second")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="faults, as JSON or TOML")
    parser.add_argument(
        "--device-polls", type=_count, default=1, help="how often a device code is pending before it approves itself"
    )
    parser.add_argument("--requests", type=Path, metavar="FILE", help="where to note each request, as a line of JSON")
    parser.add_argument("--token-seconds", type=_count, default=3600, help="how many seconds an access token is valid")
    found = parser.parse_args(arguments)
    if found.size is not None and found.world == "empty":
        parser.error("--size has no effect with --world empty; leave one of them out.")
    rules = read_faults(found.faults) if found.faults else []
    return Settings(
        found.host,
        found.port,
        found.world,
        found.size,
        found.seed,
        found.speed,
        rules,
        found.device_polls,
        found.token_seconds,
        found.requests,
    )


def _note(file: Path | None, sandbox: Sandbox, request: Request, status: int) -> None:
    """Add a request to the notes, without headers and body, which may contain a token."""
    if file is not None:
        line = {"at": sandbox.clock.now().isoformat(), "method": request.method, "url": request.url, "status": status}
        with file.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps(line) + "\n")


def _host(text: str) -> str:
    if text not in HOSTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a loopback address; use one of {', '.join(HOSTS)}.")
    return text


def _port(text: str) -> int:
    return int(_number(text, 0, 65_535))


def _size(text: str) -> int:
    return int(_number(text, 0, MOST_COMPUTES))


def _count(text: str) -> int:
    return int(_number(text, 0, 999_999))


def _number(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}.")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and up to {FASTEST:.0f}.")
    return speed


def _why_not(error: OSError, settings: Settings) -> str:
    """Why it cannot serve, in one sentence."""
    if error.filename:
        return f"cannot write {error.filename}: {error.strerror}."
    if isinstance(error, BrokenPipeError):
        return "the line that says that it is ready could not be written; keep its output open."
    where = f"port {settings.port} on {settings.host}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use; choose another, or --port 0 for any free one."
    if error.errno == errno.EACCES:
        return f"{where} needs more rights than you have; choose one from 1024 on, or --port 0 for any free one."
    return f"cannot listen on {where}: {error.strerror or error}."


def _tell(document: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _complain(problem: str) -> None:
    sys.stderr.write(f"python -m tui.sandbox: {problem}\n")


if __name__ == "__main__":
    sys.exit(main())
