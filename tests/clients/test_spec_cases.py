"""azure-ai-ml's loader accepts, refuses and parses spec files like the table that sparkpool is tested with."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.spec_cases import CASES, IDENTITY, POOL
from tui.domain.resource_id import ml_workspace_id
from tui.domain.workspaces import Workspace
from tui.specs.files import parse_spec

pytestmark = pytest.mark.clients

WORKSPACE = Workspace(ml_workspace_id("11111111-1111-4111-8111-111111111111", "rg", "aml"), "eastus2")

SCRIPT = """
import io, json, logging, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from azure.ai.ml import load_compute
from azure.ai.ml.entities import (
    AutoPauseSettings, AutoScaleSettings, IdentityConfiguration, ManagedIdentityConfiguration, SynapseSparkCompute
)
def loaded(text):
    try:
        return load_compute(io.StringIO(text))._to_rest_object().as_dict()
    except Exception as error:
        return None
def dumped(pool, identity):
    assigned = [ManagedIdentityConfiguration(resource_id=identity, client_id="c", principal_id="p")]
    for kind in (None, "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"):
        has_user = kind is not None and "User" in kind
        configured = kind and IdentityConfiguration(type=kind, user_assigned_identities=assigned if has_user else None)
        if configured and "System" in kind:
            configured.principal_id, configured.tenant_id = "p", "t"
        stream = io.StringIO()
        SynapseSparkCompute(
            name="etl", resource_id=pool, identity=configured, description="d", tags={"a": "b"}, node_count=5,
            node_family="MemoryOptimized", node_size="Small", spark_version="3.4", location="eastus2", id="/x",
            scale_settings=AutoScaleSettings(enabled=True, min_node_count=3, max_node_count=5),
            auto_pause_settings=AutoPauseSettings(enabled=True, delay_in_minutes=15),
        ).dump(stream)
        yield stream.getvalue()
texts, pool, identity = json.load(sys.stdin)
dumps = list(dumped(pool, identity))
json.dump([[loaded(text) for text in texts], [[text, loaded(text)] for text in dumps]], sys.stdout)
"""


def shape(document: dict[str, Any]) -> dict[str, Any]:
    """The content of a request, in a form that both programs share."""
    identity = document.get("identity") or {}
    return {
        "pool": document["properties"]["resourceId"].lower(),
        "description": document["properties"].get("description") or "",
        "tags": document.get("tags") or {},
        "kind": (identity.get("type") or "None").replace(" ", ""),
        "assigned": sorted(arm_id.lower() for arm_id in identity.get("userAssignedIdentities") or {}),
    }


def test_spec_files_are_accepted_and_parsed_as_azure_ai_ml_does(ml_python: Path) -> None:
    done = subprocess.run(
        [str(ml_python), "-c", SCRIPT],
        input=json.dumps([[case.text for case in CASES], POOL, IDENTITY]),
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded, dumps = json.loads(done.stdout)
    differing = [case.name for case, theirs in zip(CASES, loaded, strict=True) if case.is_taken != (theirs is not None)]
    assert differing == []
    for text, theirs in (*((case.text, theirs) for case, theirs in zip(CASES, loaded, strict=True)), *dumps):
        spec, _ = parse_spec(text.encode())
        if spec is not None:
            assert shape(spec.request(WORKSPACE, None).document()) == shape(theirs), text
    assert [parse_spec(text.encode())[1] for text, _ in dumps] == [()] * len(dumps)
