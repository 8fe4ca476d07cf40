"""The served sandbox: start and stop, links, and the product as its client."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.identity.aio import ClientSecretCredential

from tests.support.patience import PATIENCE_SECONDS
from tests.support.served import Served, connected, envelope, raw, request, workspace
from tui.cloud.azure import AzureCloud
from tui.cloud.connection import network_transport
from tui.cloud.network import network_from
from tui.cloud.profile import profile_from
from tui.domain.ports import Page
from tui.domain.resource_id import ml_workspace_id

SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as found:
        yield found
        status, errors = found.stop()
    assert (status, errors) == (0, "")  # nothing that these tests sent caused an error in the sandbox


@pytest.fixture(scope="module")
def token(served: Served) -> Iterator[str]:
    with served.token() as found:
        yield found


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tui.sandbox", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_the_sandbox_reports_that_it_is_ready_and_stops_cleanly_on_either_signal() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with Served() as found:
            ca_file = Path(found.ca_file)
            assert found.resource_manager.startswith("https://127.0.0.1:")
            assert stat.S_IMODE(ca_file.parent.stat().st_mode) == 0o700
            assert found.stop(number) == (0, "")
            assert not ca_file.parent.exists()


def test_the_sandbox_stops_while_clients_are_connected() -> None:
    with Served() as found, connected(found) as connection:
        connection.sendall(b"GET /subscriptions HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        assert found.stop() == (0, "")


def test_the_sandbox_stops_while_a_slow_response_is_pending(tmp_path: Path) -> None:
    file = tmp_path / "slow.json"
    file.write_text('{"rules": [{"fault": "slow", "seconds": 3600}]}', encoding="utf-8")
    with Served("--faults", str(file)) as found, connected(found) as connection:
        connection.sendall(request("GET", SUBSCRIPTIONS))
        assert found.stop() == (0, "")


def test_an_unwritable_request_log_is_reported_before_anything_is_served(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "requests"):
        done = run("--port", "0", "--requests", str(place))
        assert (done.returncode, done.stdout) == (1, "")
        assert f"cannot write {place}" in done.stderr


def test_cloud_metadata_is_a_list_or_an_object_depending_on_the_version(served: Served) -> None:
    address = served.cloud_metadata.removeprefix(served.resource_manager)
    listed = raw(served, request("GET", address)).partition(b"\r\n\r\n")[2]
    single = raw(served, request("GET", address.replace("2019-05-01", "2022-09-01"))).partition(b"\r\n\r\n")[2]
    assert json.loads(listed) == [json.loads(single)]


def test_a_closed_standard_output_is_reported_at_startup() -> None:
    command = [sys.executable, "-m", "tui.sandbox", "--port", "0"]
    reader, writer = os.pipe()
    os.close(reader)
    found = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    os.close(writer)
    assert (found.returncode, found.stderr.count("\n")) == (1, 1)
    assert "the line that says that it is ready could not be written" in found.stderr


def test_the_sandbox_can_be_imported_without_web_server_or_azure_packages() -> None:
    script = (
        "import sys\n"
        "for name in ('aiohttp', 'trustme', 'azure', 'azure.core'):\n"
        "    sys.modules[name] = None\n"
        "import tui.sandbox, tui.sandbox.synapse_data, tui.sandbox.login, tui.sandbox.__main__\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=PATIENCE_SECONDS)


def test_a_missing_package_is_reported_with_the_extra_to_install() -> None:
    script = (
        "import runpy, sys\n"
        "sys.modules['trustme'] = None\n"
        "sys.argv = ['tui.sandbox', '--port', '0']\n"
        "runpy.run_module('tui.sandbox', run_name='__main__')\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert found.returncode == 1
    assert found.stderr.splitlines() == [
        "python -m tui.sandbox: trustme is not installed, which serving needs; "
        "install it with pip install 'sparkpool[sandbox]'."
    ]


def test_the_sandbox_listens_only_on_loopback_addresses(served: Served) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.com"):  # noqa: S104 - the sandbox must refuse these
        found = run("--port", "0", "--host", host)
        assert found.returncode == 2
        assert f"'{host}' is not a loopback address" in found.stderr.splitlines()[-1]
    with Served("--host", "localhost") as local:
        assert local.resource_manager.startswith("https://localhost:")
        with local.token() as token:
            assert token


def test_a_port_in_use_is_reported_in_one_sentence(served: Served) -> None:
    _, port = served.host_and_port
    found = run("--port", str(port))
    assert found.returncode == 1
    assert found.stderr == (
        f"python -m tui.sandbox: port {port} on 127.0.0.1 is in use; choose another, or --port 0 for any free one.\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--port", "x"),
        ("--port", "0", "--speed", "nan"),
        ("--port", "0", "--size", "1e9"),
    ],
)
def test_an_invalid_flag_value_is_reported_without_a_traceback(words: tuple[str, ...]) -> None:
    found = run(*words)
    assert found.returncode == 2
    assert "is not a" in found.stderr.splitlines()[-1]
    assert "Traceback" not in found.stderr


def test_a_size_is_refused_for_the_empty_world() -> None:
    found = run("--port", "0", "--world", "empty", "--size", "5")
    assert found.returncode == 2
    assert "--size has no effect with --world empty" in found.stderr


def test_links_point_to_the_host_of_the_request(served: Served, token: str) -> None:
    put = json.dumps(
        {
            "location": "eastus2",
            "properties": {
                "computeType": "SynapseSpark",
                "resourceId": f"/subscriptions/{served.subscription}/resourceGroups/rg-data/providers"
                "/Microsoft.Synapse/workspaces/syn-prod/bigDataPools/adhocpool",
            },
        }
    ).encode()
    target = f"{workspace(served)}/computes/links?api-version=2023-04-01"
    host, port = served.host_and_port
    for name in (f"localhost:{port}", f"{host}:{port}", "management.azure.com"):
        head = raw(served, request("PUT", target, token, put, Host=name)).partition(b"\r\n\r\n")[0].decode()
        polled = next((line for line in head.splitlines() if line.startswith("Azure-AsyncOperation: ")), "")
        # A second attach can conflict with the first one, which is still running.
        assert polled.startswith(f"Azure-AsyncOperation: https://{name}/") or " 409 " in head.splitlines()[0]
        synapse = (
            f"/subscriptions/{served.subscription}/resourceGroups/rg-data/providers/Microsoft.Synapse"
            "/workspaces/syn-prod?api-version=2021-06-01"
        )
        body = json.loads(raw(served, request("GET", synapse, token, Host=name)).partition(b"\r\n\r\n")[2])
        expected = (
            "https://syn-prod.dev.azuresynapse.net" if name.startswith("man") else f"https://{name}/synapse/syn-prod"
        )
        assert body["properties"]["connectivityEndpoints"]["dev"] == expected


def test_a_data_plane_is_served_by_host_and_by_path(served: Served) -> None:
    with served.token("https://dev.azuresynapse.net/.default") as token:
        for host, prefix in (
            ("syn-prod.dev.azuresynapse.net", ""),
            ("syn-prod.synapse.localhost:8443", ""),
            ("127.0.0.1", "/synapse/syn-prod"),
        ):
            answer = raw(served, request("GET", f"{prefix}/rbacScopes?api-version=2020-12-01", token, Host=host))
            assert answer.startswith(b"HTTP/1.1 200 ")
        for host, prefix in (
            ("nowhere.synapse.localhost", ""),
            ("nowhere.dev.azuresynapse.net", ""),
            ("127.0.0.1", "/synapse/nowhere"),
        ):
            answer = raw(served, request("GET", f"{prefix}/rbacScopes?api-version=2020-12-01", token, Host=host))
            assert envelope(answer)[0] == 404


async def test_the_product_lists_attached_pools_over_tls(served: Served) -> None:
    # Only the sandbox's certificate authority is trusted here.
    network = network_from(served.ca_file)
    credential = ClientSecretCredential(
        served.tenant,
        served.client_id,
        served.client_secret,
        authority=served.login,
        disable_instance_discovery=True,
        transport=network_transport(network),
    )
    profile = profile_from("Sandbox", {"authority": served.login, "resource_manager": served.resource_manager})
    cloud = AzureCloud(credential, profile=profile, network=network)
    try:
        found = [
            compute
            async for page in cloud.computes(ml_workspace_id(served.subscription, "rg-ml", "aml-prod"))
            if isinstance(page, Page)
            for compute in page.items
        ]
    finally:
        await cloud.close()
    assert {"churn", "etl-prod", "mystery"} <= {compute.name for compute in found}
